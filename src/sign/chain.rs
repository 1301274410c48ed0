//! The certificates of a signer, checked before anything is signed.
//!
//! What would make a signature worthless is refused here, wherever the private key lies: a certificate of another key or of
//! a kind of key that does not sign, one that is not for signing or not valid at the time of signing, a chain that does not
//! hang together.

use backproof_verify::signature::key::MIN_RSA_BITS;
use backproof_verify::signature::{AnchorError, display_name, issued, outside_validity, unfit_to_sign};
use chrono::{DateTime, Utc};
use der::{Decode as _, Encode as _};
use p256::ecdsa::signature::Verifier as _;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts as _;
use spki::{DecodePublicKey as _, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;

use super::Algorithm;

/// Why certificates cannot stand beside a signature.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The chain holds no certificate, or an unreadable one.
    #[error("the certificate chain cannot be read: {0}")]
    Unreadable(#[from] AnchorError),
    /// The first certificate belongs to another key.
    #[error("the first certificate of the chain ({0}) does not belong to the private key")]
    Mismatch(String),
    /// The first certificate is of a key that is no RSA and no P-256 key.
    #[error("the first certificate of the chain ({0}) is of a key that is neither RSA nor P-256")]
    Kind(String),
    /// The RSA key is too short.
    #[error("the RSA key has {0} bits, at least {MIN_RSA_BITS} are needed")]
    ShortKey(u32),
    /// The first certificate is not for signing documents.
    #[error("the certificate may not sign: {0}")]
    Unfit(String),
    /// A certificate is not valid at the time of signing.
    #[error("at the time of signing, {at}: {reason}")]
    OutsideValidity {
        /// The time of signing.
        at: DateTime<Utc>,
        /// Which certificate, and since or until when.
        reason: String,
    },
    /// A certificate did not issue the one before it.
    #[error("certificate {index} of the chain did not issue the one before it")]
    Broken {
        /// Counted from 1.
        index: usize,
    },
    /// A certificate has no DER encoding.
    #[error("cannot encode a certificate: {0}")]
    Encoding(#[from] der::Error),
}

#[derive(Debug, Clone)]
enum PublicKey {
    Rsa(Box<rsa::PublicKey>),
    P256(p256::ecdsa::VerifyingKey),
}

/// Certificates that may stand beside a signature: the signer's own first, then each one's issuer.
#[derive(Debug, Clone)]
pub struct Chain {
    der: Vec<Vec<u8>>,
    subject: String,
    key: PublicKey,
    /// The SubjectPublicKeyInfo.
    key_der: Vec<u8>,
}

impl Chain {
    /// Checks the certificates. `at` is the time of signing.
    ///
    /// # Errors
    /// [`ChainError`], with what is wrong.
    pub fn of(certificates: &[Certificate], at: DateTime<Utc>) -> Result<Self, ChainError> {
        let leaf = certificates.first().ok_or(AnchorError::Empty)?;
        let subject = display_name(leaf.tbs_certificate().subject());
        let info = leaf.tbs_certificate().subject_public_key_info();
        let key = PublicKey::of(info, &subject)?;
        if let Some(reason) = unfit_to_sign(leaf) {
            return Err(ChainError::Unfit(reason));
        }
        let mut outside = certificates
            .iter()
            .filter_map(|certificate| outside_validity(certificate, at));
        if let Some(reason) = outside.next() {
            return Err(ChainError::OutsideValidity { at, reason });
        }
        let broken = certificates
            .windows(2)
            .position(|pair| matches!(pair, [below, above] if !issued(above, below)));
        if let Some(position) = broken {
            return Err(ChainError::Broken { index: position + 2 });
        }
        let der: Result<_, _> = certificates.iter().map(Certificate::to_der).collect();
        Ok(Self {
            der: der?,
            subject,
            key,
            key_der: info.to_der()?,
        })
    }

    /// Refuses a private key whose public half is not the certificate's; `public_key` is a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`ChainError::Mismatch`].
    pub fn belongs_to(&self, public_key: &[u8]) -> Result<(), ChainError> {
        match self.key_der == public_key {
            true => Ok(()),
            false => Err(ChainError::Mismatch(self.subject.clone())),
        }
    }

    /// Whether the certificate's key made `signature` over `message`, in the form that [`super::Signer::sign`] gives.
    pub fn made(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            PublicKey::Rsa(key) => key.pkcs1v15_verify::<Sha256>(message, signature).is_ok(),
            PublicKey::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }

    /// How the certificate's key signs.
    pub fn algorithm(&self) -> Algorithm {
        match self.key {
            PublicKey::Rsa(_) => Algorithm::RsaPkcs1Sha256,
            PublicKey::P256(_) => Algorithm::EcdsaP256Sha256,
        }
    }

    /// The certificates in DER.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.der
    }

    /// The subject of the signer's certificate, for readers.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Whose the signer's certificate is, and until when each certificate of the chain is valid.
pub fn described(chain: &[Vec<u8>]) -> Option<(String, DateTime<Utc>)> {
    let chain = chain.iter().map(|der| Certificate::from_der(der));
    let chain: Vec<Certificate> = chain.collect::<Result<_, _>>().ok()?;
    let until = |certificate: &Certificate| {
        let end = certificate.tbs_certificate().validity().not_after;
        let seconds = i64::try_from(end.to_unix_duration().as_secs()).ok()?;
        DateTime::from_timestamp(seconds, 0)
    };
    let subject = display_name(chain.first()?.tbs_certificate().subject());
    let ends: Option<Vec<_>> = chain.iter().map(until).collect();
    Some((subject, ends?.into_iter().min()?))
}

impl PublicKey {
    fn of(info: &SubjectPublicKeyInfoOwned, subject: &str) -> Result<Self, ChainError> {
        let der = info.to_der()?;
        if let Ok(key) = rsa::PublicKey::from_public_key_der(&der) {
            let bits = key.n().bit_width_vartime();
            if bits < MIN_RSA_BITS {
                return Err(ChainError::ShortKey(bits));
            }
            return Ok(Self::Rsa(Box::new(key)));
        }
        p256::ecdsa::VerifyingKey::from_public_key_der(&der)
            .map(Self::P256)
            .map_err(|_| ChainError::Kind(subject.to_owned()))
    }
}
