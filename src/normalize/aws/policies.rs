//! Resource policies in the language of IAM: those of vaults, and those that calls set.

use serde_json::Value;

use super::v1;
use crate::model::records::Observed;
use crate::model::records::protection::{
    AccessPolicy, Listed, PolicyCondition, PolicyStatement, VaultPolicy,
};
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;
use crate::normalize::{arn, json};

/// The reply of `GetBackupVaultAccessPolicy`, or its answer that there is none.
pub(in crate::normalize) fn vault_policy(row: &Row<'_>) -> Result<Observed<VaultPolicy>, String> {
    let name = row.part.ok_or("the pull names no vault")?;
    let vault = arn::vault(name, &row.pull.key);
    let policy = if row.pull.answers_that_there_is_none() {
        None
    } else {
        let wire: v1::VaultPolicyReply = row.read()?;
        if wire.backup_vault_arn.is_some_and(|found| found != vault) {
            return Err(format!("the policy is not of vault {name}"));
        }
        let text = json::parse(wire.policy.as_bytes()).map_err(|error| format!("Policy: {error}"))?;
        Some(policy(&text).ok_or("Policy is no policy of IAM")?)
    };
    let at = row.received;
    Ok(row.observed(VaultPolicy { vault, at, policy }))
}

/// The policy in a call's parameters, where there is one that can be read.
pub(super) fn in_request(request: &Value) -> Option<AccessPolicy> {
    let text = request.get("policy").and_then(Value::as_str)?;
    policy(&json::parse(text.as_bytes()).ok()?)
}

/// The statements of a policy that belongs to an identity, and so names no principal.
pub(super) fn identity(value: &Value) -> Option<Vec<PolicyStatement>> {
    let statements = match value.get("Statement")? {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let mut found = Vec::new();
    for statement in statements {
        if statement
            .get("Principal")
            .or(statement.get("NotPrincipal"))
            .is_some()
        {
            return None;
        }
        found.push(statement_of(statement, Listed::Only(Vec::new()))?);
    }
    Some(found)
}

fn policy(value: &Value) -> Option<AccessPolicy> {
    let statements = match value.get("Statement")? {
        Value::Array(all) => all.iter().map(statement).collect::<Option<_>>()?,
        one => vec![statement(one)?],
    };
    Some(AccessPolicy { statements })
}

fn statement(value: &Value) -> Option<PolicyStatement> {
    statement_of(value, listed(value, "Principal", "NotPrincipal", principals)?)
}

fn statement_of(value: &Value, principals: Listed) -> Option<PolicyStatement> {
    let allows = match value.get("Effect")?.as_str()? {
        "Allow" => true,
        "Deny" => false,
        _ => return None,
    };
    let conditions = match value.get("Condition") {
        None => Vec::new(),
        Some(all) => conditions(all)?,
    };
    Some(PolicyStatement {
        allows,
        principals,
        actions: listed(value, "Action", "NotAction", texts)?,
        resources: listed(value, "Resource", "NotResource", texts),
        conditions,
    })
}

/// Exactly one of the two members, which exclude each other.
fn listed(
    value: &Value,
    only: &str,
    all_but: &str,
    read: impl Fn(&Value) -> Option<Vec<String>>,
) -> Option<Listed> {
    match (value.get(only), value.get(all_but)) {
        (Some(list), None) => read(list).map(Listed::Only),
        (None, Some(list)) => read(list).map(Listed::AllBut),
        _ => None,
    }
}

/// `*`, or lists by kind. AWS' own principals stand as they are, others behind their kind.
fn principals(value: &Value) -> Option<Vec<String>> {
    let Value::Object(kinds) = value else {
        return texts(value);
    };
    let mut found = Vec::new();
    for (kind, list) in kinds {
        let list = texts(list)?.into_iter();
        match kind.as_str() {
            "AWS" => found.extend(list),
            _ => found.extend(list.map(|text| format!("{kind}:{text}"))),
        }
    }
    Some(found)
}

fn conditions(value: &Value) -> Option<Vec<PolicyCondition>> {
    let mut found = Vec::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            found.push(PolicyCondition {
                operator: operator.clone(),
                key: key.clone(),
                values: texts(values)?,
            });
        }
    }
    Some(found)
}

/// A text, a truth value or a number, or a list of them.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Some(vec![value.to_string()]),
        Value::Array(all) => {
            let each: Option<Vec<Vec<String>>> = all.iter().map(texts).collect();
            each.map(|all| all.concat())
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// A policy is a state at a time: what is folded is only its repetition.
impl Folded for VaultPolicy {
    fn id(&self) -> String {
        format!("{}\n{}", self.vault, self.at)
    }

    fn subject(&self) -> String {
        self.vault.clone()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
