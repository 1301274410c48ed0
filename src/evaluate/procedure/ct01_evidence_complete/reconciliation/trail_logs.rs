//! What lookups tell of a trail against the trail's own log files, over the time for which their digests hold: an event
//! that only one of them has was withheld from the other.
//!
//! Compared are management events of the services that are looked up, by their ids: a lookup tells of no other. Where no
//! digest was verified there is nothing to compare with; that gap is an item of its own.

use std::collections::BTreeSet;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::source::{EVENT_SOURCES, Source};
use crate::model::time::{Instant, Spans, show};

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let keys = [place.key(Source::CloudtrailDigests), place.trail()];
    let chains = context.records.digest_chains.iter();
    let chains: Vec<_> = chains.filter(|chain| chain.key == keys[0]).collect();
    // Late digests prove no time, and their log files hold events all the same.
    let standard = chains.iter().filter(|chain| !chain.backfill);
    let verified = Spans::of(standard.flat_map(|chain| chain.proven.iter().copied()));
    let verified = verified.within(&examined(context.scope));
    let within = |at: Instant| verified.iter().any(|span| span.contains(at));
    let logged: Vec<_> = chains.iter().flat_map(|chain| &chain.events).collect();
    let events = context.records.events.iter();
    let looked_up: Vec<_> = events
        .filter(|event| event.key == keys[1] && EVENT_SOURCES.contains(&event.value.source.as_str()))
        .collect();
    let in_logs: BTreeSet<&str> = logged.iter().map(|event| event.id.as_str()).collect();
    let in_lookups: BTreeSet<&str> = looked_up.iter().map(|event| event.value.id.as_str()).collect();
    let looked_up: Vec<&Observed<Event>> = looked_up
        .into_iter()
        .filter(|event| within(event.value.at))
        .collect();
    let logged_within: BTreeSet<&str> = logged
        .iter()
        .filter(|event| within(event.at))
        .map(|event| event.id.as_str())
        .collect();
    let (mut open, mut cited) = (Vec::new(), Vec::new());
    for event in looked_up
        .iter()
        .filter(|event| !in_logs.contains(event.value.id.as_str()))
    {
        let Event { name, id, at, .. } = &event.value;
        open.push(format!("{name} {id} at {} is in no log file", show(*at)));
        cited.push(&event.citation);
    }
    let mut told = BTreeSet::new();
    let withheld = logged
        .iter()
        .filter(|event| within(event.at) && !in_lookups.contains(event.id.as_str()));
    for event in withheld.filter(|event| told.insert(event.id.as_str())) {
        let at = show(event.at);
        open.push(format!("{} {} at {at} is in no lookup", event.name, event.id));
        cited.push(&event.citation);
    }
    let unread = chains.iter().flat_map(|chain| &chain.unread);
    open.extend(unread.map(|(file, why)| format!("the events of {} can't be read: {why}", tail(file))));
    // Over a part of the period only, what is withheld may lie in the rest: that is no tie.
    let proof = proven(context, &keys, examined(context.scope));
    let anything = !looked_up.is_empty() || !logged_within.is_empty() || !open.is_empty();
    (!verified.is_empty() && anything).then(|| Reconciliation {
        name: "trail-logs",
        left: counted(
            looked_up.len(),
            "events by lookups, in the time that digests prove",
        ),
        right: counted(logged_within.len(), "events in the trail's log files"),
        explained: Vec::new(),
        open,
        proof,
        evidence: evidence(&keys, cited),
        resolves: "the trail's event selectors, and a complete lookup of the same time",
    })
}
