//! Signatures and what they rest on: CMS over any content, PAdES over a PDF, the path to a trust root.
//!
//! Every aspect is a check of its own (`intact`, `covered`, `trusted`, `timely`), so that a reader sees which of them
//! holds. Only the forms that backproof writes are accepted: CAdES (EN 319 122-1) with SHA-256 and RSA or P-256, and PAdES
//! (EN 319 142-1) as a certification of a finished PDF, of level B-B, or with a time stamp over the signature value (B-T)
//! and what was known of revocation, and with time stamps over the document after it (B-LTA).

mod anchors;
mod certificate;
pub mod cms;
pub mod key;
mod names;
mod ocsp;
mod path;
pub mod pdf;
pub mod reply;
mod revocation;
pub mod signed_data;
mod statements;
pub mod timestamp;

use chrono::{DateTime, Utc};

pub use self::anchors::{AnchorError, TrustAnchors, certificates_from_pem};
pub use self::certificate::{DEVELOPMENT_UNIT, display_name, fingerprint, outside_validity, unfit_to_sign};
pub use self::path::issued;
use self::revocation::Revocations;
pub use self::timestamp::TimeStamp;
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;

/// What a signature or a time stamp is held against.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// The digest of what was signed or stamped.
    pub(crate) content: Sha256Digest,
    pub(crate) anchors: &'a TrustAnchors,
    /// The time of verification, or that of a later time stamp over all of it.
    pub(crate) now: DateTime<Utc>,
}

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
    /// Until when the signature existed at the latest, where a time stamp says so and does not fail.
    pub time_stamp: Option<TimeStamp>,
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
    let ground = Ground {
        content: Sha256Digest::of(content),
        anchors,
        now: at,
    };
    let mut revocations = Revocations::new(at);
    let signer = cms::check(name, signature_der, &ground, &mut revocations, checks);
    revocations.refuse_unused(name, checks);
    signer
}

/// Checks an RFC 3161 reply over `content`, as in `SHA256SUMS.tsr`.
///
/// `at` is the time at which the authority's certificates must still hold. Gives what the time stamp says where no check
/// of it failed; trust is told by the checks alone.
pub fn check_time_stamp_reply(
    name: &str,
    reply_der: &[u8],
    content: &[u8],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<TimeStamp> {
    let ground = Ground {
        content: Sha256Digest::of(content),
        anchors,
        now: at,
    };
    let mut revocations = Revocations::new(at);
    let time_stamp = reply::check(name, reply_der, &ground, &mut revocations, checks);
    revocations.refuse_unused(name, checks);
    time_stamp
}

/// Checks a token over bytes of which only the digest is at hand: what whoever asked for it does before putting it anywhere.
///
/// `name` is whose token it is, the subject of each check; the rest is as in [`check_time_stamp_reply`]. Whether it answers
/// the question that was asked is told by [`TimeStamp::nonce`] and [`TimeStamp::policy`].
pub fn check_time_stamp_token(
    name: &str,
    token_der: &[u8],
    stamped: Sha256Digest,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<TimeStamp> {
    let ground = Ground {
        content: stamped,
        anchors,
        now: at,
    };
    let mut revocations = Revocations::new(at);
    let time_stamp = timestamp::check(name, token_der, &ground, &mut revocations, checks);
    revocations.refuse_unused(name, checks);
    time_stamp
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
