//! What lookups tell against the trail's own log files.

use std::collections::BTreeMap;

use State::Indeterminate;

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::testing::backups::{call, check_drops};
use crate::evaluate::testing::{World, at, key, observed, span};
use crate::model::finding::State;
use crate::model::records::trail::{DigestChain, LoggedEvent};
use crate::model::source::Source;
use crate::model::time::Spans;

const LOGS: &str = "trail-logs";

fn logged(id: &str, when: &str) -> LoggedEvent {
    LoggedEvent {
        id: id.to_owned(),
        at: at(when),
        source: "backup.amazonaws.com".to_owned(),
        name: "StartBackupJob".to_owned(),
        citation: observed(
            key(Source::CloudtrailDigests, "us-east-1"),
            at("2026-07-11"),
            id,
            (),
        )
        .citation,
    }
}

fn chain(backfill: bool, events: Vec<LoggedEvent>) -> DigestChain {
    DigestChain {
        key: key(Source::CloudtrailDigests, "us-east-1"),
        trail: "luma".to_owned(),
        backfill,
        digests: 24,
        logs: 1,
        proven: Spans::of([span("2026-07-04", "2026-07-05")]),
        events,
        unread: BTreeMap::new(),
        faults: Vec::new(),
    }
}

/// Two events of the day that digests prove, and one before it, looked up and logged.
fn compared() -> World {
    let mut world = World::with_system();
    let times = ["2026-07-03T23:59", "2026-07-04T00:00", "2026-07-04T23:59"];
    let mut events = Vec::new();
    for (number, when) in times.into_iter().enumerate() {
        let mut event = call("StartBackupJob", "x", when, "p-004");
        event.id = format!("e-{number}");
        world.add_event(event);
        events.push(logged(&format!("e-{number}"), when));
    }
    world.records.digest_chains.push(chain(false, events));
    world
}

#[test]
fn lookups_and_log_files_tell_the_same() {
    let world = compared();
    check_ties(&world, LOGS, 2);
    check_drops(&world, evidence_complete);
    let mut unlogged = world.clone();
    unlogged.records.digest_chains[0].events.remove(2);
    let missing = "1 unexplained: StartBackupJob e-2 at 2026-07-04T23:59:00Z is in no log file";
    check_tally(&unlogged, LOGS, (2, 1), Indeterminate, missing);
    // Log files that came late hold it.
    let late = vec![logged("e-2", "2026-07-04T23:59")];
    unlogged.records.digest_chains.push(chain(true, late));
    check_ties(&unlogged, LOGS, 2);
    let mut withheld = world.clone();
    withheld.records.events.remove(2);
    let missing = "1 unexplained: StartBackupJob e-2 at 2026-07-04T23:59:00Z is in no lookup";
    check_tally(&withheld, LOGS, (1, 2), Indeterminate, missing);
    // Another trail's log files name it again: it is one event.
    let again = withheld.records.digest_chains[0].clone();
    withheld.records.digest_chains.push(again);
    check_tally(&withheld, LOGS, (1, 2), Indeterminate, missing);
    // The ids are compared, not the numbers.
    let mut other = withheld.clone();
    let mut event = call("StartBackupJob", "x", "2026-07-04T23:59", "p-004");
    event.id = "e-9".to_owned();
    other.add_event(event);
    check_tally(&other, LOGS, (2, 2), Indeterminate, "2 unexplained");
}

#[test]
fn only_the_time_that_digests_prove_is_compared() {
    let mut world = compared();
    // Before it, and after it, neither side is missed.
    world.records.digest_chains[0].events.remove(0);
    check_ties(&world, LOGS, 2);
    world.records.digest_chains[0]
        .events
        .push(logged("e-3", "2026-07-05T00:00"));
    check_ties(&world, LOGS, 2);
    // Nor are events of services that are not looked up, or of another place.
    let mut event = call("AssumeRole", "x", "2026-07-04T12:00", "p-004");
    event.source = "sts.amazonaws.com".to_owned();
    world.add_event(event);
    check_ties(&world, LOGS, 2);
    // Of two such times, each is compared.
    let mut twice = world.clone();
    twice.records.digest_chains[0].proven =
        Spans::of([span("2026-07-02", "2026-07-03"), span("2026-07-04", "2026-07-05")]);
    check_ties(&twice, LOGS, 2);
    let mut gap = world.clone();
    gap.unprove(Source::Cloudtrail, span("2026-07-04T12:00", "2026-07-04T12:01"));
    check_tally(&gap, LOGS, (2, 2), Indeterminate, "none");
    // What ties over a part of the period says nothing about the rest.
    let mut part = world.clone();
    part.unprove(Source::CloudtrailDigests, span("2026-07-06", "2026-07-07"));
    check_tally(&part, LOGS, (2, 2), Indeterminate, "none");
    let mut unread = world.clone();
    unread.records.digest_chains[0].unread =
        BTreeMap::from([("logs/Ab.json.gz".to_owned(), "expected value".to_owned())]);
    let why = "1 unexplained: the events of Ab.json.gz can't be read: expected value";
    check_tally(&unread, LOGS, (2, 2), Indeterminate, why);
    // Outside of the period, and without any time that digests prove, nothing is compared.
    for proven in [Spans::default(), Spans::of([span("2026-06-30", "2026-07-01")])] {
        let mut without = world.clone();
        without.records.digest_chains[0].proven = proven;
        assert!(tally(&without.run(evidence_complete), LOGS).is_none());
    }
}

#[test]
fn what_one_side_alone_has_in_the_time_that_digests_prove_is_no_tie() {
    let with = |looked_up: Option<&str>, logged_at: Option<&str>| {
        let mut world = World::with_system();
        let event = looked_up.map(|when| call("StartBackupJob", "x", when, "p-004"));
        if let Some(mut event) = event {
            event.id = "e-1".to_owned();
            world.add_event(event);
        }
        let events = logged_at.map(|when| logged("e-1", when));
        let events = events.into_iter().collect();
        world.records.digest_chains.push(chain(false, events));
        world
    };
    let (within, before) = (Some("2026-07-04"), Some("2026-07-03T23:59"));
    check_ties(&with(within, within), LOGS, 1);
    // They tell of one event at different times.
    check_tally(
        &with(within, before),
        LOGS,
        (1, 0),
        Indeterminate,
        "the numbers differ",
    );
    check_tally(
        &with(before, within),
        LOGS,
        (0, 1),
        Indeterminate,
        "the numbers differ",
    );
    for nothing in [with(None, None), with(before, before)] {
        assert!(tally(&nothing.run(evidence_complete), LOGS).is_none());
    }
    let mut unread = with(None, None);
    let file = ("logs/Ab.json.gz".to_owned(), "expected value".to_owned());
    unread.records.digest_chains[0].unread = BTreeMap::from([file]);
    check_tally(&unread, LOGS, (0, 0), Indeterminate, "can't be read");
}
