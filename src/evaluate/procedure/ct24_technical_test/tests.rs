//! CT-24: age, each part with what corroborates it, tasks, and the statements that items speak about.

use super::technical_test as procedure;
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::testing::{CLUSTER, DB, World, at, check, key, observed, span, system};
use crate::evaluate::testing_rehearsals::{OTHER_DB, exercise, restore_job};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence, NotApplicable};
use crate::model::records::backups::{Actor, Event, JobState, Provider};
use crate::model::records::governance::{BackupMethod, Exemption, Exercise, ExerciseKind::*};
use crate::model::source::Source;

const PARTS: [&str; 3] = ["orders/alternate-site", "orders/restore", "orders/switch"];

/// `orders` with a technical test of 20 June that restored it to another region.
fn tested() -> World {
    let mut world = World::with_system();
    world.add_exercise(exercise("EX-1", Technical, "2026-06-20T10:00"));
    world.add_restore(restore_job("job-EX-1", "2026-06-20T10:30"));
    world
}

fn changed(change: impl Fn(&mut Exercise)) -> World {
    let mut world = tested();
    change(&mut world.records.exercises[0].value);
    world
}

/// These parts are in `state` with `words`, the rest is SUPPORTED.
#[track_caller]
fn parts(world: &World, parts: &[&str], state: State, words: &str) {
    let others: Vec<_> = parts.iter().map(|part| (*part, state, words)).collect();
    check(world, procedure, 6 - others.len() as u64, &others);
}

#[track_caller]
fn only_age(world: &World, state: State, words: &str) {
    let finding = check(world, procedure, 0, &[("orders/age", state, words)]);
    assert!(
        finding.items()[0].statements().is_empty(),
        "it speaks about every statement"
    );
}

#[test]
fn a_corroborated_test_supports_each_part_and_each_speaks_about_its_statement() {
    let finding = check(&tested(), procedure, 6, &[]);
    let about: Vec<_> = finding
        .items()
        .iter()
        .map(|item| {
            let statements: Vec<_> = item.statements().iter().map(|id| id.as_str()).collect();
            format!("{} {}", item.id(), statements.join(" "))
        })
        .collect();
    let expected = [
        "orders/age DR-13.4-5 DR-13.4-6",
        "orders/alternate-site DR-13.4.2-1",
        "orders/restore DR-13.4.2-2",
        "orders/security-check DR-13.0-5",
        "orders/switch DR-13.4.2-3",
        "orders/tasks DR-13.5.2-2",
    ];
    assert_eq!(about, expected);
}

#[test]
fn the_age_rule_is_that_of_ct_23() {
    let mut world = World::with_system();
    only_age(&world, Exception, "technical tests: none is on record, 555 days");
    world.add_exercise(exercise("EX-0", Tabletop, "2026-06-01T10:00"));
    only_age(&world, Exception, "none is on record");
    world.add_exercise(exercise("EX-1", Technical, "2025-07-09T10:00"));
    only_age(&world, Exception, "366 days old on 2026-07-10");
    world.records.exercises[1].value.held = at("2026-07-02T10:00");
    only_age(&world, Indeterminate, "none before 2026-07-02");
    world.records.exercises[1].value.held = at("2026-06-02T10:00");
    world.records.exercises[1].value.report = None;
    only_age(&world, Indeterminate, "exercise EX-1 shows no report");
    let mut new = World::with_system();
    new.records.systems[0].value.onboarded = Some(at("2025-07-10"));
    only_age(&new, NotApplicable, "due by 2026-07-10");
    new.records.systems[0].value.approved_by = None;
    only_age(&new, Indeterminate, "nobody approved");
}

#[test]
fn a_part_recorded_as_not_done_is_an_exception_and_an_unrecorded_one_open() {
    let set: [fn(&mut Exercise, Option<bool>); 3] = [
        |exercise, done| exercise.elements.alternate_site = done,
        |exercise, done| exercise.elements.restore_from_backup = done,
        |exercise, done| exercise.elements.switch_compute_storage = done,
    ];
    for (set, part) in set.into_iter().zip(PARTS) {
        let not_done = changed(|exercise| set(exercise, Some(false)));
        parts(
            &not_done,
            &[part],
            Exception,
            "EX-1 records this part as not done",
        );
        parts(
            &changed(|exercise| set(exercise, None)),
            &[part],
            Indeterminate,
            "does not say",
        );
    }
}

#[test]
fn a_part_claimed_without_corroboration_is_indeterminate() {
    parts(
        &changed(|exercise| exercise.restore_jobs.clear()),
        &PARTS,
        Indeterminate,
        "cites no restore job",
    );
    let mut world = tested();
    world.records.restores.clear();
    parts(&world, &PARTS, Indeterminate, "is not in the provider's history");
    for state in [
        JobState::Failed,
        JobState::Unfinished,
        JobState::Unknown,
        JobState::Partial,
    ] {
        let mut world = tested();
        world.records.restores[0].value.state = state;
        parts(&world, &PARTS, Indeterminate, "restore job job-EX-1 is");
    }
    let mut world = tested();
    world.records.restores[0].value.resource = OTHER_DB.parse().ok();
    parts(&world, &PARTS, Indeterminate, "can't be traced");
    let mut world = tested();
    world.add_conflict(Source::AwsRestoreJobs, "job-EX-1");
    parts(&world, &PARTS, Indeterminate, "contradict each other");
}

#[test]
fn a_restore_counts_within_a_day_of_the_test() {
    for (created, supported) in [
        ("2026-06-19T10:00:00Z", true),
        ("2026-06-21T10:00:00Z", true),
        ("2026-06-19T09:59:59Z", false),
        ("2026-06-21T10:00:01Z", false),
    ] {
        let mut world = tested();
        world.records.restores[0].value.created = at(created);
        match supported {
            true => parts(&world, &[], Indeterminate, ""),
            false => parts(&world, &PARTS, Indeterminate, "from the recorded"),
        }
    }
}

#[test]
fn the_alternate_place_follows_the_level() {
    let far = ["orders/alternate-site", "orders/switch"];
    let restored = |arn: &str, level: LocationLevel| {
        let mut world = tested();
        world.records.restores[0].value.created_resource = Some(arn.to_owned());
        world.criteria.alternate_location_level = level;
        world
    };
    let region = "arn:aws:rds:us-west-2:111122223333:db:drill";
    let account = "arn:aws:rds:us-east-1:444455556666:db:drill";
    let same = "arn:aws:rds:us-east-1:111122223333:db:drill";
    let words = "does not stand in another";
    use LocationLevel::*;
    for (arn, level, reached) in [
        (region, AvailabilityZone, true),
        (account, AvailabilityZone, true),
        (same, AvailabilityZone, false),
        (region, Region, true),
        (account, Region, false),
        (region, Account, false),
        (account, Account, true),
    ] {
        let world = restored(arn, level);
        match reached {
            true => parts(&world, &[], Indeterminate, ""),
            false => parts(&world, &far, Indeterminate, words),
        }
    }
    let mut nothing = tested();
    nothing.records.restores[0].value.created_resource = None;
    parts(&nothing, &far, Indeterminate, words);
}

#[test]
fn an_atlas_cluster_restored_to_another_project_reaches_another_account() {
    let mut world = tested();
    world.records.systems[0].value.resources = vec![CLUSTER.parse().expect("a cluster")];
    let job = &mut world.records.restores[0].value;
    job.provider = Provider::Atlas;
    job.resource = CLUSTER.parse().ok();
    job.created_resource = Some("atlas:64b000000000000000000009/drill".to_owned());
    parts(&world, &[], Indeterminate, "");
    world.criteria.alternate_location_level = LocationLevel::Region;
    parts(
        &world,
        &["orders/alternate-site", "orders/switch"],
        Indeterminate,
        "another region",
    );
}

#[test]
fn the_trail_corroborates_too() {
    let mut world = changed(|exercise| exercise.restore_jobs.clear());
    let event = Event {
        request_id: None,
        read_only: None,
        id: "ev-1".to_owned(),
        at: at("2026-06-21T09:00"),
        source: "rds.amazonaws.com".to_owned(),
        name: "RestoreDBInstanceFromDBSnapshot".to_owned(),
        actor: Actor::Unknown,
        source_ip: None,
        request: None,
        policy: None,
        results: Vec::new(),
        resources: vec![
            DB.to_owned(),
            "arn:aws:rds:us-west-2:111122223333:db:drill".to_owned(),
        ],
        error: None,
    };
    let seen = world.collected();
    world.records.events.push(observed(
        key(Source::Cloudtrail, "us-east-1"),
        seen,
        "ev-1",
        event,
    ));
    parts(&world, &[], Indeterminate, "");
    let useless: [fn(&mut Event); 4] = [
        |event| event.error = Some("AccessDenied".to_owned()),
        |event| event.name = "DescribeDBInstances".to_owned(),
        |event| event.at = at("2026-06-21T10:00:01Z"),
        |event| event.resources[0] = OTHER_DB.to_owned(),
    ];
    for change in useless {
        let mut world = world.clone();
        change(&mut world.records.events[0].value);
        parts(&world, &PARTS, Indeterminate, "without corroboration");
    }
    let mut cut = world.clone();
    cut.unprove(Source::Cloudtrail, span("2026-06-19", "2026-06-23"));
    parts(&cut, &PARTS, Indeterminate, "without corroboration");
    // Of a system in two regions, what was restored of one into the other is elsewhere.
    let mut spread = world.clone();
    let second = "arn:aws:rds:us-west-2:111122223333:db:second";
    spread.change_system(|system| system.resources.push(second.parse().expect("a resource")));
    spread.records.events[0].value.resources.push(second.to_owned());
    parts(&spread, &[], Indeterminate, "");
    // Of what it made, one thing elsewhere is enough; what stays where the system is counts for nothing.
    let mut several = world.clone();
    several.records.events[0]
        .value
        .resources
        .push(OTHER_DB.to_owned());
    parts(&several, &[], Indeterminate, "");
    several.records.events[0].value.resources.remove(1);
    parts(
        &several,
        &["orders/alternate-site", "orders/switch"],
        Indeterminate,
        "another region or account",
    );
    world.records.events[0].value.resources.truncate(1);
    parts(
        &world,
        &["orders/alternate-site", "orders/switch"],
        Indeterminate,
        "another region or account",
    );
}

#[test]
fn a_rebuilt_system_has_nothing_to_restore_and_stands_by_the_other_restores() {
    let mut world = tested();
    let mut cache = system("cache");
    cache.resources = vec![
        "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:c"
            .parse()
            .expect("an id"),
    ];
    cache.backup_method = Some(BackupMethod::IacRebuild);
    cache.exemption = Some(Exemption {
        rationale: "holds sessions only".to_owned(),
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-01-01"),
        from: at("2026-01-01"),
        until: None,
    });
    world.add_system(cache);
    world.records.exercises[0]
        .value
        .systems
        .push("cache".parse().expect("a system"));
    check(
        &world,
        procedure,
        11,
        &[("cache/restore", NotApplicable, "holds sessions only")],
    );
    world.records.systems[1].value.exemption = None;
    let open = ["cache/alternate-site", "cache/restore", "cache/switch"];
    check(
        &world,
        procedure,
        9,
        &open.map(|part| (part, Indeterminate, "restored a backup of orders")),
    );
}

#[test]
fn the_tasks_of_the_policy_are_present_in_any_order_and_spelling() {
    let respelt = changed(|exercise| {
        let tasks = exercise.tasks.as_mut().expect("tasks");
        tasks.reverse();
        tasks[0] = "Verify security controls".to_owned();
    });
    parts(&respelt, &[], Indeterminate, "");
    let without = |task: &'static str| {
        move |exercise: &mut Exercise| {
            exercise
                .tasks
                .as_mut()
                .expect("tasks")
                .retain(|name| name != task)
        }
    };
    parts(
        &changed(without("update_dns")),
        &["orders/tasks"],
        Exception,
        "EX-1 lists no update_dns",
    );
    let security = ["orders/security-check"];
    parts(
        &changed(without("verify_security_controls")),
        &security,
        Exception,
        "no verify_security_controls",
    );
    let renamed = changed(|exercise| {
        without("update_dns")(exercise);
        exercise
            .tasks
            .as_mut()
            .expect("tasks")
            .push("switch names".to_owned());
    });
    parts(
        &renamed,
        &["orders/tasks"],
        Indeterminate,
        "names that the policy does not have",
    );
    let none = changed(|exercise| exercise.tasks = None);
    parts(
        &none,
        &["orders/security-check", "orders/tasks"],
        Indeterminate,
        "has no list of tasks",
    );
}

#[test]
fn the_population_is_of_critical_systems_in_use_at_the_end() {
    let mut world = tested();
    world.records.systems[0].value.critical = false;
    check(
        &world,
        procedure,
        0,
        &[("population", NoOccurrence, "no critical system")],
    );
    let mut world = tested();
    world.records.systems[0].value.decommissioned = Some(at("2026-07-10"));
    check(
        &world,
        procedure,
        0,
        &[("population", NoOccurrence, "no critical system")],
    );
    check(
        &World::new(),
        procedure,
        0,
        &[("inventory", Indeterminate, "holds no system")],
    );
}

#[test]
fn nothing_is_supported_without_both_registers_or_on_disputed_records() {
    for source in [Source::Exercises, Source::SystemsInventory] {
        let mut world = tested();
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(world.run(procedure).counts().get(State::Supported), 0, "{source}");
    }
    for (source, id) in [(Source::Exercises, "EX-1"), (Source::SystemsInventory, "orders")] {
        let mut world = tested();
        world.add_conflict(source, id);
        only_age(&world, Indeterminate, "contradict each other");
    }
    let mut moved = tested();
    moved.add_exercise(exercise("EX-2", Tabletop, "2026-07-02T10:00"));
    moved.add_conflict(Source::Exercises, "EX-2");
    assert_eq!(moved.run(procedure).state(), State::Supported);
    moved.records.conflicts[0].moved.about = true;
    only_age(&moved, Indeterminate, "contradict each other");
}

#[test]
fn a_broken_history_shows_nothing() {
    let mut world = tested();
    world.unprove(
        Source::AwsRestoreJobs,
        span("2026-06-20T10:30", "2026-06-20T10:31"),
    );
    parts(&world, &PARTS, Indeterminate, "is in no complete history");
}

#[test]
fn of_a_system_with_several_resources_the_trail_may_name_any_and_the_new_one_is_none_of_them() {
    const OTHER: &str = "arn:aws:rds:us-west-2:111122223333:db:replica";
    let traced = |resources: &[&str]| {
        let mut world = changed(|exercise| exercise.restore_jobs.clear());
        world.change_system(|row| row.resources.insert(0, OTHER.parse().expect("a resource")));
        let event = Event {
            id: "ev-1".to_owned(),
            source: "rds.amazonaws.com".to_owned(),
            name: "RestoreDBInstanceFromDBSnapshot".to_owned(),
            resources: resources.iter().map(|id| (*id).to_owned()).collect(),
            ..crate::evaluate::testing::backups::call("x", "x", "2026-06-21T10:00", "p-006")
        };
        let (seen, key) = (world.collected(), key(Source::Cloudtrail, "us-east-1"));
        world.records.events.push(observed(key, seen, "ev-1", event));
        world
    };
    let new = "arn:aws:rds:us-west-2:111122223333:db:drill";
    let near = "arn:aws:rds:us-east-1:111122223333:db:drill";
    parts(&traced(&[DB, new]), &[], Indeterminate, "");
    parts(&traced(&[DB, near, new]), &[], Indeterminate, "");
    let far = ["orders/alternate-site", "orders/switch"];
    let words = "another region or account";
    parts(&traced(&[DB, OTHER]), &far, Indeterminate, words);
    parts(&traced(&[DB, near]), &far, Indeterminate, words);
}

#[test]
fn a_bucket_was_made_where_its_job_ran() {
    let mut world = tested();
    world.records.restores[0].value.created_resource = Some("arn:aws:s3:::drill".to_owned());
    world.records.restores[0].value.region = "us-west-2".parse().expect("a region");
    parts(&world, &[], Indeterminate, "");
    world.records.restores[0].value.provider = Provider::Atlas;
    let far = ["orders/alternate-site", "orders/switch"];
    parts(&world, &far, Indeterminate, "does not stand in another");
}

#[test]
fn only_technical_tests_are_told_to_be_too_late() {
    let told = |kind| {
        let mut world = tested();
        world.add_exercise(exercise("EX-2", kind, "2026-07-11T01:00"));
        let finding = world.run(procedure);
        finding
            .observations()
            .iter()
            .any(|seen| seen.text.contains("left out"))
    };
    assert!(told(Technical) && !told(Tabletop));
}
