//! The outcomes of CT-07.

use State::{Exception, Indeterminate, NoOccurrence};

use super::failed_jobs;
use crate::evaluate::testing::backups::{check_drops, check_order, job, ticket};
use crate::evaluate::testing::{World, at, check, span};
use crate::model::finding::State;
use crate::model::records::backups::JobState;
use crate::model::source::Source;

/// One failed job on 3 July at 03:00, ended at 03:01, and nothing else.
fn failed() -> World {
    let mut world = World::new();
    let mut failed = job("bad", "2026-07-03T03:00");
    failed.state = JobState::Failed;
    failed.completed = Some(at("2026-07-03T03:01"));
    failed.message = Some("no access".to_owned());
    world.add_job(failed);
    world
}

#[test]
fn no_failure_in_a_proven_span_is_no_occurrence() {
    check(
        &World::daily(),
        failed_jobs,
        0,
        &[("population", NoOccurrence, "no job")],
    );
    let mut world = World::daily();
    world.unprove(Source::AwsBackupJobs, span("2026-07-03", "2026-07-04"));
    let finding = world.run(failed_jobs);
    assert_eq!(
        (finding.state(), finding.items().len()),
        (Indeterminate, 2),
        "one gap in each region"
    );
}

#[test]
fn a_later_success_in_time_follows_up() {
    let mut world = failed();
    check(
        &world,
        failed_jobs,
        0,
        &[(
            "bad",
            Exception,
            "failed at 2026-07-03T03:01:00Z (no access); no success followed",
        )],
    );
    world.add_job(job("retry", "2026-07-04T03:01"));
    check(&world, failed_jobs, 1, &[]);
    world.change_job("retry", |job| job.created = at("2026-07-04T03:01:01Z"));
    check(&world, failed_jobs, 0, &[("bad", Exception, "")]);
    world.change_job("retry", |job| {
        (job.created, job.state) = (at("2026-07-03T04:00"), JobState::CompletedWithIssues)
    });
    check(
        &world,
        failed_jobs,
        0,
        &[
            ("bad", Exception, ""),
            ("retry", Exception, "completed with issues"),
        ],
    );
    world.change_job("retry", |job| {
        (job.state, job.resource) = (
            JobState::Completed,
            Some(
                "arn:aws:rds:us-east-1:111122223333:db:other"
                    .parse()
                    .expect("an arn"),
            ),
        );
    });
    check(&world, failed_jobs, 0, &[("bad", Exception, "")]);
    check_order(&world, failed_jobs);
    check_drops(&world, failed_jobs);
}

#[test]
fn a_ticket_opened_in_time_and_closed_follows_up() {
    let mut world = failed();
    world.add_ticket(ticket("bad", "2026-07-04T03:01", None, Some("2026-07-05")));
    check(&world, failed_jobs, 1, &[]);
    check_drops(&world, failed_jobs);
    world.records.tickets[0].value.opened = at("2026-07-04T03:01:01Z");
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Exception, "opened late or not closed: T-bad")],
    );
    world.records.tickets[0].value.opened = at("2026-07-03T02:00");
    check(&world, failed_jobs, 0, &[("bad", Exception, "")]);
    world.records.tickets[0].value.opened = at("2026-07-03T05:00");
    // Closed at the as-of instant it is not closed yet; closed before it was opened it can't have been about this.
    for closed in ["2026-07-11", "2026-07-03T04:59:59Z"] {
        world.records.tickets[0].value.closed = Some(at(closed));
        check(&world, failed_jobs, 0, &[("bad", Exception, "")]);
    }
    for closed in ["2026-07-10T23:59:59Z", "2026-07-03T05:00"] {
        world.records.tickets[0].value.closed = Some(at(closed));
        check(&world, failed_jobs, 1, &[]);
    }
    world.records.tickets[0].value.closed = Some(at("2026-07-11"));
    world.records.tickets[0].value.refs = vec!["another".to_owned()];
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Exception, "no ticket names it")],
    );
    world.unprove_all(Source::Tickets);
    check(&world, failed_jobs, 0, &[("bad", Indeterminate, "tickets")]);
}

#[test]
fn every_unsuccessful_end_counts_and_an_unseen_end_is_open() {
    for state in [
        JobState::Partial,
        JobState::Expired,
        JobState::Aborted,
        JobState::CompletedWithIssues,
    ] {
        let mut world = failed();
        world.change_job("bad", |job| job.state = state);
        check(&world, failed_jobs, 0, &[("bad", Exception, state.as_str())]);
    }
    for state in [JobState::Unfinished, JobState::Unknown] {
        let mut world = failed();
        world.change_job("bad", |job| job.state = state);
        check(&world, failed_jobs, 0, &[("bad", Indeterminate, state.as_str())]);
    }
    let mut world = failed();
    world.add_conflict(Source::AwsBackupJobs, "bad");
    check(&world, failed_jobs, 0, &[("bad", Indeterminate, "contradict")]);
    // By another revision it was made in the period.
    world.change_job("bad", |job| job.created = at("2026-06-20T03:00"));
    check(&world, failed_jobs, 0, &[("bad", Indeterminate, "contradict")]);
}

#[test]
fn what_nobody_can_tell_is_indeterminate() {
    let mut world = failed();
    world.criteria.failed_job_followup_approved = false;
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Indeterminate, "management approved none")],
    );
    let mut world = failed();
    world.change_job("bad", |job| job.resource = None);
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Indeterminate, "names no resource")],
    );
    let mut world = failed();
    world.change_job("bad", |job| {
        (job.created, job.completed) = (at("2026-07-10T03:00"), None)
    });
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Indeterminate, "ends at 2026-07-11T03:00:00Z")],
    );
    // A missing completion counts from the creation.
    let mut world = failed();
    world.change_job("bad", |job| job.completed = None);
    world.add_job(job("retry", "2026-07-04T03:00:30Z"));
    check(&world, failed_jobs, 0, &[("bad", Exception, "")]);
}

#[test]
fn the_time_for_the_follow_up_has_to_be_proven() {
    let mut world = failed();
    world.unprove(
        Source::AwsBackupJobs,
        span("2026-07-03T12:00", "2026-07-03T13:00"),
    );
    let finding = world.run(failed_jobs);
    assert_eq!(finding.counts().get(Exception), 0);
    assert_eq!(
        finding.counts().get(Indeterminate),
        3,
        "the job, and the gap in each region"
    );
}

#[test]
fn time_for_the_follow_up_that_ends_with_the_as_of_instant_is_over() {
    let ended = |when: &str| {
        let mut world = failed();
        world.change_job("bad", |job| {
            (job.created, job.completed) = (at("2026-07-09T23:00"), Some(at(when)));
        });
        world
    };
    check(
        &ended("2026-07-10T00:00"),
        failed_jobs,
        0,
        &[("bad", Exception, "no success followed")],
    );
    let open = "ends at 2026-07-11T00:00:01Z, after the as-of instant";
    check(
        &ended("2026-07-10T00:00:01Z"),
        failed_jobs,
        0,
        &[("bad", Indeterminate, open)],
    );
}

#[test]
fn a_ticket_counts_from_the_failure_to_the_as_of_instant_and_only_closed() {
    let with = |opened: &str, closed: Option<&str>| {
        let mut world = failed();
        world.add_ticket(ticket("bad", opened, None, closed));
        world
    };
    check(&with("2026-07-03T03:00", Some("2026-07-10")), failed_jobs, 1, &[]);
    let open = [("bad", Exception, "opened late or not closed: T-bad")];
    check(&with("2026-07-03T03:00", None), failed_jobs, 0, &open);
    check(
        &with("2026-07-03T02:59:59Z", Some("2026-07-10")),
        failed_jobs,
        0,
        &open,
    );
}

#[test]
fn a_success_from_the_as_of_instant_on_follows_nothing_up_yet() {
    let retried = |when: &str| {
        let mut world = failed();
        world.change_job("bad", |job| {
            (job.created, job.completed) = (at("2026-07-10T03:00"), None);
        });
        world.add_job(job("retry", when));
        world
    };
    check(&retried("2026-07-10T23:59:59Z"), failed_jobs, 1, &[]);
    let open = [("bad", Indeterminate, "ends at 2026-07-11T03:00:00Z")];
    check(&retried("2026-07-11"), failed_jobs, 0, &open);
}

#[test]
fn a_success_of_the_same_instant_is_no_later_one() {
    let mut world = failed();
    world.add_job(job("twin", "2026-07-03T03:00"));
    check(
        &world,
        failed_jobs,
        0,
        &[("bad", Exception, "no success followed")],
    );
    world.change_job("twin", |job| job.created = at("2026-07-03T03:00:01Z"));
    check(&world, failed_jobs, 1, &[]);
}

#[test]
fn the_success_of_a_part_follows_nothing_up() {
    let with_parent = |parent: Option<&str>| {
        let mut world = failed();
        world.add_job(job("part", "2026-07-03T04:00"));
        world.change_job("part", |job| job.parent = parent.map(str::to_owned));
        world
    };
    check(&with_parent(None), failed_jobs, 1, &[]);
    let open = [("bad", Exception, "no success followed")];
    for parent in ["bad", "one that nobody knows"] {
        check(&with_parent(Some(parent)), failed_jobs, 0, &open);
    }
    // A member that is a resource of its own, of a composite of another, was backed up as a whole.
    let mut own = with_parent(Some("whole"));
    let mut whole = job("whole", "2026-07-03T03:59");
    whole.resource = "arn:aws:rds:us-east-1:111122223333:db:other".parse().ok();
    own.add_job(whole);
    check(&own, failed_jobs, 1, &[]);
}
