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
    let due = |world: &mut World, due: &str| {
        let point = &mut world.records.points[0].value;
        (point.delete_at, point.delete_at_latest_seen) = (Some(at(due)), Some(at(due)));
    };
    due(&mut world, "2026-07-06T05:00");
    check(
        &world,
        early_disappearance,
        0,
        &[("population", NoOccurrence, "")],
    );
    due(&mut world, "2026-07-06T05:00:01Z");
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
    let point = &mut never.records.points[0].value;
    (point.delete_at, point.delete_at_latest_seen) = (None, None);
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
            issuer: None,
            mfa: None,
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
            issuer: None,
            mfa: None,
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

/// A point with a ticket for its lifecycle change on 4 July, still there on 11 July.
fn changed(due: &str, latest: &str) -> World {
    let mut world = deleted();
    change(&mut world, |event| {
        event.name = "UpdateRecoveryPointLifecycle".to_owned()
    });
    let point = &mut world.records.points[0].value;
    point.sightings.push(at("2026-07-06T05:00"));
    point.delete_at = Some(at(due));
    point.delete_at_latest_seen = Some(at(latest));
    world.add_listing(VAULT, at("2026-07-10T12:00"));
    world.records.listings.sort();
    world
}

#[test]
fn a_change_of_the_lifecycle_is_judged_like_a_deletion() {
    let mut world = deleted();
    change(&mut world, |event| {
        event.name = "UpdateRecoveryPointLifecycle".to_owned()
    });
    check(&world, early_disappearance, 1, &[]);
    world.records.tickets.clear();
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no ticket names it")],
    );
    // Still there: whether the time was shortened decides.
    let mut world = changed("2026-07-20", "2026-08-05");
    world.records.points[0]
        .value
        .sightings
        .push(at("2026-07-11T05:00"));
    check(&world, early_disappearance, 1, &[]);
    check_drops(&world, early_disappearance);
    world.records.tickets.clear();
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "no ticket names it")],
    );
    world.records.points[0].value.delete_at = Some(at("2026-08-05"));
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Indeterminate, "whether it shortened")],
    );
}

#[test]
fn a_shortened_lifecycle_makes_nothing_due() {
    // Gone on 10 July: due on the 10th by the newest listing, on 5 August by the one before.
    let world = changed("2026-07-10", "2026-08-05");
    check(&world, early_disappearance, 1, &[]);
    let mut unauthorised = world.clone();
    unauthorised.records.tickets.clear();
    check(
        &unauthorised,
        early_disappearance,
        0,
        &[("p-a", Exception, "UpdateRecoveryPointLifecycle at 2026-07-04")],
    );
    // Due with the very listing that misses it: shortened all the same.
    let mut with_it = unauthorised.clone();
    with_it.records.points[0].value.delete_at = Some(at("2026-07-10T12:00"));
    let changed_by = [("p-a", Exception, "UpdateRecoveryPointLifecycle at 2026-07-04")];
    check(&with_it, early_disappearance, 0, &changed_by);
    // The change came before the period, the disappearance in it.
    let mut before = unauthorised.clone();
    before.records.points[0].value.created = at("2026-06-20");
    change(&mut before, |event| event.at = at("2026-06-25"));
    check(
        &before,
        early_disappearance,
        0,
        &[("p-a", Exception, "UpdateRecoveryPointLifecycle at 2026-06-25")],
    );
    before.records.points[0].value.delete_at = Some(at("2026-07-10T12:00"));
    let changed_before = [("p-a", Exception, "UpdateRecoveryPointLifecycle at 2026-06-25")];
    check(&before, early_disappearance, 0, &changed_before);
    let mut silent = unauthorised;
    silent.records.events.clear();
    check(
        &silent,
        early_disappearance,
        0,
        &[("p-a", Exception, "no call in the trail deletes it or shortens")],
    );
    silent.unprove(Source::Cloudtrail, span("2026-07-02", "2026-07-03"));
    let finding = silent.run(early_disappearance);
    assert_eq!(
        finding.counts().get(Exception),
        0,
        "the change may lie in the gap"
    );
    // An authorised change moves the time, and no further.
    let mut early = changed("2026-07-20", "2026-08-05");
    early.records.points[0].value.sightings = vec![at("2026-07-06T05:00")];
    check(
        &early,
        early_disappearance,
        0,
        &[("p-a", Exception, "due to be deleted 2026-07-20")],
    );
}

#[test]
fn a_ticket_that_names_a_vault_or_cluster_authorises_nothing_in_it() {
    let mut world = deleted();
    change(&mut world, |event| event.resources.push("critical".to_owned()));
    for reference in [VAULT, "critical", "arn:aws:backup:us-west-2:1:recovery-point:p-a"] {
        world.records.tickets[0].value.refs = vec![reference.to_owned()];
        check(
            &world,
            early_disappearance,
            0,
            &[("p-a", Exception, "no ticket names it")],
        );
    }
    // The same for a point that no listing shows.
    world.records.points.clear();
    for reference in [VAULT, "critical"] {
        world.records.tickets[0].value.refs = vec![reference.to_owned()];
        let expected = [("event/e-DeleteRecoveryPoint-a", Exception, "no ticket names it")];
        check(&world, early_disappearance, 0, &expected);
    }
    world.records.tickets[0].value.refs = vec!["p-a".to_owned()];
    check(&world, early_disappearance, 1, &[]);
    world.records.tickets[0].stands = false;
    let expected = [("event/e-DeleteRecoveryPoint-a", Exception, "no ticket names it")];
    check(&world, early_disappearance, 0, &expected);
}

#[test]
fn an_old_call_does_not_explain_a_later_disappearance() {
    let mut world = deleted();
    world.records.points[0]
        .value
        .sightings
        .push(at("2026-07-06T05:00"));
    world.add_listing(VAULT, at("2026-07-10"));
    world.records.listings.sort();
    check(
        &world,
        early_disappearance,
        0,
        &[("p-a", Exception, "gone at 2026-07-10T00:00:00Z")],
    );
    // Being deleted when last seen: the call is the one that took its time.
    world.records.points[0].value.state = crate::model::records::backups::PointState::Deleting;
    check(&world, early_disappearance, 1, &[]);
}

#[test]
fn a_vault_that_is_gone_takes_its_points_along() {
    let mut world = World::new();
    let mut gone = point("a", "2026-07-01T03:00");
    gone.sightings = vec![at("2026-07-03T05:00")];
    world.add_point(gone);
    let vaults = key(Source::AwsVaults, "us-east-1");
    let vault = crate::model::records::protection::Vault {
        arn: VAULT.to_owned(),
        name: "critical".to_owned(),
        at: at("2026-07-03T04:59"),
        created: None,
        kind: None,
        locked: None,
        lock_date: None,
        retention_min_days: None,
        retention_max_days: None,
        key: None,
    };
    let seen = at("2026-07-03T04:59");
    world
        .records
        .vaults
        .push(observed(vaults.clone(), seen, "vault", vault));
    for day in ["2026-07-03T04:59", "2026-07-06T05:00"] {
        world
            .records
            .listings
            .push(crate::model::records::CompleteListing {
                key: vaults.clone(),
                part: String::new(),
                at: at(day),
            });
    }
    let expected = [("p-a", Exception, "gone at 2026-07-06T05:00:00Z")];
    check(&world, early_disappearance, 0, &expected);
    world.records.vaults[0].last_seen = at("2026-07-06T05:00");
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

#[test]
fn a_deletion_within_the_clocks_skew_of_the_last_sighting_explains_and_a_change_with_it_does_not() {
    let mut world = deleted();
    change(&mut world, |event| event.at = at("2026-07-03T04:55"));
    check(&world, early_disappearance, 1, &[]);
    change(&mut world, |event| {
        event.name = "UpdateRecoveryPointLifecycle".to_owned();
        event.at = at("2026-07-03T05:00");
    });
    let unexplained = [("p-a", Exception, "no call in the trail")];
    check(&world, early_disappearance, 0, &unexplained);
    // A point that never expires has no life that a change could have shortened.
    let point = &mut world.records.points[0].value;
    (point.delete_at, point.delete_at_latest_seen) = (None, None);
    change(&mut world, |event| event.at = at("2026-07-03T04:00"));
    check(&world, early_disappearance, 0, &unexplained);
}

#[test]
fn what_went_by_the_period_s_end_is_judged_and_what_went_perhaps_later_is_open() {
    let until = |absent: &str, service: Option<(&str, &str)>| {
        let mut world = gone();
        world.records.listings.truncate(1);
        world.add_listing(VAULT, at(absent));
        if let Some((name, when)) = service {
            let mut report = call(name, "a", when, "x");
            report.actor = Actor::Service {
                name: "backup.amazonaws.com".to_owned(),
            };
            world.add_event(report);
        }
        world
    };
    let judged = [("p-a", Exception, "no call in the trail")];
    check(&until("2026-07-11", None), early_disappearance, 0, &judged);
    let open = [("p-a", Indeterminate, "whether in the period is not known")];
    check(
        &until("2026-07-11T00:00:01Z", None),
        early_disappearance,
        0,
        &open,
    );
    let deleted = |when| until("2026-07-12", Some(("BackupDeleted", when)));
    check(&deleted("2026-07-10T23:59:59Z"), early_disappearance, 0, &judged);
    check(&deleted("2026-07-11"), early_disappearance, 0, &open);
    let changed = until("2026-07-12", Some(("UpdateRecoveryPointLifecycle", "2026-07-05")));
    check(&changed, early_disappearance, 0, &open);
}

#[test]
fn a_contradicted_point_or_call_leaves_the_call_open_and_so_does_a_change_of_an_unknown_point() {
    for (source, id) in [
        (Source::AwsRecoveryPoints, point_arn("a")),
        (Source::Cloudtrail, "e-DeleteRecoveryPoint-a".to_owned()),
    ] {
        let mut world = deleted();
        world.add_conflict(source, &id);
        let finding = world.run(early_disappearance);
        let mut items = finding.items().iter();
        let state = items.find(|item| item.id() == "p-a").map(|item| item.state());
        assert_eq!(state, Some(Indeterminate), "{id}");
    }
    let mut unknown = deleted();
    unknown.records.points.clear();
    unknown.records.tickets.clear();
    change(&mut unknown, |event| {
        event.name = "UpdateRecoveryPointLifecycle".to_owned()
    });
    let finding = unknown.run(early_disappearance);
    assert_eq!(
        (
            finding.counts().get(Exception),
            finding.counts().get(Indeterminate)
        ),
        (0, 1)
    );
}

#[test]
fn a_changed_life_that_ended_as_it_was_due_was_not_shortened() {
    let lived = |due: Option<&str>| {
        let mut world = deleted();
        world.records.tickets.clear();
        change(&mut world, |event| {
            event.name = "UpdateRecoveryPointLifecycle".to_owned()
        });
        let point = &mut world.records.points[0].value;
        (point.delete_at, point.delete_at_latest_seen) = (due.map(at), due.map(at));
        world
    };
    let unsaid = [("p-a", Indeterminate, "whether it shortened")];
    check(&lived(Some("2026-07-06T05:00")), early_disappearance, 0, &unsaid);
    let shortened = [("p-a", Exception, "no ticket names it")];
    check(
        &lived(Some("2026-07-06T05:00:01Z")),
        early_disappearance,
        0,
        &shortened,
    );
    check(&lived(None), early_disappearance, 0, &shortened);
}

#[test]
fn what_was_made_before_the_period_may_have_gone_within() {
    let listed = |first: &str| {
        let mut world = World::new();
        world.add_job(job("unseen", "2026-06-29T03:00"));
        world.add_listing(VAULT, at(first));
        world
    };
    let gone = ("p-unseen", Indeterminate, "lifecycle deletes it is not known");
    check(
        &listed("2026-07-01T00:00:00.001Z"),
        early_disappearance,
        0,
        &[gone],
    );
    let before = ("population", NoOccurrence, "");
    check(&listed("2026-07-01"), early_disappearance, 0, &[before]);
}

#[test]
fn what_no_listing_showed_is_explained_by_a_call_that_deletes_it_only() {
    let with = |name: &str| {
        let mut world = gone();
        world.add_job(job("unseen", "2026-07-03T03:00"));
        world.add_event(call(name, "unseen", "2026-07-04T10:00", "p-006"));
        let finding = world.run(early_disappearance);
        finding.items().iter().any(|item| item.id() == "p-unseen")
    };
    assert!(!with("DeleteRecoveryPoint"));
    assert!(with("UpdateRecoveryPointLifecycle") && with("BackupDeleted"));
}

#[test]
fn a_call_of_the_very_listing_that_misses_it_explains_it() {
    let mut world = deleted();
    change(&mut world, |event| event.at = at("2026-07-06T05:00"));
    check(&world, early_disappearance, 1, &[]);
}
