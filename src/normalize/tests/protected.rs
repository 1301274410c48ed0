//! What AWS Backup protects: a list, and a description of each resource that it names.

use super::places::needs;
use super::*;

const LIST: &str = "backup:ListProtectedResources";
const DESCRIBE: &str = "backup:DescribeProtectedResource";

fn arn(name: &str) -> String {
    format!("arn:aws:rds:us-east-1:111122223333:db:{name}")
}

fn listed(names: &[&str]) -> Asked {
    let row = |name: &&str| format!(r#"{{"ResourceArn":"{}","LastBackupTime":1782270000}}"#, arn(name));
    let rows: Vec<_> = names.iter().map(row).collect();
    let body = format!(r#"{{"Results":[{}]}}"#, rows.join(","));
    Asked::on(
        "07-06",
        "/list",
        Source::AwsProtectedResources,
        LIST,
        "MaxResults=100",
    )
    .page("", &body)
}

/// One pull of all descriptions, a response each: the resource that was asked for, the one that answered, and its latest restore.
fn described(answers: &[(&str, &str, &str)]) -> Asked {
    let pull = Asked::on("07-06", "/described", Source::AwsProtectedResources, DESCRIBE, "");
    answers.iter().fold(pull, |pull, (asked, answered, restore)| {
        let words = format!("ResourceArn={}", arn(asked));
        let body = format!(r#"{{"ResourceArn":"{}"{restore}}}"#, arn(answered));
        pull.page(&words, &body)
    })
}

const RESTORED: &str = r#","LatestRestoreExecutionTimeMinutes":40,"LatestRestoreJobCreationDate":1781255700"#;

#[test]
fn a_list_needs_each_resource_described_in_the_same_run() {
    let (source, reach) = (Source::AwsProtectedResources, span("06-28T05:01", "07-06T05:00"));
    let both = described(&[("a", "a", RESTORED), ("b", "b", "")]);
    let pulls = [listed(&["a", "b"]), both];
    needs(&pulls, source, reach, "/list", "no complete pull");
    let why = "db:b was listed and not described in run 2026-07-06";
    needs(&pulls, source, reach, "/described", why);
    let part = [listed(&["a", "b"]), described(&[("a", "a", "")])];
    lacks(&normalized(&with_listings_before(&part)), source, reach, why);
    let other = [listed(&["a", "b"]), described(&[("a", "a", ""), ("b", "a", "")])];
    let why = "not the one that was asked for";
    lacks(&normalized(&with_listings_before(&other)), source, reach, why);
    let nothing = [listed(&[])];
    proves(&normalized(&with_listings_before(&nothing)), source, reach);
    let records = normalized(&pulls);
    let protected: Vec<_> = records.protected.iter().map(|row| &row.value.resource).collect();
    assert_eq!(
        protected,
        [&arn("a").parse().unwrap(), &arn("b").parse().unwrap()]
    );
    let told: Vec<_> = records
        .latest_restores
        .iter()
        .map(|row| (row.value.job_created, row.value.minutes))
        .collect();
    assert_eq!(told, [(Some(at("2026-06-12T09:15:00Z")), Some(40)), (None, None)]);
    let lists = records
        .listings
        .iter()
        .filter(|listing| listing.key.source == source);
    assert_eq!(lists.count(), 1, "a description is no listing");
}

#[test]
fn what_lies_after_the_answer_does_not_fit() {
    let later = RESTORED.replace("1781255700", "1783400000");
    let records = normalized(&[listed(&["a"]), described(&[("a", "a", &later)])]);
    assert!(records.misfits[0].reason.contains("LatestRestoreJobCreationDate"));
    let mut list = listed(&["a"]);
    let body = String::from_utf8(list.bodies[0].clone()).expect("text");
    list.bodies[0] = body.replace("1782270000", "1783400000").into_bytes();
    assert!(normalized(&[list]).misfits[0].reason.contains("LastBackupTime"));
}
