//! How a change of a vault's lock or policy weakens it.

use super::{Change, Told, name_in};
use crate::evaluate::access_policy::left_to;
use crate::evaluate::place::tail;
use crate::model::records::backups::Event;
use crate::model::records::protection::AccessPolicy;
use crate::model::source::SourceKey;

const NAME: &str = "/backupVaultName";

impl<'a> Change<'_, 'a> {
    pub(super) fn of_vault(&self) -> Told<'a> {
        let vault = self.named(NAME).unwrap_or("an unnamed vault");
        match self.event.value.name.as_str() {
            "DeleteBackupVaultLockConfiguration" => {
                let undone = self.undone_by("PutBackupVaultLockConfiguration", NAME, |_| true);
                Some((format!("{vault} was unlocked"), undone))
            }
            "PutBackupVaultLockConfiguration" => Some((self.shorter_lock(vault)?, None)),
            "DeleteBackupVaultAccessPolicy" => {
                let denies = |other: &Event| {
                    other
                        .policy
                        .as_ref()
                        .is_some_and(|policy| left_to(policy).is_ok())
                };
                let undone = self.undone_by("PutBackupVaultAccessPolicy", NAME, denies);
                Some((format!("{vault} had no access policy"), undone))
            }
            "PutBackupVaultAccessPolicy" => {
                let before = self.policy_before(vault)?;
                let what = loosened(before, self.event.value.policy.as_ref()?)?;
                let restores = |other: &Event| {
                    let policy = other.policy.as_ref();
                    policy.is_some_and(|policy| loosened(before, policy).is_none())
                };
                let undone = self.undone_by("PutBackupVaultAccessPolicy", NAME, restores);
                Some((format!("the policy of {vault} {what}"), undone))
            }
            _ => None,
        }
    }

    fn is_here(&self, key: &SourceKey) -> bool {
        let place = &self.event.key;
        key.account == place.account && key.region == place.region
    }

    /// The policy of `vault` that was read or set last before the change.
    fn policy_before(&self, vault: &str) -> Option<&'a AccessPolicy> {
        let records = self.context.records;
        let set = records.events.iter().filter(|other| {
            let (key, other) = (&other.key, &other.value);
            let put = other.name == "PutBackupVaultAccessPolicy" && other.error.is_none();
            put && *key == self.event.key && name_in(other, NAME) == Some(vault)
        });
        let set = set.filter_map(|other| Some((other.value.at, other.value.policy.as_ref()?)));
        let read = records.vault_policies.iter();
        let read = read.filter(|policy| self.is_here(&policy.key) && tail(&policy.value.vault) == vault);
        let read = read.filter_map(|policy| Some((policy.value.at, policy.value.policy.as_ref()?)));
        let before = set.chain(read).filter(|(at, _)| *at < self.event.value.at);
        before.max_by_key(|(at, _)| *at).map(|(_, policy)| policy)
    }

    /// A lock with a shorter minimum retention than the last listing before showed.
    fn shorter_lock(&self, vault: &str) -> Option<String> {
        let seen = self.context.records.vaults.iter();
        let seen = seen.filter(|seen| {
            self.is_here(&seen.key) && seen.value.name == vault && seen.value.at < self.event.value.at
        });
        let before = seen.max_by_key(|seen| seen.value.at)?.value.retention_min_days?;
        let asked = self.event.value.request.as_ref()?.get("/minRetentionDays");
        let after = asked.and_then(|days| days.parse::<i64>().ok());
        let shown = after.map_or("none".to_owned(), |days| format!("{days} days"));
        after
            .is_none_or(|after| after < before)
            .then(|| format!("the minimum retention of {vault} fell from {before} days to {shown}"))
    }
}

/// What a policy no longer denies, or to whom.
fn loosened(before: &AccessPolicy, after: &AccessPolicy) -> Option<String> {
    let before = left_to(before).ok()?;
    match left_to(after) {
        Err(action) => Some(format!("denied {action} no longer")),
        Ok(after) => {
            let more: Vec<_> = after.difference(&before).map(String::as_str).collect();
            (!more.is_empty()).then(|| format!("left deletion to {} too", more.join(", ")))
        }
    }
}
