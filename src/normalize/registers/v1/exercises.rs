//! Documents of the exercises held.

use serde::Deserialize;

use super::{Date, Day, Kind, Status, Whole};

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Exercise {
    pub(in crate::normalize::registers) exercise_id: String,
    pub(in crate::normalize::registers) planned_id: Option<String>,
    #[serde(rename = "type")]
    pub(in crate::normalize::registers) kind: Kind,
    pub(in crate::normalize::registers) held_at: Date,
    pub(in crate::normalize::registers) status: Status,
    pub(in crate::normalize::registers) scenario: Option<String>,
    pub(in crate::normalize::registers) scope_systems: Vec<String>,
    pub(in crate::normalize::registers) participants: Vec<Participant>,
    pub(in crate::normalize::registers) facilitator: String,
    pub(in crate::normalize::registers) walkthrough: Option<Walkthrough>,
    pub(in crate::normalize::registers) timing: Option<Timing>,
    pub(in crate::normalize::registers) elements_done: Option<Elements>,
    pub(in crate::normalize::registers) tasks_done: Option<Vec<String>>,
    pub(in crate::normalize::registers) restore_job_ids: Option<Vec<String>>,
    pub(in crate::normalize::registers) simulated_loss_at: Option<Date>,
    pub(in crate::normalize::registers) service_ready_at: Option<Date>,
    pub(in crate::normalize::registers) rto_measured_minutes: Option<Whole>,
    pub(in crate::normalize::registers) rpo_measured_minutes: Option<Whole>,
    pub(in crate::normalize::registers) result: Option<String>,
    pub(in crate::normalize::registers) report_ref: Option<String>,
    pub(in crate::normalize::registers) report_signed_by: Option<String>,
    pub(in crate::normalize::registers) report_signed_at: Option<Date>,
    pub(in crate::normalize::registers) action_items: Option<Vec<ActionItem>>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Participant {
    pub(in crate::normalize::registers) person: String,
    pub(in crate::normalize::registers) role: String,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Walkthrough {
    pub(in crate::normalize::registers) notification: Option<bool>,
    pub(in crate::normalize::registers) activation: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Timing {
    pub(in crate::normalize::registers) started: Date,
    pub(in crate::normalize::registers) ended: Date,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Elements {
    pub(in crate::normalize::registers) alternate_site: Option<bool>,
    pub(in crate::normalize::registers) restore_from_backup: Option<bool>,
    pub(in crate::normalize::registers) switch_compute_storage: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct ActionItem {
    pub(in crate::normalize::registers) id: String,
    pub(in crate::normalize::registers) owner: Option<String>,
    pub(in crate::normalize::registers) due: Option<Day>,
    pub(in crate::normalize::registers) closed_at: Option<Date>,
    pub(in crate::normalize::registers) evidence: Option<String>,
    pub(in crate::normalize::registers) plan_change: Option<bool>,
}
