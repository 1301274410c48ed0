//! What rows become, and what becomes of several observations of one thing.

use super::atlas::schedule;
use super::places::key_state;
use super::*;
use crate::model::records::CompleteListing;
use crate::model::records::backups::{Actor, JobState, KeyCondition, PointState, Provider, Trigger};

fn job(day: &str, state: &str, resource: &str) -> Asked {
    job_with(day, state, resource, r#""IsParent":false"#)
}

fn job_with(day: &str, state: &str, resource: &str, rest: &str) -> Asked {
    let body = format!(
        r#"{{"BackupJobs":[{{"AccountId":"111122223333","BackupJobId":"5A6B","BackupVaultArn":
        "arn:aws:backup:us-east-1:111122223333:backup-vault:critical","ResourceArn":"{resource}","CreationDate":1782874800.067,
        {state},"CreatedBy":{{"BackupPlanId":"plan-1"}},{rest}}}]}}"#
    );
    Asked::on(day, "", Source::AwsBackupJobs, "backup:ListBackupJobs", "")
        .window("ByCreatedAfter", "ByCreatedBefore")
        .page("", &body)
}

const VOLUME: &str = "arn:aws:ec2:us-east-1:111122223333:volume/vol-01";

#[test]
fn a_job_is_its_latest_revision() {
    let running = job("07-02", r#""State":"RUNNING""#, VOLUME);
    let done = job(
        "07-03",
        r#""State":"COMPLETED","CompletionDate":1782876000,"MessageCategory":"Success""#,
        VOLUME,
    );
    let records = normalized(&[done, running]);
    let [job] = &records.jobs[..] else {
        panic!("one job")
    };
    assert_eq!(
        (job.value.state, job.value.provider),
        (JobState::Completed, Provider::Aws)
    );
    assert_eq!(job.value.created, at("2026-07-01T03:00:00.067Z"));
    assert_eq!(job.value.completed, Some(at("2026-07-01T03:20:00Z")));
    assert_eq!(
        job.value.trigger,
        Trigger::Scheduled {
            by: "plan-1".to_owned()
        }
    );
    assert_eq!(job.first_seen, at("2026-07-02T05:00:01.210Z"));
    assert_eq!(job.last_seen, at("2026-07-03T05:00:01.210Z"));
    assert!(records.conflicts.is_empty());
}

#[test]
fn a_job_and_a_point_say_of_which_composite_they_are_a_member() {
    let state = r#""State":"COMPLETED","CompletionDate":1782876000,"MessageCategory":"Success""#;
    let read = |of_job: &str, of_point: &str| {
        let job = job_with("07-03", state, VOLUME, of_job);
        let records = normalized(&[job, point_with("07-03", "COMPLETED", of_point)]);
        let (job, point) = (&records.jobs[0].value, &records.points[0].value);
        [
            (job.is_parent, job.parent.clone()),
            (point.is_parent, point.parent.clone()),
        ]
    };
    let (alone, parent) = (r#""IsParent":false"#, r#""IsParent":true"#);
    assert_eq!(read(alone, alone), [(false, None), (false, None)]);
    assert_eq!(read(parent, parent), [(true, None), (true, None)]);
    let member = |parent: &str| format!(r#""IsParent":false,"ParentJobId":"{parent}""#);
    let part = r#""IsParent":false,"ParentRecoveryPointArn":"arn:p""#;
    let named = ["P-1", "arn:p"].map(|parent| (false, Some(parent.to_owned())));
    assert_eq!(read(&member("P-1"), part), named);
    // Another parent in a later answer contradicts the first.
    let moved = normalized(&[
        job_with("07-04", state, VOLUME, &member("P-2")),
        job_with("07-03", state, VOLUME, &member("P-1")),
    ]);
    let [conflict] = &moved.conflicts[..] else {
        panic!("{:?}", moved.conflicts)
    };
    assert!(conflict.difference.contains("the parent job"), "{conflict:?}");
}

#[test]
fn a_job_does_not_end_after_the_answer_and_no_date_leaves_the_calendar() {
    for (more, why) in [
        (
            r#""State":"COMPLETED","CompletionDate":1783000000"#,
            "CompletionDate 2026-07-02T13:46:40Z is after the answer",
        ),
        (
            r#""State":"COMPLETED","CompletionDate":7258118400"#,
            "is not a time in epoch seconds",
        ),
        (
            r#""State":"COMPLETED","CompletionDate":8200000000000"#,
            "is not a time in epoch seconds",
        ),
    ] {
        let records = normalized(&[job("07-02", more, VOLUME)]);
        assert!(records.jobs.is_empty());
        assert!(records.misfits[0].reason.contains(why), "{:?}", records.misfits);
    }
    for day in ["8000000000000000", "-1"] {
        let body = format!(
            r#"{{"cursor":{{"firstBatch":[{{"_id":"T","ticket_id":"T","type":"c","title":"t","opened_at":
            {{"$date":{{"$numberLong":"{day}"}}}},"opened_by":"p-001","refs":[]}}],"id":{{"$numberLong":"0"}},
            "ns":"compliance.tickets"}},"ok":{{"$numberDouble":"1.0"}}}}"#
        );
        let find = Asked::on("07-06", "", Source::Tickets, "mongodb:find", "find=tickets").page("", &body);
        let records = normalized(&[find]);
        assert!(
            records.misfits[0]
                .reason
                .contains("is not a date in milliseconds"),
            "{day}"
        );
    }
}

#[test]
fn states_are_the_services_own() {
    for (wire, state) in [
        (r#""State":"COMPLETED""#, JobState::Completed),
        (
            r#""State":"COMPLETED","MessageCategory":null"#,
            JobState::Completed,
        ),
        (
            r#""State":"COMPLETED","MessageCategory":"AccessDenied""#,
            JobState::CompletedWithIssues,
        ),
        (r#""State":"PARTIAL""#, JobState::Partial),
        (r#""State":"EXPIRED""#, JobState::Expired),
        (r#""State":"ABORTING""#, JobState::Unfinished),
        (r#""State":"DREAMING""#, JobState::Unknown),
    ] {
        assert_eq!(
            normalized(&[job("07-02", wire, VOLUME)]).jobs[0].value.state,
            state,
            "{wire}"
        );
    }
}

#[test]
fn revisions_that_contradict_each_other_are_a_conflict_and_stay() {
    let conflict = |first: Asked, second: Asked| {
        let records = normalized(&[second, first]);
        assert_eq!(records.jobs.len(), 1);
        let [conflict] = &records.conflicts[..] else {
            panic!("one conflict, not {:?}", records.conflicts)
        };
        assert_eq!((conflict.id.as_str(), conflict.citations.len()), ("5A6B", 2));
        conflict.difference.clone()
    };
    let (failed, done) = (r#""State":"FAILED""#, r#""State":"COMPLETED""#);
    let twice = conflict(job("07-02", failed, VOLUME), job("07-03", done, VOLUME));
    assert_eq!(twice, "was failed, later completed");
    let revived = conflict(
        job("07-02", failed, VOLUME),
        job("07-03", r#""State":"RUNNING""#, VOLUME),
    );
    assert_eq!(revived, "was failed, later unfinished");
    let moved = conflict(
        job("07-02", done, VOLUME),
        job("07-03", done, "arn:aws:s3:::luma-log-archive"),
    );
    assert_eq!(moved, "the resource changed");
    let mut doubled = job("07-02", done, VOLUME);
    let row = String::from_utf8(doubled.bodies[0].clone()).expect("text");
    let row = row
        .strip_prefix(r#"{"BackupJobs":["#)
        .and_then(|row| row.strip_suffix("]}"))
        .expect("a row");
    doubled.bodies[0] = format!(
        r#"{{"BackupJobs":[{row},{}]}}"#,
        row.replace("COMPLETED", "RUNNING")
    )
    .into_bytes();
    let records = normalized(&[doubled]);
    assert_eq!(
        records.conflicts[0].difference,
        "stands twice in one answer with different content"
    );
}

fn point(day: &str, status: &str) -> Asked {
    point_with(day, status, r#""IsParent":false"#)
}

fn point_with(day: &str, status: &str, rest: &str) -> Asked {
    let body = format!(
        r#"{{"RecoveryPoints":[{{"RecoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01",
        "BackupVaultName":"critical","BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:critical",
        "ResourceArn":"{VOLUME}","Status":"{status}","CreationDate":1782874800.067,
        "CalculatedLifecycle":{{"DeleteAt":1785898800.067}},{rest}}}]}}"#
    );
    let operation = "backup:ListRecoveryPointsByBackupVault";
    Asked::on(
        day,
        "/critical",
        Source::AwsRecoveryPoints,
        operation,
        "BackupVaultName=critical",
    )
    .page("", &body)
}

#[test]
fn a_point_knows_in_which_whole_listings_it_stood() {
    let mut failed = point("07-04", "COMPLETED");
    failed.receipt.pages[0].status = 500;
    let mut partial = point("07-05", "COMPLETED");
    partial.bodies[0] = String::from_utf8(partial.bodies[0].clone())
        .expect("text")
        .replace("]}", r#"],"NextToken":"more"}"#)
        .into_bytes();
    let records = normalized(&[
        point("07-06", "EXPIRED"),
        point("07-02", "COMPLETED"),
        failed,
        partial,
    ]);
    let [point] = &records.points[..] else {
        panic!("one point")
    };
    let whole = [at("2026-07-02T05:00:01.210Z"), at("2026-07-06T05:00:01.210Z")];
    assert_eq!(point.value.sightings, whole);
    assert_eq!(
        (point.value.state, point.value.encrypted),
        (PointState::Expired, None)
    );
    assert_eq!(point.value.delete_at, Some(at("2026-08-05T03:00:00.067Z")));
    let part = "arn:aws:backup:us-east-1:111122223333:backup-vault:critical".to_owned();
    let listing = |at| CompleteListing {
        key: key(Source::AwsRecoveryPoints),
        part: part.clone(),
        at,
    };
    assert_eq!(records.listings, whole.map(listing));
}

#[test]
fn key_states_and_schedules_are_kept_one_by_one() {
    let pulls = [
        key_state("07-06", "k-1", "PendingDeletion"),
        key_state("07-05", "k-1", "Enabled"),
        schedule("07-06", 7, "days"),
        schedule("07-05", 7, "days"),
    ];
    let records = normalized(&pulls);
    let states: Vec<_> = records.keys.iter().map(|key| key.value.condition).collect();
    assert_eq!(states, [KeyCondition::Enabled, KeyCondition::PendingDeletion]);
    assert_eq!(records.atlas_schedules.len(), 2);
    assert_eq!(records.atlas_schedules[0].value.items[1].retention_days, 360);
}

fn event(identity: &str, inner_end: &str) -> Asked {
    let inner = format!(
        r#"{{"eventVersion":"1.09","eventID":"e-1","eventTime":"2026-07-01T03:00:00Z","eventSource":"backup.amazonaws.com",
        "eventName":"DeleteRecoveryPoint","awsRegion":"us-east-1","recipientAccountId":"111122223333",
        "sourceIPAddress":"192.0.2.7","userIdentity":{identity},"errorCode":"AccessDeniedException",
        "requestParameters":{{"backupVaultName":"critical","recoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01"}}{inner_end}"#
    );
    let row =
        serde_json::json!({"Events":[{"EventId":"e-1","EventTime":1782874800.0,"CloudTrailEvent":inner}]});
    Asked::on(
        "07-06",
        "/backup.amazonaws.com",
        Source::Cloudtrail,
        "cloudtrail:LookupEvents",
        "EventSource=backup.amazonaws.com",
    )
    .window("StartTime", "EndTime")
    .page("", &row.to_string())
}

#[test]
fn an_event_names_who_did_what_to_what() {
    let actor = |identity: &str| normalized(&[event(identity, "}")]).events[0].value.actor.clone();
    let arn = "arn:aws:sts::111122223333:assumed-role/ops/p-004";
    assert_eq!(
        actor(&format!(r#"{{"type":"AssumedRole","arn":"{arn}"}}"#)),
        Actor::Identity {
            arn: arn.to_owned(),
            session: Some("p-004".to_owned()),
            issuer: None,
            mfa: None,
        }
    );
    let role = "arn:aws:iam::111122223333:role/ops";
    for (word, mfa) in [("true", Some(true)), ("false", Some(false)), ("", None)] {
        let context =
            format!(r#"{{"sessionIssuer":{{"arn":"{role}"}},"attributes":{{"mfaAuthenticated":"{word}"}}}}"#);
        let identity = format!(r#"{{"type":"AssumedRole","arn":"{arn}","sessionContext":{context}}}"#);
        assert_eq!(
            actor(&identity),
            Actor::Identity {
                arn: arn.to_owned(),
                session: Some("p-004".to_owned()),
                issuer: Some(role.to_owned()),
                mfa,
            }
        );
    }
    assert_eq!(
        actor(r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root"}"#),
        Actor::Root
    );
    let service = Actor::Service {
        name: "backup.amazonaws.com".to_owned(),
    };
    assert_eq!(
        actor(r#"{"type":"AWSService","invokedBy":"backup.amazonaws.com"}"#),
        service
    );
    assert_eq!(actor("null"), Actor::Unknown);
    let records = normalized(&[event("null", "}")]);
    assert_eq!(
        records.events[0].value.resources,
        ["critical", "arn:aws:ec2:us-east-1::snapshot/snap-01"]
    );
    assert_eq!(
        records.events[0].value.error.as_deref(),
        Some("AccessDeniedException")
    );
}

#[test]
fn an_event_whose_text_is_cut_off_is_a_misfit() {
    let records = normalized(&[event("null", "")]);
    assert!(records.events.is_empty());
    assert_eq!(records.misfits[0].id.as_deref(), Some("e-1"));
    assert!(
        records.misfits[0]
            .reason
            .starts_with("CloudTrailEvent is not whole JSON")
    );
}
