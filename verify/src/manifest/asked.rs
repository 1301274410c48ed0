//! The time stamp authorities that a manifest says were asked.

use serde::{Deserialize, Serialize};

use super::v1::{ManifestError, ensure, is_printable};

/// The most time stamp authorities that are asked.
pub const AUTHORITIES_MAX: usize = 8;
/// The address of an authority is at most this long, in bytes.
pub const AUTHORITY_LENGTH_MAX: usize = 200;
/// The words about an authority are at most this long, in bytes.
pub const FAILURE_LENGTH_MAX: usize = 500;

/// A time stamp authority that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedAuthority {
    /// Where it was asked.
    pub authority: String,
    /// Why it gave no time stamp that could be used, as words that go on its name; `None` for the one that stamped.
    pub failure: Option<String>,
}

/// Holds what is said of authorities together: each was asked once, and after one that stamped nobody was.
pub(super) fn check(asked: &[AskedAuthority]) -> Result<(), ManifestError> {
    ensure(
        asked.len() <= AUTHORITIES_MAX,
        "time_stamps",
        "too many authorities",
    )?;
    for (position, one) in asked.iter().enumerate() {
        let at = format_args!("time_stamps[{position}]");
        ensure(
            is_printable(&one.authority, AUTHORITY_LENGTH_MAX),
            at,
            "authority is not printable ASCII",
        )?;
        let mut before = asked.iter().take(position);
        ensure(
            before.all(|other| other.authority != one.authority),
            at,
            "authority is repeated",
        )?;
        let words = one.failure.as_deref();
        ensure(
            words.is_none_or(|words| is_printable(words, FAILURE_LENGTH_MAX)),
            at,
            "failure is not printable ASCII",
        )?;
        ensure(
            words.is_some() || position + 1 == asked.len(),
            at,
            "authority stamped, and others were asked after it",
        )?;
    }
    Ok(())
}
