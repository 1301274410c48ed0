//! What is asked of a project, call by call, in the forms that the recording knows (`docs/spec/recording.md`, *Sources*).

use std::collections::BTreeMap;

use serde_json::Value;

use super::project::{CLUSTER, Project, Resource};
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::collect::question::Question;
use crate::collect::window;
use crate::model::source::Source;

/// The form of backups and events.
const V2023_01: &str = "2023-01-01";
/// The form of compliance policies.
const V2023_10: &str = "2023-10-01";
/// The form of clusters and schedules.
const V2024_08: &str = "2024-08-05";
const EVENTS: &str = "atlas:listEvents";

/// How the snapshots of a cluster are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ReplicaSet,
    Sharded,
}

/// The clusters; with them, how each keeps snapshots, and which it has.
///
/// What a snapshot's list can speak for follows from the schedule of the same run, and which list a cluster's snapshots
/// stand in from the list of clusters: the three are asked for together.
pub(super) async fn clusters(project: &Project<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::CloudResourceListing, "atlas:listClusters");
    let resource = Resource::new(question, V2024_08, &["clusters"]).paged();
    let listed = project.list(&resource, kind).await?;
    let taken = |source| project.sink.narrowed().takes(&project.key(source));
    if !taken(Source::AtlasBackupSchedule) && !taken(Source::AtlasSnapshots) {
        return Ok(());
    }
    let kinds = listed.map(BTreeMap::from_iter);
    for cluster in &project.project.clusters {
        schedule(project, cluster).await?;
        let kind = match &kinds {
            None => Err(Failure::new(
                "NotListed",
                "the clusters of the project could not be listed",
            )),
            Some(kinds) => kinds.get(cluster).cloned().unwrap_or_else(|| {
                let message =
                    "the project lists no cluster of this name: correct `clusters` of [[estate.atlas]]";
                Err(Failure::new("NoSuchCluster", message))
            }),
        };
        snapshots(project, cluster, kind).await?;
    }
    Ok(())
}

/// A cluster's name, and how its snapshots are listed.
fn kind(row: &Value) -> Option<(String, Result<Kind, Failure>)> {
    let text = |member: &str| row.get(member).and_then(Value::as_str);
    let kind = match text("clusterType") {
        Some("REPLICASET") => Ok(Kind::ReplicaSet),
        Some("SHARDED" | "GEOSHARDED") => Ok(Kind::Sharded),
        other => {
            let message = format!("the cluster is of the type {other:?}, which is unknown");
            Err(Failure::new("UnknownClusterType", message))
        }
    };
    text("name").map(|name| (name.to_owned(), kind))
}

async fn schedule(project: &Project<'_, '_>, cluster: &str) -> Result<(), CollectError> {
    let question = of_cluster(Source::AtlasBackupSchedule, "atlas:getBackupSchedule", cluster);
    let path = ["clusters", cluster, "backup", "schedule"];
    project.reply(&Resource::new(question, V2024_08, &path)).await
}

/// A sharded cluster's snapshots stand in a list of their own, which has one page.
async fn snapshots(
    project: &Project<'_, '_>,
    cluster: &str,
    kind: Result<Kind, Failure>,
) -> Result<(), CollectError> {
    let path = ["clusters", cluster, "backup", "snapshots", "shardedClusters"];
    let of = |operation, path: &[&str]| {
        Resource::new(
            of_cluster(Source::AtlasSnapshots, operation, cluster),
            V2023_01,
            path,
        )
    };
    let list = || of("atlas:listSnapshots", &path[..4]).paged();
    match kind {
        Ok(Kind::ReplicaSet) => project.list(&list(), nothing).await.map(drop),
        Ok(Kind::Sharded) => {
            let list = of("atlas:listShardedClusterSnapshots", &path);
            project.list(&list, nothing).await.map(drop)
        }
        Err(failure) => project.unasked(&list(), failure),
    }
}

/// The restore jobs of each cluster, as far back as Atlas has them.
pub(super) async fn restore_jobs(project: &Project<'_, '_>) -> Result<(), CollectError> {
    for cluster in &project.project.clusters {
        let question = of_cluster(Source::AtlasRestoreJobs, "atlas:listRestoreJobs", cluster);
        let path = ["clusters", cluster, "backup", "restoreJobs"];
        let list = Resource::new(question, V2023_01, &path).paged();
        project.list(&list, nothing).await?;
    }
    Ok(())
}

/// The project's backup compliance policy; an empty reply where there is none.
pub(super) async fn compliance_policy(project: &Project<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::AtlasCompliancePolicy, "atlas:getBackupCompliancePolicy");
    project
        .reply(&Resource::new(question, V2023_10, &["backupCompliancePolicy"]))
        .await
}

/// What happened in the project.
pub(super) async fn events(project: &Project<'_, '_>) -> Result<(), CollectError> {
    let key = project.key(Source::AtlasEvents);
    let window = window::lacking(project.sink, key, EVENTS, "")?;
    let question = Question::new(Source::AtlasEvents, EVENTS).between("minDate", "maxDate", window);
    let list = Resource::new(question, V2023_01, &["events"]).paged();
    project.list(&list, nothing).await.map(drop)
}

/// Nothing that a row says decides what is asked next.
fn nothing(_: &Value) -> Option<()> {
    None
}

fn of_cluster(source: Source, operation: &'static str, cluster: &str) -> Question {
    Question::new(source, operation)
        .part(cluster)
        .with(CLUSTER, cluster)
}
