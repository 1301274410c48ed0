//! The outcomes of CT-14.

use chrono::TimeDelta;

use super::alternate_location;
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::testing::backups::{KEY, VAULT, call, check_order, job, point, point_arn, snapshot};
use crate::evaluate::testing::{ACCOUNT, CLUSTER, World, at, check, key, observed, system};
use crate::model::finding::State::{Exception, Indeterminate, NoOccurrence, Supported};
use crate::model::records::backups::{
    CloudResource, CopyJob, JobState, KeyCondition, PointState, Provider, RecoveryPoint,
};
use crate::model::records::governance::{BackupMethod, Hosting, VendorAssurance};
use crate::model::records::{Conflict, Moved};
use crate::model::source::Source;

fn vault(account: &str, region: &str) -> String {
    format!("arn:aws:backup:{region}:{account}:backup-vault:away")
}

fn assure(world: &mut World, vendor: &str) {
    let document = VendorAssurance {
        vendor: vendor.to_owned(),
        document: "ISO".to_owned(),
        start: "2026-07-01".parse().expect("a date"),
        end: "2026-07-10".parse().expect("a date"),
        reviewed_by: Some("p-002".to_owned()),
        reviewed: Some(at("2026-07-10")),
    };
    let seen = world.collected();
    let row = observed(key(Source::VendorAssurance, ""), seen, vendor, document);
    world.records.assurances.push(row);
}

/// One point of the system `orders` on 2026-07-05 at 03:00, and AWS' assurance.
fn world() -> World {
    let mut world = World::with_system();
    world.add_point(point("a", "2026-07-05T03:00"));
    world.observe_key(KeyCondition::Enabled);
    assure(&mut world, "AWS");
    world
}

/// Adds a copy job of the point and its copy, created at 04:00 and completed at `completed`.
fn copy(world: &mut World, to: &str, completed: &str, change: impl FnOnce(&mut CopyJob, &mut RecoveryPoint)) {
    let id = format!("copy-{}", world.records.copies.len());
    let mut copied = point(&id, "2026-07-05T04:00");
    copied.vault = Some(to.to_owned());
    copied.copied_from = Some(VAULT.to_owned());
    let mut job = CopyJob {
        id: id.clone(),
        source_point: Some(point_arn("a")),
        source_vault: Some(VAULT.to_owned()),
        destination_point: Some(point_arn(&id)),
        destination_vault: Some(to.to_owned()),
        resource: None,
        state: JobState::Completed,
        created: at("2026-07-05T04:00"),
        completed: Some(at(completed)),
    };
    change(&mut job, &mut copied);
    let seen = world.collected();
    world
        .records
        .copies
        .push(observed(key(Source::AwsCopyJobs, "us-east-1"), seen, &id, job));
    world.add_point(copied);
}

fn at_level(
    level: LocationLevel,
    to: &str,
    completed: &str,
    change: impl FnOnce(&mut CopyJob, &mut RecoveryPoint),
) -> World {
    let mut world = world();
    world.criteria.alternate_location_level = level;
    copy(&mut world, to, completed, change);
    world
}

fn in_west(change: impl FnOnce(&mut CopyJob, &mut RecoveryPoint)) -> World {
    at_level(
        LocationLevel::Region,
        &vault(ACCOUNT, "us-west-2"),
        "2026-07-05T05:00",
        change,
    )
}

#[test]
fn zones_rest_on_the_storage_class_and_a_reviewed_assurance() {
    check(&world(), alternate_location, 2, &[]);
    let mut unassured = world();
    unassured.records.assurances.clear();
    let expected = [
        (
            "orders/undecided",
            Indeterminate,
            "rests on the vendor's documentation",
        ),
        ("vendor/aws", Indeterminate, "environmental damage"),
    ];
    check(&unassured, alternate_location, 0, &expected);
    let mut short = world();
    short.records.assurances[0].value.end = "2026-07-09".parse().expect("a date");
    check(&short, alternate_location, 0, &expected);
    let class = |word: Option<&str>| {
        let mut world = world();
        world.records.points[0].value.storage_class = word.map(str::to_owned);
        world
    };
    check(&class(Some("COLD")), alternate_location, 2, &[]);
    check(
        &class(None),
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "no listing says how")],
    );
    check(
        &class(Some("DELETED")),
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "DELETED")],
    );
    let mut one = class(Some("ONE_ZONE"));
    check(
        &one,
        alternate_location,
        1,
        &[(
            "orders",
            Exception,
            "1 of 1 recovery points: p-a is stored in one zone",
        )],
    );
    // A copy in another region is further away than another zone.
    copy(
        &mut one,
        &vault(ACCOUNT, "us-west-2"),
        "2026-07-05T05:00",
        |_, _| {},
    );
    check(&one, alternate_location, 2, &[]);
}

#[test]
fn a_region_needs_a_copy_in_another_region_within_the_lag() {
    check(&in_west(|_, _| {}), alternate_location, 2, &[]);
    let lag = |completed: &str| {
        at_level(
            LocationLevel::Region,
            &vault(ACCOUNT, "us-west-2"),
            completed,
            |_, _| {},
        )
    };
    check(&lag("2026-07-06T03:00"), alternate_location, 2, &[]);
    check(
        &lag("2026-07-06T03:01"),
        alternate_location,
        1,
        &[("orders", Exception, "after 24 h 1 min, more than 24 h")],
    );
    let missing = [(
        "orders",
        Exception,
        "p-a of 2026-07-05T03:00:00Z has no copy outside of us-east-1 within 24 h",
    )];
    let near = at_level(
        LocationLevel::Region,
        &vault("444455556666", "us-east-1"),
        "2026-07-05T05:00",
        |_, _| {},
    );
    check(&near, alternate_location, 1, &missing);
    check(
        &in_west(|job, _| job.source_point = Some(point_arn("b"))),
        alternate_location,
        1,
        &missing,
    );
    for state in [
        JobState::Failed,
        JobState::Partial,
        JobState::CompletedWithIssues,
        JobState::Unfinished,
    ] {
        let failed = in_west(|job, _| job.state = state);
        let finding = check(&failed, alternate_location, 1, &missing);
        assert_eq!(
            finding.observations().len(),
            usize::from(state != JobState::Unfinished)
        );
    }
}

#[test]
fn an_account_needs_a_copy_in_another_account() {
    let to = |account: &str, region: &str| {
        at_level(
            LocationLevel::Account,
            &vault(account, region),
            "2026-07-05T05:00",
            |_, _| {},
        )
    };
    check(&to("444455556666", "us-east-1"), alternate_location, 2, &[]);
    let expected = [("orders", Exception, "no copy outside of account 111122223333")];
    check(&to(ACCOUNT, "us-west-2"), alternate_location, 1, &expected);
}

#[test]
fn the_copy_exists_is_encrypted_and_its_key_decrypts() {
    let says = |world: &World, state, words: &str| {
        let id = if state == Exception {
            "orders"
        } else {
            "orders/undecided"
        };
        check(world, alternate_location, 1, &[(id, state, words)]);
    };
    says(
        &in_west(|_, copy| copy.encrypted = Some(false)),
        Exception,
        "is not encrypted",
    );
    says(
        &in_west(|_, copy| copy.encrypted = None),
        Indeterminate,
        "does not show it encrypted",
    );
    says(
        &in_west(|_, copy| copy.key = None),
        Indeterminate,
        "does not show it encrypted",
    );
    says(
        &in_west(|_, copy| copy.state = PointState::Creating),
        Indeterminate,
        "complete",
    );
    says(
        &in_west(|job, _| job.destination_point = None),
        Indeterminate,
        "no listing shows it",
    );
    says(
        &in_west(|job, _| job.completed = None),
        Indeterminate,
        "when it completed",
    );
    says(
        &in_west(|job, _| job.destination_vault = None),
        Indeterminate,
        "where it went",
    );
    let mut dying = in_west(|_, _| {});
    dying.records.keys.clear();
    dying.observe_key(KeyCondition::PendingDeletion);
    says(&dying, Exception, "is of no use");
    // The key of a copy that its lifecycle has deleted matters no more.
    let mut expired = in_west(|_, copy| copy.delete_at = Some(at("2026-07-10")));
    expired.records.keys = dying.records.keys.clone();
    check(&expired, alternate_location, 2, &[]);
    let mut disputed = in_west(|_, _| {});
    disputed.records.conflicts.push(Conflict {
        source: Source::AwsCopyJobs,
        id: "copy-0".to_owned(),
        difference: "changed".to_owned(),
        moved: Moved::default(),
        citations: Vec::new(),
    });
    says(&disputed, Indeterminate, "contradict");
    // So does a contradiction about the copy itself, and about no other recovery point.
    disputed.records.conflicts[0].source = Source::AwsRecoveryPoints;
    disputed.records.conflicts[0].id = point_arn("copy-0");
    says(&disputed, Indeterminate, "contradict");
    disputed.records.conflicts[0].id = point_arn("another");
    check(&disputed, alternate_location, 2, &[]);
    assert!(dying.records.keys[0].value.arn == KEY);
}

#[test]
fn what_is_not_due_or_not_proven_is_no_exception() {
    let mut late = world();
    late.criteria.alternate_location_level = LocationLevel::Region;
    let made = |world: &mut World, when: &str| {
        world.records.points[0].value.created = at(when);
    };
    made(&mut late, "2026-07-10T00:01");
    check(
        &late,
        alternate_location,
        1,
        &[(
            "orders/undecided",
            Indeterminate,
            "not due before 2026-07-11T00:01",
        )],
    );
    made(&mut late, "2026-07-10T00:00");
    check(&late, alternate_location, 1, &[("orders", Exception, "no copy")]);
    let mut unproven = world();
    unproven.criteria.alternate_location_level = LocationLevel::Region;
    unproven.unprove(
        Source::AwsCopyJobs,
        crate::evaluate::testing::span("2026-07-05T10:00", "2026-07-05T11:00"),
    );
    check(
        &unproven,
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "aws_copy_jobs")],
    );
    let mut late_and_unproven = at_level(
        LocationLevel::Region,
        &vault(ACCOUNT, "us-west-2"),
        "2026-07-08",
        |_, _| {},
    );
    late_and_unproven.unprove_all(Source::AwsCopyJobs);
    check(
        &late_and_unproven,
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "aws_copy_jobs")],
    );
    let mut after = in_west(|job, _| job.completed = Some(at("2026-07-11")));
    after.criteria.copy_lag_max = TimeDelta::days(30);
    check(
        &after,
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "not due before")],
    );
}

#[test]
fn points_of_the_period_are_counted_by_system() {
    let mut two = world();
    two.criteria.alternate_location_level = LocationLevel::Region;
    two.add_point(point("b", "2026-07-06T03:00"));
    copy(
        &mut two,
        &vault(ACCOUNT, "us-west-2"),
        "2026-07-05T05:00",
        |_, _| {},
    );
    check(
        &two,
        alternate_location,
        1,
        &[("orders", Exception, "1 of 2 recovery points: p-b")],
    );
    check_order(&two, alternate_location);
    let mut other = world();
    other.records.points[0].value.resource = Some(
        "arn:aws:rds:us-east-1:111122223333:db:stray"
            .parse()
            .expect("a resource"),
    );
    assert!(
        other
            .run(alternate_location)
            .items()
            .iter()
            .any(|item| item.id() == "resource/stray/undecided")
    );
    let mut member = world();
    let mut part = point("part", "2026-07-05T03:00");
    part.parent = Some(point_arn("a"));
    part.storage_class = None;
    member.add_point(part);
    check(&member, alternate_location, 2, &[]);
    member.records.points[1].value.parent = Some(point_arn("unknown"));
    check(
        &member,
        alternate_location,
        1,
        &[("orders/undecided", Indeterminate, "1 of 2")],
    );
    for when in ["2026-06-30T23:59", "2026-07-11"] {
        let mut outside = world();
        outside.records.points[0].value.created = at(when);
        check(
            &outside,
            alternate_location,
            0,
            &[("population", NoOccurrence, "")],
        );
    }
    let mut unlisted = world();
    unlisted.add_job(job("gone", "2026-07-06T03:00"));
    check(
        &unlisted,
        alternate_location,
        1,
        &[(
            "orders/undecided",
            Indeterminate,
            "job gone completed, but no listing",
        )],
    );
    for source in [Source::AwsRecoveryPoints, Source::AwsBackupJobs] {
        let mut unproven = world();
        unproven.unprove_all(source);
        assert_eq!(
            unproven.run(alternate_location).state(),
            Indeterminate,
            "{source}"
        );
    }
    assert_eq!(world().run(alternate_location).state(), Supported);
}

/// A snapshot that Atlas says it copies to these regions, of a cluster that runs in `cluster`.
fn in_atlas(copies: Option<&[&str]>, cluster: &[&str], copied: Option<&str>) -> World {
    let mut world = World::new();
    world.criteria.alternate_location_level = LocationLevel::Region;
    let mut row = system("patients");
    row.hosting = Hosting::Atlas;
    row.backup_method = Some(BackupMethod::Atlas);
    row.resources = vec![CLUSTER.parse().expect("a resource")];
    world.add_system(row);
    let mut point = snapshot("s-1", "2026-07-05T02:00").1;
    point.copy_regions = copies.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
    world.add_point(point);
    assure(&mut world, "MongoDB");
    let seen = world.collected();
    let resource = CloudResource {
        id: CLUSTER.parse().expect("a resource"),
        account: crate::evaluate::testing::PROJECT.parse().expect("an account"),
        region: crate::model::estate::global(),
        tags: Default::default(),
        tag_history: Vec::new(),
        data_bearing: true,
        cloud_regions: cluster.iter().map(|one| (*one).to_owned()).collect(),
        created: None,
    };
    let listing = key(Source::CloudResourceListing, "atlas");
    world
        .records
        .resources
        .push(observed(listing, seen, "cluster", resource));
    if let Some(when) = copied {
        let mut event = call("CPS_COPY_SNAPSHOT_SUCCESSFUL", "x", when, "p-004");
        event.source = "atlas".to_owned();
        event.resources = vec!["s-1".to_owned()];
        world
            .records
            .events
            .push(observed(key(Source::AtlasEvents, ""), seen, "copied", event));
    }
    world
}

#[test]
fn atlas_copies_to_a_region_outside_of_the_cluster() {
    let west = Some(&["US_WEST_2"][..]);
    let east = &["US_EAST_1"][..];
    check(
        &in_atlas(west, east, Some("2026-07-06T02:00")),
        alternate_location,
        2,
        &[],
    );
    let late = in_atlas(west, east, Some("2026-07-06T02:01"));
    check(
        &late,
        alternate_location,
        1,
        &[("patients", Exception, "after 24 h 1 min")],
    );
    // A snapshot of which nobody knows may have no copy.
    let mut unlisted = in_atlas(west, east, Some("2026-07-06T02:00"));
    unlisted.unprove(
        Source::AtlasSnapshots,
        crate::evaluate::testing::span("2026-07-07", "2026-07-08"),
    );
    let beside = "population/atlas_snapshots/64b000000000000000000001/global/2026-07-07T00:00:00Z";
    let gap = ["patients", beside].map(|id| (id, Indeterminate, "atlas_snapshots"));
    check(&unlisted, alternate_location, 1, &gap);
    let undecided = "patients/undecided";
    for (world, words) in [
        (in_atlas(west, east, None), "no event of Atlas says when"),
        (in_atlas(None, east, None), "no listing says where"),
        (in_atlas(west, &[], None), "in which region the cluster"),
        (
            in_atlas(west, &["US_EAST_1", "US_WEST_2"], None),
            "no copy outside of US_EAST_1, US_WEST_2",
        ),
    ] {
        check(
            &world,
            alternate_location,
            1,
            &[(undecided, Indeterminate, words)],
        );
    }
    let missing = [("patients", Exception, "no copy outside of US_EAST_1")];
    check(&in_atlas(Some(east), east, None), alternate_location, 1, &missing);
    check(
        &in_atlas(Some(&[]), &["US_EAST_1", "US_WEST_2"], None),
        alternate_location,
        1,
        &missing,
    );
    let mut zones = in_atlas(None, &[], None);
    zones.criteria.alternate_location_level = LocationLevel::AvailabilityZone;
    check(&zones, alternate_location, 2, &[]);
    zones.criteria.alternate_location_level = LocationLevel::Account;
    check(
        &zones,
        alternate_location,
        1,
        &[("patients", Exception, "one project")],
    );
}

#[test]
fn the_first_event_of_a_copy_of_this_snapshot_says_when_it_was_made() {
    let with = |edit: fn(&mut crate::model::records::backups::Event)| {
        let mut world = in_atlas(Some(&["US_WEST_2"]), &["US_EAST_1"], Some("2026-07-06T02:01"));
        let mut early = world.records.events[0].clone();
        early.value.id = "early".to_owned();
        early.value.at = at("2026-07-05T03:00");
        edit(&mut early.value);
        world.records.events.push(early);
        world.run(alternate_location).state()
    };
    assert_eq!(with(|_| {}), Supported);
    assert_eq!(
        with(|event| event.name = "CPS_SNAPSHOT_SUCCESSFUL".to_owned()),
        Exception
    );
    assert_eq!(
        with(|event| event.source = "backup.amazonaws.com".to_owned()),
        Exception
    );
    assert_eq!(with(|event| event.resources = vec!["s-2".to_owned()]), Exception);
}

#[test]
fn a_job_whose_point_is_not_named_reached_no_other_place_for_all_that_is_known() {
    let mut world = world();
    copy(
        &mut world,
        &vault(ACCOUNT, "us-west-2"),
        "2026-07-05T05:00",
        |_, _| {},
    );
    world.records.conflicts.push(Conflict {
        source: Source::AwsRecoveryPoints,
        id: "another".to_owned(),
        difference: "changed".to_owned(),
        moved: Moved::default(),
        citations: Vec::new(),
    });
    let before = world.run(alternate_location).state();
    assert_eq!(before, Supported, "a contradiction of another record");
    let mut unnamed = job("unnamed", "2026-07-05T03:00");
    unnamed.point = None;
    world.add_job(unnamed);
    assert_ne!(world.run(alternate_location).state(), Supported);
}

#[test]
fn jobs_that_failed_were_listed_came_earlier_or_are_of_another_provider_leave_nothing_open() {
    let mut world = world();
    world.add_job(job("a", "2026-07-05T03:00"));
    let mut failed = job("failed", "2026-07-05T03:00");
    (failed.state, failed.point) = (JobState::Failed, None);
    let mut earlier = job("earlier", "2026-06-20T03:00");
    earlier.point = None;
    let mut elsewhere = job("elsewhere", "2026-07-05T03:00");
    (elsewhere.provider, elsewhere.point) = (Provider::Atlas, None);
    for nothing in [failed, earlier, elsewhere] {
        world.add_job(nothing);
    }
    check(&world, alternate_location, 2, &[]);
}

#[test]
fn a_point_has_to_be_of_a_system_of_the_inventory() {
    let mut two = world();
    let mut other = system("other");
    other.resources.clear();
    two.add_system(other);
    check(&two, alternate_location, 2, &[]);
    let mut nameless = world();
    nameless.records.points[0].value.resource = None;
    let open = [(
        "unnamed resource/undecided",
        Indeterminate,
        "no system of the inventory has the resource",
    )];
    check(&nameless, alternate_location, 1, &open);
}
