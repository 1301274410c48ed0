//! Restore testing plans against the restore jobs that they started.

use State::{Indeterminate, Supported};
use chrono::TimeDelta;

use super::{check_tally, check_ties, cited, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::testing::backups::check_drops;
use crate::evaluate::testing::{ACCOUNT, World, at, key, observed, span};
use crate::model::finding::State;
use crate::model::records::CompleteListing;
use crate::model::records::backups::{JobState, Provider, RestoreJob, RestoreTestingPlan};
use crate::model::source::Source;

const RUNS: &str = "restore-testing-runs";
const PLAN: &str = "arn:aws:backup:us-east-1:111122223333:restore-testing-plan:weekly-1";

/// The plan as it was listed on `day`: every other day at noon, within four hours, since January.
fn plan(day: &str) -> RestoreTestingPlan {
    RestoreTestingPlan {
        arn: PLAN.to_owned(),
        name: "weekly".to_owned(),
        created: at("2026-01-01"),
        updated: None,
        schedule: Some("cron(0 12 1/2 * ? *)".to_owned()),
        time_zone: None,
        start_window_hours: Some(4),
        at: at(day),
    }
}

fn restore(id: &str, created: &str) -> RestoreJob {
    RestoreJob {
        id: id.to_owned(),
        provider: Provider::Aws,
        point: None,
        resource: None,
        created_resource: None,
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        state: JobState::Completed,
        created: at(created),
        completed: None,
        validation: None,
        testing_plan: Some(PLAN.to_owned()),
        delivery: None,
    }
}

impl World {
    fn add_plan(&mut self, plan: RestoreTestingPlan) {
        let (seen, name) = (plan.at, format!("testing/{}", plan.at));
        let key = key(Source::AwsRestoreTestingPlans, "us-east-1");
        self.records.testing_plans.push(observed(key, seen, &name, plan));
    }
}

impl World {
    fn run_restore(&mut self, restore: RestoreJob) {
        let (seen, name) = (self.collected(), restore.id.clone());
        let key = key(Source::AwsRestoreJobs, "us-east-1");
        self.records.restores.push(observed(key, seen, &name, restore));
    }
}

/// A plan that ran on each odd day from 1 to 9 July, and was listed before and after the period.
fn tested() -> World {
    let mut world = World::with_system();
    world.add_plan(plan("2026-06-30"));
    world.add_plan(plan("2026-07-11"));
    for day in [1, 3, 5, 7, 9] {
        world.run_restore(restore(&format!("t-{day}"), &format!("2026-07-0{day}T13:00")));
    }
    world
}

#[test]
fn every_run_of_a_plan_restores_something() {
    check_ties(&tested(), RUNS, 5);
    check_drops(&tested(), evidence_complete);
    // A run may restore several things; those of somebody else count nothing.
    let mut several = tested();
    several.run_restore(restore("more", "2026-07-03T16:00"));
    let mut other = restore("other", "2026-07-04T09:00");
    other.testing_plan = None;
    several.run_restore(other);
    check_ties(&several, RUNS, 5);
    // One that comes after a run which was served in time, be it at the last instant, is none of its jobs.
    let mut last = tested();
    last.records.restores[1].value.created = at("2026-07-03T16:00");
    check_ties(&last, RUNS, 5);
    last.run_restore(restore("after", "2026-07-04T09:00"));
    let after = "1 unexplained: restore after of plan weekly, which no run explains";
    check_tally(&last, RUNS, (5, 6), Indeterminate, after);
    let mut none = tested();
    none.records.restores.clear();
    check_tally(&none, RUNS, (5, 0), Supported, "5 explained");
    let mut missed = tested();
    missed.records.restores.remove(1);
    let said = "1 explained: plan weekly at 2026-07-03T12:00:00Z was missed";
    check_tally(&missed, RUNS, (5, 4), Supported, said);
    missed.run_restore(restore("late", "2026-07-03T16:00"));
    check_ties(&missed, RUNS, 5);
    missed
        .records
        .restores
        .last_mut()
        .expect("the late one")
        .value
        .created += TimeDelta::milliseconds(1);
    let late = "1 explained: plan weekly at 2026-07-03T12:00:00Z came late, at 2026-07-03T16:00:00.001Z";
    check_tally(&missed, RUNS, (5, 5), Supported, late);
    let mut extra = tested();
    extra.run_restore(restore("extra", "2026-07-04T09:00"));
    let stranger = "1 unexplained: restore extra of plan weekly, which no run explains";
    check_tally(&extra, RUNS, (5, 6), Indeterminate, stranger);
    // Clocks may differ by five minutes.
    let mut early = tested();
    early.records.restores[1].value.created = at("2026-07-03T11:55");
    check_ties(&early, RUNS, 5);
    early.records.restores[1].value.created = at("2026-07-03T11:54");
    check_tally(&early, RUNS, (5, 5), Indeterminate, "restore t-3 of plan weekly");
}

#[test]
fn what_is_not_proven_or_not_over_is_left_open() {
    let mut gap = tested();
    gap.records.restores.remove(1);
    gap.unprove(
        Source::AwsRestoreJobs,
        span("2026-07-03T15:59", "2026-07-03T16:01"),
    );
    let unproven =
        "1 unexplained: plan weekly at 2026-07-03T12:00:00Z: the list of restore jobs is not proven";
    check_tally(&gap, RUNS, (5, 4), Indeterminate, unproven);
    let mut plans = tested();
    plans.unprove(Source::AwsRestoreTestingPlans, span("2026-07-04", "2026-07-05"));
    check_tally(&plans, RUNS, (5, 5), Indeterminate, "none");
    let mut running = tested();
    running.records.restores.pop();
    for (until, why) in [
        (
            "2026-07-09T16:00",
            "its start window is open until 2026-07-09T16:00:00Z",
        ),
        (
            "2026-07-09T16:01",
            "1 explained: plan weekly at 2026-07-09T12:00:00Z was missed",
        ),
    ] {
        running.scope.as_of = at(until);
        let state = if why.starts_with("1 explained") {
            Supported
        } else {
            Indeterminate
        };
        check_tally(&running, RUNS, (5, 4), state, why);
    }
}

#[test]
fn a_plan_is_in_force_since_its_last_change_while_it_is_listed() {
    // Changed on the 6th, and listed before on the 4th: what it was to run between is not known.
    let mut changed = tested();
    changed.add_plan(plan("2026-07-04"));
    let mut later = plan("2026-07-11");
    later.updated = Some(at("2026-07-06"));
    later.schedule = Some("cron(0 12 2/2 * ? *)".to_owned());
    changed.records.testing_plans[1].value = later;
    for (id, day) in [("t-7", "2026-07-08"), ("t-9", "2026-07-10")] {
        let mut jobs = changed.records.restores.iter_mut();
        jobs.find(|job| job.value.id == id).expect("a job").value.created = at(&format!("{day}T13:00"));
    }
    let mut sixth = restore("t-6", "2026-07-06T13:00");
    sixth.completed = None;
    changed.run_restore(sixth);
    let unknown = "1 unexplained: what plan weekly was to run in 2026-07-04T00:00:00Z..2026-07-06T00:00:00Z is not known";
    check_tally(&changed, RUNS, (5, 5), Indeterminate, unknown);
    // Listed at the change, everything is known.
    changed.records.testing_plans[2].value.at = at("2026-07-06");
    check_ties(&changed, RUNS, 6);
    // A change before the period leaves nothing of it open.
    let mut before = tested();
    for row in &mut before.records.testing_plans {
        row.value.updated = Some(at("2026-06-01"));
    }
    check_ties(&before, RUNS, 5);
    for row in &mut before.records.testing_plans {
        row.value.updated = Some(at("2026-07-01T00:01"));
    }
    check_tally(
        &before,
        RUNS,
        (5, 5),
        Indeterminate,
        "in 2026-07-01T00:00:00Z..2026-07-01T00:01:00Z is not known",
    );
    // A plan that a later list lacks went at a time that nobody knows.
    let mut gone = tested();
    gone.records.testing_plans[1].value.at = at("2026-07-08");
    gone.records.restores.pop();
    let listing = |day: &str| CompleteListing {
        key: key(Source::AwsRestoreTestingPlans, "us-east-1"),
        part: String::new(),
        at: at(day),
    };
    gone.records.listings.push(listing("2026-07-08"));
    check_ties(&gone, RUNS, 4);
    gone.records.listings.push(listing("2026-07-11"));
    let unknown = "what plan weekly was to run in 2026-07-08T00:00:00Z..2026-07-11T00:00:00Z is not known";
    check_tally(&gone, RUNS, (4, 4), Indeterminate, unknown);
    // The first list that lacks it says until when it may have been there.
    gone.records.listings.push(listing("2026-07-10"));
    let unknown = "what plan weekly was to run in 2026-07-08T00:00:00Z..2026-07-10T00:00:00Z is not known";
    check_tally(&gone, RUNS, (4, 4), Indeterminate, unknown);
}

#[test]
fn a_plan_that_can_t_be_expanded_says_so_and_accuses_nobody() {
    for (change, why) in [
        (
            (|plan: &mut RestoreTestingPlan| plan.schedule = Some("rate(2 days)".to_owned()))
                as fn(&mut RestoreTestingPlan),
            "1 unexplained: plan weekly can't be expanded: a rate counts",
        ),
        (|plan| plan.schedule = None, "plan weekly can't be expanded"),
        (|plan| plan.time_zone = Some("Mars/Base".to_owned()), "Mars/Base"),
        (|plan| plan.start_window_hours = None, "it names no start window"),
        (
            |plan| plan.start_window_hours = Some(0),
            "it names no start window",
        ),
        // Longer than any that the service has.
        (
            |plan| plan.start_window_hours = Some(192),
            "it names no start window",
        ),
    ] {
        let mut world = tested();
        for row in &mut world.records.testing_plans {
            change(&mut row.value);
        }
        check_tally(&world, RUNS, (0, 0), Indeterminate, why);
        let (_, records) = cited(&world, RUNS);
        assert!(
            records.iter().any(|record| record.starts_with("/testing/")),
            "{records:?}"
        );
    }
    let (_, records) = cited(&tested(), RUNS);
    assert!(records.is_empty(), "{records:?}");
    let mut long = tested();
    for row in &mut long.records.testing_plans {
        row.value.start_window_hours = Some(191);
    }
    check_ties(&long, RUNS, 5);
    // A job of a plan that no list has.
    let mut unlisted = tested();
    unlisted.records.testing_plans.clear();
    unlisted.records.restores.truncate(1);
    let stranger = "1 unexplained: restore t-1 of plan weekly-1, which no run explains";
    check_tally(&unlisted, RUNS, (0, 1), Indeterminate, stranger);
    unlisted.records.restores[0].value.testing_plan = None;
    assert!(tally(&unlisted.run(evidence_complete), RUNS).is_none());
}
