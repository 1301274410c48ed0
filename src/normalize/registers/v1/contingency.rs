//! Incidents, media and devices of independent lists.

use serde::Deserialize;

use super::{Date, Ephi, Whole};

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Medium {
    pub(in crate::normalize::registers) media_id: String,
    pub(in crate::normalize::registers) kind: String,
    pub(in crate::normalize::registers) owner_person: Option<String>,
    pub(in crate::normalize::registers) custodian: Option<String>,
    pub(in crate::normalize::registers) classification: Option<String>,
    pub(in crate::normalize::registers) label: Option<String>,
    pub(in crate::normalize::registers) encrypted: Option<bool>,
    pub(in crate::normalize::registers) registered_at: Option<Date>,
    pub(in crate::normalize::registers) first_used_at: Option<Date>,
    pub(in crate::normalize::registers) location: Option<String>,
    pub(in crate::normalize::registers) ephi: Option<Ephi>,
    pub(in crate::normalize::registers) ephi_basis: Option<String>,
    pub(in crate::normalize::registers) movements: Vec<Movement>,
    pub(in crate::normalize::registers) sanitisations: Option<Vec<Sanitisation>>,
    pub(in crate::normalize::registers) disposal: Option<Disposal>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Movement {
    pub(in crate::normalize::registers) at: Date,
    pub(in crate::normalize::registers) from: String,
    pub(in crate::normalize::registers) to: String,
    pub(in crate::normalize::registers) by: String,
    pub(in crate::normalize::registers) authorised_by: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Sanitisation {
    pub(in crate::normalize::registers) at: Date,
    pub(in crate::normalize::registers) method: Option<String>,
    pub(in crate::normalize::registers) certificate: Option<String>,
    pub(in crate::normalize::registers) by: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Disposal {
    pub(in crate::normalize::registers) at: Option<Date>,
    pub(in crate::normalize::registers) method: Option<String>,
    pub(in crate::normalize::registers) certificate: Option<String>,
    pub(in crate::normalize::registers) by: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct ListedDevice {
    pub(in crate::normalize::registers) device_id: String,
    pub(in crate::normalize::registers) list: String,
    pub(in crate::normalize::registers) media_id: Option<String>,
    pub(in crate::normalize::registers) assigned_to: Option<String>,
    pub(in crate::normalize::registers) retired_at: Option<Date>,
    pub(in crate::normalize::registers) as_of: Date,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Incident {
    pub(in crate::normalize::registers) incident_id: String,
    pub(in crate::normalize::registers) detected_at: Date,
    pub(in crate::normalize::registers) service_impact: Option<bool>,
    pub(in crate::normalize::registers) service_impact_start: Option<Date>,
    pub(in crate::normalize::registers) service_restored_at: Option<Date>,
    pub(in crate::normalize::registers) hosting_outage: bool,
    pub(in crate::normalize::registers) predicted_outage_minutes: Option<Whole>,
    pub(in crate::normalize::registers) plan_activated_at: Option<Date>,
    pub(in crate::normalize::registers) activated_by: Option<String>,
    pub(in crate::normalize::registers) activation_reason: Option<String>,
    pub(in crate::normalize::registers) recovery_started_at: Option<Date>,
    pub(in crate::normalize::registers) notifications: Vec<Notification>,
    pub(in crate::normalize::registers) tasks: Vec<RecoveryTask>,
    pub(in crate::normalize::registers) systems: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Notification {
    pub(in crate::normalize::registers) at: Date,
    pub(in crate::normalize::registers) from: String,
    pub(in crate::normalize::registers) to: String,
    pub(in crate::normalize::registers) channel: String,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct RecoveryTask {
    pub(in crate::normalize::registers) name: String,
    pub(in crate::normalize::registers) team: String,
    pub(in crate::normalize::registers) done_at: Option<Date>,
}
