//! Who may do what in an account: users, groups, roles and policies as IAM tells them.

use super::protection::PolicyStatement;
use crate::model::time::Instant;

/// What kind of entity of IAM it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IamKind {
    /// A user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// A managed policy.
    Policy,
}

/// An entity of IAM as one snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamEntity {
    /// ARN.
    pub arn: String,
    /// Name within the account.
    pub name: String,
    /// Its kind.
    pub kind: IamKind,
    /// When the snapshot was complete: its last answer.
    pub at: Instant,
    /// Statements of its inline policies; of a managed policy, those of the version in force.
    pub statements: Vec<PolicyStatement>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
    /// Names of the groups that a user is in.
    pub groups: Vec<String>,
    /// ARN of the policy that bounds it.
    pub boundary: Option<String>,
}
