//! `diff`: two bundles, row by row: what changed in the program, the catalogue, the parameters, the estate, the evidence,
//! and in what was concluded.

mod print;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use backproof_verify::check::Verdict;
use clap::Args;

use super::clock::Clock;
use super::terminal::Terminal;
use super::{Exit, opened};
use crate::bundle::checked::Checked;
use crate::bundle::comparison::Comparison;

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The earlier bundle
    old: PathBuf,
    /// The later one
    new: PathBuf,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print every row as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn diff(arguments: &DiffArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let now = Clock::ask()?.now;
    let bytes = (opened::read(&arguments.old)?, opened::read(&arguments.new)?);
    let old = Checked::open(&bytes.0, &anchors, now).with_context(|| arguments.old.display().to_string())?;
    let new = Checked::open(&bytes.1, &anchors, now).with_context(|| arguments.new.display().to_string())?;
    opened::say_undecided(&arguments.old, &old, terminal);
    opened::say_undecided(&arguments.new, &new, terminal);
    let comparison = Comparison::of(&old, &new)?;
    if arguments.json {
        let bytes = backproof_verify::canonical::encode(&comparison);
        terminal.data(&bytes.context("the comparison has no canonical form")?);
        terminal.line("");
    } else {
        print::comparison(&comparison, terminal);
    }
    let any_new = |state: &str| comparison.rows.iter().any(|row| row.is_new(state));
    Ok(if any_new("EXCEPTION") {
        Exit::Exceptions
    } else if any_new("INDETERMINATE") {
        Exit::Indeterminate
    } else if old.verdict() == Verdict::Undecided || new.verdict() == Verdict::Undecided {
        Exit::Undecided
    } else {
        Exit::Done
    })
}
