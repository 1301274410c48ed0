//! What was done, and what was asked, against the trail.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::reconciled;
use crate::evaluate::testing::backups::{VAULT, call, check_drops, point_arn};
use crate::evaluate::testing::{ACCOUNT, World, at, key, observed, span};
use crate::model::acquisition::PullOutcome;
use crate::model::finding::State;
use crate::model::records::backups::{Actor, Event, JobState, Provider, RestoreJob};
use crate::model::source::Source;

const OWN: &str = "own-calls";
const EVENTS: &str = "backup-events";
const RESTORES: &str = "restore-events";
const GONE: &str = "early-disappearances";

/// A reading call of the collector with the id of its request.
fn reading(request: &str, name: &str, when: &str) -> Event {
    Event {
        id: format!("e-{request}"),
        actor: Actor::Identity {
            arn: "arn:aws:sts::444455556666:assumed-role/collector/scheduled".to_owned(),
            session: Some("scheduled".to_owned()),
            issuer: None,
            mfa: None,
        },
        request_id: Some(request.to_owned()),
        read_only: Some(true),
        resources: Vec::new(),
        ..call(name, request, when, "scheduled")
    }
}

/// The collector asked for jobs and a key on 2026-07-05, and the trail has both calls.
fn asked() -> World {
    let mut world = World::with_system();
    for (source, operation, event_source) in [
        (
            Source::AwsBackupJobs,
            "backup:ListBackupJobs",
            "backup.amazonaws.com",
        ),
        (Source::KmsKeys, "kms:DescribeKey", "kms.amazonaws.com"),
    ] {
        let pull = world.add_pull(source, "us-east-1", operation);
        let page = &mut pull.receipt.pages[0];
        page.received = at("2026-07-05T05:00");
        let mut event = reading(
            &page.request_id,
            &operation[operation.len() - 5..],
            "2026-07-05T05:00",
        );
        event.source = event_source.to_owned();
        world.add_event(event);
    }
    world
}

#[test]
fn every_page_that_was_asked_is_a_call_in_the_trail_and_every_call_a_page() {
    check_ties(&asked(), OWN, 2);
    check_drops(&asked(), evidence_complete);
    let mut missing = asked();
    missing
        .add_pull(Source::AwsVaults, "us-east-1", "backup:ListBackupVaults")
        .receipt
        .pages[0]
        .received = at("2026-07-05T05:00");
    check_tally(
        &missing,
        OWN,
        (3, 2),
        Indeterminate,
        "1 unexplained: page r-2 of backup:ListBackupVaults at 2026-07-05T05:00:00Z",
    );
    // What other services were asked is in other trails, and what lies outside of the period in other reports.
    let mut other = asked();
    other
        .add_pull(Source::CloudResourceListing, "us-east-1", "tag:GetResources")
        .receipt
        .pages[0]
        .received = at("2026-07-05T05:00");
    other.add_pull(Source::AwsVaults, "us-east-1", "backup:ListBackupVaults");
    other
        .add_pull(Source::AwsVaults, "us-east-1", "backup:ListBackupVaults")
        .receipt
        .pages[0]
        .request_id
        .clear();
    check_ties(&other, OWN, 2);
    let mut hidden = asked();
    hidden.add_event(reading("r-9", "ListBackupJobs", "2026-07-05T05:01"));
    check_tally(
        &hidden,
        OWN,
        (2, 3),
        Indeterminate,
        "1 unexplained: ListBackupJobs e-r-9 at 2026-07-05T05:01:00Z is in no receipt",
    );
    hidden.records.events[2].value.error = Some("ThrottlingException".to_owned());
    check_tally(
        &hidden,
        OWN,
        (2, 3),
        Supported,
        "1 explained: ListBackupJobs e-r-9",
    );
    // Another refusal is none of being too fast, and a call without an id is in no receipt either.
    hidden.records.events[2].value.error = Some("AccessDenied".to_owned());
    check_tally(
        &hidden,
        OWN,
        (2, 3),
        Indeterminate,
        "e-r-9 at 2026-07-05T05:01:00Z is in no receipt",
    );
    hidden.records.events[2].value.request_id = None;
    check_tally(
        &hidden,
        OWN,
        (2, 3),
        Indeterminate,
        "e-r-9 at 2026-07-05T05:01:00Z is in no receipt",
    );
    // What signs a package brings no evidence.
    hidden.records.events[2].value.source = "kms.amazonaws.com".to_owned();
    check_tally(&hidden, OWN, (2, 3), Indeterminate, "is in no receipt");
    for name in ["Sign", "GetPublicKey"] {
        hidden.records.events[2].value.name = name.to_owned();
        check_ties(&hidden, OWN, 2);
    }
    // What the collector reads of other services is not compared.
    hidden.records.events[2].value.source = "s3.amazonaws.com".to_owned();
    check_ties(&hidden, OWN, 2);
    // Somebody else who reads, and the collector's role of another name, are not the collector.
    for arn in [
        "arn:aws:sts::111122223333:assumed-role/devops/p-004",
        "arn:aws:sts::111122223333:assumed-role/collector/other",
    ] {
        let mut person = asked();
        let mut event = reading("r-9", "ListBackupJobs", "2026-07-05T05:01");
        event.actor = Actor::Identity {
            arn: arn.to_owned(),
            session: None,
            issuer: None,
            mfa: None,
        };
        person.add_event(event);
        check_ties(&person, OWN, 2);
    }
    let mut gap = asked();
    gap.unprove(Source::Cloudtrail, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, OWN, (2, 2), Indeterminate, "none");
}

#[test]
fn a_trail_without_reading_calls_of_a_service_says_nothing_about_it() {
    let mut world = asked();
    world
        .records
        .events
        .retain(|event| event.value.source != "kms.amazonaws.com");
    let silent = "read-only management events of kms.amazonaws.com are not in this trail (1 requests)";
    check_tally(&world, OWN, (2, 1), Indeterminate, silent);
    world.records.events[0].value.read_only = None;
    check_tally(
        &world,
        OWN,
        (2, 0),
        Indeterminate,
        "2 unexplained: read-only management events of backup.amazonaws.com",
    );
}

#[test]
fn a_refusal_that_is_recorded_as_an_answer_is_an_exception() {
    let mut world = asked();
    world.records.events[0].value.error = Some("AccessDenied".to_owned());
    let finding = world.run(evidence_complete);
    let items: Vec<_> = finding
        .exceptions()
        .map(|(_, item)| item.id().to_owned())
        .collect();
    assert_eq!(items, ["concealed/r-0"]);
    check_ties(&world, OWN, 2);
    // Recorded as what it was it is none.
    let mut failed = world.clone();
    failed.records.pulls[0].receipt.outcome = PullOutcome::Failed {
        code: "AccessDenied".to_owned(),
        message: String::new(),
    };
    assert_eq!(failed.run(evidence_complete).exceptions().count(), 0);
    world.records.pulls[0].receipt.pages[0].status = 403;
    assert_eq!(world.run(evidence_complete).exceptions().count(), 0);
}

#[test]
fn every_job_that_ended_has_its_event_and_every_event_its_job() {
    let world = reconciled();
    check_ties(&world, EVENTS, 10);
    check_drops(&world, evidence_complete);
    // A failed job ends too; one that still runs does not.
    let mut failed = world.clone();
    failed.change_job("2026-07-04", |job| job.state = JobState::Failed);
    check_ties(&failed, EVENTS, 10);
    failed.change_job("2026-07-04", |job| job.state = JobState::Unfinished);
    check_ties(&failed, EVENTS, 9);
    let mut untold = world.clone();
    untold
        .records
        .events
        .retain(|event| event.value.resources != ["2026-07-04"]);
    check_tally(
        &untold,
        EVENTS,
        (10, 9),
        Indeterminate,
        "1 unexplained: job 2026-07-04 ended 2026-07-04T03:30:00Z without an event",
    );
    let mut unlisted = world.clone();
    unlisted.remove_backup("2026-07-04");
    check_tally(
        &unlisted,
        EVENTS,
        (9, 10),
        Indeterminate,
        "1 unexplained: event e-BackupJobCompleted-2026-07-04 at 2026-07-04T03:30:00Z without a row of its job",
    );
    let mut none = world.clone();
    none.records.events.clear();
    check_tally(&none, EVENTS, (10, 0), Indeterminate, "10 unexplained");
    let mut no_job = world.clone();
    no_job.records.jobs.clear();
    check_tally(&no_job, EVENTS, (0, 10), Indeterminate, "10 unexplained");
    // An event may name the recovery point beside the job; one that names nothing is of no job.
    let mut named = world.clone();
    for event in &mut named.records.events {
        event.value.resources.push(point_arn("x"));
    }
    check_ties(&named, EVENTS, 10);
    named.records.events[5].value.resources.clear();
    check_tally(&named, EVENTS, (10, 10), Indeterminate, "2 unexplained");
    // The end counts, not the creation; where the row has none, the creation.
    let mut late = world.clone();
    late.change_job("2026-07-10", |job| job.completed = Some(at("2026-07-11")));
    check_ties(&late, EVENTS, 9);
    late.change_job("2026-07-10", |job| job.completed = None);
    check_ties(&late, EVENTS, 10);
    for source in [Source::AwsBackupJobs, Source::Cloudtrail] {
        let mut gap = world.clone();
        gap.unprove(source, span("2026-07-04", "2026-07-05"));
        check_tally(&gap, EVENTS, (10, 10), Indeterminate, "none");
    }
    assert!(tally(&World::with_system().run(evidence_complete), EVENTS).is_none());
}

#[test]
fn every_restore_that_ended_has_its_event() {
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
        validation: None,
        testing_plan: None,
        delivery: None,
    };
    let (jobs, seen) = (key(Source::AwsRestoreJobs, "us-east-1"), world.collected());
    world.records.restores.push(observed(jobs, seen, "r-1", restore));
    let untold = "1 unexplained: job r-1 ended 2026-07-04T10:00:00Z without an event";
    check_tally(&world, RESTORES, (1, 0), Indeterminate, untold);
    let mut event = call("RestoreCompleted", "r-1", "2026-07-04T10:00", "x");
    event.resources = vec!["r-1".to_owned()];
    world.add_event(event);
    check_ties(&world, RESTORES, 1);
    world.records.restores.clear();
    check_tally(
        &world,
        RESTORES,
        (0, 1),
        Indeterminate,
        "without a row of its job",
    );
}

#[test]
fn a_recovery_point_that_went_early_needs_the_event_that_deleted_it() {
    let mut world = reconciled();
    world.records.points[5].value.sightings = vec![at("2026-07-05T05:00")];
    let id = world.records.points[5].value.id.clone();
    world.add_listing(VAULT, at("2026-07-06T05:00"));
    let gone = format!(
        "1 unexplained: {} was gone at 2026-07-06T05:00:00Z",
        id.rsplit(':').next().expect("a tail")
    );
    check_tally(&world, GONE, (1, 0), Indeterminate, &gone);
    check_drops(&world, evidence_complete);
    let mut due = world.clone();
    let point = &mut due.records.points[5].value;
    point.delete_at = Some(at("2026-07-06T05:00"));
    point.delete_at_latest_seen = point.delete_at;
    assert!(tally(&due.run(evidence_complete), GONE).is_none(), "it was due");
    due.records.points[5].value.delete_at_latest_seen = Some(at("2026-07-06T05:01"));
    check_tally(&due, GONE, (1, 0), Indeterminate, &gone);
    // One that was to be kept for ever was never due.
    let point = &mut due.records.points[5].value;
    (point.delete_at, point.delete_at_latest_seen) = (None, None);
    check_tally(&due, GONE, (1, 0), Indeterminate, &gone);
    let mut event = call("DeleteRecoveryPoint", "x", "2026-07-05T09:00", "p-007");
    event.resources = vec![id.clone()];
    world.add_event(event);
    check_ties(&world, GONE, 1);
    world.records.events.last_mut().expect("the call").value.error = Some("AccessDenied".to_owned());
    check_tally(&world, GONE, (1, 0), Indeterminate, &gone);
    assert_ne!(id, point_arn("x"));
}
