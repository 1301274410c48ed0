//! CT-25: required roles by the roster of the day, the window, and what leaves attendance open.

use super::attendance as procedure;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_governance::holder;
use crate::evaluate::testing_rehearsals::exercise;
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence};
use crate::model::records::governance::{Exercise, ExerciseKind};
use crate::model::source::Source;

const PEOPLE: [(&str, &str, &str); 7] = [
    ("p-001", "CTO", "Executive"),
    ("p-002", "Security Officer", "Compliance"),
    ("p-003", "CEO", "Executive"),
    ("p-005", "DevOps Lead", "DevOps"),
    ("p-008", "Web Services Lead", "Web Services"),
    ("p-010", "Engineer", "InfoSec"),
    ("p-011", "Compliance Lead", "Compliance"),
];

/// A technical test of 5 July with the CTO, DevOps, Web Services, InfoSec and the Security Officer.
fn technical(change: impl Fn(&mut Exercise)) -> World {
    let mut world = World::new();
    for (person, role, team) in PEOPLE {
        world.add_holder(holder(person, role, team));
    }
    let mut exercise = exercise("EX-1", ExerciseKind::Technical, "2026-07-05T10:00");
    let there = ["p-001", "p-002", "p-005", "p-008", "p-010"];
    exercise.participants = there.map(|person| (person.to_owned(), String::new())).into();
    change(&mut exercise);
    world.add_exercise(exercise);
    world
}

/// The same without one participant.
fn without(person: &'static str) -> World {
    technical(move |exercise| exercise.participants.retain(|(there, _)| there != person))
}

#[track_caller]
fn role_is(world: &World, role: &str, state: State, words: &str) {
    check(world, procedure, 4, &[(&format!("EX-1/{role}"), state, words)]);
}

#[test]
fn an_exercise_with_everybody_is_supported() {
    let finding = check(&technical(|_| {}), procedure, 5, &[]);
    let texts: Vec<_> = finding.observations().iter().map(|one| &*one.text).collect();
    assert_eq!(
        texts,
        [
            "5 of 6 persons with a role in the plan took part in an exercise from 2025-07-10 to 2026-07-10; not: p-003"
        ]
    );
}

#[test]
fn each_required_role_is_missed() {
    role_is(
        &without("p-001"),
        "authority",
        Exception,
        "nobody of the CTO or a successor took part on 2026-07-05",
    );
    role_is(&without("p-005"), "ops", Exception, "nobody of Ops or DevOps");
    role_is(
        &without("p-008"),
        "web-services",
        Exception,
        "nobody of Web Services",
    );
    role_is(&without("p-010"), "infosec", Exception, "nobody of InfoSec");
    let finding = check(&without("p-002"), procedure, 5, &[]);
    assert!(finding.observations()[0].text.contains("recommended"));
}

#[test]
fn a_tabletop_needs_no_infosec_and_speaks_about_notification() {
    let mut world = without("p-010");
    world.records.exercises[0].value.kind = ExerciseKind::Tabletop;
    let finding = check(&world, procedure, 4, &[]);
    let about: Vec<_> = finding
        .items()
        .iter()
        .map(|item| (item.id(), item.statements().len()))
        .collect();
    let expected = [
        ("EX-1/authority", 3),
        ("EX-1/ops", 3),
        ("EX-1/web-services", 3),
        ("coordination/external", 1),
    ];
    assert_eq!(about, expected);
    let technical = technical(|_| {}).run(procedure);
    assert_eq!(technical.items()[0].statements().len(), 2);
}

#[test]
fn a_successor_stands_in_for_the_cto() {
    let ceo = technical(|exercise| exercise.participants[0].0 = "p-003".to_owned());
    check(&ceo, procedure, 5, &[]);
    let lead = technical(|exercise| exercise.participants[0].0 = "p-011".to_owned());
    role_is(&lead, "authority", Exception, "nobody of the CTO");
}

#[test]
fn the_roster_of_the_day_decides_and_not_the_record() {
    let claimed = technical(|exercise| {
        exercise.participants[0] = ("p-011".to_owned(), "CTO".to_owned());
    });
    role_is(&claimed, "authority", Exception, "nobody of the CTO");
    let mut left = technical(|_| {});
    left.records.roster[4].value.to = Some("2026-07-04".parse().expect("a day"));
    role_is(
        &left,
        "web-services",
        Indeterminate,
        "does not have p-008 on 2026-07-05",
    );
    left.records.roster[4].value.to = Some("2026-07-05".parse().expect("a day"));
    check(&left, procedure, 5, &[]);
}

#[test]
fn names_that_the_roster_lacks_leave_the_missing_role_open() {
    let stranger = technical(|exercise| exercise.participants[2].0 = "somebody".to_owned());
    role_is(&stranger, "ops", Indeterminate, "the roster has no somebody");
    let beside = technical(|exercise| {
        exercise
            .participants
            .push(("somebody".to_owned(), "guest".to_owned()));
    });
    check(&beside, procedure, 5, &[]);
    // One name a team, until management has said which others mean it.
    for name in ["SRE", "Ops", "Ops Team", "Dev Ops"] {
        let mut other = technical(|_| {});
        other.records.roster[3].value.team = Some(name.to_owned());
        let words = format!("DevOps Lead in {name}, which does not settle it");
        role_is(&other, "ops", Indeterminate, &words);
        other.criteria.team_aliases = Some(vec![name.to_owned()]);
        check(&other, procedure, 5, &[]);
    }
    let mut another = technical(|_| {});
    another.records.roster[3].value.team = Some("Ops".to_owned());
    another.criteria.team_aliases = Some(vec!["SRE".to_owned()]);
    role_is(&another, "ops", Exception, "nobody of Ops or DevOps");
}

#[test]
fn who_only_led_the_exercise_leaves_it_open() {
    let mut led = without("p-001");
    led.records.exercises[0].value.facilitator = "p-001".to_owned();
    role_is(&led, "authority", Indeterminate, "p-001 only led the exercise");
    led.records.exercises[0].value.facilitator = "p-011".to_owned();
    role_is(&led, "authority", Exception, "nobody of the CTO");
}

#[test]
fn an_empty_list_says_nothing() {
    let empty = technical(|exercise| exercise.participants.clear());
    let items = [("EX-1/attendance", Indeterminate, "names no participant")];
    check(&empty, procedure, 1, &items);
}

#[test]
fn outside_parties_are_contacted_in_one_exercise_at_least() {
    for tasks in [None, Some(Vec::new()), Some(vec!["update_dns".to_owned()])] {
        let world = technical(move |exercise| exercise.tasks = tasks.clone());
        let open = [(
            "coordination/external",
            Indeterminate,
            "no record of an exercise shows",
        )];
        check(&world, procedure, 4, &open);
    }
    let mut two = technical(|exercise| exercise.tasks = None);
    let mut second = two.records.exercises[0].value.clone();
    second.id = "EX-2".to_owned();
    second.tasks = Some(vec!["contact_partners_and_customers".to_owned()]);
    two.add_exercise(second);
    check(&two, procedure, 9, &[]);
}

#[test]
fn exercises_of_the_year_before_count() {
    let held = |when: &'static str| technical(move |exercise| exercise.held = at(when));
    check(&held("2025-07-01T00:00"), procedure, 5, &[]);
    let nothing = [("population", NoOccurrence, "")];
    check(&held("2025-06-30T23:59"), procedure, 0, &nothing);
    check(&held("2026-07-10T23:59"), procedure, 5, &[]);
    check(&held("2026-07-11T00:00"), procedure, 0, &nothing);
    let cancelled = technical(|exercise| exercise.completed = false);
    check(&cancelled, procedure, 0, &nothing);
    let mut ahead = technical(|_| {});
    ahead.records.exercises[0].last_seen = at("2026-07-05T09:54");
    let items = [("EX-1/attendance", Indeterminate, "after the answer that holds it")];
    check(&ahead, procedure, 0, &items);
}

#[test]
fn disputes_and_missing_registers_support_nothing() {
    let mut disputed = technical(|exercise| exercise.completed = false);
    disputed.add_conflict(Source::Exercises, "EX-1");
    let items = [("EX-1/attendance", Indeterminate, "contradict each other")];
    check(&disputed, procedure, 0, &items);
    disputed.records.exercises[0].value.held = at("2025-06-30T10:00");
    check(&disputed, procedure, 0, &items);
    for (source, left) in [(Source::Exercises, 0), (Source::RoleRoster, 1)] {
        let mut world = technical(|_| {});
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(
            world.run(procedure).counts().get(State::Supported),
            left,
            "{source}"
        );
    }
    let mut unproven = without("p-001");
    unproven.unprove(Source::RoleRoster, span("2026-07-10T23:59", "2026-07-11"));
    assert_eq!(unproven.run(procedure).counts().get(Exception), 0);
}

#[test]
fn an_exercise_of_the_first_day_of_the_year_judged_counts_as_taken_part_in() {
    let told = |held: &'static str| {
        let finding = technical(|exercise| exercise.held = at(held)).run(procedure);
        let mut texts = finding.observations().iter().map(|seen| seen.text.clone());
        texts.find(|text| text.contains("took part in an exercise from 2025-07-10"))
    };
    assert!(told("2025-07-10T00:00").is_some_and(|text| text.starts_with("5 of 6")));
    assert!(told("2025-07-09T23:59").is_some_and(|text| text.starts_with("0 of 6")));
}

#[test]
fn who_is_of_no_team_and_holds_no_office_has_no_role_in_the_plan() {
    let mut world = technical(|_| {});
    let mut nobody = holder("p-099", "Analyst", "Compliance");
    nobody.team = None;
    world.add_holder(nobody);
    let finding = world.run(procedure);
    assert!(finding.observations()[0].text.starts_with("5 of 6 persons"));
}
