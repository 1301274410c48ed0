//! What the independent listing holds and no row of the inventory in use in the period names.

use std::collections::BTreeSet;

use crate::evaluate::context::Context;
use crate::evaluate::duty::alive;
use crate::evaluate::grounds::examined;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::backups::CloudResource;
use crate::model::source::Source;
use crate::model::time::{Instant, show};

/// What a resource's tag `ephi` says.
enum Tag {
    Holds(String),
    HoldsNone,
    Unsaid,
}

/// Resources that can hold data, or that a tag says hold ePHI, and that no row names.
pub(super) fn examine_strangers(
    context: &Context<'_>,
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let records = context.records;
    let period = examined(context.scope);
    let rows = records.systems.iter().filter(|row| alive(&row.value, &period));
    let named: BTreeSet<_> = rows.flat_map(|row| &row.value.resources).collect();
    for resource in &records.resources {
        let value = &resource.value;
        let in_use = resource.last_seen >= period.start() && value.created.is_none_or(|at| at < period.end());
        let tag = said(value);
        let counts = value.data_bearing || matches!(tag, Tag::Holds(_));
        if !counts || !in_use || named.contains(&value.id) {
            continue;
        }
        let (id, evidence) = (value.id.as_str(), Evidence::of(&resource.citation));
        let before = value
            .created
            .is_none()
            .then(|| listed_without(context, resource))
            .flatten();
        if before.is_some_and(|before| before >= period.end()) {
            continue;
        }
        match (tag, register, before) {
            (Tag::HoldsNone, register, _) => builder.supported_if(id, register, evidence),
            (_, Err(gaps), _) => builder.gap(id, gaps, Some(evidence)),
            (_, Ok(_), Some(before)) if resource.first_seen >= period.end() => {
                let reason = format!(
                    "no row of the inventory names the resource, and it came between {} and {}: whether in the \
                     period is not known",
                    show(before),
                    show(resource.first_seen)
                );
                builder.indeterminate(
                    id,
                    reason,
                    "a row of the inventory, or its creation time",
                    evidence,
                );
            }
            (Tag::Holds(word), Ok(searched), _) => {
                let condition =
                    format!("the resource is tagged ephi={word}, and no row of the inventory names it");
                let criterion = "the inventory names every resource that holds ePHI";
                let evidence = evidence.and(Evidence::absence_in(searched));
                builder.exception(id, Severity::High, condition, criterion, evidence);
            }
            (Tag::Unsaid, Ok(_), _) => {
                let reason = "no row of the inventory names the resource: nobody says whether it holds ePHI";
                let resolves = "a row of the inventory, or a tag ephi on the resource";
                builder.indeterminate(id, reason, resolves, evidence);
            }
        }
    }
    observe_blind_spot(context, builder);
}

fn said(resource: &CloudResource) -> Tag {
    let tag = resource
        .tags
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("ephi"));
    let word = tag.map(|(_, value)| value.trim().to_ascii_lowercase());
    match word.as_deref() {
        Some("none" | "no" | "false") => Tag::HoldsNone,
        Some(word @ ("true" | "yes" | "stores" | "processes" | "transmits")) => Tag::Holds(word.to_owned()),
        _ => Tag::Unsaid,
    }
}

/// The last complete listing of the resource's place before it was first seen: it was not there then.
fn listed_without(context: &Context<'_>, resource: &Observed<CloudResource>) -> Option<Instant> {
    let listings = context.records.listings.iter();
    let before = listings.filter(|listing| listing.key == resource.key && listing.at < resource.first_seen);
    before.map(|listing| listing.at).max()
}

/// The listing of AWS goes by tags.
fn observe_blind_spot(context: &Context<'_>, builder: &mut FindingBuilder) {
    let accounts = &context.scope.estate.aws;
    let expected = context.records.coverage.expected().iter();
    let keys = expected.filter(|key| {
        key.source == Source::CloudResourceListing && accounts.iter().any(|aws| aws.account == key.account)
    });
    if let Some(evidence) = keys.map(Evidence::place).reduce(Evidence::and) {
        let text = "the independent listing of AWS (tag:GetResources) shows only resources that have or had a tag: one \
                    that was never tagged is in no listing";
        builder.observe(text, evidence);
    }
}
