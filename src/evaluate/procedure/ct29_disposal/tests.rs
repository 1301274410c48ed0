//! CT-29: what its tests have in common, and the population as a whole.

mod copies;
mod endings;
mod listed;
mod media;
mod rationale;
mod retention;

use std::collections::BTreeMap;

use super::disposal;
use crate::evaluate::testing::backups::{call, check_drops, check_order};
use crate::evaluate::testing::{DB, Expected, World, at, check, key, observed};
use crate::evaluate::testing_contingency::{laptop, listed as on_the_list};
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence};
use crate::model::records::backups::Event;
use crate::model::records::governance::{Migration, VendorAssurance};
use crate::model::source::Source;
use crate::model::time::Instant;

/// When the system of the tests went: twelve hours after its last backup.
const WENT: &str = "2026-07-05T15:00";

/// Nothing happened to hardware.
const NO_DEVICE: Expected<'_> = ("population/devices", NoOccurrence, "no device was disposed of");

/// Nothing happened at all.
const NOTHING: [Expected<'_>; 3] = [
    NO_DEVICE,
    ("population/events", NoOccurrence, "no medium was disposed of"),
    (
        "population/moves",
        NoOccurrence,
        "no system went out of use or moved",
    ),
];

/// Daily backups of a system and an assurance of AWS for the period; nothing goes.
fn calm() -> World {
    let mut world = World::daily();
    let report = VendorAssurance {
        vendor: "AWS".to_owned(),
        document: "ISO".to_owned(),
        start: "2025-01-01".parse().expect("a day"),
        end: "2026-07-10".parse().expect("a day"),
        reviewed_by: Some("p-002".to_owned()),
        reviewed: Some(at("2026-02-05")),
    };
    let row = observed(key(Source::VendorAssurance, ""), world.collected(), "AWS", report);
    world.records.assurances.push(row);
    world
}

/// The call that deletes the database.
fn deletion(when: &str) -> Event {
    let mut event = call("DeleteDBInstance", "orders", when, "p-006");
    event.source = "rds.amazonaws.com".to_owned();
    event.resources = vec!["orders".to_owned()];
    event.request = Some(BTreeMap::from([(
        "/dBInstanceIdentifier".to_owned(),
        "orders".to_owned(),
    )]));
    event
}

/// The system went out of use with a copy before and a deletion after.
fn retired() -> World {
    retired_at(WENT)
}

fn retired_at(when: &str) -> World {
    let mut world = calm();
    let went = at(when);
    world.change_system(|system| system.decommissioned = Some(went));
    world.records.jobs.retain(|job| job.value.created < went);
    world.records.points.retain(|point| point.value.created < went);
    let mut event = deletion(WENT);
    event.at = went + chrono::TimeDelta::minutes(5);
    world.add_event(event);
    world
}

/// Both parts beside the one that is tried, the retained backups and the hardware, are as they should be.
#[track_caller]
fn but(world: &World, id: &str, state: crate::model::finding::State, words: &str) {
    let mut others = vec![(id, state, words), NO_DEVICE];
    others.sort();
    check(world, disposal, 2, &others);
}

#[test]
fn a_system_that_went_with_a_copy_before_and_a_record_after_is_supported() {
    let world = retired();
    let finding = check(&world, disposal, 3, &[NO_DEVICE]);
    let about: Vec<_> = finding
        .items()
        .iter()
        .map(|item| item.statements()[0].as_str())
        .collect();
    assert_eq!(about, ["DM-6.3-1b", "IM-310d2iv", "DM-6.3-1b", "DR-13.5.3-3"]);
    check_order(&world, disposal);
    check_drops(&world, disposal);
}

#[test]
fn nothing_that_went_is_no_occurrence_and_nothing_unproven_is() {
    check(&calm(), disposal, 0, &NOTHING);
    for source in [
        Source::SystemsInventory,
        Source::MediaRegister,
        Source::DeviceList,
        Source::RoleRoster,
    ] {
        let mut world = calm();
        world.unprove_all(source);
        assert_eq!(world.run(disposal).state(), Indeterminate, "{source}");
        let mut world = retired();
        world.unprove_all(source);
        assert_eq!(
            world
                .run(disposal)
                .counts()
                .get(crate::model::finding::State::Supported),
            0
        );
    }
    let mut empty = calm();
    empty.records.systems.clear();
    check(
        &empty,
        disposal,
        0,
        &[("inventory", Indeterminate, "holds no system"), NO_DEVICE],
    );
    let mut free = retired();
    free.change_system(|system| system.ephi = crate::model::records::governance::Ephi::None);
    check(&free, disposal, 0, &NOTHING);
}

#[test]
fn events_of_the_period_count_from_its_first_instant_until_before_its_last() {
    check(&retired_at("2026-06-30T23:59:59Z"), disposal, 0, &NOTHING);
    check(&retired_at("2026-07-01"), disposal, 3, &[NO_DEVICE]);
    check(&retired_at("2026-07-11"), disposal, 0, &NOTHING);
    assert_eq!(
        retired_at("2026-07-10T23:59:59Z")
            .run(disposal)
            .counts()
            .get(NoOccurrence),
        1
    );
    let mut early = retired_at("2026-07-10T12:00");
    early.scope.as_of = at("2026-07-10T12:00");
    check(&early, disposal, 0, &NOTHING);
}

#[test]
fn a_row_in_doubt_may_hide_an_event() {
    for world in [calm(), retired()] {
        let mut disputed = world.clone();
        disputed.add_conflict(Source::SystemsInventory, "orders");
        check(
            &disputed,
            disposal,
            0,
            &[("orders", Indeterminate, "contradict each other"), NO_DEVICE],
        );
        let mut withdrawn = world;
        withdrawn.records.systems[0].stands = false;
        check(
            &withdrawn,
            disposal,
            0,
            &[("orders", Indeterminate, "does not hold orders"), NO_DEVICE],
        );
    }
    let mut ahead = retired();
    ahead.records.systems[0].last_seen = at("2026-07-05T14:54:59Z");
    let date = (
        "orders/retired/date",
        Indeterminate,
        "after the answer that holds it",
    );
    check(&ahead, disposal, 0, &[date, NO_DEVICE]);
    ahead.records.systems[0].last_seen = at("2026-07-05T14:55");
    check(&ahead, disposal, 3, &[NO_DEVICE]);
}

/// A resource of the system moved.
fn moved(when: Option<Instant>, to: Option<&str>) -> World {
    let mut world = calm();
    world.change_system(|system| {
        system.migrations.push(Migration {
            at: when,
            from: DB.parse().expect("a resource"),
            to: to.map(|to| to.parse().expect("a resource")),
        });
    });
    world
}

#[test]
fn a_move_is_an_event_and_one_without_a_date_stays_open() {
    let elsewhere = "arn:aws:rds:us-west-2:111122223333:db:orders";
    let mut world = moved(Some(at(WENT)), Some(elsewhere));
    world.add_event(deletion(WENT));
    check(&world, disposal, 2, &[NO_DEVICE]);
    world.records.events.clear();
    let after = "orders/moved/2026-07-05/after";
    let open = (after, Indeterminate, "no complete listing since shows");
    check(&world, disposal, 1, &[open, NO_DEVICE]);
    check(&moved(Some(at(WENT)), None), disposal, 1, &[open, NO_DEVICE]);
    // Its provider moved it: what was left behind is the provider's to dispose of.
    let mut by_provider = moved(Some(at(WENT)), Some(DB));
    check(&by_provider, disposal, 2, &[NO_DEVICE]);
    by_provider.records.assurances.clear();
    let asserted = (after, Indeterminate, "only asserted");
    check(&by_provider, disposal, 1, &[asserted, NO_DEVICE]);
    let undated = (
        "orders/moved/date",
        Indeterminate,
        "nobody wrote down when orders was moved",
    );
    check(&moved(None, Some(DB)), disposal, 0, &[undated, NO_DEVICE]);
    check(&moved(Some(at("2026-06-30")), Some(DB)), disposal, 0, &NOTHING);
}

#[test]
fn what_no_event_speaks_about_did_not_happen() {
    let mut world = calm();
    let mut bucket = laptop("EXP-1");
    bucket.kind = "export_bucket".to_owned();
    bucket.disposal = Some(media::disposed(Some(WENT)));
    world.add_medium(bucket);
    let moves = (
        "population/moves",
        NoOccurrence,
        "no system went out of use or moved",
    );
    check(&world, disposal, 1, &[NO_DEVICE, moves]);
    let mut device = on_the_list("LT-1");
    device.retired = Some(at(WENT));
    world.add_listed(device);
    let id = "device-list/MDM-LT-1";
    check(&world, disposal, 1, &[(id, Indeterminate, "out of use since")]);
    assert_ne!(world.run(disposal).state(), Exception);
}

#[test]
fn the_edges_of_the_period_are_those_of_the_policy_s_calendar() {
    // In New York the ten days begin and end at 04:00 UTC.
    let there = |when: &str| {
        let mut world = retired_at(when);
        world.scope = World::over("2026-07-01..2026-07-11", chrono_tz::America::New_York).scope;
        world
    };
    check(&there("2026-07-01T03:59:59Z"), disposal, 0, &NOTHING);
    check(&there("2026-07-01T04:00"), disposal, 3, &[NO_DEVICE]);
    let last = there("2026-07-11T03:59:59Z").run(disposal);
    assert_eq!(last.counts().get(NoOccurrence), 1);
    check(&there("2026-07-11T04:00"), disposal, 0, &NOTHING);
}
