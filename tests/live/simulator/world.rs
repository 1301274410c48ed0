//! What there is: rows by call and place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A call in an account and region.
pub(crate) type At = (&'static str, String, String);

/// An object's bytes and metadata.
pub(crate) type Object = (Vec<u8>, BTreeMap<String, String>);

/// The state of all accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// Rows of lists, by the call that lists them.
    pub(crate) rows: BTreeMap<At, Vec<Value>>,
    /// Whole replies, by call and what is asked for: a vault, a plan and its version.
    pub(crate) replies: BTreeMap<(At, String), Value>,
    /// Objects of S3, by bucket and key, with their metadata.
    pub(crate) objects: BTreeMap<(String, String), Object>,
    /// Calls that the identity of an account may not make in a region.
    pub(crate) refused: BTreeSet<(String, String, String)>,
    /// Where buckets lie that lie elsewhere than they are asked; a request that is signed for another region is sent there.
    pub(crate) buckets: BTreeMap<String, String>,
    /// The identities, by access key digits: an account may be entered by these roles.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    /// Rows of a page.
    pub(crate) page_rows: usize,
    /// By how much the services' clocks are ahead of the machine's.
    pub(crate) ahead: chrono::TimeDelta,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            page_rows: 3,
            ..Self::default()
        }
    }

    /// Adds a row to a list.
    pub(crate) fn row(&mut self, operation: &'static str, account: &str, region: &str, row: Value) {
        let at = (operation, account.to_owned(), region.to_owned());
        self.rows.entry(at).or_default().push(row);
    }

    /// Sets what is answered when `part` is asked for.
    pub(crate) fn reply(
        &mut self,
        operation: &'static str,
        account: &str,
        region: &str,
        part: &str,
        reply: Value,
    ) {
        let at = (operation, account.to_owned(), region.to_owned());
        self.replies.insert((at, part.to_owned()), reply);
    }
}
