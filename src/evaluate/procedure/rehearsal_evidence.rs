//! Of tests on restores, exercises, analyses, incidents and media, and of what restore tests prove: evidence taken away
//! never helps, and its order never matters.
//!
//! A small estate holds every outcome. Each record is dropped alone and with every other one; with it goes the proof of
//! its source at its place, as a lost page takes it away.

use std::collections::{BTreeMap, BTreeSet};

use super::{PROCEDURES, Procedure};
use crate::catalogue::Catalogue;
use crate::evaluate::restore_proof::restore_proofs;
use crate::evaluate::testing::{World, span, system};
use crate::evaluate::testing_contingency::{contingency, incident, laptop, listed};
use crate::evaluate::testing_governance::holder;
use crate::evaluate::testing_rehearsals::{
    OTHER_DB, bia, exercise, planned, point, rated, restore_job, restore_test, schedule,
};
use crate::model::finding::{Finding, Hold, Rung, State};
use crate::model::records::backups::JobState;
use crate::model::records::governance::ExerciseKind::{Tabletop, Technical};
use crate::model::source::Source;

const IDS: [&str; 9] = [
    "CT-17", "CT-18", "CT-19", "CT-22", "CT-23", "CT-24", "CT-27", "CT-30", "CT-31",
];

fn procedures() -> impl Iterator<Item = (&'static str, Procedure)> {
    PROCEDURES.iter().copied().filter(|(id, _)| IDS.contains(id))
}

fn estate() -> World {
    let mut world = World::with_system();
    let mut ledger = system("ledger");
    ledger.resources = vec![OTHER_DB.parse().expect("a resource")];
    world.add_system(ledger);
    let mut plain = system("plain");
    plain.critical = false;
    plain.resources.clear();
    world.add_system(plain);

    for (id, started, state) in [
        ("RT-0", "2025-06-20T09:00", JobState::Completed),
        ("RT-1", "2026-02-01T09:00", JobState::Failed),
        ("RT-2", "2026-06-01T09:00", JobState::Completed),
        ("RT-3", "2026-07-02T09:00", JobState::Completed),
    ] {
        world.add_test(restore_test(id, started));
        let mut job = restore_job(&format!("job-{id}"), started);
        job.state = state;
        world.add_restore(job);
    }
    let mut counted = restore_test("RT-4", "2026-07-03T09:00");
    counted.system = "ledger".parse().expect("a system");
    for object in &mut counted.source_manifest.as_mut().expect("a manifest").objects {
        object.digest = None;
    }
    world.add_test(counted);
    let mut failed = restore_job("job-RT-4", "2026-07-03T09:00");
    failed.resource = OTHER_DB.parse().ok();
    failed.state = JobState::Aborted;
    world.add_restore(failed);
    world.add_point(point("2026-07-02T03:00"));

    for (id, kind, held, plan) in [
        ("EX-0", Tabletop, "2025-07-02T10:00", None),
        ("EX-1", Technical, "2026-06-20T10:00", Some("TE-1")),
        ("EX-2", Tabletop, "2026-07-04T10:00", Some("TT-1")),
        ("EX-3", Tabletop, "2026-07-08T10:00", Some("TT-2")),
        ("EX-4", Tabletop, "2026-07-09T10:00", None),
    ] {
        let mut exercise = exercise(id, kind, held);
        exercise.planned = plan.map(str::to_owned);
        exercise.completed = id != "EX-4";
        if id == "EX-1" {
            exercise.systems.push("ledger".parse().expect("a system"));
            exercise.elements.switch_compute_storage = Some(false);
        }
        world.add_exercise(exercise);
    }
    world.add_restore(restore_job("job-EX-1", "2026-06-20T10:30"));
    let plan = ["2026-07-05", "2026-07-06", "2026-07-07"];
    let items = plan
        .iter()
        .enumerate()
        .map(|(n, day)| planned(&format!("TT-{}", n + 1), day));
    world.add_schedule(schedule("1", items.collect()));

    world.add_bia(bia("1", "2025-09-01"));
    let mut second = bia("2", "2026-03-01");
    second.systems.push(rated("ledger", Some(false)));
    world.add_bia(second);
    for (person, role, team) in [
        ("p-001", "CTO", "Executive"),
        ("p-003", "CEO", "Executive"),
        ("p-006", "DevOps Engineer", "DevOps"),
        ("p-008", "Web Services Lead", "Web Services"),
    ] {
        world.add_holder(holder(person, role, team));
    }
    world.add_incident(contingency("INC-1", "2026-07-02T08:00"));
    let mut late = incident("INC-2", "2026-07-05T08:00");
    late.predicted_minutes = None;
    world.add_incident(late);
    world.add_medium(laptop("LT-1"));
    let mut bare = laptop("LT-2");
    bare.encrypted = Some(false);
    world.add_medium(bare);
    world.add_listed(listed("LT-1"));
    world
}

/// Takes away one record, and with it the proof of its source where it stood.
type Drop = Box<dyn Fn(&mut World)>;

fn drops(world: &World) -> Vec<(String, Drop)> {
    let mut drops: Vec<(String, Drop)> = Vec::new();
    macro_rules! each {
        ($list:ident, $source:expr) => {
            for record in &world.records.$list {
                let citation = record.citation.clone();
                let name = format!("{} {}", stringify!($list), citation.locator);
                drops.push((
                    name,
                    Box::new(move |world: &mut World| {
                        world
                            .records
                            .$list
                            .retain(|record| record.citation != citation);
                        world.unprove($source, span("2020-01-01", "2030-01-01"));
                    }),
                ));
            }
        };
    }
    each!(systems, Source::SystemsInventory);
    each!(restore_tests, Source::RestoreTests);
    each!(restores, Source::AwsRestoreJobs);
    each!(points, Source::AwsRecoveryPoints);
    each!(exercises, Source::Exercises);
    each!(exercise_schedules, Source::ExerciseSchedule);
    each!(bias, Source::Bia);
    each!(incidents, Source::Incidents);
    each!(media, Source::MediaRegister);
    each!(listed_devices, Source::DeviceList);
    each!(roster, Source::RoleRoster);
    drops
}

fn supported(finding: &Finding) -> BTreeMap<String, bool> {
    let items = finding.items().iter();
    items
        .map(|item| (item.id().to_owned(), item.state() == State::Supported))
        .collect()
}

/// What `fewer` supports, `whole` supports too.
#[track_caller]
fn never_better(name: &str, what: &str, whole: &Finding, fewer: &Finding) {
    let before = supported(whole);
    for (item, _) in supported(fewer).into_iter().filter(|(_, supported)| *supported) {
        assert_eq!(
            before.get(&item),
            Some(&true),
            "{name}: {item} became SUPPORTED without {what}"
        );
    }
    let better = fewer.state() == State::Supported && whole.state() != State::Supported;
    assert!(!better, "{name} became SUPPORTED without {what}");
}

#[test]
fn the_estate_holds_every_outcome() {
    let world = estate();
    for (name, procedure) in procedures() {
        let finding = world.run(procedure);
        let counts = finding.counts();
        assert!(
            counts.get(State::Supported) > 0,
            "{name} supports nothing: the rule would hold for nothing"
        );
        assert!(
            counts.total() > counts.get(State::Supported),
            "{name} finds nothing adverse"
        );
    }
}

#[test]
fn no_record_lost_with_its_proof_ever_helps() {
    let world = estate();
    let drops = drops(&world);
    for (name, procedure) in procedures() {
        let whole = world.run(procedure);
        for (n, (first, drop)) in drops.iter().enumerate() {
            let mut one = world.clone();
            drop(&mut one);
            never_better(name, first, &whole, &one.run(procedure));
            for (second, drop) in &drops[n + 1..] {
                let mut two = one.clone();
                drop(&mut two);
                never_better(
                    name,
                    &format!("{first} and {second}"),
                    &whole,
                    &two.run(procedure),
                );
            }
        }
    }
}

/// The rungs of each restore test that hold.
fn rungs_held(world: &World) -> BTreeSet<(String, Rung)> {
    let proofs = world.with_context(restore_proofs);
    let rungs = proofs.iter().flat_map(|proof| {
        let held = proof.rungs().filter(|(_, hold)| **hold == Hold::Holds);
        held.map(|(rung, _)| (proof.test.clone(), rung))
    });
    rungs.collect()
}

#[test]
fn no_record_lost_with_its_proof_lets_a_restore_test_prove_more() {
    let world = estate();
    let (whole, drops) = (rungs_held(&world), drops(&world));
    for rung in [Rung::JobCompleted, Rung::DigestsEqual, Rung::WithinObjective] {
        assert!(whole.contains(&("RT-3".to_owned(), rung)), "{whole:?}");
    }
    assert!(
        !whole.contains(&("RT-4".to_owned(), Rung::DigestsEqual)),
        "{whole:?}"
    );
    for (n, (first, drop)) in drops.iter().enumerate() {
        let mut one = world.clone();
        drop(&mut one);
        let fewer = rungs_held(&one);
        assert!(fewer.is_subset(&whole), "without {first}: {fewer:?}");
        for (second, drop) in &drops[n + 1..] {
            let mut two = one.clone();
            drop(&mut two);
            let fewer = rungs_held(&two);
            assert!(fewer.is_subset(&whole), "without {first} and {second}: {fewer:?}");
        }
    }
}

#[test]
fn a_lost_restore_history_never_helps_even_where_its_window_stays_proven() {
    let world = estate();
    let jobs = world.records.restores.len();
    for (name, procedure) in procedures() {
        let whole = world.run(procedure);
        for lost in 1u32..1 << jobs {
            let mut fewer = world.clone();
            let kept = fewer.records.restores.drain(..).enumerate();
            fewer.records.restores = kept
                .filter(|(n, _)| lost & (1 << n) == 0)
                .map(|(_, job)| job)
                .collect();
            never_better(
                name,
                &format!("the restore jobs {lost:b}"),
                &whole,
                &fewer.run(procedure),
            );
        }
    }
}

#[test]
fn what_its_register_does_not_hold_any_more_supports_nothing() {
    let world = estate();
    let mut withdrawn: Vec<(World, crate::model::records::Citation)> = Vec::new();
    macro_rules! each {
        ($list:ident) => {
            for (n, record) in world.records.$list.iter().enumerate() {
                let mut without = world.clone();
                without.records.$list[n].stands = false;
                withdrawn.push((without, record.citation.clone()));
            }
        };
    }
    each!(systems);
    each!(restore_tests);
    each!(exercises);
    each!(exercise_schedules);
    each!(bias);
    each!(incidents);
    each!(media);
    each!(listed_devices);
    each!(roster);
    for (name, procedure) in procedures() {
        let whole = world.run(procedure);
        for (world, gone) in &withdrawn {
            let finding = world.run(procedure);
            never_better(name, &gone.locator, &whole, &finding);
            let rests_on_it = |item: &&crate::model::finding::Item| {
                item.state() == State::Supported && item.evidence().records().contains(gone)
            };
            let resting = finding.items().iter().find(rests_on_it);
            assert!(
                resting.is_none(),
                "{name}: {:?} rests on {}",
                resting.map(|item| item.id()),
                gone.locator
            );
        }
    }
}

#[test]
fn the_order_of_evidence_does_not_matter() {
    let world = estate();
    let mut turned = world.clone();
    let records = &mut turned.records;
    records.systems.reverse();
    records.restore_tests.reverse();
    records.restores.reverse();
    records.exercises.reverse();
    records.bias.reverse();
    records.incidents.reverse();
    records.media.reverse();
    records.listed_devices.reverse();
    records.roster.reverse();
    assert_eq!(rungs_held(&world), rungs_held(&turned));
    for (name, procedure) in procedures() {
        let said = |world: &World| {
            let finding = world.run(procedure);
            let items = finding.items().iter();
            items
                .map(|item| (item.id().to_owned(), item.conclusion().clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&world), said(&turned), "{name}");
    }
}

#[test]
fn items_speak_only_about_statements_of_their_test() {
    let catalogue = Catalogue::builtin().expect("the catalogue");
    let world = estate();
    for (name, procedure) in procedures() {
        let finding = world.run(procedure);
        let test = catalogue
            .tests()
            .iter()
            .find(|test| test.id.as_str() == name)
            .expect("in the catalogue");
        for item in finding.items() {
            for statement in item.statements() {
                assert!(
                    test.statements.contains(statement),
                    "{name} does not try {statement}"
                );
            }
        }
    }
}
