//! Signatures and what they rest on: CMS over any content, PAdES over a PDF, the path to a trust root.
//!
//! Every aspect is a check of its own (`intact`, `covered`, `trusted`, `timely`), so that a reader sees which of them
//! holds. Only the forms that backproof writes are accepted: CAdES-B-B (EN 319 122-1) with SHA-256 and RSA or P-256, and
//! PAdES-B-B (EN 319 142-1) as a certification of a finished PDF. Revocation data is not looked at yet, and the detail
//! of `certificate.validity` says so.

mod anchors;
mod certificate;
pub mod cms;
pub mod key;
mod path;
pub mod pdf;
pub mod signed_data;

use chrono::{DateTime, Utc};

pub use self::anchors::{AnchorError, TrustAnchors, certificates_from_pem};
pub use self::certificate::{DEVELOPMENT_UNIT, display_name, outside_validity, unfit_to_sign};
pub use self::path::issued;
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;

/// Who signed, as far as a signature that verifies can tell. Whether to believe it is the trust checks' answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerFacts {
    /// The signer's distinguished name (RFC 4514 text).
    pub subject: String,
    /// The issuer's distinguished name (RFC 4514 text).
    pub issuer: String,
    /// SHA-256 of the signer's certificate in DER.
    pub certificate_sha256: Sha256Digest,
    /// The certificate is marked as a development identity: not for audit use, whoever trusts its root.
    pub development: bool,
}

/// Checks a detached CMS signature over `content`, as in `SHA256SUMS.p7s`.
///
/// `name` is the signature's path, the subject of each check; `at` is the time at which certificates must hold.
/// Returns the signer only when the signature itself verifies; trust is told by the checks alone.
pub fn check_detached(
    name: &str,
    signature_der: &[u8],
    content: &[u8],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<SignerFacts> {
    cms::check(
        name,
        signature_der,
        Sha256Digest::of(content),
        anchors,
        at,
        checks,
    )
}

/// Checks a certified PDF: syntax, revisions, coverage, permitted changes, and the CMS signature within.
///
/// `name` is the file's path, the subject of each check; `at` is the time at which certificates must hold.
/// Returns the signer only when the signature itself verifies. A PDF without a signature fails.
pub fn check_pdf(
    name: &str,
    pdf: &[u8],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<SignerFacts> {
    pdf::check(name, pdf, anchors, at, checks).map(|certified| certified.signer)
}

/// Notes the outcome under `code` and says whether it holds. `Ok` and `Err` carry the detail.
fn record(checks: &mut Checks, code: Code, name: &str, outcome: Result<String, String>) -> bool {
    match outcome {
        Ok(detail) => {
            checks.ok(code, name, detail);
            true
        }
        Err(reason) => {
            checks.failed(code, name, reason);
            false
        }
    }
}
