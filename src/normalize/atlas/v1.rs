//! The wire shapes of the Atlas Administration API v2: the members that matter. Members not listed are not looked at.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::model::time::Instant;
use crate::normalize::instant::plausible;

/// An RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rfc3339(pub(super) Instant);

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = text.parse().ok().and_then(plausible);
        at.map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is not an instant")))
    }
}

/// A link of a row: its path names the project and the cluster.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) group_id: Option<String>,
    pub(super) create_date: Option<Rfc3339>,
    pub(super) replication_specs: Option<Vec<ReplicationSpec>>,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) links: Option<Vec<Link>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplicationSpec {
    pub(super) region_configs: Option<Vec<RegionConfig>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegionConfig {
    pub(super) region_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) snapshot_type: Option<String>,
    pub(super) frequency_type: Option<String>,
    pub(super) created_at: Rfc3339,
    pub(super) expires_at: Option<Rfc3339>,
    pub(super) description: Option<String>,
    pub(super) cloud_provider: Option<String>,
    pub(super) copy_regions: Option<Vec<String>>,
    #[serde(rename = "masterKeyUUID")]
    pub(super) master_key: Option<String>,
    pub(super) storage_size_bytes: Option<i64>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) snapshot_ids: Option<Vec<String>>,
    pub(super) members: Option<Vec<Member>>,
    pub(super) links: Option<Vec<Link>>,
}

/// A shard of a sharded cluster's snapshot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) replica_set_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    pub(super) cluster_name: Option<String>,
    pub(super) reference_hour_of_day: Option<i64>,
    pub(super) reference_minute_of_hour: Option<i64>,
    pub(super) policies: Vec<Policy>,
    pub(super) links: Option<Vec<Link>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    pub(super) policy_items: Vec<PolicyItem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyItem {
    pub(super) frequency_type: String,
    pub(super) frequency_interval: i64,
    pub(super) retention_unit: String,
    pub(super) retention_value: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RestoreJob {
    pub(super) id: String,
    pub(super) snapshot_id: Option<String>,
    pub(super) delivery_type: Option<String>,
    pub(super) created_at: Option<Rfc3339>,
    pub(super) finished_at: Option<Rfc3339>,
    pub(super) failed: Option<bool>,
    pub(super) cancelled: Option<bool>,
    pub(super) expired: Option<bool>,
    pub(super) target_cluster_name: Option<String>,
    pub(super) target_group_id: Option<String>,
    pub(super) links: Option<Vec<Link>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompliancePolicy {
    pub(super) project_id: String,
    pub(super) state: Option<String>,
    pub(super) copy_protection_enabled: Option<bool>,
    pub(super) scheduled_policy_items: Option<Vec<PolicyItem>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) created: Rfc3339,
    pub(super) event_type_name: String,
    pub(super) group_id: Option<String>,
    pub(super) cluster_name: Option<String>,
    pub(super) username: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) remote_address: Option<String>,
}
