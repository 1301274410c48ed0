//! Job rows against the service's own daily counts, day by day, kind by kind, state by state.
//!
//! Every count that was ever read of a day is compared. It counted each job as it stood then: one that finished later was
//! unfinished. What an older count said otherwise is explained where it agrees with the rows that had been read by then;
//! that a newer count agrees does not explain it. And the newest run that asked for the day's jobs has to have its count.

use std::collections::{BTreeMap, BTreeSet};

use super::closed_days::{Answer, ClosedDay, closed_days, jobs_of, proof, sources, state_at, uncounted};
use super::{Reconciliation, counted, evidence};
use crate::evaluate::context::Context;
use crate::evaluate::place::Place;
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState};

/// A kind of resource, where counts tell kinds apart, and a state.
type Cell<'a> = (Option<&'a str>, JobState);

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let days = closed_days(context, place);
    let (mut rows, mut counts) = (0, 0);
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for day in &days {
        let jobs = jobs_of(context, place, day);
        let Some((newest, older)) = day.answers.split_last() else {
            continue;
        };
        rows += jobs.len();
        counts += newest.counts.iter().map(|count| count.value.count).sum::<u64>();
        let different = differences(day, &jobs, newest);
        if !different.is_empty() {
            cited.extend(jobs.iter().map(|job| &job.citation));
            cited.extend(newest.counts.iter().map(|count| &count.citation));
        }
        explained.extend(unfinished(day, &jobs, newest));
        for answer in older {
            let revised = differences(day, &jobs, answer);
            let read = jobs.iter().copied().filter(|job| job.first_seen <= answer.at);
            if differences(day, &read.collect::<Vec<_>>(), answer).is_empty() {
                let later = revised.iter().map(|text| format!("{text}: rows were read since"));
                explained.extend(later);
            } else {
                open.extend(revised);
            }
        }
        if let Some(run) = uncounted(context, place, day) {
            open.push(format!(
                "{} was not counted in run {run}, which asked for its jobs",
                day.name()
            ));
        }
        open.extend(different);
    }
    let counts = usize::try_from(counts).unwrap_or(usize::MAX);
    (rows > 0 || counts > 0).then(|| Reconciliation {
        name: "job-summaries",
        left: counted(rows, "job rows"),
        right: counted(counts, "jobs by the service's daily counts"),
        explained,
        open,
        proof: proof(context, place, &days),
        evidence: evidence(&sources(place), cited),
        resolves: "the service's account of the jobs that only one of rows and counts has",
    })
}

/// Every kind and state in which the rows differ from what was answered.
fn differences(day: &ClosedDay<'_>, jobs: &[&Observed<BackupJob>], answer: &Answer<'_>) -> Vec<String> {
    let by_kind = answer.counts.iter().all(|count| count.value.kind.is_some());
    let mut rows: BTreeMap<Cell<'_>, u64> = BTreeMap::new();
    for job in jobs {
        let kind = job.value.kind.as_deref().filter(|_| by_kind);
        *rows
            .entry((kind, plain(state_at(&job.value, answer.at))))
            .or_default() += 1;
    }
    let mut counts: BTreeMap<Cell<'_>, u64> = BTreeMap::new();
    for count in &answer.counts {
        let kind = count.value.kind.as_deref().filter(|_| by_kind);
        *counts.entry((kind, plain(count.value.state))).or_default() += count.value.count;
    }
    let cells: BTreeSet<_> = rows.keys().chain(counts.keys()).collect();
    let differing = cells.into_iter().filter_map(|cell| {
        let number = |of: &BTreeMap<Cell<'_>, u64>| of.get(cell).copied().unwrap_or_default();
        let (row, count) = (number(&rows), number(&counts));
        let (kind, state) = (cell.0.unwrap_or("all kinds"), cell.1.as_str());
        (row != count).then(|| {
            let at = answer.at.format("%Y-%m-%d %H:%MZ");
            format!(
                "{} {kind} {state}: {row} by the rows, {count} by the count of {at}",
                day.name()
            )
        })
    });
    differing.collect()
}

/// Jobs of the day that were not over when they were counted.
fn unfinished(day: &ClosedDay<'_>, jobs: &[&Observed<BackupJob>], answer: &Answer<'_>) -> Vec<String> {
    let later = jobs.iter().filter(|job| job.value.state.is_final());
    let later = later.filter(|job| !state_at(&job.value, answer.at).is_final());
    later
        .map(|job| {
            format!(
                "job {} of {} was unfinished when it was counted",
                job.value.id,
                day.name()
            )
        })
        .collect()
}

/// Counts by state do not tell issues apart: those are a matter of categories.
fn plain(state: JobState) -> JobState {
    match state {
        JobState::CompletedWithIssues => JobState::Completed,
        other => other,
    }
}
