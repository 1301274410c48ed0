//! Identities for emergencies: named by management, there, and limited.

use super::access::Grants;
use super::snapshot::Snapshot;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::source::Source;

/// An item for each identity that management has named for emergencies, or one that says that it named none.
pub(super) fn examine(
    context: &Context<'_>,
    grants: &Grants<'_>,
    snapshots: &[&Snapshot<'_>],
    builder: &mut FindingBuilder,
) {
    let statement = about(&["IM-312a2ii", "IM-01.v"]);
    let Some(identities) = &context.criteria.break_glass_identities else {
        let keys = context.records.coverage.expected();
        let place = keys.iter().find(|key| key.source == Source::RoleRoster);
        let Some(evidence) = place.map(Evidence::place) else {
            return;
        };
        let reason = "management has named no identities for emergencies";
        builder.indeterminate(
            "emergency",
            reason,
            "an approved value of break_glass_identities",
            evidence,
        );
        return builder.only_about("emergency", &about(&["IM-312a2ii"]));
    };
    for identity in identities {
        let id = format!("emergency/{identity}");
        let found = snapshots.iter().find_map(|snapshot| {
            let mut principals = snapshot.principals();
            Some((
                snapshot,
                principals.find(|principal| principal.value.arn == *identity)?,
            ))
        });
        match found {
            None => {
                let places = context.records.coverage.expected().iter();
                let places = places
                    .filter(|key| key.source == Source::IamSnapshot)
                    .map(Evidence::place);
                let Some(evidence) = places.reduce(Evidence::and) else {
                    continue;
                };
                let reason = "no snapshot of the accounts in scope has the identity";
                builder.indeterminate(
                    &id,
                    reason,
                    "a snapshot of its account, or its right name",
                    evidence,
                );
            }
            Some((snapshot, principal)) => {
                let evidence = Evidence::of(&principal.citation);
                if let Some(doubt) = doubt(context.records, principal, &[identity]) {
                    let evidence = evidence.and(doubt.evidence);
                    builder.indeterminate(&id, doubt.reason, doubt.resolves, evidence);
                    builder.only_about(&id, &statement);
                    continue;
                }
                let given = grants.to(identity, snapshot.at);
                let limited = given.iter().find(|(_, access)| {
                    access
                        .limits
                        .as_deref()
                        .is_some_and(|limits| !limits.trim().is_empty())
                });
                match limited {
                    Some((row, _)) => {
                        let proof = both(Ok(snapshot.proof.clone()), grants.roster.clone());
                        builder.supported_if(&id, &proof, evidence.and(Evidence::of(&row.citation)));
                    }
                    None => {
                        let reason = "no approved access to it states its limits";
                        builder.indeterminate(&id, reason, "an approved access with limits", evidence);
                    }
                }
            }
        }
        builder.only_about(&id, &statement);
    }
}
