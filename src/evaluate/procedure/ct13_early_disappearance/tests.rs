//! The outcomes of CT-13.

use State::{Exception, Indeterminate, NoOccurrence};

use super::early_disappearance;
use crate::evaluate::testing::backups::{
    VAULT, call, check_drops, check_order, job, person, point, point_arn, ticket,
};
use crate::evaluate::testing::{World, at, check, key, observed, span};
use crate::model::finding::State;
use crate::model::records::backups::{Actor, Event};
use crate::model::source::Source;

/// A point seen on 3 July and gone from the listing of 6 July; due on 5 August.
fn gone() -> World {
    let mut world = World::new();
    let mut gone = point("a", "2026-07-01T03:00");
    gone.sightings = vec![at("2026-07-03T05:00")];
    world.add_point(gone);
    for day in ["2026-07-03T05:00", "2026-07-06T05:00", "2026-07-11T05:00"] {
        world.add_listing(VAULT, at(day));
    }
    world
}

/// The same, deleted by `p-006` on 4 July with a ticket approved on 3 July by `p-001`.
fn deleted() -> World {
    let mut world = gone();
    world.add_person("p-001");
    world.add_person("p-006");
    world.add_event(call("DeleteRecoveryPoint", "a", "2026-07-04T10:00", "p-006"));
    world.add_ticket(ticket(&point_arn("a"), "2026-07-02", Some("2026-07-03"), None));
    world
}

fn change(world: &mut World, change: impl FnOnce(&mut Event)) {
    change(&mut world.records.events[0].value);
}

#[test]
fn nothing_gone_and_nothing_deleted_is_no_occurrence() {
    let mut world = World::daily();
    world.add_listing(VAULT, world.listed());
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "no recovery point")],
    );
    // What its lifecycle deletes is expected, up to the instant.
    let mut world = gone();
    world.records.points[0].value.delete_at = Some(at("2026-07-06T05:00"));
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
    world.records.points[0].value.delete_at = Some(at("2026-07-06T05:00:01Z"));
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no call in the trail")],
    );
}

#[test]
fn a_disappearance_without_a_call_is_an_exception_where_the_trail_is_proven() {
    let world = gone();
    let expected = [(
        "p-a",
        Exception,
        "seen at 2026-07-03T05:00:00Z, gone at 2026-07-06T05:00:00Z, due to be deleted 2026-08-05",
    )];
    check(&world, early_disappearance, 0, &expected);
    check_order(&world, early_disappearance);
    check_drops(&world, early_disappearance);
    let mut unproven = world.clone();
    unproven.unprove(Source::Cloudtrail, span("2026-07-04", "2026-07-05"));
    let finding = unproven.run(early_disappearance);
    assert_eq!(
        (
            finding.counts().get(Exception),
            finding.counts().get(Indeterminate)
        ),
        (0, 3),
        "the point, and two regions"
    );
    let mut never = world.clone();
    never.records.points[0].value.delete_at = None;
    check(
        &never,
        early_disappearance,
        0,
        &[("p-a", Exception, "due to be deleted never")],
    );
    let mut by_service = world;
    let mut report = call("BackupDeleted", "a", "2026-07-04T10:00", "x");
    report.actor = Actor::Service {
        name: "backup.amazonaws.com".to_owned(),
    };
    by_service.add_event(report);
    check(
        &by_service,
        early_disappearance,
        0,
        &[("p-a", Exception, "no call in the trail")],
    );
}

#[test]
fn a_deletion_with_a_ticket_approved_before_by_another_is_supported() {
    let mut world = deleted();
    check(&world, early_disappearance, 1, &[]);
    check_order(&world, early_disappearance);
    check_drops(&world, early_disappearance);
    // By its session name alone, and named by the event or by the last part of the ARN.
    world.records.roster[1].value.identities.clear();
    for reference in ["e-DeleteRecoveryPoint-a", "p-a"] {
        world.records.tickets[0].value.refs = vec![reference.to_owned()];
        check(&world, early_disappearance, 1, &[]);
    }
}

#[test]
fn the_approval_has_to_come_before_and_from_another() {
    let mut world = deleted();
    world.records.tickets[0].value.approved = Some(at("2026-07-04T10:00"));
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no ticket that names it was approved before")],
    );
    world.records.tickets[0].value.approved = None;
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "approved before")],
    );
    world.records.tickets[0].value.approved = Some(at("2026-07-04T09:59:59Z"));
    check(&world, early_disappearance, 1, &[]);
    world.records.tickets[0].value.approved_by = Some("p-006".to_owned());
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "who approved it alone")],
    );
    world.records.tickets.clear();
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no ticket names it")],
    );
    world.unprove_all(Source::Tickets);
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "tickets")],
    );
}

#[test]
fn the_actor_has_to_be_one_person_of_the_roster() {
    let mut world = deleted();
    change(&mut world, |event| event.actor = Actor::Root);
    check(&world, early_disappearance, 0, &[("p-a", Exception, "root user")]);
    change(&mut world, |event| event.actor = Actor::Unknown);
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "does not say who")],
    );
    change(&mut world, |event| {
        event.actor = Actor::Identity {
            arn: "arn:x".to_owned(),
            session: None,
        }
    });
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "nobody in the roster")],
    );
    let mut two = deleted();
    for holder in &mut two.records.roster {
        holder.value.identities.push("arn:shared".to_owned());
    }
    change(&mut two, |event| {
        event.actor = Actor::Identity {
            arn: "arn:shared".to_owned(),
            session: None,
        }
    });
    check(
        &two,
        early_disappearance,
        0,
        &[("p-a", Exception, "several persons share")],
    );
    let mut left = deleted();
    left.records.roster[1].value.to = Some("2026-07-03".parse().expect("a date"));
    check(
        &left,
        early_disappearance,
        0,
        &[("p-a", Exception, "nobody in the roster")],
    );
    left.records.roster[1].value.to = Some("2026-07-04".parse().expect("a date"));
    check(&left, early_disappearance, 1, &[]);
    left.records.roster.clear();
    left.unprove_all(Source::RoleRoster);
    check(
        &left,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "role_roster")],
    );
    // Two roles of one person are one person.
    let mut twice = deleted();
    twice.records.roster.push(observed(
        key(Source::RoleRoster, ""),
        at("2026-07-11"),
        "again",
        person("p-006"),
    ));
    check(&twice, early_disappearance, 1, &[]);
}

#[test]
fn calls_on_what_no_listing_showed_are_items_too() {
    let mut world = World::new();
    world.add_person("p-006");
    world.add_event(call("DeleteSnapshot", "z", "2026-07-04T10:00", "p-006"));
    check(
        &world,
        early_disappearance,
        0,
        &[("event/e-DeleteSnapshot-z", Exception, "no ticket names it")],
    );
    change(&mut world, |event| event.resources.clear());
    check(
        &world,
        early_disappearance,
        0,
        &[("event/e-DeleteSnapshot-z", Indeterminate, "names no resource")],
    );
    change(&mut world, |event| event.error = Some("AccessDenied".to_owned()));
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
    change(&mut world, |event| {
        (event.error, event.at) = (None, at("2026-06-30T23:59"))
    });
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
}

#[test]
fn a_shortened_lifecycle_explains_only_what_is_gone() {
    let mut world = deleted();
    change(&mut world, |event| {
        event.name = "UpdateRecoveryPointLifecycle".to_owned()
    });
    check(&world, early_disappearance, 1, &[]);
    world.records.points[0]
        .value
        .sightings
        .push(at("2026-07-11T05:00"));
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
}

#[test]
fn a_call_before_a_point_was_made_is_about_another() {
    let mut world = deleted();
    world.records.points[0].value.created = at("2026-07-04T10:00:01Z");
    world.records.points[0].value.sightings = vec![at("2026-07-05T05:00")];
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no call in the trail")],
    );
}

#[test]
fn what_cannot_be_placed_or_known_is_indeterminate() {
    let mut world = World::new();
    world.add_job(job("unseen", "2026-07-03T03:00"));
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
    world.add_listing(VAULT, at("2026-07-06T05:00"));
    check(
        &world,
        early_disappearance,
        0,
        &[("p-unseen", Indeterminate, "lifecycle deletes it is not known")],
    );
    let mut edge = gone();
    edge.records.listings.remove(1);
    check(
        &edge,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "whether in the period")],
    );
    let mut conflict = gone();
    conflict.add_conflict(Source::AwsRecoveryPoints, &point_arn("a"));
    check(
        &conflict,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "contradict")],
    );
}
