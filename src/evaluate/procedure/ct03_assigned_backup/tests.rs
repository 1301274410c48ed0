//! The outcomes of CT-03.

use State::{Exception, Indeterminate, NotApplicable};

use super::assigned_backup;
use crate::evaluate::testing::backups::{call, check_drops, check_order};
use crate::evaluate::testing::plans::{planned, policy_item, selection, version};
use crate::evaluate::testing::{CLUSTER, DB, World, at, check, span};
use crate::model::finding::State;
use crate::model::records::governance::{BackupMethod, Exemption};
use crate::model::source::Source;

#[test]
fn a_resource_that_a_plan_selects_throughout_is_supported() {
    let world = planned(selection(&[DB], &[]));
    check(&world, assigned_backup, 1, &[]);
    check_order(&world, assigned_backup);
    check_drops(&world, assigned_backup);
    let mut world = planned(selection(&[DB], &[]));
    world.records.plans[0].value.until = Some(at("2026-07-05"));
    world.add_version(version("v2", "2026-07-05", None));
    check(&world, assigned_backup, 1, &[]);
}

#[test]
fn days_without_a_plan_are_named() {
    let mut world = planned(selection(&[DB], &[]));
    world.records.plans[0].value.until = Some(at("2026-07-04T14:00"));
    world.add_version(version("v2", "2026-07-06T16:00", None));
    check(
        &world,
        assigned_backup,
        0,
        &[(
            "orders",
            Exception,
            "no plan selects arn:aws:rds:us-east-1:111122223333:db:orders on 2026-07-04 to 2026-07-06",
        )],
    );
    check_order(&world, assigned_backup);
    check_drops(&world, assigned_backup);
    world.records.plans.clear();
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Exception, "on 2026-07-01 to 2026-07-10")],
    );
    world.unprove(Source::AwsBackupPlans, span("2026-07-04", "2026-07-05"));
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/unproven", Indeterminate, "aws_backup_plans")],
    );
}

#[test]
fn a_version_without_rules_covers_nothing_and_an_unread_one_may() {
    let mut world = planned(selection(&[DB], &[]));
    world.records.plans[0].value.rules = Some(Vec::new());
    check(&world, assigned_backup, 0, &[("orders", Exception, "")]);
    world.records.plans[0].value.rules = None;
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/unproven", Indeterminate, "rules were not collected")],
    );
    let sound = planned(selection(&[DB], &[]));
    let version = sound.records.plans[0].value.version.clone();
    // As the fold calls what it saw twice.
    for name in [
        "plan".to_owned(),
        "plan/sel".to_owned(),
        format!("plan/{version}"),
    ] {
        let mut world = sound.clone();
        world.add_conflict(Source::AwsBackupPlans, &name);
        check(
            &world,
            assigned_backup,
            0,
            &[("orders/unproven", Indeterminate, "contradict")],
        );
    }
}

#[test]
fn selections_by_tag_need_tags_and_an_opt_in() {
    let mut world = planned(selection(&[], &[("tier", "gold")]));
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/unproven", Indeterminate, "tags that no listing shows")],
    );
    world.add_resource(DB, &[("tier", "gold")]);
    check(&world, assigned_backup, 1, &[]);
    // A job of another period, and a row of a partial pull, vouch for nothing.
    let opted_in = [("orders/unproven", Indeterminate, "opted in")];
    let mut before = world.clone();
    before
        .records
        .jobs
        .retain(|job| job.value.created < at("2026-07-01"));
    check(&before, assigned_backup, 0, &opted_in);
    let mut partial = world.clone();
    partial.records.jobs.retain(|job| job.value.id == "2026-07-04");
    check(&partial, assigned_backup, 1, &[]);
    partial.unprove(Source::AwsBackupJobs, span("2026-07-04", "2026-07-05"));
    check(&partial, assigned_backup, 0, &opted_in);
    world.records.jobs.clear();
    check(&world, assigned_backup, 0, &opted_in);
    for (_, tags) in &mut world.records.resources[0].value.tag_history {
        tags.clear();
    }
    check(&world, assigned_backup, 0, &[("orders", Exception, "")]);
    let mut elsewhere = planned(selection(&[DB], &[]));
    elsewhere.records.selections[0].value.region = "us-west-2".parse().expect("a region");
    check(&elsewhere, assigned_backup, 0, &[("orders", Exception, "")]);
}

#[test]
fn tags_of_today_prove_nothing_about_the_days_before() {
    let mut world = planned(selection(&[], &[("tier", "gold")]));
    world.add_resource(DB, &[("tier", "gold")]);
    let history = &mut world.records.resources[0].value.tag_history;
    history[0].1.clear();
    history.insert(1, (at("2026-07-06"), std::collections::BTreeMap::new()));
    // Untagged until 6 July for certain, tagged at some time after; the plan's own jobs tell the days.
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Exception, "on 2026-07-01 to 2026-07-05")],
    );
    for job in world
        .records
        .jobs
        .iter_mut()
        .filter(|job| job.value.created >= at("2026-07-08"))
    {
        job.value.trigger = crate::model::records::backups::Trigger::OnDemand;
    }
    check(
        &world,
        assigned_backup,
        0,
        &[
            ("orders", Exception, "on 2026-07-01 to 2026-07-05"),
            (
                "orders/unproven",
                Indeterminate,
                "for 2026-07-08T00:00:00Z..2026-07-11",
            ),
        ],
    );
    check_drops(&world, assigned_backup);
}

#[test]
fn a_job_on_demand_shows_no_opt_in() {
    let mut world = planned(selection(&[], &[("tier", "gold")]));
    world.add_resource(DB, &[("tier", "gold")]);
    for job in &mut world.records.jobs {
        job.value.trigger = crate::model::records::backups::Trigger::OnDemand;
    }
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/unproven", Indeterminate, "opted in")],
    );
}

#[test]
fn a_selection_that_went_covers_until_it_was_removed() {
    let mut world = planned(selection(&[DB], &[]));
    world.records.selections[0].value.gone_after = Some(at("2026-07-03T05:00"));
    check(
        &world,
        assigned_backup,
        0,
        &[(
            "orders/unproven",
            Indeterminate,
            "removed at a time that is not known",
        )],
    );
    world.records.selections[0].value.absent_from = Some(at("2026-07-06T05:00"));
    let expected = [
        ("orders", Exception, "on 2026-07-06 to 2026-07-10"),
        (
            "orders/unproven",
            Indeterminate,
            "for 2026-07-03T05:00:00Z..2026-07-06T05:00:00Z",
        ),
    ];
    check(&world, assigned_backup, 0, &expected);
    let mut removal = call("DeleteBackupSelection", "x", "2026-07-05T00:00", "p-006");
    removal.resources = vec!["sel".to_owned()];
    world.add_event(removal);
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Exception, "on 2026-07-05 to 2026-07-10")],
    );
    let of = |at: &'static str| [("orders", Exception, at)];
    // The first removal counts, from the last sighting on, of this selection, and only where it worked.
    let mut later = world.records.events[0].value.clone();
    (later.id, later.at) = ("later".to_owned(), at("2026-07-06"));
    world.add_event(later);
    check(&world, assigned_backup, 0, &of("on 2026-07-05 to 2026-07-10"));
    check_order(&world, assigned_backup);
    world.records.events[0].value.at = at("2026-07-03T05:00");
    check(&world, assigned_backup, 0, &of("on 2026-07-03 to 2026-07-10"));
    world.records.events.truncate(1);
    let removed = world.records.events[0].value.clone();
    let changes: [fn(&mut crate::model::records::backups::Event); 4] = [
        |event| event.at = at("2026-07-03T04:59:59Z"),
        |event| event.error = Some("AccessDenied".to_owned()),
        |event| event.name = "CreateBackupSelection".to_owned(),
        |event| event.resources = vec!["another".to_owned()],
    ];
    for change in changes {
        world.records.events[0].value = removed.clone();
        change(&mut world.records.events[0].value);
        check(&world, assigned_backup, 0, &expected);
    }
}

#[test]
fn atlas_needs_a_policy_item_at_every_listing() {
    let mut world = World::daily_in_atlas();
    check(
        &world,
        assigned_backup,
        0,
        &[("patients", Exception, "no schedule backs up")],
    );
    for day in ["2026-07-03T05:00", "2026-07-06T05:00", "2026-07-11T05:00"] {
        world.add_atlas_schedule(day, vec![policy_item("daily", 1)]);
    }
    check(&world, assigned_backup, 1, &[]);
    check_order(&world, assigned_backup);
    let mut disputed = world.clone();
    disputed.add_conflict(Source::AtlasBackupSchedule, CLUSTER);
    check(
        &disputed,
        assigned_backup,
        0,
        &[("patients/unproven", Indeterminate, "contradict")],
    );
    world.records.atlas_schedules[1].value.items.clear();
    world.records.atlas_schedules[2].value.items.clear();
    check(
        &world,
        assigned_backup,
        0,
        &[
            ("patients", Exception, "on 2026-07-06 to 2026-07-10"),
            (
                "patients/unproven",
                Indeterminate,
                "for 2026-07-03T05:00:00Z..2026-07-06T05:00:00Z",
            ),
        ],
    );
    let mut world = World::daily_in_atlas();
    world.unprove(Source::AtlasBackupSchedule, span("2026-07-04", "2026-07-05"));
    check(
        &world,
        assigned_backup,
        0,
        &[("patients/unproven", Indeterminate, "atlas_backup_schedule")],
    );
}

#[test]
fn an_exemption_needs_approval_before_and_a_mechanism() {
    let mut world = World::daily();
    let exemption = Exemption {
        rationale: "rebuilt from code".to_owned(),
        approved_by: "p-001".to_owned(),
        approved_at: at("2026-06-01"),
        from: at("2026-06-01"),
        until: None,
    };
    world.change_system(|system| {
        system.backup_method = Some(BackupMethod::IacRebuild);
        system.mechanism = Some("terraform".to_owned());
        system.exemption = Some(exemption);
    });
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/exempt", NotApplicable, "rebuilt")],
    );
    world.change_system(|system| system.mechanism = None);
    check(
        &world,
        assigned_backup,
        0,
        &[("orders/exempt", Exception, "names no mechanism")],
    );
    world.change_system(|system| {
        if let Some(exemption) = &mut system.exemption {
            exemption.approved_at = at("2026-06-02");
        }
    });
    check(
        &world,
        assigned_backup,
        0,
        &[(
            "orders",
            Exception,
            "a rebuild from code, and its exemption from 2026-06-01T00:00:00Z was approved only at 2026-06-02",
        )],
    );
    world.change_system(|system| system.exemption = None);
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Exception, "no exemption is in force")],
    );
    // Another mechanism by an approved row, and nothing collected of it.
    world.change_system(|system| system.mechanism = Some("terraform".to_owned()));
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Indeterminate, "a rebuild from code")],
    );
    world.change_system(|system| system.approved_by = None);
    check(
        &world,
        assigned_backup,
        0,
        &[("orders", Exception, "no exemption")],
    );
}

#[test]
fn each_time_in_doubt_is_told_with_its_own_reason() {
    // The rules of the first version were not collected, the second one is whole, and the third is disputed.
    let mut world = planned(selection(&[DB], &[]));
    (
        world.records.plans[0].value.until,
        world.records.plans[0].value.rules,
    ) = (Some(at("2026-07-03")), None);
    world.add_version(version("v2", "2026-07-03", Some("2026-07-08")));
    world.add_version(version("v3", "2026-07-08", None));
    world.add_conflict(Source::AwsBackupPlans, "plan/v3");
    let finding = world.run(assigned_backup);
    let item = &finding.items()[0];
    let said = format!("{:?}", item.conclusion());
    for why in ["rules were not collected", "contradict each other"] {
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_selection_that_was_gone_before_the_period_is_not_cited() {
    let cited = |until: &str| {
        let mut world = planned(selection(&[DB], &[]));
        let mut old = selection(&[DB], &[]);
        (old.id, old.gone_after, old.absent_from) =
            ("old".to_owned(), Some(at("2026-05-01")), Some(at(until)));
        world.add_selection(old);
        let finding = world.run(assigned_backup);
        let records = finding.items()[0].evidence().records();
        let named = |name: &str| records.iter().any(|record| record.locator == format!("/{name}"));
        (named("sel"), named("old"))
    };
    assert_eq!(cited("2026-06-01"), (true, false));
    assert_eq!(cited("2026-07-02"), (true, true));
}
