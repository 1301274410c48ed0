//! `verify`: a bundle, a part of one, the proof of a record, or a report, offline, trusting nothing but the given root.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use backproof_verify::bundle::{Disclosed, verify_bundle};
use backproof_verify::check::{Aspect, Check, Checks, Code, Outcome, Verdict};
use backproof_verify::proof::{looks_like_proof, verify_proof};
use backproof_verify::signature::pdf::looks_like_pdf;
use backproof_verify::signature::{SignerFacts, TrustAnchors, check_pdf};
use chrono::SecondsFormat;
use clap::Args;

use super::clock::Clock;
use super::terminal::{Terminal, Tone};
use super::{Exit, opened};
use crate::model::time::Instant;

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

/// What was found, whatever kind of file it was.
struct Found {
    checks: Checks,
    signer: Option<SignerFacts>,
    notes: Vec<String>,
    /// What of the bundle is disclosed, where it is a part.
    disclosed: Option<Disclosed>,
}

pub(super) fn verify(arguments: &VerifyArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let bytes = opened::read(&arguments.file)?;
    let now = Clock::ask()?.now;
    let found = find(&bytes, arguments.record.as_deref(), &anchors, now)?;
    if arguments.json {
        terminal.line(json(&arguments.file, &found).to_string());
    } else {
        print(&arguments.file, &found, &arguments.trust, terminal);
    }
    Ok(match found.checks.verdict() {
        Verdict::Verified => Exit::Done,
        Verdict::Undecided => Exit::Undecided,
        Verdict::Failed => Exit::Altered,
    })
}

fn find(bytes: &[u8], record: Option<&Path>, anchors: &TrustAnchors, now: Instant) -> Result<Found> {
    if looks_like_proof(bytes) {
        let record = record.map(opened::read).transpose()?;
        let (checks, disclosed) = verify_proof(bytes, record.as_deref(), anchors, now);
        return Ok(Found::part(checks, disclosed));
    }
    if let Some(record) = record {
        bail!(
            "--record {} goes with a proof (.tlog-proof), and this is none",
            record.display()
        );
    }
    if looks_like_pdf(bytes) {
        let mut checks = Checks::new();
        let signer = check_pdf("report", bytes, anchors, now, &mut checks);
        return Ok(Found {
            checks,
            signer,
            notes: Vec::new(),
            disclosed: None,
        });
    }
    let report = verify_bundle(bytes, anchors, now);
    let Some(facts) = report.facts else {
        return Ok(Found::part(report.checks, report.disclosed));
    };
    Ok(Found {
        checks: report.checks,
        signer: facts.signers.into_iter().next().map(|(_, signer)| signer),
        notes: facts.notes,
        disclosed: None,
    })
}

impl Found {
    fn part(checks: Checks, disclosed: Option<Disclosed>) -> Self {
        let first = disclosed.as_ref().and_then(|disclosed| disclosed.signers.first());
        Self {
            checks,
            signer: first.map(|(_, signer)| signer.clone()),
            notes: disclosed.as_ref().map(Disclosed::notes).unwrap_or_default(),
            disclosed,
        }
    }
}

const ASPECTS: [Aspect; 5] = [
    Aspect::Intact,
    Aspect::Covered,
    Aspect::Trusted,
    Aspect::Timely,
    Aspect::Complete,
];

fn print(file: &Path, found: &Found, trust: &opened::Trust, terminal: &mut Terminal) {
    let word = |terminal: &Terminal, outcome: Outcome| match outcome {
        Outcome::Ok => terminal.tone(Tone::Good, "ok"),
        Outcome::Undecided => terminal.tone(Tone::Unclear, "undecided"),
        Outcome::Failed => terminal.tone(Tone::Bad, "FAILED"),
    };
    terminal.line(terminal.tone(Tone::Strong, &file.display().to_string()));
    for aspect in ASPECTS {
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
    for note in &found.notes {
        terminal.line(format!("  note: {note}"));
    }
    let total = found.checks.iter().count();
    let bottom = match found.checks.verdict() {
        Verdict::Verified => match &found.disclosed {
            None => terminal.tone(Tone::Good, &format!("verified: all {total} checks hold")),
            Some(disclosed) => {
                let text = format!("verified: all {total} checks hold, {}", disclosed.extent());
                terminal.tone(Tone::Good, &text)
            }
        },
        Verdict::Undecided => terminal.tone(Tone::Unclear, why_undecided(trust, &adverse)),
        Verdict::Failed => {
            let failed = adverse
                .iter()
                .filter(|check| check.outcome == Outcome::Failed)
                .count();
            terminal.tone(
                Tone::Bad,
                &format!("VERIFICATION FAILED: {failed} of {total} checks do not hold"),
            )
        }
    };
    terminal.line(format!("\n{bottom}"));
}

fn why_undecided(trust: &opened::Trust, adverse: &[&Check]) -> &'static str {
    let is_of_stamps = |check: &&Check| check.code == Code::TimestampAuthority;
    if adverse.iter().any(|check| check.code == Code::DisclosureRecords) {
        "undecided: without --record FILE nobody can tell whether that is the record that was signed"
    } else if trust.trust.is_none() {
        "undecided: nothing is altered, but without --trust ROOT.PEM nobody can tell who signed"
    } else if trust.trust_timestamps.is_none() && adverse.iter().any(is_of_stamps) {
        "undecided: without --trust-timestamps ROOT.PEM nobody can tell whose the time stamps are"
    } else {
        "undecided: not every check could be made"
    }
}

fn json(file: &Path, found: &Found) -> serde_json::Value {
    let checks: Vec<_> = found
        .checks
        .iter()
        .map(|check| {
            serde_json::json!({
                "code": check.code.as_str(), "aspect": check.code.aspect().as_str(),
                "outcome": check.outcome.as_str(), "subject": check.subject, "detail": check.detail,
            })
        })
        .collect();
    let aspects: serde_json::Map<_, _> = ASPECTS
        .iter()
        .map(|aspect| {
            (
                aspect.as_str().to_owned(),
                found.checks.aspect(*aspect).as_str().into(),
            )
        })
        .collect();
    let signer = found.signer.as_ref().map(|signer| {
        serde_json::json!({
            "subject": signer.subject, "issuer": signer.issuer,
            "certificate_sha256": signer.certificate_sha256.to_hex(), "development": signer.development,
            "time_stamp": signer.time_stamp.as_ref().map(|stamp| serde_json::json!({
                "at": stamp.at.to_rfc3339_opts(SecondsFormat::Secs, true),
                "latest": stamp.latest.to_rfc3339_opts(SecondsFormat::Secs, true),
                "authority": stamp.authority,
            })),
        })
    });
    let disclosed = found.disclosed.as_ref().map(|disclosed| {
        let paths: Vec<&str> = disclosed.opened.iter().map(|opened| opened.record.path.as_str()).collect();
        serde_json::json!({"origin": disclosed.checkpoint.origin, "records": disclosed.checkpoint.size, "paths": paths})
    });
    let verdict = match found.checks.verdict() {
        Verdict::Verified => "verified",
        Verdict::Undecided => "undecided",
        Verdict::Failed => "failed",
    };
    serde_json::json!({
        "schema": "backproof.verification/v1", "file": file.display().to_string(), "verdict": verdict,
        "aspects": aspects, "signer": signer, "notes": found.notes, "disclosed": disclosed, "checks": checks,
    })
}
