//! The identity that signs: the configured one, or one that the tool makes for itself and never hides.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use backproof_verify::signature::TrustAnchors;

use super::config::SigningConfig;
use super::job::Job;
use crate::model::time::Instant;
use crate::report::Signer as ReportSigner;
use crate::sign::pem::PemSigner;
use crate::sign::{Signer, dev_identity};

/// The directory of the development identity inside the ledger's.
const DEVELOPMENT: &str = "dev-identity";

/// The identity that signs.
pub(super) enum Identity {
    /// Configured.
    Configured {
        /// The key.
        signer: PemSigner,
    },
    /// Made by the tool: proves integrity, not origin.
    Development {
        /// The key.
        signer: PemSigner,
        /// Its trust root's file.
        root: PathBuf,
        /// Its trust root.
        root_pem: String,
    },
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
        let key = signing.key.read().context("can't read signing.key")?;
        let certificates = signing
            .certificates
            .read()
            .context("can't read signing.certificates")?;
        let signer = PemSigner::from_pem(&key, &certificates, job.clock.now)
            .context("the configured identity can't sign")?;
        Ok(Self::Configured { signer })
    }

    fn development(dir: &Path, job: &Job) -> Result<Self> {
        let signer = dev_identity::load_or_make(dir, job.clock.now)?;
        let root = dir.join("root.pem");
        let root_pem =
            std::fs::read_to_string(&root).with_context(|| format!("can't read {}", root.display()))?;
        TrustAnchors::from_pem(&root_pem).with_context(|| format!("{} is no trust root", root.display()))?;
        Ok(Self::Development {
            signer,
            root,
            root_pem,
        })
    }

    pub(super) fn signer(&self) -> &dyn Signer {
        match self {
            Self::Configured { signer } | Self::Development { signer, .. } => signer,
        }
    }

    /// Whose the certificate is, and until when its whole chain is valid.
    pub(super) fn certificate(&self) -> Option<(String, Instant)> {
        match self {
            Self::Configured { signer } | Self::Development { signer, .. } => signer.certificate(),
        }
    }

    pub(super) fn is_development(&self) -> bool {
        matches!(self, Self::Development { .. })
    }

    /// The trust root, where it is ours to know.
    pub(super) fn root_pem(&self) -> Option<&str> {
        match self {
            Self::Configured { .. } => None,
            Self::Development { root_pem, .. } => Some(root_pem),
        }
    }

    /// What its own packages are verified against: a trust root only where it is ours to know.
    pub(super) fn anchors(&self) -> Result<TrustAnchors> {
        Ok(match self.root_pem() {
            Some(root) => TrustAnchors::from_pem(root)?,
            None => TrustAnchors::none(),
        })
    }

    /// The file of the trust root, where it is ours to know.
    pub(super) fn root_file(&self) -> Option<&Path> {
        match self {
            Self::Configured { .. } => None,
            Self::Development { root, .. } => Some(root),
        }
    }

    /// How the report names the signer.
    pub(super) fn for_report(&self) -> ReportSigner {
        match self {
            Self::Configured { .. } => ReportSigner::Named("see the signature".to_owned()),
            Self::Development { .. } => ReportSigner::Development,
        }
    }
}
