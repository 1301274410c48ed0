//! A signer whose key is in a file: PEM, or PKCS#12.

use backproof_verify::signature::{AnchorError, certificates_from_pem};
use chrono::{DateTime, Utc};

use super::chain::{Chain, ChainError};
use super::key::{KeyError, PrivateKey};
use super::pkcs12::{self, Pkcs12Error};
use super::{Algorithm, SignError, Signer};

/// Why the key and certificates of a file cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The private key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificates.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The PKCS#12 file.
    #[error(transparent)]
    Pkcs12(#[from] Pkcs12Error),
}

impl From<AnchorError> for FileError {
    fn from(error: AnchorError) -> Self {
        Self::Chain(error.into())
    }
}

/// A private key in memory and its certificates.
pub struct FileSigner {
    key: PrivateKey,
    chain: Chain,
}

impl std::fmt::Debug for FileSigner {
    /// Shows the certificates; the key is never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSigner")
            .field("subject", &self.chain.subject())
            .field("algorithm", &self.chain.algorithm())
            .finish_non_exhaustive()
    }
}

impl FileSigner {
    /// From a PEM key (PKCS#8, PKCS#1 or SEC 1) and a PEM chain, the signer's certificate first. `at` is the time of
    /// signing.
    ///
    /// # Errors
    /// [`FileError`], with what is wrong.
    pub fn from_pem(key: &str, chain: &str, at: DateTime<Utc>) -> Result<Self, FileError> {
        let key = PrivateKey::from_pem(key)?;
        Self::of(key, Chain::of(&certificates_from_pem(chain)?, at)?)
    }

    /// From a PKCS#12 file that holds one key and its chain. `at` is the time of signing.
    ///
    /// # Errors
    /// [`FileError`], with what is wrong.
    pub fn from_pkcs12(file: &[u8], password: &str, at: DateTime<Utc>) -> Result<Self, FileError> {
        let contents = pkcs12::open(file, password)?;
        let key = PrivateKey::from_pkcs8(contents.key.as_bytes())?;
        let certificates = contents.chain_of(&key.public_key()?, at)?;
        Self::of(key, Chain::of(&certificates, at)?)
    }

    fn of(key: PrivateKey, chain: Chain) -> Result<Self, FileError> {
        chain.belongs_to(&key.public_key()?)?;
        Ok(Self { key, chain })
    }
}

impl Signer for FileSigner {
    fn chain(&self) -> &[Vec<u8>] {
        self.chain.certificates()
    }

    fn algorithm(&self) -> Algorithm {
        self.chain.algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key.sign(message)
    }

    fn repeats(&self) -> bool {
        true
    }
}
