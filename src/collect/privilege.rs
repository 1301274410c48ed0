//! The least that whoever collects has to be allowed, source by source.

use serde_json::Value;

use crate::service::iam::{Identity, Statement};

/// Where trails deliver to, as somebody knows who may ask: a configuration does not say, and a policy can be narrowed by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trails {
    /// Buckets, each with what stands before `AWSLogs/` in it; that may be empty.
    pub folders: Vec<(String, String)>,
    /// The ARNs of the keys that the objects are encrypted with.
    pub keys: Vec<String>,
}

/// Something that has to be allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Privilege {
    /// By AWS.
    Iam {
        /// To whom.
        identity: Identity,
        /// What.
        statement: Statement,
    },
    /// By Atlas: a role in a project.
    Atlas {
        /// The project's id.
        project: String,
        /// The role.
        role: &'static str,
    },
    /// By MongoDB: a role of its own.
    MongoDb {
        /// The database that the role is of.
        database: String,
        /// The command that makes it.
        command: Value,
    },
}
