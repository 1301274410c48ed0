//! The outcomes of CT-10.

use State::{Exception, Indeterminate, NoOccurrence};

use super::keys_allow_recovery;
use crate::evaluate::testing::backups::{KEY, VAULT, call, check_drops, check_order};
use crate::evaluate::testing::{World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::KeyCondition;
use crate::model::source::Source;

fn change_key(name: &str, when: &str) -> crate::model::records::backups::Event {
    let mut event = call(name, name, when, "p-006");
    event.resources = vec![KEY.to_owned()];
    event
}

#[test]
fn an_enabled_key_is_supported() {
    check(&World::daily(), keys_allow_recovery, 1, &[]);
    check_order(&World::daily(), keys_allow_recovery);
    check_drops(&World::daily(), keys_allow_recovery);
    check(
        &World::new(),
        keys_allow_recovery,
        0,
        &[("population", NoOccurrence, "no recovery point")],
    );
}

#[test]
fn a_key_that_does_not_decrypt_is_an_exception_with_the_number_of_points() {
    // Vector: PendingDeletion on the as-of date: all live points are unusable.
    for condition in [
        KeyCondition::PendingDeletion,
        KeyCondition::Disabled,
        KeyCondition::Unavailable,
    ] {
        let mut world = World::daily();
        world.records.keys.clear();
        world.observe_key(condition);
        check(
            &world,
            keys_allow_recovery,
            0,
            &[("k-1", Exception, "; 12 recovery points depend on it")],
        );
        check_drops(&world, keys_allow_recovery);
    }
}

#[test]
fn events_after_the_observation_decide() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    world.add_event(change_key("ScheduleKeyDeletion", "2026-07-10T23:00"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "nothing undid ScheduleKeyDeletion")],
    );
    world.add_event(change_key("CancelKeyDeletion", "2026-07-10T23:10"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "leaves a key disabled")],
    );
    world.add_event(change_key("EnableKey", "2026-07-10T23:20"));
    let finding = check(&world, keys_allow_recovery, 1, &[]);
    assert_eq!(finding.observations().len(), 3);
    // An event after the as-of instant is not of this report; an observation after an event overrules it.
    world.records.events.truncate(1);
    world.records.events[0].value.at = at("2026-07-11T00:00:01Z");
    check(&world, keys_allow_recovery, 1, &[]);
    world.records.events[0].value.at = at("2026-07-10T23:00");
    world.records.keys[0].value.at = world.collected();
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "nothing undid ScheduleKeyDeletion")],
    );
    world.records.keys[0].value.condition = KeyCondition::Disabled;
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    world.records.events[0].value = change_key("EnableKey", "2026-07-10T23:00");
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "no observation follows EnableKey")],
    );
}

#[test]
fn the_newest_observation_counts() {
    let mut world = World::daily();
    world.observe_key(KeyCondition::Disabled);
    world.records.keys[1].value.at = at("2026-07-09");
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "the trail has no change between")],
    );
    world.records.keys[0].value.at = at("2026-07-09T00:00:01Z");
    check(&world, keys_allow_recovery, 1, &[]);
    check_order(&world, keys_allow_recovery);
    world.records.keys[1].value.at = world.records.keys[0].value.at;
    check(&world, keys_allow_recovery, 0, &[("k-1", Exception, "Disabled")]);
    check_order(&world, keys_allow_recovery);
}

#[test]
fn a_state_that_was_not_collected_is_indeterminate() {
    let mut world = World::daily();
    world.records.keys.clear();
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "no observation")],
    );
    let mut world = World::daily();
    world.unprove(Source::KmsKeys, span("2026-07-10", "2026-07-12"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "kms_keys")],
    );
    let mut world = World::daily();
    for point in &mut world.records.points {
        point.value.key = None;
    }
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("unnamed", Indeterminate, "12 recovery points name no key")],
    );
    // What is not encrypted depends on no key: that it isn't is CT-09's to say.
    world.records.points[0].value.encrypted = Some(false);
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("unnamed", Indeterminate, "11 recovery points name no key")],
    );
    let mut world = World::daily();
    world.add_conflict(Source::KmsKeys, KEY);
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "contradict")],
    );
}

#[test]
fn keys_of_points_that_are_gone_do_not_count() {
    let mut world = World::daily();
    for point in &mut world.records.points {
        point.value.delete_at = Some(at("2026-07-10T23:00"));
    }
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("population", NoOccurrence, "")],
    );
    let mut world = World::daily();
    for point in &mut world.records.points {
        point.value.sightings = vec![at("2026-07-09")];
    }
    world.add_listing(VAULT, at("2026-07-10"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("population", NoOccurrence, "")],
    );
    let mut world = World::daily();
    world.unprove_all(Source::AwsRecoveryPoints);
    assert_eq!(world.run(keys_allow_recovery).state(), Indeterminate);
}

#[test]
fn the_state_at_the_as_of_instant_counts_and_not_the_newest() {
    let mut world = World::daily();
    world.records.keys.clear();
    world.observe_key(KeyCondition::Disabled);
    world.records.keys[0].value.at = at("2026-07-10T12:00");
    world.add_event(change_key("DisableKey", "2026-07-05"));
    world.add_event(change_key("EnableKey", "2026-07-11T02:00"));
    world.observe_key(KeyCondition::Enabled);
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "was Disabled at 2026-07-10T12:00")],
    );
    check_order(&world, keys_allow_recovery);
    check_drops(&world, keys_allow_recovery);
    // By the call alone, without the observation.
    world.records.keys.remove(0);
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "nothing undid")],
    );
    // Enabled, and disabled only afterwards: it decrypted at the as-of instant.
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-03");
    world.add_event(change_key("DisableKey", "2026-07-11T02:00"));
    world.observe_key(KeyCondition::Disabled);
    check(&world, keys_allow_recovery, 1, &[]);
    // A gap of the trail before the as-of instant leaves it open; an observation soon after bridges it.
    world.unprove(Source::Cloudtrail, span("2026-07-04", "2026-07-05"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "cloudtrail")],
    );
    world.records.events.clear();
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "was Disabled")],
    );
    world.unprove(Source::Cloudtrail, span("2026-07-11T01:00", "2026-07-11T02:00"));
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "cloudtrail")],
    );
}

#[test]
fn a_call_on_a_replica_elsewhere_is_about_another_key() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    world.add_event(change_key("DisableKey", "2026-07-10T23:00"));
    world.records.events[0].value.resources = vec!["k-1".to_owned()];
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "nothing undid")],
    );
    world.records.events[0].key.region = "us-west-2".parse().expect("a region");
    check(&world, keys_allow_recovery, 1, &[]);
}

#[test]
fn what_is_of_the_as_of_instant_itself_is_before_it() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-11");
    check(&world, keys_allow_recovery, 1, &[]);
    world.observe_key(KeyCondition::Disabled);
    let differ = "and the trail has no change between";
    check(&world, keys_allow_recovery, 0, &[("k-1", Indeterminate, differ)]);
    // A call, too: it is none that explains the next observation.
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    world.add_event(change_key("DisableKey", "2026-07-11"));
    let undone = "nothing undid DisableKey of k-1 at 2026-07-11T00:00:00Z";
    check(&world, keys_allow_recovery, 0, &[("k-1", Exception, undone)]);
    world.observe_key(KeyCondition::Enabled);
    check(&world, keys_allow_recovery, 0, &[("k-1", Indeterminate, differ)]);
}

#[test]
fn a_call_at_the_very_instant_of_an_observation_counts() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T23:00");
    world.add_event(change_key("DisableKey", "2026-07-10T23:00"));
    world.records.events[0].value.resources.push("another".to_owned());
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Exception, "nothing undid")],
    );
    world.records.events[0].value.at = at("2026-07-10T22:59:59Z");
    check(&world, keys_allow_recovery, 1, &[]);
    // After the as-of instant it explains what is observed with it.
    world.observe_key(KeyCondition::Disabled);
    world.records.events[0].value.at = world.collected();
    check(&world, keys_allow_recovery, 1, &[]);
    world.records.events[0].value.at = world.collected() + chrono::TimeDelta::seconds(1);
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "no change between")],
    );
}

#[test]
fn of_the_observations_after_the_as_of_instant_the_first_counts_and_of_two_at_once_the_worse() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    world.observe_key(KeyCondition::Enabled);
    world.observe_key(KeyCondition::Disabled);
    world.records.keys[1].value.at = world.collected() - chrono::TimeDelta::seconds(1);
    check(&world, keys_allow_recovery, 1, &[]);
    check_order(&world, keys_allow_recovery);
    world.records.keys[1].value.at = world.collected();
    check(
        &world,
        keys_allow_recovery,
        0,
        &[("k-1", Indeterminate, "no change between")],
    );
    check_order(&world, keys_allow_recovery);
}

#[test]
fn the_newest_recovery_point_stands_for_those_that_depend_on_a_key() {
    let finding = World::daily().run(keys_allow_recovery);
    let records = finding.items()[0].evidence().records();
    let named = |day: &str| {
        records
            .iter()
            .any(|record| record.locator.ends_with(&format!("p-{day}")))
    };
    assert!(named("2026-07-10") && !named("2026-06-29"), "{records:?}");
}
