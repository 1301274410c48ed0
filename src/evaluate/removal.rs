//! Events by which recovery points and snapshots go.

use crate::model::records::backups::{Actor, Event};

/// Successful events by which recovery points or snapshots go, or go earlier.
pub fn removes(event: &Event) -> bool {
    const NAMES: [&str; 9] = [
        "DeleteRecoveryPoint",
        "DisassociateRecoveryPoint",
        "DisassociateRecoveryPointFromParent",
        "DeleteDBSnapshot",
        "DeleteDBClusterSnapshot",
        "DeleteSnapshot",
        "DeleteBackup",
        "UpdateRecoveryPointLifecycle",
        "BackupDeleted",
    ];
    let in_atlas =
        event.source == "atlas" && event.name.contains("SNAPSHOT") && event.name.contains("DELETE");
    event.error.is_none() && (in_atlas || NAMES.contains(&event.name.as_str()))
}

/// A call is somebody's act. What a service reports about itself is none.
pub fn is_call(event: &Event) -> bool {
    let by_service = match &event.actor {
        Actor::Service { .. } => true,
        Actor::Identity { arn, .. } => arn.contains(":assumed-role/AWSServiceRoleFor"),
        Actor::Root | Actor::Unknown => false,
    };
    !by_service && event.name != "BackupDeleted"
}

/// Whether the event makes a point go at once: a changed lifecycle does so only later.
pub fn deletes(event: &Event) -> bool {
    event.name != "UpdateRecoveryPointLifecycle"
}
