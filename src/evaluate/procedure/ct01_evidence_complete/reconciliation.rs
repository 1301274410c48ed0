//! Completed jobs against recovery points, place by place.

use std::collections::BTreeSet;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::tail;
use crate::evaluate::removal::{deletes, removes};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState, PointState, Provider, RecoveryPoint};
use crate::model::source::{Source, SourceKey};

/// Each completed job has a recovery point that a complete listing showed, or a successful event that deletes it; each
/// recovery point of the period, copies apart, has a job. Atlas has one record for both.
pub(super) fn reconcile_points(context: &Context<'_>, builder: &mut FindingBuilder) {
    let records = context.records;
    let shown = records
        .points
        .iter()
        .filter(|point| !point.value.sightings.is_empty());
    let deletions = records
        .events
        .iter()
        .filter(|event| removes(&event.value) && deletes(&event.value));
    let deleted = deletions
        .flat_map(|event| &event.value.resources)
        .map(String::as_str);
    let accounted: BTreeSet<&str> = shown
        .map(|point| point.value.id.as_str())
        .chain(deleted)
        .collect();
    let places = records.coverage.expected().iter();
    for key in places.filter(|key| key.source == Source::AwsBackupJobs) {
        reconcile_place(context, key, &accounted, builder);
    }
}

fn reconcile_place(
    context: &Context<'_>,
    key: &SourceKey,
    accounted: &BTreeSet<&str>,
    builder: &mut FindingBuilder,
) {
    let (records, span) = (context.records, examined(context.scope));
    let completed: Vec<_> = records
        .jobs
        .iter()
        .filter(|job| is_completed_in(job, key))
        .collect();
    let of_jobs: BTreeSet<&str> = completed
        .iter()
        .filter_map(|job| job.value.point.as_deref())
        .collect();
    let jobs: Vec<_> = completed
        .into_iter()
        .filter(|job| span.contains(job.value.created))
        .collect();
    let is_accounted = |job: &Observed<BackupJob>| {
        let point = job.value.point.as_deref();
        point.is_some_and(|id| accounted.contains(id))
    };
    let without_point: Vec<_> = jobs.iter().filter(|job| !is_accounted(job)).collect();
    let made = records.points.iter().filter(|point| is_made_in(point, key));
    let without_job: Vec<_> = made
        .filter(|point| span.contains(point.value.created) && !of_jobs.contains(point.value.id.as_str()))
        .collect();
    let id = format!("reconciliation/{}/{}", key.account, key.region);
    let cited = without_point.iter().map(|job| &job.citation);
    let cited = Evidence::all(cited.chain(without_job.iter().map(|point| &point.citation)));
    if let Some(evidence) = cited {
        let first = without_point.iter().map(|job| job.value.id.as_str());
        let first = first
            .chain(without_job.iter().map(|point| tail(&point.value.id)))
            .next()
            .unwrap_or_default();
        let reason = format!(
            "{} of {} completed jobs have no recovery point that a listing or a deletion shows, and {} recovery points \
             have no job; the first is {first}",
            without_point.len(),
            jobs.len(),
            without_job.len(),
        );
        let resolves = "listings taken while the recovery points were there, and complete lists of jobs";
        return builder.indeterminate(id, reason, resolves, evidence);
    }
    let points = SourceKey {
        source: Source::AwsRecoveryPoints,
        ..key.clone()
    };
    let proof = records.coverage.prove(key, span);
    let proof = proof.and_then(|jobs| Ok(jobs.and(records.coverage.prove(&points, span)?)));
    builder.supported_if(id, &proof, Evidence::place(key).and(Evidence::place(&points)));
}

fn is_completed_in(job: &Observed<BackupJob>, place: &SourceKey) -> bool {
    let completed = matches!(
        job.value.state,
        JobState::Completed | JobState::CompletedWithIssues
    );
    completed
        && job.value.provider == Provider::Aws
        && (&job.key.account, &job.key.region) == (&place.account, &place.region)
}

/// A daily backup's own recovery point: no copy, no member of a composite, no continuous backup.
fn is_made_in(point: &Observed<RecoveryPoint>, place: &SourceKey) -> bool {
    let value = &point.value;
    (&point.key.account, &point.key.region) == (&place.account, &place.region)
        && value.copied_from.is_none()
        && value.parent.is_none()
        && !value.continuous
        && value.state == PointState::Usable
}
