//! Incidents: what happened to services, and how people dealt with it.

use crate::model::ids::SystemId;
use crate::model::time::Instant;

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Id.
    pub id: String,
    /// Noticed.
    pub detected: Instant,
    /// Whether a service was affected; `None` where nobody has said.
    pub service_impact: Option<bool>,
    /// When the service was first affected.
    pub impact_start: Option<Instant>,
    /// When the service was usable again.
    pub restored: Option<Instant>,
    /// Whether the hosting facility was out.
    pub hosting_outage: bool,
    /// How long the outage was going to be, in minutes, as it was predicted when the decision was due.
    pub predicted_minutes: Option<i64>,
    /// When the plan was activated.
    pub activated: Option<Instant>,
    /// Roster id of who activated it.
    pub activated_by: Option<String>,
    /// Why somebody other than the CTO did.
    pub activation_reason: Option<String>,
    /// When recovery began.
    pub recovery_started: Option<Instant>,
    /// Who told whom, in the order of the document.
    pub notifications: Vec<Notification>,
    /// Recovery tasks, in the order of the document.
    pub tasks: Vec<RecoveryTask>,
    /// Systems affected.
    pub systems: Vec<SystemId>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// When.
    pub at: Instant,
    /// Roster id of who told.
    pub from: String,
    /// Roster id or group that was told.
    pub to: String,
    /// `phone`, `email`, `message`.
    pub channel: String,
}

/// A recovery task of policy 13.5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryTask {
    /// Name.
    pub name: String,
    /// Team that did it.
    pub team: String,
    /// Done.
    pub done: Option<Instant>,
}
