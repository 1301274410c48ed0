//! The outcomes of CT-05, the test vectors of the catalogue, and the pitfalls.

use State::{Exception, Indeterminate, NotApplicable};

use super::daily_backup;
use crate::evaluate::criteria::DailyMode;
use crate::evaluate::testing::backups::{check_drops, check_order, job, point, point_arn};
use crate::evaluate::testing::{CLUSTER, DB, World, at, check, span, system};
use crate::model::finding::State;
use crate::model::records::backups::{JobState, PointState, Trigger};
use crate::model::records::governance::{BackupMethod, Ephi, Exemption, Hosting};
use crate::model::source::Source;

#[test]
fn a_backup_on_every_day_is_supported() {
    let finding = check(&World::daily(), daily_backup, 10, &[]);
    assert_eq!(finding.state(), State::Supported);
    check(&World::daily_in_atlas(), daily_backup, 10, &[]);
}

#[test]
fn a_missing_day_is_one_exception_with_its_gap_and_failed_jobs() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.state = JobState::Failed);
    world
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-04"));
    let expected = [(
        "orders/2026-07-04",
        Exception,
        "apart by 48 h, from 2026-07-03T03:00:00Z to 2026-07-05T03:00:00Z; job 2026-07-04 failed",
    )];
    let finding = check(&world, daily_backup, 9, &expected);
    let (_, item) = finding.exceptions().next().expect("an exception");
    assert!(
        matches!(item.conclusion(), crate::model::finding::Conclusion::Exception { severity, .. } if *severity == crate::model::finding::Severity::Critical)
    );
    world.change_system(|system| system.critical = false);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "48 h")],
    );
    for state in [JobState::Partial, JobState::Expired, JobState::Aborted] {
        world.change_job("2026-07-04", |job| job.state = state);
        check(
            &world,
            daily_backup,
            9,
            &[("orders/2026-07-04", Exception, state.as_str())],
        );
    }
    world.change_job("2026-07-04", |job| job.state = JobState::CompletedWithIssues);
    check(&world, daily_backup, 10, &[]);
}

#[test]
fn a_gap_that_skips_no_day_counts_on_the_day_on_which_it_ends() {
    // Vector: backups 00:30 day 1 and 23:30 day 2 satisfy the calendar check but the gap is 47 h.
    let mut world = World::daily();
    for day in ["2026-07-03", "2026-07-04"] {
        world.remove_backup(day);
    }
    world.add_backup("a", "2026-07-03T00:30");
    world.add_backup("b", "2026-07-04T23:30");
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "apart by 47 h")],
    );
    world.criteria.daily_mode = DailyMode::CalendarDay;
    check(&world, daily_backup, 10, &[]);
    world.criteria.daily_mode = DailyMode::MaxGap;
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "47 h")],
    );
}

#[test]
fn the_limit_is_the_interval_and_its_tolerance_to_the_second() {
    let mut world = World::daily();
    world.remove_backup("2026-07-05");
    world.add_backup("late", "2026-07-05T05:00");
    check(&world, daily_backup, 10, &[]);
    world.remove_backup("late");
    world.add_backup("later", "2026-07-05T05:00:01Z");
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-05", Exception, "apart by 26 h")],
    );
}

#[test]
fn a_backup_counts_for_the_day_of_its_consistency_point() {
    // Vector: started 23:50 UTC day 1, completed 01:10 day 2 counts for day 1 only.
    let mut world = World::daily();
    for day in ["2026-07-03", "2026-07-04"] {
        world.remove_backup(day);
    }
    world.add_backup("late", "2026-07-03T23:50");
    world.change_job("late", |job| job.completed = Some(at("2026-07-04T01:10")));
    let expected = [
        ("orders/2026-07-03", Exception, "apart by 44 h 50 min"),
        ("orders/2026-07-04", Exception, "no completed backup"),
    ];
    check(&world, daily_backup, 8, &expected);
}

#[test]
fn the_day_follows_the_policy_zone_and_the_gap_does_not() {
    // Vector: 2026-06-02T03:00Z is 2 June in UTC and 1 June in Los Angeles.
    let build = |zone| {
        let mut world = World::over("2026-06-01..2026-06-03", zone);
        world.add_system(system("orders"));
        for instant in [
            "2026-05-31T03:00",
            "2026-06-01T03:00",
            "2026-06-02T03:00",
            "2026-06-03T03:00",
        ] {
            world.add_backup(instant, instant);
        }
        world
    };
    let mut utc = build(chrono_tz::Tz::UTC);
    let mut pacific = build(chrono_tz::America::Los_Angeles);
    check(&utc, daily_backup, 2, &[]);
    check(&pacific, daily_backup, 2, &[]);
    utc.remove_backup("2026-06-02T03:00");
    pacific.remove_backup("2026-06-02T03:00");
    check(
        &utc,
        daily_backup,
        1,
        &[("orders/2026-06-02", Exception, "2026-06-02T00:00:00Z")],
    );
    check(
        &pacific,
        daily_backup,
        1,
        &[("orders/2026-06-01", Exception, "2026-06-01T07:00:00Z")],
    );
}

#[test]
fn an_autumn_day_of_25_hours_is_within_the_tolerance() {
    // Vector: daily 01:30 America/Los_Angeles across 2026-11-01 has 25 h between one pair.
    let mut world = World::over("2026-10-31..2026-11-04", chrono_tz::America::Los_Angeles);
    world.add_system(system("orders"));
    for (id, instant) in [
        ("30", "2026-10-30T08:30"),
        ("31", "2026-10-31T08:30"),
        ("1", "2026-11-01T08:30"),
        ("2", "2026-11-02T09:30"),
        ("3", "2026-11-03T09:30"),
    ] {
        world.add_backup(id, instant);
    }
    check(&world, daily_backup, 4, &[]);
    world.criteria.backup_interval_tolerance = chrono::TimeDelta::zero();
    check(
        &world,
        daily_backup,
        3,
        &[("orders/2026-11-02", Exception, "apart by 25 h")],
    );
}

#[test]
fn an_expired_point_does_not_undo_its_job_and_a_listing_does_not_prove_absence() {
    // Vector: the job says COMPLETED, the point expired: SUPPORTED; only the listing collected: INDETERMINATE. That goes
    // for the days of listed points as well: what is listed may be what a PARTIAL job left.
    let mut world = World::daily();
    world.records.points.clear();
    check(&world, daily_backup, 10, &[]);
    let mut listing_only = World::daily();
    listing_only.records.jobs.clear();
    listing_only.unprove_all(Source::AwsBackupJobs);
    listing_only
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-04"));
    let open = (1..=10).map(|day| format!("orders/2026-07-{day:02}"));
    let open: Vec<_> = open.collect();
    let open: Vec<_> = open
        .iter()
        .map(|id| (id.as_str(), Indeterminate, "aws_backup_jobs"))
        .collect();
    check(&listing_only, daily_backup, 0, &open);
}

#[test]
fn a_point_without_its_job_counts_where_the_list_of_jobs_is_proven_around_it() {
    let unproven = |from: &str, until: &str| {
        let mut world = World::daily();
        world.records.jobs.retain(|job| job.value.id != "2026-07-04");
        world.unprove(Source::AwsBackupJobs, span(from, until));
        world
    };
    // The clocks of a job and its point may be apart by five minutes.
    check(
        &unproven("2026-07-04T03:05:00.001Z", "2026-07-04T04:00"),
        daily_backup,
        10,
        &[],
    );
    for (from, until) in [
        ("2026-07-04T03:05:00Z", "2026-07-04T04:00"),
        ("2026-07-04T02:00", "2026-07-04T02:55:00.001Z"),
    ] {
        let open = [(
            "orders/2026-07-04",
            Indeterminate,
            "how the job of recovery point",
        )];
        check(&unproven(from, until), daily_backup, 9, &open);
    }
    check(
        &unproven("2026-07-04T02:00", "2026-07-04T02:55:00Z"),
        daily_backup,
        10,
        &[],
    );
}

#[test]
fn days_before_the_jobs_that_a_late_pull_shows_are_indeterminate() {
    // Vector: jobs collected at the end reach back so far; earlier days without a surviving point are INDETERMINATE. So
    // are those with one: nobody sees how its job ended.
    let mut world = World::daily();
    world.unprove(Source::AwsBackupJobs, span("2026-01-01", "2026-07-06"));
    world
        .records
        .jobs
        .retain(|job| job.value.created >= at("2026-07-06"));
    world
        .records
        .points
        .retain(|point| point.value.created >= at("2026-07-04"));
    let expected = (1..=5).map(|day| format!("orders/2026-07-{day:02}"));
    let expected: Vec<_> = expected.collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|id| (id.as_str(), Indeterminate, "refused"))
        .collect();
    check(&world, daily_backup, 5, &expected);
    // A row of a partial pull alone proves nothing for the criterion.
    world.records.points.clear();
    world.add_job(job("partial", "2026-07-05T03:00"));
    world.criteria.daily_mode = DailyMode::CalendarDay;
    check(&world, daily_backup, 5, &expected);
}

#[test]
fn an_on_demand_day_is_performed_and_not_automated() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.trigger = Trigger::OnDemand);
    let finding = check(
        &world,
        daily_backup,
        10,
        &[("orders/2026-07-04/automated", Exception, "on demand: 2026-07-04")],
    );
    let automated = "DM-6.2-1c".parse().expect("a statement");
    let about: Vec<_> = finding
        .items()
        .iter()
        .filter(|item| item.id().starts_with("orders/2026-07-04"))
        .map(|item| item.speaks_about(&automated))
        .collect();
    assert_eq!(about, [false, true]);
    world.unprove(Source::AwsBackupJobs, span("2026-07-04T12:00", "2026-07-05"));
    check(
        &world,
        daily_backup,
        10,
        &[("orders/2026-07-04/automated", Indeterminate, "refused")],
    );
    // One scheduled backup of several on the day is enough; one of unknown origin may be it.
    let with_another = |trigger: Trigger| {
        let mut world = World::daily();
        world.change_job("2026-07-04", |job| job.trigger = Trigger::OnDemand);
        world.add_backup("another", "2026-07-04T05:00");
        world.change_job("another", |job| job.trigger = trigger);
        let mut points = world.records.points.iter_mut();
        let point = points
            .find(|point| point.value.id.ends_with("p-another"))
            .expect("the point");
        point.value.trigger = Trigger::Unknown;
        world
    };
    let by = "plan".to_owned();
    check(&with_another(Trigger::Scheduled { by }), daily_backup, 10, &[]);
    let open = [("orders/2026-07-04/automated", Indeterminate, "what started it")];
    check(&with_another(Trigger::Unknown), daily_backup, 10, &open);
    let mut unknown = World::daily();
    unknown.change_job("2026-07-04", |job| job.trigger = Trigger::Unknown);
    unknown
        .records
        .points
        .iter_mut()
        .for_each(|point| point.value.trigger = Trigger::Unknown);
    check(
        &unknown,
        daily_backup,
        10,
        &[("orders/2026-07-04/automated", Indeterminate, "what started it")],
    );
}

#[test]
fn a_job_without_an_end_leaves_its_day_open_until_it_is_proven_late() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| {
        (job.state, job.completed) = (JobState::Unfinished, None)
    });
    world
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-04"));
    let mut early = world.clone();
    for job in &mut early.records.jobs {
        job.last_seen = at("2026-07-06");
    }
    check(
        &early,
        daily_backup,
        9,
        &[(
            "orders/2026-07-04",
            Indeterminate,
            "unfinished when last seen at 2026-07-06",
        )],
    );
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "job 2026-07-04 unfinished")],
    );
    world.change_job("2026-07-04", |job| job.state = JobState::Unknown);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "does not know")],
    );
    // Complete only after the as-of instant and more than a day late: it does not serve its day.
    world.change_job("2026-07-04", |job| {
        (job.state, job.completed) = (JobState::Completed, Some(at("2026-07-11T02:00")))
    });
    check(&world, daily_backup, 9, &[("orders/2026-07-04", Exception, "")]);
    world.change_job("2026-07-04", |job| job.completed = Some(at("2026-07-09T02:00")));
    check(&world, daily_backup, 10, &[]);
}

#[test]
fn contradictions_leave_a_day_open() {
    let mut world = World::daily();
    world.add_conflict(Source::AwsBackupJobs, "2026-07-04");
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "contradict")],
    );
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.created = at("2026-07-04T02:54:59Z"));
    check(
        &world,
        daily_backup,
        9,
        &[(
            "orders/2026-07-04",
            Indeterminate,
            "its recovery point at 2026-07-04T03:00:00Z",
        )],
    );
    world.change_job("2026-07-04", |job| job.created = at("2026-07-04T02:55"));
    check(&world, daily_backup, 10, &[]);
    let mut world = World::daily();
    world
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-04"));
    world.change_job("2026-07-04", |job| job.resource = None);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "may be of")],
    );
}

#[test]
fn a_failed_job_with_a_listed_point_is_a_contradiction() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.state = JobState::Failed);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "its recovery point is listed")],
    );
}

#[test]
fn a_job_and_a_point_of_two_resources_leave_the_day_of_both_open() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| {
        job.resource = Some(CLUSTER.parse().expect("a resource"))
    });
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "its recovery point of arn")],
    );
}

#[test]
fn copies_and_continuous_backups_are_no_daily_snapshots() {
    let mut world = World::daily();
    world.remove_backup("2026-07-04");
    let mut copy = point("copy", "2026-07-04T03:00");
    copy.copied_from = Some("arn:aws:backup:us-west-2:111122223333:backup-vault:other".to_owned());
    world.add_point(copy);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "48 h")],
    );
    let mut continuous = point("continuous:x", "2026-07-04T03:00");
    continuous.continuous = true;
    world.add_point(continuous);
    let mut by_job = job("pitr", "2026-07-04T04:00");
    by_job.point = Some(point_arn("continuous:x").replace("p-continuous", "continuous"));
    world.add_job(by_job);
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Exception, "is no daily snapshot")],
    );
}

#[test]
fn a_point_in_an_unclear_state_leaves_its_day_open() {
    let mut world = World::daily();
    world.records.jobs.retain(|job| job.value.id != "2026-07-04");
    check(&world, daily_backup, 10, &[]);
    for point in &mut world.records.points {
        if point.value.id.ends_with("2026-07-04") {
            point.value.state = PointState::Expired;
        }
    }
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-04", Indeterminate, "was complete is not known")],
    );
}

#[test]
fn a_system_owes_backups_from_its_grace_until_it_is_decommissioned() {
    let mut world = World::daily();
    world
        .records
        .jobs
        .retain(|job| (at("2026-07-05")..at("2026-07-08")).contains(&job.value.created));
    world.records.points.clear();
    world.change_system(|system| {
        system.onboarded = Some(at("2026-07-03T10:00"));
        system.decommissioned = Some(at("2026-07-08T02:00"));
    });
    check(&world, daily_backup, 3, &[]);
    world.change_system(|system| system.decommissioned = Some(at("2026-07-08T06:00")));
    check(
        &world,
        daily_backup,
        2,
        &[(
            "orders/2026-07-07",
            Exception,
            "no backup of arn:aws:rds:us-east-1:111122223333:db:orders for 27 h",
        )],
    );
    world.change_system(|system| system.decommissioned = Some(at("2026-07-04T12:00")));
    check(
        &world,
        daily_backup,
        0,
        &[("orders", NotApplicable, "no whole day")],
    );
    world.change_system(|system| system.approved_by = None);
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "nobody approved")],
    );
    world.change_system(|system| system.onboarded = None);
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "since when")],
    );
    world.change_system(|system| system.decommissioned = Some(at("2026-07-01")));
    check(
        &world,
        daily_backup,
        0,
        &[("population", State::NoOccurrence, "no system owed")],
    );
}

#[test]
fn a_gap_that_begins_in_the_grace_counts_from_its_end() {
    let mut world = World::daily();
    world
        .records
        .jobs
        .retain(|job| at("2026-07-06") < job.value.created);
    world.records.points.clear();
    world.change_system(|system| system.onboarded = Some(at("2026-07-03T10:00")));
    world.add_job(job("in grace", "2026-07-04T08:00"));
    world.add_job(job("first due", "2026-07-05T11:00"));
    check(&world, daily_backup, 6, &[]);
    world.change_job("first due", |job| job.created = at("2026-07-05T12:00:01Z"));
    check(
        &world,
        daily_backup,
        5,
        &[("orders/2026-07-05", Exception, "apart by 26 h")],
    );
}

#[test]
fn what_the_inventory_leaves_open_is_indeterminate() {
    let mut world = World::daily();
    world.change_system(|system| system.ephi = Ephi::Unknown);
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "nobody knows")],
    );
    world.change_system(|system| system.ephi = Ephi::None);
    check(
        &world,
        daily_backup,
        0,
        &[("population", State::NoOccurrence, "")],
    );
    world.change_system(|system| (system.ephi, system.resources) = (Ephi::Stores, Vec::new()));
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "names no resource")],
    );
    world.change_system(|system| system.resources = vec!["db-1".parse().expect("a resource")]);
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "which account")],
    );
    world.change_system(|system| system.backup_method = Some(BackupMethod::Native));
    check(&world, daily_backup, 0, &[("orders", Indeterminate, "own means")]);
    world.change_system(|system| system.hosting = Hosting::Saas);
    check(
        &world,
        daily_backup,
        0,
        &[("orders", Indeterminate, "no record of its backups is collected")],
    );
    world.change_system(|system| {
        system.exemption = Some(Exemption {
            rationale: "the vendor keeps it".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: at("2026-05-01"),
            from: at("2026-06-01"),
            until: None,
        });
    });
    check(
        &world,
        daily_backup,
        0,
        &[("orders/exempt", State::NotApplicable, "the vendor keeps it")],
    );
    let mut contradicted = World::daily();
    contradicted.change_system(|system| system.ephi = crate::model::records::governance::Ephi::None);
    contradicted.add_conflict(Source::SystemsInventory, "orders");
    check(
        &contradicted,
        daily_backup,
        0,
        &[("orders", Indeterminate, "contradict")],
    );
    world.records.systems.clear();
    check(
        &world,
        daily_backup,
        0,
        &[("inventory", Indeterminate, "no system")],
    );
}

#[test]
fn an_approved_exemption_takes_its_days_out() {
    let mut world = World::daily();
    for day in ["2026-07-05", "2026-07-06"] {
        world.remove_backup(day);
    }
    let exemption = Exemption {
        rationale: "rebuilt from code".to_owned(),
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-07-04"),
        from: at("2026-07-05"),
        until: Some(at("2026-07-07")),
    };
    world.change_system(|system| system.exemption = Some(exemption));
    check(
        &world,
        daily_backup,
        8,
        &[("orders/exempt", NotApplicable, "rebuilt")],
    );
    world.change_system(|system| {
        if let Some(exemption) = &mut system.exemption {
            exemption.approved_at = at("2026-07-05T00:00:01Z");
        }
    });
    check(
        &world,
        daily_backup,
        8,
        &[
            ("orders/2026-07-05", Exception, ""),
            ("orders/2026-07-06", Exception, ""),
        ],
    );
}

#[test]
fn each_resource_of_a_system_owes_its_own() {
    let mut world = World::daily();
    world.change_system(|system| {
        system.resources = vec![
            DB.parse().expect("a resource"),
            CLUSTER.parse().expect("a resource"),
        ]
    });
    let finding = world.run(daily_backup);
    assert!(
        finding
            .items()
            .iter()
            .any(|item| item.id() == "orders/orders/2026-07-01" && item.state() == State::Supported)
    );
    assert!(
        finding
            .items()
            .iter()
            .any(|item| item.id() == "orders/patients/2026-07-01" && item.state() == Exception)
    );
    assert_eq!(finding.items().len(), 20);
}

#[test]
fn a_gap_across_the_start_of_the_period_is_found_or_left_open() {
    let mut world = World::daily();
    for day in ["2026-06-29", "2026-06-30", "2026-07-01"] {
        world.remove_backup(day);
    }
    world.add_backup("before", "2026-06-30T00:30");
    world.add_backup("first", "2026-07-01T23:30");
    check(
        &world,
        daily_backup,
        9,
        &[("orders/2026-07-01", Exception, "apart by 47 h")],
    );
    let mut unproven = world.clone();
    unproven.remove_backup("before");
    unproven.unprove(Source::AwsBackupJobs, span("2026-01-01", "2026-07-01"));
    check(
        &unproven,
        daily_backup,
        9,
        &[("orders/2026-07-01", Indeterminate, "refused")],
    );
    // A whole day missing before the period is that period's exception.
    world.remove_backup("before");
    check(&world, daily_backup, 10, &[]);
}

#[test]
fn days_that_are_not_over_are_not_due() {
    let mut world = World::daily();
    world.scope.as_of = at("2026-07-08T04:00");
    world
        .records
        .jobs
        .retain(|job| job.value.created < at("2026-07-08T04:00"));
    world
        .records
        .points
        .retain(|point| point.value.created < at("2026-07-08T04:00"));
    check(&world, daily_backup, 7, &[]);
}

#[test]
fn an_unproven_inventory_supports_nothing() {
    let mut world = World::daily();
    world.unprove_all(Source::SystemsInventory);
    let finding = world.run(daily_backup);
    assert_eq!(finding.counts().get(State::Supported), 0);
    assert_eq!(finding.state(), Indeterminate);
}

#[test]
fn losing_or_reordering_evidence_never_supports_more() {
    let mut world = World::daily();
    world.remove_backup("2026-07-04");
    world
        .records
        .points
        .retain(|point| !point.value.id.ends_with("p-2026-07-06"));
    world.change_job("2026-07-06", |job| job.state = JobState::Failed);
    world.change_job("2026-07-08", |job| job.trigger = Trigger::OnDemand);
    world.add_backup("second", "2026-07-09T15:00");
    check_order(&world, daily_backup);
    check_drops(&world, daily_backup);
}

#[test]
fn fallback_snapshots_of_the_period_are_told() {
    let told = |world: &World| {
        let finding = world.run(daily_backup);
        let mut texts = finding.observations().iter().map(|seen| seen.text.clone());
        texts.find(|text| text.contains("fallback"))
    };
    let mut world = World::daily_in_atlas();
    assert_eq!(told(&world), None);
    world.records.jobs[3].value.fallback = true;
    assert!(told(&world).is_some_and(|text| text.starts_with("1 Atlas snapshots")));
    world.records.jobs[3].value.created = at("2026-06-30T02:00");
    assert_eq!(told(&world), None);
}

#[test]
fn days_are_judged_where_one_of_two_spans_has_none() {
    let mut world = World::daily();
    world.change_system(|row| {
        row.exemption = Some(crate::model::records::governance::Exemption {
            rationale: "rebuilt from code".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: at("2026-06-01"),
            from: at("2026-07-01T12:00"),
            until: Some(at("2026-07-03")),
        });
    });
    assert_eq!(world.run(daily_backup).counts().get(State::Supported), 8);
}

#[test]
fn a_gap_is_bounded_by_backups_that_are_proven() {
    let mut world = World::over("2026-07-01..2026-07-11", chrono_tz::Tz::UTC);
    world.add_system(system("orders"));
    let first = "2026-06-30".parse::<chrono::NaiveDate>().expect("a day");
    for day in first.iter_days().take(11) {
        world.add_job(job(&day.to_string(), &format!("{day}T00:00")));
    }
    check(&world, daily_backup, 10, &[]);
    // Due from the end of its grace on: with the first of these backups.
    world.change_system(|system| system.onboarded = Some(at("2026-06-30")));
    // The row of a partial pull vouches neither for its own day nor for the gap that begins with it, be it the first.
    for (day, after) in [("2026-07-01", "2026-07-02"), ("2026-07-04", "2026-07-05")] {
        let mut partial = world.clone();
        partial.unprove(Source::AwsBackupJobs, span(day, &format!("{day}T00:01")));
        let ids = [format!("orders/{day}"), format!("orders/{after}")];
        let open = [&ids[0], &ids[1]].map(|id| (id.as_str(), Indeterminate, "refused"));
        check(&partial, daily_backup, 8, &open);
    }
}

#[test]
fn the_limit_itself_is_no_gap_too_long_at_the_end_and_around_an_empty_day() {
    let ends = |when: &str| {
        let mut world = World::daily();
        world.change_system(|system| system.decommissioned = Some(at(when)));
        world
            .records
            .jobs
            .retain(|job| job.value.created < at("2026-07-08"));
        world.records.points.clear();
        world
    };
    check(&ends("2026-07-08T05:00"), daily_backup, 7, &[]);
    let open = [("orders/2026-07-07", Exception, "for 26 h")];
    check(&ends("2026-07-08T05:00:01Z"), daily_backup, 6, &open);
    let around = |after: &str| {
        let mut world = World::daily();
        world.criteria.daily_mode = DailyMode::MaxGap;
        for day in ["2026-07-03", "2026-07-04", "2026-07-05"] {
            world.remove_backup(day);
        }
        for (id, when) in [("a", "2026-07-03T02:00"), ("b", "2026-07-03T23:00"), ("c", after)] {
            world.add_backup(id, when);
        }
        world
    };
    check(&around("2026-07-05T01:00"), daily_backup, 10, &[]);
    let over = around("2026-07-05T01:00:01Z").run(daily_backup);
    let item = over.items().iter().find(|item| item.id() == "orders/2026-07-04");
    assert_eq!(item.expect("the day").state(), Exception);
}

#[test]
fn a_missing_day_tells_of_the_continuous_backup_of_that_day() {
    let told = |created: &str, seen: &str| {
        let mut world = World::daily();
        world.remove_backup("2026-07-04");
        let mut continuous = point("continuous:x", created);
        continuous.continuous = true;
        continuous.sightings = vec![at(seen)];
        world.add_point(continuous);
        let finding = world.run(daily_backup);
        let (_, item) = finding.exceptions().next().expect("the day");
        format!("{:?}", item.conclusion()).contains("is no daily snapshot")
    };
    assert!(told("2026-07-04T23:59:59Z", "2026-07-06") && !told("2026-07-05", "2026-07-06"));
    assert!(told("2026-06-01", "2026-07-04") && !told("2026-06-01", "2026-07-03T23:59:59Z"));
}

#[test]
fn a_spring_day_has_23_hours_and_its_first_and_last_instant_count() {
    // In Los Angeles 8 March 2026 lasts from 08:00 to 07:00 UTC.
    let on = |only: &str| {
        let mut world = World::over("2026-03-08..2026-03-09", chrono_tz::America::Los_Angeles);
        world.criteria.daily_mode = DailyMode::CalendarDay;
        world.add_system(system("orders"));
        world.add_backup("only", only);
        world.run(daily_backup).state()
    };
    for inside in ["2026-03-08T08:00", "2026-03-09T06:59:59Z"] {
        assert_eq!(on(inside), State::Supported, "{inside}");
    }
    for outside in ["2026-03-08T07:59:59Z", "2026-03-09T07:00"] {
        assert_eq!(on(outside), Exception, "{outside}");
    }
}
