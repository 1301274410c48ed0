//! Schedules against jobs, and validations against the calls that set them.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{call, check_drops, job};
use crate::evaluate::testing::plans::policy_item;
use crate::evaluate::testing::{ACCOUNT, World, at, key, observed, span};
use crate::model::finding::State;
use crate::model::records::backups::{Actor, JobState, Provider, RestoreJob};
use crate::model::source::Source;

const RUNS: &str = "expected-runs";
const VALIDATIONS: &str = "validations";

#[test]
fn every_run_of_a_schedule_has_its_job() {
    check_ties(&reconciled(), RUNS, 10);
    check_drops(&reconciled(), evidence_complete);
    let mut missed = reconciled();
    missed.remove_backup("2026-07-04");
    check_tally(
        &missed,
        RUNS,
        (10, 9),
        Supported,
        "1 explained: plan daily, rule nightly of orders at 2026-07-04T03:00:00Z was missed",
    );
    let mut none = missed.clone();
    none.records.jobs.clear();
    check_tally(&none, RUNS, (10, 0), Supported, "10 explained");
    missed.add_job(job("late", "2026-07-04T05:00"));
    check_tally(
        &missed,
        RUNS,
        (10, 10),
        Supported,
        "came late, at 2026-07-04T05:00:00Z",
    );
    let mut extra = reconciled();
    extra.add_job(job("extra", "2026-07-04T15:00"));
    check_tally(
        &extra,
        RUNS,
        (10, 11),
        Indeterminate,
        "1 unexplained: job extra of orders, which no schedule in force explains",
    );
    let mut unreadable = reconciled();
    unreadable.change_rule(|rule| rule.schedule = Some("whenever".to_owned()));
    check_tally(&unreadable, RUNS, (0, 0), Indeterminate, "can't be expanded");
    let mut gap = reconciled();
    gap.unprove(Source::AwsBackupJobs, span("2026-07-04", "2026-07-05"));
    gap.remove_backup("2026-07-04");
    check_tally(
        &gap,
        RUNS,
        (10, 9),
        Indeterminate,
        "the list of jobs is not proven",
    );
    let mut plans = reconciled();
    plans.unprove(Source::AwsBackupPlans, span("2026-07-04", "2026-07-05"));
    let finding = plans.run(evidence_complete);
    let (conclusion, _) = tally(&finding, RUNS).expect("an item");
    assert_eq!(conclusion.state(), Indeterminate);
}

#[test]
fn runs_are_expected_while_a_system_is_in_use() {
    let mut world = reconciled();
    world.change_system(|system| system.decommissioned = Some(at("2026-07-06")));
    check_ties(&world, RUNS, 5);
    world.change_system(|system| system.onboarded = Some(at("2026-07-02T03:00")));
    let grace = world.criteria.onboarding_grace;
    assert_eq!(grace, chrono::TimeDelta::hours(24));
    check_ties(&world, RUNS, 3);
}

#[test]
fn schedules_of_atlas_tie_as_well() {
    let mut world = World::daily_in_atlas();
    world.add_atlas_schedule("2026-06-20", vec![policy_item("daily", 1)]);
    world.add_atlas_schedule("2026-07-11", vec![policy_item("daily", 1)]);
    check_ties(&world, RUNS, 10);
}

/// A restore of 2026-07-04 that somebody validated.
fn validated() -> World {
    let mut world = World::with_system();
    let restore = RestoreJob {
        id: "r-1".to_owned(),
        provider: Provider::Aws,
        point: None,
        resource: None,
        created_resource: None,
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        state: JobState::Completed,
        created: at("2026-07-04T09:00"),
        completed: Some(at("2026-07-04T10:00")),
        validation: Some("SUCCESSFUL".to_owned()),
        testing_plan: None,
        delivery: None,
    };
    let row = observed(
        key(Source::AwsRestoreJobs, "us-east-1"),
        world.collected(),
        "r-1",
        restore,
    );
    world.records.restores.push(row);
    let mut event = call("PutRestoreValidationResult", "r-1", "2026-07-04T11:00", "p-005");
    event.resources = vec!["r-1".to_owned()];
    world.add_event(event);
    world
}

#[test]
fn a_validation_status_was_set_by_a_call() {
    check_ties(&validated(), VALIDATIONS, 1);
    check_drops(&validated(), evidence_complete);
    // The tester asserts his own success.
    let mut own = validated();
    let mut start = call("StartRestoreJob", "r-1", "2026-07-04T09:00", "p-005");
    start.results = vec!["r-1".to_owned()];
    own.add_event(start);
    check_tally(
        &own,
        VALIDATIONS,
        (1, 1),
        Supported,
        "1 explained: restore r-1 was validated at 2026-07-04T11:00:00Z by the one who started it",
    );
    own.records.events[1].value.results.push("r-2".to_owned());
    check_tally(&own, VALIDATIONS, (1, 1), Supported, "1 explained");
    for results in [vec!["r-2".to_owned()], Vec::new()] {
        own.records.events[1].value.results = results;
        check_ties(&own, VALIDATIONS, 1);
    }
    // Two people, and two of whom nobody knows who they are, are not the same.
    own.records.events[1].value.results = vec!["r-1".to_owned()];
    own.records.events[1].value.actor = call("x", "x", "2026-07-04", "p-004").actor;
    check_ties(&own, VALIDATIONS, 1);
    for event in &mut own.records.events {
        event.value.actor = Actor::Unknown;
    }
    check_ties(&own, VALIDATIONS, 1);
    let mut refused = validated();
    refused.records.events[0].value.error = Some("AccessDenied".to_owned());
    check_tally(
        &refused,
        VALIDATIONS,
        (1, 0),
        Indeterminate,
        "nobody is known to have validated restore r-1",
    );
    let mut unset = validated();
    unset.records.restores[0].value.validation = Some("TIMED_OUT".to_owned());
    assert!(
        tally(&unset.run(evidence_complete), VALIDATIONS).is_none(),
        "the service set it"
    );
    unset.records.restores[0].value.validation = None;
    assert!(
        tally(&unset.run(evidence_complete), VALIDATIONS).is_none(),
        "none was set"
    );
    let mut stranger = validated();
    for named in [vec!["r-2".to_owned()], Vec::new()] {
        stranger.records.events[0].value.resources = named;
        check_tally(&stranger, VALIDATIONS, (1, 1), Indeterminate, "2 unexplained");
    }
    // A call counts for each restore that it names, and a restore that nobody validated needs none.
    let mut several = validated();
    several.records.events[0].value.resources.push("other".to_owned());
    let mut second = several.records.restores[0].clone();
    (second.value.id, second.value.validation) = ("r-2".to_owned(), None);
    several.records.restores.push(second);
    check_ties(&several, VALIDATIONS, 1);
    let mut gap = validated();
    gap.unprove(Source::Cloudtrail, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, VALIDATIONS, (1, 1), Indeterminate, "none");
}
