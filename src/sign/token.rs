//! A signer whose key is in a token that speaks PKCS#11: a hardware security module, a card, or SoftHSM.
//!
//! The token is given the digest, which every token can sign. Its private key does not always say its public half, so that a
//! labelled text that is no signature of anything is signed first, and tried with the certificate's key.

use std::path::{Path, PathBuf};

use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::{AnchorError, certificates_from_pem};
use chrono::{DateTime, Utc};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as TokenFailure, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::chain::{Chain, ChainError};
use super::{Algorithm, SignError, Signer, TRIAL};

/// The DER of a SHA-256 `DigestInfo` before its digest (RFC 8017 §9.2).
const SHA_256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// A key in a token, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// The token's library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The private key's label (CKA_LABEL).
    pub key: String,
}

/// Why a key in a token can't sign.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The certificates.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The library can't be loaded, or fails.
    #[error("the PKCS#11 module {}: {failure}", module.display())]
    Module {
        /// Its file.
        module: PathBuf,
        /// What it said.
        failure: TokenFailure,
    },
    /// There is no such token, or several.
    #[error("{count} tokens are labelled {label:?}, one is needed; there are: {}", there.join(", "))]
    Tokens {
        /// How many.
        count: usize,
        /// The label.
        label: String,
        /// The labels of all tokens.
        there: Vec<String>,
    },
    /// The token would not take the PIN.
    #[error("the token {label:?} refuses the PIN: {failure}")]
    Pin {
        /// The token's label.
        label: String,
        /// What it said.
        failure: TokenFailure,
    },
    /// There is no such key, or several.
    #[error("{count} private keys of the token {token:?} are labelled {label:?}, one is needed")]
    Keys {
        /// How many.
        count: usize,
        /// The token's label.
        token: String,
        /// The key's label.
        label: String,
    },
    /// It signs, and its signature is not by the certificate's key.
    #[error("the key {label:?} does not sign for its certificate: {failure}")]
    Key {
        /// The key's label.
        label: String,
        /// What came of it.
        failure: SignError,
    },
}

impl From<AnchorError> for TokenError {
    fn from(error: AnchorError) -> Self {
        Self::Chain(error.into())
    }
}

/// A key in a token and its certificates.
pub struct TokenSigner {
    key: ObjectHandle,
    chain: Chain,
    session: Session,
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSigner")
            .field("subject", &self.chain.subject())
            .field("algorithm", &self.chain.algorithm())
            .finish_non_exhaustive()
    }
}

impl TokenSigner {
    /// Logs in, finds the key, and checks that the certificates of the PEM text `chain` are its. `at` is the time of signing.
    ///
    /// # Errors
    /// [`TokenError`]: no document is signed with a key that does not fit.
    pub fn open(key: &TokenKey, pin: String, chain: &str, at: DateTime<Utc>) -> Result<Self, TokenError> {
        let chain = Chain::of(&certificates_from_pem(chain)?, at)?;
        let failed = |failure| TokenError::Module {
            module: key.module.clone(),
            failure,
        };
        let context = load(&key.module).map_err(failed)?;
        let slot = slot(&context, &key.token, &failed)?;
        let session = context.open_ro_session(slot).map_err(failed)?;
        match session.login(UserType::User, Some(&AuthPin::from(pin))) {
            Ok(()) | Err(TokenFailure::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(failure) => {
                let label = key.token.clone();
                return Err(TokenError::Pin { label, failure });
            }
        }
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(key.key.clone().into_bytes()),
        ];
        let found = session.find_objects(&wanted).map_err(failed)?;
        let [handle] = found[..] else {
            return Err(TokenError::Keys {
                count: found.len(),
                token: key.token.clone(),
                label: key.key.clone(),
            });
        };
        let signer = Self {
            key: handle,
            chain,
            session,
        };
        match signer.sign(TRIAL) {
            Ok(_) => Ok(signer),
            Err(failure) => Err(TokenError::Key {
                label: key.key.clone(),
                failure,
            }),
        }
    }
}

fn load(module: &Path) -> Result<Pkcs11, TokenFailure> {
    let context = Pkcs11::new(module)?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(TokenFailure::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(context),
        Err(failure) => Err(failure),
    }
}

fn slot(
    context: &Pkcs11,
    label: &str,
    failed: &impl Fn(TokenFailure) -> TokenError,
) -> Result<Slot, TokenError> {
    let mut there = Vec::new();
    for slot in context.get_slots_with_initialized_token().map_err(failed)? {
        let info = context.get_token_info(slot).map_err(failed)?;
        there.push((info.label().to_owned(), slot));
    }
    let mut fitting = there.iter().filter(|(there, _)| there == label);
    match (fitting.next(), fitting.next()) {
        (Some((_, slot)), None) => Ok(*slot),
        _ => Err(TokenError::Tokens {
            count: there.iter().filter(|(there, _)| there == label).count(),
            label: label.to_owned(),
            there: there.iter().map(|(there, _)| format!("{there:?}")).collect(),
        }),
    }
}

impl Signer for TokenSigner {
    fn chain(&self) -> &[Vec<u8>] {
        self.chain.certificates()
    }

    fn algorithm(&self) -> Algorithm {
        self.chain.algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let refused = |error: TokenFailure| SignError::Refused(error.to_string());
        let digest = Sha256Digest::of(message);
        let signature = match self.algorithm() {
            Algorithm::RsaPkcs1Sha256 => {
                let info = [SHA_256_DIGEST_INFO.as_slice(), digest.as_bytes()].concat();
                self.session
                    .sign(&Mechanism::RsaPkcs, self.key, &info)
                    .map_err(refused)?
            }
            Algorithm::EcdsaP256Sha256 => {
                let pair = self.session.sign(&Mechanism::Ecdsa, self.key, digest.as_bytes());
                let pair = pair.map_err(refused)?;
                // A token gives r and s side by side (PKCS#11 v2.40 §2.3.1).
                let value = p256::ecdsa::Signature::from_slice(&pair).map_err(|_| SignError::NotOurs)?;
                value.to_der().as_bytes().to_vec()
            }
        };
        match self.chain.made(message, &signature) {
            true => Ok(signature),
            false => Err(SignError::NotOurs),
        }
    }

    fn repeats(&self) -> bool {
        self.algorithm() == Algorithm::RsaPkcs1Sha256
    }
}
