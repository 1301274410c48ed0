//! What failures of AWS mean for a pull.

use crate::collect::failure::Failure;

/// Codes by which services refuse credentials that were good before.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// Whether fresh credentials may help.
pub(super) fn is_expiry(failure: &Failure) -> bool {
    EXPIRED.contains(&failure.code.as_str())
}
