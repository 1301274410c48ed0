//! Copies, keys, and the lists of Atlas.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{KEY, VAULT, call, check_drops, point, point_arn};
use crate::evaluate::testing::{CLUSTER, PROJECT, World, at, key, observed, span};
use crate::model::estate::global;
use crate::model::finding::State;
use crate::model::records::backups::{CopyJob, JobState, KeyCondition, Provider, RestoreJob};
use crate::model::source::Source;

const COPIES: &str = "copies";
const KEYS: &str = "keys";
const SNAPSHOTS: &str = "atlas-snapshot-events";
const RESTORES: &str = "atlas-restore-events";
const COUNTS: &str = "atlas-total-counts";

fn copied() -> World {
    let mut world = reconciled();
    let copy = CopyJob {
        id: "c-1".to_owned(),
        source_point: Some(point_arn("2026-07-04")),
        source_vault: Some(VAULT.to_owned()),
        destination_point: Some(point_arn("copy")),
        destination_vault: Some("arn:aws:backup:us-west-2:111122223333:backup-vault:copies".to_owned()),
        resource: None,
        state: JobState::Completed,
        created: at("2026-07-04T04:00"),
        completed: Some(at("2026-07-04T05:00")),
    };
    let row = observed(
        key(Source::AwsCopyJobs, "us-east-1"),
        world.collected(),
        "copy",
        copy,
    );
    world.records.copies.push(row);
    world
}

#[test]
fn a_completed_copy_has_its_recovery_point_at_its_destination() {
    let mut world = copied();
    let unseen = "1 unexplained: copy c-1 made p-copy, which no complete listing shows";
    check_tally(&world, COPIES, (1, 0), Indeterminate, unseen);
    let mut copy = point("copy", "2026-07-04T04:00");
    copy.copied_from = Some(VAULT.to_owned());
    copy.region = "us-west-2".parse().expect("a region");
    world.add_point(copy);
    check_ties(&world, COPIES, 1);
    check_drops(&world, evidence_complete);
    let mut gap = world.clone();
    gap.unprove(Source::AwsRecoveryPoints, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, COPIES, (1, 1), Indeterminate, "none");
    world
        .records
        .points
        .last_mut()
        .expect("the copy")
        .value
        .sightings
        .clear();
    check_tally(&world, COPIES, (1, 0), Indeterminate, unseen);
    world.add_event(call("DeleteRecoveryPoint", "copy", "2026-07-05", "p-007"));
    check_tally(
        &world,
        COPIES,
        (1, 0),
        Supported,
        "1 explained: p-copy of copy c-1 was deleted before a listing",
    );
    world.records.copies[0].value.destination_point = None;
    check_tally(
        &world,
        COPIES,
        (1, 0),
        Indeterminate,
        "copy c-1 made no recovery point",
    );
    world.records.copies[0].value.state = JobState::Failed;
    assert!(tally(&world.run(evidence_complete), COPIES).is_none());
}

#[test]
fn every_key_that_a_recovery_point_names_was_read() {
    check_ties(&reconciled(), KEYS, 1);
    // Whatever its state is: that is CT-10.
    let mut disabled = reconciled();
    disabled.observe_key(KeyCondition::Disabled);
    check_ties(&disabled, KEYS, 1);
    let other = KEY.replace("k-1", "k-2");
    let mut unread = reconciled();
    unread.records.points[5].value.key = Some(other.clone());
    check_tally(
        &unread,
        KEYS,
        (2, 1),
        Indeterminate,
        "1 unexplained: nobody read the state of k-2",
    );
    check_drops(&unread, evidence_complete);
    // A recovery point that was due before the period does not count, one due with it does.
    let ended = |world: &mut World, due: &str| world.records.points[5].value.delete_at = Some(at(due));
    ended(&mut unread, "2026-06-30T23:59");
    check_ties(&unread, KEYS, 1);
    ended(&mut unread, "2026-07-01");
    check_tally(&unread, KEYS, (2, 1), Indeterminate, "k-2");
    // One that is kept for ever counts.
    unread.records.points[5].value.delete_at = None;
    check_tally(&unread, KEYS, (2, 1), Indeterminate, "k-2");
    // So does one that was there until the period began, and no other: neither gone before nor made after.
    let seen = |listing: &str| {
        let mut world = unread.clone();
        world.records.points[5].value.sightings = vec![at("2026-06-30T05:00")];
        world.add_listing(VAULT, at(listing));
        world
    };
    check_tally(&seen("2026-07-01"), KEYS, (2, 1), Indeterminate, "k-2");
    check_ties(&seen("2026-06-30T23:59"), KEYS, 1);
    unread.records.points[5].value.created = at("2026-07-11");
    check_ties(&unread, KEYS, 1);
    unread.records.points[5].value.created = at("2026-07-10T23:59");
    check_tally(&unread, KEYS, (2, 1), Indeterminate, "k-2");
    let mut gap = reconciled();
    gap.unprove(Source::KmsKeys, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, KEYS, (1, 1), Indeterminate, "none");
}

/// Daily snapshots with their events.
fn told() -> World {
    let mut world = World::daily_in_atlas();
    world.tell_ends();
    world
}

#[test]
fn snapshots_and_events_of_a_cluster_pair_in_order() {
    let world = told();
    check_ties(&world, SNAPSHOTS, 10);
    check_drops(&world, evidence_complete);
    let mut untold = world.clone();
    untold.records.events.remove(4);
    check_tally(
        &untold,
        SNAPSHOTS,
        (10, 9),
        Indeterminate,
        "1 unexplained: snapshot s-2026-07-04 of patients without an event",
    );
    let mut unlisted = world.clone();
    unlisted.records.jobs.retain(|job| job.value.id != "s-2026-07-04");
    check_tally(
        &unlisted,
        SNAPSHOTS,
        (9, 10),
        Indeterminate,
        "1 unexplained: event e-CPS_SNAPSHOT_SUCCESSFUL-s-2026-07-04 at 2026-07-04T02:18:00Z without its record",
    );
    let mut other = world.clone();
    other.records.events[4].value.resources = vec![format!("{CLUSTER}-2")];
    check_tally(&other, SNAPSHOTS, (10, 10), Indeterminate, "2 unexplained");
    // Within a day, not later.
    let mut late = untold.clone();
    late.records.events.truncate(4);
    late.records
        .jobs
        .retain(|job| job.value.created < at("2026-07-04T12:00"));
    let mut event = late.records.events[3].clone();
    event.value.id = "late".to_owned();
    event.value.at = at("2026-07-05T01:59");
    late.records.events.push(event);
    check_ties(&late, SNAPSHOTS, 4);
    late.records.events[4].value.at = at("2026-07-05T02:00");
    check_tally(&late, SNAPSHOTS, (4, 4), Indeterminate, "2 unexplained");
    let mut gap = world.clone();
    gap.unprove(Source::AtlasEvents, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, SNAPSHOTS, (10, 10), Indeterminate, "none");
}

#[test]
fn a_snapshot_s_event_may_be_of_the_instant_at_which_it_began() {
    let mut world = told();
    world.records.events[4].value.at = at("2026-07-04T02:00");
    check_ties(&world, SNAPSHOTS, 10);
    world.records.events[4].value.at = at("2026-07-04T01:59:59Z");
    check_tally(&world, SNAPSHOTS, (10, 10), Indeterminate, "2 unexplained");
    // One side alone has nothing to tie with.
    check_tally(
        &World::daily_in_atlas(),
        SNAPSHOTS,
        (10, 0),
        Indeterminate,
        "10 unexplained",
    );
    let mut unlisted = told();
    unlisted.records.jobs.clear();
    // What began before the period may have ended on its first day.
    check_tally(&unlisted, SNAPSHOTS, (0, 9), Indeterminate, "9 unexplained");
    let alone = |when: &str| {
        let mut world = unlisted.clone();
        world.records.events.truncate(1);
        world.records.events[0].value.at = at(when);
        world
    };
    for when in ["2026-07-02", "2026-07-10T23:59:59Z"] {
        check_tally(
            &alone(when),
            SNAPSHOTS,
            (0, 1),
            Indeterminate,
            "without its record",
        );
    }
    for when in ["2026-07-01T23:59:59Z", "2026-07-11"] {
        assert!(
            tally(&alone(when).run(evidence_complete), SNAPSHOTS).is_none(),
            "{when}"
        );
    }
}

/// A restore of the cluster that ended on 4 July at noon, and the event that tells of its end at `told`.
fn restored(told: &str) -> World {
    let mut world = World::daily_in_atlas();
    let restore = RestoreJob {
        id: "r-1".to_owned(),
        provider: Provider::Atlas,
        point: None,
        resource: Some(CLUSTER.parse().expect("a resource")),
        created_resource: None,
        account: PROJECT.parse().expect("an account"),
        region: global(),
        state: JobState::Completed,
        created: at("2026-07-04T11:00"),
        completed: Some(at("2026-07-04T12:00")),
        validation: None,
        testing_plan: None,
        delivery: Some("automated".to_owned()),
    };
    let seen = world.collected();
    let row = observed(key(Source::AtlasRestoreJobs, ""), seen, "r-1", restore);
    world.records.restores.push(row);
    let mut event = call("CPS_RESTORE_SUCCESSFUL", "r-1", told, "x");
    event.source = "atlas".to_owned();
    event.resources = vec![CLUSTER.to_owned()];
    let row = observed(key(Source::AtlasEvents, ""), seen, "e-1", event);
    world.records.events.push(row);
    world
}

#[test]
fn a_restore_in_atlas_has_the_event_of_its_end() {
    // Clocks may differ by five minutes.
    for told in ["2026-07-04T11:55", "2026-07-04T12:00", "2026-07-05T11:54"] {
        check_ties(&restored(told), RESTORES, 1);
    }
    for told in ["2026-07-04T11:54:59Z", "2026-07-05T11:55"] {
        check_tally(&restored(told), RESTORES, (1, 1), Indeterminate, "2 unexplained");
    }
    let untold = "1 unexplained: restore r-1 of patients without an event";
    let mut silent = restored("2026-07-04T12:00");
    silent.records.events.clear();
    check_tally(&silent, RESTORES, (1, 0), Indeterminate, untold);
    // A download restores nothing, a failed one neither, and one that ended after the period is of the next.
    let changes: [fn(&mut RestoreJob); 3] = [
        |job| job.delivery = Some("download".to_owned()),
        |job| job.state = JobState::Failed,
        |job| job.completed = Some(at("2026-07-11")),
    ];
    for change in changes {
        let mut other = restored("2026-07-04T12:00");
        change(&mut other.records.restores[0].value);
        let stranger = "1 unexplained: event e-CPS_RESTORE_SUCCESSFUL-r-1";
        check_tally(&other, RESTORES, (0, 1), Indeterminate, stranger);
        other.records.events.clear();
        assert!(tally(&other.run(evidence_complete), RESTORES).is_none());
    }
    for source in [Source::AtlasRestoreJobs, Source::AtlasEvents] {
        let mut gap = restored("2026-07-04T12:00");
        gap.unprove(source, span("2026-07-04", "2026-07-05"));
        check_tally(&gap, RESTORES, (1, 1), Indeterminate, "none");
    }
}

#[test]
fn the_rows_of_atlas_are_as_many_as_it_says() {
    let mut world = World::daily_in_atlas();
    let pull = world.add_pull(Source::AtlasSnapshots, "atlas", "atlas:listSnapshots");
    pull.receipt.started = at("2026-07-05T05:00");
    (pull.rows, pull.stated) = (24, Some(24));
    check_ties(&world, COUNTS, 24);
    world.records.pulls[0].rows = 23;
    check_tally(&world, COUNTS, (23, 24), Indeterminate, "totalCount 24, 23 rows");
    world.records.pulls[0].stated = None;
    check_tally(&world, COUNTS, (23, 0), Indeterminate, "gives no totalCount");
}
