//! Placeholder of the signatures' verification: every answer is "could not check".

use chrono::{DateTime, Utc};

use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;

/// The trust roots that the reader named.
#[derive(Debug, Default)]
pub struct TrustAnchors(());

impl TrustAnchors {
    /// No trust root at all.
    pub fn none() -> Self {
        Self::default()
    }
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerFacts {
    /// The certificate's subject.
    pub subject: String,
    /// The certificate's issuer.
    pub issuer: String,
    /// The digest of the certificate's DER.
    pub certificate_sha256: Sha256Digest,
    /// Whether the certificate is a development identity.
    pub development: bool,
}

/// Checks a detached CMS signature.
pub fn check_detached(
    name: &str,
    _signature_der: &[u8],
    _content: &[u8],
    _anchors: &TrustAnchors,
    _at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<SignerFacts> {
    checks.undecided(Code::CmsParse, name, "signatures are not checked yet");
    None
}

/// Checks a PDF's signature.
pub fn check_pdf(
    name: &str,
    _pdf: &[u8],
    _anchors: &TrustAnchors,
    _at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<SignerFacts> {
    checks.undecided(Code::CmsParse, name, "signatures are not checked yet");
    None
}
