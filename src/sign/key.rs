//! A private key in memory, as files hold it.

use backproof_verify::signature::key::MIN_RSA_BITS;
use const_oid::ObjectIdentifier;
use der::{Decode as _, SecretDocument};
use p256::ecdsa::signature::Signer as _;
use pkcs8::{EncodePublicKey as _, PrivateKeyInfoRef};
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts as _;

use super::SignError;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Why a private key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No PEM block of a private key.
    #[error("no private key found, expected a PEM block `-----BEGIN PRIVATE KEY-----`")]
    None,
    /// The key is protected by a password.
    #[error(
        "the private key is encrypted: PEM keys are read without a password only; put key and certificates into a PKCS#12 file"
    )]
    Encrypted,
    /// The key is damaged, or of a kind that is not supported.
    #[error("the private key cannot be read: {0}")]
    Unreadable(&'static str),
    /// The RSA key is too short.
    #[error("the RSA key has {0} bits, at least {MIN_RSA_BITS} are needed")]
    Short(u32),
}

/// A private key. It has no `Debug`: it is never shown.
pub enum PrivateKey {
    /// RSA, of at least 2048 bits.
    Rsa(Box<rsa::PrivateKey>),
    /// P-256.
    P256(p256::ecdsa::SigningKey),
}

impl PrivateKey {
    /// Reads the first private key of a PEM file: PKCS#8, PKCS#1 or SEC 1. OpenSSL writes `EC PARAMETERS` before it.
    ///
    /// # Errors
    /// [`KeyError`], with what is wrong.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let first_line = |block: &'_ str| block.lines().next().unwrap_or_default().trim_end().to_owned();
        let mut blocks = pem.match_indices("-----BEGIN ").map(|(at, _)| pem.split_at(at).1);
        let block = blocks
            .find(|block| first_line(block).ends_with("PRIVATE KEY-----"))
            .ok_or(KeyError::None)?;
        let end_line = first_line(block).replace("BEGIN", "END");
        let (body, _) = block
            .split_once(&end_line)
            .ok_or(KeyError::Unreadable("the PEM block does not end"))?;
        if body.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let block = format!("{body}{end_line}\n");
        let unreadable = |_| KeyError::Unreadable("not valid PEM");
        let (label, der) = SecretDocument::from_pem(&block).map_err(unreadable)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(der.as_bytes()),
            "RSA PRIVATE KEY" => Self::rsa(rsa::PrivateKey::from_pkcs1_der(der.as_bytes()).ok()),
            "EC PRIVATE KEY" => Self::p256(p256::SecretKey::from_sec1_der(der.as_bytes()).ok()),
            "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
            _ => Err(KeyError::Unreadable("expected PKCS#8, PKCS#1 or SEC 1")),
        }
    }

    /// Reads the DER of a PKCS#8 `PrivateKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError`], with what is wrong.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Unreadable("not a PKCS#8 key"))?;
        match info.algorithm.oid {
            RSA_ENCRYPTION => Self::rsa(info.try_into().ok()),
            EC_PUBLIC_KEY => Self::p256(info.try_into().ok()),
            _ => Err(KeyError::Unreadable("neither RSA nor P-256")),
        }
    }

    fn rsa(key: Option<rsa::PrivateKey>) -> Result<Self, KeyError> {
        let key = key.ok_or(KeyError::Unreadable("not a sound RSA key"))?;
        let bits = key.n().bit_width_vartime();
        if bits < MIN_RSA_BITS {
            Err(KeyError::Short(bits))
        } else {
            Ok(Self::Rsa(Box::new(key)))
        }
    }

    fn p256(key: Option<p256::SecretKey>) -> Result<Self, KeyError> {
        key.map(|key| Self::P256(key.into())).ok_or(KeyError::Unreadable(
            "not a sound P-256 key, other curves are not supported",
        ))
    }

    /// The public half: a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// The key can't be encoded.
    pub fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        let der = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.verifying_key().to_public_key_der(),
        };
        der.map(der::Document::into_vec)
            .map_err(|_| KeyError::Unreadable("its public key cannot be encoded"))
    }

    /// Signs, as [`super::Signer::sign`] says; ECDSA with the nonce of RFC 6979.
    ///
    /// # Errors
    /// [`SignError::Refused`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let refused = |error: &dyn std::fmt::Display| SignError::Refused(error.to_string());
        match self {
            Self::Rsa(key) => key
                .pkcs1v15_sign::<Sha256>(message)
                .map_err(|error| refused(&error)),
            Self::P256(key) => {
                let signed: Result<p256::ecdsa::DerSignature, _> = key.try_sign(message);
                Ok(signed.map_err(|error| refused(&error))?.as_bytes().to_vec())
            }
        }
    }
}
