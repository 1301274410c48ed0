//! The identity that signs: the configured one, or one that the tool makes for itself and never hides.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use backproof_verify::signature::TrustAnchors;

use super::config::SigningConfig;
use super::job::Job;
use crate::collect::Reference;
use crate::model::time::Instant;
use crate::report::Signer as ReportSigner;
use crate::sign::file::FileSigner;
use crate::sign::kms::KmsSigner;
use crate::sign::token::TokenSigner;
use crate::sign::{Signer, chain, dev_identity, pkcs12};

/// The directory of the development identity inside the ledger's.
const DEVELOPMENT: &str = "dev-identity";

/// The identity that signs.
pub(super) struct Identity {
    signer: Box<dyn Signer>,
    /// The trust root of one that the tool made for itself: it proves integrity, not origin.
    development: Option<Root>,
}

/// A trust root.
struct Root {
    file: PathBuf,
    pem: String,
}

impl Identity {
    /// Loads the configured identity, where there is one. One that can't sign is refused here, before any work.
    pub(super) fn configured(job: &Job) -> Result<Option<Self>> {
        let load = |signing| Self::load(signing, job);
        job.config.signing.as_ref().map(load).transpose()
    }

    /// The configured identity; without one, the development identity in the ledger's directory, made if need be.
    pub(super) fn or_development(configured: Option<Self>, job: &Job) -> Result<Self> {
        let dir = job.ledger_dir.join(DEVELOPMENT);
        let damaged = || {
            let dir = dir.display();
            format!(
                "can't use the development identity in {dir}: if it is damaged, remove it and run again for a new one"
            )
        };
        configured.map_or_else(|| Self::development(&dir, job).with_context(damaged), Ok)
    }

    fn load(signing: &SigningConfig, job: &Job) -> Result<Self> {
        let at = job.clock.now;
        let read = |reference: &Reference, place: &str| {
            reference
                .read()
                .with_context(|| format!("can't read signing.{place}"))
        };
        // An editor ends a file with an end of line, which is no part of a password.
        let secret = |reference: &Reference, place: &str| {
            read(reference, place).map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
        };
        let certificates = |reference: &Reference| read(reference, "certificates");
        let unfit = "the configured identity can't sign";
        let signer: Box<dyn Signer> = match signing {
            SigningConfig::Pem {
                key,
                certificates: chain,
            } => {
                let (key, chain) = (read(key, "key")?, certificates(chain)?);
                Box::new(FileSigner::from_pem(&key, &chain, at).context(unfit)?)
            }
            SigningConfig::Pkcs12 { file, password } => {
                let (file, password) = (
                    read_at_most(file, pkcs12::MAX_BYTES)?,
                    secret(password, "password")?,
                );
                Box::new(FileSigner::from_pkcs12(&file, &password, at).context(unfit)?)
            }
            SigningConfig::Kms {
                key,
                certificates: chain,
            } => Box::new(KmsSigner::open(key.clone(), &certificates(chain)?, at).context(unfit)?),
            SigningConfig::Token {
                key,
                pin,
                certificates: chain,
            } => {
                let (pin, chain) = (secret(pin, "pin")?, certificates(chain)?);
                Box::new(TokenSigner::open(key, pin, &chain, at).context(unfit)?)
            }
        };
        Ok(Self {
            signer,
            development: None,
        })
    }

    fn development(dir: &Path, job: &Job) -> Result<Self> {
        let signer = dev_identity::load_or_make(dir, job.clock.now)?;
        let file = dir.join("root.pem");
        let pem = std::fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
        TrustAnchors::from_pem(&pem).with_context(|| format!("{} is no trust root", file.display()))?;
        Ok(Self {
            signer: Box::new(signer),
            development: Some(Root { file, pem }),
        })
    }

    pub(super) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// Whose the certificate is, and until when its whole chain is valid.
    pub(super) fn certificate(&self) -> Option<(String, Instant)> {
        chain::described(self.signer().chain())
    }

    pub(super) fn is_development(&self) -> bool {
        self.development.is_some()
    }

    /// The trust root, where it is ours to know.
    pub(super) fn root_pem(&self) -> Option<&str> {
        self.development.as_ref().map(|root| root.pem.as_str())
    }

    /// The file of the trust root, where it is ours to know.
    pub(super) fn root_file(&self) -> Option<&Path> {
        self.development.as_ref().map(|root| root.file.as_path())
    }

    /// How the report names the signer.
    pub(super) fn for_report(&self) -> ReportSigner {
        match self.development {
            None => ReportSigner::Named("see the signature".to_owned()),
            Some(_) => ReportSigner::Development,
        }
    }
}

/// Reads a file, and of one that is too long a byte more than `most`.
fn read_at_most(path: &Path, most: usize) -> Result<Vec<u8>> {
    let can_t = || format!("can't read signing.pkcs12: {}", path.display());
    let file = std::fs::File::open(path).with_context(can_t)?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(can_t)?;
    Ok(bytes)
}
