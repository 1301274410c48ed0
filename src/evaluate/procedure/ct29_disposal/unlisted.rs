//! Backups that a system left and no listing shows: listings show survivors only. One that was made since the last listing
//! before the event, and was gone at the first one after it, is known by its job, or in Atlas by the event that tells of
//! a snapshot.

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::facts::both;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::backups::{JobState, Provider};
use crate::model::source::LISTING_REACH_DAYS;
use crate::model::time::{Instant, Interval, show};

/// The time before an event in which a listing has to lie, for what it shows to be all that there was.
fn before(at: Instant) -> Interval {
    let start = at - TimeDelta::days(LISTING_REACH_DAYS);
    Interval::new(start, at + TimeDelta::milliseconds(1)).expect("invariant: days are not empty")
}

/// Proof that everything that was left in `place` at `at` is known, and who deleted any of it until `end`.
pub(super) fn proof(
    context: &Context<'_>,
    place: &Place,
    at: Instant,
    end: Instant,
) -> Result<Proof, Vec<Gap>> {
    let coverage = &context.records.coverage;
    let listed = Interval::new(before(at).start(), end).expect("invariant: the event is of the period");
    let made = coverage.prove(&place.jobs(), before(at));
    let [points, deletions] = [place.points(), place.trail()].map(|key| coverage.prove(&key, listed));
    both(made, both(points, deletions))
}

/// Backups of `resource` that were made before the event and that no listing shows: whether they were left nobody can tell.
pub(super) fn of(
    context: &Context<'_>,
    listings: &Listings<'_>,
    resource: &ResourceId,
    place: &Place,
    at: Instant,
) -> Vec<(String, Evidence)> {
    match place.provider {
        Provider::Aws => jobs(context, listings, resource, at),
        Provider::Atlas => snapshots(context, resource, place, at).into_iter().collect(),
    }
}

fn jobs(
    context: &Context<'_>,
    listings: &Listings<'_>,
    resource: &ResourceId,
    at: Instant,
) -> Vec<(String, Evidence)> {
    let records = context.records;
    let is_listed = |id: &str| records.points.iter().any(|point| point.value.id == id);
    let made = records.jobs.iter().filter(|job| {
        let value = &job.value;
        let nothing = matches!(
            value.state,
            JobState::Failed | JobState::Expired | JobState::Aborted
        );
        let unlisted = !value.point.as_deref().is_some_and(is_listed);
        value.resource.as_ref() == Some(resource)
            && before(at).contains(value.created)
            && !nothing
            && unlisted
    });
    // What a listing before the event lacks was gone before.
    let left = made.filter(|job| {
        let done = job.value.completed.unwrap_or(job.value.created);
        let vault = job.value.location.as_deref();
        let listed = vault.and_then(|vault| listings.first_after(vault, done));
        listed.is_none_or(|listed| at < listed)
    });
    left.map(|job| {
        let reason = format!(
            "no listing shows what became of the backup by job {}",
            job.value.id
        );
        (reason, Evidence::of(&job.citation))
    })
    .collect()
}

fn snapshots(
    context: &Context<'_>,
    cluster: &ResourceId,
    place: &Place,
    at: Instant,
) -> Option<(String, Evidence)> {
    let (records, trail) = (context.records, place.trail());
    let told = records.events.iter().filter(|event| {
        let value = &event.value;
        event.key == trail
            && value.name == "CPS_SNAPSHOT_SUCCESSFUL"
            && before(at).contains(value.at)
            && value.resources.iter().any(|named| named == cluster.as_str())
    });
    // Each event tells of the newest snapshot begun before it.
    let mut known: Vec<Instant> = records
        .points
        .iter()
        .filter(|point| point.value.resource.as_ref() == Some(cluster))
        .map(|point| point.value.created)
        .collect();
    known.sort();
    let mut told: Vec<_> = told.collect();
    told.sort_by_key(|event| (event.value.at, &event.value.id));
    let mut since = Instant::MIN_UTC;
    for event in told {
        let of_it = known
            .iter()
            .any(|created| since < *created && *created <= event.value.at);
        if !of_it {
            let name = tail(cluster.as_str());
            let reason = format!(
                "a snapshot of {name} was complete at {}, and no listing shows it",
                show(event.value.at)
            );
            return Some((reason, Evidence::of(&event.citation)));
        }
        since = event.value.at;
    }
    None
}
