//! CT-26: which items count, their closing to the day, evidence and tickets, and changes of the plan.

use super::action_items as procedure;
use crate::evaluate::testing::backups::ticket;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_governance::document;
use crate::evaluate::testing_rehearsals::exercise;
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence};
use crate::model::records::governance::{ActionItem, ExerciseKind, PlanDocument};
use crate::model::source::Source;

/// An item due on 8 July and closed on it, with a place as its evidence.
fn item(id: &str) -> ActionItem {
    ActionItem {
        id: id.to_owned(),
        owner: Some("p-008".to_owned()),
        due: Some("2026-07-08".parse().expect("a day")),
        closed: Some(at("2026-07-08T23:59")),
        evidence: Some("annex of the report".to_owned()),
        plan_change: None,
    }
}

/// A tabletop of 3 July with one action item, as `change` leaves it.
fn opened(change: impl Fn(&mut ActionItem)) -> World {
    opened_by("2026-07-03T10:00", change)
}

fn opened_by(held: &str, change: impl Fn(&mut ActionItem)) -> World {
    let mut world = World::new();
    let mut exercise = exercise("EX-1", ExerciseKind::Tabletop, held);
    let mut item = item("ACT-1");
    change(&mut item);
    exercise.actions = Some(vec![item]);
    world.add_exercise(exercise);
    world
}

#[track_caller]
fn is(world: &World, state: State, words: &str) {
    check(world, procedure, 0, &[("EX-1/ACT-1", state, words)]);
}

fn day(text: &str) -> Option<chrono::NaiveDate> {
    Some(text.parse().expect("a day"))
}

#[test]
fn an_item_is_closed_by_its_day_or_not_overdue() {
    check(&opened(|_| {}), procedure, 1, &[]);
    is(
        &opened(|item| item.closed = Some(at("2026-07-09T00:00"))),
        Exception,
        "closed 1 days after it was due",
    );
    let open = |due| {
        opened(move |item| {
            item.closed = None;
            item.evidence = None;
            item.due = due;
        })
    };
    check(&open(day("2026-07-10")), procedure, 1, &[]);
    is(&open(day("2026-07-09")), Exception, "open, 1 days overdue");
    is(&open(None), Indeterminate, "names no due day");
    let after = opened(|item| item.closed = Some(at("2026-07-11T00:00")));
    is(&after, Exception, "open, 2 days overdue");
    let ahead = opened(|item| item.closed = Some(at("2026-07-11T05:06")));
    is(&ahead, Indeterminate, "after the answer that holds it");
}

#[test]
fn an_item_has_an_owner_and_evidence() {
    for owner in [None, Some(" ".to_owned())] {
        is(
            &opened(move |item| item.owner = owner.clone()),
            Indeterminate,
            "names no owner",
        );
    }
    for evidence in [None, Some(" ".to_owned())] {
        let world = opened(move |item| item.evidence = evidence.clone());
        is(&world, Exception, "closed without evidence");
    }
    let neither = opened(|item| {
        item.owner = None;
        item.due = None;
    });
    is(&neither, Indeterminate, "neither an owner nor a due day");
    let overdue = opened(|item| {
        item.owner = None;
        item.closed = None;
        item.due = day("2026-07-05");
    });
    is(&overdue, Exception, "5 days overdue");
}

#[test]
fn a_ticket_that_closes_an_item_is_closed_itself() {
    let by_ticket = |closed: Option<&'static str>| {
        let mut world = opened(|item| item.evidence = Some("T-x".to_owned()));
        world.add_ticket(ticket("x", "2026-07-04", None, closed));
        world
    };
    check(&by_ticket(Some("2026-07-08")), procedure, 1, &[]);
    is(
        &by_ticket(None),
        Indeterminate,
        "closed by ticket T-x, which is open itself",
    );
    is(
        &by_ticket(Some("2026-07-11")),
        Indeterminate,
        "which is open itself",
    );
    let mut disputed = by_ticket(Some("2026-07-08"));
    disputed.add_conflict(Source::Tickets, "T-x");
    is(&disputed, Indeterminate, "for which the register does not vouch");
    let mut unproven = opened(|_| {});
    unproven.unprove(Source::Tickets, span("2026-07-10T23:59", "2026-07-11"));
    is(&unproven, Indeterminate, "tickets");
}

/// An item that changes the plan, and a version of 6 July that names it, as `change` leaves it.
fn changing(change: impl Fn(&mut PlanDocument)) -> World {
    let mut world = opened(|item| item.plan_change = Some(true));
    let mut version = document("CP", "2", "2026-07-06");
    version.approved_at = Some(at("2026-07-05"));
    version.change_note = Some("second channel of notification (ACT-1)".to_owned());
    change(&mut version);
    world.add_document(version);
    world
}

#[test]
fn a_change_of_the_plan_is_named_by_a_later_version() {
    check(&changing(|_| {}), procedure, 1, &[]);
    check(
        &changing(|version| version.effective = "2026-07-03".parse().expect("a day")),
        procedure,
        1,
        &[],
    );
    let earlier = changing(|version| version.effective = "2026-07-02".parse().expect("a day"));
    is(
        &earlier,
        Exception,
        "no version of a plan since 2026-07-03 names the change",
    );
    let other = changing(|version| version.change_note = Some("ACT-12, ACT-1-b".to_owned()));
    is(&other, Exception, "no version of a plan");
    let silent = changing(|version| version.change_note = None);
    is(&silent, Indeterminate, "CP 2 is later and has no note");
    let mut unproven = other.clone();
    unproven.unprove(Source::PlanDocuments, span("2026-07-10T23:59", "2026-07-11"));
    is(&unproven, Indeterminate, "plan_documents");
    let mut unproven = changing(|_| {});
    unproven.unprove(Source::PlanDocuments, span("2026-07-10T23:59", "2026-07-11"));
    is(&unproven, Indeterminate, "plan_documents");
}

#[test]
fn a_version_that_nobody_approved_since_changes_nothing() {
    let approved = |when: Option<&'static str>| changing(move |version| version.approved_at = when.map(at));
    is(&approved(None), Indeterminate, "no approval since the exercise");
    is(
        &approved(Some("2026-07-03T09:59")),
        Indeterminate,
        "no approval since",
    );
    check(&approved(Some("2026-07-03T10:00")), procedure, 1, &[]);
    is(&approved(Some("2026-07-11")), Indeterminate, "no approval since");
    let mut withdrawn = changing(|_| {});
    withdrawn.records.documents[0].stands = false;
    is(&withdrawn, Indeterminate, "does not hold CP 2");
}

#[test]
fn an_open_item_need_not_have_changed_the_plan_yet() {
    let world = opened(|item| {
        item.plan_change = Some(true);
        item.closed = None;
        item.due = day("2026-07-30");
    });
    check(&world, procedure, 1, &[]);
}

#[test]
fn items_count_that_were_open_when_the_period_began() {
    let before = |closed: Option<&'static str>| {
        opened_by("2026-05-03T10:00", move |item| {
            item.due = day("2026-08-30");
            item.closed = closed.map(at);
        })
    };
    check(&before(None), procedure, 1, &[]);
    check(&before(Some("2026-07-01T00:00")), procedure, 1, &[]);
    let nothing = [("population", NoOccurrence, "no action item was opened")];
    check(&before(Some("2026-06-30T23:59")), procedure, 0, &nothing);
    check(&before(Some("2026-05-03T10:00")), procedure, 0, &nothing);
    let early = "before the exercise that brought it up";
    is(&before(Some("2026-05-03T09:59:59Z")), Indeterminate, early);
    check(&opened_by("2025-07-01T00:00", |_| {}), procedure, 1, &[]);
    check(&opened_by("2025-06-30T23:59", |_| {}), procedure, 0, &nothing);
    check(&opened_by("2026-07-11T00:00", |_| {}), procedure, 0, &nothing);
}

#[test]
fn no_items_prove_nothing_without_a_signed_report() {
    let mut world = World::new();
    world.add_exercise(exercise("EX-1", ExerciseKind::Tabletop, "2026-07-03T10:00"));
    check(&world, procedure, 0, &[("population", NoOccurrence, "")]);
    let with = |change: fn(&mut crate::model::records::governance::Exercise)| {
        let mut world = world.clone();
        change(&mut world.records.exercises[0].value);
        world
    };
    let unshown = |world: &World, words| {
        check(world, procedure, 0, &[("EX-1/actions", Indeterminate, words)]);
    };
    unshown(
        &with(|exercise| exercise.report = None),
        "has no report: zero action items",
    );
    unshown(
        &with(|exercise| exercise.actions = None),
        "no list of action items",
    );
    unshown(
        &with(|exercise| exercise.report_signed_at = None),
        "nobody signed its report",
    );
    unshown(
        &with(|exercise| exercise.report_signed_by = Some(" ".to_owned())),
        "nobody signed its report",
    );
    unshown(
        &with(|exercise| exercise.report_signed_at = Some(at("2026-07-03T09:59"))),
        "before the exercise",
    );
    unshown(
        &with(|exercise| exercise.report_signed_at = Some(at("2026-07-11"))),
        "not before the as-of instant",
    );
    let signed = with(|exercise| exercise.report_signed_at = Some(exercise.held));
    check(&signed, procedure, 0, &[("population", NoOccurrence, "")]);
}

#[test]
fn items_of_an_exercise_without_a_report_are_judged_beside_it() {
    let mut world = opened(|item| item.closed = None);
    world.records.exercises[0].value.report = None;
    let items = [
        ("EX-1/ACT-1", Exception, "2 days overdue"),
        ("EX-1/actions", Indeterminate, "has no report"),
    ];
    check(&world, procedure, 0, &items);
}

#[test]
fn disputes_and_a_missing_register_support_nothing() {
    let mut disputed = opened(|_| {});
    disputed.add_conflict(Source::Exercises, "EX-1");
    let items = [("EX-1/actions", Indeterminate, "contradict each other")];
    check(&disputed, procedure, 0, &items);
    disputed.records.exercises[0].value.held = at("2025-06-30T10:00");
    check(&disputed, procedure, 0, &items);
    let mut ahead = opened(|_| {});
    ahead.records.exercises[0].last_seen = at("2026-07-03T09:54");
    let items = [("EX-1/actions", Indeterminate, "after the answer that holds it")];
    check(&ahead, procedure, 0, &items);
    let mut unproven = opened(|_| {});
    unproven.unprove_all(Source::Exercises);
    assert_eq!(unproven.run(procedure).counts().get(State::Supported), 0);
    let mut nothing = World::new();
    nothing.unprove_all(Source::Exercises);
    assert_eq!(nothing.run(procedure).state(), Indeterminate);
}

#[test]
fn only_a_closed_item_that_asks_for_a_change_of_the_plan_rests_on_its_documents() {
    let without_documents = |change: fn(&mut ActionItem)| {
        let mut world = opened(change);
        world.unprove_all(Source::PlanDocuments);
        world
    };
    check(&without_documents(|_| {}), procedure, 1, &[]);
    let open = without_documents(|item| {
        (item.closed, item.evidence, item.plan_change) = (None, None, Some(true));
        item.due = day("2026-07-20");
    });
    check(&open, procedure, 1, &[]);
}

#[test]
fn an_exercise_of_the_period_hides_no_item_that_is_dated_closed_before_it() {
    let closed_before = |held: &str| opened_by(held, |item| item.closed = Some(at("2026-06-30T10:00")));
    let early = "before the exercise that brought it up";
    is(&closed_before("2026-07-01T00:00"), Indeterminate, early);
    let before = closed_before("2026-06-20T00:00").run(procedure);
    assert!(before.items().iter().all(|item| item.id() != "EX-1/ACT-1"));
}

#[test]
fn an_item_can_t_be_closed_before_the_exercise_that_brought_it_up() {
    let closed = |when: &'static str| opened(move |item| item.closed = Some(at(when)));
    check(&closed("2026-07-03T10:00"), procedure, 1, &[]);
    is(
        &closed("2026-07-03T09:59:59Z"),
        Indeterminate,
        "closed at 2026-07-03T09:59:59Z, before the exercise that brought it up",
    );
}
