//! Documents, roles, tickets and vendors' assurance.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::model::time::Instant;

/// A plan or policy document's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDocument {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Version.
    pub version: String,
    /// Kind.
    pub kind: Option<DocumentKind>,
    /// In force from.
    pub effective: NaiveDate,
    /// In force no more from.
    pub superseded: Option<NaiveDate>,
    /// What it replaced; `None` where nobody says.
    pub supersedes: Option<Predecessor>,
    /// Approver's roster id.
    pub approved_by: Option<String>,
    /// Approver's role, as the register has it.
    pub approved_role: Option<String>,
    /// When.
    pub approved_at: Option<Instant>,
    /// When it was reviewed, by any revision of the record.
    pub reviews: BTreeSet<Instant>,
    /// What changed.
    pub change_note: Option<String>,
    /// The contact list that it carries; `None` where the register does not tell it.
    pub contacts: Option<Vec<Contact>>,
    /// The phases that a contingency plan has; `None` where the register does not tell them.
    pub phases: Option<Vec<PlanPhase>>,
    /// Digest of the document.
    pub digest: String,
    /// The last check of the stored version.
    pub retained: Option<Retained>,
}

/// The kinds of document that are kept in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A policy.
    Policy,
    /// The contingency plan.
    ContingencyPlan,
    /// How backups are made.
    BackupProcedure,
    /// Guidelines on media (policy 6.3(3)).
    MediaGuidelines,
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Policy,
        Self::ContingencyPlan,
        Self::BackupProcedure,
        Self::MediaGuidelines,
    ];

    /// The words for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::ContingencyPlan => "contingency plan",
            Self::BackupProcedure => "backup procedure",
            Self::MediaGuidelines => "media guidelines",
        }
    }
}

/// What a version replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predecessor {
    /// Nothing: it is the first.
    First,
    /// This version.
    Version(String),
}

/// An entry of a contact list. Numbers are kept as digests only: whether two are one can be told from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Roster id.
    pub person: String,
    /// Role.
    pub role: String,
    /// Digest of the number.
    pub channel: Option<String>,
}

/// The phases of policy 13.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanPhase {
    /// Notification and activation.
    NotificationActivation,
    /// Recovery.
    Recovery,
    /// Reconstitution.
    Reconstitution,
}

impl PlanPhase {
    /// All phases, in order.
    pub const ALL: [Self; 3] = [Self::NotificationActivation, Self::Recovery, Self::Reconstitution];

    /// The words for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotificationActivation => "notification and activation",
            Self::Recovery => "recovery",
            Self::Reconstitution => "reconstitution",
        }
    }
}

/// A check of a stored version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// When.
    pub checked: Instant,
    /// Digest of what was found; `None`: it was not found.
    pub digest: Option<String>,
}

/// Somebody holding a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHolder {
    /// Id of the roster's document: one person may have several.
    pub id: String,
    /// Roster id.
    pub person: String,
    /// Role.
    pub role: String,
    /// Team.
    pub team: Option<String>,
    /// From.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// Identities in AWS.
    pub identities: Vec<String>,
    /// User in Atlas, or the public part of an API key.
    pub atlas_user: Option<String>,
    /// Teams that this person leads.
    pub leads: Vec<String>,
    /// Courses completed; `None` where the roster has no record of training.
    pub training: Option<Vec<Training>>,
    /// Local copies that the person has confirmed.
    pub attestations: Vec<Attestation>,
    /// Access over backups that was approved for this person.
    pub approved_access: Vec<ApprovedAccess>,
}

/// A course that somebody completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Course.
    pub course: String,
    /// Completed on.
    pub completed: NaiveDate,
    /// Last day on which it counts; `None` where it does not expire.
    pub expires: Option<NaiveDate>,
}

/// What a local copy is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyOf {
    /// The contact list of the plan.
    ContactList,
    /// The policy itself.
    Policy,
}

/// Somebody's statement that he holds a local copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Of what.
    pub what: CopyOf,
    /// Id of the plan or policy document.
    pub document: String,
    /// Version of that document.
    pub version: String,
    /// When it was stated.
    pub at: Instant,
}

/// Access over backups as it was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedAccess {
    /// ARN of the role or user.
    pub principal: String,
    /// Actions, `backup:DeleteRecoveryPoint`; `*` stands for any characters.
    pub actions: Vec<String>,
    /// Approver's roster id.
    pub approved_by: String,
    /// Approved.
    pub approved: Instant,
    /// Until when.
    pub until: Option<Instant>,
    /// Under which limits, for access in an emergency.
    pub limits: Option<String>,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Opened.
    pub opened: Instant,
    /// By whom.
    pub opened_by: String,
    /// Approver's roster id.
    pub approved_by: Option<String>,
    /// Approved.
    pub approved: Option<Instant>,
    /// Day by which it has to be closed.
    pub due: Option<NaiveDate>,
    /// Closed.
    pub closed: Option<Instant>,
    /// What it refers to: job ids, recovery point ARNs, event ids, system ids.
    pub refs: Vec<String>,
}

/// A vendor's assurance document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorAssurance {
    /// Vendor.
    pub vendor: String,
    /// `BAA`, `SOC2`, `ISO`.
    pub document: String,
    /// First day covered.
    pub start: NaiveDate,
    /// Last day covered.
    pub end: NaiveDate,
    /// Who reviewed it.
    pub reviewed_by: Option<String>,
    /// When.
    pub reviewed: Option<Instant>,
}
