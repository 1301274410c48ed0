//! What an identity of AWS has to be allowed, as statements of an IAM policy.

use serde_json::{Value, json};

use super::aws::partition;

/// A statement that allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is for: letters and digits.
    pub sid: &'static str,
    /// The actions, sorted.
    pub actions: Vec<&'static str>,
    /// What they may be done to, as ARNs with wildcards.
    pub resources: Vec<String>,
    /// The only regions that may be asked in; none for wherever the resources lie.
    pub regions: Vec<String>,
}

impl Statement {
    /// As IAM takes it.
    pub fn as_json(&self) -> Value {
        let mut json = json!({
            "Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": self.resources,
        });
        if !self.regions.is_empty() {
            json["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": self.regions}});
        }
        json
    }
}

/// Whom a statement is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Whoever the environment's credentials are of.
    Environment,
    /// A role, by its ARN.
    Role(String),
}

/// Lets the environment's identity take on `role`.
pub fn assume(role: &str) -> Statement {
    Statement {
        sid: "AssumeRoles",
        actions: vec!["sts:AssumeRole"],
        resources: vec![role.to_owned()],
        regions: Vec::new(),
    }
}

/// The keys of KMS that `key` may mean in `region`, as a policy names them: it can't name an alias, nor a key without its account.
pub fn key(key: &str, region: &str) -> String {
    let partition = partition(region);
    match key.strip_prefix("arn:") {
        Some(rest) if !rest.contains(":alias/") => key.to_owned(),
        None if !key.contains('/') => format!("arn:{partition}:kms:{region}:*:key/{key}"),
        _ => format!("arn:{partition}:kms:{region}:*:key/*"),
    }
}
