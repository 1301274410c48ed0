//! Which calls change what protects backups, and what each is about.

use crate::model::records::backups::Event;

/// The calls of each service, with the parameters that name what they change.
const CALLS: [(&str, &str, &[&str]); 13] = [
    ("backup.amazonaws.com", "UpdateBackupPlan", &["/backupPlanId"]),
    ("backup.amazonaws.com", "DeleteBackupPlan", &["/backupPlanId"]),
    (
        "backup.amazonaws.com",
        "DeleteBackupSelection",
        &["/backupPlanId", "/selectionId"],
    ),
    ("backup.amazonaws.com", "UpdateRegionSettings", &[]),
    (
        "backup.amazonaws.com",
        "PutBackupVaultLockConfiguration",
        &["/backupVaultName"],
    ),
    (
        "backup.amazonaws.com",
        "DeleteBackupVaultLockConfiguration",
        &["/backupVaultName"],
    ),
    (
        "backup.amazonaws.com",
        "PutBackupVaultAccessPolicy",
        &["/backupVaultName"],
    ),
    (
        "backup.amazonaws.com",
        "DeleteBackupVaultAccessPolicy",
        &["/backupVaultName"],
    ),
    (
        "backup.amazonaws.com",
        "UpdateRecoveryPointLifecycle",
        &["/recoveryPointArn"],
    ),
    ("cloudtrail.amazonaws.com", "StopLogging", &["/name"]),
    ("cloudtrail.amazonaws.com", "DeleteTrail", &["/name"]),
    ("cloudtrail.amazonaws.com", "UpdateTrail", &["/name"]),
    ("cloudtrail.amazonaws.com", "PutEventSelectors", &["/trailName"]),
];

/// Words of the names of Atlas' events about schedules, retention and the compliance policy.
const ATLAS: [&str; 6] = [
    "SNAPSHOT_SCHEDULE_UPDATED",
    "SNAPSHOT_RETENTION_MODIFIED",
    "DATA_PROTECTION_UPDATED",
    "DATA_PROTECTION_DISABLE_REQUESTED",
    "DATA_PROTECTION_DISABLED",
    "BACKUP_DISABLED",
];

fn known(event: &Event) -> Option<&'static [&'static str]> {
    let mut calls = CALLS.iter();
    let call = calls.find(|(source, name, _)| *source == event.source && *name == event.name)?;
    Some(call.2)
}

/// Whether it is a change that took place: refused ones changed nothing.
pub(super) fn is_change(event: &Event) -> bool {
    let in_atlas = event.source == "atlas" && ATLAS.iter().any(|word| event.name.contains(word));
    event.error.is_none() && (in_atlas || known(event).is_some())
}

/// The ids of what the call changed, as far as it says; `None` where its parameters were left out.
pub(super) fn objects(event: &Event) -> Option<Vec<String>> {
    let Some(pointers) = known(event) else {
        return Some(event.resources.clone());
    };
    let request = event.request.as_ref()?;
    let told = pointers.iter().filter_map(|pointer| request.get(*pointer));
    Some(told.cloned().collect())
}

/// Whether the trail records nothing from then on.
pub(super) fn stops_logging(event: &Event) -> bool {
    event.source == "cloudtrail.amazonaws.com" && matches!(event.name.as_str(), "StopLogging" | "DeleteTrail")
}
