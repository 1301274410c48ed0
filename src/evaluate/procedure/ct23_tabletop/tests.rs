//! CT-23: the age rule with its test vectors, what a record has to show, and who is in the population.

use super::tabletop as procedure;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_rehearsals::exercise;
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::records::governance::{Ephi, Exercise, ExerciseKind::*, Hosting, System, SystemClass};
use crate::model::source::Source;

/// A change to an exercise, and the words that it causes.
type Flaw = (fn(&mut Exercise), &'static str);

/// `orders` with tabletop exercises held on these days at noon.
fn held(days: &[&str]) -> World {
    held_over("2026-07-01..2026-07-11", days)
}

fn held_over(period: &str, days: &[&str]) -> World {
    let mut world = World::over(period, chrono_tz::Tz::UTC);
    world.add_system(system("orders"));
    for (n, day) in days.iter().enumerate() {
        world.add_exercise(exercise(&format!("EX-{n}"), Tabletop, &format!("{day}T12:00")));
    }
    world
}

#[track_caller]
fn is(world: &World, state: State, words: &str) {
    check(world, procedure, 0, &[("orders", state, words)]);
}

#[test]
fn the_vectors() {
    let in_2028 = "2028-02-01..2028-03-31";
    check(
        &held_over(in_2028, &["2027-03-01", "2028-02-29"]),
        procedure,
        1,
        &[],
    );
    is(
        &held_over(in_2028, &["2027-03-01", "2028-03-01"]),
        Exception,
        "366 days lie between 2027-03-01 and 2028-03-01",
    );
    check(
        &held_over("2027-01-01..2027-04-01", &["2026-03-01", "2027-03-01"]),
        procedure,
        1,
        &[],
    );
}

#[test]
fn the_age_at_the_end_counts_as_dates() {
    check(&held(&["2025-07-10"]), procedure, 1, &[]);
    is(
        &held(&["2025-07-09"]),
        Exception,
        "the newest is of 2025-07-09: 366 days old on 2026-07-10",
    );
}

#[test]
fn dates_are_those_of_the_policy_s_zone() {
    let zone = chrono_tz::Tz::America__Los_Angeles;
    let mut world = World::over("2026-07-01..2026-07-11", zone);
    world.add_system(system("orders"));
    world.add_exercise(exercise("EX-1", Tabletop, "2025-07-10T06:59"));
    is(&world, Exception, "the newest is of 2025-07-09");
    world.records.exercises[0].value.held = at("2025-07-10T07:00");
    check(&world, procedure, 1, &[]);
}

#[test]
fn without_an_earlier_exercise_the_first_gap_is_open_unless_it_was_not_due() {
    let mut world = held(&["2026-07-05"]);
    is(&world, Indeterminate, "none before 2026-07-05 is on record");
    world.records.systems[0].value.onboarded = Some(at("2025-07-05T23:00"));
    check(&world, procedure, 1, &[]);
    world.records.systems[0].value.onboarded = None;
    is(&world, Indeterminate, "none before 2026-07-05");
}

#[test]
fn a_system_never_rehearsed_is_an_exception_once_it_was_due() {
    let mut world = held(&[]);
    is(&world, Exception, "none is on record, 555 days after 2025-01-01");
    world.records.systems[0].value.onboarded = None;
    is(&world, Indeterminate, "since when it is due is not known");
    world.records.systems[0].value.onboarded = Some(at("2025-07-10T01:00"));
    is(
        &world,
        NotApplicable,
        "in use since 2025-07-10 by the inventory: the first exercise is due by 2026-07-10",
    );
    world.records.systems[0].value.approved_by = None;
    is(&world, Indeterminate, "nobody approved");
    world.records.systems[0].value.onboarded = Some(at("2025-07-09T01:00"));
    world.unprove(Source::Exercises, span("2026-07-10T23:59", "2026-07-11"));
    is(&world, Indeterminate, "not proven");
}

#[test]
fn a_record_has_to_show_what_was_rehearsed() {
    let lacking: [Flaw; 8] = [
        (|exercise| exercise.scenario = None, "no scenario"),
        (|exercise| exercise.scenario = Some(" ".to_owned()), "no scenario"),
        (
            |exercise| exercise.walked_notification = None,
            "no walk-through of notification",
        ),
        (
            |exercise| exercise.walked_activation = None,
            "no walk-through of activation",
        ),
        (|exercise| exercise.timing = None, "no timing"),
        (|exercise| exercise.result = None, "no result"),
        (|exercise| exercise.report = None, "no report"),
        (|exercise| exercise.systems.clear(), "names no system in scope"),
    ];
    for (change, words) in lacking {
        let mut world = held(&["2026-01-10"]);
        change(&mut world.records.exercises[0].value);
        is(&world, Indeterminate, words);
        // Where a sound one suffices, the doubtful one decides nothing.
        world.add_exercise(exercise("EX-9", Tabletop, "2026-01-11T12:00"));
        check(&world, procedure, 1, &[]);
    }
    let left_out: [fn(&mut Exercise); 2] = [
        |exercise| exercise.walked_notification = Some(false),
        |exercise| exercise.walked_activation = Some(false),
    ];
    for change in left_out {
        let mut world = held(&["2026-01-10"]);
        change(&mut world.records.exercises[0].value);
        is(&world, Exception, "none is on record");
    }
}

#[test]
fn a_technical_test_naming_the_system_serves_and_one_of_others_does_not() {
    let mut world = held(&["2026-01-10"]);
    world.records.exercises[0].value.kind = Technical;
    check(&world, procedure, 1, &[]);
    world.records.exercises[0].value.systems = vec!["ledger".parse().expect("a system")];
    is(&world, Exception, "none is on record");
}

#[test]
fn a_newest_exercise_that_was_not_completed_is_an_exception() {
    let mut world = held(&["2026-01-10", "2026-07-05"]);
    world.records.exercises[1].value.completed = false;
    is(
        &world,
        Exception,
        "the newest exercise, EX-1 of 2026-07-05, is recorded as not completed",
    );
    world.add_exercise(exercise("EX-2", Tabletop, "2026-07-06T12:00"));
    check(&world, procedure, 1, &[]);
    // Before the period it only does not count.
    let mut world = held(&["2026-01-10", "2026-06-30"]);
    world.records.exercises[1].value.completed = false;
    check(&world, procedure, 1, &[]);
    world.records.exercises[0].value.completed = false;
    is(&world, Exception, "none is on record");
}

#[test]
fn the_population_is_of_systems_in_aws_and_atlas() {
    let kept: [fn(&mut System); 5] = [
        |row| row.critical = false,
        |row| row.ephi = Ephi::Unknown,
        |row| row.hosting = Hosting::Atlas,
        |row| row.class = SystemClass::Other,
        |row| (row.class, row.decommissioned) = (SystemClass::Other, Some(at("2026-07-05"))),
    ];
    for change in kept {
        let mut world = held(&["2026-01-10"]);
        change(&mut world.records.systems[0].value);
        check(&world, procedure, 1, &[]);
    }
    let out: [fn(&mut System); 5] = [
        |row| (row.onboarded, row.decommissioned) = (Some(at("2026-07-12")), Some(at("2026-07-15"))),
        |row| row.hosting = Hosting::Saas,
        |row| row.hosting = Hosting::Device,
        |row| row.onboarded = Some(at("2026-07-11")),
        |row| row.decommissioned = Some(at("2026-07-01")),
    ];
    for change in out {
        let mut world = held(&["2026-01-10"]);
        change(&mut world.records.systems[0].value);
        check(
            &world,
            procedure,
            0,
            &[("population", NoOccurrence, "no application system")],
        );
    }
    check(
        &World::new(),
        procedure,
        0,
        &[("inventory", Indeterminate, "holds no system")],
    );
}

#[test]
fn a_critical_class_is_judged_until_its_decommissioning() {
    let mut world = held(&["2025-07-04"]);
    world.records.systems[0].value.decommissioned = Some(at("2026-07-05"));
    check(&world, procedure, 1, &[]);
    world.records.systems[0].value.decommissioned = Some(at("2026-07-05T00:00:00.001Z"));
    is(&world, Exception, "366 days old on 2026-07-05");
    let mut world = held(&["2025-07-09"]);
    world.records.systems[0].value.decommissioned = Some(at("2026-07-10T23:59:59.999Z"));
    is(&world, Exception, "366 days old on 2026-07-10");
}

#[test]
fn disputes_and_dates_of_the_future_decide_nothing() {
    for (source, id) in [(Source::Exercises, "EX-0"), (Source::SystemsInventory, "orders")] {
        let mut world = held(&["2026-01-10"]);
        world.add_conflict(source, id);
        is(&world, Indeterminate, "contradict each other");
    }
    // Another revision may be of these days, of this system, or show the walk-through.
    let moved = |change: fn(&mut Exercise), about: bool| {
        let mut world = held(&["2026-01-10", "2026-02-10"]);
        change(&mut world.records.exercises[1].value);
        check(&world, procedure, 1, &[]);
        world.add_conflict(Source::Exercises, "EX-1");
        world.records.conflicts[0].moved.about = about;
        is(&world, Indeterminate, "contradict each other");
    };
    moved(|exercise| exercise.held = at("2026-07-11T01:00"), false);
    moved(
        |exercise| exercise.systems = vec!["portal".parse().expect("a system")],
        true,
    );
    moved(|exercise| exercise.walked_activation = Some(false), false);
    let mut elsewhere = held(&["2026-01-10", "2026-02-10"]);
    elsewhere.records.exercises[1].value.systems = vec!["portal".parse().expect("a system")];
    elsewhere.add_conflict(Source::Exercises, "EX-1");
    check(&elsewhere, procedure, 1, &[]);
    let mut world = held(&["2026-01-10"]);
    world.records.exercises[0].last_seen = at("2026-01-10T11:54:59Z");
    is(&world, Indeterminate, "after the answer that holds it");
    let mut world = held(&["2026-01-10"]);
    world.add_exercise(exercise("EX-9", Tabletop, "2026-07-11T00:00"));
    let finding = check(&world, procedure, 1, &[]);
    assert!(
        finding
            .observations()
            .iter()
            .any(|said| said.text.starts_with("EX-9 is dated"))
    );
}

#[test]
fn nothing_is_supported_without_both_registers_or_with_an_unreadable_record() {
    for source in [Source::Exercises, Source::SystemsInventory] {
        let mut world = held(&["2026-01-10"]);
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
        let mut world = held(&["2026-01-10"]);
        world.add_misfit(source, None);
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
        let mut world = held(&["2026-01-10"]);
        world.unprove(source, span("2026-07-01", "2026-07-10"));
        check(&world, procedure, 1, &[]);
    }
}
