//! Completed jobs against recovery points: each completed job has a recovery point that a complete listing showed, or a
//! successful event that deletes it; each recovery point of the period, copies apart, has a job. Atlas has one record for
//! both.

use std::collections::BTreeSet;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::removal::{deletes, removes};
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState, PointState, RecoveryPoint};
use crate::model::source::SourceKey;

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let keys = [place.jobs(), place.points()];
    let shown: BTreeSet<&str> = shown(context);
    let deleted: BTreeSet<&str> = deleted(context);
    let completed: Vec<_> = records
        .jobs
        .iter()
        .filter(|job| is_completed_in(job, &keys[0]))
        .collect();
    let of_jobs: BTreeSet<&str> = completed
        .iter()
        .filter_map(|job| job.value.point.as_deref())
        .collect();
    let jobs: Vec<_> = completed
        .into_iter()
        .filter(|job| span.contains(job.value.created))
        .collect();
    let made = records.points.iter().filter(|point| is_made_in(point, &keys[1]));
    let strangers: Vec<_> = made
        .filter(|point| span.contains(point.value.created) && !of_jobs.contains(point.value.id.as_str()))
        .collect();
    let (mut matched, mut explained, mut open, mut cited) = (0, Vec::new(), Vec::new(), Vec::new());
    for job in &jobs {
        match job.value.point.as_deref() {
            Some(point) if shown.contains(point) => matched += 1,
            Some(point) if deleted.contains(point) => {
                explained.push(format!(
                    "{} of job {} was deleted before a listing",
                    tail(point),
                    job.value.id
                ));
                cited.push(&job.citation);
            }
            _ => {
                open.push(format!(
                    "job {} without a recovery point that a listing or a deletion shows",
                    job.value.id
                ));
                cited.push(&job.citation);
            }
        }
    }
    for point in &strangers {
        open.push(format!("recovery point {} without a job", tail(&point.value.id)));
        cited.push(&point.citation);
    }
    let points = matched + strangers.len();
    (!jobs.is_empty() || points > 0).then(|| Reconciliation {
        name: "recovery-points",
        left: counted(jobs.len(), "completed jobs"),
        right: counted(points, "recovery points listed"),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "listings taken while the recovery points were there, and complete lists of jobs",
    })
}

/// Recovery points that a complete listing showed.
pub(super) fn shown<'a>(context: &Context<'a>) -> BTreeSet<&'a str> {
    let points = context.records.points.iter();
    let seen = points.filter(|point| !point.value.sightings.is_empty());
    seen.map(|point| point.value.id.as_str()).collect()
}

/// What successful events delete.
pub(super) fn deleted<'a>(context: &Context<'a>) -> BTreeSet<&'a str> {
    let events = context.records.events.iter();
    let deletions = events.filter(|event| removes(&event.value) && deletes(&event.value));
    deletions
        .flat_map(|event| &event.value.resources)
        .map(String::as_str)
        .collect()
}

fn is_completed_in(job: &Observed<BackupJob>, key: &SourceKey) -> bool {
    let completed = matches!(
        job.value.state,
        JobState::Completed | JobState::CompletedWithIssues
    );
    completed && job.key == *key
}

/// A daily backup's own recovery point: no copy, no member of a composite, no continuous backup.
fn is_made_in(point: &Observed<RecoveryPoint>, key: &SourceKey) -> bool {
    let value = &point.value;
    point.key == *key
        && value.copied_from.is_none()
        && value.parent.is_none()
        && !value.continuous
        && value.state == PointState::Usable
}
