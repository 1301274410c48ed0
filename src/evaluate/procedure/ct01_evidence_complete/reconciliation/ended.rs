//! Backup and restore jobs that ended against what the service told the trail of their end.
//!
//! An event that names no job which a row shows is a job that was not listed; a job without its event was perhaps never
//! run. How the trail names a job is in the event's objects.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::records::backups::{Event, JobState};
use crate::model::records::{Citation, Observed};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, show};

/// A job, as far as its end goes.
struct Job<'a> {
    id: &'a str,
    state: JobState,
    /// When it ended; its creation where the row does not say.
    ended: Instant,
    citation: &'a Citation,
}

/// Which jobs and which events.
struct Pair {
    name: &'static str,
    event: &'static str,
    jobs: SourceKey,
    what: &'static str,
}

pub(super) fn backups(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let pair = Pair {
        name: "backup-events",
        event: "BackupJobCompleted",
        jobs: place.jobs(),
        what: "backup jobs that ended",
    };
    let rows = context.records.jobs.iter().filter(|job| job.key == pair.jobs);
    let jobs = rows.map(|job| Job {
        id: &job.value.id,
        state: job.value.state,
        ended: job.value.completed.unwrap_or(job.value.created),
        citation: &job.citation,
    });
    reconcile(context, place, &pair, jobs.collect())
}

pub(super) fn restores(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let pair = Pair {
        name: "restore-events",
        event: "RestoreCompleted",
        jobs: place.key(Source::AwsRestoreJobs),
        what: "restore jobs that ended",
    };
    let rows = context.records.restores.iter().filter(|job| job.key == pair.jobs);
    let jobs = rows.map(|job| Job {
        id: &job.value.id,
        state: job.value.state,
        ended: job.value.completed.unwrap_or(job.value.created),
        citation: &job.citation,
    });
    reconcile(context, place, &pair, jobs.collect())
}

fn reconcile(
    context: &Context<'_>,
    place: &Place,
    pair: &Pair,
    jobs: Vec<Job<'_>>,
) -> Option<Reconciliation> {
    let (span, trail) = (examined(context.scope), place.trail());
    let of_kind = |event: &&Observed<Event>| event.key == trail && event.value.name == pair.event;
    let events: Vec<_> = context.records.events.iter().filter(of_kind).collect();
    let mut told: BTreeMap<&str, &Observed<Event>> = BTreeMap::new();
    for event in &events {
        told.extend(event.value.resources.iter().map(|id| (id.as_str(), *event)));
    }
    let known: BTreeSet<&str> = jobs.iter().map(|job| job.id).collect();
    let ended = jobs
        .iter()
        .filter(|job| job.state.is_final() && span.contains(job.ended));
    let ended: Vec<_> = ended.collect();
    let untold: Vec<_> = ended.iter().filter(|job| !told.contains_key(job.id)).collect();
    let in_span = events.iter().filter(|event| span.contains(event.value.at));
    let strangers: Vec<_> = in_span
        .filter(|event| !event.value.resources.iter().any(|id| known.contains(id.as_str())))
        .collect();
    let without_event = untold
        .iter()
        .map(|job| format!("job {} ended {} without an event", job.id, show(job.ended)));
    let without_row = strangers.iter().map(|event| {
        let at = show(event.value.at);
        format!("event {} at {at} without a row of its job", event.value.id)
    });
    let cited = untold.iter().map(|job| job.citation);
    let cited: Vec<_> = cited
        .chain(strangers.iter().map(|event| &event.citation))
        .collect();
    let keys = [pair.jobs.clone(), trail.clone()];
    let right = ended.len() - untold.len() + strangers.len();
    (!ended.is_empty() || right > 0).then(|| Reconciliation {
        name: pair.name,
        left: counted(ended.len(), pair.what),
        right: counted(right, format!("{} events", pair.event)),
        explained: Vec::new(),
        open: without_event.chain(without_row).collect(),
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "the trail's own log files, and complete lists of jobs",
    })
}
