//! Which events are acts on backups: what CT-32 calls its population.
//!
//! EFS and S3 have no calls of their own that back up, restore or share a backup: what is done to theirs goes through AWS
//! Backup. What a service tells about itself (`BackupJobCompleted`, `CPS_SNAPSHOT_SUCCESSFUL`) is no act.

use std::collections::BTreeSet;

use super::place::tail;
use crate::model::records::Records;
use crate::model::records::backups::{Actor, Event};

/// What an act does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Backs up on demand.
    Backup,
    /// Restores.
    Restore,
    /// Stops, copies, shares, deletes, or changes what protects backups.
    Other,
}

/// The recovery points that are known, by the last part of their ids: an EC2 call names an image or a snapshot so.
#[derive(Debug)]
pub struct Acts<'a> {
    points: BTreeSet<&'a str>,
}

impl<'a> Acts<'a> {
    /// Acts on the recovery points among `records`.
    pub fn of(records: &'a Records) -> Self {
        let points = records.points.iter().map(|point| tail(&point.value.id));
        Self {
            points: points.collect(),
        }
    }

    /// What `event` does; `None` when it is no act on backups.
    pub fn act(&self, event: &Event) -> Option<Act> {
        let name = event.name.as_str();
        match event.source.as_str() {
            "backup.amazonaws.com" => backup(name),
            "rds.amazonaws.com" => rds(name),
            "ec2.amazonaws.com" => self.ec2(event),
            "dynamodb.amazonaws.com" => dynamodb(name),
            "kms.amazonaws.com" => kms(name),
            "atlas" => atlas(event),
            _ => None,
        }
    }

    fn ec2(&self, event: &Event) -> Option<Act> {
        let name = event.name.as_str();
        let names_copy = |id: &String| self.points.contains(tail(id)) || tail(id).starts_with("snap-");
        match name {
            "CreateSnapshot" | "CreateSnapshots" | "CreateImage" => Some(Act::Backup),
            // An instance or a volume can be made of anything: only one made of a copy is a restore.
            "CreateVolume" | "RunInstances" => event.resources.iter().any(names_copy).then_some(Act::Restore),
            _ => (name.contains("Snapshot") || name.contains("Image")).then_some(Act::Other),
        }
    }
}

fn begins(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

fn backup(name: &str) -> Option<Act> {
    let others = [
        "Start",
        "Stop",
        "Delete",
        "Update",
        "Put",
        "Disassociate",
        "Cancel",
    ];
    match name {
        "StartBackupJob" => Some(Act::Backup),
        "StartRestoreJob" => Some(Act::Restore),
        _ => begins(name, &others).then_some(Act::Other),
    }
}

fn rds(name: &str) -> Option<Act> {
    match name {
        "CreateDBSnapshot" | "CreateDBClusterSnapshot" => Some(Act::Backup),
        "StartExportTask" => Some(Act::Other),
        _ if name.starts_with("RestoreDB") => Some(Act::Restore),
        _ => (name.contains("Snapshot") || name.contains("AutomatedBackup")).then_some(Act::Other),
    }
}

fn dynamodb(name: &str) -> Option<Act> {
    match name {
        "CreateBackup" | "StartAwsBackupJob" => Some(Act::Backup),
        _ if name.starts_with("RestoreTable") => Some(Act::Restore),
        _ => (name.contains("Backup") || name.starts_with("ExportTable")).then_some(Act::Other),
    }
}

fn kms(name: &str) -> Option<Act> {
    const CHANGES: [&str; 6] = [
        "DisableKey",
        "EnableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "DeleteImportedKeyMaterial",
        "PutKeyPolicy",
    ];
    CHANGES.contains(&name).then_some(Act::Other)
}

/// Atlas tells of its own snapshots and restores too, without a user: an act names one, or by its name can only be one.
fn atlas(event: &Event) -> Option<Act> {
    const ACTS: [&str; 8] = [
        "REQUESTED",
        "CANCEL",
        "DELETED",
        "MODIFIED",
        "UPDATED",
        "CREATED",
        "ENABLED",
        "DISABLED",
    ];
    let name = event.name.as_str();
    let about_backups = name.starts_with("CPS_") || name.contains("BACKUP");
    let named = event.actor != Actor::Unknown || ACTS.iter().any(|act| name.contains(act));
    if !about_backups || !named {
        return None;
    }
    Some(match name {
        _ if name.contains("RESTORE") && name.contains("REQUESTED") => Act::Restore,
        _ if name.contains("ON_DEMAND") => Act::Backup,
        _ => Act::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::World;
    use crate::evaluate::testing::backups::{call, point, point_arn};

    #[test]
    fn acts_on_backups_are_told_from_what_services_report() {
        use Act::{Backup, Other, Restore};
        let mut world = World::new();
        let mut image = point("a", "2026-07-02");
        image.id = "arn:aws:ec2:us-east-1::image/ami-1".to_owned();
        world.add_point(image);
        let acts = Acts::of(&world.records);
        let act = |source: &str, name: &str, resource: &str| {
            let mut event = call(name, "a", "2026-07-02", "p-1");
            event.source = source.to_owned();
            event.resources = vec![resource.to_owned()];
            event.actor = Actor::Unknown;
            acts.act(&event)
        };
        for (source, name, expected) in [
            ("backup.amazonaws.com", "StartBackupJob", Some(Backup)),
            ("backup.amazonaws.com", "StartRestoreJob", Some(Restore)),
            ("backup.amazonaws.com", "StartCopyJob", Some(Other)),
            ("backup.amazonaws.com", "PutBackupVaultAccessPolicy", Some(Other)),
            ("backup.amazonaws.com", "DisassociateRecoveryPoint", Some(Other)),
            ("backup.amazonaws.com", "BackupJobCompleted", None),
            ("backup.amazonaws.com", "RestoreCompleted", None),
            ("backup.amazonaws.com", "CreateBackupPlan", None),
            ("rds.amazonaws.com", "CreateDBSnapshot", Some(Backup)),
            (
                "rds.amazonaws.com",
                "RestoreDBInstanceFromDBSnapshot",
                Some(Restore),
            ),
            ("rds.amazonaws.com", "ModifyDBSnapshotAttribute", Some(Other)),
            ("rds.amazonaws.com", "StartExportTask", Some(Other)),
            ("rds.amazonaws.com", "ModifyDBInstance", None),
            ("atlas", "CLUSTER_BACKUP_ENABLED", Some(Other)),
            ("atlas", "CLUSTER_UPDATED", None),
            ("ec2.amazonaws.com", "CreateImage", Some(Backup)),
            ("ec2.amazonaws.com", "ModifySnapshotAttribute", Some(Other)),
            ("ec2.amazonaws.com", "TerminateInstances", None),
            ("dynamodb.amazonaws.com", "RestoreTableFromBackup", Some(Restore)),
            ("dynamodb.amazonaws.com", "DeleteBackup", Some(Other)),
            ("dynamodb.amazonaws.com", "ExportTableToPointInTime", Some(Other)),
            ("dynamodb.amazonaws.com", "CreateTable", None),
            ("kms.amazonaws.com", "PutKeyPolicy", Some(Other)),
            ("kms.amazonaws.com", "CreateGrant", None),
            ("atlas", "CPS_SNAPSHOT_SUCCESSFUL", None),
            ("atlas", "CPS_RESTORE_REQUESTED_AUTOMATED", Some(Restore)),
            ("atlas", "CPS_ON_DEMAND_SNAPSHOT_REQUESTED", Some(Backup)),
            ("atlas", "CPS_SNAPSHOT_DELETED_EVENT", Some(Other)),
            ("atlas", "CLUSTER_UPDATE_SUBMITTED", None),
            ("sns.amazonaws.com", "StartBackupJob", None),
        ] {
            assert_eq!(act(source, name, &point_arn("a")), expected, "{source} {name}");
        }
        for (name, made_of, expected) in [
            ("RunInstances", "ami-1", Some(Restore)),
            ("RunInstances", "ami-2", None),
            ("CreateVolume", "snap-9", Some(Restore)),
            ("CreateVolume", "vol-9", None),
        ] {
            assert_eq!(
                act("ec2.amazonaws.com", name, made_of),
                expected,
                "{name} {made_of}"
            );
        }
        let mut run = call("RunInstances", "a", "2026-07-02", "p-1");
        run.source = "ec2.amazonaws.com".to_owned();
        run.resources = vec!["subnet-1".to_owned(), "ami-1".to_owned()];
        assert_eq!(acts.act(&run), Some(Restore), "made of a copy, among others");
        let mut told = call("CPS_SNAPSHOT_RETENTION_CHANGED", "a", "2026-07-02", "p-1");
        told.source = "atlas".to_owned();
        assert_eq!(acts.act(&told), Some(Other), "an act of somebody");
    }
}
