//! CT-10: encryption keys still allow recovery (policy 6.2(5), 6.0).
//!
//! Population: the distinct keys of recovery points and copies that are there at the as-of instant. The verdict on a key
//! is that of [`crate::evaluate::key_state`]. A key that was switched off and on again within the period is an observation:
//! it decrypts now.

use std::collections::BTreeMap;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::{Grounds, examined, moment};
use crate::evaluate::key_state::state_changes;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::short_names;
use crate::evaluate::usable::{Keys, Verdict, fresh};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::source::Source;
use crate::model::time::show;

/// Concludes CT-10.
pub(super) fn keys_allow_recovery(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let sources = [Source::AwsRecoveryPoints, Source::AtlasSnapshots];
    let grounds = Grounds::of(&records.coverage, &sources, moment(fresh(context)));
    let mut builder = FindingBuilder::new(
        test,
        "keys of recovery points that are there",
        grounds.basis.clone(),
    );
    let listings = Listings::of(records);
    let keys = Keys::of(context);
    let mut dependents: BTreeMap<&str, Vec<&Observed<RecoveryPoint>>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for point in records
        .points
        .iter()
        .filter(|point| listings.alive(&point.value, context.scope.as_of))
    {
        match &point.value.key {
            Some(key) => dependents.entry(key).or_default().push(point),
            None if point.value.provider == Provider::Aws && point.value.encrypted != Some(false) => {
                unnamed.push(point)
            }
            None => {}
        }
    }
    let names = short_names(dependents.keys().copied());
    for (key, points) in &dependents {
        let id = names.get(key).copied().unwrap_or(key);
        conclude(context, &keys, (id, key), points, &mut builder);
    }
    if let Some(evidence) = Evidence::all(unnamed.iter().map(|point| &point.citation)) {
        let reason = format!("{} recovery points name no key", unnamed.len());
        builder.indeterminate(
            "unnamed",
            reason,
            "listings that name the key of each recovery point",
            evidence,
        );
    }
    grounds.mark(&mut builder);
    builder.finish("no recovery point that names a key was there")
}

fn conclude(
    context: &Context<'_>,
    keys: &Keys<'_>,
    (id, key): (&str, &str),
    points: &[&Observed<RecoveryPoint>],
    builder: &mut FindingBuilder,
) {
    let as_of = show(context.scope.as_of);
    let newest = points
        .iter()
        .max_by_key(|point| (point.value.created, &point.value.id));
    let newest = newest.map(|point| Evidence::of(&point.citation));
    let with = |evidence: Option<Evidence>| {
        let all = newest
            .iter()
            .chain(evidence.iter())
            .cloned()
            .reduce(Evidence::and);
        all.expect("invariant: a key is named by a point")
    };
    match keys.get(key) {
        Some(Verdict::Usable(Some((proof, evidence)))) => {
            builder.supported(id, proof, with(Some(evidence.clone())));
            observe_changes(context, key, builder);
        }
        Some(Verdict::Unusable { why, evidence }) => {
            let condition = format!("{why}; {} recovery points depend on it at {as_of}", points.len());
            let criterion = "the key of every unexpired recovery point is enabled";
            builder.exception(
                id,
                Severity::Critical,
                condition,
                criterion,
                with(Some(evidence.clone())),
            );
        }
        Some(Verdict::Unknown { why, evidence }) => {
            let resolves = format!("the state of {key} at {as_of}");
            builder.indeterminate(id, why.as_str(), resolves, with(evidence.clone()));
        }
        Some(Verdict::Unproven(gaps)) => builder.gap(id, gaps, Some(with(None))),
        Some(Verdict::Usable(None)) | None => {
            let reason = format!("no record tells the state of {key}");
            builder.indeterminate(id, reason, format!("the state of {key} at {as_of}"), with(None));
        }
    }
}

fn observe_changes(context: &Context<'_>, key: &str, builder: &mut FindingBuilder) {
    let inside = examined(context.scope);
    for event in state_changes(context, key).filter(|event| inside.contains(event.value.at)) {
        let text = format!(
            "{} of {key} at {}, undone since",
            event.value.name,
            show(event.value.at)
        );
        builder.observe(text, Evidence::of(&event.citation));
    }
}

#[cfg(test)]
mod tests;
