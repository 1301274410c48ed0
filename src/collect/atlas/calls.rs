//! What is asked of a project, call by call, in the forms that the recording knows (`docs/spec/recording.md`, *Sources*).

use std::collections::BTreeMap;

use serde_json::Value;

use super::project::{CLUSTER, Project, Resource};
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::collect::question::Question;
use crate::collect::window;
use crate::model::source::Source;
use crate::model::time::Interval;

/// The form of backups and events.
const V2023_01: &str = "2023-01-01";
/// The form of compliance policies.
const V2023_10: &str = "2023-10-01";
/// The form of clusters and schedules.
const V2024_08: &str = "2024-08-05";
const EVENTS: &str = "atlas:listEvents";

/// How the snapshots of a cluster are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ReplicaSet,
    Sharded,
}

/// The clusters; with them, how each keeps snapshots, and which it has.
///
/// What a snapshot's list can speak for follows from the schedule of the same run, and which list a cluster's snapshots
/// stand in from the list of clusters: the three are asked for together.
pub(super) async fn clusters(project: &Project<'_, '_>) -> Result<(), CollectError> {
    let listed = project.list(&cluster_list(), kind).await?;
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

/// All clusters of a project.
pub(super) fn cluster_list() -> Resource {
    let question = Question::new(Source::CloudResourceListing, "atlas:listClusters");
    Resource::new(question, V2024_08, &["clusters"]).paged()
}

/// A cluster's name, and how its snapshots are listed.
pub(super) fn kind(row: &Value) -> Option<(String, Result<Kind, Failure>)> {
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
    project.reply(&schedule_of(cluster)).await
}

/// When a cluster is backed up.
pub(super) fn schedule_of(cluster: &str) -> Resource {
    let question = of_cluster(Source::AtlasBackupSchedule, "atlas:getBackupSchedule", cluster);
    Resource::new(question, V2024_08, &["clusters", cluster, "backup", "schedule"])
}

async fn snapshots(
    project: &Project<'_, '_>,
    cluster: &str,
    kind: Result<Kind, Failure>,
) -> Result<(), CollectError> {
    match kind {
        Ok(kind) => project
            .list(&snapshots_of(cluster, kind), nothing)
            .await
            .map(drop),
        Err(failure) => project.unasked(&snapshots_of(cluster, Kind::ReplicaSet), failure),
    }
}

/// The snapshots of a cluster. Those of a sharded one stand in a list of their own, which has one page.
pub(super) fn snapshots_of(cluster: &str, kind: Kind) -> Resource {
    let path = ["clusters", cluster, "backup", "snapshots", "shardedClusters"];
    let of = |operation, path: &[&str]| {
        Resource::new(
            of_cluster(Source::AtlasSnapshots, operation, cluster),
            V2023_01,
            path,
        )
    };
    match kind {
        Kind::ReplicaSet => of("atlas:listSnapshots", &path[..4]).paged(),
        Kind::Sharded => of("atlas:listShardedClusterSnapshots", &path),
    }
}

/// The restore jobs of each cluster, as far back as Atlas has them.
pub(super) async fn restore_jobs(project: &Project<'_, '_>) -> Result<(), CollectError> {
    for cluster in &project.project.clusters {
        project.list(&restore_jobs_of(cluster), nothing).await?;
    }
    Ok(())
}

/// The restore jobs of a cluster.
pub(super) fn restore_jobs_of(cluster: &str) -> Resource {
    let question = of_cluster(Source::AtlasRestoreJobs, "atlas:listRestoreJobs", cluster);
    Resource::new(
        question,
        V2023_01,
        &["clusters", cluster, "backup", "restoreJobs"],
    )
    .paged()
}

/// The project's backup compliance policy; an empty reply where there is none.
pub(super) async fn compliance_policy(project: &Project<'_, '_>) -> Result<(), CollectError> {
    project.reply(&compliance_policy_itself()).await
}

/// The compliance policy as a resource.
pub(super) fn compliance_policy_itself() -> Resource {
    let question = Question::new(Source::AtlasCompliancePolicy, "atlas:getBackupCompliancePolicy");
    Resource::new(question, V2023_10, &["backupCompliancePolicy"])
}

/// What happened in the project.
pub(super) async fn events(project: &Project<'_, '_>) -> Result<(), CollectError> {
    let key = project.key(Source::AtlasEvents);
    let window = window::lacking(project.sink, key, EVENTS, "")?;
    project.list(&events_in(window), nothing).await.map(drop)
}

/// The events in a window.
pub(super) fn events_in(window: Interval) -> Resource {
    let question = Question::new(Source::AtlasEvents, EVENTS).between("minDate", "maxDate", window);
    Resource::new(question, V2023_01, &["events"]).paged()
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
