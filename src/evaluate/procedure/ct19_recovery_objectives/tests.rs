//! CT-19: what is measured, which objective binds, and what a measurement is worth.

use chrono::TimeDelta;

use super::recovery_objectives as procedure;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_rehearsals::{OTHER_DB, POINT, bia, exercise, point, restore_job, restore_test};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::records::backups::JobState;
use crate::model::records::governance::{BackupMethod, Exemption, Exercise, ExerciseKind, RestoreTest};
use crate::model::source::Source;

/// One corroborated test of 2 July that `change` made unclean: the loss is supposed at 08:30, the restore starts at 09:00,
/// the service is usable at 10:00, the backup is of 03:00. The analysis in force allows 8 hours and 24 hours.
fn changed(change: impl Fn(&mut RestoreTest)) -> World {
    let mut world = World::with_system();
    let mut test = restore_test("RT-1", "2026-07-02T09:00");
    change(&mut test);
    world.add_test(test);
    world.add_restore(restore_job("job-RT-1", "2026-07-02T09:00"));
    world.add_point(point("2026-07-02T03:00"));
    world.add_bia(bia("1", "2026-03-01"));
    world
}

/// `RT-1/rpo` and `RT-1/rto`, each SUPPORTED by `None` or in a state with words.
#[track_caller]
fn items(world: &World, rpo: Option<(State, &str)>, rto: Option<(State, &str)>) {
    let named = [("RT-1/rpo", rpo), ("RT-1/rto", rto)];
    let others: Vec<_> = named
        .iter()
        .filter_map(|(id, expected)| expected.map(|(state, words)| (*id, state, words)))
        .collect();
    check(world, procedure, 2 - others.len() as u64, &others);
}

#[track_caller]
fn open(world: &World, words: &str) {
    items(world, Some((Indeterminate, words)), Some((Indeterminate, words)));
}

#[test]
fn exactly_the_objective_passes_and_a_second_more_does_not() {
    let ready = |text: &'static str| changed(move |test| test.service_ready = Some(at(text)));
    items(&ready("2026-07-02T16:30"), None, None);
    let over =
        "goal not met: test RT-1: 8 h 1 s until the service was usable again | at most 8 h by analysis BIA 1";
    items(&ready("2026-07-02T16:30:01Z"), None, Some((Exception, over)));
    let lost = |text: &'static str| {
        let mut world = changed(move |test| {
            test.simulated_loss = Some(at(text));
            test.started = at("2026-07-03T03:01");
            test.service_ready = Some(at("2026-07-03T04:00"));
        });
        world.records.restores[0].value.created = at("2026-07-03T03:01");
        world
    };
    items(&lost("2026-07-03T03:00"), None, None);
    let over = "the data of 24 h 1 s before the supposed loss is gone | at most 24 h by analysis BIA 1";
    items(&lost("2026-07-03T03:00:01Z"), Some((Exception, over)), None);
}

#[test]
fn without_a_supposed_loss_the_time_is_narrower_and_the_loss_of_data_open() {
    let world = changed(|test| test.simulated_loss = None);
    items(&world, Some((Indeterminate, "test RT-1 supposes no loss")), None);
    let finding = world.run(procedure);
    let said = &finding.observations()[0].text;
    assert!(
        said.contains("1 h until the service was usable again, counted from the start"),
        "{said}"
    );
    assert!(
        said.contains("the provider's job took 0 min, which is no recovery time"),
        "{said}"
    );
    let late = changed(|test| {
        test.simulated_loss = None;
        test.service_ready = Some(at("2026-07-02T17:00:01Z"));
    });
    let over = Some((
        Exception,
        "8 h 1 s until the service was usable again, counted from the start",
    ));
    items(&late, Some((Indeterminate, "supposes no loss")), over);
}

#[test]
fn the_duration_of_the_job_is_no_recovery_time() {
    let world = changed(|test| test.service_ready = None);
    let words = "does not say when the service was usable again; the provider's job took";
    items(&world, None, Some((Indeterminate, words)));
}

#[test]
fn the_analysis_approved_last_before_the_test_binds() {
    let with = |version: &str, performed: &str, minutes: Option<i64>| {
        let mut world = changed(|test| test.service_ready = Some(at("2026-07-02T16:30")));
        let mut analysis = bia(version, performed);
        analysis.systems[0].rto_minutes = minutes;
        world.add_bia(analysis);
        world
    };
    let over = Some((Exception, "at most 1 h by analysis BIA 2"));
    items(&with("2", "2026-06-01", Some(60)), None, over);
    // Approved at the very start of the test it binds, a second later it does not.
    let mut world = with("2", "2026-07-01", Some(60));
    world.records.bias[1].value.approved_at = Some(at("2026-07-02T09:00:01Z"));
    items(&world, None, None);
    world.records.bias[1].value.approved_at = Some(at("2026-07-02T09:00"));
    items(&world, None, over);
    world.records.bias[1].value.approved_by = None;
    items(&world, None, None);
    items(&with("2", "2026-02-01", Some(60)), None, None);
    // The goal stands in where the analysis in force sets none; 24 hours are the policy's.
    items(&with("2", "2026-06-01", None), None, None);
    let negative = Some((Indeterminate, "an objective of -1 minutes"));
    items(&with("2", "2026-06-01", Some(-1)), None, negative);
    let mut twice = with("2", "2026-06-01", Some(60));
    let rated = twice.records.bias[1].value.systems[0].clone();
    twice.records.bias[1].value.systems.push(rated);
    open(&twice, "rates orders more than once");
}

#[test]
fn a_default_binds_only_where_the_policy_gives_it_or_management_approved_it() {
    let mut world = changed(|_| {});
    world.records.bias.clear();
    let unset = "the default of rpo_goal is neither the policy's nor approved";
    items(&world, Some((Indeterminate, unset)), None);
    world.criteria.rpo_goal.settled = true;
    items(&world, None, None);
    world.criteria.rpo_goal.length = TimeDelta::minutes(330);
    items(&world, None, None);
    world.criteria.rpo_goal.length -= TimeDelta::seconds(1);
    items(
        &world,
        Some((Exception, "at most 5 h 29 min by rpo_goal, the default")),
        None,
    );
    world.criteria.rpo_goal.length = TimeDelta::hours(24);
    world.criteria.rto_goal.settled = false;
    items(&world, None, Some((Indeterminate, "the default of rto_goal")));
}

#[test]
fn a_recovery_that_the_provider_does_not_bear_out_is_within_nothing() {
    let claimed = "claimed, not corroborated";
    let mut world = changed(|_| {});
    world.records.restores.clear();
    open(&world, claimed);
    open(&changed(|test| test.restore_job = None), "names no restore job");
    // What the log itself admits needs no witness.
    let late = |test: &mut RestoreTest| test.service_ready = Some(at("2026-07-02T20:00"));
    let mut admitted = changed(late);
    admitted.records.restores.clear();
    items(
        &admitted,
        Some((Indeterminate, claimed)),
        Some((Exception, "11 h 30 min")),
    );
    let mut failed = changed(late);
    failed.records.restores[0].value.state = JobState::Failed;
    open(&failed, "cites a restore that was none: restore job job-RT-1 is");
    open(
        &changed(|test| test.success = false),
        "the log calls test RT-1 a failure",
    );
    let mut early = changed(|_| {});
    early.records.restores[0].value.completed = Some(at("2026-07-02T10:05"));
    items(&early, None, None);
    early.records.restores[0].value.completed = Some(at("2026-07-02T10:05:01Z"));
    open(
        &early,
        "before restore job job-RT-1 completed at 2026-07-02T10:05:01Z",
    );
    early.records.restores[0].value.completed = None;
    open(&early, "is not shown to have been over before the as-of instant");
}

#[test]
fn the_loss_of_data_is_counted_from_the_provider_s_consistency_point() {
    let mut world = changed(|_| {});
    world.records.points[0].value.created = at("2026-07-01T08:29:59Z");
    items(&world, Some((Exception, "24 h 1 s")), None);
    world.records.points[0].value.created = at("2026-07-02T08:35");
    items(&world, None, None);
    world.records.points[0].value.created = at("2026-07-02T08:35:01Z");
    items(&world, Some((Indeterminate, "before its backup")), None);
    world.records.points.clear();
    let unknown = Some((Indeterminate, "no single record of the provider shows backup"));
    items(&world, unknown, None);
    let mut other = changed(|_| {});
    other.records.restores[0].value.point = Some("arn:other".to_owned());
    items(
        &other,
        Some((Indeterminate, "but restore job job-RT-1 restored arn:other")),
        None,
    );
}

#[test]
fn times_that_can_t_all_be_true_measure_nothing() {
    let loss = |text: &'static str| changed(move |test| test.simulated_loss = Some(at(text)));
    items(&loss("2026-07-02T09:05"), None, None);
    open(
        &loss("2026-07-02T09:05:01Z"),
        "supposes a loss at 2026-07-02T09:05:01Z, after its restore began",
    );
    let ready = |text: &'static str| changed(move |test| test.service_ready = Some(at(text)));
    open(
        &ready("2026-07-02T08:59:59Z"),
        "usable at 2026-07-02T08:59:59Z, before 2026-07-02T09:00:00Z",
    );
    open(&ready("2026-07-11T00:00"), "not before the as-of instant");
    open(&ready("2026-07-11T05:05:01Z"), "after the answer that holds it");
}

/// A corroborated technical exercise of 2 July about `orders`, changed.
fn drill(change: impl Fn(&mut Exercise)) -> World {
    let mut world = World::with_system();
    let mut drill = exercise("EX-1", ExerciseKind::Technical, "2026-07-02T04:00");
    change(&mut drill);
    world.add_exercise(drill);
    let mut job = restore_job("job-EX-1", "2026-07-02T04:30");
    job.completed = Some(at("2026-07-02T05:00"));
    world.add_restore(job);
    world.add_point(point("2026-07-02T03:00"));
    world.add_bia(bia("1", "2026-03-01"));
    world
}

#[test]
fn each_system_of_a_technical_exercise_is_measured() {
    check(&drill(|_| {}), procedure, 2, &[]);
    let late = drill(|drill| {
        drill.service_ready = Some(at("2026-07-02T12:00:01Z"));
        drill.rto_minutes = None;
    });
    let over = (
        "EX-1/orders/rto",
        Exception,
        "exercise EX-1 for orders: 8 h 1 s until",
    );
    check(&late, procedure, 1, &[over]);
    let mut two = drill(|drill| drill.systems.push("ledger".parse().expect("a system")));
    let unknown = "the inventory has no system ledger, which EX-1/ledger names";
    let others = [
        ("EX-1/ledger/rpo", Indeterminate, unknown),
        ("EX-1/ledger/rto", Indeterminate, unknown),
    ];
    check(&two, procedure, 2, &others);
    let mut ledger = system("ledger");
    ledger.resources = vec![OTHER_DB.parse().expect("a resource")];
    two.add_system(ledger);
    let other = "restore job job-EX-1 restored a backup of orders";
    let others = [
        (
            "EX-1/ledger/rpo",
            Indeterminate,
            "no backup that was restored is known",
        ),
        ("EX-1/ledger/rto", Indeterminate, other),
    ];
    check(&two, procedure, 2, &others);
    let nobody = drill(|drill| drill.systems.clear());
    let others = [
        ("EX-1/rpo", Indeterminate, "names no system"),
        ("EX-1/rto", Indeterminate, "names no system"),
    ];
    check(&nobody, procedure, 0, &others);
    for (kind, completed) in [(ExerciseKind::Tabletop, true), (ExerciseKind::Technical, false)] {
        let none = drill(|drill| {
            drill.kind = kind;
            drill.completed = completed;
        });
        check(
            &none,
            procedure,
            0,
            &[("population", NoOccurrence, "no technical exercise held")],
        );
    }
}

#[test]
fn a_stated_number_without_its_times_admits_and_proves_nothing() {
    let stated = |time: i64, loss: i64| {
        drill(move |drill| {
            drill.simulated_loss = None;
            drill.service_ready = None;
            drill.rto_minutes = Some(time);
            drill.rpo_minutes = Some(loss);
        })
    };
    let without = "without the times";
    let others = [
        ("EX-1/orders/rpo", Indeterminate, without),
        ("EX-1/orders/rto", Indeterminate, without),
    ];
    check(&stated(480, 1440), procedure, 0, &others);
    let others = [
        ("EX-1/orders/rpo", Exception, "states 24 h 1 min | at most 24 h"),
        ("EX-1/orders/rto", Exception, "states 8 h 1 min | at most 8 h"),
    ];
    check(&stated(481, 1441), procedure, 0, &others);
    let differs = |minutes| drill(move |drill| drill.rto_minutes = Some(minutes));
    check(&differs(120), procedure, 2, &[]);
    for minutes in [119, 121] {
        let apart = [("EX-1/orders/rto", Indeterminate, "by its times it were 2 h")];
        check(&differs(minutes), procedure, 1, &apart);
    }
    let rounded = |ready: &'static str| drill(move |drill| drill.service_ready = Some(at(ready)));
    check(&rounded("2026-07-02T06:00:59Z"), procedure, 2, &[]);
}

#[test]
fn of_several_backups_the_oldest_counts() {
    let mut world = drill(|drill| {
        drill.restore_jobs.push("job-2".to_owned());
        drill.rpo_minutes = None;
    });
    let mut job = restore_job("job-2", "2026-07-02T04:30");
    job.point = Some(format!("{POINT}-2"));
    world.add_restore(job);
    let mut old = point("2026-07-01T03:59:59Z");
    old.id = format!("{POINT}-2");
    world.add_point(old);
    check(
        &world,
        procedure,
        1,
        &[("EX-1/orders/rpo", Exception, "24 h 1 s")],
    );
    world.records.points[1].value.created = at("2026-07-01T04:00");
    check(&world, procedure, 2, &[]);
}

#[test]
fn what_is_rebuilt_from_code_restores_nothing() {
    let mut world = drill(|_| {});
    world.records.restores.clear();
    world.change_system(|system| {
        system.backup_method = Some(BackupMethod::IacRebuild);
        system.exemption = Some(Exemption {
            rationale: "holds nothing".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: at("2026-01-01"),
            from: at("2026-01-01"),
            until: None,
        });
    });
    let others = [
        (
            "EX-1/orders/rpo",
            NotApplicable,
            "nothing to restore: holds nothing",
        ),
        (
            "EX-1/orders/rto",
            NotApplicable,
            "nothing to restore: holds nothing",
        ),
    ];
    check(&world, procedure, 0, &others);
    world.change_system(|system| system.backup_method = Some(BackupMethod::AwsBackup));
    assert_eq!(world.run(procedure).state(), Indeterminate);
}

#[test]
fn the_population_is_of_the_period() {
    let nothing = [("population", NoOccurrence, "no restore test was started")];
    for started in ["2026-06-30T23:59", "2026-07-11T00:00"] {
        let mut world = World::with_system();
        world.add_test(restore_test("RT-1", started));
        check(&world, procedure, 0, &nothing);
    }
    for source in [Source::RestoreTests, Source::Exercises] {
        let mut world = World::with_system();
        check(&world, procedure, 0, &nothing);
        world.unprove_all(source);
        assert_eq!(world.run(procedure).state(), Indeterminate);
    }
}

#[test]
fn nothing_is_supported_where_a_register_is_unproven_or_disputed() {
    for source in [Source::RestoreTests, Source::Exercises, Source::Bia] {
        let mut world = changed(|_| {});
        world.unprove_all(source);
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
    }
    for (source, id) in [
        (Source::RestoreTests, "RT-1"),
        (Source::Bia, "BIA 1"),
        (Source::SystemsInventory, "orders"),
    ] {
        let mut world = changed(|_| {});
        world.add_conflict(source, id);
        open(&world, "contradict each other");
    }
    // By another revision it was started in the period.
    let mut moved = changed(|test| test.started = at("2025-07-02T09:00"));
    moved.add_conflict(Source::RestoreTests, "RT-1");
    open(&moved, "contradict each other");
    // What may have been a technical exercise, and completed, is not passed over.
    let mut aborted = World::with_system();
    let mut exercise = exercise("EX-1", ExerciseKind::Tabletop, "2025-07-02T10:00");
    exercise.completed = false;
    aborted.add_exercise(exercise);
    check(
        &aborted,
        procedure,
        0,
        &[("population", NoOccurrence, "no restore test was started")],
    );
    aborted.add_conflict(Source::Exercises, "EX-1");
    aborted.records.conflicts[0].moved.about = true;
    let words = "contradict each other";
    let both = [
        ("EX-1/orders/rpo", Indeterminate, words),
        ("EX-1/orders/rto", Indeterminate, words),
    ];
    check(&aborted, procedure, 0, &both);
    let mut withdrawn = changed(|_| {});
    withdrawn.records.bias[0].stands = false;
    open(&withdrawn, "does not hold BIA");
    let mut world = changed(|_| {});
    world.records.restore_tests[0].last_seen = at("2026-07-02T08:00");
    open(&world, "after the answer that holds it");
    let mut world = changed(|_| {});
    world.records.bias[0].last_seen = at("2026-03-01T12:00");
    open(&world, "the approval of analysis BIA 1 is dated");
    let mut world = changed(|_| {});
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-02", "2026-07-03"));
    world.records.points[0].value.sightings.clear();
    items(&world, Some((Indeterminate, "is in no complete listing")), None);
}

#[test]
fn times_at_their_edges_are_in_order() {
    // Clocks may differ by five minutes: the answer that holds it may be so much older.
    let held = |seen: &str| {
        let mut world = changed(|_| {});
        world.records.restore_tests[0].last_seen = at(seen);
        world
    };
    items(&held("2026-07-02T09:55"), None, None);
    open(&held("2026-07-02T09:54:59Z"), "after the answer that holds it");
    // Usable at once, when the restore began.
    let at_once = changed(|test| {
        (test.simulated_loss, test.service_ready) = (None, Some(at("2026-07-02T09:00")));
    });
    items(&at_once, Some((Indeterminate, "supposes no loss")), None);
    // The first restore of several is when it began.
    let two = |loss: &'static str| {
        let mut world = drill(move |drill| {
            drill.restore_jobs.push("job-2".to_owned());
            drill.simulated_loss = Some(at(loss));
            (drill.rto_minutes, drill.rpo_minutes) = (None, None);
        });
        world.add_restore(restore_job("job-2", "2026-07-02T05:30"));
        world
    };
    check(&two("2026-07-02T04:35"), procedure, 2, &[]);
    let late = "after its restore began at 2026-07-02T04:30:00Z";
    let others = [
        ("EX-1/orders/rpo", Indeterminate, late),
        ("EX-1/orders/rto", Indeterminate, late),
    ];
    check(&two("2026-07-02T04:35:01Z"), procedure, 0, &others);
    // The longest of several jobs is told.
    let finding = two("2026-07-02T04:00").run(procedure);
    let told = finding
        .observations()
        .iter()
        .any(|one| one.text.contains("the provider's job took 30 min"));
    assert!(told, "{:?}", finding.observations());
}

#[test]
fn what_was_restored_beside_the_named_backup_is_named_in_order() {
    let mut world = drill(|drill| drill.restore_jobs.extend(["job-2", "job-3"].map(str::to_owned)));
    for id in ["job-3", "job-2"] {
        world.add_restore(restore_job(id, "2026-07-02T04:30"));
    }
    assert_ne!(world.run(procedure).state(), Exception);
    let ledger = |id: &str| {
        let mut other = system(id);
        other.resources = vec![OTHER_DB.parse().expect("a resource")];
        other
    };
    // A resource that several other systems share is told by the first of them.
    let mut shared = changed(|_| {});
    shared.records.restores[0].value.resource = Some(OTHER_DB.parse().expect("a resource"));
    for id in ["portal", "ledger"] {
        shared.add_system(ledger(id));
    }
    open(&shared, "restored a backup of ledger");
}

#[test]
fn zero_minutes_are_a_number_and_prove_nothing_without_their_times() {
    let world = drill(|drill| {
        (drill.simulated_loss, drill.service_ready) = (None, None);
        (drill.rto_minutes, drill.rpo_minutes) = (Some(0), Some(-1));
    });
    let others = [
        ("EX-1/orders/rpo", Indeterminate, "it states -1 minutes |"),
        (
            "EX-1/orders/rto",
            Indeterminate,
            "it states 0 minutes without the times",
        ),
    ];
    check(&world, procedure, 0, &others);
}

#[test]
fn a_technical_exercise_that_is_to_come_is_told_and_a_tabletop_is_not() {
    let told = |kind: ExerciseKind| {
        let mut world = World::with_system();
        world.add_exercise(exercise("EX-9", kind, "2026-07-11T04:00"));
        let finding = world.run(procedure);
        finding.observations().iter().any(|one| one.text.contains("EX-9"))
    };
    assert!(told(ExerciseKind::Technical) && !told(ExerciseKind::Tabletop));
}
