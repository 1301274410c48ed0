//! The outcomes of CT-09.

use State::{Exception, Indeterminate, NoOccurrence};

use super::encrypted;
use crate::evaluate::testing::backups::{check_drops, check_order, job, point, point_arn};
use crate::evaluate::testing::{World, at, check, key, observed, span};
use crate::model::finding::State;
use crate::model::records::governance::VendorAssurance;
use crate::model::source::Source;

fn assure(world: &mut World, change: impl FnOnce(&mut VendorAssurance)) {
    let mut document = VendorAssurance {
        vendor: "MongoDB, Inc.".to_owned(),
        document: "SOC2".to_owned(),
        start: "2026-07-01".parse().expect("a date"),
        end: "2026-07-10".parse().expect("a date"),
        reviewed_by: Some("p-001".to_owned()),
        reviewed: Some(at("2026-07-05")),
    };
    change(&mut document);
    let seen = world.collected();
    world.records.assurances = vec![observed(key(Source::VendorAssurance, ""), seen, "soc2", document)];
}

#[test]
fn encrypted_points_with_a_key_are_supported() {
    // Twelve: two were made before the period and stood in it.
    check(&World::daily(), encrypted, 12, &[]);
    let mut later = World::daily();
    later.add_backup("later", "2026-07-11T03:00");
    check(&later, encrypted, 12, &[]);
    check_order(&World::daily(), encrypted);
    check_drops(&World::daily(), encrypted);
    check(
        &World::new(),
        encrypted,
        0,
        &[("population", NoOccurrence, "no recovery point")],
    );
}

#[test]
fn an_unencrypted_point_or_copy_is_an_exception() {
    let mut world = World::daily();
    let mut bare = point("bare", "2026-07-03T09:00");
    bare.encrypted = Some(false);
    bare.copied_from = Some("vault".to_owned());
    world.add_point(bare);
    check(&world, encrypted, 12, &[("p-bare", Exception, "the copy")]);
    check_drops(&world, encrypted);
}

#[test]
fn what_the_record_does_not_say_is_indeterminate() {
    let mut world = World::new();
    let mut silent = point("silent", "2026-07-03T09:00");
    silent.encrypted = None;
    world.add_point(silent);
    let mut keyless = point("keyless", "2026-07-03T09:00");
    keyless.key = None;
    world.add_point(keyless);
    world.add_point(point("conflict", "2026-07-03T09:00"));
    world.add_conflict(Source::AwsRecoveryPoints, &point_arn("conflict"));
    world.records.conflicts[0].citations = vec![world.records.points[0].citation.clone()];
    world.add_job(job("unseen", "2026-07-03T09:00"));
    let expected = [
        ("p-conflict", Indeterminate, "contradict"),
        ("p-keyless", Indeterminate, "names no key"),
        ("p-silent", Indeterminate, "does not say"),
        ("p-unseen", Indeterminate, "no listing shows"),
    ];
    check(&world, encrypted, 0, &expected);
}

#[test]
fn a_point_that_only_a_partial_pull_shows_is_not_supported() {
    let mut world = World::new();
    world.add_point(point("a", "2026-07-03T09:00"));
    world.records.points[0].value.sightings.clear();
    check(
        &world,
        encrypted,
        0,
        &[("p-a", Indeterminate, "no complete listing shows p-a")],
    );
    let mut world = World::daily();
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-01", "2027-01-01"));
    assert_eq!(world.run(encrypted).counts().get(State::Supported), 0);
}

#[test]
fn atlas_relies_on_a_reviewed_assurance_for_the_period() {
    let mut world = World::daily_in_atlas();
    let finding = world.run(encrypted);
    assert_eq!(finding.counts().get(Indeterminate), 11);
    assure(&mut world, |_| {});
    check(&world, encrypted, 11, &[]);
    check_drops(&world, encrypted);
    type Change = fn(&mut VendorAssurance);
    let changes: [Change; 5] = [
        |document| document.start = "2026-07-02".parse().expect("a date"),
        |document| document.end = "2026-07-09".parse().expect("a date"),
        |document| document.reviewed = None,
        |document| document.document = "BAA".to_owned(),
        |document| document.vendor = "Amazon".to_owned(),
    ];
    for change in changes {
        assure(&mut world, change);
        assert_eq!(world.run(encrypted).counts().get(Indeterminate), 11);
    }
    assure(&mut world, |_| {});
    world.unprove_all(Source::VendorAssurance);
    assert_eq!(world.run(encrypted).counts().get(Indeterminate), 11);
}

#[test]
fn copies_that_no_listing_shows_are_indeterminate() {
    use crate::evaluate::testing::{at, key, observed};
    use crate::model::records::backups::{CopyJob, JobState};
    let mut world = World::daily();
    let copy = CopyJob {
        id: "c-1".to_owned(),
        source_point: None,
        source_vault: None,
        destination_point: Some("arn:aws:backup:us-east-1:999900001111:recovery-point:x".to_owned()),
        destination_vault: Some("arn:aws:backup:us-east-1:999900001111:backup-vault:away".to_owned()),
        resource: None,
        state: JobState::Completed,
        created: at("2026-07-04"),
        completed: None,
    };
    let seen = world.collected();
    let row = observed(key(Source::AwsCopyJobs, "us-east-1"), seen, "c-1", copy);
    let before = world.run(encrypted).counts().get(State::Supported);
    world.records.copies.push(row);
    check(
        &world,
        encrypted,
        before,
        &[("copy/c-1", State::Indeterminate, "no listing shows it")],
    );
    world.records.copies[0].value.destination_point = Some(world.records.points[4].value.id.clone());
    check(&world, encrypted, before, &[]);
    world.records.copies[0].value.destination_point = None;
    let unnamed = [("copy/c-1", State::Indeterminate, "no listing shows it")];
    check(&world, encrypted, before, &unnamed);
    let vault = world.records.copies[0].value.destination_vault.take();
    let unplaced = [("copy/c-1", State::Indeterminate, "a copy to an unnamed vault")];
    check(&world, encrypted, before, &unplaced);
    world.records.copies[0].value.destination_vault = vault;
    world.records.copies[0].value.state = JobState::Failed;
    check(&world, encrypted, before, &[]);
    world.change_job("2026-07-04", |job| job.point = None);
    check(
        &world,
        encrypted,
        before,
        &[("job/2026-07-04", State::Indeterminate, "names no recovery point")],
    );
}

#[test]
fn what_stood_in_the_period_counts_from_its_first_instant_to_before_its_last() {
    let seen = |created: &str, sighting: &str| {
        let mut world = World::new();
        let mut point = point("a", created);
        point.sightings = vec![at(sighting)];
        world.add_point(point);
        world.run(encrypted).items()[0].id().to_owned()
    };
    assert_eq!(seen("2026-06-28", "2026-07-01"), "p-a");
    assert_eq!(seen("2026-06-28", "2026-06-30T23:59:59Z"), "population");
    assert_eq!(seen("2026-07-10T23:59:59Z", "2026-07-11T05:00"), "p-a");
    assert_eq!(seen("2026-07-11", "2026-07-11T05:00"), "population");
}

#[test]
fn jobs_that_came_to_nothing_or_are_of_another_period_lack_no_point() {
    use crate::model::records::backups::JobState;
    let alone = |created: &str, state: JobState, point: Option<&str>| {
        let mut world = World::new();
        let mut alone = job("alone", created);
        (alone.state, alone.point) = (state, point.map(point_arn));
        world.add_job(alone);
        let finding = world.run(encrypted);
        finding.items().iter().any(|item| item.id().contains("alone"))
    };
    for point in [None, Some("alone")] {
        assert!(alone("2026-07-03", JobState::Completed, point));
        assert!(!alone("2026-07-03", JobState::Failed, point));
        assert!(!alone("2026-06-28", JobState::Completed, point));
    }
}

#[test]
fn a_point_made_before_counts_where_one_listing_of_the_period_shows_it() {
    let seen = |sightings: &[&str]| {
        let mut world = World::new();
        let mut old = point("old", "2026-06-01T03:00");
        old.sightings = sightings.iter().map(|when| at(when)).collect();
        world.add_point(old);
        world.run(encrypted).counts().get(State::Supported)
    };
    assert_eq!(seen(&["2026-06-02", "2026-07-01"]), 1);
    assert_eq!(seen(&["2026-06-02", "2026-06-30T23:59:59Z"]), 0);
}
