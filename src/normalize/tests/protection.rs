//! What keeps backups: vaults, their policies, Atlas' compliance policy, and what calls ask for.

use super::*;
use crate::model::records::protection::{AccessPolicy, Listed, PolicyCondition, PolicyStatement, VaultKind};

const VAULT: &str = "arn:aws:backup:us-east-1:111122223333:backup-vault:critical";
const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*",
    "Action":["backup:DeleteRecoveryPoint"],"Resource":"*",
    "Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/break-glass"}}}}"#;

fn read(day: &str, body: &str) -> Asked {
    let words = "BackupVaultName=critical";
    let operation = "backup:GetBackupVaultAccessPolicy";
    Asked::on(day, "/policy/critical", Source::AwsVaults, operation, words).page("", body)
}

fn refused(day: &str, status: u16, code: &str) -> Asked {
    let mut pull = read(day, r#"{"Code":"ERROR_3100","Message":"no policy"}"#);
    pull.receipt.pages[0].status = status;
    pull.receipt.outcome = PullOutcome::Failed {
        code: code.to_owned(),
        message: "refused".to_owned(),
    };
    pull
}

fn policy(text: &str) -> String {
    serde_json::json!({"BackupVaultName": "critical", "BackupVaultArn": VAULT, "Policy": text}).to_string()
}

#[test]
fn a_vault_has_a_policy_or_answers_that_it_has_none() {
    let records = normalized(&[
        read("07-06", &policy(DENY)),
        refused("07-13", 400, "ResourceNotFoundException"),
    ]);
    let read: Vec<_> = records
        .vault_policies
        .iter()
        .map(|policy| &policy.value)
        .collect();
    let exempt = PolicyCondition {
        operator: "StringNotLike".to_owned(),
        key: "aws:PrincipalArn".to_owned(),
        values: vec!["arn:aws:iam::111122223333:role/break-glass".to_owned()],
    };
    let denied = PolicyStatement {
        allows: false,
        principals: Listed::Only(vec!["*".to_owned()]),
        actions: Listed::Only(vec!["backup:DeleteRecoveryPoint".to_owned()]),
        resources: Some(Listed::Only(vec!["*".to_owned()])),
        conditions: vec![exempt],
    };
    assert_eq!(read[0].vault, VAULT);
    assert_eq!(
        read[0].policy,
        Some(AccessPolicy {
            statements: vec![denied]
        })
    );
    assert_eq!(read[1].policy, None);
    assert!(records.misfits.is_empty(), "{:?}", records.misfits);
}

#[test]
fn any_other_refusal_says_nothing_of_the_policy() {
    for (status, code) in [
        (403, "AccessDeniedException"),
        (200, "ResourceNotFoundException"),
        (500, "ResourceNotFoundException"),
    ] {
        let records = normalized(&[refused("07-06", status, code)]);
        assert!(records.vault_policies.is_empty(), "{status} {code}");
    }
    let mut lists = Asked::on(
        "07-06",
        "",
        Source::AwsVaults,
        "backup:ListBackupVaults",
        "MaxResults=100",
    );
    lists = lists.page("", r#"{"BackupVaultList":[]}"#);
    lists.receipt.pages[0].status = 400;
    lists.receipt.outcome = refused("07-06", 400, "ResourceNotFoundException").receipt.outcome;
    let records = normalized(&[lists]);
    let day = span("07-05T00:00", "07-05T01:00");
    lacks(
        &records,
        Source::AwsVaults,
        day,
        "it failed with ResourceNotFoundException",
    );
}

#[test]
fn what_is_no_policy_is_a_misfit() {
    for text in [
        "{",
        "{}",
        r#"{"Statement":[{"Effect":"Perhaps","Principal":"*","Action":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Deny","Action":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"*"}]}"#,
    ] {
        let records = normalized(&[read("07-06", &policy(text))]);
        assert!(records.vault_policies.is_empty(), "{text}");
        assert_eq!(records.misfits.len(), 1, "{text}");
    }
    let other = policy(DENY).replace("backup-vault:critical", "backup-vault:other");
    assert_eq!(normalized(&[read("07-06", &other)]).misfits.len(), 1);
}

#[test]
fn a_policy_lists_no_vaults() {
    let pulls = [read("06-28", &policy(DENY)), read("07-06", &policy(DENY))];
    let records = normalized(&pulls);
    let week = span("07-01T00:00", "07-02T00:00");
    lacks(&records, Source::AwsVaults, week, "no complete pull covers it");
    assert!(records.listings.is_empty(), "{:?}", records.listings);
}

#[test]
fn each_listing_shows_a_vault_as_it_was() {
    let list = |day: &str, rest: &str| {
        let row = format!(r#"{{"BackupVaultName":"critical","BackupVaultArn":"{VAULT}"{rest}}}"#);
        Asked::on(
            day,
            "",
            Source::AwsVaults,
            "backup:ListBackupVaults",
            "MaxResults=100",
        )
        .page("", &format!(r#"{{"BackupVaultList":[{row}]}}"#))
    };
    let locked = r#","VaultType":"LOGICALLY_AIR_GAPPED_BACKUP_VAULT","Locked":true,"LockDate":1783314000,"MinRetentionDays":7"#;
    let records = normalized(&[list("07-06", ""), list("07-13", locked)]);
    let seen: Vec<_> = records.vaults.iter().map(|vault| &vault.value).collect();
    assert_eq!((seen[0].kind, seen[0].locked), (None, None));
    assert_eq!(
        (seen[1].kind, seen[1].locked),
        (Some(VaultKind::LogicallyAirGapped), Some(true))
    );
    assert_eq!(seen[1].lock_date, Some(at("2026-07-06T05:00:00Z")));
    assert_eq!(seen[1].retention_min_days, Some(7));
}

#[test]
fn a_compliance_policy_says_what_it_says() {
    let reply = |rest: &str| {
        let body = format!(r#"{{"projectId":"{PROJECT}"{rest}}}"#);
        let operation = "atlas:getBackupCompliancePolicy";
        Asked::on("07-06", "", Source::AtlasCompliancePolicy, operation, "").page("", &body)
    };
    let items = r#","state":"ACTIVE","copyProtectionEnabled":true,"scheduledPolicyItems":[{"frequencyType":"daily",
        "frequencyInterval":1,"retentionUnit":"weeks","retentionValue":5}]"#;
    let full = normalized(&[reply(items)]).compliance_policies[0].value.clone();
    assert_eq!(
        (full.state.as_deref(), full.copy_protection),
        (Some("ACTIVE"), Some(true))
    );
    assert_eq!(full.items[0].retention_days, 35);
    let bare = normalized(&[reply("")]).compliance_policies[0].value.clone();
    assert_eq!((bare.state, bare.copy_protection), (None, None));
}

#[test]
fn a_project_without_a_compliance_policy_answers_with_nothing() {
    let reply = |body: &str| {
        let operation = "atlas:getBackupCompliancePolicy";
        let pull = Asked::on("07-06", "", Source::AtlasCompliancePolicy, operation, "").page("", body);
        normalized(&[pull])
    };
    for nothing in ["{}", r#"{"links":[],"projectId":null,"scheduledPolicyItems":[]}"#] {
        let records = reply(nothing);
        assert_eq!(
            records.compliance_policies[0].value.state.as_deref(),
            Some("absent"),
            "{nothing}"
        );
        assert!(records.pulls[0].whole, "{nothing}");
    }
    for unfit in [
        r#"{"state":"ACTIVE"}"#,
        r#"{"copyProtectionEnabled":false}"#,
        "[]",
    ] {
        let records = reply(unfit);
        assert!(
            !records.pulls[0].whole && records.compliance_policies.is_empty(),
            "{unfit}"
        );
    }
}

/// The request of an event with these `requestParameters`, and whether a policy could be read in it.
fn request(parameters: &str) -> (Option<BTreeMap<String, String>>, bool) {
    let inner = format!(
        r#"{{"eventID":"e-1","eventTime":"2026-07-01T03:00:00Z","eventSource":"backup.amazonaws.com",
        "eventName":"PutBackupVaultAccessPolicy","awsRegion":"us-east-1"{parameters}}}"#
    );
    let row = serde_json::json!({"Events":[{"EventId":"e-1","CloudTrailEvent":inner}]});
    let words = "EventSource=backup.amazonaws.com";
    let end = "/backup.amazonaws.com";
    let pull = Asked::on("07-06", end, Source::Cloudtrail, "cloudtrail:LookupEvents", words)
        .window("StartTime", "EndTime")
        .page("", &row.to_string());
    let event = normalized(&[pull]).events[0].value.clone();
    (event.request, event.policy.is_some())
}

#[test]
fn parameters_are_told_or_left_out() {
    for left_out in [
        "",
        r#","requestParameters":null"#,
        r#","requestParameters":{"omitted":true,"originalSize":123456,"reason":"requestParameters too large"}"#,
    ] {
        assert_eq!(request(left_out), (None, false), "{left_out}");
    }
    assert_eq!(
        request(r#","requestParameters":{}"#),
        (Some(BTreeMap::new()), false)
    );
    let told = r#","requestParameters":{"a/b":[{"c":null},{"d":5}],"e":false,"policy":"x"}"#;
    let expected = [("/a~1b/1/d", "5"), ("/e", "false"), ("/policy", "x")];
    let expected = expected.map(|(pointer, text)| (pointer.to_owned(), text.to_owned()));
    assert_eq!(request(told), (Some(BTreeMap::from(expected)), false));
    let policy = serde_json::json!({ "policy": DENY });
    assert!(request(&format!(r#","requestParameters":{policy}"#)).1);
}
