//! Jobs against the service's counts, their recovery points and what the trail tells of them.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, cited, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{call, check_drops, job, point, point_arn};
use crate::evaluate::testing::{World, at, key, observed, span, system};
use crate::model::finding::State;
use crate::model::ids::AcquisitionId;
use crate::model::records::backups::{JobState, JobSummary};
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
    // The newest run counts, whatever an older one brought, and one count of it is enough.
    let mut newest = asked("2026-07-23T05:00");
    let pull = newest.add_pull(Source::AwsBackupJobs, "us-east-1", "backup:ListBackupJobs");
    pull.receipt.started = at("2026-07-11T04:00");
    check_tally(&newest, SUMMARIES, (10, 10), Indeterminate, missing);
    newest.records.pulls.pop();
    let first = newest.records.pulls.len();
    let (counts, older) = (newest.records.job_summaries.len(), newest.collected());
    newest.count_jobs(older + chrono::TimeDelta::days(12));
    let renamed = |id: &AcquisitionId| id.to_string().replace("2026-07-11/", "2026-07-23/");
    for pull in &mut newest.records.pulls[first..] {
        pull.receipt.id = renamed(&pull.receipt.id).parse().expect("an id");
    }
    for summary in &mut newest.records.job_summaries[counts..] {
        summary.value.pull = renamed(&summary.value.pull).parse().expect("an id");
    }
    check_ties(&newest, SUMMARIES, 10);
    // When the service told no counts of the days any more, and before a day was over, nothing is missing.
    check_ties(&asked("2026-07-24T00:00"), SUMMARIES, 10);
    check_ties(&asked("2026-07-01T23:59"), SUMMARIES, 10);
}

#[test]
fn an_answer_is_about_the_days_of_its_window() {
    let later = |window: Option<(&str, &str)>| {
        let mut world = reconciled();
        let operation = "backup:ListBackupJobSummaries";
        let pull = world.add_pull(Source::AwsBackupJobSummaries, "us-east-1", operation);
        pull.receipt.window = window.map(|(from, until)| span(from, until));
        pull.receipt.pages[0].received = at("2026-07-11T06:00");
        world
    };
    check_ties(&later(None), SUMMARIES, 10);
    // It counted nothing on the days that it was asked about.
    let day = later(Some(("2026-07-04", "2026-07-05")));
    let differs = "2026-07-04 RDS completed: 1 by the rows, 0 by the count of 2026-07-11 06:00Z";
    check_tally(&day, SUMMARIES, (10, 9), Indeterminate, differs);
}

#[test]
fn a_closed_day_that_reaches_out_of_the_period_is_proven_as_a_whole() {
    let mut world = World::over("2026-07-01..2026-07-11", chrono_tz::America::New_York);
    world.add_system(system("orders"));
    for (id, created) in [("first", "2026-07-01T02:00"), ("last", "2026-07-11T05:00")] {
        world.add_backup(id, created);
    }
    world.count_jobs(world.collected());
    let window = span("2026-07-01", "2026-07-12");
    for pull in &mut world.records.pulls {
        pull.receipt.window = Some(window);
    }
    let count = |day: &str| JobSummary {
        pull: world.records.pulls[0].receipt.id.clone(),
        day: at(day),
        state: JobState::Completed,
        kind: Some("RDS".to_owned()),
        category: Some("SUCCESS".to_owned()),
        count: 1,
    };
    let rows = ["2026-07-01", "2026-07-11"].map(|day| {
        let source = key(Source::AwsBackupJobSummaries, "us-east-1");
        observed(source, world.collected(), day, count(day))
    });
    world.records.job_summaries = rows.to_vec();
    check_ties(&world, SUMMARIES, 2);
    for (from, until) in [
        ("2026-07-01T01:00", "2026-07-01T02:00"),
        ("2026-07-11T20:00", "2026-07-11T21:00"),
    ] {
        let mut gap = world.clone();
        gap.unprove(Source::AwsBackupJobs, span(from, until));
        check_tally(&gap, SUMMARIES, (2, 2), Indeterminate, "none");
    }
}

#[test]
fn rows_without_counts_and_counts_without_rows_do_not_tie() {
    let mut uncounted = reconciled();
    uncounted.records.job_summaries.clear();
    check_tally(&uncounted, SUMMARIES, (10, 0), Indeterminate, "10 unexplained");
    let mut unlisted = reconciled();
    unlisted.records.jobs.clear();
    check_tally(&unlisted, SUMMARIES, (0, 10), Indeterminate, "10 unexplained");
    check_tally(&unlisted, POINTS, (0, 10), Indeterminate, "without a job");
    let mut pointless = reconciled();
    pointless.records.points.clear();
    check_tally(&pointless, POINTS, (10, 0), Indeterminate, "10 unexplained");
    // Kinds are told apart only where every count does.
    let mut mixed = reconciled();
    mixed.records.job_summaries[3].value.kind = None;
    check_ties(&mixed, SUMMARIES, 10);
    let mut more = mixed.clone();
    more.add_job(job("second", "2026-07-04T09:00"));
    let (counted, kind) = (mixed.records.job_summaries[3].clone(), "S3");
    more.records.job_summaries.push(counted);
    more.change_job("second", |job| job.kind = Some(kind.to_owned()));
    let last = more.records.job_summaries.last_mut().expect("the count");
    last.value.kind = Some("RDS".to_owned());
    check_ties(&more, SUMMARIES, 11);
    // The rows and counts of a day that differs are cited, and no other.
    let (_, ties) = cited(&reconciled(), SUMMARIES);
    assert!(ties.is_empty(), "{ties:?}");
    let mut different = reconciled();
    different.records.job_summaries[3].value.count += 1;
    let (_, records) = cited(&different, SUMMARIES);
    assert_eq!(
        records,
        ["/job/2026-07-04", "/us-east-1/2026-07-04 00:00:00 UTC/1"]
    );
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
