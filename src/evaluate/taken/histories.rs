//! How jobs and recovery points become the histories of resources: each backup once, with what fails and what is in doubt.

use std::collections::{BTreeMap, BTreeSet};

use super::doubt::{contradiction, of_job, orphan};
use super::{Doubt, Histories, History, Taken};
use crate::evaluate::context::Context;
use crate::evaluate::criteria::BackupTimeBasis;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::{Place, tail};
use crate::model::coverage::Gap;
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState, PointState, Provider, RecoveryPoint};
use crate::model::time::show;

/// The histories that the records tell.
pub fn histories<'a>(context: &Context<'a>) -> Histories<'a> {
    let records = context.records;
    let conflicts = records.conflicts.iter();
    let conflicted: BTreeSet<&str> = conflicts.map(|conflict| conflict.id.as_str()).collect();
    let points = records.points.iter();
    let points: BTreeMap<&str, _> = points.map(|point| (point.value.id.as_str(), point)).collect();
    let jobs = records.jobs.iter();
    let jobs: BTreeMap<&str, _> = jobs.map(|job| (job.value.id.as_str(), job)).collect();
    let mut histories: Histories<'a> = BTreeMap::new();
    let mut of_jobs = BTreeSet::new();
    for job in &records.jobs {
        let point_id = point_of(&job.value);
        of_jobs.extend(point_id);
        match membership(job, &jobs) {
            Membership::None => {}
            // A part of the resource counts with the whole.
            Membership::OfItself => continue,
            Membership::OfUnknown => {
                let history = histories.entry(job.value.resource.as_ref()).or_default();
                history.doubts.push(orphan(job));
                continue;
            }
        }
        let point = point_id.and_then(|id| points.get(id).copied());
        let contradicted = [Some(job.value.id.as_str()), point_id]
            .into_iter()
            .flatten()
            .find(|id| conflicted.contains(id));
        let taken = Taken {
            at: job.value.created,
            job: Some(job),
            point,
        };
        if let Some(reason) = disagreement(job, point) {
            let at = [
                job.value.created,
                point.map_or(job.value.created, |point| point.value.created),
            ];
            let of_point = point.and_then(|point| point.value.resource.as_ref());
            for resource in [job.value.resource.as_ref(), of_point] {
                let doubt = Doubt {
                    id: &job.value.id,
                    at,
                    reason: reason.clone(),
                    citation: &job.citation,
                };
                histories.entry(resource).or_default().doubts.push(doubt);
            }
            continue;
        }
        let history = histories.entry(taken.resource()).or_default();
        match contradicted {
            Some(id) => history.doubts.push(of_job(records, id, job, point)),
            None => add_job(history, context, taken),
        }
    }
    for point in &records.points {
        let id = point.value.id.as_str();
        if of_jobs.contains(id) || point.value.copied_from.is_some() || is_counted_member(point, &points) {
            continue;
        }
        let history = histories.entry(point.value.resource.as_ref()).or_default();
        if conflicted.contains(id) {
            history.doubts.push(contradiction(
                records,
                (id, &point.key),
                point.value.created,
                &point.citation,
            ));
        } else {
            add_point(history, context, point);
        }
    }
    histories.values_mut().for_each(History::sort);
    histories
}

/// The recovery point of a job: an Atlas snapshot is its own.
fn point_of(job: &BackupJob) -> Option<&str> {
    match (&job.point, job.provider) {
        (Some(point), _) => Some(point),
        (None, Provider::Atlas) => Some(&job.id),
        (None, Provider::Aws) => None,
    }
}

fn is_counted_member(
    point: &Observed<RecoveryPoint>,
    points: &BTreeMap<&str, &Observed<RecoveryPoint>>,
) -> bool {
    let parent = point
        .value
        .parent
        .as_deref()
        .and_then(|parent| points.get(parent));
    parent.is_some_and(|parent| parent.value.resource == point.value.resource)
}

/// What a job and its recovery point say of two different resources.
fn disagreement(job: &Observed<BackupJob>, point: Option<&Observed<RecoveryPoint>>) -> Option<String> {
    let (of_job, of_point) = (job.value.resource.as_ref()?, point?.value.resource.as_ref()?);
    let job = &job.value.id;
    (of_job != of_point).then(|| format!("job {job} is of {of_job}, its recovery point of {of_point}"))
}

/// What a job is to a composite.
enum Membership {
    /// No member, or one that is a resource of its own.
    None,
    /// A part of the resource that the composite is of.
    OfItself,
    /// A member of a job that nobody knows: it may be a part of the resource only.
    OfUnknown,
}

fn membership(job: &Observed<BackupJob>, jobs: &BTreeMap<&str, &Observed<BackupJob>>) -> Membership {
    match job.value.parent.as_deref().map(|parent| jobs.get(parent)) {
        Some(Some(parent)) if parent.value.resource == job.value.resource => Membership::OfItself,
        Some(None) => Membership::OfUnknown,
        _ => Membership::None,
    }
}

/// Adds what came of a job.
fn add_job<'a>(history: &mut History<'a>, context: &Context<'a>, taken: Taken<'a>) {
    let Some(job) = taken.job else { return };
    let value = &job.value;
    let as_of = context.scope.as_of;
    let done_by = value.created + context.criteria.completion_max;
    let mut doubt = |at, reason| {
        history.doubts.push(Doubt {
            id: &value.id,
            at,
            reason,
            citation: &job.citation,
        })
    };
    match value.state {
        JobState::Completed | JobState::CompletedWithIssues if is_continuous(&taken) => {
            history.continuous.extend(taken.point);
        }
        // Not complete in time and not complete before the as-of instant either.
        JobState::Completed | JobState::CompletedWithIssues
            if value.completed.is_some_and(|at| at > done_by && as_of <= at) =>
        {
            history.failed.push(job);
        }
        JobState::Completed | JobState::CompletedWithIssues => add_taken(history, context, taken),
        JobState::Unfinished if job.last_seen >= done_by.max(as_of) => history.failed.push(job),
        JobState::Unfinished | JobState::Unknown => {
            let state = value.state.as_str();
            let seen = show(job.last_seen);
            doubt(
                [value.created; 2],
                format!("job {} was {state} when last seen at {seen}", value.id),
            );
        }
        JobState::Partial | JobState::Failed | JobState::Expired | JobState::Aborted
            if taken
                .point
                .is_some_and(|point| point.value.state == PointState::Usable) =>
        {
            let state = value.state.as_str();
            doubt(
                [value.created; 2],
                format!("job {} {state}, but its recovery point is listed", value.id),
            );
        }
        JobState::Partial | JobState::Failed | JobState::Expired | JobState::Aborted
            if taken.point.is_none() && value.point.is_some() && !points_are_known(context, job) =>
        {
            let state = value.state.as_str();
            doubt(
                [value.created; 2],
                format!(
                    "job {} {state}, and whether its recovery point is listed is not known",
                    value.id
                ),
            );
        }
        JobState::Partial | JobState::Failed | JobState::Expired | JobState::Aborted => {
            history.failed.push(job)
        }
    }
}

/// Whether the recovery points of the time when `job` was created are known: one that is not among them is not there.
fn points_are_known(context: &Context<'_>, job: &Observed<BackupJob>) -> bool {
    let points = Place::at(job.value.provider, &job.key).points();
    let created = moment(job.value.created);
    context.records.coverage.prove(&points, created).is_ok()
}

/// Adds a recovery point that no job names.
fn add_point<'a>(history: &mut History<'a>, context: &Context<'a>, point: &'a Observed<RecoveryPoint>) {
    let taken = Taken {
        at: point.value.created,
        job: None,
        point: Some(point),
    };
    let name = tail(&point.value.id);
    let reason = match point.value.state {
        _ if is_continuous(&taken) => return history.continuous.push(point),
        PointState::Usable => match taken.proof(context) {
            Ok(_) => return add_taken(history, context, taken),
            Err(gaps) => {
                let gaps: Vec<_> = gaps.iter().map(Gap::to_string).collect();
                let gaps = gaps.join("; ");
                format!("how the job of recovery point {name} ended is not known: {gaps}")
            }
        },
        PointState::Partial | PointState::Stopped => return,
        PointState::Creating | PointState::Deleting | PointState::Expired | PointState::Unknown => {
            format!("whether recovery point {name} was complete is not known")
        }
    };
    history.doubts.push(Doubt {
        id: &point.value.id,
        at: [point.value.created; 2],
        reason,
        citation: &point.citation,
    });
}

/// Counts a backup, unless its job and its recovery point disagree about when it was taken.
fn add_taken<'a>(history: &mut History<'a>, context: &Context<'a>, mut taken: Taken<'a>) {
    let (job, point) = (taken.job, taken.point);
    let citation = job
        .map(|job| &job.citation)
        .or_else(|| point.map(|point| &point.citation));
    let citation = citation.expect("invariant: a backup has a job or a point");
    let id = taken.id();
    let doubts = &mut history.doubts;
    let mut doubt = |at, reason| {
        doubts.push(Doubt {
            id,
            at,
            reason,
            citation,
        });
    };
    if let (Some(job), Some(point)) = (job, point) {
        let at = [job.value.created, point.value.created];
        if (at[0] - at[1]).abs() > context.criteria.clock_skew {
            let [job_at, point_at] = at.map(show);
            let reason = format!(
                "job {} was created at {job_at}, its recovery point at {point_at}",
                job.value.id
            );
            return doubt(at, reason);
        }
        if point.value.state == PointState::Partial {
            let reason = format!(
                "job {} completed, but its recovery point lacks members",
                job.value.id
            );
            return doubt(at, reason);
        }
        taken.at = point.value.created;
    }
    if context.criteria.backup_time_basis == BackupTimeBasis::Completion {
        let completed = job.and_then(|job| job.value.completed);
        let Some(completed) = completed.or_else(|| point.and_then(|point| point.value.completed)) else {
            let reason = format!("when {} completed is not known", tail(taken.id()));
            return doubt([taken.at; 2], reason);
        };
        taken.at = completed;
    }
    history.taken.push(taken);
}

/// One long-lived recovery point proves a restore window, not daily snapshots. AWS marks the point's ARN, which the
/// job names too: a listing that is missing can't turn a continuous backup into a daily one.
fn is_continuous(taken: &Taken<'_>) -> bool {
    let marked = |arn: &str| arn.contains(":continuous:") || arn.contains("auto-backup:");
    let by_job = taken.job.and_then(|job| job.value.point.as_deref());
    taken.point.is_some_and(|point| point.value.continuous) || by_job.is_some_and(marked)
}
