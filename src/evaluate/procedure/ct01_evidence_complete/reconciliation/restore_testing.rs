//! What restore testing plans were to run against the restore jobs that name them, in a place.
//!
//! A plan has no versions: it is in force since its last change, as a listing tells of it, until the last listing that has it
//! so. Between that listing and the next change nobody knows. A run makes a job for each thing that the plan selects; one
//! is enough. That a run was missed or late is no fault of the evidence where the list of jobs is proven: how old restore
//! tests are is CT-17. A job that no run explains is left open.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::schedule::Timetable;
use crate::model::records::backups::{RestoreJob, RestoreTestingPlan};
use crate::model::records::{Citation, Observed};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans, show};

/// Runs so long before what is examined may have made jobs within it: the longest start window.
const LOOK: TimeDelta = TimeDelta::days(8);

/// A plan's runs, and the times for which nobody knows them.
#[derive(Default)]
struct Expected<'a> {
    /// When a job has to have started, and the listing that says so.
    runs: BTreeMap<Instant, (Instant, &'a Citation)>,
    unknown: Vec<Interval>,
    unreadable: BTreeSet<String>,
}

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let keys = [
        place.key(Source::AwsRestoreTestingPlans),
        place.key(Source::AwsRestoreJobs),
    ];
    let mut plans: BTreeMap<&str, Vec<&Observed<RestoreTestingPlan>>> = BTreeMap::new();
    for row in records.testing_plans.iter().filter(|row| row.key == keys[0]) {
        plans.entry(&row.value.arn).or_default().push(row);
    }
    let mut jobs: BTreeMap<&str, Vec<&Observed<RestoreJob>>> = BTreeMap::new();
    for job in records.restores.iter().filter(|job| job.key == keys[1]) {
        if let Some(plan) = &job.value.testing_plan {
            jobs.entry(plan).or_default().push(job);
        }
    }
    let mut found = Found::default();
    let arns: BTreeSet<&str> = plans.keys().chain(jobs.keys()).copied().collect();
    for arn in arns {
        let rows = plans.get(arn).map(Vec::as_slice).unwrap_or_default();
        let of_plan = jobs.get(arn).map(Vec::as_slice).unwrap_or_default();
        found.compare(context, &keys[1], arn, rows, of_plan);
    }
    (found.expected > 0 || found.served > 0 || !found.open.is_empty()).then(|| Reconciliation {
        name: "restore-testing-runs",
        left: counted(found.expected, "runs by the restore testing plans in force"),
        right: counted(found.served, "runs with restore jobs, and such jobs without a run"),
        explained: found.explained,
        open: found.open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, found.cited),
        resolves: "complete lists of restore testing plans and restore jobs, and the origin of each job that no run explains",
    })
}

/// Both numbers of a place, and the members of their difference.
#[derive(Default)]
struct Found<'a> {
    expected: usize,
    served: usize,
    explained: Vec<String>,
    open: Vec<String>,
    cited: Vec<&'a Citation>,
}

impl<'a> Found<'a> {
    /// Adds the plan `arn`: what its listings say, and the jobs that name it.
    fn compare(
        &mut self,
        context: &Context<'a>,
        listed: &SourceKey,
        arn: &str,
        rows: &[&'a Observed<RestoreTestingPlan>],
        jobs: &[&'a Observed<RestoreJob>],
    ) {
        let span = examined(context.scope);
        let name = rows.last().map_or(tail(arn), |row| row.value.name.as_str());
        let plan = expected_of(context, rows, span);
        let (by_run, strangers) = assign(context, &plan, jobs);
        for (at, (due, record)) in plan.runs.iter().filter(|(at, _)| span.contains(**at)) {
            self.expected += 1;
            let said = format!("plan {name} at {}", show(*at));
            match by_run.get(at).map(|job| (job, job.value.created)) {
                Some((_, created)) if created <= *due => {
                    self.served += 1;
                    continue;
                }
                Some((job, created)) => {
                    self.served += 1;
                    self.explained
                        .push(format!("{said} came late, at {}", show(created)));
                    self.cited.push(&job.citation);
                }
                None => match missed(context, listed, *at, *due) {
                    Ok(()) => self.explained.push(format!("{said} was missed")),
                    Err(why) => self.open.push(format!("{said}: {why}")),
                },
            }
            self.cited.push(*record);
        }
        for job in strangers
            .into_iter()
            .filter(|job| span.contains(job.value.created))
        {
            self.served += 1;
            let id = &job.value.id;
            self.open
                .push(format!("restore {id} of plan {name}, which no run explains"));
            self.cited.push(&job.citation);
        }
        let unknown = Spans::of(plan.unknown.iter().copied()).within(&span);
        let unknown = unknown
            .iter()
            .map(|part| format!("what plan {name} was to run in {part} is not known"));
        self.open.extend(unknown);
        let unreadable = plan
            .unreadable
            .iter()
            .map(|why| format!("plan {name} can't be expanded: {why}"));
        self.open.extend(unreadable);
        if !plan.unreadable.is_empty() {
            self.cited.extend(rows.iter().map(|row| &row.citation));
        }
    }
}

/// What the listings of a plan say that it was to run in `span`, and shortly before.
fn expected_of<'a>(
    context: &Context<'_>,
    rows: &[&'a Observed<RestoreTestingPlan>],
    span: Interval,
) -> Expected<'a> {
    let mut expected = Expected::default();
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.value.at);
    // Each state of the plan: since when, until it was last listed so, and one of its listings.
    let mut states: Vec<(Instant, Instant, &Observed<RestoreTestingPlan>)> = Vec::new();
    for row in &rows {
        let since = row.value.updated.unwrap_or(row.value.created);
        match states.last_mut() {
            Some((known, until, _)) if *known == since => *until = row.value.at,
            _ => states.push((since, row.value.at, row)),
        }
    }
    let before = rows.first().map(|row| row.value.created);
    let ends = states.iter().map(|(_, until, _)| *until);
    let begins = states.iter().map(|(since, ..)| *since);
    // Before the first change that is known, and from each listing until the change that the next one tells of.
    let changes = before.into_iter().chain(ends).zip(begins);
    expected
        .unknown
        .extend(changes.filter_map(|(end, since)| Interval::new(end, since)));
    if let Some((_, until, last)) = states.last() {
        let gone = context
            .records
            .listings
            .iter()
            .filter(|listing| listing.key == last.key);
        let gone = gone.map(|listing| listing.at).filter(|at| at > until).min();
        expected
            .unknown
            .extend(gone.and_then(|gone| Interval::new(*until, gone)));
    }
    let look = Interval::new(span.start() - LOOK, span.end()).unwrap_or(span);
    for (since, until, row) in states {
        let Some(part) = Interval::new(since, until).and_then(|part| part.intersect(&look)) else {
            continue;
        };
        match runs(&row.value, part) {
            Ok((runs, window)) => {
                let runs = runs.into_iter().map(|at| (at, (at + window, &row.citation)));
                expected.runs.extend(runs);
            }
            Err(why) => drop(expected.unreadable.insert(why)),
        }
    }
    expected
}

/// The runs of one state of a plan, and its start window; or why nobody can tell them.
fn runs(plan: &RestoreTestingPlan, part: Interval) -> Result<(BTreeSet<Instant>, TimeDelta), String> {
    let timetable = Timetable::written(plan.schedule.as_deref(), plan.time_zone.as_deref());
    let runs = timetable.and_then(|timetable| timetable.runs(part));
    let window = plan.start_window_hours.and_then(TimeDelta::try_hours);
    let window = window.filter(|window| *window > TimeDelta::zero() && *window < LOOK);
    let window = window.ok_or("it names no start window that can be told")?;
    Ok((runs.map_err(|error| error.to_string())?, window))
}

/// The first job of each run, and the jobs that no run explains. What was started while nobody knows the plan is neither.
fn assign<'a>(
    context: &Context<'_>,
    plan: &Expected<'_>,
    jobs: &[&'a Observed<RestoreJob>],
) -> (
    BTreeMap<Instant, &'a Observed<RestoreJob>>,
    Vec<&'a Observed<RestoreJob>>,
) {
    let mut sorted = jobs.to_vec();
    sorted.sort_by_key(|job| (job.value.created, &job.value.id));
    let (mut first, mut strangers) = (BTreeMap::new(), Vec::new());
    for job in sorted {
        let created = job.value.created;
        let run = plan
            .runs
            .range(..=created + context.criteria.clock_skew)
            .next_back();
        let unknown = plan.unknown.iter().any(|span| span.contains(created)) || !plan.unreadable.is_empty();
        let served = |at: &Instant, due: Instant, first: &BTreeMap<Instant, &Observed<RestoreJob>>| {
            first.get(at).is_some_and(|job| job.value.created <= due)
        };
        match run {
            Some((at, (due, _))) if created <= *due => drop(first.entry(*at).or_insert(job)),
            _ if unknown => {}
            // What comes after a run that was served in time is no job of it.
            Some((at, (due, _))) if !served(at, *due, &first) => drop(first.entry(*at).or_insert(job)),
            _ => strangers.push(job),
        }
    }
    (first, strangers)
}

/// That no job came of a run; or why nobody can tell.
fn missed(context: &Context<'_>, jobs: &SourceKey, at: Instant, due: Instant) -> Result<(), String> {
    if context.scope.as_of <= due {
        return Err(format!("its start window is open until {}", show(due)));
    }
    let window = Interval::new(at - context.criteria.clock_skew, due + TimeDelta::milliseconds(1));
    let window = window.expect("invariant: a window ends after its run");
    match context.records.coverage.prove(jobs, window) {
        Ok(_) => Ok(()),
        Err(_) => Err("the list of restore jobs is not proven".to_owned()),
    }
}
