//! `prove`: a file that shows one record to be in a bundle.

use std::path::PathBuf;

use anyhow::{Result, bail};
use backproof_verify::check::{Outcome, Verdict};
use backproof_verify::proof::verify_proof;
use clap::Args;

use super::clock::Clock;
use super::terminal::Terminal;
use super::{Exit, opened, redact};
use crate::bundle::checked::Checked;
use crate::bundle::redaction;

#[derive(Debug, Args)]
pub(super) struct ProveArguments {
    /// The whole bundle
    bundle: PathBuf,
    /// The record, by its path in the bundle, for instance data/results.json
    record: String,
    /// Where the proof goes [default: beside the bundle, NAME.RECORD.tlog-proof]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn prove(arguments: &ProveArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let now = Clock::ask()?.now;
    let bytes = opened::read(&arguments.bundle)?;
    let bundle = Checked::open(&bytes, &anchors, now)?;
    opened::say_undecided(&arguments.bundle, &bundle, terminal);
    let proof = redaction::prove(&bundle, &arguments.record)?;
    let text = proof.to_string();
    let content = bundle.file(&arguments.record)?;
    let (checks, _) = verify_proof(text.as_bytes(), Some(&content), &anchors, now);
    if let Some(check) = checks.iter().find(|check| check.outcome == Outcome::Failed) {
        bail!(
            "the proof does not verify, so it was not written: {} {}: {}",
            check.code,
            check.subject,
            check.detail
        );
    }
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => {
            let record = arguments.record.trim_start_matches("data/").replace('/', "-");
            arguments.bundle.with_extension(format!("{record}.tlog-proof"))
        }
    };
    redact::write(&path, text.as_bytes())?;
    if arguments.json {
        let value = serde_json::json!({
            "schema": "backproof.proof/v1", "proof": path.display().to_string(),
            "bundle_id": bundle.facts().manifest.bundle_id, "record": proof.record.path, "index": proof.index,
            "size": proof.checkpoint.size, "sha256": proof.record.sha256.to_hex(),
        });
        terminal.line(value.to_string());
    } else {
        terminal.line(format!("proof   {}", path.display()));
        terminal.line(format!(
            "        {} is record {} of {} (counted from 0), sha256 {}",
            proof.record.path, proof.index, proof.checkpoint.size, proof.record.sha256
        ));
    }
    Ok(match bundle.verdict() {
        Verdict::Undecided => Exit::Undecided,
        _ => Exit::Done,
    })
}
