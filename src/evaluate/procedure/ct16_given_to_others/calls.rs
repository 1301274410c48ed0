//! Calls that give a backup away.

use super::recipients::{Recipient, of_policy, of_resource_share, of_share, shares};
use super::{CRITERION, Trial};
use crate::evaluate::place::tail;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::time::show;

/// The members of a call's parameters that name the data set.
const DATA_SETS: [&str; 6] = [
    "/snapshotId",
    "/imageId",
    "/dBSnapshotIdentifier",
    "/dBClusterSnapshotIdentifier",
    "/sourceArn",
    "/backupVaultName",
];

impl Trial<'_> {
    /// Every successful call of the period that gives a backup away.
    pub(super) fn calls(&self, builder: &mut FindingBuilder) {
        let events = self.context.records.events.iter();
        for event in events.filter(|event| event.value.error.is_none() && self.in_period(event.value.at)) {
            if let Some(recipients) = self.recipients(event) {
                self.call(event, &recipients, builder);
            }
        }
    }

    /// Who receives by this call; `None` where it gives nothing to anybody.
    fn recipients(&self, event: &Observed<Event>) -> Option<Vec<Recipient>> {
        let value = &event.value;
        let own = event.key.account.as_str();
        let mut found = match (value.source.as_str(), value.name.as_str()) {
            _ if shares(value) => of_share(value),
            ("rds.amazonaws.com", "StartExportTask")
            | ("dynamodb.amazonaws.com", "ExportTableToPointInTime") => {
                vec![self.bucket(value, own)]
            }
            ("backup.amazonaws.com", "PutBackupVaultAccessPolicy") => match (&value.request, &value.policy) {
                (Some(_), Some(policy)) => of_policy(policy, own),
                (None, _) => vec![Recipient::Hidden(
                    "the event leaves its parameters out".to_owned(),
                )],
                (Some(_), None) => vec![Recipient::Hidden("the policy can't be read".to_owned())],
            },
            ("ram.amazonaws.com", "CreateResourceShare" | "AssociateResourceShare") => {
                // Only shares that hold a vault, or whose parameters were left out, can be about backups.
                (self.shares_vault(value) || value.request.is_none()).then(|| of_resource_share(value))?
            }
            _ => return None,
        };
        // What the account gives itself leaves nobody's hands.
        found.retain(|recipient| *recipient != Recipient::Account(own.to_owned()));
        (!found.is_empty()).then_some(found)
    }

    /// Whether the resource share of the call holds a vault, by this call or another that is known.
    fn shares_vault(&self, event: &Event) -> bool {
        let has_vault = |event: &Event| event.resources.iter().any(|id| id.contains(":backup-vault:"));
        let share = |id: &&String| id.contains(":resource-share/");
        let shares: Vec<_> = event.resources.iter().filter(share).collect();
        let mut others = self.context.records.events.iter().map(|other| &other.value);
        has_vault(event)
            || others.any(|other| {
                let named = || other.resources.iter().chain(&other.results);
                other.source == event.source && has_vault(other) && named().any(|id| shares.contains(&id))
            })
    }

    /// The account whose bucket an export goes to, where the call or the listing of resources tells it.
    fn bucket(&self, event: &Event, own: &str) -> Recipient {
        let told = |pointer: &str| event.request.as_ref()?.get(pointer);
        let Some(bucket) = told("/s3BucketName").or_else(|| told("/s3Bucket")) else {
            return Recipient::Hidden("the event names no bucket".to_owned());
        };
        if let Some(owner) = told("/s3BucketOwner") {
            return Recipient::Account(owner.clone());
        }
        let arn: Option<ResourceId> = format!("arn:aws:s3:::{bucket}").parse().ok();
        let listed = self.context.records.resources.iter();
        let mut listed = listed.filter(|resource| Some(&resource.value.id) == arn.as_ref());
        match listed.next() {
            // An account's own bucket is no other party's.
            Some(resource) if resource.value.account.as_str() == own => Recipient::Account(own.to_owned()),
            Some(resource) => Recipient::Account(resource.value.account.to_string()),
            None => Recipient::Hidden(format!("no listing says whose bucket {bucket} is")),
        }
    }

    fn call(&self, event: &Observed<Event>, recipients: &[Recipient], builder: &mut FindingBuilder) {
        let value = &event.value;
        let id = format!("event/{}", value.id);
        let evidence = Evidence::of(&event.citation);
        let told = |pointer: &&str| value.request.as_ref()?.get(*pointer);
        let sets: Vec<_> = DATA_SETS.iter().filter_map(told).map(String::as_str).collect();
        let sets = if sets.is_empty() {
            value.resources.iter().map(String::as_str).collect()
        } else {
            sets
        };
        let shown: Vec<_> = sets.iter().map(|set| tail(set)).collect();
        let what = format!("{} of {} at {}", value.name, shown.join(", "), show(value.at));
        if self
            .context
            .records
            .conflicts
            .iter()
            .any(|conflict| conflict.id == value.id)
        {
            let reason = format!("records of {what} contradict each other");
            return builder.indeterminate(id, reason, "a corrected record", evidence);
        }
        if self.refused(builder, &id, &what, recipients, &evidence) {
            return;
        }
        let to: Vec<_> = recipients
            .iter()
            .filter_map(|recipient| match recipient {
                Recipient::Account(account) => Some(account.as_str()),
                _ => None,
            })
            .collect();
        let what = format!("{what} to account {}", to.join(", "));
        let authority = self.tickets.authority(event, &sets);
        authority.conclude(builder, &id, &what, (Severity::Critical, CRITERION), evidence);
    }
}
