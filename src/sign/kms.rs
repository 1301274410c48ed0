//! A signer whose key is in AWS KMS and never leaves it.
//!
//! KMS is given the digest (`MessageType` DIGEST), so that a message of any length needs one call. What comes back is
//! tried with the certificate's key before it is used.

use std::cell::RefCell;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyUsageType, MessageType, SigningAlgorithmSpec};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::{AnchorError, certificates_from_pem};
use chrono::{DateTime, Utc};

use super::chain::{Chain, ChainError};
use super::{Algorithm, SignError, Signer};
use crate::service::aws::{Role, configure};
use crate::service::failure::Failure;
use crate::service::iam::{self, Identity, Statement};

/// A key of KMS, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    /// Its ARN, its id, or an alias.
    pub id: String,
    /// Where it is.
    pub region: String,
    /// The role that may sign with it, where that is not the environment's identity.
    pub role: Option<Role>,
}

/// Why a key of KMS can't sign.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The certificates.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The service.
    #[error("{call} of {key}: {} ({})", .failure.message, .failure.code)]
    Failed {
        /// What was asked.
        call: &'static str,
        /// The key, as configured.
        key: String,
        /// What the service said.
        failure: Failure,
    },
    /// The key is not for signing.
    #[error("{0} is not a key for signing (KeyUsage SIGN_VERIFY)")]
    Usage(String),
    /// There is no way to wait for the network.
    #[error("no runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

impl From<AnchorError> for KmsError {
    fn from(error: AnchorError) -> Self {
        Self::Chain(error.into())
    }
}

/// A key of KMS and its certificates.
#[derive(Debug)]
pub struct KmsSigner {
    key: KmsKey,
    chain: Chain,
    client: aws_sdk_kms::Client,
    /// Signing is one call at a time.
    runtime: RefCell<tokio::runtime::Runtime>,
}

impl KmsSigner {
    /// Asks KMS for the public key, and checks that the certificates of the PEM text `chain` are its. `at` is the time of
    /// signing.
    ///
    /// # Errors
    /// [`KmsError`]: nothing is signed with a key that does not fit.
    pub fn open(key: KmsKey, chain: &str, at: DateTime<Utc>) -> Result<Self, KmsError> {
        let chain = Chain::of(&certificates_from_pem(chain)?, at)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime.block_on(async {
            let config = configure(&key.region, key.role.as_ref()).await;
            aws_sdk_kms::Client::new(&config)
        });
        let asked = runtime.block_on(client.get_public_key().key_id(&key.id).send());
        let public = asked.map_err(|error| KmsError::Failed {
            call: "kms:GetPublicKey",
            key: key.id.clone(),
            failure: error.into(),
        })?;
        if public.key_usage() != Some(&KeyUsageType::SignVerify) {
            return Err(KmsError::Usage(key.id));
        }
        chain.belongs_to(public.public_key().map(Blob::as_ref).unwrap_or_default())?;
        Ok(Self {
            key,
            chain,
            client,
            runtime: RefCell::new(runtime),
        })
    }
}

/// The least that whoever signs has to be allowed.
pub fn privileges(key: &KmsKey) -> Vec<(Identity, Statement)> {
    let role = key.role.as_ref().map(|role| role.arn(&key.region));
    let environment = role.iter().map(|role| (Identity::Environment, iam::assume(role)));
    let mut privileges: Vec<_> = environment.collect();
    let signs = Statement {
        sid: "SignEvidence",
        actions: vec!["kms:GetPublicKey", "kms:Sign"],
        resources: vec![iam::key(&key.id, &key.region)],
        regions: Vec::new(),
    };
    privileges.push((role.map_or(Identity::Environment, Identity::Role), signs));
    privileges
}

impl Signer for KmsSigner {
    fn chain(&self) -> &[Vec<u8>] {
        self.chain.certificates()
    }

    fn algorithm(&self) -> Algorithm {
        self.chain.algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = match self.algorithm() {
            Algorithm::RsaPkcs1Sha256 => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
            Algorithm::EcdsaP256Sha256 => SigningAlgorithmSpec::EcdsaSha256,
        };
        let request = self
            .client
            .sign()
            .key_id(&self.key.id)
            .message(Blob::new(Sha256Digest::of(message).as_bytes()))
            .message_type(MessageType::Digest)
            .signing_algorithm(algorithm);
        let signed = self.runtime.borrow_mut().block_on(request.send());
        let signed = signed.map_err(|error| {
            let Failure { code, message } = error.into();
            SignError::Refused(format!("kms:Sign of {}: {message} ({code})", self.key.id))
        })?;
        let signature = signed.signature().map(Blob::as_ref).unwrap_or_default();
        match self.chain.made(message, signature) {
            true => Ok(signature.to_vec()),
            false => Err(SignError::NotOurs),
        }
    }

    fn repeats(&self) -> bool {
        self.algorithm() == Algorithm::RsaPkcs1Sha256
    }
}
