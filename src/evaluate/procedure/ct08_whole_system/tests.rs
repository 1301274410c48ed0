//! The outcomes of CT-08.

use State::{Exception, Indeterminate, NotApplicable};
use chrono::TimeDelta;

use super::whole_system;
use crate::evaluate::testing::backups::{check_drops, check_order, job, point, point_arn, snapshot};
use crate::evaluate::testing::{World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::{JobState, PointState, Shards, Trigger};
use crate::model::records::governance::{BackupMethod, Exemption};
use crate::model::source::Source;

const VOLUME: &str = "arn:aws:ec2:us-east-1:111122223333:volume/vol-1";
const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";

/// The system with its database and a volume, the latter backed up 20 minutes after the former.
fn two() -> World {
    let mut world = World::daily();
    world.change_system(|system| system.resources.push(VOLUME.parse().expect("a resource")));
    for day in 1..=10 {
        let mut job = job(&format!("vol-{day:02}"), &format!("2026-07-{day:02}T03:20"));
        job.resource = Some(VOLUME.parse().expect("a resource"));
        world.add_job(job);
    }
    world
}

/// The database replaced by a table, whose backups have sizes.
fn table() -> World {
    let mut world = World::daily();
    let resource = || TABLE.parse().expect("a resource");
    world.change_system(|system| system.resources = vec![resource()]);
    for job in &mut world.records.jobs {
        (job.value.resource, job.value.bytes) = (Some(resource()), Some(100));
    }
    for point in &mut world.records.points {
        (point.value.resource, point.value.bytes) = (Some(resource()), None);
    }
    world
}

/// The backup of 4 July as a composite with two members, volumes that are systems of nobody.
fn composite() -> World {
    let mut world = table();
    world.change_job("2026-07-04", |job| job.is_parent = true);
    for number in 1..=2 {
        let mut member = job(&format!("member-{number}"), "2026-07-04T03:01");
        member.parent = Some("2026-07-04".to_owned());
        member.resource = format!("{VOLUME}{number}").parse().ok();
        world.add_job(member);
        let mut part = point(&format!("member-{number}"), "2026-07-04T03:01");
        part.parent = Some(point_arn("2026-07-04"));
        part.resource = format!("{VOLUME}{number}").parse().ok();
        world.add_point(part);
    }
    world
}

/// Snapshots of a sharded cluster.
fn sharded() -> World {
    let mut world = World::daily_in_atlas();
    for point in &mut world.records.points {
        point.value.is_parent = true;
        let id = |shard: usize| format!("{}-{shard}", point.value.id);
        point.value.shards = Some(Shards {
            snapshots: (0..3).map(id).collect(),
            members: (0..3)
                .map(|shard| (id(shard), Some(format!("shard-{shard}"))))
                .collect(),
        });
    }
    world
}

fn shards<'w>(world: &'w mut World, day: &str) -> &'w mut Shards {
    let id = format!("s-{day}");
    let mut points = world.records.points.iter_mut();
    let point = points.find(|point| point.value.id == id).expect("a snapshot");
    point.value.shards.as_mut().expect("shards")
}

#[track_caller]
fn observed(world: &World) -> Vec<String> {
    let finding = world.run(whole_system);
    finding.observations().iter().map(|o| o.text.clone()).collect()
}

#[test]
fn a_backup_of_every_resource_each_day_is_supported() {
    for world in [
        World::daily(),
        two(),
        table(),
        composite(),
        sharded(),
        World::daily_in_atlas(),
    ] {
        check(&world, whole_system, 10, &[]);
        check_order(&world, whole_system);
        check_drops(&world, whole_system);
    }
}

#[test]
fn a_day_without_one_member_is_an_exception() {
    let mut world = two();
    world.records.jobs.retain(|job| job.value.id != "vol-04");
    let lacks = |words| [("orders/2026-07-04", Exception, words)];
    check(
        &world,
        whole_system,
        9,
        &lacks("no backup of arn:aws:ec2:us-east-1:111122223333:volume/vol-1 counts"),
    );
    world.remove_backup("2026-07-04");
    check(
        &world,
        whole_system,
        9,
        &lacks("no backup of arn:aws:rds:us-east-1:111122223333:db:orders counts; no backup of arn:aws:ec2"),
    );
    // A failed job is named, and an attempt that may have been one leaves the day open.
    let mut failed = two();
    failed.change_job("vol-04", |job| job.state = JobState::Failed);
    let finding = check(&failed, whole_system, 9, &lacks("no backup of arn:aws:ec2"));
    let item = &finding.items()[3];
    assert!(
        item.evidence()
            .records()
            .iter()
            .any(|record| record.locator == "/job/vol-04")
    );
    let mut running = two();
    running.change_job("vol-04", |job| {
        (job.state, job.completed) = (JobState::Unknown, None)
    });
    check(
        &running,
        whole_system,
        9,
        &[("orders/2026-07-04", Indeterminate, "job vol-04 was in a state")],
    );
    let mut unproven = two();
    unproven.records.jobs.retain(|job| job.value.id != "vol-04");
    unproven.unprove(
        Source::AwsBackupJobs,
        span("2026-07-04T10:00", "2026-07-04T11:00"),
    );
    check(
        &unproven,
        whole_system,
        9,
        &[("orders/2026-07-04", Indeterminate, "the pull was refused")],
    );
    // On demand is a backup like any other here.
    let mut by_hand = two();
    by_hand.change_job("vol-04", |job| job.trigger = Trigger::OnDemand);
    check(&by_hand, whole_system, 10, &[]);
}

#[test]
fn what_the_inventory_leaves_open() {
    let mut nothing = World::daily();
    nothing.change_system(|system| system.resources.clear());
    check(
        &nothing,
        whole_system,
        0,
        &[("orders", Indeterminate, "names no resource")],
    );
    let mut nowhere = World::daily();
    nowhere.change_system(|system| system.resources.push("i-0123".parse().expect("a resource")));
    check(
        &nowhere,
        whole_system,
        0,
        &[("orders/i-0123", Indeterminate, "does not say in which account")],
    );
    let mut native = World::daily();
    native.change_system(|system| system.backup_method = Some(BackupMethod::Native));
    check(
        &native,
        whole_system,
        0,
        &[("orders", Indeterminate, "own means")],
    );
    let mut exempt = World::daily();
    exempt.change_system(|system| {
        let approved = at("2025-02-01");
        system.exemption = Some(Exemption {
            rationale: "holds no state".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: approved,
            from: approved,
            until: None,
        });
    });
    check(
        &exempt,
        whole_system,
        0,
        &[("orders/exempt", NotApplicable, "holds no state")],
    );
    let mut register = World::daily();
    register.unprove_all(Source::SystemsInventory);
    assert_eq!(register.run(whole_system).counts().get(State::Supported), 0);
}

#[test]
fn a_composite_is_whole_with_all_its_members() {
    let day = "orders/2026-07-04";
    for (state, words) in [
        (
            JobState::Failed,
            "composite 2026-07-04 completed, but its member member-2 failed",
        ),
        (JobState::Partial, "member-2 partial"),
        (JobState::Expired, "member-2 expired before start"),
        (JobState::Aborted, "member-2 aborted"),
    ] {
        let mut world = composite();
        world.change_job("member-2", |job| job.state = state);
        check(&world, whole_system, 9, &[(day, Exception, words)]);
        // Another backup of the day that is whole settles it.
        let mut second = job("second", "2026-07-04T15:00");
        (second.resource, second.bytes) = (TABLE.parse().ok(), Some(100));
        world.add_job(second);
        check(&world, whole_system, 10, &[]);
    }
    for state in [JobState::Unfinished, JobState::Unknown] {
        let mut world = composite();
        world.change_job("member-2", |job| job.state = state);
        check(
            &world,
            whole_system,
            9,
            &[(day, Indeterminate, "its member member-2 was")],
        );
    }
    let issues =
        |world: &mut World| world.change_job("member-2", |job| job.state = JobState::CompletedWithIssues);
    let mut world = composite();
    issues(&mut world);
    check(&world, whole_system, 10, &[]);
    for (state, expected) in [
        (
            PointState::Partial,
            Some((Exception, "its member p-member-2 is partial")),
        ),
        (
            PointState::Creating,
            Some((Indeterminate, "whether its member p-member-2 was complete")),
        ),
        (PointState::Expired, None),
        (PointState::Deleting, None),
    ] {
        let mut world = composite();
        let mut points = world.records.points.iter_mut();
        let point = points.find(|point| point.value.id == point_arn("member-2"));
        point.expect("a member").value.state = state;
        match expected {
            Some((state, words)) => check(&world, whole_system, 9, &[(day, state, words)]),
            None => check(&world, whole_system, 10, &[]),
        };
    }
    // Members that nobody knows, that contradict each other, or whose list is not proven.
    let mut childless = composite();
    childless.records.jobs.retain(|job| job.value.parent.is_none());
    check(
        &childless,
        whole_system,
        9,
        &[(day, Indeterminate, "no job of a member of it is known")],
    );
    let mut conflicted = composite();
    conflicted.add_conflict(Source::AwsBackupJobs, "member-2");
    check(
        &conflicted,
        whole_system,
        9,
        &[(day, Indeterminate, "revisions of its member member-2")],
    );
    let mut gap = composite();
    gap.unprove(
        Source::AwsBackupJobs,
        span("2026-07-04T03:10", "2026-07-04T03:20"),
    );
    check(
        &gap,
        whole_system,
        9,
        &[(day, Indeterminate, "the pull was refused")],
    );
    let mut after = composite();
    after.unprove(
        Source::AwsBackupJobs,
        span("2026-07-04T03:30", "2026-07-04T03:40"),
    );
    check(&after, whole_system, 10, &[]);
    let mut sizeless = composite();
    sizeless.change_job("member-2", |job| job.bytes = None);
    check(
        &sizeless,
        whole_system,
        9,
        &[(day, Indeterminate, "the size of its member member-2 is not said")],
    );
}

#[test]
fn a_backup_that_only_its_recovery_point_shows_is_no_composite_by_that() {
    let mut world = World::daily();
    world.records.jobs.retain(|job| job.value.id != "2026-07-04");
    check(&world, whole_system, 10, &[]);
}

#[test]
fn a_part_of_the_resource_is_no_backup_by_itself() {
    let mut world = composite();
    for member in ["member-1", "member-2"] {
        world.change_job(member, |job| job.resource = TABLE.parse().ok());
    }
    world.change_job("2026-07-04", |job| {
        (job.state, job.point) = (JobState::Failed, None)
    });
    world
        .records
        .points
        .retain(|point| point.value.created != at("2026-07-04T03:00"));
    world.records.points.retain(|point| point.value.parent.is_none());
    let lacks = [("orders/2026-07-04", Exception, "no backup of arn:aws:dynamodb")];
    check(&world, whole_system, 9, &lacks);
    // The whole's job lost: nobody can tell any more.
    world.records.jobs.retain(|job| job.value.id != "2026-07-04");
    check(
        &world,
        whole_system,
        9,
        &[(
            "orders/2026-07-04",
            Indeterminate,
            "is a member of job 2026-07-04, of which no record",
        )],
    );
}

#[test]
fn a_sharded_snapshot_holds_each_of_its_shards() {
    let day = "patients/2026-07-04";
    let mut lacks = sharded();
    shards(&mut lacks, "2026-07-04").members.remove("s-2026-07-04-1");
    check(
        &lacks,
        whole_system,
        9,
        &[(
            day,
            Exception,
            "snapshot s-2026-07-04 lacks 1 of its 3 shards: s-2026-07-04-1",
        )],
    );
    let mut stranger = sharded();
    shards(&mut stranger, "2026-07-04")
        .snapshots
        .remove("s-2026-07-04-1");
    check(
        &stranger,
        whole_system,
        9,
        &[(day, Indeterminate, "does not name: s-2026-07-04-1")],
    );
    let mut silent = sharded();
    *shards(&mut silent, "2026-07-04") = Shards::default();
    check(
        &silent,
        whole_system,
        9,
        &[(day, Indeterminate, "does not name its shards")],
    );
    // A list of what there is without any of it, and the other way round, names no shards either.
    let emptied: [fn(&mut Shards); 2] = [|of_day| of_day.members.clear(), |of_day| of_day.snapshots.clear()];
    for empty in emptied {
        let mut half = sharded();
        empty(shards(&mut half, "2026-07-04"));
        check(
            &half,
            whole_system,
            9,
            &[(day, Indeterminate, "does not name its shards")],
        );
    }
    let mut nameless = sharded();
    shards(&mut nameless, "2026-07-04")
        .members
        .insert("s-2026-07-04-1".to_owned(), None);
    check(
        &nameless,
        whole_system,
        9,
        &[(day, Indeterminate, "does not say which shards")],
    );
    // One shard less than in the snapshot before: removed on purpose, or left out. One more is a new shard.
    let mut fewer = sharded();
    let of_day = shards(&mut fewer, "2026-07-04");
    of_day.members.remove("s-2026-07-04-1");
    of_day.snapshots.remove("s-2026-07-04-1");
    check(
        &fewer,
        whole_system,
        9,
        &[(
            day,
            Indeterminate,
            "has no shard shard-1, which the one before it has",
        )],
    );
    let (job, mut second) = snapshot("s-second", "2026-07-04T14:00");
    second.is_parent = true;
    second.shards = shards(&mut sharded(), "2026-07-05").clone().into();
    fewer.add_job(job);
    fewer.add_point(second);
    check(&fewer, whole_system, 10, &[]);
}

#[test]
fn a_size_of_nothing_leaves_the_day_open_but_for_rds() {
    let day = "orders/2026-07-04";
    for (bytes, words) in [
        (Some(0), "2026-07-04 is 0"),
        (None, "is not said"),
        (Some(-1), "is 0"),
    ] {
        let mut world = table();
        world.change_job("2026-07-04", |job| job.bytes = bytes);
        check(&world, whole_system, 9, &[(day, Indeterminate, words)]);
        let mut database = World::daily();
        for job in &mut database.records.jobs {
            job.value.bytes = bytes;
        }
        for point in &mut database.records.points {
            point.value.bytes = bytes;
        }
        check(&database, whole_system, 10, &[]);
        assert_eq!(
            observed(&database),
            ["AWS Backup says no size of the backups of 1 RDS resources: a fall could not be seen"]
        );
    }
    // Only of the days on which backups are due.
    let mut before = World::daily();
    for row in &mut before.records.jobs {
        row.value.bytes = Some(if row.value.created < at("2026-07-01") {
            0
        } else {
            100
        });
    }
    for row in &mut before.records.points {
        row.value.bytes = None;
    }
    assert!(observed(&before).is_empty());
    // The recovery point says what the job does not, or says 0.
    let mut world = table();
    world.change_job("2026-07-04", |job| job.bytes = Some(0));
    let mut points = world.records.points.iter_mut();
    let point = points.find(|point| point.value.id == point_arn("2026-07-04"));
    point.expect("a point").value.bytes = Some(100);
    check(&world, whole_system, 10, &[]);
}

#[test]
fn a_fall_in_size_is_told_and_decides_nothing() {
    for (bytes, told) in [(50, false), (49, true)] {
        let mut world = table();
        world.change_job("2026-07-09", |job| job.bytes = Some(bytes));
        check(&world, whole_system, 10, &[]);
        let texts = observed(&world);
        assert_eq!(texts.len(), usize::from(told), "{texts:?}");
        if told {
            assert!(texts[0].starts_with("1 backups of arn:aws:dynamodb"), "{texts:?}");
            assert!(
                texts[0].contains("more than 50 %")
                    && texts[0].contains("2026-07-09 with 49 bytes instead of 100"),
                "{texts:?}"
            );
        }
    }
    // Two days before the period and five of it are seven: the eighth is the first that can be compared.
    for (day, told) in [("2026-07-05", false), ("2026-07-06", true)] {
        let mut world = table();
        world.change_job(day, |job| job.bytes = Some(1));
        assert_eq!(observed(&world).len(), usize::from(told), "{day}");
    }
    // One outlier among the seven moves no median.
    let mut world = table();
    world.change_job("2026-07-07", |job| job.bytes = Some(1_000_000));
    assert!(observed(&world).is_empty());
    world.criteria.size_drop_alert_pct = 0;
    world.change_job("2026-07-09", |job| job.bytes = Some(99));
    assert_eq!(observed(&world).len(), 1);
}

#[test]
fn the_spread_of_several_resources_is_told() {
    let mut world = two();
    let text =
        "the backups of the 2 resources of orders lie at most 20 min apart on 10 days, most on 2026-07-01";
    assert_eq!(observed(&world), [text]);
    world.change_job("vol-04", |job| {
        job.created += TimeDelta::hours(2);
    });
    let text = "the backups of the 2 resources of orders lie at most 2 h 20 min apart on 10 days, most on 2026-07-04";
    assert_eq!(observed(&world), [text]);
    assert!(observed(&World::daily()).is_empty());
}
