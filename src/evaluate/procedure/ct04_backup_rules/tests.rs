//! The outcomes of CT-04.

use State::{Exception, Indeterminate, NotApplicable};
use chrono::TimeDelta;

use super::backup_rules;
use crate::evaluate::testing::backups::{check_drops, check_order};
use crate::evaluate::testing::plans::{planned, policy_item, rule, selection, version};
use crate::evaluate::testing::{DB, World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::PlanRule;
use crate::model::records::governance::{BackupMethod, Exemption};
use crate::model::source::Source;

const RETENTION: &str = "rule/111122223333/us-east-1/daily/nightly/retention";

fn nightly() -> World {
    planned(selection(&[DB], &[]))
}

/// The world with one rule, changed.
fn with(change: impl FnOnce(&mut PlanRule)) -> World {
    let mut world = nightly();
    world.change_rule(change);
    world
}

fn scheduled(schedule: &str) -> World {
    with(|rule| rule.schedule = Some(schedule.to_owned()))
}

/// The world over other days and in another time zone of the rule.
fn over(period: &str, schedule: &str, zone: &str) -> World {
    let mut world = World::over(period, chrono_tz::Tz::UTC);
    world.add_system(crate::evaluate::testing::system("orders"));
    world.add_version(version("v1", "2026-01-01", None));
    world.add_selection(selection(&[DB], &[]));
    world.change_rule(|rule| {
        (rule.schedule, rule.time_zone) = (Some(schedule.to_owned()), Some(zone.to_owned()));
    });
    world
}

#[test]
fn a_daily_rule_that_keeps_long_enough_is_supported() {
    let world = nightly();
    let finding = check(&world, backup_rules, 2, &[]);
    assert!(finding.observations().is_empty());
    check_order(&world, backup_rules);
    check_drops(&world, backup_rules);
}

#[test]
fn rules_that_fire_less_often_than_daily_are_exceptions() {
    for (schedule, words) in [
        (
            "cron(0 3 ? * MON-SAT *)",
            "plan daily, rule nightly: no run between 2026-07-04T03:00:00Z and 2026-07-06T03:00:00Z: 48 h",
        ),
        ("cron(0 3 ? * SUN *)", "no run after 2026-07-05T03:00:00Z"),
        ("cron(0 3 20 * ? *)", "no run in the whole period"),
        ("cron(0 3 ? * * 2020)", "no run in the whole period"),
        ("rate(2 days)", "a run every 48 h"),
        (
            "rate(25 hours)",
            "a run every 25 h | the rules of a resource start a backup at least every 24 h",
        ),
    ] {
        let mut others = vec![("orders", Exception, words)];
        let unread = "rule/111122223333/us-east-1/daily/nightly/schedule";
        others.retain(|other| other.0 != unread);
        check(&scheduled(schedule), backup_rules, 1, &others);
    }
    for schedule in [
        "cron(0 3,15 ? * * *)",
        "rate(1 day)",
        "rate(24 hours)",
        "rate(90 minutes)",
        "cron(0 0/8 ? * * *)",
    ] {
        check(&scheduled(schedule), backup_rules, 2, &[]);
    }
    let mut strict = nightly();
    strict.criteria.backup_interval = TimeDelta::minutes(24 * 60 - 1);
    check(&strict, backup_rules, 1, &[("orders", Exception, "24 h | ")]);
}

#[test]
fn rules_that_are_daily_only_together_are_enough() {
    let mut world = scheduled("cron(0 3 ? * MON-FRI *)");
    let mut weekend = rule();
    (weekend.name, weekend.schedule) = ("weekend".to_owned(), Some("cron(0 3 ? * SAT,SUN *)".to_owned()));
    let rules = world.records.plans[0].value.rules.as_mut().expect("rules");
    rules.push(weekend);
    check(&world, backup_rules, 3, &[]);
    // Not while only one of them applies.
    let mut earlier = version("v0", "2025-01-01", Some("2026-07-05"));
    earlier.rules.as_mut().expect("rules")[0].schedule = Some("cron(0 3 ? * MON-FRI *)".to_owned());
    world.add_version(earlier);
    world.records.plans[0].value.from = at("2026-07-05");
    check(&world, backup_rules, 2, &[("orders", Exception, "72 h")]);
    // What applied before the period is of no interest.
    world.records.plans[1].value.until = Some(at("2026-07-01"));
    world.records.plans[0].value.from = at("2026-07-01");
    check(&world, backup_rules, 3, &[]);
}

#[test]
fn a_clock_set_back_may_add_its_shift_and_a_skipped_run_is_missing() {
    let los_angeles = "America/Los_Angeles";
    let daily = over("2026-10-28..2026-11-05", "cron(30 1 ? * * *)", los_angeles);
    check(&daily, backup_rules, 2, &[]);
    let mut strict = daily.clone();
    strict.criteria.backup_interval_tolerance = TimeDelta::minutes(59);
    check(
        &strict,
        backup_rules,
        1,
        &[(
            "orders",
            Exception,
            "2026-11-01T08:30:00Z and 2026-11-02T09:30:00Z: 25 h",
        )],
    );
    strict.criteria.backup_interval_tolerance = TimeDelta::minutes(60);
    check(&strict, backup_rules, 2, &[]);
    let skipped = "no run between 2027-03-13T10:30:00Z and 2027-03-15T09:30:00Z: 47 h";
    check(
        &over("2027-03-10..2027-03-20", "cron(30 2 ? * * *)", los_angeles),
        backup_rules,
        1,
        &[("orders", Exception, skipped)],
    );
    check(
        &over("2027-03-10..2027-03-20", "cron(30 3 ? * * *)", los_angeles),
        backup_rules,
        2,
        &[],
    );
    // The clock change lies after the period, and after the runs around its end.
    check(
        &over("2027-03-01..2027-03-13", "cron(30 2 ? * * *)", los_angeles),
        backup_rules,
        2,
        &[],
    );
    let lord_howe = "Australia/Lord_Howe";
    check(
        &over("2027-04-01..2027-04-08", "cron(45 1 ? * * *)", lord_howe),
        backup_rules,
        2,
        &[],
    );
    check(
        &over("2026-10-01..2026-10-08", "cron(15 2 ? * * *)", lord_howe),
        backup_rules,
        1,
        &[("orders", Exception, "47 h 30 min")],
    );
}

#[test]
fn what_can_t_be_read_is_indeterminate() {
    let schedule = "rule/111122223333/us-east-1/daily/nightly/schedule";
    let unread = [
        (
            "orders",
            Indeterminate,
            "plan daily, rule nightly: the schedule's hour",
        ),
        (schedule, Indeterminate, "hour \"25\" can't be read"),
    ];
    let world = scheduled("cron(0 25 ? * * *)");
    check(&world, backup_rules, 1, &unread);
    // Another rule that is daily by itself settles the resource, not the rule.
    let mut both = world.clone();
    let mut second = rule();
    second.name = "second".to_owned();
    both.records.plans[0]
        .value
        .rules
        .as_mut()
        .expect("rules")
        .push(second);
    check(&both, backup_rules, 3, &unread[1..]);
    let names = with(|rule| rule.time_zone = Some("Mars/Olympus".to_owned()));
    check(
        &names,
        backup_rules,
        1,
        &[
            ("orders", Indeterminate, "Mars"),
            (schedule, Indeterminate, "Mars"),
        ],
    );
    let silent = with(|rule| rule.schedule = None);
    check(
        &silent,
        backup_rules,
        1,
        &[
            ("orders", Indeterminate, "no schedule"),
            (schedule, Indeterminate, "no schedule"),
        ],
    );
    let minutely = scheduled("cron(* * ? * * *)");
    check(&minutely, backup_rules, 2, &[]);
    let mut uncollected = nightly();
    uncollected.records.plans[0].value.rules = None;
    check(
        &uncollected,
        backup_rules,
        0,
        &[
            (
                "orders",
                Indeterminate,
                "plan daily: the plan version's rules were not collected",
            ),
            (
                "rule/111122223333/us-east-1/daily/retention",
                Indeterminate,
                "not collected",
            ),
        ],
    );
    // A slow rate may fire into what a slow cron leaves open.
    let mut mixed = scheduled("cron(0 3 ? * MON-SAT *)");
    let mut rate = rule();
    (rate.name, rate.schedule) = ("rate".to_owned(), Some("rate(2 days)".to_owned()));
    mixed.records.plans[0]
        .value
        .rules
        .as_mut()
        .expect("rules")
        .push(rate);
    check(
        &mixed,
        backup_rules,
        2,
        &[("orders", Indeterminate, "a rate counts from a moment")],
    );
}

#[test]
fn continuous_backups_are_no_snapshots() {
    let world = with(|rule| rule.continuous = true);
    check(
        &world,
        backup_rules,
        1,
        &[("orders", Exception, "no run in the whole period")],
    );
}

#[test]
fn what_nobody_collected_settles_nothing() {
    let mut world = nightly();
    world.unprove(Source::AwsBackupPlans, span("2026-07-04", "2026-07-05"));
    let unproven = [
        ("orders", Indeterminate, "aws_backup_plans"),
        (RETENTION, Indeterminate, "aws_backup_plans"),
    ];
    check(&world, backup_rules, 0, &unproven);
    world.change_rule(|rule| rule.schedule = Some("rate(2 days)".to_owned()));
    check(&world, backup_rules, 0, &unproven);
    // No rule at all.
    let mut without = World::daily();
    check(
        &without,
        backup_rules,
        0,
        &[(
            "orders",
            Exception,
            "no rule of a plan or policy applies to arn:aws:rds",
        )],
    );
    for method in [BackupMethod::Native, BackupMethod::IacRebuild] {
        let mut other = without.clone();
        other.change_system(|system| system.backup_method = Some(method));
        check(
            &other,
            backup_rules,
            0,
            &[("orders", Indeterminate, "other means")],
        );
    }
    without.unprove(Source::AwsBackupPlans, span("2026-07-04", "2026-07-05"));
    check(
        &without,
        backup_rules,
        0,
        &[("orders", Indeterminate, "aws_backup_plans")],
    );
    // By tags that no listing shows.
    let tagged = planned(selection(&[], &[("backup", "daily")]));
    check(
        &tagged,
        backup_rules,
        1,
        &[("orders", Indeterminate, "the selection goes by tags")],
    );
    // The inventory is a part of the population.
    let mut register = nightly();
    register.unprove_all(Source::SystemsInventory);
    let finding = register.run(backup_rules);
    assert_eq!(
        (finding.state(), finding.counts().get(State::Supported)),
        (Indeterminate, 0)
    );
}

#[test]
fn retention_is_judged_only_by_an_approved_value() {
    let mut world = nightly();
    for (days, short) in [(Some(34), true), (Some(35), false), (Some(36), false)] {
        world.change_rule(|rule| rule.delete_after_days = days);
        let exception = [(
            RETENTION,
            Exception,
            "for 34 days | recovery points are kept for at least 35 days",
        )];
        check(
            &world,
            backup_rules,
            2 - u64::from(short),
            if short { &exception } else { &[] },
        );
    }
    world.change_rule(|rule| rule.delete_after_days = None);
    let finding = check(&world, backup_rules, 2, &[]);
    assert!(
        finding.observations()[0].text.contains("for ever"),
        "{:?}",
        finding.observations()
    );
    world.criteria.min_retention_days = None;
    check(
        &world,
        backup_rules,
        1,
        &[("retention", Indeterminate, "management has approved none")],
    );
    // An earlier version that kept less counts as long as it applied in the period.
    let mut world = nightly();
    let mut earlier = version("v0", "2025-01-01", Some("2026-07-05"));
    earlier.rules.as_mut().expect("rules")[0].delete_after_days = Some(7);
    world.add_version(earlier);
    world.records.plans[0].value.from = at("2026-07-05");
    check(&world, backup_rules, 1, &[(RETENTION, Exception, "7 days")]);
}

#[test]
fn windows_longer_than_the_policy_are_observations() {
    for (start, completion, expected) in [
        (Some(120), Some(1440), vec![]),
        (
            Some(121),
            Some(1440),
            vec![
                "plan daily, rule nightly: the start window of 2 h 1 min is longer than the tolerance of 2 h",
            ],
        ),
        (
            Some(60),
            Some(1441),
            vec![
                "plan daily, rule nightly: the completion window of 24 h 1 min is longer than the interval of 24 h",
            ],
        ),
        (None, None, vec![]),
    ] {
        let world =
            with(|rule| (rule.start_window_minutes, rule.completion_window_minutes) = (start, completion));
        let finding = check(&world, backup_rules, 2, &[]);
        let texts: Vec<_> = finding.observations().iter().map(|o| o.text.as_str()).collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn atlas_items_and_exempt_systems() {
    let mut world = World::daily_in_atlas();
    check(
        &world,
        backup_rules,
        0,
        &[(
            "patients",
            Exception,
            "no rule of a plan or policy applies to atlas:",
        )],
    );
    for day in ["2026-06-30", "2026-07-06", "2026-07-11"] {
        world.add_atlas_schedule(day, vec![policy_item("daily", 1), policy_item("weekly", 7)]);
    }
    check(&world, backup_rules, 3, &[]);
    let mut weekly = world.clone();
    for schedule in &mut weekly.records.atlas_schedules {
        schedule.value.items.remove(0);
    }
    check(
        &weekly,
        backup_rules,
        1,
        &[("patients", Exception, "Atlas, weekly policy: no run")],
    );
    let mut changed = world.clone();
    changed.records.atlas_schedules[0].value.items.remove(0);
    let between = "the schedule changed between two listings";
    check(&changed, backup_rules, 2, &[("patients", Indeterminate, between)]);
    changed.records.atlas_schedules[1].value.items.remove(0);
    let weekly_until_then = "Atlas, weekly policy: no run";
    check(
        &changed,
        backup_rules,
        1,
        &[("patients", Exception, weekly_until_then)],
    );
    let mut silent = world.clone();
    for schedule in &mut silent.records.atlas_schedules {
        schedule.value.reference_minute = None;
    }
    let name = "rule/64b000000000000000000001/patients";
    let (daily, weekly) = (
        format!("{name}/daily/schedule"),
        format!("{name}/weekly/schedule"),
    );
    let unsaid = |id| (id, Indeterminate, "reference time");
    check(
        &silent,
        backup_rules,
        2,
        &[unsaid("patients"), unsaid(&daily), unsaid(&weekly)],
    );
    let mut exempt = nightly();
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
        backup_rules,
        0,
        &[("orders/exempt", NotApplicable, "holds no state")],
    );
}

#[test]
fn a_gap_that_ends_as_the_period_begins_or_begins_as_it_ends_is_of_another_report() {
    check(&scheduled("cron(0 0 1-11 7 ? *)"), backup_rules, 2, &[]);
    for (schedule, words) in [
        ("cron(0 0 1-10 7 ? *)", "no run after 2026-07-10T00:00:00Z"),
        ("cron(0 0 2-11 7 ? *)", "no run before 2026-07-02T00:00:00Z"),
    ] {
        check(
            &scheduled(schedule),
            backup_rules,
            1,
            &[("orders", Exception, words)],
        );
    }
}

#[test]
fn of_several_rates_the_fastest_is_enough_and_a_gap_after_the_period_is_of_no_interest() {
    let with = |first: &str, second: &str| {
        let mut world = scheduled(first);
        let mut other = rule();
        (other.name, other.schedule) = ("other".to_owned(), Some(second.to_owned()));
        world.records.plans[0]
            .value
            .rules
            .as_mut()
            .expect("rules")
            .push(other);
        world
    };
    check(&with("rate(2 days)", "rate(12 hours)"), backup_rules, 3, &[]);
    check(
        &with("rate(2 days)", "rate(3 days)"),
        backup_rules,
        2,
        &[("orders", Exception, "every 48 h")],
    );
    check(
        &with("cron(0 0 1-11 7 ? *)", "cron(30 0 12 7 ? *)"),
        backup_rules,
        3,
        &[],
    );
}

#[test]
fn rules_are_tried_together_in_each_of_several_times() {
    // Exempt in the middle of the period: two spans are due, and the rule of each fires less often than daily.
    let mut world = scheduled("cron(0 3 ? * MON-SAT *)");
    world.change_system(|system| {
        system.exemption = Some(Exemption {
            rationale: "rebuilt from code".to_owned(),
            approved_by: "p-001".to_owned(),
            approved_at: at("2026-06-01"),
            from: at("2026-07-02"),
            until: Some(at("2026-07-03")),
        });
    });
    let finding = world.run(backup_rules);
    assert!(
        finding.items().iter().any(|item| item.state() == Exception),
        "{finding:?}"
    );
}
