//! `redact`: a part of a bundle that still stands under the signature over the whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use backproof_verify::bundle::verify_bundle;
use backproof_verify::check::{Outcome, Verdict};
use backproof_verify::digest::Sha256Digest;
use clap::Args;
use globset::{GlobBuilder, GlobMatcher};

use super::clock::Clock;
use super::output::Output;
use super::terminal::{Terminal, Tone};
use super::{Exit, opened};
use crate::bundle::checked::Checked;
use crate::bundle::redaction::{self, Confirmable};

#[derive(Debug, Args)]
pub(super) struct RedactArguments {
    /// The whole bundle
    bundle: PathBuf,
    /// What to disclose: paths in the bundle, with * for anything within a folder and ** for anything below
    #[arg(long, value_name = "PATTERN", num_args = 1.., required = true)]
    open: Vec<String>,
    /// Disclose files also where they have digests by which guesses at withheld ones can be confirmed
    #[arg(long)]
    confirmable: bool,
    /// Where the redacted bundle goes [default: beside the bundle, NAME.redacted.zip]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

/// What would be disclosed says too much of what would be withheld.
#[derive(Debug, thiserror::Error)]
#[error("what is withheld could be guessed, and the guess confirmed by digests in what is disclosed:{}", told(.0))]
pub(super) struct Guessable(Vec<Confirmable>);

/// Files that are named in an error; with more the reader has the picture.
const TOLD_MAX: usize = 20;

fn told(rows: &[Confirmable]) -> String {
    let mut text = String::new();
    for row in rows.iter().take(TOLD_MAX) {
        let why = if row.opaque {
            "cites evidence by digest, in a form that is not looked into".to_owned()
        } else {
            let digests = if row.withheld == 1 { "digest" } else { "digests" };
            format!("{} {digests} of withheld content", row.withheld)
        };
        text.push_str(&format!("\n  {}: {why}", row.path));
    }
    if rows.len() > TOLD_MAX {
        text.push_str(&format!("\n  and {} more files", rows.len() - TOLD_MAX));
    }
    text
}

pub(super) fn redact(arguments: &RedactArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let now = Clock::ask()?.now;
    let bytes = opened::read(&arguments.bundle)?;
    let bundle = Checked::open(&bytes, &anchors, now)?;
    opened::say_undecided(&arguments.bundle, &bundle, terminal);
    let paths: BTreeSet<&str> = bundle
        .facts()
        .manifest
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let opened = chosen(&arguments.open, &paths)?;
    if opened.len() == paths.len() {
        bail!(
            "all {} records would be disclosed: hand over the bundle itself",
            paths.len()
        );
    }
    let rows = redaction::confirmable(&bundle, &opened)?;
    let (guessable, unknown): (Vec<_>, Vec<_>) = rows.into_iter().partition(Confirmable::confirms);
    if !guessable.is_empty() && !arguments.confirmable {
        return Err(Guessable(guessable).into());
    }
    say(&guessable, &unknown, terminal);
    let made = redaction::redact(&bundle, &opened)?;
    let report = verify_bundle(&made, &anchors, now);
    if let Some(check) = report
        .checks
        .iter()
        .find(|check| check.outcome == Outcome::Failed)
    {
        bail!(
            "the redacted bundle does not verify, so it was not written: {} {}: {}",
            check.code,
            check.subject,
            check.detail
        );
    }
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => arguments.bundle.with_extension("redacted.zip"),
    };
    write(&path, &made)?;
    let (sha256, withheld) = (Sha256Digest::of(&made), paths.len() - opened.len());
    if arguments.json {
        let guessable: Vec<&str> = guessable.iter().map(|row| row.path.as_str()).collect();
        let value = serde_json::json!({
            "schema": "backproof.redaction/v1", "redacted": path.display().to_string(), "sha256": sha256.to_hex(),
            "bundle_id": bundle.facts().manifest.bundle_id, "opened": opened, "withheld": withheld,
            "confirmable": guessable,
        });
        terminal.line(value.to_string());
    } else {
        terminal.line(format!("redacted  {}\n          sha256 {sha256}", path.display()));
        terminal.line(format!(
            "          {} of {} records disclosed:",
            opened.len(),
            paths.len()
        ));
        for path in &opened {
            terminal.line(format!("            {path}"));
        }
        terminal.line(format!(
            "          {withheld} withheld: their number and order stay visible"
        ));
    }
    Ok(match bundle.verdict() {
        Verdict::Undecided => Exit::Undecided,
        _ => Exit::Done,
    })
}

/// Says what can be confirmed, and what nobody here can tell.
fn say(guessable: &[Confirmable], unknown: &[Confirmable], terminal: &mut Terminal) {
    if !guessable.is_empty() {
        let word = terminal.tone(Tone::Unclear, "confirmable");
        terminal.note(format!(
            "{word}: guesses at what is withheld can be confirmed by:{}",
            told(guessable)
        ));
    }
    let digests: usize = unknown.iter().map(|row| row.unknown).sum();
    if digests > 0 {
        terminal.note(format!(
            "note: {digests} digests in {} disclosed files are of nothing that is withheld, as far as can be told",
            unknown.len()
        ));
    }
}

/// The paths that the patterns name; each pattern has to name one.
fn chosen(patterns: &[String], paths: &BTreeSet<&str>) -> Result<BTreeSet<String>> {
    let mut chosen = BTreeSet::new();
    for pattern in patterns {
        let glob = matcher(pattern)?;
        let named: Vec<_> = paths.iter().filter(|path| glob.is_match(path)).collect();
        if named.is_empty() {
            bail!(
                "--open {pattern} names no record of the bundle: they are called like {}",
                paths.first().copied().unwrap_or("data/report.pdf")
            );
        }
        chosen.extend(named.into_iter().map(|path| (*path).to_owned()));
    }
    Ok(chosen)
}

fn matcher(pattern: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    Ok(glob
        .with_context(|| format!("--open {pattern} is no pattern"))?
        .compile_matcher())
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} does not name a file", path.display()))?;
    let dir = match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    Output::prepare(dir)?.write(&[(name, bytes)])
}
