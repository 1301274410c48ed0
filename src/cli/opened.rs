//! Bundles that a verb reads: verified first, each time, and with what that left undecided said aloud.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use backproof_verify::check::Code;
use backproof_verify::signature::TrustAnchors;
use clap::Args;

use super::terminal::{Terminal, Tone};
use crate::bundle;
use crate::bundle::checked::Checked;

/// Whom the reader trusts.
#[derive(Debug, Args)]
pub(super) struct Trust {
    /// The certificate to trust for signatures, PEM: without one nobody can tell who signed
    #[arg(long, value_name = "ROOT.PEM")]
    pub(super) trust: Option<PathBuf>,
    /// The certificate to trust for time stamps, PEM: without one nobody can tell whose a time stamp is, where there are any
    #[arg(long, value_name = "ROOT.PEM")]
    pub(super) trust_timestamps: Option<PathBuf>,
}

impl Trust {
    /// The trust roots that the reader names, or none.
    pub(super) fn anchors(&self) -> Result<TrustAnchors> {
        let mut anchors = TrustAnchors::none();
        let no_root = |path: &Path| format!("{} is no trust root", path.display());
        if let Some(path) = &self.trust {
            let read = anchors.with_signers(&pem(path)?);
            anchors = read.with_context(|| no_root(path))?;
        }
        if let Some(path) = &self.trust_timestamps {
            let read = anchors.with_time_stamps(&pem(path)?);
            anchors = read.with_context(|| no_root(path))?;
        }
        Ok(anchors)
    }
}

fn pem(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

/// The bytes of a bundle or a report.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let context = || format!("can't read {}", path.display());
    let metadata = std::fs::metadata(path).with_context(context)?;
    if !metadata.is_file() {
        bail!(
            "{} is not a file: give a bundle (.zip) or a report (.pdf)",
            path.display()
        );
    }
    if metadata.len() > bundle::BYTES_MAX {
        bail!(
            "{} has {} bytes, more than any bundle of ours ({})",
            path.display(),
            metadata.len(),
            bundle::BYTES_MAX
        );
    }
    std::fs::read(path).with_context(context)
}

/// Says what the verification of a bundle left undecided.
pub(super) fn say_undecided(path: &Path, bundle: &Checked<'_>, terminal: &mut Terminal) {
    let word = terminal.tone(Tone::Unclear, "undecided");
    let path = path.display();
    let undecided = bundle.undecided();
    if undecided.iter().any(|check| check.code == Code::CertificatePath) {
        terminal.note(format!(
            "{word}: {path} is what was signed, but nobody can tell by whom: name the root that you trust with --trust"
        ));
    } else if undecided
        .iter()
        .any(|check| check.code == Code::TimestampAuthority)
    {
        terminal.note(format!(
            "{word}: {path} has a time stamp, but nobody can tell by whom: name the root that you trust for it with --trust-timestamps"
        ));
    } else if let Some(check) = undecided.first() {
        terminal.note(format!(
            "{word}: {path}: {} {}: {}",
            check.code, check.subject, check.detail
        ));
    }
}
