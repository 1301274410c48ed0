//! The backups that a retired system left.

use super::{NO_DEVICE, WENT, but, retired};
use crate::evaluate::procedure::ct29_disposal::disposal;
use crate::evaluate::testing::backups::{VAULT, call, point_arn};
use crate::evaluate::testing::{World, at, check, key, span};
use crate::model::finding::State::{Exception, Indeterminate};
use crate::model::records::backups::{JobState, RecoveryPoint};
use crate::model::source::Source;

const RETENTION: &str = "orders/retired/retention";

/// The backup of 4 July is changed; listings of its vault on the 6th and the 8th.
fn left(change: impl Fn(&mut RecoveryPoint)) -> World {
    let mut world = retired();
    let mut points = world.records.points.iter_mut();
    let point = points.find(|point| point.value.id == point_arn("2026-07-04"));
    change(&mut point.expect("a point of that day").value);
    for day in ["2026-07-06T12:00", "2026-07-08T12:00"] {
        world.add_listing(VAULT, at(day));
    }
    world
}

#[test]
fn what_a_retired_system_left_stays_until_it_is_due() {
    let gone = |due: &'static str| {
        left(move |point| {
            point.sightings = vec![at("2026-07-06T12:00")];
            (point.delete_at, point.delete_at_latest_seen) = (Some(at(due)), Some(at(due)));
        })
    };
    check(&gone("2026-07-08T12:00"), disposal, 3, &[NO_DEVICE]);
    let early = "p-2026-07-04 was gone at 2026-07-08T12:00:00Z, due 2026-07-08T12:00:01Z";
    but(&gone("2026-07-08T12:00:01Z"), RETENTION, Exception, early);
    // What was due when the system went is not what it left.
    check(&gone(WENT), disposal, 3, &[NO_DEVICE]);
    let kept_for_ever = left(|point| {
        point.sightings = vec![at("2026-07-06T12:00")];
        (point.delete_at, point.delete_at_latest_seen) = (None, None);
    });
    but(&kept_for_ever, RETENTION, Exception, "due never");
    let shortened = left(|point| point.delete_at = Some(at("2026-07-20")));
    let words = "p-2026-07-04 is to be deleted at 2026-07-20T00:00:00Z instead of 2026-08-08T03:00:00Z";
    but(&shortened, RETENTION, Exception, words);
    let mut disputed = left(|_| {});
    disputed.add_conflict(Source::AwsRecoveryPoints, &point_arn("2026-07-04"));
    but(&disputed, RETENTION, Indeterminate, "contradict each other");
    // By its last revision it was made after the system had gone.
    let mut redated = left(|point| point.created = at("2026-07-06"));
    check(&redated, disposal, 3, &[NO_DEVICE]);
    redated.add_conflict(Source::AwsRecoveryPoints, &point_arn("2026-07-04"));
    but(&redated, RETENTION, Indeterminate, "contradict each other");
    let mut unlisted = left(|_| {});
    unlisted.unprove(Source::AwsRecoveryPoints, span("2026-07-09", "2026-07-10"));
    but(&unlisted, RETENTION, Indeterminate, "aws_recovery_points");
}

/// The backup of 4 July, changed, is gone two days before the period ends and long before it is due.
fn gone_early(change: impl Fn(&mut RecoveryPoint)) -> World {
    left(|point| {
        point.sightings = vec![at("2026-07-06T12:00")];
        change(point);
    })
}

#[test]
fn the_backups_that_a_system_left_are_those_of_its_resources_in_its_places() {
    let early = "p-2026-07-04 was gone at 2026-07-08T12:00:00Z, due 2026-08-08T03:00:00Z";
    but(&gone_early(|_| {}), RETENTION, Exception, early);
    let other = "arn:aws:rds:us-east-1:111122223333:db:invoices";
    let of_another = gone_early(|point| point.resource = Some(other.parse().expect("a resource")));
    check(&of_another, disposal, 3, &[NO_DEVICE]);
    let nameless = gone_early(|point| point.resource = None);
    let open = "was gone at 2026-07-08T12:00:00Z, due 2026-08-08T03:00:00Z; it names no resource, and may be of orders";
    but(&nameless, RETENTION, Indeterminate, open);
    check(&left(|point| point.resource = None), disposal, 3, &[NO_DEVICE]);
    let copied = gone_early(|point| point.copied_from = Some(point_arn("x")));
    check(&copied, disposal, 3, &[NO_DEVICE]);
    check(
        &gone_early(|point| point.continuous = true),
        disposal,
        3,
        &[NO_DEVICE],
    );
    let mut elsewhere = gone_early(|_| {});
    for row in &mut elsewhere.records.points {
        if row.value.id == point_arn("2026-07-04") {
            row.key = key(Source::AwsRecoveryPoints, "us-west-2");
        }
    }
    check(&elsewhere, disposal, 3, &[NO_DEVICE]);
    // Of a system in two regions, the backups of each count.
    let mut spread = gone_early(|_| {});
    spread.change_system(|system| {
        let second = "arn:aws:rds:us-west-2:111122223333:db:orders";
        system.resources.push(second.parse().expect("a resource"));
    });
    let finding = spread.run(disposal);
    let item = finding.items().iter().find(|item| item.id() == RETENTION);
    assert_eq!(item.expect("the item").state(), Exception);
}

#[test]
fn a_backup_made_at_the_very_instant_was_left_and_the_last_listing_says_until_when_it_was_there() {
    let mut last = left(|_| {});
    last.add_backup("last", WENT);
    let point = last.records.points.last_mut().expect("just added");
    point.value.completed = Some(at(WENT));
    point.value.sightings = ["2026-07-05T16:00", "2026-07-06T12:00"].map(at).to_vec();
    but(
        &last,
        RETENTION,
        Exception,
        "p-last was gone at 2026-07-08T12:00:00Z",
    );
    let twice = left(|point| point.sightings = ["2026-07-05T05:00", "2026-07-06T12:00"].map(at).to_vec());
    but(
        &twice,
        RETENTION,
        Exception,
        "p-2026-07-04 was gone at 2026-07-08T12:00:00Z",
    );
}

#[test]
fn a_system_that_left_no_backup_has_none_to_keep() {
    let mut world = left(|_| {});
    for row in &mut world.records.points {
        row.value.delete_at = Some(at(WENT));
        row.value.delete_at_latest_seen = Some(at(WENT));
    }
    check(&world, disposal, 2, &[NO_DEVICE]);
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-09", "2026-07-10"));
    but(&world, RETENTION, Indeterminate, "aws_recovery_points");
}

#[test]
fn when_it_went_is_told_by_an_event_or_by_the_listings_around() {
    let between = |last: &'static str, first: &str| {
        let mut world = left(move |point| point.sightings = vec![at(last)]);
        world.records.listings.clear();
        world.add_listing(VAULT, at(first));
        world
    };
    let early = "p-2026-07-04 was gone at";
    let open = "due 2026-08-08T03:00:00Z, went between";
    but(&between(WENT, "2026-07-11"), RETENTION, Exception, early);
    but(
        &between("2026-07-05T14:59:59Z", "2026-07-06"),
        RETENTION,
        Indeterminate,
        open,
    );
    but(
        &between("2026-07-10", "2026-07-11T00:00:01Z"),
        RETENTION,
        Indeterminate,
        open,
    );
    check(&between("2026-07-11", "2026-07-12"), disposal, 3, &[NO_DEVICE]);
    let deleted = |when: &str| {
        let mut world = between("2026-07-05T05:00", "2026-07-11T05:00");
        world.add_event(call("DeleteRecoveryPoint", "2026-07-04", when, "p-006"));
        world
    };
    but(&deleted("2026-07-05T15:00:01Z"), RETENTION, Exception, early);
    check(&deleted(WENT), disposal, 3, &[NO_DEVICE]);
    check(&deleted("2026-07-11"), disposal, 3, &[NO_DEVICE]);
}

#[test]
fn a_backup_that_no_listing_shows_may_have_been_left() {
    let unlisted = |listing: &str| {
        let mut world = left(|_| {});
        world
            .records
            .points
            .retain(|point| point.value.id != point_arn("2026-07-04"));
        world.add_listing(VAULT, at(listing));
        world.records.listings.sort();
        world
    };
    let open = "what became of the backup by job 2026-07-04";
    but(&unlisted("2026-07-05T15:00:01Z"), RETENTION, Indeterminate, open);
    // It was gone before the system was.
    check(&unlisted(WENT), disposal, 3, &[NO_DEVICE]);
    let mut unnamed = unlisted("2026-07-06");
    unnamed.change_job("2026-07-04", |job| job.point = None);
    but(&unnamed, RETENTION, Indeterminate, open);
    let mut failed = unlisted("2026-07-06");
    failed.change_job("2026-07-04", |job| job.state = JobState::Failed);
    check(&failed, disposal, 3, &[NO_DEVICE]);
    let made = |when: &'static str| {
        let mut world = unlisted("2026-07-06");
        world.change_job("2026-07-04", |job| {
            (job.created, job.completed) = (at(when), Some(at(when)));
        });
        world
    };
    but(&made("2026-06-27T15:00"), RETENTION, Indeterminate, open);
    check(&made("2026-06-27T14:59:59Z"), disposal, 3, &[NO_DEVICE]);
    for (source, day) in [
        (Source::AwsBackupJobs, "2026-06-28"),
        (Source::AwsRecoveryPoints, "2026-06-28"),
        (Source::Cloudtrail, "2026-06-28"),
        (Source::Cloudtrail, "2026-07-10"),
    ] {
        let mut unproven = left(|_| {});
        unproven.unprove(source, span(day, &format!("{day}T01:00")));
        let finding = unproven.run(disposal);
        let item = finding.items().iter().find(|item| item.id() == RETENTION);
        assert_eq!(item.expect("the item").state(), Indeterminate, "{source} {day}");
    }
}
