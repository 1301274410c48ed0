//! Retained backups of a retired system keep their retention clock: what was there when it went is there until it is due,
//! by the latest time that any listing gave. An approval of an earlier deletion, which CT-13 looks at, does not keep the
//! clock. Continuous backups end by themselves and have none.

use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt};
use crate::evaluate::grounds::examined;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
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
    let places = system
        .resources
        .iter()
        .map(|resource| Place::of(resource, Some(system)));
    let Some(places) = places
        .collect::<Option<Vec<_>>>()
        .filter(|places| !places.is_empty())
    else {
        // That the row does not say where it was is told of its copy.
        return;
    };
    let listings = Listings::of(records);
    let left = records.points.iter().filter(|point| {
        let own = point
            .value
            .resource
            .as_ref()
            .is_some_and(|resource| system.resources.contains(resource));
        own && !point.value.continuous && was_left(&listings, &point.value, at)
    });
    let left: Vec<_> = left.collect();
    let mut seen = Evidence::of(&row.citation);
    let (mut early, mut open) = (Vec::new(), None);
    for point in &left {
        let fate = fate(context, &listings, &point.value);
        if let Some(doubt) = doubt(records, point, &[&point.value.id]) {
            open = open.or(Some(doubt));
        } else if let Some(fate) = fate {
            seen = seen.and(Evidence::of(&point.citation));
            early.push(fate);
        }
    }
    early.sort();
    let span =
        Interval::new(at, examined(context.scope).end()).expect("invariant: the event is of the period");
    let proven = places
        .iter()
        .map(|place| records.coverage.prove(&place.points(), span))
        .reduce(both)
        .expect("invariant: one place at least");
    match (early.as_slice(), open, proven) {
        ([_, ..], _, _) => {
            let condition = format!(
                "backups that it left did not keep their time: {}",
                early.join("; ")
            );
            builder.exception(id, Severity::High, condition, CRITERION, seen);
        }
        ([], Some(doubt), _) => builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence),
        ([], None, Ok(_)) if left.is_empty() => return,
        ([], None, proven) => {
            let points = Evidence::all(left.iter().map(|point| &point.citation));
            builder.supported_if(id, &proven, points.into_iter().fold(seen, Evidence::and));
        }
    }
    builder.only_about(id, &super::about(super::AFTER));
}

/// The latest time that any listing gave for its deletion; `None` for never.
fn due(point: &RecoveryPoint) -> Option<Instant> {
    point.delete_at.max(point.delete_at_latest_seen)
}

/// Whether it was there at `at` and not due then.
fn was_left(listings: &Listings<'_>, point: &RecoveryPoint, at: Instant) -> bool {
    point.created <= at
        && due(point).is_none_or(|due| at < due)
        && listings.absent_from(point).is_none_or(|absent| at < absent)
}

/// How a backup failed to keep its time, as far as the period and the as-of instant tell.
fn fate(context: &Context<'_>, listings: &Listings<'_>, point: &RecoveryPoint) -> Option<String> {
    let (name, due) = (tail(&point.id), due(point));
    let gone = listings
        .absent_from(point)
        .filter(|gone| *gone < context.scope.as_of);
    if let Some(gone) = gone.filter(|gone| due.is_none_or(|due| *gone < due)) {
        let due = due.map_or("never".to_owned(), show);
        return Some(format!("{name} was gone at {}, due {due}", show(gone)));
    }
    let shortened = point.delete_at.zip(due).filter(|(now, once)| now < once);
    shortened.map(|(now, once)| {
        format!(
            "{name} is to be deleted at {} instead of {}",
            show(now),
            show(once)
        )
    })
}
