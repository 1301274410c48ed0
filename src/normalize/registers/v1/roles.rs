//! Documents of the role roster.

use serde::Deserialize;

use super::{Date, Day};

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct RoleHolder {
    #[serde(rename = "_id")]
    pub(in crate::normalize::registers) id: String,
    pub(in crate::normalize::registers) person_id: String,
    pub(in crate::normalize::registers) role: String,
    pub(in crate::normalize::registers) team: Option<String>,
    pub(in crate::normalize::registers) from: Day,
    pub(in crate::normalize::registers) to: Option<Day>,
    pub(in crate::normalize::registers) identity_arns: Vec<String>,
    pub(in crate::normalize::registers) atlas_user: Option<String>,
    pub(in crate::normalize::registers) leads: Option<Vec<String>>,
    pub(in crate::normalize::registers) training: Option<Vec<Training>>,
    pub(in crate::normalize::registers) attestations: Option<Vec<Attestation>>,
    pub(in crate::normalize::registers) approved_access: Option<Vec<ApprovedAccess>>,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Training {
    pub(in crate::normalize::registers) course: String,
    pub(in crate::normalize::registers) completed_at: Day,
    pub(in crate::normalize::registers) expires_at: Option<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::normalize::registers) enum CopyOf {
    ContactList,
    Policy,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct Attestation {
    pub(in crate::normalize::registers) what: CopyOf,
    pub(in crate::normalize::registers) doc_id: String,
    pub(in crate::normalize::registers) version: String,
    pub(in crate::normalize::registers) at: Date,
}

#[derive(Debug, Deserialize)]
pub(in crate::normalize::registers) struct ApprovedAccess {
    pub(in crate::normalize::registers) principal_arn: String,
    pub(in crate::normalize::registers) actions: Vec<String>,
    pub(in crate::normalize::registers) approved_by: String,
    pub(in crate::normalize::registers) approved_at: Date,
    pub(in crate::normalize::registers) until: Option<Date>,
    pub(in crate::normalize::registers) limits: Option<String>,
}
