//! One call that deletes a recovery point, or changes when its lifecycle does.

use super::{CRITERION, Trial};
use crate::evaluate::authority::Authority;
use crate::evaluate::removal::deletes;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::backups::{Event, RecoveryPoint};
use crate::model::time::show;

impl Trial<'_> {
    /// One call: its actor, and the ticket approved before it.
    pub(super) fn judge_call(
        &self,
        id: &str,
        point: Option<&Observed<RecoveryPoint>>,
        call: &Observed<Event>,
        builder: &mut FindingBuilder,
    ) {
        let event = &call.value;
        let evidence = Evidence::of(&call.citation);
        let evidence = point
            .iter()
            .fold(evidence, |all, point| all.and(Evidence::of(&point.citation)));
        let what = format!("{} at {}", event.name, show(event.at));
        let name = point.map(|point| point.value.id.as_str());
        if self.conflicts(&event.id) || name.is_some_and(|name| self.conflicts(name)) {
            let reason = format!("records of {what} contradict each other");
            return builder.indeterminate(id, reason, "a corrected record", evidence);
        }
        match self.authority(name, call) {
            Authority::Given { proof, records } => builder.supported_if(id, &proof, evidence.and(records)),
            Authority::Unproven { gaps, records } => {
                let evidence = records.into_iter().fold(evidence, Evidence::and);
                builder.gap(id, &gaps, Some(evidence));
            }
            Authority::Unsaid => {
                let reason = format!("{what} does not say who did it");
                builder.indeterminate(id, reason, "the event with its user identity", evidence);
            }
            Authority::Lacking { why, records } => {
                let evidence = records.into_iter().fold(evidence, Evidence::and);
                if !deletes(event) && !point.is_some_and(|point| self.shortened(&point.value)) {
                    let reason = format!("{what}: {why}; whether it shortened the lifecycle is not known");
                    let resolves = "a ticket approved before, or the lifecycle before and after the call";
                    return builder.indeterminate(id, reason, resolves, evidence);
                }
                let condition = format!("{what}: {why}");
                builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
            }
        }
    }

    /// How `call` on `point` stands; without a point, on the recovery points and snapshots that the call itself names.
    pub(super) fn authority(&self, point: Option<&str>, call: &Observed<Event>) -> Authority {
        let named = call.value.resources.iter().map(String::as_str);
        let objects: Vec<_> = match point {
            Some(point) => vec![point],
            None => named.filter(|id| is_copy(&call.value, id)).collect(),
        };
        self.tickets.authority(call, &objects)
    }

    /// Whether a listing gave an earlier time of deletion than one before it, or the point went before its time.
    fn shortened(&self, point: &RecoveryPoint) -> bool {
        let latest = point.delete_at.max(point.delete_at_latest_seen);
        let gone = self.listings.absent_from(point);
        point.delete_at < latest || gone.is_some_and(|gone| latest.is_none_or(|due| gone < due))
    }
}

/// Whether an id in a call is that of a recovery point or snapshot, and not of the vault, cluster or resource beside it.
fn is_copy(event: &Event, id: &str) -> bool {
    match event.source.as_str() {
        // AWS Backup names points by ARN and vaults by name.
        "backup.amazonaws.com" => id.starts_with("arn:") && !id.contains(":backup-vault:"),
        "atlas" => !id.starts_with("atlas:") && id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        _ => !id.starts_with("arn:") || ["snapshot", "/backup/"].iter().any(|word| id.contains(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::backups::{VAULT, call, point_arn};

    #[test]
    fn copies_are_told_from_what_a_call_names_beside_them() {
        let of = |source: &str, id: &str| {
            let mut event = call("Delete", "a", "2026-07-03", "p-006");
            event.source = source.to_owned();
            is_copy(&event, id)
        };
        let snapshot = "64b0000000000000000000aa";
        for (source, id, expected) in [
            ("backup.amazonaws.com", point_arn("a").as_str(), true),
            ("backup.amazonaws.com", VAULT, false),
            ("backup.amazonaws.com", "critical", false),
            ("atlas", snapshot, true),
            ("atlas", "atlas:64b0000000/patients", false),
            ("atlas", &format!("{snapshot}a"), false),
            ("atlas", "patients-cluster-at-luma", false),
            ("rds.amazonaws.com", "rds:orders-2026-07-03", true),
            (
                "rds.amazonaws.com",
                "arn:aws:rds:us-east-1:111122223333:snapshot:a",
                true,
            ),
            (
                "rds.amazonaws.com",
                "arn:aws:rds:us-east-1:111122223333:db:orders",
                false,
            ),
            (
                "dynamodb.amazonaws.com",
                "arn:aws:dynamodb:us-east-1:1:table/t/backup/a",
                true,
            ),
        ] {
            assert_eq!(of(source, id), expected, "{source} {id}");
        }
    }
}
