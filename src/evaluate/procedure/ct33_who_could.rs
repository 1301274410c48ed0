//! CT-33: who could restore, share, delete or weaken backups (implied by HITRUST 01.v; 164.312(a)(2)(ii) for emergencies).
//!
//! Population: the users and roles that the newest snapshot of each account before the as-of instant gives power over
//! backups, the review of that access, and the identities for emergencies. Each has to stand on the approved list: the
//! roster's `approved_access`, or the roles that management expects of workloads. Service control policies are not
//! collected, so that what a principal may do is an upper bound: approved, it is SUPPORTED all the same; not approved, it
//! is INDETERMINATE, unless it administers everything, or is the user of somebody who has left.
//!
//! Which snapshot that is stands in [`snapshot`]: where the newest one failed or is missing, no older one speaks for it.

mod access;
mod emergency;
mod review;
mod snapshot;

use std::collections::BTreeMap;

use self::access::Grants;
use self::snapshot::Snapshot;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt};
use crate::evaluate::permissions::Power;
use crate::evaluate::statements::about;
use crate::model::coverage::Proof;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::time::show;

/// What somebody can undo backups with, or reach their content by, in each duty.
const OPERATING: [&str; 10] = [
    "backup:StartRestoreJob",
    "backup:DeleteRecoveryPoint",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:DeleteDBSnapshot",
    "rds:ModifyDBSnapshotAttribute",
    "ec2:DeleteSnapshot",
    "ec2:ModifySnapshotAttribute",
    "ec2:DeregisterImage",
    "dynamodb:RestoreTableFromBackup",
    "dynamodb:DeleteBackup",
];
const ADMINISTERING: [&str; 10] = [
    "backup:PutBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:UpdateBackupPlan",
    "backup:DeleteBackupPlan",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
];
const CRITERION: &str =
    "whoever can restore, share, delete or weaken backups stands on the approved access list";

/// Concludes CT-33.
pub(super) fn who_could(context: &Context<'_>, test: TestId) -> Finding {
    let snapshots: Vec<_> = context
        .scope
        .estate
        .aws
        .iter()
        .map(|account| (&account.account, Snapshot::newest(context, &account.account)))
        .collect();
    let mut basis: Option<Proof> = None;
    let mut gaps = Vec::new();
    for (_, snapshot) in &snapshots {
        match snapshot.as_ref().map(|snapshot| snapshot.proof.clone()) {
            Ok(proof) => basis = Some(basis.map_or(proof.clone(), |whole| whole.and(proof))),
            Err(missing) => gaps.extend(missing.clone()),
        }
    }
    let mut builder = FindingBuilder::new(
        test,
        "principals with power over backups",
        basis.ok_or(gaps.clone()),
    );
    let grants = Grants::of(context);
    for (account, snapshot) in &snapshots {
        match snapshot {
            Ok(snapshot) => {
                examine(context, snapshot, &grants, &mut builder);
                review::examine(context, snapshot, &mut builder);
            }
            Err(missing) => builder.gap(format!("{account}/snapshot"), missing, None),
        }
    }
    let whole: Vec<_> = snapshots
        .iter()
        .filter_map(|(_, snapshot)| snapshot.as_ref().ok())
        .collect();
    emergency::examine(context, &grants, &whole, &mut builder);
    builder.finish("no account of AWS is in scope")
}

fn examine(
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
    grants: &Grants<'_>,
    builder: &mut FindingBuilder,
) {
    let powers = snapshot.powers(context);
    let emergency = context
        .criteria
        .break_glass_identities
        .as_deref()
        .unwrap_or_default();
    // Identities for emergencies are judged by their limits.
    let daily = |principal: &&Observed<IamEntity>| !emergency.contains(&principal.value.arn);
    for principal in snapshot.principals().filter(daily) {
        let held = &powers[principal.value.arn.as_str()];
        if held.is_empty() {
            continue;
        }
        let kind = if principal.value.kind == IamKind::User {
            "user"
        } else {
            "role"
        };
        let id = format!("{}/{kind}/{}", snapshot.account, principal.value.name);
        judge(context, &id, (snapshot, principal), held, grants, builder);
        builder.only_about(&id, &about(&["IM-01.v"]));
    }
}

fn judge(
    context: &Context<'_>,
    id: &str,
    (snapshot, principal): (&Snapshot<'_>, &Observed<IamEntity>),
    held: &BTreeMap<&'static str, Power>,
    grants: &Grants<'_>,
    builder: &mut FindingBuilder,
) {
    let evidence = Evidence::of(&principal.citation);
    if let Some(doubt) = doubt(context.records, principal, &[&principal.value.arn]) {
        return builder.indeterminate(id, doubt.reason, doubt.resolves, evidence.and(doubt.evidence));
    }
    let value = &principal.value;
    let actions: Vec<&str> = held.keys().copied().collect();
    if let Some(row) = grants.left(value, snapshot.at) {
        let evidence = evidence.and(Evidence::of(&row.citation));
        let until = row.value.to.map_or_else(String::new, |to| to.to_string());
        let condition = format!(
            "at {} the user of {}, who left on {until}, could still {}",
            show(snapshot.at),
            row.value.person,
            actions.join(", ")
        );
        return grants.refuse(id, condition, CRITERION, evidence, builder);
    }
    let approved = grants.approved(value, &actions, snapshot.at);
    let evidence = approved.rows.into_iter().fold(evidence, Evidence::and);
    let Some(missing) = approved.missing else {
        let duties = [OPERATING.as_slice(), ADMINISTERING.as_slice()];
        let both_duties = duties
            .iter()
            .all(|duty| duty.iter().any(|action| held.contains_key(action)));
        if both_duties && approved.by_everything {
            let reason = "it both restores or deletes and administers locks or keys, and the approval names \
                              everything instead of the two duties";
            let resolves = "an approval that names both duties";
            return builder.indeterminate(id, reason, resolves, evidence);
        }
        let proof = both(Ok(snapshot.proof.clone()), grants.roster.clone());
        return builder.supported_if(id, &proof, evidence);
    };
    let can = format!("at {} it could {}", show(snapshot.at), actions.join(", "));
    if grants.is_empty() {
        let reason = format!("{can}; there is no approved list");
        return builder.indeterminate(id, reason, "approved_access in the roster", evidence);
    }
    let everything = held.values().all(|power| *power == Power::Whole)
        && held.len() == OPERATING.len() + ADMINISTERING.len();
    if everything {
        let condition = format!(
            "at {} it could administer everything; {missing}",
            show(snapshot.at)
        );
        return grants.refuse(id, condition, CRITERION, evidence, builder);
    }
    let reason = format!("{can}, at the most; {missing}; service control policies were not collected");
    let resolves = "an approval before, or what the service control policies leave of it";
    builder.indeterminate(id, reason, resolves, evidence);
}

/// An EXCEPTION of this test is of severity high.
const SEVERITY: Severity = Severity::High;

#[cfg(test)]
mod tests;
