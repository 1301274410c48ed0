//! The outcomes of CT-15.

use State::{Exception, Indeterminate, NoOccurrence};

use super::backup_register;
use crate::evaluate::testing::backups::{check_drops, check_order};
use crate::evaluate::testing::{DB, World, at, check, system};
use crate::model::finding::State;
use crate::model::records::backups::JobState;
use crate::model::records::governance::Ephi;
use crate::model::source::Source;

#[test]
fn complete_records_are_supported() {
    check(&World::daily(), backup_register, 10, &[]);
    check(&World::daily_in_atlas(), backup_register, 10, &[]);
    check_order(&World::daily(), backup_register);
    check_drops(&World::daily(), backup_register);
    check(
        &World::with_system(),
        backup_register,
        0,
        &[("population", NoOccurrence, "no backup")],
    );
}

#[test]
fn a_resource_has_to_belong_to_one_system() {
    let mut world = World::daily();
    let other = "arn:aws:rds:us-east-1:111122223333:db:legacy"
        .parse()
        .expect("an arn");
    world.change_job("2026-07-04", |job| job.resource = Some(other));
    world
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-04"));
    let finding = check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-04", Exception, "db:legacy belongs to no system")],
    );
    let about = |statement: &str| {
        finding
            .exceptions()
            .any(|(_, item)| item.speaks_about(&statement.parse().expect("an id")))
    };
    assert!(about("DM-6.2-4a") && !about("DM-6.2-4b") && !about("DM-6.2-4c"));
    check_drops(&world, backup_register);
    world.unprove_all(Source::SystemsInventory);
    assert_eq!(world.run(backup_register).counts().get(Exception), 0);
    let mut twice = World::daily();
    twice.add_system(system("copy"));
    assert_eq!(twice.run(backup_register).counts().get(Exception), 10);
    // Backups of systems without ePHI are not counted in CT-05.
    let mut free = World::daily();
    free.change_system(|system| system.ephi = Ephi::None);
    check(&free, backup_register, 0, &[("population", NoOccurrence, "")]);
}

#[test]
fn an_empty_field_is_an_exception() {
    let mut world = World::daily();
    world.records.points.clear();
    world.change_job("2026-07-04", |job| job.completed = None);
    check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-04", Exception, "no time of completion")],
    );
    world.change_job("2026-07-04", |job| {
        (job.completed, job.location) = (Some(at("2026-07-04T04:00")), None)
    });
    check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-04", Exception, "no location")],
    );
    world.change_job("2026-07-04", |job| {
        job.location = Some("arn:aws:backup:::backup-vault:x".to_owned())
    });
    check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-04", Exception, "names no account and region")],
    );
    world.change_job("2026-07-04", |job| job.resource = None);
    check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-04", Exception, "names no resource; the location")],
    );
}

#[test]
fn failures_are_no_backups_and_doubts_stay_open() {
    let mut world = World::daily();
    world.records.points.clear();
    world.change_job("2026-07-04", |job| job.state = JobState::Failed);
    check(&world, backup_register, 9, &[]);
    world.change_job("2026-07-04", |job| job.state = JobState::Unknown);
    check(
        &world,
        backup_register,
        9,
        &[(
            "doubt/2026-07-04/2026-07-04T03:00:00Z",
            Indeterminate,
            "does not know",
        )],
    );
    let mut by_point = World::daily();
    by_point.records.jobs.retain(|job| job.value.id != "2026-07-04");
    check(&by_point, backup_register, 10, &[]);
    assert!(
        by_point
            .run(backup_register)
            .items()
            .iter()
            .any(|item| item.id() == "p-2026-07-04")
    );
    assert_eq!(
        DB,
        by_point.records.points[0]
            .value
            .resource
            .as_ref()
            .expect("a resource")
            .as_str()
    );
}

#[test]
fn a_contradicted_owner_and_one_not_in_use_then_are_indeterminate() {
    let mut world = World::daily();
    world.add_conflict(Source::SystemsInventory, "orders");
    assert_eq!(world.run(backup_register).counts().get(Indeterminate), 10);
    // Two systems one after the other: each backup belongs to one of them.
    let mut world = World::daily();
    world.change_system(|row| row.decommissioned = Some(at("2026-07-05T03:00")));
    let mut next = system("next");
    next.onboarded = Some(at("2026-07-06"));
    world.add_system(next);
    check(
        &world,
        backup_register,
        9,
        &[("p-2026-07-05", Indeterminate, "was in use at 2026-07-05T03:00")],
    );
}

#[test]
fn a_snapshot_without_region_takes_that_of_the_inventory() {
    let mut world = World::daily_in_atlas();
    for job in &mut world.records.jobs {
        job.value.location = Some("AWS".to_owned());
    }
    assert_eq!(world.run(backup_register).counts().get(Indeterminate), 10);
    world.change_system(|row| row.region = "us-east-1".parse().expect("a region"));
    let finding = check(&world, backup_register, 10, &[]);
    assert_eq!(finding.observations().len(), 1);
}

#[test]
fn a_register_without_places_or_ends_is_told_and_lacks_them() {
    let told = |world: &World| {
        let finding = world.run(backup_register);
        finding
            .observations()
            .iter()
            .any(|seen| seen.text.contains("name no region"))
    };
    let mut atlas = World::daily_in_atlas();
    assert!(!told(&World::daily()) && !told(&atlas));
    for job in &mut atlas.records.jobs {
        job.value.location = None;
    }
    for point in &mut atlas.records.points {
        point.value.location = None;
    }
    assert!(told(&atlas));
    let mut endless = World::daily();
    endless.records.jobs.clear();
    check(&endless, backup_register, 10, &[]);
    for point in &mut endless.records.points {
        point.value.completed = None;
    }
    assert_eq!(endless.run(backup_register).counts().get(State::Supported), 0);
}

#[test]
fn a_backup_that_belongs_to_two_systems_counts_where_one_of_them_holds_ephi() {
    let mut world = World::daily();
    let mut free = system("copy");
    free.ephi = Ephi::None;
    world.add_system(free);
    assert_eq!(world.run(backup_register).counts().get(Exception), 10);
}
