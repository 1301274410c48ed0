//! CT-22: dates to the day, new dates and their approvals, links, and its test vector.

use super::scheduled_exercises as procedure;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_rehearsals::{exercise, planned, schedule};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::records::governance::{Exercise, ExerciseKind::*, PlannedExercise};
use crate::model::source::Source;

/// A schedule with the one item `TT-1` of 5 July as `change` leaves it.
fn scheduled(change: impl Fn(&mut PlannedExercise)) -> World {
    let mut world = World::new();
    let mut item = planned("TT-1", "2026-07-05");
    change(&mut item);
    world.add_schedule(schedule("1", vec![item]));
    world
}

/// Moves an item to another day, approved at an instant.
fn moved(to: &'static str, approved: &'static str) -> impl Fn(&mut PlannedExercise) {
    move |item| {
        item.rescheduled_to = Some(to.parse().expect("a day"));
        item.reschedule_approved_by = Some("p-001".to_owned());
        item.reschedule_approved_at = Some(at(approved));
    }
}

/// Adds an exercise that names `TT-1`.
fn hold(world: &mut World, held: &str, change: impl Fn(&mut Exercise)) {
    let mut exercise = exercise("EX-1", Tabletop, held);
    exercise.planned = Some("TT-1".to_owned());
    change(&mut exercise);
    world.add_exercise(exercise);
}

fn held(change: impl Fn(&mut PlannedExercise), held: &str) -> World {
    let mut world = scheduled(change);
    hold(&mut world, held, |_| {});
    world
}

#[track_caller]
fn is(world: &World, state: State, words: &str) {
    check(world, procedure, 0, &[("TT-1", state, words)]);
}

#[test]
fn held_by_the_planned_day_is_supported_and_a_day_later_is_an_exception() {
    check(&held(|_| {}, "2026-07-05T23:59"), procedure, 1, &[]);
    check(&held(|_| {}, "2026-07-01T00:00"), procedure, 1, &[]);
    check(&held(|_| {}, "2026-06-20T10:00"), procedure, 1, &[]);
    let late = held(|_| {}, "2026-07-06T00:00");
    is(
        &late,
        Exception,
        "due by 2026-07-05; exercise EX-1 was held on 2026-07-06",
    );
    let mut slip = held(|_| {}, "2026-07-06T00:00");
    slip.criteria.schedule_slip_max_days = 1;
    check(&slip, procedure, 1, &[]);
}

#[test]
fn an_earlier_one_is_not_closed_by_a_record_that_was_withdrawn() {
    let mut world = scheduled(|item| item.planned = "2026-06-20".parse().expect("a day"));
    hold(&mut world, "2026-06-19T10:00", |_| {});
    check(&world, procedure, 0, &[("population", NoOccurrence, "")]);
    world.records.exercises[0].stands = false;
    is(&world, Indeterminate, "does not hold EX-1 as it was read last");
}

#[test]
fn days_are_those_of_the_policy() {
    let mut world = World::over("2026-07-01..2026-07-11", chrono_tz::Tz::America__Los_Angeles);
    world.add_schedule(schedule("1", vec![planned("TT-1", "2026-07-05")]));
    hold(&mut world, "2026-07-06T06:59", |_| {});
    check(&world, procedure, 1, &[]);
}

#[test]
fn what_nobody_held_is_an_exception_only_where_both_registers_are_proven() {
    let mut world = scheduled(|_| {});
    is(
        &world,
        Exception,
        "no record says that the tabletop exercise was held",
    );
    world.unprove(Source::Exercises, span("2026-07-10T23:59", "2026-07-11"));
    is(&world, Indeterminate, "exercises compliance global is not proven");
}

#[test]
fn a_new_date_counts_when_it_was_approved_on_an_earlier_day() {
    let new_date = moved("2026-07-08", "2026-07-04T23:59");
    check(&held(&new_date, "2026-07-08T10:00"), procedure, 1, &[]);
    is(
        &held(&new_date, "2026-07-09T10:00"),
        Exception,
        "due by 2026-07-08; exercise EX-1 was held on 2026-07-09",
    );
    is(&scheduled(&new_date), Exception, "due by 2026-07-08; no record");
    // The vector: approval dated after the planned date. The planned day itself is not before it either.
    for approved in ["2026-07-06T09:00", "2026-07-05T00:00"] {
        let after = moved("2026-07-08", approved);
        is(
            &held(&after, "2026-07-08T10:00"),
            Exception,
            "after the fact; exercise EX-1 was held on 2026-07-08",
        );
        is(&scheduled(&after), Exception, "after the fact; no record");
        check(&held(&after, "2026-07-05T10:00"), procedure, 1, &[]);
    }
}

#[test]
fn a_new_date_without_approver_or_date_is_indeterminate() {
    let changes: [fn(&mut PlannedExercise); 3] = [
        |item| item.reschedule_approved_by = None,
        |item| item.reschedule_approved_by = Some(" ".to_owned()),
        |item| item.reschedule_approved_at = None,
    ];
    for change in changes {
        let unclear = |item: &mut PlannedExercise| {
            moved("2026-07-08", "2026-07-01T09:00")(item);
            change(item);
        };
        is(
            &held(unclear, "2026-07-08T10:00"),
            Indeterminate,
            "without an approver and a date of approval",
        );
    }
}

#[test]
fn what_was_moved_beyond_the_period_in_time_is_not_applicable_yet() {
    let beyond = moved("2026-07-20", "2026-07-01T09:00");
    is(
        &scheduled(&beyond),
        NotApplicable,
        "rescheduled to 2026-07-20, not due yet on 2026-07-10",
    );
    is(
        &scheduled(moved("2026-07-20", "2026-07-05T09:00")),
        Exception,
        "after the fact",
    );
    let to_the_last_day = moved("2026-07-10", "2026-07-01T09:00");
    is(
        &scheduled(&to_the_last_day),
        Exception,
        "due by 2026-07-10; no record",
    );
}

#[test]
fn only_a_completed_exercise_of_the_kind_fills_the_item() {
    let mut world = scheduled(|_| {});
    hold(&mut world, "2026-07-05T10:00", |exercise| {
        exercise.completed = false
    });
    is(
        &world,
        Exception,
        "exercise EX-1 of 2026-07-05 is recorded as not completed",
    );
    let mut world = scheduled(|item| item.kind = Technical);
    hold(&mut world, "2026-07-05T10:00", |_| {});
    is(&world, Exception, "was a tabletop exercise");
    let mut world = scheduled(|_| {});
    hold(&mut world, "2026-07-05T10:00", |exercise| {
        exercise.kind = Technical
    });
    check(&world, procedure, 1, &[]);
}

#[test]
fn an_exercise_without_a_planned_id_never_fills_one_but_may_have_been_it() {
    let unlinked = |change: fn(&mut Exercise)| {
        let mut world = scheduled(|_| {});
        hold(&mut world, "2026-07-05T10:00", |exercise| {
            exercise.planned = None;
            change(exercise);
        });
        world
    };
    is(
        &unlinked(|_| {}),
        Indeterminate,
        "exercise EX-1 names no planned exercise and may be this one",
    );
    is(
        &unlinked(|exercise| exercise.systems.clear()),
        Indeterminate,
        "may be this one",
    );
    let more = |exercise: &mut Exercise| exercise.systems.push("ledger".parse().expect("a system"));
    is(&unlinked(more), Indeterminate, "may be this one");
    let others: [fn(&mut Exercise); 5] = [
        |exercise| exercise.systems = vec!["ledger".parse().expect("a system")],
        |exercise| exercise.held = at("2026-07-06T00:00"),
        |exercise| exercise.held = at("2025-12-31T10:00"),
        |exercise| exercise.completed = false,
        |exercise| exercise.planned = Some("TT-9".to_owned()),
    ];
    for change in others {
        is(&unlinked(change), Exception, "no record says");
    }
    let finding = unlinked(|_| {}).run(procedure);
    assert!(
        finding.observations()[0]
            .text
            .contains("carries no planned id: unplanned")
    );
}

#[test]
fn an_exercise_without_a_report_is_indeterminate() {
    for report in [None, Some(" ".to_owned())] {
        let mut world = scheduled(|_| {});
        hold(&mut world, "2026-07-05T10:00", |exercise| {
            exercise.report = report.clone()
        });
        is(&world, Indeterminate, "names no report");
    }
}

#[test]
fn the_population_is_due_in_the_period_or_open_when_it_began() {
    let nothing = [("population", NoOccurrence, "no exercise was planned")];
    let on = |day: &'static str| move |item: &mut PlannedExercise| item.planned = day.parse().expect("a day");
    check(
        &held(on("2026-06-20"), "2026-06-25T10:00"),
        procedure,
        0,
        &nothing,
    );
    check(&scheduled(on("2026-07-11")), procedure, 0, &nothing);
    is(
        &scheduled(on("2026-06-20")),
        Exception,
        "due by 2026-06-20; no record",
    );
    is(
        &scheduled(on("2026-07-10")),
        Exception,
        "due by 2026-07-10; no record",
    );
    is(
        &held(on("2026-06-20"), "2026-07-02T10:00"),
        Exception,
        "was held on 2026-07-02",
    );
    is(
        &held(on("2026-06-20"), "2026-07-01T00:00"),
        Exception,
        "was held on 2026-07-01",
    );
    let into = |item: &mut PlannedExercise| {
        on("2026-06-20")(item);
        moved("2026-07-02", "2026-06-10T09:00")(item);
    };
    check(&held(into, "2026-07-02T10:00"), procedure, 1, &[]);
    check(&held(into, "2026-06-25T10:00"), procedure, 1, &[]);
    check(&World::new(), procedure, 0, &nothing);
    let mut world = World::new();
    world.unprove_all(Source::ExerciseSchedule);
    assert_eq!(world.run(procedure).state(), Indeterminate);
}

#[test]
fn versions_of_a_schedule_that_disagree_are_indeterminate() {
    let mut world = held(|_| {}, "2026-07-05T10:00");
    world.add_schedule(schedule("2", vec![planned("TT-1", "2026-07-05")]));
    check(&world, procedure, 1, &[]);
    world.add_schedule(schedule("3", vec![planned("TT-1", "2026-07-09")]));
    is(
        &world,
        Indeterminate,
        "schedules SCH-2026 1 and SCH-2026 3 plan it differently",
    );
    // A version approved at the as-of instant or later is no fact yet.
    world.records.exercise_schedules[2].value.approved_at = Some(at("2026-07-11"));
    check(&world, procedure, 1, &[]);
}

#[test]
fn what_only_a_schedule_of_after_the_period_plans_is_indeterminate() {
    for (as_of, approved) in [
        ("2026-07-11", "2026-07-11"),
        ("2026-07-11T04:00", "2026-07-11T01:00"),
    ] {
        let mut world = scheduled(|_| {});
        world.scope.as_of = at(as_of);
        world.records.exercise_schedules[0].value.approved_at = Some(at(approved));
        is(
            &world,
            Indeterminate,
            "which alone plans it, was approved only at 2026-07-11",
        );
        hold(&mut world, "2026-07-05T10:00", |_| {});
        is(
            &world,
            Indeterminate,
            "which alone plans it, was approved only at 2026-07-11",
        );
        // The version that was in force decides, whatever a later one plans.
        world.add_schedule(schedule("0", vec![planned("TT-1", "2026-07-04")]));
        is(&world, Exception, "planned for 2026-07-04");
    }
}

#[test]
fn disputes_and_dates_of_the_future_decide_nothing() {
    for (source, id) in [
        (Source::ExerciseSchedule, "SCH-2026 1"),
        (Source::Exercises, "EX-1"),
    ] {
        let mut world = held(|_| {}, "2026-07-05T10:00");
        world.add_conflict(source, id);
        let words = "contradict each other";
        match source {
            Source::Exercises => is(&world, Indeterminate, words),
            // By another revision it may plan what the last one does not hold.
            _ => {
                let schedule = ("schedule/SCH-2026 1", Indeterminate, words);
                check(&world, procedure, 0, &[("TT-1", Indeterminate, words), schedule]);
            }
        }
        let mut world = held(|_| {}, "2026-07-05T10:00");
        world.add_misfit(source, Some("SCH-9"));
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0);
    }
    let mut world = held(|_| {}, "2026-07-05T10:00");
    world.records.exercises[0].last_seen = at("2026-07-05T09:54:59Z");
    is(&world, Indeterminate, "after the answer that holds it");
    is(&held(|_| {}, "2026-07-11T01:00"), Exception, "no record says");
}

#[test]
fn nothing_is_supported_without_both_registers() {
    for source in [Source::Exercises, Source::ExerciseSchedule] {
        let mut world = held(|_| {}, "2026-07-05T10:00");
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        let finding = world.run(procedure);
        assert_eq!(
            (finding.state(), finding.counts().get(State::Supported)),
            (Indeterminate, 0),
            "{source}"
        );
    }
}

#[test]
fn what_is_not_due_yet_is_only_observed() {
    let mut world = scheduled(|item| item.planned = "2026-07-10".parse().expect("a day"));
    world.criteria.schedule_slip_max_days = 1;
    let finding = check(
        &world,
        procedure,
        0,
        &[("population", NoOccurrence, "no exercise was planned")],
    );
    assert!(
        finding.observations()[0]
            .text
            .contains("due by 2026-07-11: not judged yet")
    );
    let into_the_last_day = scheduled(|item| item.planned = "2026-07-10".parse().expect("a day"));
    is(&into_the_last_day, Exception, "no record says");
}

#[test]
fn an_item_is_of_the_period_while_its_planned_or_its_new_day_is() {
    let moved_from = |planned: &'static str, to: &'static str| {
        move |item: &mut PlannedExercise| {
            moved(to, "2026-06-01")(item);
            item.planned = planned.parse().expect("a day");
        }
    };
    let of_it = held(moved_from("2026-06-20", "2026-07-01"), "2026-06-25T10:00");
    check(&of_it, procedure, 1, &[]);
    let planned_for_the_first_day = held(moved_from("2026-07-01", "2026-06-25"), "2026-06-24T10:00");
    check(&planned_for_the_first_day, procedure, 1, &[]);
}

#[test]
fn only_exercises_of_the_period_that_fill_no_item_are_called_unplanned() {
    let told = |when: &str, planned: Option<&str>| {
        let mut world = scheduled(|_| {});
        hold(&mut world, when, |exercise| {
            exercise.planned = planned.map(str::to_owned)
        });
        let finding = world.run(procedure);
        finding
            .observations()
            .iter()
            .any(|seen| seen.text.ends_with("unplanned"))
    };
    assert!(told("2026-07-03T10:00", None) && told("2026-07-03T10:00", Some("TT-9")));
    assert!(!told("2026-07-03T10:00", Some("TT-1")));
    assert!(!told("2026-06-30T10:00", None) && !told("2026-07-11T10:00", None));
}
