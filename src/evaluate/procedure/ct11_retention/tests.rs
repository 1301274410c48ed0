//! The outcomes of CT-11.

use State::{Exception, Indeterminate, NoOccurrence};

use super::retention;
use crate::evaluate::testing::backups::{VAULT, call, check_drops, check_order, job, point, point_arn};
use crate::evaluate::testing::{World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::{PointState, RecoveryPoint};
use crate::model::source::Source;

/// Ten points of the period, each kept for 35 days and listed at the end.
fn kept() -> World {
    World::daily()
}

/// Changes the point of a day.
fn change(world: &mut World, id: &str, change: impl FnOnce(&mut RecoveryPoint)) {
    let mut points = world.records.points.iter_mut();
    let point = points.find(|point| point.value.id == point_arn(id));
    change(&mut point.expect("a point of that id").value);
}

/// The world with `2026-07-02`, made at 03:00, due on 07-09 and last seen at `seen`; the listings after it lack it.
fn gone(seen: &str, listings: &[&str]) -> World {
    let mut world = kept();
    world.criteria.min_retention_days = Some(7);
    change(&mut world, "2026-07-02", |point| {
        point.delete_at = Some(at("2026-07-09T03:00"));
        point.sightings = vec![at(seen)];
    });
    world.add_listing(VAULT, at(seen));
    for listing in listings {
        world.add_listing(VAULT, at(listing));
    }
    world
}

#[test]
fn points_that_are_kept_long_enough_are_supported() {
    let world = kept();
    let finding = check(&world, retention, 10, &[]);
    assert!(finding.observations().is_empty());
    check_order(&world, retention);
    check_drops(&world, retention);
    check(&World::daily_in_atlas(), retention, 10, &[]);
    let mut none = kept();
    none.records.points.clear();
    none.records.jobs.clear();
    check(
        &none,
        retention,
        0,
        &[("population", NoOccurrence, "no recovery point was made")],
    );
}

#[test]
fn the_lifecycle_is_compared_to_the_millisecond() {
    for (due, words) in [
        ("2026-08-06T03:00:00Z", None),
        (
            "2026-08-06T02:59:59.999Z",
            Some("after 34 d 23 h | a recovery point is kept for at least 35 days"),
        ),
        (
            "2026-07-03T02:00:00Z",
            Some("its lifecycle deletes it at 2026-07-03T02:00:00Z: after 23 h"),
        ),
    ] {
        let mut world = kept();
        change(&mut world, "2026-07-02", |point| point.delete_at = Some(at(due)));
        match words {
            None => check(&world, retention, 10, &[]),
            Some(words) => check(&world, retention, 9, &[("p-2026-07-02", Exception, words)]),
        };
    }
    // A lifecycle that was longer once and was shortened.
    let mut world = kept();
    change(&mut world, "2026-07-02", |point| {
        point.delete_at = Some(at("2026-07-20T03:00"))
    });
    check(&world, retention, 9, &[("p-2026-07-02", Exception, "18 d")]);
    // Points before the period are of another report; copies are points like any other.
    let mut world = kept();
    change(&mut world, "2026-06-30", |point| {
        point.delete_at = Some(at("2026-07-01T03:00"))
    });
    check(&world, retention, 10, &[]);
    let mut copy = point("copy", "2026-07-05T03:00");
    copy.copied_from = Some("arn:aws:backup:us-west-2:111122223333:backup-vault:other".to_owned());
    copy.delete_at = Some(at("2026-07-06T03:00"));
    world.add_point(copy);
    check(&world, retention, 10, &[("p-copy", Exception, "after 1 d")]);
}

#[test]
fn no_expiry_passes_and_is_told() {
    let mut world = kept();
    for day in ["2026-07-02", "2026-07-03"] {
        change(&mut world, day, |point| point.delete_at = None);
    }
    let finding = check(&world, retention, 10, &[]);
    assert_eq!(
        finding.observations()[0].text,
        "2 recovery points never expire: look at them for data minimisation"
    );
}

#[test]
fn without_an_approved_value_nothing_is_concluded() {
    let mut world = kept();
    world.criteria.min_retention_days = None;
    change(&mut world, "2026-07-02", |point| {
        point.delete_at = Some(at("2026-07-03"))
    });
    let mut unlisted = job("unlisted", "2026-07-04T12:00");
    unlisted.point = Some(point_arn("unlisted"));
    world.add_job(unlisted);
    let finding = world.run(retention);
    assert_eq!(finding.counts().get(Indeterminate), 11);
    assert_eq!(finding.state(), Indeterminate);
}

#[test]
fn what_went_before_the_minimum_is_an_exception() {
    // Seen on the 8th, gone on the 9th at 03:00: 7 days to the minute.
    let exception = |words| [("p-2026-07-02", Exception, words)];
    let on_time = gone("2026-07-08T05:00", &["2026-07-09T03:00"]);
    check(
        &on_time,
        retention,
        9,
        &exception("and in no listing at 2026-07-09T03:00:00Z: after 7 d"),
    );
    // A listing after it: only the trail can tell, and it names nothing.
    let later = gone("2026-07-08T05:00", &["2026-07-09T03:01"]);
    check(&later, retention, 10, &[]);
    let mut unproven = later.clone();
    unproven.unprove(Source::Cloudtrail, span("2026-07-08T06:00", "2026-07-08T07:00"));
    check(
        &unproven,
        retention,
        9,
        &[("p-2026-07-02", Indeterminate, "cloudtrail")],
    );
    // The trail before the last sighting and after the minimum does not matter.
    let mut beside = later.clone();
    beside.unprove(Source::Cloudtrail, span("2026-07-08T04:00", "2026-07-08T05:00"));
    beside.unprove(Source::Cloudtrail, span("2026-07-09T03:00", "2026-07-09T04:00"));
    check(&beside, retention, 10, &[]);
    // A deletion in the trail, whoever authorised it.
    let mut deleted = later.clone();
    deleted.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-09T02:59:59Z",
        "p-007",
    ));
    check(
        &deleted,
        retention,
        9,
        &exception("gone by DeleteRecoveryPoint at 2026-07-09T02:59:59Z: after 6 d 23 h"),
    );
    // The last listing shows it going, after the call.
    let mut going = later.clone();
    going.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-08T04:00",
        "p-007",
    ));
    check(&going, retention, 10, &[]);
    change(&mut going, "2026-07-02", |point| {
        point.state = PointState::Deleting
    });
    check(
        &going,
        retention,
        9,
        &exception("gone by DeleteRecoveryPoint at 2026-07-08T04:00:00Z"),
    );
    let mut after = later.clone();
    after.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-09T03:00",
        "p-007",
    ));
    check(&after, retention, 10, &[]);
    // A changed lifecycle takes nothing away at once, and a refused call nothing at all.
    let mut changed = later.clone();
    changed.add_event(call(
        "UpdateRecoveryPointLifecycle",
        "2026-07-02",
        "2026-07-08T12:00",
        "p-007",
    ));
    let mut refused = call("DeleteRecoveryPoint", "2026-07-02", "2026-07-08T12:00", "p-007");
    refused.error = Some("AccessDenied".to_owned());
    changed.add_event(refused);
    check(&changed, retention, 10, &[]);
}

#[test]
fn what_went_without_a_trace_is_not_kept() {
    // Due in 35 days, gone by the 10th: whether before the 9th nobody can tell.
    let mut world = gone("2026-07-08T05:00", &["2026-07-10T05:00"]);
    change(&mut world, "2026-07-02", |point| {
        point.delete_at = Some(at("2026-08-06T03:00"))
    });
    let went = "it went between 2026-07-08T05:00:00Z and 2026-07-10T05:00:00Z, by no deletion in the trail";
    check(&world, retention, 9, &[("p-2026-07-02", Indeterminate, went)]);
    change(&mut world, "2026-07-02", |point| point.delete_at = None);
    check(&world, retention, 9, &[("p-2026-07-02", Indeterminate, went)]);
    // A deletion after the minimum explains it; so does a lifecycle that was over.
    world.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-09T12:00",
        "p-007",
    ));
    check(&world, retention, 10, &[]);
    // Gone after the as-of instant, or before: nobody can tell.
    let mut world = gone("2026-07-10T05:00", &["2026-07-11T05:00"]);
    world.criteria.min_retention_days = Some(35);
    change(&mut world, "2026-07-02", |point| {
        point.delete_at = Some(at("2026-08-06T03:00"))
    });
    check(
        &world,
        retention,
        9,
        &[(
            "p-2026-07-02",
            Indeterminate,
            "it went between 2026-07-10T05:00:00Z",
        )],
    );
    world.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-11T00:00",
        "p-007",
    ));
    check(&world, retention, 10, &[]);
    world.records.events[0].value.at = at("2026-07-10T23:59");
    check(
        &world,
        retention,
        9,
        &[("p-2026-07-02", Exception, "gone by DeleteRecoveryPoint")],
    );
}

#[test]
fn only_what_has_happened_by_the_as_of_instant_counts() {
    let mut world = gone("2026-07-04T05:00", &["2026-07-11T05:00"]);
    world.scope.as_of = at("2026-07-08");
    world.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-08T12:00",
        "p-007",
    ));
    // The points of the 8th to the 10th come after the as-of instant.
    check(&world, retention, 7, &[]);
    world.scope.as_of = at("2026-07-08T12:01");
    check(
        &world,
        retention,
        7,
        &[("p-2026-07-02", Exception, "gone by DeleteRecoveryPoint")],
    );
}

#[test]
fn what_nobody_can_see_is_indeterminate() {
    // Not listed since the 5th, and the listings are not proven.
    let mut world = kept();
    change(&mut world, "2026-07-02", |point| {
        point.sightings = vec![at("2026-07-05T05:00")]
    });
    check(&world, retention, 10, &[]);
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-07", "2026-07-08"));
    let finding = world.run(retention);
    assert_eq!(finding.counts().get(State::Exception), 0);
    assert!(
        finding
            .items()
            .iter()
            .any(|item| item.id() == "p-2026-07-02" && item.state() == Indeterminate)
    );
    // A point that no listing showed.
    let mut world = kept();
    let mut unlisted = job("unlisted", "2026-07-04T12:00");
    unlisted.point = Some(point_arn("unlisted"));
    world.add_job(unlisted.clone());
    check(
        &world,
        retention,
        10,
        &[(
            "p-unlisted",
            Indeterminate,
            "made by job unlisted, and in no listing",
        )],
    );
    unlisted.id = "failed".to_owned();
    unlisted.state = crate::model::records::backups::JobState::Failed;
    unlisted.point = Some(point_arn("failed"));
    world.add_job(unlisted);
    check(
        &world,
        retention,
        10,
        &[("p-unlisted", Indeterminate, "made by job unlisted")],
    );
    let mut world = kept();
    world.add_conflict(Source::AwsRecoveryPoints, &point_arn("2026-07-02"));
    check(
        &world,
        retention,
        9,
        &[("p-2026-07-02", Indeterminate, "contradict")],
    );
    // By another revision it was made in the period.
    world.records.points[1].value.created = at("2026-05-02T03:00");
    check(
        &world,
        retention,
        9,
        &[("p-2026-07-02", Indeterminate, "contradict")],
    );
    // More days than the calendar has.
    let mut world = kept();
    world.criteria.min_retention_days = Some(i64::MAX);
    assert_eq!(world.run(retention).counts().get(Exception), 10);
}

#[test]
fn a_deletion_within_the_clocks_skew_of_the_last_sighting_made_it_go() {
    let mut world = gone("2026-07-05T05:00", &["2026-07-10T05:00"]);
    let skew = world.criteria.clock_skew;
    world.add_event(call(
        "DeleteRecoveryPoint",
        "2026-07-02",
        "2026-07-05T05:00",
        "p-006",
    ));
    world.records.events[0].value.at -= skew;
    let by_call = "gone by DeleteRecoveryPoint at 2026-07-05";
    check(&world, retention, 9, &[("p-2026-07-02", Exception, by_call)]);
    world.records.events[0].value.at -= chrono::TimeDelta::seconds(1);
    assert_ne!(world.run(retention).counts().get(Exception), 1);
}

#[test]
fn of_several_sightings_the_last_counts_and_what_is_due_with_the_listing_that_misses_it_expired() {
    let mut world = gone("2026-07-05T05:00", &["2026-07-10T05:00"]);
    let due = |world: &mut World, due: &str| {
        let due = at(due);
        change(world, "2026-07-02", |point| point.delete_at = Some(due));
    };
    due(&mut world, "2026-07-10T05:00");
    check(&world, retention, 10, &[]);
    due(&mut world, "2026-07-10T05:00:01Z");
    let early = [("p-2026-07-02", Indeterminate, "before it was due")];
    check(&world, retention, 9, &early);
    change(&mut world, "2026-07-02", |point| {
        point.sightings = vec![at("2026-07-03T05:00"), at("2026-07-09T05:00")];
    });
    due(&mut world, "2026-07-20");
    check(&world, retention, 10, &[]);
}
