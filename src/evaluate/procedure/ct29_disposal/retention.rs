//! Retained backups of a retired system keep their retention clock: what was there when it went is there until it is due,
//! by the latest time that any listing gave. An approval of an earlier deletion, which CT-13 looks at, does not keep the
//! clock. Copies, which CT-13 looks at too, and continuous backups, which end by themselves, are left out.

use super::unlisted;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt};
use crate::evaluate::grounds::examined;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::removal::{Removals, deletes};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::System;
use crate::model::time::{Instant, Interval, show};

const CRITERION: &str = "backups of a retired system stay until they are due";

/// The item of the backups that `row` left at `at`; none where it left none.
pub(super) fn judge(
    context: &Context<'_>,
    row: &Observed<System>,
    at: Instant,
    id: &str,
    builder: &mut FindingBuilder,
) {
    let (system, records) = (&row.value, context.records);
    let places = system.resources.iter();
    let places = places.map(|resource| Place::of(resource, Some(system)));
    let places: Vec<_> = places.collect::<Option<_>>().unwrap_or_default();
    // That the row does not say where it was is told of its copy.
    let span =
        Interval::new(at, examined(context.scope).end()).expect("invariant: the event is of the period");
    let proven = places
        .iter()
        .map(|place| unlisted::proof(context, place, at, span.end()));
    let Some(proven) = proven.reduce(both) else {
        return;
    };
    let trial = Trial {
        listings: Listings::of(records),
        removals: Removals::of(records),
        after: span,
    };
    // One that names no resource may be its own: that is open where it did not keep its time.
    let own = |point: &&Observed<RecoveryPoint>| match &point.value.resource {
        Some(resource) => system.resources.contains(resource),
        None => !matches!(trial.fate(&point.value), Fate::Kept),
    };
    let here = |point: &&Observed<RecoveryPoint>| places.iter().any(|place| place.points() == point.key);
    // By another revision it was made before the event.
    let redated = |point: &Observed<RecoveryPoint>| records.moved(point.key.source, &point.value.id).when;
    let left = records
        .points
        .iter()
        .filter(here)
        .filter(|point| counts(&point.value))
        .filter(own)
        .filter(|point| trial.was_left(&point.value) || redated(point));
    let left: Vec<_> = left.collect();
    let seen = Evidence::of(&row.citation);
    let unseen = system.resources.iter().zip(&places);
    let unseen =
        unseen.flat_map(|(resource, place)| unlisted::of(context, &trial.listings, resource, place, at));
    let (mut early, mut open): (Vec<_>, Vec<_>) = (Vec::new(), unseen.collect());
    for point in &left {
        let found = Evidence::of(&point.citation);
        match (
            doubt(records, point, &[&point.value.id]),
            trial.fate(&point.value),
        ) {
            (Some(doubt), _) => open.push((doubt.reason, doubt.evidence)),
            (None, Fate::Early(how) | Fate::Open(how)) if point.value.resource.is_none() => {
                let reason = format!("{how}; it names no resource, and may be of {}", system.id);
                open.push((reason, found));
            }
            (None, Fate::Early(how)) => early.push((how, found)),
            (None, Fate::Open(why)) => open.push((why, found)),
            (None, Fate::Kept) => {}
        }
    }
    if let Some((how, found)) = listed(early) {
        let condition = format!("backups that it left did not keep their time: {how}");
        builder.exception(id, Severity::High, condition, CRITERION, seen.and(found));
    } else if let Some((why, found)) = listed(open) {
        let resolves = "listings around the event and the end of the period, without contradictions";
        builder.indeterminate(id, why, resolves, seen.and(found));
    } else if left.is_empty() && proven.is_ok() {
        return;
    } else {
        let points = Evidence::all(left.iter().map(|point| &point.citation));
        builder.supported_if(id, &proven, points.into_iter().fold(seen, Evidence::and));
    }
    builder.only_about(id, &super::about(super::AFTER));
}

/// Copies in other places are looked at by CT-13, and a continuous backup has no clock.
fn counts(point: &RecoveryPoint) -> bool {
    !point.continuous && point.copied_from.is_none()
}

/// All that was found in one text, in order, with its evidence; `None` of nothing.
fn listed(mut found: Vec<(String, Evidence)>) -> Option<(String, Evidence)> {
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let texts: Vec<_> = found.iter().map(|(text, _)| text.clone()).collect();
    let evidence = found
        .into_iter()
        .map(|(_, evidence)| evidence)
        .reduce(Evidence::and)?;
    Some((texts.join("; "), evidence))
}

/// What became of a backup that was left.
enum Fate {
    Kept,
    Early(String),
    Open(String),
}

struct Trial<'a> {
    listings: Listings<'a>,
    removals: Removals<'a>,
    /// From the event until the end of what is judged.
    after: Interval,
}

impl Trial<'_> {
    /// When it went: the moment of an event, or the time between the last listing with it and the first without it.
    fn went(&self, point: &RecoveryPoint) -> Option<(Instant, Instant)> {
        let mut removals = self.removals.on(&point.id, point.created);
        let told = removals
            .find(|event| deletes(&event.value))
            .map(|event| event.value.at);
        let last = point.sightings.iter().max().copied().unwrap_or(point.created);
        told.map(|at| (at, at))
            .or_else(|| Some((last, self.listings.absent_from(point)?)))
    }

    /// Whether it was there at the event for all that is known, and not due then.
    fn was_left(&self, point: &RecoveryPoint) -> bool {
        let at = self.after.start();
        point.created <= at
            && due(point).is_none_or(|due| at < due)
            && self.went(point).is_none_or(|(_, gone)| at < gone)
    }

    fn fate(&self, point: &RecoveryPoint) -> Fate {
        let (name, due) = (tail(&point.id), due(point));
        let (at, end) = (self.after.start(), self.after.end());
        let until = due.map_or("never".to_owned(), show);
        match self.went(point) {
            Some((_, gone)) if due.is_some_and(|due| due <= gone) => Fate::Kept,
            Some((last, _)) if end <= last => Fate::Kept,
            Some((last, gone)) if last < at || end < gone => Fate::Open(format!(
                "{name}, due {until}, went between {} and {}: whether after the system and in the period is not known",
                show(last),
                show(gone)
            )),
            Some((_, gone)) => Fate::Early(format!("{name} was gone at {}, due {until}", show(gone))),
            None => match point.delete_at.filter(|now| Some(*now) < due) {
                Some(now) => Fate::Early(format!(
                    "{name} is to be deleted at {} instead of {until}",
                    show(now)
                )),
                None => Fate::Kept,
            },
        }
    }
}

/// The latest time that any listing gave for its deletion; `None` for never.
fn due(point: &RecoveryPoint) -> Option<Instant> {
    point.delete_at.max(point.delete_at_latest_seen)
}
