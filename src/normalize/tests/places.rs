//! Completeness of a place that takes several pulls: the parts that have to be there, one of them missing at a time.

use super::*;

/// All pulls prove `interval` for `source`; without the pull whose id ends in `end`, they don't, for a reason that says
/// `why`.
#[track_caller]
fn needs(pulls: &[Asked], source: Source, interval: Interval, end: &str, why: &str) {
    proves(&normalized(pulls), source, interval);
    let rest: Vec<_> = pulls
        .iter()
        .filter(|pull| !pull.receipt.id.as_str().ends_with(end))
        .cloned()
        .collect();
    assert_eq!(rest.len() + 1, pulls.len(), "exactly one pull ends in {end}");
    lacks(&normalized(&rest), source, interval, why);
}

fn vaults(day: &str, names: &[&str]) -> Asked {
    let vault = |name: &&str| {
        format!(
            r#"{{"BackupVaultName":"{name}","BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:{name}",
            "CreationDate":1780272000,"Locked":false}}"#
        )
    };
    let rows: Vec<_> = names.iter().map(vault).collect();
    Asked::on(
        day,
        "",
        Source::AwsVaults,
        "backup:ListBackupVaults",
        "MaxResults=100",
    )
    .page("", &format!(r#"{{"BackupVaultList":[{}]}}"#, rows.join(",")))
}

pub(super) fn points(day: &str, vault: &str, rows: &str) -> Asked {
    let words = format!("BackupVaultName={vault} MaxResults=50");
    let operation = "backup:ListRecoveryPointsByBackupVault";
    Asked::on(
        day,
        &format!("/{vault}"),
        Source::AwsRecoveryPoints,
        operation,
        &words,
    )
    .page("", &format!(r#"{{"RecoveryPoints":[{rows}]}}"#))
}

#[test]
fn recovery_points_need_every_vault_that_there_was() {
    let reach = span("06-28T05:01", "07-06T05:00");
    let pulls = [
        vaults("07-06", &["critical", "copies"]),
        points("07-06", "critical", ""),
        points("07-06", "copies", ""),
    ];
    let source = Source::AwsRecoveryPoints;
    needs(
        &pulls,
        source,
        reach,
        "/copies",
        "no complete pull of arn:aws:backup:us-east-1:111122223333:backup-vault:copies",
    );
    needs(
        &pulls,
        source,
        reach,
        "us-east-1",
        "no complete list in run 2026-07-06 says which vaults there were",
    );
    proves(&normalized(&[vaults("07-06", &[])]), source, reach);
    lacks(
        &normalized(&pulls),
        source,
        span("06-28T04:00", "06-28T06:00"),
        "no complete pull covers it",
    );
}

#[test]
fn a_vault_that_is_gone_is_needed_until_it_was_last_seen() {
    let mut pulls = vec![
        vaults("07-06", &["critical", "old"]),
        points("07-06", "critical", ""),
        points("07-06", "old", ""),
        vaults("07-13", &["critical"]),
        points("07-13", "critical", ""),
    ];
    proves(
        &normalized(&pulls),
        Source::AwsRecoveryPoints,
        span("06-28T05:01", "07-13T05:00"),
    );
    pulls.remove(2);
    let records = normalized(&pulls);
    lacks(
        &records,
        Source::AwsRecoveryPoints,
        span("07-05T06:00", "07-06T04:00"),
        "backup-vault:old",
    );
    proves(
        &records,
        Source::AwsRecoveryPoints,
        span("07-06T05:01", "07-13T05:00"),
    );
}

#[test]
fn a_vault_that_is_known_only_by_its_failed_pull_is_needed_all_the_same() {
    let mut refused = points("07-06", "old", "");
    refused.receipt.outcome = PullOutcome::Failed {
        code: "AccessDeniedException".to_owned(),
        message: "no".to_owned(),
    };
    let pulls = [
        vaults("07-07", &["critical"]),
        points("07-07", "critical", ""),
        refused,
    ];
    let records = normalized(&pulls);
    lacks(
        &records,
        Source::AwsRecoveryPoints,
        span("07-05T05:00", "07-06T05:00"),
        "/old: the pull failed",
    );
    proves(
        &records,
        Source::AwsRecoveryPoints,
        span("07-06T05:01", "07-07T05:00"),
    );
}

fn keys(day: &str, ids: &[&str]) -> Asked {
    let arn = "arn:aws:kms:us-east-1:111122223333:key/";
    let rows: Vec<_> = ids
        .iter()
        .map(|id| format!(r#"{{"KeyArn":"{arn}{id}","KeyId":"{id}"}}"#))
        .collect();
    Asked::on(day, "/list", Source::KmsKeys, "kms:ListKeys", "Limit=100").page(
        "",
        &format!(r#"{{"Keys":[{}],"Truncated":false}}"#, rows.join(",")),
    )
}

pub(super) fn key_state(day: &str, id: &str, state: &str) -> Asked {
    let body = format!(
        r#"{{"KeyMetadata":{{"AWSAccountId":"111122223333","KeyId":"{id}","KeyState":"{state}",
        "Arn":"arn:aws:kms:us-east-1:111122223333:key/{id}"}}}}"#
    );
    let words = format!("KeyId={id}");
    Asked::on(day, &format!("/{id}"), Source::KmsKeys, "kms:DescribeKey", &words).page("", &body)
}

#[test]
fn keys_need_each_key_described_in_the_same_run() {
    let reach = span("06-28T05:01", "07-06T05:00");
    let pulls = [
        keys("07-06", &["k-1", "k-2"]),
        key_state("07-06", "k-1", "Enabled"),
        key_state("07-06", "k-2", "PendingDeletion"),
    ];
    needs(
        &pulls,
        Source::KmsKeys,
        reach,
        "/k-2",
        "key/k-2 was listed and not described in run 2026-07-06",
    );
    needs(&pulls, Source::KmsKeys, reach, "/list", "no complete pull");
    let stale = [
        pulls[0].clone(),
        pulls[1].clone(),
        key_state("07-05", "k-2", "Enabled"),
    ];
    lacks(&normalized(&stale), Source::KmsKeys, reach, "k-2");
    let mut earlier = pulls.clone();
    earlier[1].receipt.started = at("2026-07-06T04:00:00Z");
    lacks(&normalized(&earlier), Source::KmsKeys, reach, "no complete pull");
    proves(
        &normalized(&earlier),
        Source::KmsKeys,
        span("06-28T04:00", "07-06T04:00"),
    );
    let mut truncated = pulls.clone();
    truncated[0].bodies[0] = String::from_utf8(truncated[0].bodies[0].clone())
        .expect("text")
        .replace("false", r#"true,"NextMarker":"m""#)
        .into_bytes();
    lacks(
        &normalized(&truncated),
        Source::KmsKeys,
        reach,
        "next page that is missing",
    );
}

fn lookup(source: &str) -> Asked {
    let words = format!("EventSource={source} MaxResults=50");
    Asked::on(
        "07-06",
        &format!("/{source}"),
        Source::Cloudtrail,
        "cloudtrail:LookupEvents",
        &words,
    )
    .window("StartTime", "EndTime")
    .page("", r#"{"Events":[]}"#)
}

#[test]
fn the_trail_needs_every_event_source() {
    let sources = ["backup", "dynamodb", "ec2", "kms", "rds"].map(|name| format!("{name}.amazonaws.com"));
    let pulls = sources.clone().map(|source| lookup(&source));
    for source in &sources {
        let why = format!("no complete pull of {source}");
        needs(
            &pulls,
            Source::Cloudtrail,
            span("06-28T05:00", "07-06T05:00"),
            source,
            &why,
        );
    }
}

pub(super) fn plans(day: &str, deleted: &str) -> Asked {
    let body = format!(
        r#"{{"BackupPlansList":[{{"BackupPlanArn":"arn:aws:backup:us-east-1:111122223333:backup-plan:p1","BackupPlanId":"p1",
        "BackupPlanName":"critical-daily","VersionId":"v2","CreationDate":1780272000{deleted}}}]}}"#
    );
    Asked::on(
        day,
        "/list",
        Source::AwsBackupPlans,
        "backup:ListBackupPlans",
        "IncludeDeleted=true",
    )
    .page("", &body)
}

pub(super) fn versions(day: &str) -> Asked {
    let version = |id: &str, created: &str| {
        format!(
            r#"{{"BackupPlanArn":"arn:aws:backup:us-east-1:111122223333:backup-plan:p1","BackupPlanId":"p1",
            "BackupPlanName":"critical-daily","VersionId":"{id}","CreationDate":{created}}}"#
        )
    };
    let rows = [version("v2", "1783072800.5"), version("v1", "1780272000")].join(",");
    Asked::on(
        day,
        "/p1/versions",
        Source::AwsBackupPlans,
        "backup:ListBackupPlanVersions",
        "BackupPlanId=p1",
    )
    .page("", &format!(r#"{{"BackupPlanVersionsList":[{rows}]}}"#))
}

pub(super) fn plan(day: &str, version: &str) -> Asked {
    let body = format!(
        r#"{{"BackupPlan":{{"BackupPlanName":"critical-daily","Rules":[{{"RuleName":"daily","RuleId":"r1",
        "TargetBackupVaultName":"critical","ScheduleExpression":"cron(0 3 * * ? *)","StartWindowMinutes":60,
        "CompletionWindowMinutes":480,"Lifecycle":{{"DeleteAfterDays":35}},"CopyActions":[{{"DestinationBackupVaultArn":
        "arn:aws:backup:us-west-2:111122223333:backup-vault:copies"}}]}}]}},"BackupPlanId":"p1","VersionId":"{version}",
        "BackupPlanArn":"arn:aws:backup:us-east-1:111122223333:backup-plan:p1","CreationDate":1780272000}}"#
    );
    let words = format!("BackupPlanId=p1 VersionId={version}");
    Asked::on(
        day,
        &format!("/p1/{version}"),
        Source::AwsBackupPlans,
        "backup:GetBackupPlan",
        &words,
    )
    .page("", &body)
}

pub(super) fn selections(day: &str, ids: &[&str]) -> Asked {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| format!(r#"{{"SelectionId":"{id}","BackupPlanId":"p1","CreationDate":1780272000}}"#))
        .collect();
    Asked::on(
        day,
        "/p1/selections",
        Source::AwsBackupPlans,
        "backup:ListBackupSelections",
        "BackupPlanId=p1",
    )
    .page("", &format!(r#"{{"BackupSelectionsList":[{}]}}"#, rows.join(",")))
}

pub(super) fn selection(day: &str, id: &str) -> Asked {
    let body = format!(
        r#"{{"BackupSelection":{{"SelectionName":"all","IamRoleArn":"arn:aws:iam::111122223333:role/backup","Resources":["*"],
        "ListOfTags":[{{"ConditionType":"STRINGEQUALS","ConditionKey":"backup-tier","ConditionValue":"critical"}}],
        "Conditions":{{"StringEquals":[],"StringLike":[{{"ConditionKey":"aws:ResourceTag/team","ConditionValue":"pay*"}}]}}}},
        "SelectionId":"{id}","BackupPlanId":"p1","CreationDate":1780272000}}"#
    );
    let words = format!("BackupPlanId=p1 SelectionId={id}");
    Asked::on(
        day,
        &format!("/p1/selection/{id}"),
        Source::AwsBackupPlans,
        "backup:GetBackupSelection",
        &words,
    )
    .page("", &body)
}

pub(super) fn whole_plans(day: &str, ids: &[&str]) -> Vec<Asked> {
    let mut all = vec![
        plans(day, ""),
        versions(day),
        plan(day, "v1"),
        plan(day, "v2"),
        selections(day, ids),
    ];
    all.extend(ids.iter().map(|id| selection(day, id)));
    all
}

#[test]
fn plans_need_each_version_and_each_selection() {
    let all = span("01-01T00:00", "07-06T05:00");
    let pulls = whole_plans("07-06", &["s1"]);
    for (end, why) in [
        ("us-east-1/list", "no complete pull"),
        ("/p1/versions", "the versions of plan p1 were not listed"),
        ("/p1/v1", "version v1 of plan p1 was not read"),
        ("/p1/selections", "the selections of plan p1 were not listed"),
        ("/selection/s1", "selection s1 of plan p1 was not read"),
    ] {
        needs(&pulls, Source::AwsBackupPlans, all, end, why);
    }
    // A version says the same in every run, a list does not.
    let mut mixed = whole_plans("07-06", &["s1"]);
    mixed[2] = plan("07-01", "v1");
    proves(&normalized(&mixed), Source::AwsBackupPlans, all);
    mixed[1] = versions("07-01");
    lacks(
        &normalized(&mixed),
        Source::AwsBackupPlans,
        all,
        "versions of plan p1",
    );
    // What was deleted is asked for as well.
    let mut living = pulls;
    living[0].receipt.parameters.clear();
    lacks(
        &normalized(&living),
        Source::AwsBackupPlans,
        all,
        "IncludeDeleted has to be true",
    );
}

pub(super) fn snapshots(day: &str, rows: &str, total: usize) -> Asked {
    let words = "clusterName=patients itemsPerPage=100 includeCount=true";
    Asked::on(
        day,
        "/patients",
        Source::AtlasSnapshots,
        "atlas:listSnapshots",
        words,
    )
    .page("", &format!(r#"{{"results":[{rows}],"totalCount":{total}}}"#))
}

pub(super) fn schedule(day: &str, value: i64, unit: &str) -> Asked {
    let body = format!(
        r#"{{"clusterId":"c","clusterName":"patients","policies":[{{"id":"p","policyItems":[
        {{"id":"i","frequencyInterval":1,"frequencyType":"daily","retentionUnit":"{unit}","retentionValue":{value}}},
        {{"id":"j","frequencyInterval":1,"frequencyType":"monthly","retentionUnit":"months","retentionValue":12}}]}}]}}"#
    );
    Asked::on(
        day,
        "/patients",
        Source::AtlasBackupSchedule,
        "atlas:getBackupSchedule",
        "clusterName=patients",
    )
    .page("", &body)
}

#[test]
fn snapshots_are_proven_no_further_back_than_they_are_kept() {
    let source = Source::AtlasSnapshots;
    let listing = snapshots("07-06", "", 0);
    lacks(
        &normalized(std::slice::from_ref(&listing)),
        source,
        span("07-06T04:00", "07-06T05:00"),
        "no retention is known",
    );
    let weeks = normalized(&[listing.clone(), schedule("07-06", 2, "weeks")]);
    proves(&weeks, source, span("06-28T05:01", "07-06T05:00"));
    let days = normalized(&[listing.clone(), schedule("07-06", 3, "days")]);
    proves(&days, source, span("07-03T05:01", "07-06T05:00"));
    lacks(&days, source, span("07-02T05:00", "07-06T05:00"), "kept for less");
    let changed = normalized(&[
        listing.clone(),
        schedule("07-06", 3, "days"),
        schedule("07-05", 1, "days"),
    ]);
    lacks(
        &changed,
        source,
        span("07-04T05:00", "07-06T05:00"),
        "kept for less",
    );
    let past = normalized(&[
        listing.clone(),
        schedule("07-06", 14, "days"),
        schedule("06-20", 1, "days"),
    ]);
    proves(&past, source, span("06-28T05:01", "07-06T05:00"));
    let old = normalized(&[listing, schedule("06-20", 14, "days")]);
    lacks(
        &old,
        source,
        span("07-06T04:00", "07-06T05:00"),
        "no retention is known",
    );
}

#[test]
fn a_project_needs_each_cluster_of_the_estate() {
    let mut estate = estate();
    estate.atlas[0].clusters.insert("audit".to_owned());
    let pulls = [snapshots("07-06", "", 0), schedule("07-06", 14, "days")];
    let records = crate::normalize::normalize(&store(&pulls), &estate);
    lacks(
        &records,
        Source::AtlasSnapshots,
        span("07-05T05:00", "07-06T05:00"),
        "no complete pull of audit",
    );
    lacks(
        &records,
        Source::AtlasBackupSchedule,
        span("07-05T05:00", "07-06T05:00"),
        "no complete pull of audit",
    );
}
