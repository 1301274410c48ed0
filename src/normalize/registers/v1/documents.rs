//! Plan and policy documents.

use serde::Deserialize;

use super::{Date, Day};

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct PlanDocument {
    pub(in crate::normalize::registers) doc_id: String,
    pub(in crate::normalize::registers) title: String,
    pub(in crate::normalize::registers) version: String,
    pub(in crate::normalize::registers) kind: Option<DocumentKind>,
    pub(in crate::normalize::registers) effective_from: Day,
    pub(in crate::normalize::registers) superseded_at: Option<Day>,
    pub(in crate::normalize::registers) supersedes: Option<String>,
    pub(in crate::normalize::registers) approved_by: Option<String>,
    pub(in crate::normalize::registers) approved_role: Option<String>,
    pub(in crate::normalize::registers) approved_at: Option<Date>,
    pub(in crate::normalize::registers) reviewed_at: Option<Date>,
    pub(in crate::normalize::registers) change_note: Option<String>,
    pub(in crate::normalize::registers) contacts: Option<Vec<Contact>>,
    pub(in crate::normalize::registers) phases: Option<Vec<Phase>>,
    pub(in crate::normalize::registers) sha256: String,
    pub(in crate::normalize::registers) retained: Option<Retained>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::normalize::registers) enum DocumentKind {
    Policy,
    ContingencyPlan,
    BackupProcedure,
    MediaGuidelines,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::normalize::registers) enum Phase {
    NotificationActivation,
    Recovery,
    Reconstitution,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Contact {
    pub(in crate::normalize::registers) person: String,
    pub(in crate::normalize::registers) role: String,
    pub(in crate::normalize::registers) channel_digest: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Retained {
    pub(in crate::normalize::registers) checked_at: Date,
    pub(in crate::normalize::registers) sha256: Option<String>,
}
