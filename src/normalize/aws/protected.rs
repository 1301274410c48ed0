//! What AWS Backup lists as protected, and its own account of the latest restores.
//!
//! A list names resources of other places too where their copies lie, so that their ARNs are not held to the pull's place.

use super::v1;
use crate::model::records::Observed;
use crate::model::records::protection::{LatestRestore, ProtectedResource};
use crate::normalize::arn;
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;

/// The parameter that says of which resource a description is.
const ASKED: &str = "ResourceArn";

/// A row of `ListProtectedResources`.
pub(in crate::normalize) fn listed(row: &Row<'_>) -> Result<Observed<ProtectedResource>, String> {
    let wire: v1::ProtectedRow = row.read()?;
    row.past("LastBackupTime", wire.last_backup_time.map(|at| at.0))?;
    Ok(row.observed(ProtectedResource {
        resource: arn::resource("ResourceArn", &wire.resource_arn)?,
        at: row.received,
    }))
}

/// The reply of `DescribeProtectedResource`, which has to be of the resource that was asked for.
pub(in crate::normalize) fn described(row: &Row<'_>) -> Result<Observed<LatestRestore>, String> {
    let wire: v1::ProtectedReply = row.read()?;
    let (page, pull) = (&row.page.parameters, &row.pull.parameters);
    let asked = page.get(ASKED).or_else(|| pull.get(ASKED));
    if asked != Some(&wire.resource_arn) {
        return Err(format!(
            "the resource described is {}, not the one that was asked for",
            wire.resource_arn
        ));
    }
    let job_created = wire.latest_restore_job_creation_date.map(|at| at.0);
    row.past("LatestRestoreJobCreationDate", job_created)?;
    Ok(row.observed(LatestRestore {
        resource: arn::resource("ResourceArn", &wire.resource_arn)?,
        job_created,
        minutes: wire.latest_restore_execution_time_minutes,
        at: row.received,
    }))
}

/// What is protected is so at a time: what is folded is only its repetition.
impl Folded for ProtectedResource {
    fn id(&self) -> String {
        format!("{}\n{}", self.resource, self.at)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}

/// A description is one at a time, like a listing.
impl Folded for LatestRestore {
    fn id(&self) -> String {
        format!("{}\n{}", self.resource, self.at)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
