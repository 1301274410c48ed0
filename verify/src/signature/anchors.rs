//! The trust roots that the reader names. There is no built-in list: whom to trust is not ours to say.

use der::{Decode as _, Encode as _};
use x509_cert::Certificate;

use super::certificate::fingerprint;
use super::path::Role;
use crate::digest::Sha256Digest;

/// The most certificates that one PEM file may hold.
const MAX_CERTIFICATES: usize = 64;
/// The longest PEM file, in bytes.
const MAX_PEM_BYTES: usize = 1 << 20;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The trust roots for one role: certificates that were given, and fingerprints of certificates that have to be in the signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots {
    pub(super) given: Vec<Certificate>,
    pub(super) fingerprints: Vec<Sha256Digest>,
}

impl Roots {
    const fn none() -> Self {
        Self {
            given: Vec::new(),
            fingerprints: Vec::new(),
        }
    }

    /// Whether no trust root was named at all.
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.fingerprints.is_empty()
    }

    /// Whether this very certificate was named.
    pub(super) fn contains(&self, certificate: &Certificate) -> bool {
        self.given.contains(certificate)
            || fingerprint(certificate).is_some_and(|digest| self.fingerprints.contains(&digest))
    }
}

/// Trust roots, each pinned by its exact bytes or their SHA-256 digest. Those of signers and those of time stamps are kept apart: who is trusted to
/// tell the time is not thereby trusted to sign, nor the other way round.
#[derive(Debug, Clone, Default)]
pub struct TrustAnchors {
    signers: Roots,
    time_stamps: Roots,
}

/// Why a PEM file of certificates was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// No PEM certificate in the text.
    #[error("no certificate found, expected PEM blocks `{BEGIN}`")]
    Empty,
    /// A block does not end, or is not base64 of a DER certificate.
    #[error("certificate {index} of the PEM file cannot be read")]
    Unreadable {
        /// Counted from 1.
        index: usize,
    },
    /// The file is too long to be a list of certificates.
    #[error("the PEM file is too long: at most {MAX_CERTIFICATES} certificates in {MAX_PEM_BYTES} bytes")]
    TooLong,
}

impl TrustAnchors {
    /// No trust roots: trust stays undecided.
    pub const fn none() -> Self {
        Self {
            signers: Roots::none(),
            time_stamps: Roots::none(),
        }
    }

    /// Reads trust roots of signers as [`certificates_from_pem`] does. None of them is one of time stamps.
    ///
    /// # Errors
    /// [`AnchorError`]: a part of a trust file is never used.
    pub fn from_pem(pem: &str) -> Result<Self, AnchorError> {
        Self::none().with_signers(pem)
    }

    /// The same with these trust roots of signers.
    ///
    /// # Errors
    /// [`AnchorError`]: a part of a trust file is never used.
    pub fn with_signers(mut self, pem: &str) -> Result<Self, AnchorError> {
        self.signers.given = certificates_from_pem(pem)?;
        Ok(self)
    }

    /// The same with these trust roots of time stamps.
    ///
    /// # Errors
    /// [`AnchorError`]: a part of a trust file is never used.
    pub fn with_time_stamps(mut self, pem: &str) -> Result<Self, AnchorError> {
        self.time_stamps.given = certificates_from_pem(pem)?;
        Ok(self)
    }

    /// The same with the certificate of this fingerprint, the SHA-256 digest of its DER, as a trust root of signers. It has to be
    /// among the certificates of a signature: a digest checks no signature of an issuer that is absent.
    pub fn with_signer_fingerprint(mut self, fingerprint: Sha256Digest) -> Self {
        self.signers.fingerprints.push(fingerprint);
        self
    }

    /// The same for time stamps.
    pub fn with_time_stamp_fingerprint(mut self, fingerprint: Sha256Digest) -> Self {
        self.time_stamps.fingerprints.push(fingerprint);
        self
    }

    /// The trust roots for a role.
    pub(super) fn of(&self, role: Role) -> &Roots {
        match role {
            Role::Document => &self.signers,
            Role::TimeStamp => &self.time_stamps,
        }
    }
}

/// Reads PEM certificates, one or more; text around the blocks is ignored, as OpenSSL does.
///
/// # Errors
/// [`AnchorError`], when there is no certificate or one cannot be read.
pub fn certificates_from_pem(pem: &str) -> Result<Vec<Certificate>, AnchorError> {
    if pem.len() > MAX_PEM_BYTES {
        return Err(AnchorError::TooLong);
    }
    let mut certificates = Vec::new();
    for block in pem.split(BEGIN).skip(1) {
        let index = certificates.len() + 1;
        if index > MAX_CERTIFICATES {
            return Err(AnchorError::TooLong);
        }
        certificates.push(read_block(block).ok_or(AnchorError::Unreadable { index })?);
    }
    if certificates.is_empty() {
        Err(AnchorError::Empty)
    } else {
        Ok(certificates)
    }
}

/// Reads what follows a `BEGIN` line; the certificate must encode to the bytes it was read from.
fn read_block(block: &str) -> Option<Certificate> {
    let (body, _) = block.split_once(END)?;
    let pem = format!("{BEGIN}\n{}\n{END}\n", body.trim());
    let (_, document) = der::Document::from_pem(&pem).ok()?;
    let certificate = Certificate::from_der(document.as_bytes()).ok()?;
    (certificate.to_der().ok()?.as_slice() == document.as_bytes()).then_some(certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_whole_certificate_is_an_error() {
        for (pem, expected) in [
            ("", AnchorError::Empty),
            ("hello", AnchorError::Empty),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n",
                AnchorError::Unreadable { index: 1 },
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                AnchorError::Unreadable { index: 1 },
            ),
        ] {
            assert_eq!(TrustAnchors::from_pem(pem).err(), Some(expected), "{pem:?}");
        }
        for role in [Role::Document, Role::TimeStamp] {
            assert!(TrustAnchors::none().of(role).is_empty());
        }
    }
}
