//! Lists of the jobs that *completed* in a time, and descriptions of jobs that ran on. They prove no time, but show how jobs
//! ended that began before: where one failed and none stands for it, an end may have gone unseen, and a job may still look as if
//! it ran.

use std::collections::BTreeMap;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::model::acquisition::DESCRIBE_JOB;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::backups::JobState;
use crate::model::records::{Observed, Pulled};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans, show};

/// An item names this many of the pulls that failed.
const PULLS_SHOWN: usize = 2;

/// One item for each time that a failed list was asked for and no whole one of the place covers.
pub(super) fn examine_completions(context: &Context<'_>, builder: &mut FindingBuilder) {
    let mut by_place: BTreeMap<&SourceKey, Vec<&Pulled>> = BTreeMap::new();
    let lists = |pull: &&Pulled| pull.follows_up && !describes(pull);
    for pull in context.records.pulls.iter().filter(lists) {
        by_place.entry(&pull.receipt.key).or_default().push(pull);
    }
    for (key, pulls) in by_place {
        let (whole, broken): (Vec<&Pulled>, Vec<_>) = pulls.into_iter().partition(|pull| pull.whole);
        let shown = Spans::of(whole.iter().filter_map(|pull| pull.receipt.completions()));
        let lacking = broken.iter().map(|pull| shown.missing_in(&asked(pull)));
        let lacking = Spans::of(lacking.flat_map(|spans| spans.iter().copied().collect::<Vec<_>>()));
        for interval in lacking.within(&examined(context.scope)).iter() {
            let of_interval = broken
                .iter()
                .filter(|pull| asked(pull).intersect(interval).is_some());
            let mut complaints: Vec<_> = of_interval.filter_map(|pull| pull.complaint.as_deref()).collect();
            let more = match complaints.len().saturating_sub(PULLS_SHOWN) {
                0 => String::new(),
                more => format!("; and {more} more like it"),
            };
            complaints.truncate(PULLS_SHOWN);
            let reason = format!(
                "how jobs ended that completed in {interval} and were created before is not shown: {}{more}",
                complaints.join("; ")
            );
            builder.indeterminate(
                format!(
                    "{}/completed/{}",
                    key.to_string().replace(' ', "/"),
                    show(interval.start())
                ),
                reason,
                format!("a complete list of the jobs that completed in {interval}"),
                Evidence::place(key),
            );
        }
    }
}

/// One item for each job whose newest description is not whole, unless the job is shown to have ended.
pub(super) fn examine_descriptions(context: &Context<'_>, builder: &mut FindingBuilder) {
    let mut newest: BTreeMap<(&SourceKey, &str), &Pulled> = BTreeMap::new();
    for pull in context.records.pulls.iter().filter(|pull| describes(pull)) {
        let Some(job) = pull.part.as_deref() else { continue };
        let known = newest.entry((&pull.receipt.key, job)).or_insert(pull);
        if (pull.at(), &pull.receipt.id) > (known.at(), &known.receipt.id) {
            *known = pull;
        }
    }
    let span = examined(context.scope);
    for ((key, job), pull) in newest.into_iter().filter(|(_, pull)| !pull.whole) {
        let shown = shown(context, key, job);
        let about = shown.map_or(pull.receipt.started, |shown| shown.created);
        if shown.is_some_and(|shown| shown.state.is_final()) || !span.contains(about) {
            continue;
        }
        let last = shown.map_or_else(
            || "which no list shows".to_owned(),
            |shown| format!("which was {} at {}", shown.state.as_str(), show(shown.last_seen)),
        );
        builder.indeterminate(
            format!("{}/job/{job}", key.to_string().replace(' ', "/")),
            format!(
                "whether the job {job} has ended, {last}, is not shown: {}",
                pull.complaint.as_deref().unwrap_or_default()
            ),
            format!("a description of the job {job}, or its row in a list"),
            Evidence::place(key),
        );
    }
}

fn describes(pull: &Pulled) -> bool {
    DESCRIBE_JOB.contains(&pull.receipt.operation.as_str())
}

/// What the records show of a job.
#[derive(Clone, Copy)]
struct Shown {
    state: JobState,
    created: Instant,
    last_seen: Instant,
}

fn shown(context: &Context<'_>, key: &SourceKey, job: &str) -> Option<Shown> {
    fn of<T>(
        records: &[Observed<T>],
        key: &SourceKey,
        look: impl Fn(&T) -> Option<(JobState, Instant)>,
    ) -> Option<Shown> {
        let mut here = records.iter().filter(|record| record.key == *key);
        here.find_map(|record| {
            let (state, created) = look(&record.value)?;
            Some(Shown {
                state,
                created,
                last_seen: record.last_seen,
            })
        })
    }
    let records = context.records;
    match key.source {
        Source::AwsCopyJobs => of(&records.copies, key, |copy| {
            (copy.id == job).then_some((copy.state, copy.created))
        }),
        Source::AwsRestoreJobs => of(&records.restores, key, |restore| {
            (restore.id == job).then_some((restore.state, restore.created))
        }),
        _ => of(&records.jobs, key, |backup| {
            (backup.id == job).then_some((backup.state, backup.created))
        }),
    }
}

/// The time whose completed jobs were asked for; where the request does not say, all until the answer.
fn asked(pull: &Pulled) -> Interval {
    let until = pull
        .receipt
        .finished
        .max(Instant::UNIX_EPOCH + chrono::TimeDelta::milliseconds(1));
    let all = Interval::new(Instant::UNIX_EPOCH, until).expect("invariant: a millisecond at the least");
    pull.receipt.completions().unwrap_or(all)
}
