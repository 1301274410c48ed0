//! Recovery points that went before their time against the events that delete them. Whether somebody was allowed to is
//! CT-13; here it has to be in the trail at all.

use std::collections::BTreeSet;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::removal::{deletes, removes};
use crate::model::time::show;

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let (points, trail) = (place.points(), place.trail());
    let listings = Listings::of(records);
    let events = records.events.iter().filter(|event| event.key == trail);
    let deletions = events.filter(|event| removes(&event.value) && deletes(&event.value));
    // Other services name a snapshot by the last part of its ARN.
    let deleted: BTreeSet<&str> = deletions
        .flat_map(|event| &event.value.resources)
        .map(|id| tail(id))
        .collect();
    let here = records.points.iter().filter(|point| point.key == points);
    let gone = here.filter_map(|point| {
        let value = &point.value;
        let absent = listings.absent_from(value)?;
        let due = value.delete_at.max(value.delete_at_latest_seen);
        let early = due.is_none_or(|due| absent < due);
        (early && span.contains(absent)).then_some((point, absent))
    });
    let gone: Vec<_> = gone.collect();
    let unexplained = gone
        .iter()
        .filter(|(point, _)| !deleted.contains(tail(&point.value.id)));
    let unexplained: Vec<_> = unexplained.collect();
    let keys = [points, trail];
    (!gone.is_empty()).then(|| Reconciliation {
        name: "early-disappearances",
        left: counted(gone.len(), "recovery points gone before they were due"),
        right: counted(
            gone.len() - unexplained.len(),
            "of them deleted by an event of the trail",
        ),
        explained: Vec::new(),
        open: unexplained
            .iter()
            .map(|(point, absent)| format!("{} was gone at {}", tail(&point.value.id), show(*absent)))
            .collect(),
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, gone.iter().map(|(point, _)| &point.citation)),
        resolves: "the event by which each of them went",
    })
}
