//! What rows become, and what becomes of several observations of one thing.

use super::places::{key_state, plans, schedule, snapshots, versions, whole_plans};
use super::*;
use crate::model::records::backups::{
    Actor, JobState, KeyCondition, PointState, Provider, TagCondition, TagOperator, Trigger,
};
use crate::model::records::{CompleteListing, governance};

fn job(day: &str, state: &str, resource: &str) -> Asked {
    let body = format!(
        r#"{{"BackupJobs":[{{"AccountId":"111122223333","BackupJobId":"5A6B","BackupVaultArn":
        "arn:aws:backup:us-east-1:111122223333:backup-vault:critical","ResourceArn":"{resource}","CreationDate":1782874800.067,
        {state},"CreatedBy":{{"BackupPlanId":"plan-1"}},"IsParent":false}}]}}"#
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
    let body = format!(
        r#"{{"RecoveryPoints":[{{"RecoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01",
        "BackupVaultName":"critical","BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:critical",
        "ResourceArn":"{VOLUME}","Status":"{status}","CreationDate":1782874800.067,
        "CalculatedLifecycle":{{"DeleteAt":1785898800.067}},"IsParent":false}}]}}"#
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
fn a_plan_version_ends_with_the_next_and_the_last_with_the_plan() {
    let mut pulls = whole_plans("07-06", &["s1"]);
    pulls.extend(whole_plans("07-13", &["s2"]));
    pulls.extend([plans("07-20", r#","DeletionDate":1784500000"#), versions("07-20")]);
    let records = normalized(&pulls);
    let spans: Vec<_> = records
        .plans
        .iter()
        .map(|plan| (plan.value.from, plan.value.until))
        .collect();
    let next = at("2026-07-03T10:00:00.500Z");
    let deleted = at("2026-07-19T22:26:40Z");
    assert_eq!(
        spans,
        [(at("2026-06-01T00:00:00Z"), Some(next)), (next, Some(deleted))]
    );
    let rule = &records.plans[0].value.rules.as_ref().expect("collected")[0];
    assert_eq!(
        (rule.delete_after_days, rule.continuous, rule.copy_to.len()),
        (Some(35), false, 1)
    );
    // The deleted plan's selections need not be asked for.
    proves(
        &records,
        Source::AwsBackupPlans,
        span("01-01T00:00", "07-20T05:00"),
    );
    let gone: Vec<_> = records
        .selections
        .iter()
        .map(|s| (s.value.id.as_str(), s.value.gone_after))
        .collect();
    assert_eq!(gone, [("s1", Some(at("2026-07-06T05:00:01.210Z"))), ("s2", None)]);
    let selection = &records.selections[0].value;
    assert_eq!(
        selection.tags,
        [("backup-tier".to_owned(), "critical".to_owned())]
    );
    let like = TagCondition {
        operator: TagOperator::Like,
        key: "team".to_owned(),
        value: "pay*".to_owned(),
    };
    assert_eq!(selection.conditions, [like]);
}

#[test]
fn a_version_that_was_not_read_has_no_rules() {
    let pulls = [plans("07-06", ""), versions("07-06")];
    let records = normalized(&pulls);
    assert_eq!(
        records
            .plans
            .iter()
            .map(|plan| plan.value.rules.is_none())
            .collect::<Vec<_>>(),
        [true, true]
    );
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

#[test]
fn a_snapshot_is_an_attempt_and_once_completed_a_recovery_point() {
    let row = |id: &str, rest: &str| {
        format!(
            r#"{{"id":"{id}","createdAt":"2026-07-01T02:00:11Z","cloudProvider":"AWS","type":"replicaSet",{rest}}}"#
        )
    };
    let rows = [
        row(
            "s1",
            r#""status":"completed","snapshotType":"scheduled","frequencyType":"daily","masterKeyUUID":"m-1""#,
        ),
        row("s2", r#""status":"failed","snapshotType":"onDemand""#),
        row("s3", r#""status":"completed","snapshotType":"fallback""#),
    ];
    let records = normalized(&[snapshots("07-06", &rows.join(","), 3)]);
    let jobs: Vec<_> = records
        .jobs
        .iter()
        .map(|job| (&job.value.trigger, job.value.state, job.value.fallback))
        .collect();
    let daily = Trigger::Scheduled {
        by: "daily".to_owned(),
    };
    assert_eq!(
        jobs,
        [
            (&daily, JobState::Completed, false),
            (&Trigger::OnDemand, JobState::Failed, false),
            (&Trigger::Unknown, JobState::Completed, true)
        ]
    );
    let points: Vec<_> = records
        .points
        .iter()
        .map(|p| (p.value.id.as_str(), p.value.encrypted))
        .collect();
    assert_eq!(points, [("s1", Some(true)), ("s3", None)]);
    assert_eq!(
        records.points[0].value.resource,
        format!("atlas:{PROJECT}/patients").parse().ok()
    );
}

#[test]
fn an_atlas_restore_job_is_as_its_marks_say() {
    let state = |marks: &str| {
        let row = format!(
            r#"{{"id":"6a478820f0f0f0f0f0f0f0f0","snapshotId":"s1","deliveryType":"automated",{marks}}}"#
        );
        let pull = Asked::on(
            "07-06",
            "/patients",
            Source::AtlasRestoreJobs,
            "atlas:listRestoreJobs",
            "clusterName=patients",
        )
        .page("", &format!(r#"{{"results":[{row}],"totalCount":1}}"#));
        let records = normalized(&[pull]);
        assert_eq!(
            records.restores[0].value.created,
            at("2026-07-03T10:00:00Z"),
            "from the id"
        );
        records.restores[0].value.state
    };
    let finished = r#""finishedAt":"2026-07-03T10:40:00Z""#;
    assert_eq!(
        state(&format!(
            r#""failed":false,"cancelled":false,"expired":true,{finished}"#
        )),
        JobState::Completed
    );
    assert_eq!(
        state(&format!(r#""failed":true,"cancelled":false,{finished}"#)),
        JobState::Failed
    );
    assert_eq!(
        state(r#""failed":false,"cancelled":true,"expired":false"#),
        JobState::Aborted
    );
    assert_eq!(
        state(r#""failed":false,"cancelled":false,"expired":true"#),
        JobState::Expired
    );
    assert_eq!(
        state(r#""failed":false,"cancelled":false,"expired":false"#),
        JobState::Unfinished
    );
    assert_eq!(state(finished), JobState::Unknown, "the flags are absent");
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
            session: Some("p-004".to_owned())
        }
    );
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

fn inventory(rows: &str) -> Asked {
    let body = format!(
        r#"{{"cursor":{{"firstBatch":[{rows}],"id":{{"$numberLong":"0"}},"ns":"compliance.systems_inventory"}},
        "ok":{{"$numberDouble":"1.0"}}}}"#
    );
    Asked::on(
        "07-06",
        "",
        Source::SystemsInventory,
        "mongodb:find",
        "find=systems_inventory",
    )
    .page("", &body)
}

fn system(id: &str, name: &str, rest: &str) -> String {
    format!(
        r#"{{"_id":"{id}","system_id":"db-main","name":"{name}","class":"database","criticality":"critical","ephi":"stores",
        "provider":"aws","account":"111122223333","region":"us-east-1","resource_ids":["{VOLUME}"]{rest},
        "as_of":{{"$date":{{"$numberLong":"1783000000000"}}}}}}"#
    )
}

#[test]
fn the_inventory_has_systems_and_statements_and_no_defaults() {
    let unused = r#"{"_id":"u1","statement":"class_not_used","class":"webhook","approved_by":"p-001",
        "approved_at":{"$date":{"$numberLong":"1783000000000"}},"rationale":"none in use"}"#;
    let records = normalized(&[inventory(&format!(
        "{},{unused}",
        system("1", "Main", r#","owner":null"#)
    ))]);
    let system_row = &records.systems[0].value;
    assert_eq!(
        (system_row.owner.as_deref(), system_row.backup_method),
        (None, None)
    );
    assert_eq!(system_row.as_of, at("2026-07-02T13:46:40Z"));
    assert_eq!(
        records.unused_classes[0].value.class,
        governance::SystemClass::Webhook
    );
    for (broken, why) in [
        (system("1", "Main", r#","backup_method":"hope""#), "hope"),
        (
            system("1", "Main", r#","onboarded_at":"2026-07-01""#),
            "invalid type",
        ),
        (
            system("1", "Main", "").replace(r#""criticality":"critical","#, ""),
            "criticality",
        ),
        (unused.replace("class_not_used", "class_used"), "class_used"),
    ] {
        let records = normalized(&[inventory(&broken)]);
        assert!(records.systems.is_empty() && records.unused_classes.is_empty());
        assert!(
            records.misfits[0].reason.contains(why),
            "{why:?} in {:?}",
            records.misfits[0].reason
        );
        lacks(
            &records,
            Source::SystemsInventory,
            span("07-01T00:00", "07-02T00:00"),
            "record 1".get(..6).unwrap_or(""),
        );
    }
}

#[test]
fn two_rows_of_one_system_in_one_export_are_a_conflict() {
    let rows = [system("1", "Main", ""), system("2", "Other", "")].join(",");
    let records = normalized(&[inventory(&rows)]);
    assert_eq!((records.systems.len(), records.conflicts.len()), (1, 1));
    assert_eq!(records.conflicts[0].id, "db-main");
    let same = normalized(&[inventory(
        &[system("1", "Main", ""), system("2", "Main", "")].join(","),
    )]);
    assert!(same.conflicts.is_empty(), "equal rows say the same");
    let batch = |name: &str, cursor: &str, row: &str| {
        format!(
            r#"{{"cursor":{{"{name}":[{row}],"id":{{"$numberLong":"{cursor}"}},"ns":"compliance.systems_inventory"}},
            "ok":{{"$numberDouble":"1.0"}}}}"#
        )
    };
    let pages = Asked::on("07-06", "", Source::SystemsInventory, "mongodb:find", "")
        .page("", &batch("firstBatch", "7", &system("1", "Main", "")))
        .page("getMore=7", &batch("nextBatch", "0", &system("2", "Other", "")));
    assert_eq!(
        normalized(&[pages]).conflicts.len(),
        1,
        "on two pages of one export as well"
    );
    let mut later = inventory(&system("1", "Renamed", ""));
    later.receipt.id = "2026-07-07/systems_inventory".parse().expect("an id");
    let renamed = normalized(&[later, inventory(&system("1", "Main", ""))]);
    assert!(renamed.conflicts.is_empty(), "an edit is a revision");
}
