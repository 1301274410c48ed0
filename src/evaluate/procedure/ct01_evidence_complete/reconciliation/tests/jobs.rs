//! Jobs against the service's counts, their recovery points and what the trail tells of them.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{call, check_drops, job, point, point_arn};
use crate::evaluate::testing::{World, at, span};
use crate::model::finding::State;
use crate::model::records::backups::JobState;
use crate::model::source::Source;

const SUMMARIES: &str = "job-summaries";
const ISSUES: &str = "completed-with-issues";
const POINTS: &str = "recovery-points";

#[test]
fn rows_and_daily_counts_tie_or_the_day_kind_and_state_are_named() {
    let world = reconciled();
    check_ties(&world, SUMMARIES, 10);
    let mut counted = world.clone();
    counted.records.job_summaries[3].value.count += 1;
    let more = "1 unexplained: 2026-07-04 RDS completed: 1 by the rows, 2 by the count of 2026-07-11 05:00Z";
    check_tally(&counted, SUMMARIES, (10, 11), Indeterminate, more);
    let mut listed = world.clone();
    listed.add_job(job("uncounted", "2026-07-10T23:59"));
    check_tally(
        &listed,
        SUMMARIES,
        (11, 10),
        Indeterminate,
        "2026-07-10 RDS completed: 2",
    );
    listed.change_job("uncounted", |job| job.created = at("2026-07-11"));
    check_ties(&listed, SUMMARIES, 10);
    // Equal numbers of other states do not tie.
    let mut failed = world.clone();
    failed.change_job("2026-07-04", |job| job.state = JobState::Failed);
    check_tally(
        &failed,
        SUMMARIES,
        (10, 10),
        Indeterminate,
        "2 unexplained: 2026-07-04 RDS completed: 0",
    );
    let mut other = world.clone();
    other.change_job("2026-07-04", |job| job.kind = None);
    check_tally(
        &other,
        SUMMARIES,
        (10, 10),
        Indeterminate,
        "2026-07-04 all kinds completed: 1",
    );
}

#[test]
fn counts_of_all_kinds_together_tie_by_state() {
    let mut world = reconciled();
    world.change_job("2026-07-04", |job| job.kind = None);
    for summary in &mut world.records.job_summaries {
        summary.value.kind = None;
    }
    check_ties(&world, SUMMARIES, 10);
}

#[test]
fn a_job_that_was_unfinished_when_it_was_counted_is_explained() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.state = JobState::Unfinished);
    world.count_jobs(at("2026-07-11T05:00"));
    world.change_job("2026-07-04", |job| {
        job.state = JobState::Completed;
        job.completed = Some(at("2026-07-11T05:01"));
    });
    let explained = "1 explained: job 2026-07-04 of 2026-07-04 was unfinished when it was counted";
    check_tally(&world, SUMMARIES, (10, 10), Supported, explained);
    world.change_job("2026-07-04", |job| job.completed = Some(at("2026-07-11T05:00")));
    check_tally(&world, SUMMARIES, (10, 10), Indeterminate, "2 unexplained");
}

#[test]
fn every_count_of_a_day_is_compared_with_the_rows_read_by_then() {
    let mut world = World::daily();
    let late = job("late", "2026-07-04T09:00");
    world.count_jobs(at("2026-07-11T05:00"));
    world.add_job(late);
    check_tally(&world, SUMMARIES, (11, 10), Indeterminate, "2026-07-04");
    world.count_jobs(at("2026-07-11T06:00"));
    // That a newer count agrees does not explain an older one that did not.
    let differs =
        "1 unexplained: 2026-07-04 RDS completed: 2 by the rows, 1 by the count of 2026-07-11 05:00Z";
    check_tally(&world, SUMMARIES, (11, 11), Indeterminate, differs);
    let row = world.records.jobs.last_mut().expect("the late job");
    (row.first_seen, row.last_seen) = (at("2026-07-11T05:00:01Z"), at("2026-07-11T05:30"));
    let explained = "1 explained: 2026-07-04 RDS completed: 2 by the rows, 1 by the count of 2026-07-11 05:00Z: rows were read since";
    check_tally(&world, SUMMARIES, (11, 11), Supported, explained);
    // A broken answer counts for nothing.
    for pull in &mut world.records.pulls[2..] {
        pull.whole = false;
    }
    check_tally(&world, SUMMARIES, (11, 10), Indeterminate, "2026-07-04");
}

#[test]
fn without_the_newest_count_no_older_one_ties() {
    let asked = |when: &str| {
        let mut world = reconciled();
        let pull = world.add_pull(Source::AwsBackupJobs, "us-east-1", "backup:ListBackupJobs");
        pull.receipt.id = format!("{}/jobs", &when[..10]).parse().expect("an id");
        pull.receipt.started = at(when);
        world
    };
    check_ties(&asked("2026-07-11T04:00"), SUMMARIES, 10);
    let missing = "2026-07-10 was not counted in run 2026-07-23, which asked for its jobs";
    check_tally(
        &asked("2026-07-23T05:00"),
        SUMMARIES,
        (10, 10),
        Indeterminate,
        missing,
    );
    // When the service told no counts of the days any more, and before a day was over, nothing is missing.
    check_ties(&asked("2026-07-24T00:00"), SUMMARIES, 10);
    check_ties(&asked("2026-07-01T23:59"), SUMMARIES, 10);
}

#[test]
fn numbers_that_tie_over_a_gap_support_nothing() {
    for source in [Source::AwsBackupJobs, Source::AwsBackupJobSummaries] {
        let mut world = reconciled();
        world.unprove(source, span("2026-07-04", "2026-07-05"));
        check_tally(&world, SUMMARIES, (10, 10), Indeterminate, "none");
        check_tally(&world, ISSUES, (0, 0), Indeterminate, "none");
    }
    let mut world = reconciled();
    world.unprove(Source::AwsRecoveryPoints, span("2026-07-04", "2026-07-05"));
    check_tally(&world, POINTS, (10, 10), Indeterminate, "none");
    check_ties(&world, SUMMARIES, 10);
}

#[test]
fn nothing_on_either_side_is_no_reconciliation() {
    let mut world = World::with_system();
    world.count_jobs(world.collected());
    let finding = world.run(evidence_complete);
    for name in [SUMMARIES, ISSUES, POINTS] {
        assert!(tally(&finding, name).is_none(), "{name}");
    }
}

#[test]
fn completed_less_success_is_completed_with_issues() {
    let mut world = World::daily();
    world.change_job("2026-07-04", |job| job.state = JobState::CompletedWithIssues);
    world.count_jobs(at("2026-07-11T05:00"));
    check_ties(&world, ISSUES, 1);
    check_ties(&world, SUMMARIES, 10);
    let mut fine = world.clone();
    fine.change_job("2026-07-04", |job| job.state = JobState::Completed);
    check_tally(
        &fine,
        ISSUES,
        (0, 1),
        Indeterminate,
        "2026-07-04: 0 by the rows, 1 less 0 by the counts",
    );
    // Counts by state alone do not show it.
    check_ties(&fine, SUMMARIES, 10);
    for summary in &mut world.records.job_summaries {
        summary.value.category = None;
    }
    check_tally(
        &world,
        ISSUES,
        (1, 10),
        Indeterminate,
        "10 unexplained: 2026-07-01: the counts give no message category",
    );
}

#[test]
fn completed_jobs_and_recovery_points_have_to_tally() {
    check_ties(&reconciled(), POINTS, 10);
    let mut world = reconciled();
    world.add_job(job("pointless", "2026-07-04T09:00"));
    let short = "1 unexplained: job pointless without a recovery point that a listing or a deletion shows";
    check_tally(&world, POINTS, (11, 10), Indeterminate, short);
    check_drops(&world, evidence_complete);
    // Neither a refused deletion nor a call of another kind accounts for it, and a point that no complete listing showed
    // doesn't either.
    world.add_event(call("DeleteRecoveryPoint", "pointless", "2026-07-05T09:00", "x"));
    world.records.events.last_mut().expect("the call").value.error = Some("AccessDenied".to_owned());
    for name in ["DeleteBackupVaultAccessPolicy", "UpdateRecoveryPointLifecycle"] {
        world.add_event(call(name, "pointless", "2026-07-05T09:00", "x"));
    }
    world.add_point(point("pointless", "2026-07-04T09:00"));
    let partial = world.records.points.last_mut().expect("the point");
    partial.value.sightings.clear();
    check_tally(&world, POINTS, (11, 10), Indeterminate, short);
    world.records.points.pop();
    world.add_event(call("BackupDeleted", "pointless", "2026-07-05T09:00", "x"));
    let gone = "1 explained: p-pointless of job pointless was deleted before a listing";
    check_tally(&world, POINTS, (11, 10), Supported, gone);
    world.change_job("pointless", |job| job.point = None);
    check_tally(&world, POINTS, (11, 10), Indeterminate, short);
    world.change_job("pointless", |job| job.state = JobState::Failed);
    check_ties(&world, POINTS, 10);
    world.add_point(point("jobless", "2026-07-04T09:00"));
    let stranger = "1 unexplained: recovery point p-jobless without a job";
    check_tally(&world, POINTS, (10, 11), Indeterminate, stranger);
    let mut points = world.records.points.iter_mut();
    let jobless = points.find(|point| point.value.id == point_arn("jobless"));
    jobless.expect("the point").value.copied_from = Some("vault".to_owned());
    check_ties(&world, POINTS, 10);
}
