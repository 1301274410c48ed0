//! Vaults and the recovery points in them.

use super::{trigger, v1};
use crate::model::records::backups::{PointState, Provider, RecoveryPoint, Trigger};
use crate::model::records::protection::{Vault, VaultKind};
use crate::model::records::{Moved, Observed};
use crate::normalize::arn;
use crate::normalize::fold::{Folded, differs};
use crate::normalize::pull::Row;

fn state(word: &str) -> PointState {
    match word {
        "COMPLETED" | "AVAILABLE" => PointState::Usable,
        "PARTIAL" => PointState::Partial,
        "CREATING" => PointState::Creating,
        "DELETING" => PointState::Deleting,
        "EXPIRED" => PointState::Expired,
        "STOPPED" => PointState::Stopped,
        _ => PointState::Unknown,
    }
}

/// The service has no member that says "continuous". Its own ARNs do: `…:recovery-point:continuous:…` in AWS Backup,
/// `auto-backup:` and `cluster-auto-backup:` in RDS; and only a continuous backup can be stopped.
fn is_continuous(arn: &str, state: PointState) -> bool {
    arn.contains(":continuous:") || arn.contains("auto-backup:") || state == PointState::Stopped
}

/// A row of `ListRecoveryPointsByBackupVault`. What it holds may lie elsewhere: copies keep the source's ARN.
pub(in crate::normalize) fn point(row: &Row<'_>) -> Result<Observed<RecoveryPoint>, String> {
    let wire: v1::RecoveryPoint = row.read()?;
    let key = &row.pull.key;
    arn::in_place("RecoveryPointArn", &wire.recovery_point_arn, key)?;
    arn::in_place("BackupVaultArn", &wire.backup_vault_arn, key)?;
    if row
        .part
        .is_some_and(|vault| arn::vault(vault, key) != wire.backup_vault_arn)
    {
        return Err(format!(
            "BackupVaultArn {:?} is not the vault that was listed",
            wire.backup_vault_arn
        ));
    }
    row.in_window("CreationDate", wire.creation_date.0)?;
    row.past("CompletionDate", wire.completion_date.map(|at| at.0))?;
    let state = state(&wire.status);
    let trigger = match (&wire.created_by, &wire.source_backup_vault_arn) {
        (None, Some(_)) => Trigger::Unknown,
        _ => trigger(wire.created_by),
    };
    let delete_at = wire
        .calculated_lifecycle
        .and_then(|lifecycle| lifecycle.delete_at);
    let delete_at = delete_at.map(|at| at.0);
    Ok(row.observed(RecoveryPoint {
        provider: Provider::Aws,
        resource: arn::maybe_resource("ResourceArn", wire.resource_arn.as_deref())?,
        account: key.account.clone(),
        region: key.region.clone(),
        vault: Some(wire.backup_vault_arn),
        location: Some(format!("AWS {}", key.region)),
        storage_class: wire.storage_class,
        copy_regions: None,
        state,
        created: wire.creation_date.0,
        completed: wire.completion_date.map(|at| at.0),
        encrypted: wire.is_encrypted,
        key: wire.encryption_key_arn,
        delete_at,
        delete_at_latest_seen: delete_at,
        continuous: is_continuous(&wire.recovery_point_arn, state),
        copied_from: wire.source_backup_vault_arn,
        parent: wire.parent_recovery_point_arn,
        is_parent: wire.is_parent,
        shards: None,
        trigger,
        bytes: wire.backup_size_in_bytes,
        sightings: Vec::new(),
        id: wire.recovery_point_arn,
    }))
}

fn vault_kind(word: &str) -> VaultKind {
    match word {
        "BACKUP_VAULT" => VaultKind::Backup,
        "LOGICALLY_AIR_GAPPED_BACKUP_VAULT" => VaultKind::LogicallyAirGapped,
        "RESTORE_ACCESS_BACKUP_VAULT" => VaultKind::RestoreAccess,
        _ => VaultKind::Unknown,
    }
}

/// A row of `ListBackupVaults`.
pub(in crate::normalize) fn vault(row: &Row<'_>) -> Result<Observed<Vault>, String> {
    let wire: v1::Vault = row.read()?;
    arn::in_place("BackupVaultArn", &wire.backup_vault_arn, &row.pull.key)?;
    let vault = Vault {
        arn: wire.backup_vault_arn,
        name: wire.backup_vault_name,
        at: row.received,
        created: wire.creation_date.map(|at| at.0),
        kind: wire.vault_type.as_deref().map(vault_kind),
        locked: wire.locked,
        lock_date: wire.lock_date.map(|at| at.0),
        retention_min_days: wire.min_retention_days,
        retention_max_days: wire.max_retention_days,
        key: wire.encryption_key_arn,
    };
    Ok(row.observed(vault))
}

impl Folded for RecoveryPoint {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |point: &Self| point.created;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.resource != later.resource,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let [first, second] = [earlier, later];
        differs("the resource", first.resource.as_ref(), second.resource.as_ref())
            .or_else(|| differs("the creation time", Some(&first.created), Some(&second.created)))
            .or_else(|| differs("the vault", first.vault.as_ref(), second.vault.as_ref()))
            .or_else(|| {
                differs(
                    "whether it is encrypted",
                    first.encrypted.as_ref(),
                    second.encrypted.as_ref(),
                )
            })
            .or_else(|| differs("the key", first.key.as_ref(), second.key.as_ref()))
            .or_else(|| {
                differs(
                    "the vault that it is a copy from",
                    first.copied_from.as_ref(),
                    second.copied_from.as_ref(),
                )
            })
            .or_else(|| differs("the parent", first.parent.as_ref(), second.parent.as_ref()))
            .or_else(|| differs("the shards", first.shards.as_ref(), second.shards.as_ref()))
            .or_else(|| {
                differs(
                    "the completion time",
                    first.completed.as_ref(),
                    second.completed.as_ref(),
                )
            })
            // A continuous backup is one point that is updated: only there may the completion move.
            .filter(|difference| !(second.continuous && difference.starts_with("the completion")))
    }

    fn remember(&mut self, earlier: &Self) {
        self.delete_at_latest_seen = self.delete_at_latest_seen.max(earlier.delete_at_latest_seen);
    }
}

/// A vault is a state at a time: what is folded is only its repetition.
impl Folded for Vault {
    fn id(&self) -> String {
        format!("{}\n{}", self.arn, self.at)
    }

    fn subject(&self) -> String {
        self.arn.clone()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
