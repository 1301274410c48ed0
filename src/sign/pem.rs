//! A signer from a PEM key and a PEM chain.
//!
//! Everything that would make a signature worthless is refused here, before anything is signed: a key that is too
//! short, a certificate of another key, one that is not for signing or not valid at the time of signing, a chain that
//! does not hang together.

use backproof_verify::signature::key::MIN_RSA_BITS;
use backproof_verify::signature::{
    AnchorError, certificates_from_pem, display_name, issued, outside_validity, unfit_to_sign,
};
use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::{Decode as _, Encode as _, SecretDocument};
use p256::ecdsa::signature::Signer as _;
use pkcs8::{EncodePublicKey as _, PrivateKeyInfoRef};
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts as _;
use x509_cert::Certificate;

use super::{Algorithm, SignError, Signer};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Why a key and its chain cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// No PEM block of a private key.
    #[error("no private key found, expected a PEM block `-----BEGIN PRIVATE KEY-----`")]
    NoKey,
    /// The key is protected by a password.
    #[error("the private key is encrypted, only keys without a password are read")]
    EncryptedKey,
    /// The key is damaged, or of a kind that is not supported.
    #[error("the private key cannot be read: {0}")]
    Key(&'static str),
    /// The RSA key is too short.
    #[error("the RSA key has {0} bits, at least {MIN_RSA_BITS} are needed")]
    ShortKey(u32),
    /// The chain holds no certificate, or an unreadable one.
    #[error("the certificate chain cannot be read: {0}")]
    Chain(#[from] AnchorError),
    /// The first certificate belongs to another key.
    #[error("the first certificate of the chain ({0}) does not belong to the private key")]
    Mismatch(String),
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
    BrokenChain {
        /// Counted from 1.
        index: usize,
    },
    /// A key or certificate has no DER encoding.
    #[error("cannot encode: {0}")]
    Encoding(#[from] der::Error),
}

enum Key {
    Rsa(Box<rsa::PrivateKey>),
    P256(p256::ecdsa::SigningKey),
}

/// A private key in memory and its certificates.
pub struct PemSigner {
    key: Key,
    chain: Vec<Vec<u8>>,
}

impl std::fmt::Debug for PemSigner {
    /// Names the algorithm and the chain's length; the key is never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (algorithm, certificates) = (self.algorithm(), self.chain.len());
        f.debug_struct("PemSigner")
            .field("algorithm", &algorithm)
            .field("certificates", &certificates)
            .finish()
    }
}

impl PemSigner {
    /// Reads a key (PKCS#8, PKCS#1 or SEC 1) and its chain, the signer's certificate first. `at` is the time of signing.
    ///
    /// # Errors
    /// [`PemError`], with what is wrong.
    pub fn from_pem(key: &str, chain: &str, at: DateTime<Utc>) -> Result<Self, PemError> {
        let key = read_key(key)?;
        let certificates = certificates_from_pem(chain)?;
        check_chain(&key, &certificates, at)?;
        let chain = certificates
            .iter()
            .map(Certificate::to_der)
            .collect::<Result<_, _>>()?;
        Ok(Self { key, chain })
    }

    /// Whose the signer's certificate is, and until when each certificate of the chain is valid.
    pub fn certificate(&self) -> Option<(String, DateTime<Utc>)> {
        let chain = self.chain.iter().map(|der| Certificate::from_der(der));
        let chain: Vec<Certificate> = chain.collect::<Result<_, _>>().ok()?;
        let until = |certificate: &Certificate| {
            let end = certificate
                .tbs_certificate()
                .validity()
                .not_after
                .to_unix_duration();
            DateTime::from_timestamp(i64::try_from(end.as_secs()).ok()?, 0)
        };
        let subject = display_name(chain.first()?.tbs_certificate().subject());
        let ends: Option<Vec<_>> = chain.iter().map(until).collect();
        Some((subject, ends?.into_iter().min()?))
    }
}

impl Signer for PemSigner {
    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn algorithm(&self) -> Algorithm {
        match self.key {
            Key::Rsa(_) => Algorithm::RsaPkcs1Sha256,
            Key::P256(_) => Algorithm::EcdsaP256Sha256,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.key {
            Key::Rsa(key) => key
                .pkcs1v15_sign::<Sha256>(message)
                .map_err(|error| SignError::Refused(error.to_string())),
            Key::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key
                    .try_sign(message)
                    .map_err(|error| SignError::Refused(error.to_string()))?;
                Ok(signature.as_bytes().to_vec())
            }
        }
    }
}

/// Finds the private key's block: OpenSSL writes `EC PARAMETERS` before it.
fn read_key(pem: &str) -> Result<Key, PemError> {
    let first_line = |block: &'_ str| block.lines().next().unwrap_or_default().trim_end().to_owned();
    let mut blocks = pem.match_indices("-----BEGIN ").map(|(at, _)| pem.split_at(at).1);
    let block = blocks
        .find(|block| first_line(block).ends_with("PRIVATE KEY-----"))
        .ok_or(PemError::NoKey)?;
    let end_line = first_line(block).replace("BEGIN", "END");
    let (body, _) = block
        .split_once(&end_line)
        .ok_or(PemError::Key("the PEM block does not end"))?;
    if body.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(PemError::EncryptedKey);
    }
    let block = format!("{body}{end_line}\n");
    let unreadable = |_| PemError::Key("not valid PEM");
    let (label, der) = SecretDocument::from_pem(&block).map_err(unreadable)?;
    match label {
        "PRIVATE KEY" => from_pkcs8(der.as_bytes()),
        "RSA PRIVATE KEY" => rsa_key(rsa::PrivateKey::from_pkcs1_der(der.as_bytes()).ok()),
        "EC PRIVATE KEY" => p256_key(p256::SecretKey::from_sec1_der(der.as_bytes()).ok()),
        "ENCRYPTED PRIVATE KEY" => Err(PemError::EncryptedKey),
        _ => Err(PemError::Key("expected PKCS#8, PKCS#1 or SEC 1")),
    }
}

fn from_pkcs8(der: &[u8]) -> Result<Key, PemError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| PemError::Key("not a PKCS#8 key"))?;
    match info.algorithm.oid {
        RSA_ENCRYPTION => rsa_key(info.try_into().ok()),
        EC_PUBLIC_KEY => p256_key(info.try_into().ok()),
        _ => Err(PemError::Key("neither RSA nor P-256")),
    }
}

fn rsa_key(key: Option<rsa::PrivateKey>) -> Result<Key, PemError> {
    let key = key.ok_or(PemError::Key("not a sound RSA key"))?;
    let bits = key.n().bit_width_vartime();
    if bits < MIN_RSA_BITS {
        Err(PemError::ShortKey(bits))
    } else {
        Ok(Key::Rsa(Box::new(key)))
    }
}

fn p256_key(key: Option<p256::SecretKey>) -> Result<Key, PemError> {
    key.map(|key| Key::P256(key.into())).ok_or(PemError::Key(
        "not a sound P-256 key, other curves are not supported",
    ))
}

fn check_chain(key: &Key, chain: &[Certificate], at: DateTime<Utc>) -> Result<(), PemError> {
    let leaf = chain.first().ok_or(AnchorError::Empty)?;
    let subject = display_name(leaf.tbs_certificate().subject());
    let own = match key {
        Key::Rsa(key) => key.to_public_key().to_public_key_der(),
        Key::P256(key) => key.verifying_key().to_public_key_der(),
    };
    let own = own.map_err(|_| PemError::Key("its public key cannot be encoded"))?;
    if leaf.tbs_certificate().subject_public_key_info().to_der()? != own.as_bytes() {
        return Err(PemError::Mismatch(subject));
    }
    if let Some(reason) = unfit_to_sign(leaf) {
        return Err(PemError::Unfit(reason));
    }
    if let Some(reason) = chain
        .iter()
        .find_map(|certificate| outside_validity(certificate, at))
    {
        return Err(PemError::OutsideValidity { at, reason });
    }
    match chain
        .windows(2)
        .position(|pair| matches!(pair, [below, above] if !issued(above, below)))
    {
        Some(position) => Err(PemError::BrokenChain { index: position + 2 }),
        None => Ok(()),
    }
}
