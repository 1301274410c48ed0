//! CT-15: each backup record carries system, date and time, and location (policy 6.2(4)).
//!
//! Population: the backups of the period that CT-05 counts, of systems that hold ePHI and of resources that no system
//! claims. The resource has to belong to exactly one system of the inventory, completion has to be recorded (an Atlas
//! snapshot carries one instant only, which is the date and time that the policy asks for), and the location has to
//! name account and region, or provider and region; where an Atlas snapshot names no region, the region that the inventory
//! has for its cluster is taken.

use std::collections::BTreeMap;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::place::{Place, short_names};
use crate::evaluate::systems::{in_use, row_doubt};
use crate::evaluate::taken::{ANYTIME, Taken, histories};
use crate::model::coverage::{Gap, Proof};
use crate::model::estate::global;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, StatementId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::Provider;
use crate::model::records::governance::{Ephi, System};
use crate::model::source::Source;
use crate::model::time::show;

/// Concludes CT-15.
pub(super) fn backup_register(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let register = records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let sources = [Source::AwsBackupJobs, Source::AtlasSnapshots];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let basis = grounds
        .basis
        .clone()
        .and_then(|proven| Ok(proven.and(register.clone()?)));
    let mut builder = FindingBuilder::new(test, "backups of the period", basis);
    let mut owners: BTreeMap<&ResourceId, Vec<&Observed<System>>> = BTreeMap::new();
    for row in &records.systems {
        for resource in &row.value.resources {
            owners.entry(resource).or_default().push(row);
        }
    }
    let histories = histories(context);
    let backups: Vec<_> = histories
        .values()
        .flat_map(|history| history.taken_in(examined(context.scope)).map(|(_, taken)| taken))
        .collect();
    let names = short_names(backups.iter().map(|taken| name(taken)));
    let regionless = backups
        .iter()
        .filter(|taken| provider(taken) == Some(Provider::Atlas) && !location(taken).is_some_and(is_placed));
    let regionless: Vec<_> = regionless.flat_map(|taken| taken.citations()).take(1).collect();
    if let Some(evidence) = Evidence::all(regionless) {
        let text = "snapshots of Atlas name no region: the location taken is the region that the inventory has for the \
                    cluster";
        builder.observe(text, evidence);
    }
    for taken in backups {
        let owners = taken.resource().and_then(|resource| owners.get(resource));
        let claims = owners.map(Vec::as_slice).unwrap_or_default();
        let id = names.get(name(taken)).copied().unwrap_or(name(taken));
        if let Some(doubt) = claims.iter().find_map(|row| row_doubt(context, row)) {
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
            continue;
        }
        let owners: Vec<_> = claims
            .iter()
            .copied()
            .filter(|row| in_use(&row.value, taken.at))
            .collect();
        if owners.is_empty() || owners.iter().any(|row| row.value.ephi != Ephi::None) {
            conclude(context, id, taken, (claims, &owners), &register, &mut builder);
        }
    }
    for history in histories.values() {
        for doubt in history.doubts_in(examined(context.scope)) {
            let id = if doubt.at == ANYTIME {
                format!("doubt/{}", doubt.id)
            } else {
                format!("doubt/{}/{}", doubt.id, show(doubt.at[0]))
            };
            let resolves = "a record that tells whether it is a backup";
            builder.indeterminate(id, doubt.reason.as_str(), resolves, Evidence::of(doubt.citation));
        }
    }
    grounds.mark(&mut builder);
    builder.finish("no backup was taken in the period")
}

fn conclude(
    context: &Context<'_>,
    id: &str,
    taken: &Taken<'_>,
    (claims, owners): (&[&Observed<System>], &[&Observed<System>]),
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let records = Evidence::all(taken.citations()).expect("invariant: a backup has a job or a point");
    let evidence = claims
        .iter()
        .fold(records, |all, row| all.and(Evidence::of(&row.citation)));
    let mut faults: Vec<(&str, String)> = Vec::new();
    let mut region_unsaid = false;
    match (taken.resource(), owners) {
        (None, _) => faults.push(("DM-6.2-4a", "the record names no resource".to_owned())),
        (Some(_), [_]) => {}
        (Some(resource), []) if !claims.is_empty() => {
            let reason = format!("no system that names {resource} was in use at {}", show(taken.at));
            let resolves = "the system that it belonged to then";
            return builder.indeterminate(id, reason, resolves, evidence);
        }
        (Some(resource), []) => {
            if let Err(gaps) = register {
                return builder.gap(id, gaps, Some(evidence));
            }
            faults.push((
                "DM-6.2-4a",
                format!("{resource} belongs to no system of the inventory"),
            ));
        }
        (Some(resource), several) => {
            let ids: Vec<_> = several.iter().map(|row| row.value.id.as_str()).collect();
            faults.push((
                "DM-6.2-4a",
                format!("{resource} belongs to several systems: {}", ids.join(", ")),
            ));
        }
    }
    if !has_completion(taken) {
        faults.push(("DM-6.2-4b", "the record has no time of completion".to_owned()));
    }
    match location(taken) {
        Some(location) if is_placed(location) => {}
        // The row's region is where the cluster is, and so are its snapshots.
        Some(_) if provider(taken) == Some(Provider::Atlas) => match owners {
            [owner] if owner.value.region != global() => {}
            _ => region_unsaid = true,
        },
        Some(location) => faults.push((
            "DM-6.2-4c",
            format!("the location {location} names no account and region"),
        )),
        None => faults.push(("DM-6.2-4c", "the record names no location".to_owned())),
    }
    if faults.is_empty() && region_unsaid {
        let reason = "the snapshot's location names no region, and neither does the inventory";
        let resolves = "the cluster's region in the inventory";
        return builder.indeterminate(id, reason, resolves, evidence);
    }
    if faults.is_empty() {
        return builder.supported_if(id, &taken.proof(context), evidence);
    }
    let texts: Vec<_> = faults.iter().map(|(_, text)| text.as_str()).collect();
    let condition = format!("backup of {}: {}", show(taken.at), texts.join("; "));
    let criterion = "each backup record resolves to one system, a date and time, and a location";
    builder.exception(id, Severity::Medium, condition, criterion, evidence);
    let about = faults
        .iter()
        .map(|(statement, _)| statement.parse::<StatementId>());
    let about: Vec<_> = about
        .map(|id| id.expect("invariant: a statement id of the catalogue"))
        .collect();
    builder.only_about(id, &about);
}

/// A backup is called by its recovery point, which job and listing both name: it keeps its name when one of them is
/// missing.
fn name<'a>(taken: &Taken<'a>) -> &'a str {
    let by_job = taken.job.and_then(|job| job.value.point.as_deref());
    let point = taken.point.map(|point| point.value.id.as_str());
    point.or(by_job).unwrap_or(taken.id())
}

fn provider(taken: &Taken<'_>) -> Option<Provider> {
    let job = taken.job.map(|job| job.value.provider);
    job.or_else(|| taken.point.map(|point| point.value.provider))
}

fn has_completion(taken: &Taken<'_>) -> bool {
    provider(taken) == Some(Provider::Atlas)
        || taken.job.is_some_and(|job| job.value.completed.is_some())
        || taken.point.is_some_and(|point| point.value.completed.is_some())
}

fn location<'a>(taken: &Taken<'a>) -> Option<&'a str> {
    let job = taken.job.and_then(|job| job.value.location.as_deref());
    let point = taken
        .point
        .and_then(|point| point.value.vault.as_deref().or(point.value.location.as_deref()));
    job.or(point).filter(|location| !location.trim().is_empty())
}

/// Whether an ARN says account and region, or an Atlas location provider and a region, if only that of a copy.
fn is_placed(location: &str) -> bool {
    if !location.starts_with("arn:") {
        return location.split_whitespace().count() >= 2;
    }
    location
        .parse()
        .is_ok_and(|arn: ResourceId| Place::of(&arn, None).is_some())
}

#[cfg(test)]
mod tests;
