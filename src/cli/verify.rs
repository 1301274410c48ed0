//! `verify`: a bundle, a part of one, the proof of a record, or a report, offline, trusting nothing but the given root.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use backproof_verify::check::{Aspect, Check, Outcome, Verdict};
use backproof_verify::proof::looks_like_proof;
use backproof_verify::verification::{self, Verification, Wanted};
use chrono::SecondsFormat;
use clap::Args;

use super::clock::Clock;
use super::terminal::{Terminal, Tone};
use super::{Exit, opened};

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A bundle, whole or redacted (.zip), a report (.pdf), or the proof of a record (.tlog-proof)
    file: PathBuf,
    /// The record that a proof is about: the file as it was taken out of the bundle
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print every check as JSON
    #[arg(long)]
    json: bool,
}

const WANTED: Wanted = Wanted {
    root: "--trust ROOT.PEM",
    stamps_root: "--trust-timestamps ROOT.PEM",
    record: "--record FILE",
};

pub(super) fn verify(arguments: &VerifyArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let bytes = opened::read(&arguments.file)?;
    let now = Clock::ask()?.now;
    let record = arguments.record.as_deref();
    if let Some(record) = record.filter(|_| !looks_like_proof(&bytes)) {
        bail!(
            "--record {} goes with a proof (.tlog-proof), and this is none",
            record.display()
        );
    }
    let record = record.map(opened::read).transpose()?;
    let Ok(found) = verification::verify(&mut bytes.as_slice(), record.as_deref(), &anchors, now);
    if arguments.json {
        let file = arguments.file.display().to_string();
        terminal.line(found.to_json(&file).to_string());
    } else {
        print(&arguments.file, &found, terminal);
    }
    Ok(match found.checks.verdict() {
        Verdict::Verified => Exit::Done,
        Verdict::Undecided => Exit::Undecided,
        Verdict::Failed => Exit::Altered,
    })
}

fn print(file: &Path, found: &Verification, terminal: &mut Terminal) {
    let word = |terminal: &Terminal, outcome: Outcome| match outcome {
        Outcome::Ok => terminal.tone(Tone::Good, "ok"),
        Outcome::Undecided => terminal.tone(Tone::Unclear, "undecided"),
        Outcome::Failed => terminal.tone(Tone::Bad, "FAILED"),
    };
    terminal.line(terminal.tone(Tone::Strong, &file.display().to_string()));
    for aspect in Aspect::ALL {
        // A report by itself has no list of what belongs to it: an aspect without a check is left out, not called ok.
        if found.checks.iter().any(|check| check.code.aspect() == aspect) {
            terminal.line(format!(
                "  {:<9} {}",
                aspect.as_str(),
                word(terminal, found.checks.aspect(aspect))
            ));
        }
    }
    let adverse: Vec<&Check> = found
        .checks
        .iter()
        .filter(|check| check.outcome != Outcome::Ok)
        .collect();
    for check in &adverse {
        terminal.line(format!(
            "\n  {} {} {}",
            word(terminal, check.outcome),
            check.code,
            check.subject
        ));
        terminal.line(format!("    {}", check.detail));
    }
    if let Some(signer) = &found.signer {
        terminal.line(format!(
            "\n  signed by {}\n  issued by {}",
            signer.subject, signer.issuer
        ));
        terminal.line(format!("  certificate sha256 {}", signer.certificate_sha256));
        if let Some(stamp) = &signer.time_stamp {
            let latest = stamp.latest.to_rfc3339_opts(SecondsFormat::Secs, true);
            terminal.line(format!(
                "  signed by {latest} at the latest, by the time stamp of {}",
                stamp.authority
            ));
        }
        if signer.development {
            let warning =
                "a DEVELOPMENT IDENTITY signed this: it shows integrity, not origin; not for audit use";
            terminal.line(format!("  {}", terminal.tone(Tone::Unclear, warning)));
        }
    }
    for note in found.notes() {
        terminal.line(format!("  note: {note}"));
    }
    let bottom = found.bottom_line(&WANTED);
    let bottom = match found.checks.verdict() {
        Verdict::Verified => terminal.tone(Tone::Good, &format!("verified: {bottom}")),
        Verdict::Undecided => terminal.tone(Tone::Unclear, &format!("undecided: {bottom}")),
        Verdict::Failed => terminal.tone(Tone::Bad, &format!("VERIFICATION FAILED: {bottom}")),
    };
    terminal.line(format!("\n{bottom}"));
}
