//! What keeps backups from being deleted or given away: vaults, their policies, Atlas' compliance policy.

use super::backups::AtlasPolicyItem;
use crate::model::ids::{Account, ResourceId};
use crate::model::time::Instant;

/// What kind of vault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VaultKind {
    /// An ordinary vault.
    Backup,
    /// A logically air-gapped vault: locked in compliance mode from the start.
    LogicallyAirGapped,
    /// A view for restores into a logically air-gapped vault of another account.
    RestoreAccess,
    /// A word that the service's model does not have.
    Unknown,
}

/// A vault as it was at one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// When the listing was taken.
    pub at: Instant,
    /// When it was created, where the listing says so.
    pub created: Option<Instant>,
    /// What kind it is, where the listing says so.
    pub kind: Option<VaultKind>,
    /// Whether a vault lock is configured.
    pub locked: Option<bool>,
    /// From when the lock is immutable; a lock without such a date can be lifted by whoever may.
    pub lock_date: Option<Instant>,
    /// Minimum retention in days.
    pub retention_min_days: Option<i64>,
    /// Maximum retention in days.
    pub retention_max_days: Option<i64>,
    /// Key.
    pub key: Option<String>,
}

/// A vault's access policy as it was at one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultPolicy {
    /// The vault's ARN.
    pub vault: String,
    /// When it was read.
    pub at: Instant,
    /// The policy; `None` where the service answered that there is none.
    pub policy: Option<AccessPolicy>,
}

/// A resource policy in the language of IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPolicy {
    /// Its statements, in order.
    pub statements: Vec<PolicyStatement>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    /// Whether it allows; it denies otherwise.
    pub allows: bool,
    /// Whom it is about: `*`, ARNs, account ids; services and others with their kind before a colon, `Service:…`.
    pub principals: Listed,
    /// Which calls it is about, for instance `backup:DeleteRecoveryPoint`.
    pub actions: Listed,
    /// What it is about; `None` where it does not say.
    pub resources: Option<Listed>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<PolicyCondition>,
}

/// A list, or everything but a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// These.
    Only(Vec<String>),
    /// All others.
    AllBut(Vec<String>),
}

/// A condition of a policy's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCondition {
    /// For instance `StringNotLike`.
    pub operator: String,
    /// For instance `aws:PrincipalArn`.
    pub key: String,
    /// The values, any one of which matches.
    pub values: Vec<String>,
}

/// An Atlas project's backup compliance policy as it was at one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompliancePolicy {
    /// The project.
    pub project: Account,
    /// When it was read.
    pub at: Instant,
    /// The service's own word: `ACTIVE`, `ENABLING`, `UPDATING`, `DISABLING`.
    pub state: Option<String>,
    /// Whether snapshots that were copied to other regions are protected too.
    pub copy_protection: Option<bool>,
    /// What the policy asks of every cluster's schedule.
    pub items: Vec<AtlasPolicyItem>,
}

/// A resource in a listing of what AWS Backup protects: it has recovery points, whatever their states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedResource {
    /// The resource.
    pub resource: ResourceId,
    /// When the listing was taken.
    pub at: Instant,
}

/// What AWS Backup tells of a protected resource's latest restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestRestore {
    /// The resource.
    pub resource: ResourceId,
    /// When its job was created; `None` where the service tells of none.
    pub job_created: Option<Instant>,
    /// How long it took, in whole minutes.
    pub minutes: Option<u64>,
    /// When the service was asked.
    pub at: Instant,
}
