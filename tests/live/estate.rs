//! A small estate, alive in the simulator: what AWS would show of its last days.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::simulator::World;

/// The account whose identity the environment has.
pub(crate) const HOME: &str = "111122223333";
/// Another one, entered by a role.
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const EAST: &str = "us-east-1";
pub(crate) const WEST: &str = "us-west-2";
/// Where the trails deliver to.
pub(crate) const BUCKET: &str = "luma-trail";

/// What time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the program asks the machine's clock, and so does what it is tried with"
)]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// Midnight, so many days ago.
pub(crate) fn day(ago: i64) -> DateTime<Utc> {
    let today = now().duration_trunc(TimeDelta::days(1)).unwrap();
    today - TimeDelta::days(ago)
}

fn epoch(at: DateTime<Utc>) -> Value {
    json!(at.timestamp())
}

fn arn(account: &str, region: &str, rest: &str) -> String {
    format!("arn:aws:{rest}")
        .replace("REGION", region)
        .replace("ACCOUNT", account)
}

/// A backup job of the night `ago` days back.
pub(crate) fn job(account: &str, region: &str, ago: i64) -> Value {
    let created = day(ago) + TimeDelta::hours(3);
    json!({
        "AccountId": account,
        "BackupJobId": format!("job-{}", created.format("%m%d")),
        "BackupVaultName": "daily",
        "BackupVaultArn": arn(account, region, "backup:REGION:ACCOUNT:backup-vault:daily"),
        "RecoveryPointArn": point_arn(account, region, ago),
        "ResourceArn": arn(account, region, "rds:REGION:ACCOUNT:db:patients"),
        "ResourceType": "RDS",
        "CreationDate": epoch(created),
        "CompletionDate": epoch(created + TimeDelta::minutes(20)),
        "State": "COMPLETED",
        "MessageCategory": "SUCCESS",
        "IsEncrypted": true,
        "CreatedBy": {"BackupPlanId": "plan-1", "BackupRuleId": "rule-1"},
    })
}

/// Jobs of each kind that were begun so many days ago and still run, by the call that lists them.
pub(crate) fn running(account: &str, region: &str, ago: i64) -> [(&'static str, Value); 3] {
    let mut backup = job(account, region, ago);
    backup["BackupJobId"] = json!("long-backup");
    backup["State"] = json!("RUNNING");
    for member in ["CompletionDate", "RecoveryPointArn", "MessageCategory"] {
        backup.as_object_mut().unwrap().remove(member);
    }
    let created = epoch(day(ago) + TimeDelta::hours(3));
    let vault = arn(account, region, "backup:REGION:ACCOUNT:backup-vault:daily");
    let database = arn(account, region, "rds:REGION:ACCOUNT:db:patients");
    let copy = json!({
        "AccountId": account, "CopyJobId": "long-copy", "SourceBackupVaultArn": vault, "ResourceArn": database,
        "SourceRecoveryPointArn": point_arn(account, region, ago), "CreationDate": created, "State": "RUNNING",
    });
    let restore = json!({
        "AccountId": account, "RestoreJobId": "long-restore", "RecoveryPointArn": point_arn(account, region, ago),
        "SourceResourceArn": database, "CreationDate": created, "Status": "RUNNING",
    });
    [
        ("backup:ListBackupJobs", backup),
        ("backup:ListCopyJobs", copy),
        ("backup:ListRestoreJobs", restore),
    ]
}

fn point_arn(account: &str, region: &str, ago: i64) -> String {
    let name = format!(
        "rds:REGION:ACCOUNT:snapshot:awsbackup:{}",
        day(ago).format("%m%d")
    );
    arn(account, region, &name)
}

fn point(account: &str, region: &str, ago: i64) -> Value {
    let created = day(ago) + TimeDelta::hours(3);
    json!({
        "RecoveryPointArn": point_arn(account, region, ago),
        "BackupVaultName": "daily",
        "BackupVaultArn": arn(account, region, "backup:REGION:ACCOUNT:backup-vault:daily"),
        "ResourceArn": arn(account, region, "rds:REGION:ACCOUNT:db:patients"),
        "ResourceType": "RDS",
        "Status": "COMPLETED",
        "CreationDate": epoch(created),
        "CompletionDate": epoch(created + TimeDelta::minutes(20)),
        "IsEncrypted": true,
        "EncryptionKeyArn": arn(account, region, "kms:REGION:ACCOUNT:key/1234abcd"),
        "CalculatedLifecycle": {"DeleteAt": epoch(created + TimeDelta::days(35))},
        "Lifecycle": {"DeleteAfterDays": 35},
    })
}

/// What a trail delivered to the folder `root` of a bucket on each of the last four days.
pub(crate) fn deliver(world: &mut World, bucket: &str, root: &str, account: &str, region: &str) {
    for ago in 1..=4 {
        for (folder, metadata) in [("CloudTrail-Digest", Some("a1b2")), ("CloudTrail", None)] {
            let (day, at) = (day(ago).format("%Y/%m/%d"), day(ago).format("%Y%m%dT010000Z"));
            let key = format!(
                "{root}/{account}/{folder}/{region}/{day}/{account}_{folder}_{region}_main_{region}_{at}.json.gz"
            );
            let signature = metadata.map(|signature| ("signature".to_owned(), signature.to_owned()));
            let object = (key.clone().into_bytes(), signature.into_iter().collect());
            world.objects.insert((bucket.to_owned(), key), object);
        }
    }
}

/// What a place has: a database that was backed up on each of the last eight nights.
pub(crate) fn furnish(world: &mut World, account: &str, region: &str) {
    for ago in 1..=8 {
        world.row(
            "backup:ListBackupJobs",
            account,
            region,
            job(account, region, ago),
        );
        world.row(
            "backup:ListRecoveryPointsByBackupVault",
            account,
            region,
            point(account, region, ago),
        );
    }
    let vault = json!({
        "BackupVaultName": "daily",
        "BackupVaultArn": arn(account, region, "backup:REGION:ACCOUNT:backup-vault:daily"),
        "CreationDate": epoch(day(400)),
        "EncryptionKeyArn": arn(account, region, "kms:REGION:ACCOUNT:key/1234abcd"),
        "NumberOfRecoveryPoints": 8,
        "Locked": false,
    });
    world.row("backup:ListBackupVaults", account, region, vault);
    let plan = json!({
        "BackupPlanId": "plan-1",
        "BackupPlanArn": arn(account, region, "backup:REGION:ACCOUNT:backup-plan:plan-1"),
        "BackupPlanName": "nightly",
        "VersionId": "v1",
        "CreationDate": epoch(day(400)),
    });
    world.row("backup:ListBackupPlans", account, region, plan.clone());
    world.row("backup:ListBackupPlanVersions", account, region, plan.clone());
    let mut content = plan;
    content["BackupPlan"] = json!({
        "BackupPlanName": "nightly",
        "Rules": [{
            "RuleName": "nightly", "RuleId": "rule-1", "TargetBackupVaultName": "daily",
            "ScheduleExpression": "cron(0 3 * * ? *)", "StartWindowMinutes": 60, "CompletionWindowMinutes": 180,
            "Lifecycle": {"DeleteAfterDays": 35},
        }],
    });
    world.reply("backup:GetBackupPlan", account, region, "plan-1/v1", content);
    let selection = json!({
        "SelectionId": "selection-1", "SelectionName": "databases", "BackupPlanId": "plan-1", "CreationDate": epoch(day(400)),
        "IamRoleArn": arn(account, region, "iam::ACCOUNT:role/service-role/AWSBackupDefaultServiceRole"),
    });
    world.row("backup:ListBackupSelections", account, region, selection.clone());
    let mut chosen = selection;
    chosen["BackupSelection"] = json!({
        "SelectionName": "databases",
        "IamRoleArn": arn(account, region, "iam::ACCOUNT:role/service-role/AWSBackupDefaultServiceRole"),
        "Resources": [arn(account, region, "rds:REGION:ACCOUNT:db:patients")],
    });
    world.reply(
        "backup:GetBackupSelection",
        account,
        region,
        "plan-1/selection-1",
        chosen,
    );
    let key = arn(account, region, "kms:REGION:ACCOUNT:key/1234abcd");
    world.row(
        "kms:ListKeys",
        account,
        region,
        json!({"KeyId": "1234abcd", "KeyArn": key}),
    );
    let state = json!({"KeyMetadata": {
        "KeyId": "1234abcd", "Arn": key, "AWSAccountId": account, "KeyState": "Enabled", "Enabled": true,
        "CreationDate": epoch(day(400)), "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeyUsage": "ENCRYPT_DECRYPT",
    }});
    world.reply("kms:DescribeKey", account, region, "1234abcd", state);
    let database = arn(account, region, "rds:REGION:ACCOUNT:db:patients");
    let plan = json!({
        "RestoreTestingPlanArn": arn(account, region, "backup:REGION:ACCOUNT:restore-testing-plan:monthly"),
        "RestoreTestingPlanName": "monthly", "CreationTime": epoch(day(400)), "ScheduleExpression": "cron(0 5 1 * ? *)",
        "StartWindowHours": 24,
    });
    world.row("backup:ListRestoreTestingPlans", account, region, plan);
    let protected = json!({"ResourceArn": database, "ResourceType": "RDS", "LastBackupTime": epoch(day(1) + TimeDelta::hours(3))});
    world.row(
        "backup:ListProtectedResources",
        account,
        region,
        protected.clone(),
    );
    world.reply(
        "backup:DescribeProtectedResource",
        account,
        region,
        &database,
        protected,
    );
    let resource = json!({"ResourceARN": arn(account, region, "rds:REGION:ACCOUNT:db:patients"), "Tags": []});
    world.row("tag:GetResources", account, region, resource);
    let trail = arn(account, region, "cloudtrail:REGION:ACCOUNT:trail/main");
    world.reply("cloudtrail:DescribeTrails", account, region, "", json!({"trailList": [{
        "Name": "main", "TrailARN": trail, "HomeRegion": region, "S3BucketName": BUCKET, "IsMultiRegionTrail": false,
        "IsOrganizationTrail": false, "LogFileValidationEnabled": true,
    }]}));
    world.reply(
        "cloudtrail:GetTrailStatus",
        account,
        region,
        "",
        json!({"IsLogging": true, "LatestDigestDeliveryTime": epoch(day(0))}),
    );
    deliver(world, BUCKET, "AWSLogs", account, region);
    for name in [EAST, WEST, "af-south-1", "eu-west-1"] {
        let status = if name == "af-south-1" {
            "DISABLED"
        } else {
            "ENABLED_BY_DEFAULT"
        };
        let listed = json!({"RegionName": name, "RegionOptStatus": status});
        let at = ("account:ListRegions", account.to_owned(), "global".to_owned());
        let rows = world.rows.entry(at).or_default();
        if !rows.contains(&listed) {
            rows.push(listed);
        }
    }
    for user in ["scheduled", "operator"] {
        let user = json!({"UserName": user, "Arn": format!("arn:aws:iam::{account}:user/{user}")});
        world.row("iam:GetAccountAuthorizationDetails", account, "global", user);
    }
}

/// The home account in two regions.
pub(crate) fn small() -> World {
    let mut world = World::new();
    furnish(&mut world, HOME, EAST);
    furnish(&mut world, HOME, WEST);
    for known in [HOME, OTHER] {
        world.row(
            "organizations:ListAccounts",
            HOME,
            "global",
            json!({"Id": known, "Status": "ACTIVE"}),
        );
    }
    world
}
