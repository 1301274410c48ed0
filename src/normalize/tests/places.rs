//! Completeness of a place that takes several pulls: the parts that have to be there, one of them missing at a time.

use super::*;

/// All pulls prove `interval` for `source`; without the pull whose id ends in `end`, they don't, for a reason that says
/// `why`.
#[track_caller]
pub(super) fn needs(pulls: &[Asked], source: Source, interval: Interval, end: &str, why: &str) {
    let whole = normalized(&with_listings_before(pulls));
    proves(&whole, source, interval);
    let rest: Vec<_> = pulls
        .iter()
        .filter(|pull| !pull.receipt.id.as_str().ends_with(end))
        .cloned()
        .collect();
    assert_eq!(rest.len() + 1, pulls.len(), "exactly one pull ends in {end}");
    lacks(&normalized(&with_listings_before(&rest)), source, interval, why);
}

/// The last millisecond before the pull.
fn moment(pull: &Asked) -> Interval {
    let started = pull.receipt.started;
    Interval::new(started - chrono::TimeDelta::milliseconds(1), started).expect("not empty")
}

/// Vaults made on 1 June, a `young` one on 1 July.
fn vaults(day: &str, names: &[&str]) -> Asked {
    let vault = |name: &&str| {
        let made = if *name == "young" {
            1_782_864_000
        } else {
            1_780_272_000
        };
        format!(
            r#"{{"BackupVaultName":"{name}","BackupVaultArn":"arn:aws:backup:us-east-1:111122223333:backup-vault:{name}",
            "CreationDate":{made},"Locked":false}}"#
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
    let none = [vaults("07-06", &[])];
    proves(&normalized(&with_listings_before(&none)), source, reach);
    // Nobody saw the vaults before the first list of them.
    lacks(&normalized(&none), source, reach, "no complete pull");
    proves(&normalized(&none), source, moment(&none[0]));
    let mut strayed = pulls.clone();
    strayed[2] = strayed[2]
        .clone()
        .page("BackupVaultName=critical", r#"{"RecoveryPoints":[]}"#);
    lacks(
        &normalized(&strayed),
        source,
        reach,
        "BackupVaultName=\"critical\" may narrow",
    );
    lacks(
        &normalized(&pulls),
        source,
        span("06-28T04:00", "06-28T06:00"),
        "no complete listing before it",
    );
}

#[test]
fn a_vault_made_within_the_reach_of_its_first_listing_was_empty_then() {
    let before = [vaults("06-29", &[])];
    let with = |vault: &str| {
        [
            &before[..],
            &[vaults("07-06", &[vault]), points("07-06", vault, "")],
        ]
        .concat()
    };
    let since_then = span("06-29T05:01", "07-06T05:00");
    proves(&normalized(&with("young")), Source::AwsRecoveryPoints, since_then);
    lacks(
        &normalized(&with("old")),
        Source::AwsRecoveryPoints,
        since_then,
        "no complete listing before it",
    );
}

#[test]
fn a_vault_that_is_gone_is_needed_until_it_was_last_seen() {
    let mut pulls = vec![
        vaults("07-06", &["critical", "young"]),
        points("07-06", "critical", ""),
        points("07-06", "young", ""),
        vaults("07-13", &["critical"]),
        points("07-13", "critical", ""),
    ];
    pulls.extend([vaults("06-29", &["critical"]), points("06-29", "critical", "")]);
    proves(
        &normalized(&pulls),
        Source::AwsRecoveryPoints,
        span("06-29T05:01", "07-13T05:00"),
    );
    let last_missing = normalized(&[&pulls[..4], &pulls[5..]].concat());
    let week = span("07-06T06:00", "07-13T04:00");
    lacks(
        &last_missing,
        Source::AwsRecoveryPoints,
        week,
        "no complete pull of arn:aws:backup:us-east-1:111122223333:backup-vault:critical",
    );
    pulls.remove(2);
    let records = normalized(&pulls);
    lacks(
        &records,
        Source::AwsRecoveryPoints,
        span("07-05T06:00", "07-06T04:00"),
        "backup-vault:young",
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
        vaults("06-30", &["critical"]),
        points("06-30", "critical", ""),
        vaults("07-07", &["critical"]),
        points("07-07", "critical", ""),
        refused,
    ];
    let records = normalized(&pulls);
    lacks(
        &records,
        Source::AwsRecoveryPoints,
        span("07-05T05:00", "07-06T05:00"),
        "/old: it failed",
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
fn a_state_that_was_read_twice_at_one_time_is_disputed_by_the_name_of_its_thing() {
    let mut second = key_state("07-06", "k-1", "Disabled");
    second.receipt.id = "again".parse().expect("an id");
    let records = normalized(&[key_state("07-06", "k-1", "Enabled"), second]);
    let disputed: Vec<_> = records
        .conflicts
        .iter()
        .map(|conflict| (conflict.source, conflict.id.as_str()))
        .collect();
    let arn = "arn:aws:kms:us-east-1:111122223333:key/k-1";
    assert_eq!(disputed, [(Source::KmsKeys, arn)]);
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
    lacks(
        &normalized(&with_listings_before(&stale)),
        Source::KmsKeys,
        reach,
        "k-2",
    );
    lacks(
        &normalized(&pulls),
        Source::KmsKeys,
        reach,
        "no complete listing before it",
    );
    let mut earlier = pulls.clone();
    earlier[1].receipt.started = at("2026-07-06T04:00:00Z");
    lacks(
        &normalized(&with_listings_before(&earlier)),
        Source::KmsKeys,
        reach,
        "no complete pull",
    );
    proves(
        &normalized(&with_listings_before(&earlier)),
        Source::KmsKeys,
        span("06-28T05:01", "07-06T04:00"),
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

#[test]
fn a_listing_speaks_since_the_one_before_it() {
    let listing = |day: &str| {
        Asked::on(day, "", Source::CloudResourceListing, "tag:GetResources", "")
            .page("", r#"{"ResourceTagMappingList":[],"PaginationToken":""}"#)
    };
    let (source, after) = (Source::CloudResourceListing, span("07-04T05:01", "07-06T05:00"));
    lacks(
        &normalized(&[listing("07-06")]),
        source,
        after,
        "no complete listing before it",
    );
    proves(
        &normalized(&[listing("07-06")]),
        source,
        moment(&listing("07-06")),
    );
    let two = [listing("07-06"), listing("07-04")];
    proves(&normalized(&two), source, after);
    lacks(
        &normalized(&two),
        source,
        span("07-04T04:00", "07-04T05:00"),
        "before it",
    );
    let far = normalized(&[listing("07-06"), listing("06-20")]);
    proves(&far, source, span("06-28T05:01", "07-06T05:00"));
    lacks(
        &far,
        source,
        span("06-21T05:00", "07-06T05:00"),
        "no complete pull covers it",
    );
}

#[test]
fn a_vault_was_empty_when_it_was_made() {
    let made = |days: u64| {
        let created = at("2026-07-06T05:00:01Z") - chrono::Days::new(days);
        let mut list = vaults("07-06", &["new"]);
        let body = String::from_utf8(list.bodies[0].clone()).expect("text");
        let body = body.replace("1780272000", &created.timestamp().to_string());
        list.bodies[0] = body.into_bytes();
        let pulls = [vaults("06-28", &[]), list, points("07-06", "new", "")];
        normalized(&pulls)
    };
    let reach = span("06-28T05:01", "07-06T05:00");
    proves(&made(3), Source::AwsRecoveryPoints, reach);
    lacks(
        &made(9),
        Source::AwsRecoveryPoints,
        span("06-27T05:01", "07-06T05:00"),
        "no complete pull",
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
    let sources = ["backup", "cloudtrail", "dynamodb", "ec2", "kms", "ram", "rds"]
        .map(|name| format!("{name}.amazonaws.com"));
    let pulls = sources.clone().map(|source| lookup(&source));
    for source in &sources {
        let why = format!("no complete pull of {source}");
        needs(
            &pulls,
            Source::Cloudtrail,
            span("06-28T05:00", "07-06T04:45"),
            source,
            &why,
        );
    }
    lacks(
        &normalized(&pulls),
        Source::Cloudtrail,
        span("07-06T04:44", "07-06T04:46"),
        "the service no longer, or not yet, knew of this time",
    );
}
