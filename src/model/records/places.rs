//! The accounts and regions that there are, by AWS's own lists: what the estate should be.

use crate::model::ids::{Account, Region};
use crate::model::time::Instant;

/// An account in a list of the organisation's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// Twelve digits.
    pub account: Account,
    /// Whether it was closed: nothing runs in it any more.
    pub closed: bool,
    /// When the list was taken.
    pub at: Instant,
}

/// A region in a list of an account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRegion {
    /// The region.
    pub region: Region,
    /// Whether the account could use it: all but `DISABLED`.
    pub enabled: bool,
    /// When the list was taken.
    pub at: Instant,
}
