//! The systems that the entity says it has.

use crate::model::ids::{Account, Region, ResourceId, SystemId};
use crate::model::time::Instant;

/// The five critical classes of policy 13.5.2, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemClass {
    /// Databases.
    Database,
    /// Web services.
    Web,
    /// Message brokers.
    MessageBroker,
    /// Webhook services.
    Webhook,
    /// Distributed cache.
    Cache,
    /// Anything else.
    Other,
}

impl SystemClass {
    /// The classes that the policy calls critical.
    pub const CRITICAL: [Self; 5] = [
        Self::Database,
        Self::Web,
        Self::MessageBroker,
        Self::Webhook,
        Self::Cache,
    ];

    /// The word for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Web => "web service",
            Self::MessageBroker => "message broker",
            Self::Webhook => "webhook service",
            Self::Cache => "distributed cache",
            Self::Other => "other",
        }
    }
}

/// What a system does with ePHI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ephi {
    /// Keeps it.
    Stores,
    /// Works on it.
    Processes,
    /// Passes it on.
    Transmits,
    /// Has none.
    None,
    /// Nobody has said.
    Unknown,
}

/// Who hosts a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hosting {
    /// AWS.
    Aws,
    /// Atlas.
    Atlas,
    /// A vendor's service.
    Saas,
    /// A device.
    Device,
}

/// How a system is meant to be backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackupMethod {
    /// By AWS Backup.
    AwsBackup,
    /// By Atlas.
    Atlas,
    /// By the product's own means.
    Native,
    /// Rebuilt from code: holds nothing to back up.
    IacRebuild,
    /// Not at all.
    None,
}

/// An approved, dated reason why a system needs no backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Why.
    pub rationale: String,
    /// Roster id of the approver.
    pub approved_by: String,
    /// When it was approved.
    pub approved_at: Instant,
    /// In force from.
    pub from: Instant,
    /// In force until.
    pub until: Option<Instant>,
}

/// A move of a resource of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// When; `None` where nobody wrote it down.
    pub at: Option<Instant>,
    /// What was moved.
    pub from: ResourceId,
    /// What it became: the same resource where the provider moved it. `None` where nobody has said.
    pub to: Option<ResourceId>,
}

/// A system of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Id.
    pub id: SystemId,
    /// Name.
    pub name: String,
    /// Class.
    pub class: SystemClass,
    /// Whether it is critical.
    pub critical: bool,
    /// What it does with ePHI.
    pub ephi: Ephi,
    /// Owner's roster id.
    pub owner: Option<String>,
    /// Owner's role.
    pub owner_role: Option<String>,
    /// `confidential`, …
    pub classification: Option<String>,
    /// Host.
    pub hosting: Hosting,
    /// Account or project.
    pub account: Account,
    /// Region, or `global`.
    pub region: Region,
    /// Its resources.
    pub resources: Vec<ResourceId>,
    /// How it is backed up; `None` where the row does not say.
    pub backup_method: Option<BackupMethod>,
    /// The named mechanism of `native` and `iac_rebuild`.
    pub mechanism: Option<String>,
    /// Exemption.
    pub exemption: Option<Exemption>,
    /// In use from; `None` where nobody wrote it down.
    pub onboarded: Option<Instant>,
    /// Out of use from.
    pub decommissioned: Option<Instant>,
    /// Moves of its resources, in the order of the document.
    pub migrations: Vec<Migration>,
    /// Who approved the row.
    pub approved_by: Option<String>,
    /// The row's own date.
    pub as_of: Instant,
}

impl System {
    /// Whether the policy's daily backup is due for it: it stores, processes or transmits ePHI.
    pub fn holds_ephi(&self) -> bool {
        !matches!(self.ephi, Ephi::None)
    }
}

/// A dated statement that a critical class is not in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassNotUsed {
    /// Class.
    pub class: SystemClass,
    /// Approver's roster id.
    pub approved_by: String,
    /// When.
    pub approved_at: Instant,
    /// Why.
    pub rationale: String,
}
