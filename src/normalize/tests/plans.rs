//! Backup plans: what a run has to have read, and what versions and selections become.

use super::places::needs;
use super::*;
use crate::model::records::backups::{TagCondition, TagOperator};

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
