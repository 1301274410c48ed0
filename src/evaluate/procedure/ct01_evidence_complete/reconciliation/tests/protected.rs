//! What AWS Backup protects, and how long it says that restores took.

use State::{Indeterminate, Supported};
use chrono::TimeDelta;

use super::{check_tally, check_ties, cited, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{VAULT, check_drops};
use crate::evaluate::testing::{ACCOUNT, DB, World, at, key, observed, span, system};
use crate::model::finding::State;
use crate::model::records::CompleteListing;
use crate::model::records::backups::{JobState, PointState, Provider, RestoreJob};
use crate::model::records::governance::BackupMethod;
use crate::model::source::Source;

const POINTS: &str = "protected-points";
const INVENTORY: &str = "protected-inventory";
const LISTING: &str = "protected-listing";
const DURATIONS: &str = "restore-durations";
const OTHER: &str = "arn:aws:rds:us-east-1:111122223333:db:other";

#[test]
fn what_is_protected_has_recovery_points_and_the_other_way_round() {
    check_ties(&reconciled(), POINTS, 1);
    check_drops(&reconciled(), evidence_complete);
    let mut more = reconciled();
    more.see_protected(OTHER);
    let without = "1 unexplained: other is protected, and no listing has a recovery point of it";
    check_tally(&more, POINTS, (2, 1), Indeterminate, without);
    let mut unlisted = reconciled();
    unlisted.records.protected.clear();
    let not_listed = "1 unexplained: orders is not listed as protected and has 12 recovery points";
    check_tally(&unlisted, POINTS, (0, 1), Indeterminate, not_listed);
    // A list taken before the period is none of the period's.
    unlisted.see_protected(DB);
    unlisted.records.protected[0].value.at = at("2026-06-30T23:59");
    check_tally(&unlisted, POINTS, (0, 1), Indeterminate, not_listed);
    unlisted.records.protected[0].value.at = at("2026-07-01");
    check_ties(&unlisted, POINTS, 1);
    // Nor are recovery points that were last seen before it.
    let mut gone = reconciled();
    for point in &mut gone.records.points {
        point.value.sightings = vec![at("2026-06-30T23:59")];
    }
    check_tally(
        &gone,
        POINTS,
        (1, 0),
        Indeterminate,
        "no listing has a recovery point",
    );
    gone.records.points[3].value.sightings = vec![at("2026-06-30T23:59"), at("2026-07-01")];
    check_ties(&gone, POINTS, 1);
    // What only copies or members of a composite are of may be listed, and needs not be.
    for change in [
        |world: &mut World| world.records.points[0].value.copied_from = Some(VAULT.to_owned()),
        |world: &mut World| world.records.points[0].value.parent = Some("composite".to_owned()),
    ] {
        let mut copied = reconciled();
        copied.records.points.truncate(1);
        change(&mut copied);
        check_ties(&copied, POINTS, 1);
        copied.records.protected.clear();
        assert!(tally(&copied.run(evidence_complete), POINTS).is_none());
    }
    for source in [Source::AwsProtectedResources, Source::AwsRecoveryPoints] {
        let mut gap = reconciled();
        gap.unprove(source, span("2026-07-04", "2026-07-05"));
        check_tally(&gap, POINTS, (1, 1), Indeterminate, "none");
    }
}

#[test]
fn that_a_resource_is_listed_vouches_for_no_backup() {
    let mut world = reconciled();
    for point in &mut world.records.points {
        point.value.state = PointState::Expired;
    }
    let none = "1 explained: orders is listed, and none of its 12 recovery points is usable";
    check_tally(&world, POINTS, (1, 1), Supported, none);
    world.records.points[0].value.state = PointState::Usable;
    check_ties(&world, POINTS, 1);
}

#[test]
fn the_inventory_knows_what_is_protected() {
    check_ties(&reconciled(), INVENTORY, 1);
    let mut stranger = reconciled();
    stranger.see_protected(OTHER);
    let unknown = "1 unexplained: other is protected, and the inventory does not know it";
    check_tally(&stranger, INVENTORY, (1, 2), Indeterminate, unknown);
    // A row that the inventory holds no more explains nothing.
    let mut withdrawn = reconciled();
    withdrawn.records.systems[0].stands = false;
    check_tally(
        &withdrawn,
        INVENTORY,
        (0, 1),
        Indeterminate,
        "the inventory does not know it",
    );
    let mut unlisted = reconciled();
    unlisted.records.protected.clear();
    let missing = "1 unexplained: orders of orders has recovery points and is not listed as protected";
    check_tally(&unlisted, INVENTORY, (1, 0), Indeterminate, missing);
    // Without any backup it is CT-03's to judge.
    unlisted.records.points.clear();
    let without = "1 explained: orders of orders has no recovery point";
    check_tally(&unlisted, INVENTORY, (1, 0), Supported, without);
    let mut otherwise = reconciled();
    otherwise.change_system(|system| system.backup_method = Some(BackupMethod::Native));
    let method =
        "1 explained: orders is protected, although the inventory does not have AWS Backup as its method";
    check_tally(&otherwise, INVENTORY, (0, 1), Supported, method);
    let mut given_up = reconciled();
    given_up.change_system(|system| system.decommissioned = Some(at("2026-07-01")));
    let still =
        "1 explained: orders is still protected: the inventory has it decommissioned at 2026-07-01T00:00:00Z";
    check_tally(&given_up, INVENTORY, (0, 1), Supported, still);
    given_up.change_system(|system| system.decommissioned = Some(at("2026-07-01T00:01")));
    check_ties(&given_up, INVENTORY, 1);
    // Both sides are cited.
    let (places, _) = cited(&reconciled(), INVENTORY);
    assert_eq!(places, [Source::AwsProtectedResources, Source::SystemsInventory]);
    let mut gap = reconciled();
    gap.unprove_all(Source::SystemsInventory);
    check_tally(&gap, INVENTORY, (1, 1), Indeterminate, "none");
}

#[test]
fn the_independent_listing_has_what_is_protected() {
    check_ties(&reconciled(), LISTING, 1);
    let mut missing = reconciled();
    missing.records.resources.clear();
    let absent = "1 unexplained: orders is protected, and the independent listing does not have it";
    check_tally(&missing, LISTING, (1, 0), Indeterminate, absent);
    // Given up before anybody looked, it could not stand in a listing; later it had to.
    missing.change_system(|system| system.decommissioned = Some(at("2026-07-02")));
    check_tally(
        &missing,
        LISTING,
        (1, 0),
        Supported,
        "1 explained: orders is still protected",
    );
    missing.records.listings.push(CompleteListing {
        key: key(Source::CloudResourceListing, "us-east-1"),
        part: String::new(),
        at: at("2026-07-01T12:00"),
    });
    check_tally(&missing, LISTING, (1, 0), Indeterminate, absent);
    missing.records.listings[0].at = at("2026-07-01");
    missing.change_system(|system| system.decommissioned = Some(at("2026-07-01T00:01")));
    check_tally(&missing, LISTING, (1, 0), Indeterminate, absent);
    missing.change_system(|system| system.decommissioned = Some(at("2026-07-02")));
    missing.records.listings[0].at = at("2026-07-02");
    check_tally(&missing, LISTING, (1, 0), Supported, "1 explained");
    // Of two systems that had it, the last one to give it up counts.
    let mut shared = missing.clone();
    let mut second = system("invoices");
    second.decommissioned = Some(at("2026-07-02T00:01"));
    shared.add_system(second);
    check_tally(&shared, LISTING, (1, 0), Indeterminate, absent);
    missing.records.listings[0].at = at("2026-06-30T23:59");
    check_tally(&missing, LISTING, (1, 0), Supported, "1 explained");
    let mut unprotected = reconciled();
    unprotected.add_resource(OTHER, &[]);
    let without = "1 explained: other can hold data and has no recovery point in AWS Backup";
    check_tally(&unprotected, LISTING, (1, 2), Supported, without);
    // What holds no data, or was gone before the period, is nobody's concern.
    unprotected.records.resources[1].value.data_bearing = false;
    check_ties(&unprotected, LISTING, 1);
    unprotected.records.resources[1].value.data_bearing = true;
    for (seen, _) in &mut unprotected.records.resources[1].value.tag_history {
        *seen = at("2026-06-30T23:59");
    }
    check_ties(&unprotected, LISTING, 1);
    unprotected.records.resources[1].value.tag_history[0].0 = at("2026-07-01");
    check_tally(&unprotected, LISTING, (1, 2), Supported, without);
    let mut unlisted = reconciled();
    unlisted.records.protected.clear();
    let not_listed = "1 unexplained: orders has recovery points and is not listed as protected";
    check_tally(&unlisted, LISTING, (0, 1), Indeterminate, not_listed);
    let mut gap = reconciled();
    gap.unprove(Source::CloudResourceListing, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, LISTING, (1, 1), Indeterminate, "none");
}

/// A restore of 2026-07-04 from 09:00 that took 40 minutes and half, and the service's account of it on 2026-07-06.
fn restored() -> World {
    let mut world = World::with_system();
    let job = RestoreJob {
        id: "r-1".to_owned(),
        provider: Provider::Aws,
        point: None,
        resource: Some(DB.parse().expect("a resource")),
        created_resource: None,
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        state: JobState::Completed,
        created: at("2026-07-04T09:00"),
        completed: Some(at("2026-07-04T09:40") + TimeDelta::seconds(30)),
        validation: None,
        testing_plan: None,
        delivery: None,
    };
    let row = observed(
        key(Source::AwsRestoreJobs, "us-east-1"),
        world.collected(),
        "r-1",
        job,
    );
    world.records.restores.push(row);
    let told = Some((at("2026-07-04T09:00"), Some(40)));
    world.see_latest_restore(DB, at("2026-07-06"), told);
    world
}

#[test]
fn a_restore_takes_as_long_by_its_job_as_by_the_service() {
    check_ties(&restored(), DURATIONS, 1);
    check_drops(&restored(), evidence_complete);
    let with = |minutes: Option<u64>| {
        let mut world = restored();
        world.records.latest_restores[0].value.minutes = minutes;
        world
    };
    check_ties(&with(Some(41)), DURATIONS, 1);
    let differs =
        "1 unexplained: restore r-1 of orders: 40 minutes 30 s by its job, 42 minutes by the service";
    check_tally(&with(Some(42)), DURATIONS, (1, 1), Indeterminate, differs);
    check_tally(
        &with(Some(39)),
        DURATIONS,
        (1, 1),
        Indeterminate,
        "39 minutes by the service",
    );
    check_tally(
        &with(None),
        DURATIONS,
        (1, 1),
        Indeterminate,
        "none by the service",
    );
    // Whole minutes have no neighbour.
    let mut whole = with(Some(41));
    whole.records.restores[0].value.completed = Some(at("2026-07-04T09:40"));
    check_tally(
        &whole,
        DURATIONS,
        (1, 1),
        Indeterminate,
        "41 minutes by the service",
    );
    whole.records.latest_restores[0].value.minutes = Some(40);
    check_ties(&whole, DURATIONS, 1);
    // Two descriptions of one restore that differ can't both be right.
    let mut twice = restored();
    twice.see_latest_restore(DB, at("2026-07-08"), Some((at("2026-07-04T09:00"), Some(55))));
    check_tally(
        &twice,
        DURATIONS,
        (1, 1),
        Indeterminate,
        "55 minutes by the service",
    );
    let mut failed = restored();
    failed.records.restores[0].value.state = JobState::Failed;
    check_tally(
        &failed,
        DURATIONS,
        (1, 1),
        Indeterminate,
        "no end by its job, 40 minutes by the service",
    );
    for source in [Source::AwsRestoreJobs, Source::AwsProtectedResources] {
        let mut gap = restored();
        gap.unprove(source, span("2026-07-04", "2026-07-05"));
        check_tally(&gap, DURATIONS, (1, 1), Indeterminate, "none");
    }
}

#[test]
fn a_restore_that_only_one_of_both_tells_of_is_named() {
    let mut unlisted = restored();
    unlisted.records.restores.clear();
    let without =
        "1 unexplained: a restore of orders at 2026-07-04T09:00:00Z by the service, without its job";
    check_tally(&unlisted, DURATIONS, (0, 1), Indeterminate, without);
    let mut other = restored();
    other.records.restores[0].value.resource = Some(OTHER.parse().expect("a resource"));
    check_tally(&other, DURATIONS, (0, 1), Indeterminate, without);
    // Restores before the period are none of its.
    unlisted.records.latest_restores[0].value.job_created = Some(at("2026-06-30T23:59"));
    assert!(tally(&unlisted.run(evidence_complete), DURATIONS).is_none());
    let untold = "restore r-1 ended, and the service tells of no restore of its resource since";
    for told in [None, Some(at("2026-06-12T09:00")), Some(at("2026-07-04T08:59"))] {
        let mut silent = restored();
        silent.records.latest_restores[0].value.job_created = told;
        let right = u64::from(told == Some(at("2026-07-04T08:59")));
        check_tally(&silent, DURATIONS, (1, right), Indeterminate, untold);
    }
    // Nothing is expected of a description before the end, of a resource that nobody describes here, of a failed restore,
    // or of one that ended outside of the period.
    let mut silent = restored();
    silent.records.latest_restores[0].value.job_created = None;
    let quiet = |change: &dyn Fn(&mut World)| {
        let mut world = silent.clone();
        change(&mut world);
        assert!(tally(&world.run(evidence_complete), DURATIONS).is_none());
    };
    quiet(&|world| world.records.latest_restores[0].value.at = at("2026-07-04T09:40"));
    quiet(&|world| world.records.latest_restores.clear());
    quiet(&|world| world.records.restores[0].value.state = JobState::Failed);
    quiet(&|world| {
        world.records.restores[0].value.completed = Some(at("2026-07-11"));
        world.records.latest_restores[0].value.at = at("2026-07-11");
    });
    let mut at_once = silent.clone();
    at_once.records.latest_restores[0].value.at = at("2026-07-04T09:40") + TimeDelta::seconds(30);
    check_tally(&at_once, DURATIONS, (1, 0), Indeterminate, untold);
    // The first description after its end counts: that a later one knows it is no answer to that. It is one job.
    let mut late = restored();
    late.see_latest_restore(DB, at("2026-07-05"), None);
    check_tally(&late, DURATIONS, (1, 1), Indeterminate, untold);
    // What was restored again since is told of that one only.
    let mut newer = restored();
    newer.records.latest_restores[0].value.job_created = Some(at("2026-07-05T09:00"));
    check_tally(&newer, DURATIONS, (0, 1), Indeterminate, "without its job");
}
