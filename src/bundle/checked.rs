//! A bundle that was verified, and what stands in it.
//!
//! Invariant: nothing is read out of a bundle that fails its verification. One whose verification stays undecided (no
//! trust root was named) can be read; its [`BundleReport`] says so, and those who print anything from it say it too.

use std::collections::BTreeMap;

use backproof_verify::bundle::{BundleFacts, BundleReport, verify_bundle};
use backproof_verify::check::{Check, Outcome, Verdict};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::TrustAnchors;
use backproof_verify::unpack::unpack;
use backproof_verify::zip::{Entry, Found};
use chrono::{DateTime, Utc};

use super::results::v1::{self, Results, ResultsError};

/// Why a bundle, or a file of it, can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckedError {
    /// The verification failed.
    #[error("the bundle does not verify: {0}")]
    Failed(String),
    /// A part of a bundle, where the whole is needed.
    #[error("this is a redacted bundle ({0}): it takes the whole one")]
    Redacted(String),
    /// The bundle has no such file.
    #[error("the bundle has no {0}")]
    Missing(String),
    /// The file is not what its format says.
    #[error("{path} of the bundle can't be read: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// A verified bundle.
pub struct Checked<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<String, Found>,
    facts: BundleFacts,
    verdict: Verdict,
    undecided: Vec<Check>,
    sha256: Sha256Digest,
}

impl<'a> Checked<'a> {
    /// Verifies `bytes` at the time `at`, trusting `anchors` and nothing else.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn open(bytes: &'a [u8], anchors: &TrustAnchors, at: DateTime<Utc>) -> Result<Self, CheckedError> {
        let BundleReport {
            checks,
            facts,
            disclosed,
        } = verify_bundle(bytes, anchors, at);
        let verdict = checks.verdict();
        let unread = || CheckedError::Failed("its entries could not be read".to_owned());
        if verdict == Verdict::Failed {
            let failed = checks.iter().find(|check| check.outcome == Outcome::Failed);
            return Err(failed.map_or_else(unread, |check| {
                CheckedError::Failed(format!("{} {}: {}", check.code, check.subject, check.detail))
            }));
        }
        if let Some(disclosed) = disclosed {
            return Err(CheckedError::Redacted(disclosed.extent()));
        }
        let facts = facts.ok_or_else(unread)?;
        let entries = facts.entries.iter().cloned();
        Ok(Self {
            bytes,
            entries: entries.map(|entry| (entry.path.clone(), entry)).collect(),
            facts,
            verdict,
            undecided: checks
                .iter()
                .filter(|check| check.outcome == Outcome::Undecided)
                .cloned()
                .collect(),
            sha256: Sha256Digest::of(bytes),
        })
    }

    /// What the bundle says about itself.
    pub fn facts(&self) -> &BundleFacts {
        &self.facts
    }

    /// Whether everything was verified, or something stayed undecided.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The checks that could not be made.
    pub fn undecided(&self) -> &[Check] {
        &self.undecided
    }

    /// The digest of the whole file.
    pub fn sha256(&self) -> &Sha256Digest {
        &self.sha256
    }

    /// The entry of a file of the bundle, as it is packed.
    pub(super) fn entry(&self, path: &str) -> Option<Entry<'_>> {
        self.entries.get(path).and_then(|entry| entry.entry(self.bytes))
    }

    /// The bytes of a file of the bundle.
    ///
    /// # Errors
    /// There is none of that path.
    pub fn file(&self, path: &str) -> Result<Vec<u8>, CheckedError> {
        let missing = || CheckedError::Missing(path.to_owned());
        let entry = self.entry(path).ok_or_else(missing)?;
        let mut bytes = Vec::with_capacity(entry.size as usize);
        unpack(&entry, |block| bytes.extend_from_slice(block)).map_err(|error| content(path, error))?;
        Ok(bytes)
    }

    /// The text of a file of the bundle.
    ///
    /// # Errors
    /// There is none of that path, or it is not UTF-8.
    pub fn text(&self, path: &str) -> Result<String, CheckedError> {
        String::from_utf8(self.file(path)?).map_err(|error| content(path, error))
    }

    /// Everything that was concluded.
    ///
    /// # Errors
    /// `data/results.json` is missing, or not of the version that this program reads.
    pub fn results(&self) -> Result<Results, CheckedError> {
        const PATH: &str = "data/results.json";
        v1::decode(&self.file(PATH)?).map_err(|error: ResultsError| content(PATH, error))
    }
}

/// The error about the content of a file.
pub(super) fn content(path: &str, reason: impl ToString) -> CheckedError {
    CheckedError::Content {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
