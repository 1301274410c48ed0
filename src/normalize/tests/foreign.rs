//! Rows that have their form and contradict their pull: of another vault, plan, key, event, place or time.

use super::atlas::{schedule, snapshots};
use super::places::{key_state, points};
use super::plans::{plan, selection, selections};
use super::*;

/// After `from` became `to` in the body, the row is a misfit whose reason says `why`, and its pull proves nothing.
#[track_caller]
fn misfit(pull: Asked, from: &str, to: &str, why: &str) {
    let reasons = |pull: &Asked| {
        let records = normalized(std::slice::from_ref(pull));
        records
            .misfits
            .iter()
            .map(|misfit| misfit.reason.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(reasons(&pull), [""; 0], "the row fits before the change");
    let mut changed = pull;
    let body = String::from_utf8(changed.bodies[0].clone()).expect("text");
    assert!(body.contains(from), "{from:?} has to be in {body}");
    changed.bodies[0] = body.replacen(from, to, 1).into_bytes();
    let found = reasons(&changed);
    assert!(found.len() == 1 && found[0].contains(why), "{why:?} in {found:?}");
    let source = changed.receipt.key.source;
    lacks(
        &normalized(&[changed]),
        source,
        span("07-05T05:00", "07-06T05:00"),
        "",
    );
}

#[test]
fn a_recovery_point_is_of_the_vault_that_was_listed() {
    let row = r#"{"RecoveryPointArn":"arn:aws:ec2:us-east-1::snapshot/snap-01","Status":"COMPLETED",
        "BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:critical","CreationDate":1782874800}"#;
    let pull = || points("07-06", "critical", row);
    misfit(
        pull(),
        "backup-vault:critical",
        "backup-vault:other",
        "not the vault that was listed",
    );
    misfit(pull(), "ec2:us-east-1", "ec2:us-west-2", "of region us-west-2");
    misfit(pull(), "1782874800", "1893456000", "after the answer");
}

#[test]
fn a_reply_is_about_what_was_asked_for() {
    misfit(
        key_state("07-06", "k-1", "Enabled"),
        r#""KeyId":"k-1""#,
        r#""KeyId":"k-2""#,
        "not the one",
    );
    misfit(
        plan("07-06", "v1"),
        r#""VersionId":"v1""#,
        r#""VersionId":"v2""#,
        "version v2 is not the one",
    );
    misfit(
        plan("07-06", "v1"),
        r#""BackupPlanId":"p1""#,
        r#""BackupPlanId":"p2""#,
        "plan p2 is not the one",
    );
    misfit(
        selections("07-06", &["s1"]),
        r#""BackupPlanId":"p1""#,
        r#""BackupPlanId":"p2""#,
        "plan p2",
    );
    misfit(
        selection("07-06", "s1"),
        r#""SelectionId":"s1""#,
        r#""SelectionId":"s2""#,
        "selection s2",
    );
    misfit(
        selection("07-06", "s1"),
        "STRINGEQUALS",
        "STRINGLIKE",
        "is not STRINGEQUALS",
    );
    misfit(
        selection("07-06", "s1"),
        r#""StringLike""#,
        r#""StringMatches""#,
        "unknown field",
    );
    misfit(
        schedule("07-06", 7, "days"),
        r#""clusterName":"patients""#,
        r#""clusterName":"audit""#,
        "of cluster audit",
    );
    misfit(
        schedule("07-06", 7, "days"),
        r#""retentionValue":7"#,
        r#""retentionValue":0"#,
        "no retention",
    );
}

#[test]
fn an_event_is_the_one_that_its_row_names() {
    let inner = r#"{"eventID":"e-1","eventTime":"2026-07-01T03:00:00Z","eventSource":"kms.amazonaws.com",
        "eventName":"DisableKey","awsRegion":"us-east-1","recipientAccountId":"111122223333"}"#;
    let row =
        serde_json::json!({"Events":[{"EventId":"e-1","EventTime":1782874800,"CloudTrailEvent":inner}]});
    let words = "EventSource=kms.amazonaws.com";
    let pull = || {
        Asked::on(
            "07-06",
            "/kms",
            Source::Cloudtrail,
            "cloudtrail:LookupEvents",
            words,
        )
        .window("StartTime", "EndTime")
        .page("", &row.to_string())
    };
    misfit(
        pull(),
        r#""EventId":"e-1""#,
        r#""EventId":"e-2""#,
        "EventId e-2 carries the event e-1",
    );
    misfit(pull(), "1782874800", "1782874801", "EventTime is not the time");
    misfit(
        pull(),
        r#"kms.amazonaws.com\""#,
        r#"ec2.amazonaws.com\""#,
        "which was not asked for",
    );
    misfit(
        pull(),
        r#"\"us-east-1\""#,
        r#"\"us-west-2\""#,
        "awsRegion is us-west-2",
    );
    misfit(
        pull(),
        r#"\"111122223333\""#,
        r#"\"444455556666\""#,
        "recipientAccountId",
    );
    misfit(pull(), "2026-07-01T03:00:00Z", "1 July", "not an instant");
}

#[test]
fn a_snapshot_is_of_the_project_that_was_asked() {
    let row = format!(
        r#"{{"id":"s1","createdAt":"2026-07-01T02:00:11Z","status":"completed","links":[{{"rel":"self",
        "href":"https://cloud.mongodb.com/api/atlas/v2/groups/{PROJECT}/clusters/patients/backup/snapshots/s1"}}]}}"#
    );
    misfit(
        snapshots("07-06", &row, 1),
        &format!("groups/{PROJECT}"),
        "groups/0",
        "the project of a link is \"0\"",
    );
    misfit(
        snapshots("07-06", &row, 1),
        "2026-07-01T02",
        "2026-07-09T02",
        "after the answer",
    );
}

fn summaries() -> Asked {
    let row = r#"{"Region":"us-east-1","AccountId":"111122223333","State":"COMPLETED","ResourceType":"EBS",
        "MessageCategory":"SUCCESS","Count":4,"StartTime":1782777600,"EndTime":1782864000}"#;
    let words = "AggregationPeriod=ONE_DAY MaxResults=100";
    let operation = "backup:ListBackupJobSummaries";
    let mut pull = Asked::on("07-06", "", Source::AwsBackupJobSummaries, operation, words).page(
        "",
        &format!(r#"{{"BackupJobSummaries":[{row}],"AggregationPeriod":"ONE_DAY"}}"#),
    );
    pull.receipt.window = Some(span("06-22T00:00", "07-06T00:00"));
    pull
}

#[test]
fn summaries_speak_for_fourteen_days_of_their_place() {
    let source = Source::AwsBackupJobSummaries;
    proves(
        &normalized(&[summaries()]),
        source,
        span("06-22T00:00", "07-06T00:00"),
    );
    misfit(
        summaries(),
        r#""Region":"us-east-1""#,
        r#""Region":"us-west-2""#,
        "Region is \"us-west-2\"",
    );
    misfit(
        summaries(),
        r#""AccountId":"111122223333""#,
        r#""AccountId":"ANY""#,
        "AccountId is \"ANY\"",
    );
    misfit(
        summaries(),
        "1782777600",
        "1782864000",
        "StartTime and EndTime are not a day apart",
    );
    misfit(summaries(), r#""Count":4"#, r#""Count":-4"#, "invalid value");
    let mut longer = summaries();
    longer.receipt.window = Some(span("06-21T00:00", "07-06T00:00"));
    lacks(
        &normalized(&[longer]),
        source,
        span("07-01T00:00", "07-02T00:00"),
        "the window is longer",
    );
    let mut shorter = summaries();
    shorter.receipt.parameters = parameters("AggregationPeriod=FOURTEEN_DAYS");
    lacks(
        &normalized(&[shorter]),
        source,
        span("07-01T00:00", "07-02T00:00"),
        "AggregationPeriod",
    );
}
