//! The copy before an event.

use super::{NO_DEVICE, WENT, but, retired};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::backups::{KEY, VAULT, call, point_arn};
use crate::evaluate::testing::{CLUSTER, World, at, check, key, observed, span};
use crate::model::finding::State::{Exception, Indeterminate};
use crate::model::records::backups::{KeyCondition, KeyState, RecoveryPoint};
use crate::model::records::governance::{Ephi, Migration};
use crate::model::source::Source;

pub(super) const BEFORE: &str = "orders/retired/before";

/// The last backup before the event is another one.
fn with_backup(created: &str) -> World {
    let mut world = without_backup();
    world.add_backup("x", created);
    world
}

pub(super) fn without_backup() -> World {
    let mut world = retired();
    world.remove_backup("2026-07-05");
    world
}

fn change(world: &mut World, id: &str, change: impl Fn(&mut RecoveryPoint)) {
    let mut points = world.records.points.iter_mut();
    let point = points.find(|point| point.value.id == point_arn(id));
    change(&mut point.expect("a point of that id").value);
}

#[test]
fn the_copy_is_at_most_a_day_old_and_complete_before_the_event() {
    check(&with_backup("2026-07-04T15:00"), disposal, 3, &[NO_DEVICE]);
    let none =
        "no backup of orders was made from 2026-07-04T15:00:00Z to 2026-07-05T15:00:00Z; no approved reason";
    but(&with_backup("2026-07-04T14:59:59Z"), BEFORE, Exception, none);
    but(&without_backup(), BEFORE, Exception, none);
    let mut last = with_backup(WENT);
    let late = "not complete until 2026-07-05T15:30:00Z";
    but(&last, BEFORE, Exception, late);
    change(&mut last, "x", |point| point.completed = Some(at(WENT)));
    check(&last, disposal, 3, &[NO_DEVICE]);
    but(&with_backup("2026-07-05T15:00:01Z"), BEFORE, Exception, none);
    change(&mut last, "x", |point| point.completed = None);
    but(&last, BEFORE, Indeterminate, "was complete is not known");
}

#[test]
fn a_backup_that_no_listing_shows_and_one_in_doubt_leave_it_open() {
    let mut unlisted = retired();
    unlisted
        .records
        .points
        .retain(|point| point.value.id != point_arn("2026-07-05"));
    let others = [
        (BEFORE, Indeterminate, "no listing shows its recovery point"),
        (
            "orders/retired/retention",
            Indeterminate,
            "what became of the backup by job 2026-07-05",
        ),
        NO_DEVICE,
    ];
    check(&unlisted, disposal, 1, &others);
    let mut disputed = retired();
    disputed.add_conflict(Source::AwsRecoveryPoints, &point_arn("2026-07-05"));
    let finding = disputed.run(disposal);
    let item = finding
        .items()
        .iter()
        .find(|item| item.id() == BEFORE)
        .expect("the item");
    assert_eq!(item.state(), Indeterminate);
    let continuous = |since: &str| {
        let mut world = without_backup();
        world.add_point(RecoveryPoint {
            continuous: true,
            ..crate::evaluate::testing::backups::point("c", since)
        });
        world
    };
    let open = "restored continuously is not on record";
    for since in ["2026-06-01", WENT] {
        but(&continuous(since), BEFORE, Indeterminate, open);
    }
    let since_then = continuous("2026-07-05T15:00:01Z");
    but(&since_then, BEFORE, Exception, "no backup of orders was made");
    let mut unproven = without_backup();
    unproven.unprove(
        Source::AwsBackupJobs,
        span("2026-07-05T14:00", "2026-07-05T16:00"),
    );
    let others = [
        (BEFORE, Indeterminate, "aws_backup_jobs"),
        ("orders/retired/retention", Indeterminate, "aws_backup_jobs"),
        NO_DEVICE,
    ];
    check(&unproven, disposal, 1, &others);
}

#[test]
fn the_copy_was_there_at_the_event() {
    let seen_before = || {
        let mut world = retired();
        change(&mut world, "2026-07-05", |point| {
            point.sightings = vec![at("2026-07-05T05:00")]
        });
        world
    };
    check(&seen_before(), disposal, 3, &[NO_DEVICE]);
    let mut untraced = seen_before();
    untraced.unprove(Source::Cloudtrail, span("2026-07-05T14:00", "2026-07-05T14:30"));
    assert_eq!(untraced.run(disposal).state(), Indeterminate);
    // A listing that shows it at the event or later needs no trail, whatever listings there were before.
    for later in [&[WENT][..], &["2026-07-05T05:00", "2026-07-06T05:00"]] {
        let mut shown = untraced.clone();
        change(&mut shown, "2026-07-05", |point| {
            point.sightings = later.iter().map(|when| at(when)).collect();
        });
        but(&shown, "orders/retired/retention", Indeterminate, "cloudtrail");
    }
    let mut deleted = seen_before();
    deleted.add_event(call("DeleteRecoveryPoint", "2026-07-05", WENT, "p-006"));
    but(&deleted, BEFORE, Exception, "was deleted at 2026-07-05T15:00:00Z");
    deleted.records.events.pop();
    deleted.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-05",
        "2026-07-05T15:00:01Z",
        "p-006",
    ));
    but(
        &deleted,
        "orders/retired/retention",
        Exception,
        "was gone at 2026-07-05T15:00:01Z",
    );
    let mut gone = seen_before();
    gone.add_listing(VAULT, at(WENT));
    but(&gone, BEFORE, Exception, "was gone at 2026-07-05T15:00:00Z");
}

/// A cluster of Atlas that its provider moved on 5 July at 03:00, an hour after its snapshot began.
fn in_atlas(told: &[&str]) -> World {
    let mut world = World::daily_in_atlas();
    world.records.assurances = super::calm().records.assurances;
    world.records.assurances[0].value.vendor = "MongoDB".to_owned();
    world.change_system(|system| {
        let cluster = system.resources[0].clone();
        system.migrations.push(Migration {
            at: Some(at("2026-07-05T03:00")),
            to: Some(cluster.clone()),
            from: cluster,
        });
    });
    for point in &mut world.records.points {
        point.value.completed = None;
    }
    for when in told {
        let mut event = call("CPS_SNAPSHOT_SUCCESSFUL", when, when, "p-006");
        event.source = "atlas".to_owned();
        event.resources = vec![CLUSTER.to_owned()];
        world.add_event(event);
        let added = world.records.events.last_mut().expect("the event");
        added.key = key(Source::AtlasEvents, "");
    }
    world
}

#[test]
fn atlas_tells_by_an_event_when_a_snapshot_was_complete() {
    let id = "patients/moved/2026-07-05/before";
    let one = |world: &World, state, words: &str| {
        let mut others = vec![(id, state, words), NO_DEVICE];
        others.sort();
        check(world, disposal, 1, &others);
    };
    let unknown = "was complete is not known";
    for told in [&["2026-07-05T02:00"], &["2026-07-05T03:00"]] {
        check(&in_atlas(told), disposal, 2, &[NO_DEVICE]);
    }
    let late = in_atlas(&["2026-07-05T03:00:01Z", "2026-07-05T04:00"]);
    one(&late, Exception, "was not complete until 2026-07-05T03:00:01Z");
    let mut cut = late.clone();
    cut.unprove(Source::AtlasEvents, span("2026-07-05T02:30", "2026-07-05T02:31"));
    one(&cut, Indeterminate, "atlas_events");
    one(&in_atlas(&[]), Indeterminate, unknown);
    one(&in_atlas(&["2026-07-05T01:59:59Z"]), Indeterminate, unknown);
    one(&in_atlas(&["2026-07-06T02:00"]), Indeterminate, unknown);
    let mut other = in_atlas(&["2026-07-05T02:18"]);
    other.records.events[0].value.resources.clear();
    one(&other, Indeterminate, unknown);
    // Another event of the project tells nothing of a snapshot, and an event of another project nothing of this one.
    let mut begun = in_atlas(&["2026-07-05T02:18"]);
    begun.records.events[0].value.name = "CPS_SNAPSHOT_STARTED".to_owned();
    one(&begun, Indeterminate, unknown);
    let mut foreign = in_atlas(&["2026-07-05T02:18"]);
    foreign.records.events[0].key.account = "64b000000000000000000002".parse().expect("an account");
    one(&foreign, Indeterminate, unknown);
    // No snapshot began after the newest one: every later event may be its own.
    let mut newest = in_atlas(&["2026-07-10T02:18"]);
    newest.change_system(|system| system.migrations[0].at = Some(at("2026-07-10T03:00")));
    check(&newest, disposal, 2, &[NO_DEVICE]);
    // Who read it as complete before the event needs no event.
    let mut read = in_atlas(&[]);
    let mut points = read.records.points.iter_mut();
    let point = points.find(|point| point.value.id == "s-2026-07-05");
    point.expect("the snapshot").first_seen = at("2026-07-05T03:00");
    check(&read, disposal, 2, &[NO_DEVICE]);
    let mut told = in_atlas(&["2026-07-05T03:00"]);
    told.records.points = read.records.points;
    told.unprove(Source::AtlasEvents, span("2026-07-05T02:30", "2026-07-05T02:31"));
    check(&told, disposal, 2, &[NO_DEVICE]);
}

/// The key was in this state at this time, and is disabled when the evidence is collected last.
fn with_key(condition: KeyCondition, when: &str) -> World {
    let mut world = retired();
    world.records.keys.clear();
    let state = KeyState {
        arn: KEY.to_owned(),
        condition,
        word: format!("{condition:?}"),
        deletion: None,
        at: at(when),
    };
    let row = observed(key(Source::KmsKeys, "us-east-1"), at(when), "k", state);
    world.records.keys.push(row);
    world.observe_key(KeyCondition::Disabled);
    world
}

#[test]
fn its_key_decrypted_at_the_event_whatever_became_of_it_since() {
    check(
        &with_key(KeyCondition::Enabled, "2026-07-05T16:00"),
        disposal,
        3,
        &[NO_DEVICE],
    );
    let unusable = with_key(KeyCondition::Disabled, "2026-07-05T14:00");
    but(
        &unusable,
        BEFORE,
        Exception,
        "could not be used: key k-1 was Disabled",
    );
    let mut unknown = with_key(KeyCondition::Enabled, "2026-07-05T16:00");
    unknown.unprove(Source::KmsKeys, span("2026-07-05T12:00", "2026-07-05T13:00"));
    but(&unknown, BEFORE, Indeterminate, "kms_keys");
    // Another copy of the day that can be used is enough.
    let mut second = with_backup("2026-07-05T14:00");
    second.add_backup("y", "2026-07-05T13:00");
    change(&mut second, "x", |point| {
        point.completed = Some(at("2026-07-05T15:30"))
    });
    check(&second, disposal, 3, &[NO_DEVICE]);
    change(&mut second, "y", |point| point.completed = None);
    but(&second, BEFORE, Indeterminate, "was complete is not known");
}

#[test]
fn without_ephi_known_and_without_a_place_nobody_can_tell() {
    let mut unknown = without_backup();
    unknown.change_system(|system| system.ephi = Ephi::Unknown);
    but(
        &unknown,
        BEFORE,
        Indeterminate,
        "nobody has said whether the system held ePHI",
    );
    let mut nowhere = retired();
    nowhere.change_system(|system| system.resources = vec!["orders".parse().expect("a resource")]);
    let open = "does not say in which account and region";
    check(
        &nowhere,
        disposal,
        0,
        &[
            ("orders/retired/after", Indeterminate, open),
            (BEFORE, Indeterminate, open),
            NO_DEVICE,
        ],
    );
    nowhere.change_system(|system| system.resources.clear());
    let unnamed = ("orders/retired/resources", Indeterminate, "names no resource");
    check(&nowhere, disposal, 0, &[unnamed, NO_DEVICE]);
}
