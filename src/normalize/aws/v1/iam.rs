//! The rows of `GetAccountAuthorizationDetails` (IAM API reference).

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct User {
    pub(in crate::normalize) arn: String,
    pub(in crate::normalize) user_name: String,
    #[serde(default)]
    pub(in crate::normalize) user_policy_list: Vec<Inline>,
    pub(in crate::normalize) group_list: Vec<String>,
    pub(in crate::normalize) attached_managed_policies: Vec<Attached>,
    pub(in crate::normalize) permissions_boundary: Option<Boundary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Group {
    pub(in crate::normalize) arn: String,
    pub(in crate::normalize) group_name: String,
    pub(in crate::normalize) group_policy_list: Vec<Inline>,
    pub(in crate::normalize) attached_managed_policies: Vec<Attached>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Role {
    pub(in crate::normalize) arn: String,
    pub(in crate::normalize) role_name: String,
    pub(in crate::normalize) role_policy_list: Vec<Inline>,
    pub(in crate::normalize) attached_managed_policies: Vec<Attached>,
    pub(in crate::normalize) permissions_boundary: Option<Boundary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Managed {
    pub(in crate::normalize) arn: String,
    pub(in crate::normalize) policy_name: String,
    pub(in crate::normalize) default_version_id: String,
    pub(in crate::normalize) policy_version_list: Vec<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Version {
    pub(in crate::normalize) document: Value,
    pub(in crate::normalize) version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Inline {
    pub(in crate::normalize) policy_name: String,
    pub(in crate::normalize) policy_document: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Attached {
    pub(in crate::normalize) policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::normalize) struct Boundary {
    pub(in crate::normalize) permissions_boundary_arn: String,
}
