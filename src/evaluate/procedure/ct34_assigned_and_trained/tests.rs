//! The outcomes of CT-34.

use State::{Exception, Indeterminate};

use super::assigned_and_trained;
use crate::evaluate::testing::backups::{arn_of, call, check_drops, check_order, person};
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_governance::document;
use crate::model::finding::State;
use crate::model::records::governance::{Attestation, CopyOf, RoleHolder, Training};
use crate::model::source::Source;

const DEVOPS: usize = 1;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

fn course(completed: &str, expires: Option<&str>) -> Training {
    Training {
        course: "Backup and contingency".to_owned(),
        completed: day(completed),
        expires: expires.map(day),
    }
}

fn copy(what: CopyOf) -> Attestation {
    Attestation {
        what,
        document: "CP".to_owned(),
        version: "2".to_owned(),
        at: at("2026-02-01"),
    }
}

/// Somebody of a team, clean in every respect.
fn member(id: &str, role: &str, team: &str) -> RoleHolder {
    RoleHolder {
        role: role.to_owned(),
        team: Some(team.to_owned()),
        training: Some(vec![course("2026-01-10", Some("2027-01-10"))]),
        attestations: vec![copy(CopyOf::ContactList)],
        ..person(id)
    }
}

/// The CTO, who leads both teams, one member of each, and the plan; `p-004` backs up on 5 July.
fn world() -> World {
    let mut world = World::new();
    let mut cto = member("p-001", "CTO", "Executive");
    cto.leads = vec!["DevOps".to_owned(), "Web Services".to_owned()];
    cto.attestations.push(copy(CopyOf::Policy));
    world.add_holder(cto);
    world.add_holder(member("p-004", "Engineer", "DevOps"));
    world.add_holder(member("p-008", "Engineer", "Web Services"));
    world.add_document(document("CP", "2", "2026-01-01"));
    world.add_event(call("StartBackupJob", "a", "2026-07-05T10:00", "p-004"));
    world.criteria.team_aliases = Some(vec!["SRE".to_owned(), "Ops".to_owned()]);
    world
}

/// What comes of one change: items that are not supported.
#[track_caller]
fn becomes(edit: impl FnOnce(&mut World), expected: &[(&str, State, &str)]) {
    let mut world = world();
    let before = world.run(assigned_and_trained);
    edit(&mut world);
    let supported = before.counts().get(State::Supported) - expected.len() as u64;
    check(&world, assigned_and_trained, supported, expected);
}

fn devops(world: &mut World) -> &mut RoleHolder {
    &mut world.records.roster[DEVOPS].value
}

#[test]
fn assigned_and_trained_people_with_their_copies_are_supported() {
    // Four names, two leaders; training and copies of three, the CTO's policy, one duty.
    let finding = check(&world(), assigned_and_trained, 14, &[]);
    check_drops(&world(), assigned_and_trained);
    check_order(&world(), assigned_and_trained);
    let about = |id: &str| {
        let item = finding
            .items()
            .iter()
            .find(|item| item.id() == id)
            .expect("an item");
        item.statements()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(about("team/SRE/designation"), ["DM-6.3-7"]);
    assert_eq!(about("p-004/training"), ["DM-6.2-3a", "DR-13.3-1"]);
    assert_eq!(about("p-001/policy"), ["DR-13.3-2"]);
}

#[test]
fn a_team_needs_somebody_on_every_day() {
    let web = |edit: fn(&mut RoleHolder)| move |world: &mut World| edit(&mut world.records.roster[2].value);
    let id = "team/Web Services/designation";
    becomes(web(|row| row.to = Some(day("2026-07-10"))), &[]);
    becomes(
        web(|row| row.to = Some(day("2026-07-09"))),
        &[(id, Exception, "on 2026-07-10 nobody was designated")],
    );
    becomes(web(|row| row.from = day("2026-07-01")), &[]);
    becomes(
        web(|row| row.from = day("2026-07-02")),
        &[(id, Exception, "on 2026-07-01 nobody")],
    );
}

#[test]
fn a_name_that_management_has_not_resolved_stays_open() {
    becomes(
        |world| world.criteria.team_aliases = None,
        &[
            (
                "team/Ops/designation",
                Indeterminate,
                "management has not resolved",
            ),
            (
                "team/SRE/designation",
                Indeterminate,
                "management has not resolved",
            ),
        ],
    );
    let mut sre = world();
    sre.criteria.team_aliases = None;
    devops(&mut sre).team = Some("SRE".to_owned());
    check(
        &sre,
        assigned_and_trained,
        11,
        &[
            ("p-004/designation", Indeterminate, "nobody has said"),
            ("team/DevOps/designation", Indeterminate, "has not resolved"),
            ("team/Ops/designation", Indeterminate, "has not resolved"),
        ],
    );
    becomes(
        |world| world.criteria.team_aliases = Some(vec!["SRE".to_owned()]),
        &[("team/Ops/designation", Exception, "nobody was designated")],
    );
}

#[test]
fn the_cto_leads() {
    let leaders = |edit: fn(&mut World), state, words: &str| {
        let ids = ["team/DevOps/leader", "team/Web Services/leader"];
        becomes(edit, &ids.map(|id| (id, state, words)));
    };
    leaders(
        |world| world.records.roster[0].value.leads.clear(),
        Indeterminate,
        "of nobody that he leads",
    );
    let other: fn(&mut World) = |world| {
        let leads = std::mem::take(&mut world.records.roster[0].value.leads);
        devops(world).leads = leads;
    };
    leaders(other, Exception, "p-004, Engineer, leads");
    // Each team has its own leader, and who left before the last day leads none.
    becomes(
        |world| drop(world.records.roster[0].value.leads.pop()),
        &[(
            "team/Web Services/leader",
            Indeterminate,
            "of nobody that he leads",
        )],
    );
    for last in ["2026-06-30", "2026-07-09"] {
        let mut left = world();
        let mut before = member("p-009", "Engineer", "Compliance");
        before.leads = vec!["DevOps".to_owned()];
        before.to = Some(day(last));
        left.add_holder(before);
        check(&left, assigned_and_trained, 14, &[]);
    }
}

#[test]
fn a_row_of_one_day_covers_it_and_the_last_day_of_all_rows_counts_for_copies() {
    let mut relieved = world();
    relieved.records.roster[2].value.to = Some(day("2026-07-09"));
    let mut last = member("p-009", "Engineer", "Web Services");
    (last.from, last.to) = (day("2026-07-10"), Some(day("2026-07-10")));
    relieved.add_holder(last);
    // His training and his copy, too.
    check(&relieved, assigned_and_trained, 16, &[]);
    let mut moved = world();
    devops(&mut moved).to = Some(day("2026-07-05"));
    let mut second = member("p-004", "Engineer", "DevOps");
    second.from = day("2026-07-06");
    moved.add_holder(second);
    moved.add_document(document("CP", "3", "2026-07-06"));
    for row in &mut moved.records.roster {
        if row.value.person != "p-004" {
            row.value
                .attestations
                .iter_mut()
                .for_each(|copy| copy.version = "3".to_owned());
        }
    }
    let outdated = [(
        "p-004/contact-list",
        Indeterminate,
        "on 2026-07-10 the local copy",
    )];
    check(&moved, assigned_and_trained, 13, &outdated);
}

#[test]
fn training_completed_on_the_day_was_not_there_before_it() {
    becomes(
        |world| world.records.roster[2].value.training = Some(vec![course("2026-07-10", Some("2027-07-10"))]),
        &[(
            "p-008/training",
            Indeterminate,
            "he completed his training on 2026-07-10 only",
        )],
    );
}

#[test]
fn a_duty_needs_training_completed_before_and_not_expired() {
    let with = |courses: Vec<Training>| move |world: &mut World| devops(world).training = Some(courses);
    let id = "p-004/training";
    becomes(with(vec![course("2026-07-04", None)]), &[]);
    becomes(
        with(vec![course("2026-07-05", None)]),
        &[(id, Indeterminate, "which came first is not known")],
    );
    becomes(
        with(vec![course("2026-07-06", None)]),
        &[(id, Exception, "he completed his training on 2026-07-06 only")],
    );
    becomes(
        with(vec![course("2026-01-10", Some("2026-07-04"))]),
        &[(id, Exception, "expired with 2026-07-04")],
    );
    becomes(
        with(vec![course("2026-01-10", Some("2026-07-05"))]),
        &[(id, Indeterminate, "expired with 2026-07-05")],
    );
    becomes(with(vec![course("2026-01-10", Some("2026-07-10"))]), &[]);
    becomes(
        with(vec![course("2026-01-10", Some("2026-07-09"))]),
        &[(id, Indeterminate, "the policy does not say by when")],
    );
    becomes(
        with(Vec::new()),
        &[(id, Exception, "he had completed no training")],
    );
    becomes(
        |world| devops(world).training = None,
        &[(id, Indeterminate, "no record of training")],
    );
    becomes(
        with(vec![Training {
            course: "privacy".to_owned(),
            ..course("2026-01-10", None)
        }]),
        &[(id, Exception, "no training in backup")],
    );
    // An attempt that was refused is no duty.
    let refused = |world: &mut World| {
        world.records.events[0].value.error = Some("AccessDenied".to_owned());
        devops(world).training = Some(vec![course("2026-07-06", None)]);
    };
    let mut without = world();
    refused(&mut without);
    check(&without, assigned_and_trained, 13, &[]);
    // Whether there was none in the days before has to be proven.
    without.unprove(Source::Cloudtrail, span("2026-07-03", "2026-07-04"));
    let finding = without.run(assigned_and_trained);
    let state = |id: &str| {
        finding
            .items()
            .iter()
            .find(|item| item.id() == id)
            .map(|item| item.state())
    };
    assert_eq!(state(id), Some(Indeterminate));
    assert_eq!(
        state("p-008/training"),
        Some(State::Supported),
        "trained all the time"
    );
}

#[test]
fn a_duty_of_somebody_not_designated_is_an_exception() {
    let mut other = world();
    other.add_event(call("StopBackupJob", "a", "2026-07-06", "p-008"));
    check(
        &other,
        assigned_and_trained,
        14,
        &[(
            "p-008/designation",
            Exception,
            "without being designated to the DevOps team",
        )],
    );
    let mut outside = world();
    outside.add_holder(member("p-020", "Analyst", "Compliance"));
    check(&outside, assigned_and_trained, 14, &[]);
    outside.add_event(call("StopBackupJob", "a", "2026-07-06", "p-020"));
    check(
        &outside,
        assigned_and_trained,
        14,
        &[("p-020/designation", Exception, "p-020 did")],
    );
    outside.unprove_all(Source::RoleRoster);
    assert_eq!(outside.run(assigned_and_trained).counts().get(Exception), 0);
    assert_eq!(
        outside.run(assigned_and_trained).counts().get(State::Supported),
        0
    );
}

#[test]
fn copies_are_of_the_version_in_force() {
    let id = "p-004/contact-list";
    becomes(
        |world| devops(world).attestations.clear(),
        &[(
            id,
            Indeterminate,
            "no statement that a local copy of the contact list",
        )],
    );
    becomes(
        |world| devops(world).attestations[0].what = CopyOf::Policy,
        &[(id, Indeterminate, "no statement")],
    );
    becomes(
        |world| devops(world).attestations[0].at = at("2026-07-11"),
        &[(id, Indeterminate, "no statement")],
    );
    becomes(
        |world| devops(world).attestations[0].version = "1".to_owned(),
        &[(id, Indeterminate, "CP 1, and 2 is in force")],
    );
    becomes(
        |world| devops(world).attestations[0].document = "DM".to_owned(),
        &[(id, Indeterminate, "no one version was in force")],
    );
    let all = ["p-001/contact-list", "p-001/policy", id, "p-008/contact-list"];
    becomes(
        |world| world.add_document(document("CP", "3", "2026-07-10")),
        &all.map(|id| (id, Indeterminate, "3 is in force")),
    );
    becomes(|world| world.add_document(document("CP", "3", "2026-07-11")), &[]);
    becomes(
        |world| world.records.documents[0].value.title = "Media guidelines".to_owned(),
        &all.map(|id| (id, Indeterminate, "which is no plan")),
    );
    becomes(
        |world| world.add_conflict(Source::PlanDocuments, "CP 2"),
        &all.map(|id| (id, Indeterminate, "contradict")),
    );
    becomes(
        |world| world.unprove_all(Source::PlanDocuments),
        &all.map(|id| (id, Indeterminate, "plan_documents")),
    );
}

#[test]
fn a_row_in_doubt_decides_nothing() {
    let mut withdrawn = world();
    devops(&mut withdrawn).identities = vec![arn_of("p-004")];
    withdrawn.records.roster[DEVOPS].stands = false;
    let finding = withdrawn.run(assigned_and_trained);
    let open: Vec<_> = finding
        .items()
        .iter()
        .filter(|item| item.state() == Indeterminate)
        .map(|item| item.id().to_owned())
        .collect();
    assert_eq!(
        open,
        [
            "p-004",
            "team/DevOps/designation",
            "team/Ops/designation",
            "team/SRE/designation"
        ]
    );
}

#[test]
fn nobody_is_examined_after_he_left() {
    let mut left = world();
    left.add_holder(member("p-005", "Engineer", "DevOps"));
    devops(&mut left).to = Some(day("2026-06-30"));
    left.records.events.clear();
    let finding = check(&left, assigned_and_trained, 13, &[]);
    assert!(finding.items().iter().all(|item| !item.id().starts_with("p-004")));
}

#[test]
fn a_duty_is_done_under_a_row_of_that_very_day() {
    let id = "p-004/designation";
    let days = |from: &'static str, to: &'static str| {
        let mut world = world();
        let mut other = member("p-004", "Engineer", "DevOps");
        (other.from, other.to) = (day(from), Some(day(to)));
        *devops(&mut world) = member("p-005", "Engineer", "DevOps");
        world.add_holder(other);
        let finding = world.run(assigned_and_trained);
        let mut items = finding.items().iter();
        items.find(|item| item.id() == id).map(|item| item.state())
    };
    assert_eq!(days("2026-07-05", "2026-07-05"), Some(State::Supported));
    // Nobody of the roster did it: that is for CT-32.
    assert_eq!(days("2026-07-06", "2026-12-31"), None);
    assert_eq!(days("2026-01-01", "2026-07-04"), None);
    // Of two rows of the day the one in the team in charge counts; one of another day does not.
    let second = |team: &'static str, from: &'static str| {
        move |world: &mut World| {
            let mut other = member("p-004", "Engineer", team);
            other.from = day(from);
            world.add_holder(other);
        }
    };
    becomes(second("Compliance", "2026-01-01"), &[]);
    let moved = |world: &mut World| {
        world.add_holder(member("p-005", "Engineer", "DevOps"));
        devops(world).to = Some(day("2026-07-04"));
        second("Compliance", "2026-07-05")(world);
    };
    let mut world = world();
    moved(&mut world);
    let finding = world.run(assigned_and_trained);
    let mut items = finding.items().iter();
    let state = items.find(|item| item.id() == id).map(|item| item.state());
    assert_eq!(state, Some(Exception));
}

#[test]
fn training_is_in_one_of_the_two_and_may_stand_in_any_row() {
    let id = "p-004/training";
    for name in ["Backup", "contingency planning"] {
        let named = |world: &mut World| {
            devops(world).training.as_mut().expect("courses")[0].course = name.to_owned();
        };
        becomes(named, &[]);
    }
    becomes(
        |world| {
            let mut untold = member("p-004", "Engineer", "DevOps");
            untold.training = None;
            world.add_holder(untold);
        },
        &[],
    );
    let with = |courses: Vec<Training>| move |world: &mut World| devops(world).training = Some(courses);
    let both = vec![
        course("2026-01-10", Some("2026-06-01")),
        course("2026-02-10", Some("2026-06-20")),
    ];
    becomes(with(both), &[(id, Exception, "expired with 2026-06-20")]);
    let both = vec![
        course("2026-07-08", None),
        course("2026-07-06", Some("2027-01-01")),
    ];
    becomes(
        with(both),
        &[(id, Exception, "completed his training on 2026-07-06 only")],
    );
}

#[test]
fn the_cto_by_one_of_two_rows_states_his_copy_of_the_policy() {
    let mut world = world();
    world.add_holder(member("p-001", "Engineer", "DevOps"));
    world.records.roster[0]
        .value
        .attestations
        .retain(|copy| copy.what != CopyOf::Policy);
    let open = [("p-001/policy", Indeterminate, "no statement")];
    check(&world, assigned_and_trained, 13, &open);
}
