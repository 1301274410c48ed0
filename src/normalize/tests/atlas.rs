//! Atlas: how far back a listing speaks, and what snapshots and restore jobs become.

use super::*;
use crate::model::records::backups::{JobState, Trigger};

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
    let normalized = |pulls: &[Asked]| {
        let before = [snapshots("06-20", "", 0), snapshots("06-28", "", 0)];
        super::normalized(&[pulls, &before].concat())
    };
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
    let pulls = with_listings_before(&[snapshots("07-06", "", 0), schedule("07-06", 14, "days")]);
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

#[test]
fn a_snapshot_of_a_sharded_cluster_names_its_shards() {
    let row = |rest: &str| {
        format!(
            r#"{{"id":"s1","createdAt":"2026-07-01T02:00:11Z","status":"completed","snapshotType":"scheduled",
            "frequencyType":"daily",{rest}}}"#
        )
    };
    let members = |second: &str| {
        format!(
            r#""type":"shardedCluster","snapshotIds":["a","b"],
            "members":[{{"cloudProvider":"AWS","id":"a","replicaSetName":"shard-0"}},{{"id":"b"{second}}}]"#
        )
    };
    let read = |rest: &str| normalized(&[snapshots("07-06", &row(rest), 1)]);
    let whole = read(&members(r#","replicaSetName":"shard-1""#));
    let shards = whole.points[0].value.shards.clone().expect("its shards");
    assert_eq!(shards.snapshots, ["a", "b"].map(str::to_owned).into());
    let named = [("a", Some("shard-0")), ("b", Some("shard-1"))];
    let named = named.map(|(id, name)| (id.to_owned(), name.map(str::to_owned)));
    assert_eq!(shards.members, named.into());
    assert!(whole.jobs[0].value.is_parent && whole.points[0].value.is_parent);
    // What is not said stays unsaid.
    let nameless = read(&members(""));
    let shards = nameless.points[0].value.shards.clone().expect("its shards");
    assert_eq!(shards.members["b"], None);
    let silent = read(r#""type":"shardedCluster""#);
    let shards = silent.points[0]
        .value
        .shards
        .clone()
        .expect("of a sharded cluster");
    assert!(shards.snapshots.is_empty() && shards.members.is_empty());
    // A replica set has no shards, whatever the row lists.
    let plain = read(&members("").replace("shardedCluster", "replicaSet"));
    assert_eq!(plain.points[0].value.shards, None);
    assert!(!plain.jobs[0].value.is_parent);
    // Two answers that name other shards contradict each other.
    let other = members(r#","replicaSetName":"shard-1""#);
    let conflict = normalized(&[
        snapshots("07-07", &row(&other.replace(r#"["a","b"]"#, r#"["a"]"#)), 1),
        snapshots("07-06", &row(&other), 1),
    ]);
    assert!(
        conflict
            .conflicts
            .iter()
            .any(|one| one.difference.contains("the shards")),
        "{:?}",
        conflict.conflicts
    );
}

#[test]
fn what_was_struck_out_of_an_answer_was_no_part_of_the_question() {
    let restores = |words: &str| {
        let row = r#"{"id":"6a478820f0f0f0f0f0f0f0f0","deliveryType":"download","deliveryUrl":["redacted, SHA-256 00"]}"#;
        let pull = Asked::on(
            "07-06",
            "/patients",
            Source::AtlasRestoreJobs,
            "atlas:listRestoreJobs",
            "clusterName=patients",
        );
        normalized(&[pull.page(words, &format!(r#"{{"results":[{row}],"totalCount":1}}"#))])
    };
    let records = restores("redacted=00 redacted/results/0/deliveryUrl/0=00");
    assert!(records.pulls[0].whole);
    assert_eq!(records.restores[0].value.delivery.as_deref(), Some("download"));
    assert!(
        !restores("redactedBy=00").pulls[0].whole,
        "another parameter may narrow the list"
    );
}
