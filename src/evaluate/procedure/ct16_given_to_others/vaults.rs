//! Vaults that others may take from, and copies to another account.

use std::collections::BTreeMap;

use super::Trial;
use super::recipients::{Recipient, of_policy};
use crate::evaluate::facts::{is_disputed, may_lie_in};
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{CopyJob, JobState};
use crate::model::records::protection::VaultPolicy;
use crate::model::time::show;

impl Trial<'_> {
    /// Policies that readings of the period show and that give to others, unless a call of the period set one of the
    /// vault: that call is judged by itself.
    pub(super) fn standing_policies(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let mut giving: BTreeMap<&str, (&Observed<VaultPolicy>, Vec<Recipient>)> = BTreeMap::new();
        for read in records
            .vault_policies
            .iter()
            .filter(|read| self.in_period(read.value.at))
        {
            let Some(policy) = &read.value.policy else {
                continue;
            };
            let recipients = of_policy(policy, read.key.account.as_str());
            if recipients.is_empty() || self.was_set(read) {
                continue;
            }
            let known = giving
                .entry(&read.value.vault)
                .or_insert_with(|| (read, recipients.clone()));
            if read.value.at < known.0.value.at {
                known.0 = read;
            }
            known.1.extend(recipients);
            known.1.sort();
            known.1.dedup();
        }
        for (vault, (read, recipients)) in &giving {
            let id = format!("vault/{vault}");
            let evidence = Evidence::of(&read.citation);
            let what = format!("the policy of {} lets others in", tail(vault));
            if !self.refused(builder, &id, &what, recipients, &evidence) {
                self.arranged(
                    builder,
                    &id,
                    &what,
                    (&read.key, &[vault], read.value.at),
                    evidence,
                );
            }
        }
        self.unread_policies(builder);
    }

    /// Whether a call of the period set the policy of the vault before it was read.
    fn was_set(&self, read: &Observed<VaultPolicy>) -> bool {
        self.context.records.events.iter().any(|event| {
            let value = &event.value;
            let named = value
                .request
                .as_ref()
                .and_then(|request| request.get("/backupVaultName"));
            value.name == "PutBackupVaultAccessPolicy"
                && value.error.is_none()
                && self.in_period(value.at)
                && value.at <= read.value.at
                && event.key.account == read.key.account
                && event.key.region == read.key.region
                && named.is_some_and(|name| tail(name) == tail(&read.value.vault))
        })
    }

    /// Vaults that were there in the period, and whose policy nobody read then.
    fn unread_policies(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let period = examined(self.context.scope);
        // A listing of after the period shows them, too.
        let listed = records.vaults.iter().filter(|vault| {
            let there = vault.value.created.is_none_or(|created| created < period.end());
            period.start() <= vault.value.at && there
        });
        let listed: BTreeMap<&str, _> = listed.map(|vault| (vault.value.arn.as_str(), vault)).collect();
        for (arn, vault) in listed {
            let read =
                |read: &Observed<VaultPolicy>| read.value.vault == arn && self.in_period(read.value.at);
            if !records.vault_policies.iter().any(read) {
                let reason = format!(
                    "whether {} is shared is not known: its access policy was never read",
                    tail(arn)
                );
                let resolves = format!("the access policy of {arn} in the period");
                builder.indeterminate(
                    format!("vault/{arn}"),
                    reason,
                    resolves,
                    Evidence::of(&vault.citation),
                );
            }
        }
    }

    /// Copies of the period that lie in another account than their source, one item a destination.
    pub(super) fn copies(&self, builder: &mut FindingBuilder) {
        let mut by_vault: BTreeMap<(&str, &str), Vec<&Observed<CopyJob>>> = BTreeMap::new();
        for copy in &self.context.records.copies {
            let value = &copy.value;
            let may_have_arrived = !matches!(
                value.state,
                JobState::Failed | JobState::Aborted | JobState::Expired
            );
            let period = examined(self.context.scope);
            let disputed = is_disputed(self.context.records, copy.key.source, &value.id);
            let made = may_lie_in(self.context, copy, (&value.id, value.created), period);
            if !(may_have_arrived || disputed) || !made {
                continue;
            }
            if disputed {
                let (id, reason) = (
                    format!("copy/{}", value.id),
                    "records of the copy contradict each other",
                );
                builder.indeterminate(id, reason, "a corrected record", Evidence::of(&copy.citation));
                continue;
            }
            let Some(vault) = value.destination_vault.as_deref() else {
                let reason = "the copy names no destination: where it went is not known";
                let id = format!("copy/{}", value.id);
                builder.indeterminate(id, reason, "the destination vault", Evidence::of(&copy.citation));
                continue;
            };
            by_vault
                .entry((copy.key.account.as_str(), vault))
                .or_default()
                .push(copy);
        }
        for ((own, vault), copies) in &by_vault {
            let place = vault
                .parse::<ResourceId>()
                .ok()
                .and_then(|arn| Place::of(&arn, None));
            let recipient = match place {
                Some(place) if place.account.as_str() == *own => continue,
                Some(place) => Recipient::Account(place.account.to_string()),
                None => Recipient::Hidden(format!("{vault} is no vault's ARN")),
            };
            self.destination(own, vault, &recipient, copies, builder);
        }
    }

    fn destination(
        &self,
        own: &str,
        vault: &str,
        recipient: &Recipient,
        copies: &[&Observed<CopyJob>],
        builder: &mut FindingBuilder,
    ) {
        let id = format!("copies/{own}/{vault}");
        let first = copies
            .iter()
            .min_by_key(|copy| (copy.value.created, &copy.value.id));
        let first = first.expect("invariant: a destination has a copy");
        let evidence = Evidence::of(&first.citation);
        let since = first.value.created;
        let what = format!("{} copies to {vault}, the first at {}", copies.len(), show(since));
        if !self.refused(builder, &id, &what, std::slice::from_ref(recipient), &evidence) {
            self.arranged(builder, &id, &what, (&first.key, &[vault], since), evidence);
        }
    }
}
