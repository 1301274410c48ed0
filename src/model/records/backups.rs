//! Backups, what protects them, and what happened to them.

use std::collections::{BTreeMap, BTreeSet};

pub use super::events::{Actor, Event};
use crate::model::ids::{Account, AcquisitionId, Region, ResourceId};
use crate::model::time::Instant;

/// Where data comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// MongoDB Atlas.
    Atlas,
}

/// A resource by a listing that does not depend on the backup tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudResource {
    /// ARN, or `atlas:<project>/<cluster>`.
    pub id: ResourceId,
    /// Account or project.
    pub account: Account,
    /// Region.
    pub region: Region,
    /// Tags, sorted by key.
    pub tags: BTreeMap<String, String>,
    /// Each complete listing in which it stood, in order, with its tags then.
    pub tag_history: Vec<(Instant, BTreeMap<String, String>)>,
    /// Whether its kind can hold data (database, volume, file system, table, bucket, instance, cluster).
    pub data_bearing: bool,
    /// The cloud regions that an Atlas cluster runs in, as Atlas writes them; empty where the listing does not say.
    pub cloud_regions: BTreeSet<String>,
    /// When it was created, where the listing says so.
    pub created: Option<Instant>,
}

/// One version of a backup plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanVersion {
    /// The plan's id.
    pub plan: String,
    /// The plan's name.
    pub name: String,
    /// The version's id.
    pub version: String,
    /// In force from (the version's creation).
    pub from: Instant,
    /// In force until: the next version's creation, or the plan's deletion.
    pub until: Option<Instant>,
    /// The rules; `None` where this version's content was not collected.
    pub rules: Option<Vec<PlanRule>>,
}

/// One rule of a plan version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRule {
    /// The rule's id.
    pub id: String,
    /// The rule's name.
    pub name: String,
    /// Cron or rate expression as written.
    pub schedule: Option<String>,
    /// IANA time zone of the expression.
    pub time_zone: Option<String>,
    /// Minutes after the scheduled time within which the job must start.
    pub start_window_minutes: Option<i64>,
    /// Minutes within which it must complete.
    pub completion_window_minutes: Option<i64>,
    /// Days after which recovery points are deleted.
    pub delete_after_days: Option<i64>,
    /// Whether the rule makes continuous backups.
    pub continuous: bool,
    /// Destination vaults of copy actions.
    pub copy_to: Vec<String>,
}

/// What a plan selects, from when until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The selection's id.
    pub id: String,
    /// The plan's id.
    pub plan: String,
    /// Account of the plan.
    pub account: Account,
    /// Region of the plan.
    pub region: Region,
    /// Created.
    pub from: Instant,
    /// Last listing that still had it, when a later complete listing has it no more.
    pub gone_after: Option<Instant>,
    /// The first complete listing after that, which has it no more.
    pub absent_from: Option<Instant>,
    /// ARNs, `*` allowed as AWS allows it.
    pub resources: Vec<String>,
    /// Excluded ARNs.
    pub not_resources: Vec<String>,
    /// `ListOfTags`: any one of key = value selects.
    pub tags: Vec<(String, String)>,
    /// `Conditions`: all must hold.
    pub conditions: Vec<TagCondition>,
}

/// A condition on a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCondition {
    /// How the value is compared.
    pub operator: TagOperator,
    /// Tag key without the `aws:ResourceTag/` prefix.
    pub key: String,
    /// Value; `*` allowed with `Like` and `NotLike`.
    pub value: String,
}

/// The four operators of AWS Backup's conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagOperator {
    /// `StringEquals`.
    Equals,
    /// `StringNotEquals`.
    NotEquals,
    /// `StringLike`.
    Like,
    /// `StringNotLike`.
    NotLike,
}

/// An Atlas cluster's backup schedule as it was at one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtlasSchedule {
    /// `atlas:<project>/<cluster>`.
    pub resource: ResourceId,
    /// When the listing was taken.
    pub at: Instant,
    /// Policy items: frequency type (`hourly`, `daily`, …), interval, retention in days.
    pub items: Vec<AtlasPolicyItem>,
    /// The minute of the day, UTC, at which snapshots are taken; `None` where the reply does not say.
    pub reference_minute: Option<i64>,
}

/// One policy item of an Atlas schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtlasPolicyItem {
    /// `hourly`, `daily`, `weekly`, `monthly`, `yearly`.
    pub frequency: String,
    /// Every how many.
    pub interval: i64,
    /// Kept for so many days.
    pub retention_days: i64,
}

/// How an attempt to back up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// Created, pending, queued, running, aborting: not final.
    Unfinished,
    /// Completed, and the service said nothing against it.
    Completed,
    /// Completed with a message category other than `SUCCESS`.
    CompletedWithIssues,
    /// A composite with missing members.
    Partial,
    /// Failed.
    Failed,
    /// Did not start in its window.
    Expired,
    /// Aborted.
    Aborted,
    /// A word that the service's model does not have.
    Unknown,
}

impl JobState {
    /// Whether no later revision can change it.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Unfinished | Self::Unknown)
    }

    /// The word for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Completed => "completed",
            Self::CompletedWithIssues => "completed with issues",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Expired => "expired before start",
            Self::Aborted => "aborted",
            Self::Unknown => "in a state this tool does not know",
        }
    }
}

/// What started a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A plan's rule, or an Atlas policy.
    Scheduled {
        /// Plan id, or the Atlas frequency type.
        by: String,
    },
    /// A person or a script on demand.
    OnDemand,
    /// The source does not say.
    Unknown,
}

/// An attempt to back up: an AWS Backup job, or an Atlas snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupJob {
    /// Job id or snapshot id.
    pub id: String,
    /// Provider.
    pub provider: Provider,
    /// What was backed up.
    pub resource: Option<ResourceId>,
    /// Account or project.
    pub account: Account,
    /// Region, or `global`.
    pub region: Region,
    /// What kind of resource it is, in the service's word (`RDS`); `None` where the source has no such member.
    pub kind: Option<String>,
    /// How it stands.
    pub state: JobState,
    /// What the service says about the state.
    pub message: Option<String>,
    /// Consistency point: creation of the job, or of the snapshot.
    pub created: Instant,
    /// When it completed.
    pub completed: Option<Instant>,
    /// The recovery point that it made.
    pub point: Option<String>,
    /// Vault ARN, or provider and region in Atlas.
    pub location: Option<String>,
    /// What started it.
    pub trigger: Trigger,
    /// Bytes, as the service counts them.
    pub bytes: Option<i64>,
    /// Whether it is the parent of a composite.
    pub is_parent: bool,
    /// The job of the composite that it is a member of.
    pub parent: Option<String>,
    /// Whether the snapshot is an Atlas `fallback` snapshot.
    pub fallback: bool,
}

/// How many jobs the service itself counts for one closed day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// The pull that brought it.
    pub pull: AcquisitionId,
    /// The day's begin; it ends 24 hours later.
    pub day: Instant,
    /// How the jobs stood when the service counted.
    pub state: JobState,
    /// What kind of resource; `None` for all kinds together.
    pub kind: Option<String>,
    /// The message category; `None` for all categories together, or where the service gives none.
    pub category: Option<String>,
    /// How many.
    pub count: u64,
}

/// How a recovery point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointState {
    /// Completed or available: can be restored from.
    Usable,
    /// A composite with missing members.
    Partial,
    /// Being created.
    Creating,
    /// Being deleted.
    Deleting,
    /// Past its retention and not deletable.
    Expired,
    /// A continuous backup that was switched off.
    Stopped,
    /// A word that the service's model does not have.
    Unknown,
}

/// A recovery point, or a completed Atlas snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// ARN, or Atlas snapshot id.
    pub id: String,
    /// Provider.
    pub provider: Provider,
    /// What it holds.
    pub resource: Option<ResourceId>,
    /// Account or project.
    pub account: Account,
    /// Region, or `global`.
    pub region: Region,
    /// Vault ARN; `None` for Atlas.
    pub vault: Option<String>,
    /// Provider and region where it is stored, for readers.
    pub location: Option<String>,
    /// The service's word for how it is stored: `WARM`, `COLD`.
    pub storage_class: Option<String>,
    /// The regions that Atlas says it copies the snapshot to; `None` where nobody has said.
    pub copy_regions: Option<Vec<String>>,
    /// How it stands.
    pub state: PointState,
    /// Consistency point.
    pub created: Instant,
    /// When it was complete.
    pub completed: Option<Instant>,
    /// Whether it is encrypted, where the source says so.
    pub encrypted: Option<bool>,
    /// Key that it is encrypted with.
    pub key: Option<String>,
    /// When its lifecycle deletes it, by the latest revision.
    pub delete_at: Option<Instant>,
    /// The latest such time that any revision gave: a lifecycle may have been shortened since.
    pub delete_at_latest_seen: Option<Instant>,
    /// Whether it is a continuous backup.
    pub continuous: bool,
    /// The vault it was copied from: a copy is not an extra backup of the day.
    pub copied_from: Option<String>,
    /// Parent recovery point of a composite's member.
    pub parent: Option<String>,
    /// Whether it is the parent of a composite.
    pub is_parent: bool,
    /// What a snapshot of a sharded cluster says of its shards.
    pub shards: Option<Shards>,
    /// What made it.
    pub trigger: Trigger,
    /// Bytes, as the service counts them.
    pub bytes: Option<i64>,
    /// Each complete listing (of its vault or cluster) in which it stood, in order.
    pub sightings: Vec<Instant>,
}

/// The parts of a sharded cluster's snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shards {
    /// The snapshots that it is made of.
    pub snapshots: BTreeSet<String>,
    /// Its members: the snapshot of each, and the replica set where the row names it.
    pub members: BTreeMap<String, Option<String>>,
}

/// A copy of a recovery point to another vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyJob {
    /// The job's id.
    pub id: String,
    /// Source recovery point.
    pub source_point: Option<String>,
    /// Source vault ARN.
    pub source_vault: Option<String>,
    /// Destination recovery point.
    pub destination_point: Option<String>,
    /// Destination vault ARN.
    pub destination_vault: Option<String>,
    /// What it holds.
    pub resource: Option<ResourceId>,
    /// How it stands.
    pub state: JobState,
    /// Created.
    pub created: Instant,
    /// Completed.
    pub completed: Option<Instant>,
}

/// A restore job of either provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreJob {
    /// Job id.
    pub id: String,
    /// Provider.
    pub provider: Provider,
    /// Recovery point or snapshot restored from.
    pub point: Option<String>,
    /// What the backup was of.
    pub resource: Option<ResourceId>,
    /// What was made.
    pub created_resource: Option<String>,
    /// Account or project.
    pub account: Account,
    /// Region, or `global`.
    pub region: Region,
    /// How it stands.
    pub state: JobState,
    /// Created.
    pub created: Instant,
    /// Completed.
    pub completed: Option<Instant>,
    /// Validation status as the customer asserted it.
    pub validation: Option<String>,
    /// ARN of the restore testing plan that started it.
    pub testing_plan: Option<String>,
    /// How it was delivered in Atlas: `automated`, `download`, `pointInTime`.
    pub delivery: Option<String>,
}

/// A restore testing plan at one listing: the service restores by itself what it selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreTestingPlan {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created: Instant,
    /// When it was last changed; `None` where it never was.
    pub updated: Option<Instant>,
    /// When it restores, as it is written.
    pub schedule: Option<String>,
    /// The time zone of the schedule, where it names one.
    pub time_zone: Option<String>,
    /// Hours after a run within which its jobs have to start.
    pub start_window_hours: Option<i64>,
    /// When the listing was taken.
    pub at: Instant,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyCondition {
    /// Can decrypt.
    Enabled,
    /// Switched off.
    Disabled,
    /// Will be deleted.
    PendingDeletion,
    /// Any other state of the service's model: can't decrypt now.
    Unavailable,
}

/// A key's state at one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// ARN.
    pub arn: String,
    /// State.
    pub condition: KeyCondition,
    /// The service's own word.
    pub word: String,
    /// When it will be deleted.
    pub deletion: Option<Instant>,
    /// When the state was read.
    pub at: Instant,
}
