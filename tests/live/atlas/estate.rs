//! A small estate, alive in the simulator: what Atlas would show of its last days.

use backproof::model::estate::{AtlasProject, Estate};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::simulator::State;
use crate::estate::day;

/// The project that most tests look at.
pub(crate) const HOME: &str = "64b7f0c2a9d1e35c8a4f2b10";
/// Another one.
pub(crate) const OTHER: &str = "6512a4e07c3b9d18f05e6a77";
/// Its clusters: a replica set and a sharded one.
pub(crate) const CLUSTERS: [&str; 2] = ["patients", "scheduling"];
/// Where a snapshot could be downloaded: nobody may keep this.
pub(crate) const DELIVERY: &str = "https://files.example.net/canary-delivery?X-Amz-Signature=0a1b2c";

fn zulu(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An ObjectId begins with the seconds at which it was made.
fn object_id(at: DateTime<Utc>, n: u64) -> String {
    format!("{:08x}{n:016x}", at.timestamp())
}

pub(crate) fn path(project: &str, rest: &str) -> String {
    format!("{project}/{rest}")
}

/// The path of something of a cluster's backups.
pub(crate) fn backup(project: &str, cluster: &str, what: &str) -> String {
    format!("{project}/clusters/{cluster}/backup/{what}")
}

/// The snapshot of the night `ago` days back.
pub(crate) fn snapshot(project: &str, cluster: &str, ago: i64) -> Value {
    let created = day(ago) + TimeDelta::hours(2);
    let n = u64::from(cluster == CLUSTERS[1]);
    let id = object_id(created, n);
    let href = format!(
        "https://cloud.mongodb.com/api/atlas/v2/groups/{project}/clusters/{cluster}/backup/snapshots/{id}"
    );
    let mut row = json!({
        "id": id,
        "cloudProvider": "AWS",
        "copyRegions": ["US_WEST_2"],
        "createdAt": zulu(created),
        "expiresAt": zulu(created + TimeDelta::days(35)),
        "frequencyType": "daily",
        "snapshotType": "scheduled",
        "status": "completed",
        "storageSizeBytes": 1_000_000 + ago,
        "type": "replicaSet",
        "links": [{"href": href, "rel": "self"}],
    });
    if n == 1 {
        row["type"] = json!("shardedCluster");
        row["snapshotIds"] = json!([object_id(created, 2)]);
        row["members"] =
            json!([{"cloudProvider": "AWS", "id": object_id(created, 2), "replicaSetName": "shard-0"}]);
    }
    row
}

/// An event of `ago` days back.
pub(crate) fn event(project: &str, cluster: &str, ago: i64, kind: &str) -> Value {
    let created = day(ago) + TimeDelta::hours(2) + TimeDelta::minutes(18);
    json!({
        "id": object_id(created, kind.len() as u64 * 10 + u64::from(cluster == CLUSTERS[1])),
        "created": zulu(created),
        "eventTypeName": kind,
        "groupId": project,
        "clusterName": cluster,
        "links": [],
    })
}

fn restore_jobs(cluster: &str, project: &str) -> Vec<Value> {
    let taken = snapshot(project, cluster, 2);
    let job = |hour: i64, kind: &str| {
        let created = day(1) + TimeDelta::hours(hour);
        json!({
            "id": object_id(created, 7 + cluster.len() as u64),
            "snapshotId": taken["id"],
            "deliveryType": kind,
            "timestamp": taken["createdAt"],
            "finishedAt": zulu(created + TimeDelta::minutes(40)),
            "cancelled": false, "expired": false, "failed": false,
            "links": [],
        })
    };
    let mut restored = job(9, "automated");
    restored["targetClusterName"] = json!(format!("{cluster}-restore"));
    restored["targetGroupId"] = json!(project);
    let mut downloaded = job(10, "download");
    downloaded["deliveryUrl"] = json!([DELIVERY]);
    downloaded["components"] = json!([{"downloadUrl": format!("{DELIVERY}-1"), "replicaSetName": "shard-0"}]);
    downloaded["privateDownloadDeliveryUrls"] =
        json!([{"deliveryUrl": format!("{DELIVERY}-2"), "endpointId": "vpce-1"}]);
    vec![downloaded, restored]
}

/// What a project has: two clusters, with a snapshot of each of the last eight nights.
pub(crate) fn furnish(state: &mut State, project: &str) {
    let cluster_row = |cluster: &str| {
        let kind = if cluster == CLUSTERS[1] {
            "SHARDED"
        } else {
            "REPLICASET"
        };
        json!({
            "id": object_id(day(400), kind.len() as u64),
            "name": cluster,
            "groupId": project,
            "clusterType": kind,
            "createDate": zulu(day(400)),
            "connectionStrings": {"standardSrv": format!("mongodb+srv://{cluster}.example.net")},
            "replicationSpecs": [{"regionConfigs": [{"providerName": "AWS", "regionName": "US_EAST_1"}]}],
            "tags": [{"key": "ephi", "value": "stores"}],
            "links": [],
        })
    };
    state
        .lists
        .insert(path(project, "clusters"), CLUSTERS.map(cluster_row).to_vec());
    let mut events = Vec::new();
    for cluster in CLUSTERS {
        let list = if cluster == CLUSTERS[1] {
            "snapshots/shardedClusters"
        } else {
            "snapshots"
        };
        let nights = (1..=8).map(|ago| snapshot(project, cluster, ago));
        state
            .lists
            .insert(backup(project, cluster, list), nights.collect());
        state.lists.insert(
            backup(project, cluster, "restoreJobs"),
            restore_jobs(cluster, project),
        );
        let schedule = json!({
            "clusterName": cluster,
            "policies": [{"id": "p", "policyItems": [{
                "id": "i", "frequencyInterval": 1, "frequencyType": "daily", "retentionUnit": "days", "retentionValue": 35,
            }]}],
            "referenceHourOfDay": 2, "referenceMinuteOfHour": 0,
            "links": [],
        });
        state
            .replies
            .insert(backup(project, cluster, "schedule"), schedule);
        events.extend((1..=8).map(|ago| event(project, cluster, ago, "CPS_SNAPSHOT_SUCCESSFUL")));
    }
    // Too long ago for any window of a first run.
    events.push(event(project, CLUSTERS[0], 200, "CPS_SNAPSHOT_SUCCESSFUL"));
    state.lists.insert(path(project, "events"), events);
    let policy = json!({
        "projectId": project, "state": "ACTIVE", "copyProtectionEnabled": true,
        "scheduledPolicyItems": [{
            "id": "i", "frequencyInterval": 1, "frequencyType": "daily", "retentionUnit": "days", "retentionValue": 35,
        }],
    });
    state
        .replies
        .insert(path(project, "backupCompliancePolicy"), policy);
}

/// Both projects.
pub(crate) fn small() -> State {
    let mut state = State::new();
    furnish(&mut state, HOME);
    furnish(&mut state, OTHER);
    state
}

/// The estate as normalize knows it.
pub(crate) fn estate(projects: &[&str]) -> Estate {
    let project = |id: &&str| AtlasProject {
        project: id.parse().unwrap(),
        name: format!("p{id}"),
        clusters: CLUSTERS.map(str::to_owned).into(),
    };
    Estate {
        atlas: projects.iter().map(project).collect(),
        ..Estate::default()
    }
}
