//! CT-09: backups are encrypted (policy 6.2(5), 6.3(2)).
//!
//! Population: every recovery point and copy that a listing showed in the period or that was made in it. Encrypted is
//! what the service says is encrypted and names the key of. Atlas encrypts at the provider and says so nowhere in a
//! snapshot: without a customer key the conclusion relies on a reviewed assurance document of the vendor for the period.
//! A backup whose recovery point no listing ever showed is INDETERMINATE, and so is a copy: one in an account outside of
//! the estate is in no listing of it.

use std::collections::BTreeSet;

use crate::evaluate::assurance::Assurance;
use crate::evaluate::context::Context;
use crate::evaluate::facts::may_lie_in;
use crate::evaluate::grounds::{Grounds, examined, moment};
use crate::evaluate::place::{Place, short_names, tail};
use crate::evaluate::taken::seen;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, CopyJob, JobState, Provider, RecoveryPoint};
use crate::model::source::Source;

/// Concludes CT-09.
pub(super) fn encrypted(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    // Jobs tell of recovery points and copies that no listing showed.
    let sources = [
        Source::AwsRecoveryPoints,
        Source::AtlasSnapshots,
        Source::AwsBackupJobs,
        Source::AwsCopyJobs,
    ];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let mut builder = FindingBuilder::new(test, "recovery points and copies", grounds.basis.clone());
    let conflicted: BTreeSet<&str> = records
        .conflicts
        .iter()
        .map(|conflict| conflict.id.as_str())
        .collect();
    let assurance = Assurance::of(context, Provider::Atlas);
    let points: Vec<_> = records
        .points
        .iter()
        .filter(|point| existed(context, point))
        .collect();
    let never_seen = never_seen(context);
    let ids = points.iter().map(|point| point.value.id.as_str());
    let names = short_names(ids.chain(never_seen.iter().map(|(id, _)| *id)));
    for point in &points {
        let id = names
            .get(point.value.id.as_str())
            .copied()
            .unwrap_or(&point.value.id);
        if conflicted.contains(point.value.id.as_str()) {
            let reason = "revisions of the recovery point contradict each other";
            builder.indeterminate(
                id,
                reason,
                "a corrected record of it",
                Evidence::of(&point.citation),
            );
        } else {
            conclude(context, &assurance, id, point, &mut builder);
        }
    }
    for (point, job) in &never_seen {
        let id = names.get(point).copied().unwrap_or(point);
        let reason = format!(
            "job {} completed, but no listing shows its recovery point",
            job.value.id
        );
        let resolves = "a listing taken while the recovery point was there";
        builder.indeterminate(id, reason, resolves, Evidence::of(&job.citation));
    }
    examine_unlisted_copies(context, &mut builder);
    grounds.mark(&mut builder);
    builder.finish("no recovery point existed in the period")
}

/// Completed jobs that name no recovery point, and completed copies that no listing shows.
fn examine_unlisted_copies(context: &Context<'_>, builder: &mut FindingBuilder) {
    let records = context.records;
    let listed: BTreeSet<&str> = records
        .points
        .iter()
        .map(|point| point.value.id.as_str())
        .collect();
    let resolves = "a listing of the destination vault taken while the copy was there";
    let period = examined(context.scope);
    for copy in &records.copies {
        let value = &copy.value;
        let point = value.destination_point.as_deref();
        let shown = point.is_some_and(|point| listed.contains(point));
        if is_complete(value.state)
            && period.contains(value.created)
            && !shown
            && !falls_in_gap(context, value)
        {
            let place = value.destination_vault.as_deref().unwrap_or("an unnamed vault");
            let reason = format!("a copy to {place} completed, but no listing shows it");
            builder.indeterminate(
                format!("copy/{}", value.id),
                reason,
                resolves,
                Evidence::of(&copy.citation),
            );
        }
    }
    for job in &records.jobs {
        let value = &job.value;
        let names_none = value.point.is_none() && value.provider == Provider::Aws;
        if is_complete(value.state) && period.contains(value.created) && names_none {
            let reason = "the job completed, and names no recovery point";
            let id = format!("job/{}", value.id);
            builder.indeterminate(
                id,
                reason,
                "the job with its recovery point",
                Evidence::of(&job.citation),
            );
        }
    }
}

/// Whether the listings of the estate that could have shown the copy have a gap there, which is an item of its own.
fn falls_in_gap(context: &Context<'_>, copy: &CopyJob) -> bool {
    let coverage = &context.records.coverage;
    let vault = copy
        .destination_vault
        .as_deref()
        .and_then(|vault| vault.parse().ok());
    let place = vault.and_then(|vault: ResourceId| Place::of(&vault, None));
    place.map(|place| place.points()).is_some_and(|points| {
        coverage.expected().contains(&points) && coverage.prove(&points, moment(copy.created)).is_err()
    })
}

const fn is_complete(state: JobState) -> bool {
    matches!(state, JobState::Completed | JobState::CompletedWithIssues)
}

/// Whether it was made in the period, or a listing showed it then.
fn existed(context: &Context<'_>, point: &Observed<RecoveryPoint>) -> bool {
    let (value, period) = (&point.value, examined(context.scope));
    let seen_since = value.sightings.iter().any(|at| period.start() <= *at);
    let made = may_lie_in(context, point, (&value.id, value.created), period);
    made || (value.created < period.end() && seen_since)
}

/// Completed jobs of the period in AWS whose recovery point is in no record.
fn never_seen<'a>(context: &Context<'a>) -> Vec<(&'a str, &'a Observed<BackupJob>)> {
    let known: BTreeSet<&str> = context
        .records
        .points
        .iter()
        .map(|point| point.value.id.as_str())
        .collect();
    let completed =
        context.records.jobs.iter().filter(|job| {
            is_complete(job.value.state) && examined(context.scope).contains(job.value.created)
        });
    let points = completed.filter_map(|job| Some((job.value.point.as_deref()?, job)));
    points.filter(|(point, _)| !known.contains(point)).collect()
}

fn conclude(
    context: &Context<'_>,
    assurance: &Assurance<'_>,
    id: &str,
    point: &Observed<RecoveryPoint>,
    builder: &mut FindingBuilder,
) {
    let (value, evidence) = (&point.value, Evidence::of(&point.citation));
    let listed = || seen(&context.records.coverage, point);
    match (value.encrypted, &value.key, value.provider) {
        (Some(false), _, _) => {
            let kind = if value.copied_from.is_some() {
                "copy"
            } else {
                "recovery point"
            };
            let place = value
                .vault
                .as_deref()
                .or(value.location.as_deref())
                .unwrap_or("an unnamed vault");
            let condition = format!("the {kind} {} in {place} is not encrypted", value.id);
            let criterion = "every stored backup is encrypted";
            builder.exception(id, Severity::Critical, condition, criterion, evidence);
        }
        (Some(true), Some(_), _) => builder.supported_if(id, &listed(), evidence),
        (None, None, Provider::Atlas) => match &assurance.found {
            Some(document) => {
                let proof = listed().and_then(|listed| Ok(listed.and(assurance.register.clone()?)));
                builder.supported_if(id, &proof, evidence.and(Evidence::of(&document.citation)));
            }
            None => {
                let reason =
                    "the snapshot names no key, and no reviewed assurance of MongoDB covers the period";
                let resolves = "a reviewed SOC 2 report or ISO certificate of MongoDB for the whole period";
                builder.indeterminate(id, reason, resolves, evidence);
            }
        },
        (Some(true), None, _) => {
            builder.indeterminate(
                id,
                "the record says encrypted and names no key",
                "the key's ARN",
                evidence,
            );
        }
        (None, _, _) => {
            let reason = format!(
                "the record of {} does not say whether it is encrypted",
                tail(&value.id)
            );
            builder.indeterminate(id, reason, "a listing with the member IsEncrypted", evidence);
        }
    }
}

#[cfg(test)]
mod tests;
