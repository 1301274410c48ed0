//! What was done, and who did it.

use std::collections::BTreeMap;

use super::protection::AccessPolicy;
use crate::model::time::Instant;

/// What somebody or a service did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event's id.
    pub id: String,
    /// When.
    pub at: Instant,
    /// `backup.amazonaws.com`, `atlas`, …
    pub source: String,
    /// `DeleteRecoveryPoint`, `BackupDeleted`, …
    pub name: String,
    /// Who: the ARN, user name or service.
    pub actor: Actor,
    /// Address.
    pub source_ip: Option<String>,
    /// Every ARN or id that the event names as its object, in order.
    pub resources: Vec<String>,
    /// What the call asked for: each text, number and truth value of its parameters by JSON pointer. `None` where the
    /// event leaves its parameters out.
    pub request: Option<BTreeMap<String, String>>,
    /// The resource policy among the parameters, where there is one that can be read.
    pub policy: Option<AccessPolicy>,
    /// Every ARN or id in the service's response, in order: the job that a call began, the key that it changed.
    pub results: Vec<String>,
    /// The error, when the call was refused.
    pub error: Option<String>,
    /// The service's id of the request; events that a service reports of itself have none.
    pub request_id: Option<String>,
    /// Whether the call only reads, where the event says so.
    pub read_only: Option<bool>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person or workload with an identity.
    Identity {
        /// ARN as the trail has it, for instance `arn:aws:sts::111122223333:assumed-role/ops/p-004`, or an Atlas user.
        arn: String,
        /// Role session name: the person behind an assumed role.
        session: Option<String>,
        /// ARN of the role that issued the session, where the event tells it.
        issuer: Option<String>,
        /// Whether the credentials were got with a second factor, where the event tells it.
        mfa: Option<bool>,
    },
    /// The account's root user.
    Root,
    /// A service acting by itself.
    Service {
        /// Its name.
        name: String,
    },
    /// The event does not say.
    Unknown,
}
