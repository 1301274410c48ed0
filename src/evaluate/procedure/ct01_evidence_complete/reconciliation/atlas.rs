//! Atlas: the rows of each list against the `totalCount` that came with them, and snapshots and restores against the
//! project's events.
//!
//! An event names its cluster and no snapshot. Snapshots and events of a cluster are paired in order of time: the first
//! event after a snapshot began, within a day, is its own. An event is told when a restore finishes.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::records::backups::{Event, JobState};
use crate::model::records::{Citation, Observed};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, show};

/// The lists that come with a count of all their rows.
const COUNTED: [Source; 4] = [
    Source::CloudResourceListing,
    Source::AtlasSnapshots,
    Source::AtlasRestoreJobs,
    Source::AtlasEvents,
];

/// Rows against `totalCount`.
pub(super) fn counts(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let span = examined(context.scope);
    let keys = COUNTED.map(|source| place.key(source));
    let pulls = context
        .records
        .pulls
        .iter()
        .filter(|pull| keys.contains(&pull.receipt.key));
    let pulls: Vec<_> = pulls.filter(|pull| span.contains(pull.receipt.started)).collect();
    let stated: u64 = pulls.iter().filter_map(|pull| pull.stated).sum();
    let rows: u64 = pulls.iter().map(|pull| pull.rows).sum();
    let differing: Vec<_> = pulls
        .iter()
        .filter(|pull| pull.stated != Some(pull.rows))
        .collect();
    let said = differing.iter().map(|pull| match pull.stated {
        Some(stated) => format!(
            "pull {}: totalCount {stated}, {} rows",
            pull.receipt.id, pull.rows
        ),
        None => format!("pull {} gives no totalCount", pull.receipt.id),
    });
    let pages = differing.iter().flat_map(|pull| &pull.receipt.pages);
    let cited: Vec<_> = pages
        .filter_map(|page| page.evidence)
        .map(|evidence| Citation {
            evidence,
            locator: String::new(),
        })
        .collect();
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    (!pulls.is_empty()).then(|| Reconciliation {
        name: "atlas-total-counts",
        left: counted(number(rows), "rows in Atlas lists"),
        right: counted(number(stated), "rows by their totalCount"),
        explained: Vec::new(),
        open: said.collect(),
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, &cited),
        resolves: "complete pulls of the lists whose count does not tie",
    })
}

/// Something that an event has to tell of.
struct Done<'a> {
    what: String,
    cluster: &'a str,
    /// From when its event may be told.
    from: Instant,
    citation: &'a Citation,
}

/// Completed snapshots against the events of them.
pub(super) fn snapshots(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (key, span) = (place.jobs(), examined(context.scope));
    let jobs = context.records.jobs.iter().filter(|job| job.key == key);
    let taken = jobs.filter(|job| job.value.state == JobState::Completed && span.contains(job.value.created));
    let done = taken.filter_map(|job| {
        Some(Done {
            what: format!("snapshot {}", job.value.id),
            cluster: job.value.resource.as_ref()?.as_str(),
            from: job.value.created,
            citation: &job.citation,
        })
    });
    let reconciliation = paired(context, place, (&key, "CPS_SNAPSHOT_SUCCESSFUL"), done.collect())?;
    Some(Reconciliation {
        name: "atlas-snapshot-events",
        ..reconciliation
    })
}

/// Completed restores against the events of them. A download restores nothing, and has events of its own.
pub(super) fn restores(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (key, span) = (place.key(Source::AtlasRestoreJobs), examined(context.scope));
    let jobs = context.records.restores.iter().filter(|job| job.key == key);
    let done = jobs
        .filter(|job| {
            job.value.state == JobState::Completed && job.value.delivery.as_deref() != Some("download")
        })
        .filter_map(|job| {
            let finished = job.value.completed.filter(|finished| span.contains(*finished))?;
            Some(Done {
                what: format!("restore {}", job.value.id),
                cluster: job.value.resource.as_ref()?.as_str(),
                from: finished - context.criteria.clock_skew,
                citation: &job.citation,
            })
        });
    let reconciliation = paired(context, place, (&key, "CPS_RESTORE_SUCCESSFUL"), done.collect())?;
    Some(Reconciliation {
        name: "atlas-restore-events",
        ..reconciliation
    })
}

fn paired(
    context: &Context<'_>,
    place: &Place,
    (key, name): (&SourceKey, &str),
    mut done: Vec<Done<'_>>,
) -> Option<Reconciliation> {
    let (span, trail) = (examined(context.scope), place.trail());
    done.sort_by_key(|done| (done.from, &done.citation.locator));
    let mut waiting: BTreeMap<&str, Vec<&Observed<Event>>> = BTreeMap::new();
    for event in context
        .records
        .events
        .iter()
        .filter(|event| event.key == trail && event.value.name == name)
    {
        let cluster = event.value.resources.iter().find(|id| id.starts_with("atlas:"));
        waiting
            .entry(cluster.map_or("", String::as_str))
            .or_default()
            .push(event);
    }
    for events in waiting.values_mut() {
        events.sort_by_key(|event| (event.value.at, &event.value.id));
    }
    let mut untold = Vec::new();
    for done in &done {
        let events = waiting.entry(done.cluster).or_default();
        let day = done.from + TimeDelta::days(1);
        match events
            .iter()
            .position(|event| done.from <= event.value.at && event.value.at < day)
        {
            Some(own) => drop(events.remove(own)),
            None => untold.push(done),
        }
    }
    // What began before the first moment examined may have ended after it.
    let first = span.start() + TimeDelta::days(1);
    let strangers = waiting.into_values().flatten();
    let strangers: Vec<_> = strangers
        .filter(|event| first <= event.value.at && event.value.at < span.end())
        .collect();
    let without_event = untold
        .iter()
        .map(|done| format!("{} of {} without an event", done.what, tail(done.cluster)));
    let without_row = strangers.iter().map(|event| {
        format!(
            "event {} at {} without its record",
            event.value.id,
            show(event.value.at)
        )
    });
    let cited = untold.iter().map(|done| done.citation);
    let cited: Vec<_> = cited
        .chain(strangers.iter().map(|event| &event.citation))
        .collect();
    let keys = [key.clone(), trail.clone()];
    let right = done.len() - untold.len() + strangers.len();
    (!done.is_empty() || right > 0).then(|| Reconciliation {
        name: "",
        left: counted(done.len(), "completed by their records"),
        right: counted(right, format!("{name} events")),
        explained: Vec::new(),
        open: without_event.chain(without_row).collect(),
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "the project's complete events, and complete lists of snapshots and restores",
    })
}
