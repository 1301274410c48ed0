//! AWS: Backup, KMS, CloudTrail, and the tagging service as the independent listing.

pub(super) mod digest;
pub(super) mod iam;
pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod places;
pub(super) mod plans;
pub(super) mod points;
pub(super) mod policies;
pub(super) mod protected;
pub(super) mod resources;
pub(super) mod testing_plans;
pub(super) mod trail;
mod v1;

use crate::model::records::backups::Trigger;

/// What started a backup: a plan's rule leaves the plan's id, a person or a script leaves none.
fn trigger(created_by: Option<v1::CreatedBy>) -> Trigger {
    match created_by.and_then(|by| by.backup_plan_id) {
        Some(by) => Trigger::Scheduled { by },
        None => Trigger::OnDemand,
    }
}
