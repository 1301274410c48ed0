//! The users, groups, roles and managed policies of `GetAccountAuthorizationDetails`.
//!
//! A document that can't be read makes its row a misfit, and the snapshot with it proves nothing: what it grants or denies
//! is never taken for nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::policies;
use super::v1::iam as wire;
use crate::model::records::Observed;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::records::protection::PolicyStatement;
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;
use crate::normalize::{arn, json};

/// The lists of an answer, in its order.
pub(in crate::normalize) const LISTS: [&str; 4] =
    ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// A row of any of the four lists: which one, its pointer tells.
pub(in crate::normalize) fn entity(row: &Row<'_>) -> Result<Observed<IamEntity>, String> {
    let list = row.citation.locator.trim_start_matches('/').split('/').next();
    let entity = match list {
        Some("UserDetailList") => user(row)?,
        Some("GroupDetailList") => group(row)?,
        Some("RoleDetailList") => role(row)?,
        _ => managed(row)?,
    };
    // The policies of AWS itself are of no account.
    if !entity.arn.contains(":iam::aws:policy/") {
        arn::in_place("Arn", &entity.arn, &row.pull.key)?;
    }
    Ok(row.observed(entity))
}

fn bare(row: &Row<'_>, kind: IamKind, arn: String, name: String) -> IamEntity {
    let pages = row.pull.pages.iter().map(|page| page.received);
    IamEntity {
        arn,
        name,
        kind,
        at: pages.max().unwrap_or(row.pull.finished),
        statements: Vec::new(),
        attached: Vec::new(),
        groups: Vec::new(),
        boundary: None,
    }
}

fn user(row: &Row<'_>) -> Result<IamEntity, String> {
    let wire: wire::User = row.read()?;
    Ok(IamEntity {
        statements: inline(wire.user_policy_list)?,
        attached: attached(wire.attached_managed_policies),
        groups: wire.group_list,
        boundary: wire
            .permissions_boundary
            .map(|bound| bound.permissions_boundary_arn),
        ..bare(row, IamKind::User, wire.arn, wire.user_name)
    })
}

fn group(row: &Row<'_>) -> Result<IamEntity, String> {
    let wire: wire::Group = row.read()?;
    Ok(IamEntity {
        statements: inline(wire.group_policy_list)?,
        attached: attached(wire.attached_managed_policies),
        ..bare(row, IamKind::Group, wire.arn, wire.group_name)
    })
}

fn role(row: &Row<'_>) -> Result<IamEntity, String> {
    let wire: wire::Role = row.read()?;
    Ok(IamEntity {
        statements: inline(wire.role_policy_list)?,
        attached: attached(wire.attached_managed_policies),
        boundary: wire
            .permissions_boundary
            .map(|bound| bound.permissions_boundary_arn),
        ..bare(row, IamKind::Role, wire.arn, wire.role_name)
    })
}

fn managed(row: &Row<'_>) -> Result<IamEntity, String> {
    let wire: wire::Managed = row.read()?;
    let mut versions: BTreeMap<_, _> = wire
        .policy_version_list
        .into_iter()
        .map(|version| (version.version_id, version.document))
        .collect();
    let document = versions
        .remove(&wire.default_version_id)
        .ok_or_else(|| format!("its version in force, {}, is not there", wire.default_version_id))?;
    Ok(IamEntity {
        statements: statements("Document", document)?,
        ..bare(row, IamKind::Policy, wire.arn, wire.policy_name)
    })
}

fn inline(list: Vec<wire::Inline>) -> Result<Vec<PolicyStatement>, String> {
    let each = list
        .into_iter()
        .map(|policy| statements(&policy.policy_name, policy.policy_document));
    each.collect::<Result<Vec<_>, _>>().map(|all| all.concat())
}

fn attached(list: Vec<wire::Attached>) -> Vec<String> {
    list.into_iter().map(|policy| policy.policy_arn).collect()
}

/// A document as the service's tools give it: JSON, or its text in percent-encoding (RFC 3986).
fn statements(name: &str, document: Value) -> Result<Vec<PolicyStatement>, String> {
    let document = match document {
        Value::String(text) => {
            let decoded =
                percent_decoded(&text).ok_or_else(|| format!("{name} is not percent-encoded text"))?;
            json::parse(&decoded).map_err(|error| format!("{name}: {error}"))?
        }
        other => other,
    };
    policies::identity(&document).ok_or_else(|| format!("{name} is no policy of IAM"))
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut decoded) = (text.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        });
    }
    Some(decoded)
}

/// A state at a time: what is folded is only its repetition.
impl Folded for IamEntity {
    fn id(&self) -> String {
        format!("{}\n{}", self.arn, self.at)
    }

    fn subject(&self) -> String {
        self.arn.clone()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
