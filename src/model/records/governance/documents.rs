//! Documents, roles, tickets and vendors' assurance.

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
    /// In force from.
    pub effective: NaiveDate,
    /// Superseded on.
    pub superseded: Option<NaiveDate>,
    /// Approver's roster id.
    pub approved_by: Option<String>,
    /// Digest of the document.
    pub digest: String,
}

/// Somebody holding a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHolder {
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
    /// User in Atlas.
    pub atlas_user: Option<String>,
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
