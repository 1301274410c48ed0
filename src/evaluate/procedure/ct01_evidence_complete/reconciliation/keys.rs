//! Keys that recovery points are encrypted with against keys whose state was read: a key that nobody looked at may be
//! disabled or gone, and the recovery points with it. What the state means is CT-10.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::model::records::Citation;
use crate::model::source::Source;

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let points = place.points();
    let listings = Listings::of(records);
    let mut named: BTreeMap<&str, &Citation> = BTreeMap::new();
    for point in records.points.iter().filter(|point| point.key == points) {
        let value = &point.value;
        let ended = value.delete_at.is_some_and(|due| due < span.start());
        let absent = listings
            .absent_from(value)
            .is_some_and(|absent| absent < span.start());
        if let Some(key) = value
            .key
            .as_deref()
            .filter(|_| !ended && !absent && value.created < span.end())
        {
            named.entry(key).or_insert(&point.citation);
        }
    }
    let read: BTreeSet<&str> = records
        .keys
        .iter()
        .map(|state| state.value.arn.as_str())
        .collect();
    let unread: Vec<_> = named.iter().filter(|(key, _)| !read.contains(*key)).collect();
    let keys = [points, place.key(Source::KmsKeys)];
    (!named.is_empty()).then(|| Reconciliation {
        name: "keys",
        left: counted(named.len(), "keys named by recovery points"),
        right: counted(named.len() - unread.len(), "of them whose state was read"),
        explained: Vec::new(),
        open: unread
            .iter()
            .map(|(key, _)| format!("nobody read the state of {}", tail(key)))
            .collect(),
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, unread.iter().map(|(_, citation)| **citation)),
        resolves: "the state of each key, from the account and region that has it",
    })
}
