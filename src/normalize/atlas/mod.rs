//! MongoDB Atlas: clusters, snapshots, schedules, restore jobs, events.
//!
//! A snapshot is two records: the attempt to back up, whatever became of it, and, once completed, the recovery point.

mod v1;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::arn::of_account;
use super::aws::trail::objects;
use super::fold::Folded;
use super::pull::Row;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{
    Actor, AtlasPolicyItem, AtlasSchedule, BackupJob, CloudResource, Event, JobState, PointState, Provider,
    RecoveryPoint, RestoreJob, Shards, Trigger,
};
use crate::model::records::protection::CompliancePolicy;
use crate::model::source::SourceKey;
use crate::model::time::Instant;

/// The id by which everything else knows a cluster.
pub(super) fn cluster_id(project: &str, cluster: &str) -> Result<ResourceId, String> {
    format!("atlas:{project}/{cluster}")
        .parse()
        .map_err(|error| format!("{error}"))
}

fn listed_cluster(row: &Row<'_>) -> Result<ResourceId, String> {
    cluster_id(
        row.pull.key.account.as_str(),
        row.part.ok_or("the pull names no cluster")?,
    )
}

/// Every link of the row leads into the pull's project. Rows name their project nowhere else.
fn in_project(links: Option<&Vec<v1::Link>>, key: &SourceKey) -> Result<(), String> {
    for link in links.into_iter().flatten() {
        let project = link
            .href
            .split_once("/groups/")
            .and_then(|(_, rest)| rest.split('/').next());
        project.map_or(Ok(()), |project| {
            of_account("the project of a link", project, key)
        })?;
    }
    Ok(())
}

/// A row of `GET …/clusters`.
pub(super) fn cluster(row: &Row<'_>) -> Result<Observed<CloudResource>, String> {
    let wire: v1::Cluster = row.read()?;
    let key = &row.pull.key;
    wire.group_id
        .as_deref()
        .map_or(Ok(()), |group| of_account("groupId", group, key))?;
    in_project(wire.links.as_ref(), key)?;
    let tags: BTreeMap<_, _> = wire
        .tags
        .into_iter()
        .flatten()
        .map(|tag| (tag.key, tag.value))
        .collect();
    Ok(row.observed(CloudResource {
        id: cluster_id(key.account.as_str(), &wire.name)?,
        account: key.account.clone(),
        region: key.region.clone(),
        tags,
        tag_history: Vec::new(),
        cloud_regions: cloud_regions(wire.replication_specs),
        data_bearing: true,
        created: wire.create_date.map(|at| at.0),
    }))
}

fn cloud_regions(specs: Option<Vec<v1::ReplicationSpec>>) -> BTreeSet<String> {
    let configs = specs.into_iter().flatten();
    let configs = configs.flat_map(|spec| spec.region_configs.unwrap_or_default());
    configs.filter_map(|config| config.region_name).collect()
}

fn snapshot_state(word: &str) -> JobState {
    match word {
        "queued" | "inProgress" => JobState::Unfinished,
        "completed" => JobState::Completed,
        "failed" => JobState::Failed,
        _ => JobState::Unknown,
    }
}

/// A row of `GET …/backup/snapshots`: the attempt, and the recovery point that it made.
pub(super) fn snapshot(
    row: &Row<'_>,
) -> Result<(Observed<BackupJob>, Option<Observed<RecoveryPoint>>), String> {
    let wire: v1::Snapshot = row.read()?;
    let key = &row.pull.key;
    in_project(wire.links.as_ref(), key)?;
    row.in_window("createdAt", wire.created_at.0)?;
    let state = snapshot_state(&wire.status);
    let trigger = match (wire.snapshot_type.as_deref(), wire.frequency_type) {
        (Some("onDemand"), _) => Trigger::OnDemand,
        (Some("scheduled" | "fallback"), Some(by)) => Trigger::Scheduled { by },
        _ => Trigger::Unknown,
    };
    let resource = Some(listed_cluster(row)?);
    let regions = wire.copy_regions.as_ref().filter(|regions| !regions.is_empty());
    let location = wire.cloud_provider.map(|provider| match regions {
        Some(regions) => format!("{provider}, copied to {}", regions.join(", ")),
        None => provider,
    });
    let is_parent = wire.kind.as_deref() == Some("shardedCluster");
    let members = wire.members.into_iter().flatten();
    let shards = Shards {
        snapshots: wire.snapshot_ids.into_iter().flatten().collect(),
        members: members
            .map(|member| (member.id, member.replica_set_name))
            .collect(),
    };
    let job = BackupJob {
        id: wire.id.clone(),
        provider: Provider::Atlas,
        resource: resource.clone(),
        account: key.account.clone(),
        region: key.region.clone(),
        kind: None,
        state,
        message: wire.description,
        created: wire.created_at.0,
        completed: None,
        point: (state == JobState::Completed).then(|| wire.id.clone()),
        location: location.clone(),
        trigger: trigger.clone(),
        bytes: wire.storage_size_bytes,
        is_parent,
        parent: None,
        fallback: wire.snapshot_type.as_deref() == Some("fallback"),
    };
    let point = RecoveryPoint {
        id: wire.id,
        provider: Provider::Atlas,
        resource,
        account: key.account.clone(),
        region: key.region.clone(),
        vault: None,
        location,
        storage_class: None,
        copy_regions: wire.copy_regions,
        state: PointState::Usable,
        created: wire.created_at.0,
        completed: None,
        // Encryption by the provider is no member of a snapshot; a customer's key is.
        encrypted: wire.master_key.is_some().then_some(true),
        key: wire.master_key,
        delete_at: wire.expires_at.map(|at| at.0),
        delete_at_latest_seen: wire.expires_at.map(|at| at.0),
        continuous: false,
        copied_from: None,
        parent: None,
        is_parent,
        shards: is_parent.then_some(shards),
        trigger,
        bytes: wire.storage_size_bytes,
        sightings: Vec::new(),
    };
    Ok((
        row.observed(job),
        (state == JobState::Completed).then(|| row.observed(point)),
    ))
}

/// The reply of `GET …/backup/schedule`.
pub(super) fn schedule(row: &Row<'_>) -> Result<Observed<AtlasSchedule>, String> {
    let wire: v1::Schedule = row.read()?;
    in_project(wire.links.as_ref(), &row.pull.key)?;
    if let (Some(found), Some(asked)) = (wire.cluster_name.as_deref(), row.part)
        && found != asked
    {
        return Err(format!("the schedule is of cluster {found}, not of {asked}"));
    }
    let items = wire.policies.into_iter().flat_map(|policy| policy.policy_items);
    let reference = wire.reference_hour_of_day.zip(wire.reference_minute_of_hour);
    if let Some((hour, minute)) = reference
        && !((0..24).contains(&hour) && (0..60).contains(&minute))
    {
        return Err(format!(
            "the reference time {hour}:{minute} is no time of the day"
        ));
    }
    Ok(row.observed(AtlasSchedule {
        resource: listed_cluster(row)?,
        at: row.received,
        items: items.map(policy_item).collect::<Result<_, _>>()?,
        reference_minute: reference.map(|(hour, minute)| hour * 60 + minute),
    }))
}

/// Months count thirty days and years 365: Atlas names neither more exactly.
fn policy_item(wire: v1::PolicyItem) -> Result<AtlasPolicyItem, String> {
    let unit = match wire.retention_unit.as_str() {
        "days" => 1,
        "weeks" => 7,
        "months" => 30,
        "years" => 365,
        other => return Err(format!("retentionUnit {other:?} is unknown")),
    };
    let days = wire.retention_value.checked_mul(unit).filter(|days| *days > 0);
    Ok(AtlasPolicyItem {
        frequency: wire.frequency_type,
        interval: wire.frequency_interval,
        retention_days: days
            .ok_or_else(|| format!("retentionValue {} is no retention", wire.retention_value))?,
    })
}

/// A row of `GET …/backup/restoreJobs`. Atlas gives no state: it follows from what happened to the job.
pub(super) fn restore(row: &Row<'_>) -> Result<Observed<RestoreJob>, String> {
    let wire: v1::RestoreJob = row.read()?;
    let key = &row.pull.key;
    in_project(wire.links.as_ref(), key)?;
    // Version 2 of the interface leaves the creation out; the id, an ObjectId, begins with it.
    let created = wire
        .created_at
        .map(|at| at.0)
        .or_else(|| object_id_time(&wire.id));
    let created = created.ok_or("neither createdAt nor the id says when it was created")?;
    row.in_window("createdAt", created)?;
    row.past("finishedAt", wire.finished_at.map(|at| at.0))?;
    let state = match (wire.failed, wire.cancelled, wire.finished_at) {
        (Some(true), _, _) => JobState::Failed,
        (_, Some(true), _) => JobState::Aborted,
        (Some(false), Some(false), Some(_)) => JobState::Completed,
        // Without both flags a finished job may as well have failed.
        (_, _, Some(_)) => JobState::Unknown,
        (_, _, None) if wire.expired == Some(true) => JobState::Expired,
        (_, _, None) => JobState::Unfinished,
    };
    let created_resource = wire.target_cluster_name.map(|cluster| {
        let project = wire.target_group_id.unwrap_or_else(|| key.account.to_string());
        format!("atlas:{project}/{cluster}")
    });
    Ok(row.observed(RestoreJob {
        id: wire.id,
        provider: Provider::Atlas,
        point: wire.snapshot_id,
        resource: Some(listed_cluster(row)?),
        created_resource,
        account: key.account.clone(),
        region: key.region.clone(),
        state,
        created,
        completed: wire.finished_at.map(|at| at.0),
        validation: None,
        testing_plan: None,
        delivery: wire.delivery_type,
    }))
}

/// The first four bytes of a BSON ObjectId: when it was made, in seconds.
fn object_id_time(id: &str) -> Option<Instant> {
    let hex = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let seconds = u32::from_str_radix(id.get(..8).filter(|_| hex)?, 16).ok()?;
    Instant::from_timestamp(i64::from(seconds), 0)
}

/// The reply of `GET …/backupCompliancePolicy`. Where a project has no policy, all members are absent, `null` or empty.
pub(super) fn policy(row: &Row<'_>) -> Result<Observed<CompliancePolicy>, String> {
    if says_nothing(row.value) {
        return Ok(row.observed(CompliancePolicy {
            project: row.pull.key.account.clone(),
            at: row.received,
            state: Some(NO_POLICY.to_owned()),
            copy_protection: None,
            items: Vec::new(),
        }));
    }
    let wire: v1::CompliancePolicy = row.read()?;
    of_account("projectId", &wire.project_id, &row.pull.key)?;
    let items = wire.scheduled_policy_items.into_iter().flatten();
    Ok(row.observed(CompliancePolicy {
        project: row.pull.key.account.clone(),
        at: row.received,
        state: wire.state,
        copy_protection: wire.copy_protection_enabled,
        items: items.map(policy_item).collect::<Result<_, _>>()?,
    }))
}

/// The state of a policy that a project does not have; Atlas has no word for it.
const NO_POLICY: &str = "absent";

/// Whether an object has no member that says anything.
fn says_nothing(value: &Value) -> bool {
    let nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    value
        .as_object()
        .is_some_and(|members| members.values().all(nothing))
}

/// A row of `GET …/events`.
pub(super) fn event(row: &Row<'_>) -> Result<Observed<Event>, String> {
    let wire: v1::Event = row.read()?;
    let key = &row.pull.key;
    wire.group_id
        .as_deref()
        .map_or(Ok(()), |group| of_account("groupId", group, key))?;
    row.in_window("created", wire.created.0)?;
    let mut resources = Vec::new();
    if let Some(cluster) = &wire.cluster_name {
        resources.push(cluster_id(key.account.as_str(), cluster)?.to_string());
    }
    objects(None, row.value, &mut resources);
    let about_itself = [Some(&wire.event_type_name), wire.group_id.as_ref()];
    resources.retain(|found| !about_itself.contains(&Some(found)));
    let actor = wire.username.or(wire.public_key);
    Ok(row.observed(Event {
        id: wire.id,
        at: wire.created.0,
        source: "atlas".to_owned(),
        name: wire.event_type_name,
        actor: actor.map_or(Actor::Unknown, |arn| Actor::Identity {
            arn,
            session: None,
            issuer: None,
            mfa: None,
        }),
        source_ip: wire.remote_address,
        resources,
        results: Vec::new(),
        // Atlas tells of no parameters.
        request: None,
        policy: None,
        error: None,
        request_id: None,
        read_only: None,
    }))
}

/// A schedule is a state at a time: what is folded is only its repetition.
impl Folded for AtlasSchedule {
    fn id(&self) -> String {
        format!("{}\n{}", self.resource, self.at)
    }

    fn subject(&self) -> String {
        self.resource.to_string()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}

/// A policy is a state at a time, too.
impl Folded for CompliancePolicy {
    fn id(&self) -> String {
        format!("{}\n{}", self.project, self.at)
    }

    fn subject(&self) -> String {
        self.project.to_string()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
