//! The days that the service itself has counted jobs for, and what it counted each time it was asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::coverage::{Gap, Proof};
use crate::model::ids::AcquisitionId;
use crate::model::records::backups::{BackupJob, JobState, JobSummary};
use crate::model::records::{Observed, Pulled};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval};

/// For how many days, itself included, the service tells the counts of a day.
const COUNTED_DAYS: i64 = 14;

/// A day that was over when its jobs were counted.
pub(super) struct ClosedDay<'a> {
    /// From midnight to midnight, as the service closes its days.
    pub(super) span: Interval,
    /// The complete answers about it, oldest first; never none.
    pub(super) answers: Vec<Answer<'a>>,
}

/// What the service counted on one day when it was asked once.
pub(super) struct Answer<'a> {
    /// The run of the pull.
    pub(super) run: &'a str,
    /// When it answered.
    pub(super) at: Instant,
    /// Its counts; a state and kind that is not among them counts nothing.
    pub(super) counts: Vec<&'a Observed<JobSummary>>,
}

impl ClosedDay<'_> {
    /// The day's name.
    pub(super) fn name(&self) -> String {
        self.span.start().date_naive().to_string()
    }
}

/// Both sources in `place`.
pub(super) fn sources(place: &Place) -> [SourceKey; 2] {
    [place.jobs(), place.key(Source::AwsBackupJobSummaries)]
}

/// The closed days that reach into what is examined, in order.
pub(super) fn closed_days<'a>(context: &Context<'a>, place: &Place) -> Vec<ClosedDay<'a>> {
    let key = place.key(Source::AwsBackupJobSummaries);
    let mut counts: BTreeMap<&AcquisitionId, Vec<&Observed<JobSummary>>> = BTreeMap::new();
    for summary in &context.records.job_summaries {
        counts.entry(&summary.value.pull).or_default().push(summary);
    }
    let pulls = context.records.pulls.iter();
    let mut pulls: Vec<&Pulled> = pulls
        .filter(|pull| pull.whole && pull.receipt.key == key)
        .collect();
    pulls.sort_by_key(|pull| (pull.at(), &pull.receipt.id));
    let starts: BTreeSet<Instant> = pulls
        .iter()
        .filter_map(|pull| pull.receipt.window)
        .flat_map(starts)
        .collect();
    let spans = starts
        .into_iter()
        .filter_map(|start| Interval::new(start, start + TimeDelta::days(1)))
        .filter(|span| span.intersect(&examined(context.scope)).is_some());
    let day = |span: Interval| ClosedDay {
        answers: answers(&pulls, &counts, span),
        span,
    };
    spans.map(day).collect()
}

fn starts(window: Interval) -> Vec<Instant> {
    let mut starts = Vec::new();
    let mut start = window.start();
    while start + TimeDelta::days(1) <= window.end() {
        starts.push(start);
        start += TimeDelta::days(1);
    }
    starts
}

fn answers<'a>(
    pulls: &[&'a Pulled],
    counts: &BTreeMap<&AcquisitionId, Vec<&'a Observed<JobSummary>>>,
    span: Interval,
) -> Vec<Answer<'a>> {
    let about = pulls.iter().filter(|pull| {
        let window = pull.receipt.window;
        window.is_some_and(|window| window.start() <= span.start() && span.end() <= window.end())
    });
    let answer = |pull: &&'a Pulled| {
        let all = counts
            .get(&pull.receipt.id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let of_day = all
            .iter()
            .copied()
            .filter(|count| count.value.day == span.start());
        Answer {
            run: pull.receipt.run(),
            at: pull.at(),
            counts: of_day.collect(),
        }
    };
    about.map(answer).collect()
}

/// The jobs of `place` that were created on `day`.
pub(super) fn jobs_of<'a>(
    context: &Context<'a>,
    place: &Place,
    day: &ClosedDay<'_>,
) -> Vec<&'a Observed<BackupJob>> {
    let key = place.jobs();
    let jobs = context.records.jobs.iter();
    jobs.filter(|job| job.key == key && day.span.contains(job.value.created))
        .collect()
}

/// The newest run that asked for the jobs of the place while the service still counted the day, where it brought no count
/// of it: the one that is missing may be the one that disagrees.
pub(super) fn uncounted<'a>(context: &Context<'a>, place: &Place, day: &ClosedDay<'_>) -> Option<&'a str> {
    let key = place.jobs();
    let counted = Interval::new(day.span.end(), day.span.start() + TimeDelta::days(COUNTED_DAYS))?;
    let asked = context.records.pulls.iter().map(|pull| &pull.receipt);
    let asked = asked.filter(|receipt| receipt.key == key && counted.contains(receipt.started));
    let run = asked.max_by_key(|receipt| (receipt.started, &receipt.id))?.run();
    let has_it = day.answers.iter().any(|answer| answer.run == run);
    (!has_it).then_some(run)
}

/// How a job stood at `at`: a row tells how it ended, and when.
pub(super) fn state_at(job: &BackupJob, at: Instant) -> JobState {
    match job.completed {
        Some(completed) if completed > at => JobState::Unfinished,
        _ => job.state,
    }
}

/// Proof that rows and counts are complete wherever days are compared, or every gap.
pub(super) fn proof(context: &Context<'_>, place: &Place, days: &[ClosedDay<'_>]) -> Result<Proof, Vec<Gap>> {
    let span = examined(context.scope);
    let first = days
        .first()
        .map_or(span.start(), |day| day.span.start().min(span.start()));
    let last = days
        .last()
        .map_or(span.end(), |day| day.span.end().max(span.end()));
    super::proven(
        context,
        &sources(place),
        Interval::new(first, last).unwrap_or(span),
    )
}
