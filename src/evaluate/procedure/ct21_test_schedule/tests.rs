//! CT-21: approval to the day and by the roster, delegation, types, criteria and coverage.

use super::test_schedule as procedure;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_governance::holder;
use crate::evaluate::testing_rehearsals::{planned, schedule};
use crate::model::finding::State::{self, Exception, Indeterminate};
use crate::model::records::governance::{Delegation, ExerciseKind, ExerciseSchedule, Hosting};
use crate::model::source::Source;

const APPROVAL: &str = "2026/approval/SCH-2026/1";

/// A schedule of 2026, approved by p-001 on 5 January, with a tabletop on 1 March and a technical test on 1 June.
fn year(change: impl Fn(&mut ExerciseSchedule)) -> World {
    let mut world = World::with_system();
    world.add_holder(holder("p-001", "CTO", "Executive"));
    world.add_holder(holder("p-003", "CEO", "Executive"));
    world.add_holder(holder("p-005", "DevOps Lead", "DevOps"));
    let mut technical = planned("TE-1", "2026-06-01");
    technical.kind = ExerciseKind::Technical;
    let mut schedule = schedule("1", vec![planned("TT-1", "2026-03-01"), technical]);
    change(&mut schedule);
    world.add_schedule(schedule);
    world
}

#[track_caller]
fn approval_is(world: &World, state: State, words: &str) {
    check(world, procedure, 3, &[(APPROVAL, state, words)]);
}

#[test]
fn a_timely_schedule_by_the_cto_is_supported() {
    let finding = check(&year(|_| {}), procedure, 4, &[]);
    let about: Vec<_> = finding
        .items()
        .iter()
        .map(|item| (item.id(), item.statements().len()))
        .collect();
    let expected = [
        (APPROVAL, 2),
        ("2026/criteria", 1),
        ("2026/orders", 1),
        ("2026/types", 1),
    ];
    assert_eq!(about, expected);
}

#[test]
fn the_approval_comes_on_a_day_before_the_first_exercise() {
    let approved = |when: &'static str| year(move |schedule| schedule.approved_at = Some(at(when)));
    check(&approved("2026-02-28T23:59"), procedure, 4, &[]);
    let late = approved("2026-03-01T00:00");
    approval_is(&late, Exception, "its first exercise was planned for 2026-03-01");
    let unproven = |change: fn(&mut ExerciseSchedule)| year(change);
    approval_is(
        &unproven(|schedule| schedule.approved_at = None),
        Indeterminate,
        "does not say who approved it, or when",
    );
    approval_is(
        &unproven(|schedule| schedule.approved_by = Some(" ".to_owned())),
        Indeterminate,
        "does not say who approved it",
    );
    let ahead = approved("2026-07-11T05:06");
    approval_is(&ahead, Indeterminate, "after the answer that holds it");
    let after = approved("2026-07-11T00:00");
    approval_is(&after, Exception, "approved on 2026-07-11");
    let future = year(|schedule| {
        schedule.approved_at = Some(at("2026-07-11T00:00"));
        for item in &mut schedule.items {
            item.planned = "2026-08-01".parse().expect("a day");
        }
    });
    approval_is(&future, Indeterminate, "not before the as-of instant");
}

#[test]
fn days_of_approval_are_those_of_the_policy() {
    let mut world = year(|schedule| schedule.approved_at = Some(at("2026-03-01T07:59")));
    let zoned = World::over("2026-07-01..2026-07-11", chrono_tz::Tz::America__Los_Angeles);
    world.scope = zoned.scope;
    check(&world, procedure, 4, &[]);
    world.records.exercise_schedules[0].value.approved_at = Some(at("2026-03-01T08:00"));
    approval_is(&world, Exception, "approved on 2026-03-01");
}

#[test]
fn the_roster_says_who_the_cto_was() {
    let by = |person: &'static str| {
        year(move |schedule| {
            schedule.approved_by = Some(person.to_owned());
            schedule.approved_role = None;
        })
    };
    approval_is(
        &by("p-005"),
        Exception,
        "approved by p-005, who was DevOps Lead that day",
    );
    approval_is(&by("p-099"), Indeterminate, "the roster has no p-099");
    let mut unproven = by("p-005");
    unproven.unprove_all(Source::RoleRoster);
    approval_is(&unproven, Indeterminate, "role_roster");
    let mut later = by("p-001");
    later.records.roster[0].value.from = "2026-01-06".parse().expect("a day");
    approval_is(&later, Indeterminate, "does not have p-001 on 2026-01-05");
    let other = year(|schedule| schedule.approved_role = Some("Security Officer".to_owned()));
    approval_is(
        &other,
        Indeterminate,
        "approved by the Security Officer, the roster",
    );
    let named = year(|schedule| schedule.approved_role = Some("Chief Technology Officer".to_owned()));
    check(&named, procedure, 4, &[]);
}

#[test]
fn a_successor_approves_by_delegation_only() {
    let by_ceo = |leave: Option<(&'static str, &'static str)>| {
        year(move |schedule| {
            schedule.approved_by = Some("p-003".to_owned());
            schedule.approved_role = Some("CEO".to_owned());
            schedule.delegation = leave.map(|(by, when)| Delegation {
                by: by.to_owned(),
                at: at(when),
                reason: None,
            });
        })
    };
    approval_is(
        &by_ceo(None),
        Exception,
        "the CEO, without a delegation by the CTO",
    );
    check(&by_ceo(Some(("p-001", "2026-01-05"))), procedure, 4, &[]);
    let later = by_ceo(Some(("p-001", "2026-01-05T00:01")));
    approval_is(&later, Exception, "the CTO delegated only at 2026-01-05T00:01");
    let usurped = by_ceo(Some(("p-005", "2026-01-04")));
    approval_is(&usurped, Exception, "is by p-005, who was DevOps Lead that day");
    let unknown = by_ceo(Some(("p-099", "2026-01-04")));
    approval_is(&unknown, Indeterminate, "who delegated is not known");
    let mut lead = by_ceo(Some(("p-001", "2026-01-04")));
    lead.records.exercise_schedules[0].value.approved_by = Some("p-005".to_owned());
    approval_is(&lead, Exception, "approved by p-005, who was DevOps Lead");
    let mut claimed = by_ceo(Some(("p-001", "2026-01-04")));
    claimed.records.exercise_schedules[0].value.approved_role = Some("CTO".to_owned());
    approval_is(
        &claimed,
        Indeterminate,
        "approved by the CTO, the roster that p-003 was CEO",
    );
}

#[test]
fn a_later_version_is_approved_before_what_it_plans_anew() {
    let mut world = year(|_| {});
    let mut second = world.records.exercise_schedules[0].value.clone();
    second.version = "2".to_owned();
    second.approved_at = Some(at("2026-06-30"));
    second.items.push(planned("TT-2", "2026-07-01"));
    world.add_schedule(second.clone());
    check(&world, procedure, 5, &[]);
    world.records.exercise_schedules[1].value.approved_at = Some(at("2026-07-01"));
    let late = [(
        "2026/approval/SCH-2026/2",
        Exception,
        "its first exercise was planned for 2026-07-01",
    )];
    check(&world, procedure, 4, &late);
    // An item that was moved is planned anew.
    second.items.pop();
    second.items[1].planned = "2026-06-29".parse().expect("a day");
    world.records.exercise_schedules[1].value = second.clone();
    let moved = [(
        "2026/approval/SCH-2026/2",
        Exception,
        "its first exercise was planned for 2026-06-29",
    )];
    check(&world, procedure, 4, &moved);
    // A draft beside an approved version is no schedule yet.
    second.approved_at = None;
    world.records.exercise_schedules[1].value = second;
    let finding = check(&world, procedure, 4, &[]);
    assert!(finding.observations()[0].text.contains("is a draft"));
}

#[test]
fn both_types_are_planned_in_the_year() {
    for kind in [ExerciseKind::Tabletop, ExerciseKind::Technical] {
        let only = year(move |schedule| schedule.items.retain(|item| item.kind == kind));
        check(
            &only,
            procedure,
            3,
            &[("2026/types", Exception, "is planned for 2026")],
        );
    }
    let next = year(|schedule| schedule.items[1].planned = "2027-01-01".parse().expect("a day"));
    let lacks = [(
        "2026/types",
        Exception,
        "no technical exercise is planned for 2026",
    )];
    check(&next, procedure, 3, &lacks);
}

#[test]
fn an_exercise_without_criteria_is_indeterminate() {
    for blank in [None, Some("  ".to_owned())] {
        let world = year(move |schedule| schedule.items[0].criteria = blank.clone());
        let items = [("2026/criteria", Indeterminate, "sets no criteria for TT-1")];
        check(&world, procedure, 3, &items);
    }
}

#[test]
fn every_application_system_is_named() {
    let with = |change: fn(&mut crate::model::records::governance::System)| {
        let mut world = year(|_| {});
        let mut second = system("ledger");
        change(&mut second);
        world.add_system(second);
        world
    };
    let is = |world: &World, state, words| {
        check(world, procedure, 4, &[("2026/ledger", state, words)]);
    };
    is(
        &with(|_| {}),
        Exception,
        "no exercise planned for 2026 names the system",
    );
    check(&with(|row| row.hosting = Hosting::Saas), procedure, 4, &[]);
    let gone = with(|row| row.decommissioned = Some(at("2026-07-01T00:00")));
    check(&gone, procedure, 4, &[]);
    is(
        &with(|row| row.decommissioned = Some(at("2026-07-01T00:01"))),
        Exception,
        "names the system",
    );
    check(
        &with(|row| row.onboarded = Some(at("2026-07-11T00:00"))),
        procedure,
        4,
        &[],
    );
    is(
        &with(|row| row.onboarded = Some(at("2026-01-05T00:00"))),
        Exception,
        "names the system",
    );
    is(
        &with(|row| row.onboarded = Some(at("2026-01-05T00:01"))),
        Indeterminate,
        "before the system came into use",
    );
    is(
        &with(|row| row.onboarded = None),
        Indeterminate,
        "onboarding is unknown",
    );
    let mut vague = with(|_| {});
    vague.records.exercise_schedules[0].value.items[0].systems.clear();
    is(&vague, Indeterminate, "TT-1 names none at all");
}

#[test]
fn several_schedules_cover_the_systems_together() {
    let mut world = year(|schedule| schedule.items.truncate(1));
    world.add_system(system("ledger"));
    let mut other = schedule("1", vec![planned("TE-9", "2026-05-01")]);
    other.id = "SCH-2026-B".to_owned();
    other.items[0].kind = ExerciseKind::Technical;
    other.items[0].systems = vec!["ledger".parse().expect("a system")];
    world.add_schedule(other);
    check(&world, procedure, 6, &[]);
}

#[test]
fn without_a_schedule_of_the_year_the_policy_is_not_met() {
    let mut world = year(|schedule| schedule.year = 2025);
    let missing = [("2026/schedule", Exception, "no schedule of 2026 is on record")];
    check(&world, procedure, 0, &missing);
    world.records.exercise_schedules[0].stands = false;
    let withdrawn = [("2026/schedule", Indeterminate, "does not hold SCH-2026 1")];
    check(&world, procedure, 0, &withdrawn);
    world.records.exercise_schedules.clear();
    world.unprove_all(Source::ExerciseSchedule);
    assert_eq!(world.run(procedure).counts().get(Exception), 0);
}

#[test]
fn each_year_that_the_period_touches_has_one() {
    let mut world = World::over("2025-12-31..2026-01-02", chrono_tz::Tz::UTC);
    world.records = year(|_| {}).records;
    let found = world.run(procedure);
    let missing = found.items().iter().find(|item| item.id() == "2025/schedule");
    assert_eq!(missing.map(|item| item.state()), Some(Exception));
    assert!(found.items().iter().any(|item| item.id() == "2026/types"));
}

#[test]
fn disputes_leave_the_year_open() {
    let mut world = year(|_| {});
    world.add_conflict(Source::ExerciseSchedule, "SCH-2026 1");
    check(
        &world,
        procedure,
        0,
        &[("2026/schedule", Indeterminate, "contradict each other")],
    );
    // A schedule that was one of this year, by an earlier revision.
    let mut moved = year(|_| {});
    let mut other = schedule("1", Vec::new());
    other.id = "SCH-B".to_owned();
    other.year = 2027;
    moved.add_schedule(other);
    moved.add_conflict(Source::ExerciseSchedule, "SCH-B 1");
    check(&moved, procedure, 4, &[]);
    moved.records.conflicts[0].difference = "the year changed".to_owned();
    let open = [("2026/schedule", Indeterminate, "the year changed")];
    check(&moved, procedure, 0, &open);
    let mut inventory = year(|_| {});
    inventory.add_conflict(Source::SystemsInventory, "orders");
    check(
        &inventory,
        procedure,
        3,
        &[("2026/orders", Indeterminate, "contradict each other")],
    );
    for source in [Source::ExerciseSchedule, Source::SystemsInventory] {
        let mut world = year(|_| {});
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
    }
    let mut roster = year(|_| {});
    roster.unprove(Source::RoleRoster, span("2026-07-10T23:59", "2026-07-11"));
    assert_eq!(roster.run(procedure).counts().get(State::Supported), 3);
}

#[test]
fn the_version_that_was_approved_last_is_in_force_and_not_one_of_tomorrow() {
    let second = |approved: &'static str| {
        let mut world = year(|_| {});
        let mut next = world.records.exercise_schedules[0].value.clone();
        (next.version, next.approved_at) = ("2".to_owned(), Some(at(approved)));
        for item in &mut next.items {
            item.systems = vec!["ledger".parse().expect("a system")];
        }
        world.add_schedule(next);
        let finding = world.run(procedure);
        let mut items = finding.items().iter();
        items
            .find(|item| item.id() == "2026/orders")
            .map(|item| item.state())
    };
    assert_eq!(second("2026-01-06"), Some(Exception));
    assert_eq!(second("2026-01-04"), Some(State::Supported));
    assert_eq!(second("2026-07-11"), Some(State::Supported));
}

#[test]
fn a_schedule_whose_year_is_disputed_may_be_of_this_one() {
    let disputed = |source: Source, id: &str, difference: &str| {
        let mut world = year(|_| {});
        let mut other = world.records.exercise_schedules[0].value.clone();
        (other.id, other.year) = ("SCH-2025".to_owned(), 2025);
        world.add_schedule(other);
        world.add_conflict(Source::ExerciseSchedule, "another");
        world.add_conflict(Source::ExerciseSchedule, "SCH-2025 1");
        world.records.conflicts[1].difference = difference.to_owned();
        let (conflict, mut moved) = (
            world.records.conflicts[1].clone(),
            world.records.conflicts[1].clone(),
        );
        (moved.source, moved.id) = (source, id.to_owned());
        world.records.conflicts = vec![world.records.conflicts[0].clone(), moved];
        if id != conflict.id || source != conflict.source {
            let difference = "the items changed".to_owned();
            world.records.conflicts.push(crate::model::records::Conflict {
                difference,
                ..conflict
            });
        }
        let finding = world.run(procedure);
        finding.items().iter().any(|item| item.id() == "2026/schedule")
    };
    let year = "the year changed";
    assert!(disputed(Source::ExerciseSchedule, "SCH-2025 1", year));
    assert!(!disputed(
        Source::ExerciseSchedule,
        "SCH-2025 1",
        "the items changed"
    ));
    assert!(!disputed(Source::ExerciseSchedule, "SCH-2024 1", year));
    assert!(!disputed(Source::Exercises, "SCH-2025 1", year));
}

#[test]
fn a_system_onboarded_with_the_last_moment_judged_was_in_use() {
    let onboarded = |when: &str| {
        let mut world = year(|_| {});
        let mut late = system("late");
        late.onboarded = Some(at(when));
        world.add_system(late);
        let finding = world.run(procedure);
        finding.items().iter().any(|item| item.id() == "2026/late")
    };
    assert!(onboarded("2026-07-10T23:59:59.999Z") && !onboarded("2026-07-11"));
}

#[test]
fn a_system_that_came_before_the_last_schedule_was_approved_has_to_be_in_it() {
    let other = |schedule: &mut ExerciseSchedule| {
        for item in &mut schedule.items {
            item.systems = vec!["ledger".parse().expect("a system")];
        }
    };
    let since = |day: &str| {
        let mut world = year(other);
        world.change_system(|system| system.onboarded = Some(at(day)));
        let mut second = world.records.exercise_schedules[0].value.clone();
        (second.id, second.approved_at) = ("SCH-B".to_owned(), Some(at("2026-05-01")));
        world.add_schedule(second);
        let finding = world.run(procedure);
        let item = finding.items().iter().find(|item| item.id() == "2026/orders");
        item.expect("the system").state()
    };
    assert_eq!(since("2026-05-01"), Exception);
    assert_eq!(since("2026-05-01T00:00:01Z"), Indeterminate);
}
