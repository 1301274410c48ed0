//! The outcomes of CT-06.

use State::{Exception, Indeterminate, NotApplicable};

use super::newest_point;
use crate::evaluate::testing::backups::{KEY, call, check_drops, check_order, job, point, point_arn};
use crate::evaluate::testing::{World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::{KeyCondition, PointState};
use crate::model::records::governance::{BackupMethod, Exemption};
use crate::model::source::Source;

fn retain(world: &mut World, before: &str) {
    world.records.jobs.retain(|job| job.value.created < at(before));
    world
        .records
        .points
        .retain(|point| point.value.created < at(before));
}

#[test]
fn a_young_usable_point_is_supported() {
    check(&World::daily(), newest_point, 1, &[]);
    check(&World::daily_in_atlas(), newest_point, 1, &[]);
    check_order(&World::daily(), newest_point);
    check_drops(&World::daily(), newest_point);
}

#[test]
fn an_old_point_or_none_is_an_exception() {
    let mut world = World::daily();
    retain(&mut world, "2026-07-09T04:00");
    check(&world, newest_point, 0, &[("orders", Exception, "45 h old")]);
    check_drops(&world, newest_point);
    retain(&mut world, "2026-01-01");
    check(
        &world,
        newest_point,
        0,
        &[("orders", Exception, "no usable recovery point")],
    );
    world.add_backup("edge", "2026-07-09T22:00");
    check(&world, newest_point, 1, &[]);
    world.remove_backup("edge");
    world.add_backup("over", "2026-07-09T21:59:59Z");
    check(&world, newest_point, 0, &[("orders", Exception, "26 h old")]);
}

#[test]
fn points_whose_key_is_pending_deletion_are_not_usable() {
    // Vector: key PendingDeletion on the as-of date with live points: CT-06 is an exception too.
    let mut world = World::daily();
    world.records.keys.clear();
    world.observe_key(KeyCondition::PendingDeletion);
    check(
        &world,
        newest_point,
        0,
        &[("orders", Exception, "key k-1 was PendingDeletion")],
    );
    check_drops(&world, newest_point);
    world.unprove_all(Source::KmsKeys);
    check(&world, newest_point, 0, &[("orders", Indeterminate, "kms_keys")]);
    world.records.keys.clear();
    check(&world, newest_point, 0, &[("orders", Indeterminate, "kms_keys")]);
}

#[test]
fn a_key_switched_off_after_its_observation_is_not_usable() {
    let mut world = World::daily();
    world.records.keys[0].value.at = at("2026-07-10T22:30");
    check(&world, newest_point, 1, &[]);
    let mut off = call("DisableKey", "x", "2026-07-10T23:00", "p-006");
    off.resources = vec![KEY.to_owned()];
    world.add_event(off.clone());
    check(
        &world,
        newest_point,
        0,
        &[("orders", Exception, "nothing undid DisableKey")],
    );
    off.error = Some("AccessDenied".to_owned());
    world.records.events[0].value = off;
    check(&world, newest_point, 1, &[]);
    world.unprove(Source::Cloudtrail, span("2026-07-10T22:00", "2026-07-10T22:40"));
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "cloudtrail")],
    );
}

#[test]
fn the_listing_has_to_be_fresh_and_complete() {
    let mut world = World::daily();
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-10T12:00", "2027-01-01"));
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "aws_recovery_points")],
    );
    let mut world = World::daily();
    for point in &mut world.records.points {
        point.value.sightings = vec![at("2026-07-10T21:00")];
    }
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "is not listed")],
    );
}

#[test]
fn copies_continuous_and_unclear_points_do_not_count() {
    let mut world = World::daily();
    retain(&mut world, "2026-07-09T04:00");
    let mut copy = point("copy", "2026-07-10T03:00");
    copy.copied_from = Some("vault".to_owned());
    world.add_point(copy);
    let mut continuous = point("c", "2026-07-10T03:00");
    continuous.continuous = true;
    world.add_point(continuous);
    check(&world, newest_point, 0, &[("orders", Exception, "45 h old")]);
    let mut creating = point("creating", "2026-07-10T03:00");
    creating.state = PointState::Creating;
    world.add_point(creating);
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "completion")],
    );
    let mut world = World::daily();
    for point in &mut world.records.points {
        point.value.key = None;
    }
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "names the key")],
    );
    let mut world = World::daily();
    world.add_conflict(Source::AwsRecoveryPoints, &point_arn("2026-07-10"));
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "contradict")],
    );
}

#[test]
fn only_what_owes_a_backup_at_the_as_of_instant_is_examined() {
    let mut world = World::daily();
    world.change_system(|system| system.decommissioned = Some(at("2026-07-10T23:00")));
    check(
        &world,
        newest_point,
        0,
        &[("population", State::NoOccurrence, "")],
    );
    let exemption = Exemption {
        rationale: "rebuilt from code".to_owned(),
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-07-04"),
        from: at("2026-07-05"),
        until: None,
    };
    world.change_system(|system| (system.decommissioned, system.exemption) = (None, Some(exemption)));
    check(&world, newest_point, 0, &[("orders", NotApplicable, "rebuilt")]);
    world.change_system(|system| {
        (system.exemption, system.backup_method) = (None, Some(BackupMethod::Native))
    });
    check(&world, newest_point, 0, &[("orders", Indeterminate, "own means")]);
}

#[test]
fn a_point_that_completed_after_the_as_of_instant_is_not_there_yet() {
    let mut world = World::daily();
    retain(&mut world, "2026-07-09T04:00");
    world.add_backup("late", "2026-07-10T03:00");
    let late = |world: &mut World, completed| {
        let point = world.records.points.last_mut().expect("the point");
        point.value.completed = completed;
    };
    late(&mut world, Some(at("2026-07-10T23:59:59Z")));
    check(&world, newest_point, 1, &[]);
    late(&mut world, Some(at("2026-07-11")));
    check(
        &world,
        newest_point,
        0,
        &[("orders", Exception, "completed only at")],
    );
    late(&mut world, None);
    check(
        &world,
        newest_point,
        0,
        &[("orders", Indeterminate, "completed is not known")],
    );
}

#[test]
fn a_point_counts_where_a_listing_of_the_as_of_instant_shows_it() {
    let seen = |when: crate::model::time::Instant| {
        let mut world = World::daily();
        for point in &mut world.records.points {
            point.value.sightings = vec![when];
        }
        world.run(newest_point).state()
    };
    let fresh = World::daily().with_context(crate::evaluate::usable::fresh);
    assert_eq!(seen(fresh + chrono::TimeDelta::milliseconds(1)), State::Supported);
    assert_ne!(seen(fresh), State::Supported);
}

#[test]
fn a_point_created_at_the_as_of_instant_is_none_yet() {
    let in_atlas = |created: &str| {
        let mut world = World::daily_in_atlas();
        world.records.jobs.clear();
        world.records.points.truncate(1);
        let point = &mut world.records.points[0].value;
        (point.created, point.completed) = (at(created), None);
        world
    };
    check(&in_atlas("2026-07-10T23:59:59Z"), newest_point, 1, &[]);
    let none = [("patients", Exception, "no usable recovery point")];
    check(&in_atlas("2026-07-11"), newest_point, 0, &none);
}

#[test]
fn one_listing_of_the_as_of_instant_is_enough_and_others_points_listed_vouch_for_none() {
    let mut twice = World::daily();
    for point in &mut twice.records.points {
        point.value.sightings.insert(0, at("2026-07-09"));
    }
    check(&twice, newest_point, 1, &[]);
    let mut unlisted = World::daily();
    retain(&mut unlisted, "2026-07-09T04:00");
    unlisted.add_job(job("new", "2026-07-10T03:00"));
    let open = [(
        "orders",
        Indeterminate,
        "backup new was taken at 2026-07-10T03:00:00Z, but",
    )];
    check(&unlisted, newest_point, 0, &open);
    unlisted.change_job("new", |job| job.point = None);
    check(&unlisted, newest_point, 0, &open);
}

#[test]
fn a_system_that_is_exempt_until_its_end_with_the_as_of_instant_is_not_applicable() {
    let until = |end: &str| {
        let mut world = World::daily();
        world.change_system(|row| {
            row.decommissioned = Some(at(end));
            row.exemption = Some(Exemption {
                rationale: "rebuilt from code".to_owned(),
                approved_by: "p-001".to_owned(),
                approved_at: at("2026-06-01"),
                from: at("2026-06-02"),
                until: None,
            });
        });
        let finding = world.run(newest_point);
        finding.items().iter().any(|item| item.state() == NotApplicable)
    };
    assert!(until("2026-07-11") && !until("2026-07-10T23:59:59Z"));
}
