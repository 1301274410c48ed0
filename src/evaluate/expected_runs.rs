//! The runs that a resource's schedules in force were to start, each with the job that it made: what is missed, what came
//! late, and what no schedule explains (reconciliation of schedules with jobs).
//!
//! A missed run leaves no job at all: only this comparison and the day calendar of CT-05 find it. A run is served by the
//! first job of its plan (in Atlas: the first scheduled snapshot) that was created within its start window; one created
//! later, before the window of the run after it is over, serves it late. Where a rule names no start window, and in
//! Atlas, the window is `backup_interval_tolerance`. A run is missed only where the list of jobs is proven over its
//! window, the plan selected the resource for certain and nothing is in doubt; a job serves only where its list is proven
//! too. Whether a job then succeeded is CT-05's and CT-07's to say.

mod jobs;
mod planned;

use std::collections::BTreeSet;

use chrono::TimeDelta;

use self::jobs::Jobs;
use self::planned::plans_of;
use super::assignment::Plans;
use super::context::Context;
use super::grounds::moment;
use super::place::Place;
use crate::model::coverage::{Gap, Proof};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{BackupJob, Provider};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, Spans};

/// Runs and jobs so long before and after the spans asked for are looked at too, so that no edge makes a stranger of a job.
const LOOK: TimeDelta = TimeDelta::days(8);

/// A run that a schedule in force was to start.
#[derive(Debug)]
pub struct ExpectedRun<'a> {
    /// When.
    pub at: Instant,
    /// Until when a job had to start.
    pub due: Instant,
    /// The plan and rule, or the policy item, for readers.
    pub by: String,
    /// What became of it.
    pub outcome: Outcome<'a>,
    /// The plan version and selection, or the schedule, that say so.
    pub records: BTreeSet<&'a Citation>,
}

/// What became of a run.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// Its job was created within the start window.
    Served(&'a Observed<BackupJob>, Proof),
    /// Its job was created after it.
    Late(&'a Observed<BackupJob>, Proof),
    /// No job, in a list of jobs that is proven over the start window.
    Missed(Proof),
    /// The list of jobs is not proven, or what was done meanwhile where it is in doubt that the plan selected the resource.
    Unproven(Vec<Gap>),
    /// Something else leaves it open: why.
    Unknown(String),
}

/// A scheduled job that no expected run explains.
#[derive(Debug)]
pub struct Extra<'a> {
    /// The job.
    pub job: &'a Observed<BackupJob>,
    /// Proof that the plans or schedules that could explain it are known, or the gaps.
    pub searched: Result<Proof, Vec<Gap>>,
}

/// A schedule in force that nobody can expand: neither its missed runs nor its extra jobs can be told.
#[derive(Debug)]
pub struct Unreadable<'a> {
    /// The plan and rule, or the policy item, for readers.
    pub by: String,
    /// Why.
    pub reason: String,
    /// For which part of the spans asked for.
    pub span: Interval,
    /// Where it stands.
    pub record: &'a Citation,
}

/// Expected runs and jobs of one resource side by side.
#[derive(Debug, Default)]
pub struct Comparison<'a> {
    /// The expected runs, in order of time.
    pub runs: Vec<ExpectedRun<'a>>,
    /// Jobs that none of them explains, in order of time.
    pub extra: Vec<Extra<'a>>,
    /// Schedules that can't be expanded.
    pub unreadable: Vec<Unreadable<'a>>,
}

/// Compares what the schedules in force were to run with the jobs of a resource, over `spans`: those in which its backups
/// are due, within the time that is examined.
pub fn expected_runs<'a>(
    context: &Context<'a>,
    plans: &Plans<'a>,
    resource: &ResourceId,
    place: &Place,
    spans: &Spans,
) -> Comparison<'a> {
    let mut comparison = Comparison::default();
    let hull = spans.iter().next().zip(spans.iter().last());
    let look = hull.and_then(|(first, last)| Interval::new(first.start() - LOOK, last.end() + LOOK));
    let Some(look) = look else { return comparison };
    let within = |at: Instant| spans.iter().any(|span| span.contains(at));
    let jobs = Jobs::of(context, resource, place, look);
    let mut explained = BTreeSet::new();
    let planned = plans_of(context, plans, resource, place, look);
    for (id, plan) in &planned {
        let matched = jobs.serve(id, plan, &mut explained, context.criteria.clock_skew);
        for ((at, run), job) in plan.runs.iter().zip(matched) {
            if within(*at) {
                comparison.runs.push(ExpectedRun {
                    at: *at,
                    due: run.due,
                    by: run.by.iter().cloned().collect::<Vec<_>>().join(" and "),
                    outcome: jobs.outcome(*at, run, job),
                    records: run.records.clone(),
                });
            }
        }
        for unreadable in &plan.unreadable {
            let parts = spans.within(&unreadable.span);
            comparison.unreadable.extend(parts.iter().map(|span| Unreadable {
                span: *span,
                by: unreadable.by.clone(),
                reason: unreadable.reason.clone(),
                record: unreadable.record,
            }));
        }
    }
    comparison.runs.sort_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)));
    let source = match place.provider {
        Provider::Aws => Source::AwsBackupPlans,
        Provider::Atlas => Source::AtlasBackupSchedule,
    };
    let strangers = jobs
        .of_plans
        .iter()
        .flat_map(|(id, jobs)| jobs.iter().map(move |job| (*id, *job)));
    for (id, job) in strangers {
        let created = job.value.created;
        let open = planned.get(id).is_some_and(|plan| {
            plan.unreadable
                .iter()
                .any(|schedule| schedule.span.contains(created))
        });
        if within(created) && !open && !explained.contains(job.value.id.as_str()) {
            let plans = context
                .records
                .coverage
                .prove(&place.key(source), moment(created));
            let row = context.records.coverage.prove(&job.key, moment(created));
            comparison.extra.push(Extra {
                job,
                searched: plans.and_then(|plans| Ok(plans.and(row?))),
            });
        }
    }
    comparison
        .extra
        .sort_by_key(|extra| (extra.job.value.created, &extra.job.value.id));
    comparison
}

#[cfg(test)]
mod tests;
