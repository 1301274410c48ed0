//! `merge`: the segments that shards collected become entries of the ledger, each run whole or not at all
//! (docs/spec/shards.md).

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::job::Job;
use super::terminal::{Terminal, Tone};
use super::{Exit, JobArguments, shards};
use crate::ledger::segment::{self, Delivered, Found};
use crate::ledger::{Ledger, MergeError, Merged, Open, WholeRun};
use crate::model::ids::RunName;
use crate::model::shard::Shard;

#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    #[command(flatten)]
    job: JobArguments,
    /// Segments, or directories that hold them [default: segments beside the ledger]
    #[arg(value_name = "DIR")]
    places: Vec<PathBuf>,
}

/// Runs whose shards are all there, and those that can't be merged.
pub(super) struct Runs {
    whole: Vec<WholeRun>,
    refused: Vec<(RunName, MergeError)>,
}

/// What came of merging.
pub(super) struct Brought {
    pub(super) merged: Vec<Merged>,
    pub(super) refused: Vec<(RunName, String)>,
}

/// Of one run, as it was delivered.
#[derive(Default)]
struct Delivery {
    delivered: Vec<Delivered>,
    unfinished: Vec<(Shard, Found)>,
    fault: Option<MergeError>,
}

pub(super) fn merge(arguments: &MergeArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let places = match arguments.places.is_empty() {
        true => vec![shards::beside(&job.ledger_dir)],
        false => arguments.places.clone(),
    };
    let runs = runs(&places, terminal)?;
    let mut brought = Brought {
        merged: Vec::new(),
        refused: Vec::new(),
    };
    let mut head = None;
    if runs.whole.is_empty() {
        // Nothing is to be written: a ledger that is not there yet stays so.
        brought.refuse(runs.refused, terminal);
    } else {
        let mut ledger = job.open_ledger()?;
        brought = put(runs, &mut ledger, terminal)?;
        head = Some(ledger.head().to_hex());
        terminal.progress("verifying the ledger");
        ledger.seal()?;
    }
    terminal.clear_progress();
    if arguments.job.json {
        let merged = brought.merged.iter().map(members);
        let merged: Vec<_> = merged.collect();
        let refused = brought.refused.iter();
        let refused: Vec<_> = refused
            .map(|(run, why)| json!({"run": run.as_str(), "why": why}))
            .collect();
        let line = json!({"ledger_head": head, "runs": merged, "refused": refused});
        terminal.line(line.to_string());
    }
    Ok(brought.exit())
}

/// Finds and verifies the segments in `places`, and puts each run together. One that can't be keeps no other from it.
pub(super) fn runs(places: &[PathBuf], terminal: &mut Terminal) -> Result<Runs> {
    let mut deliveries: BTreeMap<RunName, Delivery> = BTreeMap::new();
    for place in places {
        for found in segment::find(place)? {
            terminal.progress(format!("verifying {}", found.dir.display()));
            take(found, &mut deliveries)?;
        }
    }
    let mut runs = Runs {
        whole: Vec::new(),
        refused: Vec::new(),
    };
    for (run, delivery) in deliveries {
        let whole = match delivery.fault {
            Some(fault) => Err(fault),
            None => WholeRun::assemble(&run, delivery.delivered, &delivery.unfinished),
        };
        match whole {
            Ok(whole) => runs.whole.push(whole),
            Err(error) => runs.refused.push((run, error)),
        }
    }
    Ok(runs)
}

/// Reads a segment into the delivery of its run. One that can't be read belongs to the run that its directories name.
fn take(found: Found, deliveries: &mut BTreeMap<RunName, Delivery>) -> Result<()> {
    if !found.finished {
        let Some((run, shard)) = found.named() else {
            bail!(
                "{} is a segment that was never finished, and its name does not say of which run: take it away",
                found.dir.display()
            );
        };
        deliveries.entry(run).or_default().unfinished.push((shard, found));
        return Ok(());
    }
    match Delivered::read(&found.dir) {
        Ok(delivered) => {
            let run = delivered.manifest.run.clone();
            deliveries.entry(run).or_default().delivered.push(delivered);
        }
        Err(source) => {
            let Some((run, _)) = found.named() else {
                return Err(source.into());
            };
            let fault = MergeError::Segment {
                run: run.clone(),
                source: Box::new(source),
            };
            deliveries.entry(run).or_default().fault = Some(fault);
        }
    }
    Ok(())
}

/// Appends each run that is whole to `ledger`, and tells of each that is not.
pub(super) fn put(runs: Runs, ledger: &mut Ledger<Open>, terminal: &mut Terminal) -> Result<Brought> {
    let mut brought = Brought {
        merged: Vec::new(),
        refused: Vec::new(),
    };
    brought.refuse(runs.refused, terminal);
    for run in runs.whole {
        terminal.progress(format!("merging {}", run.name()));
        match run.merge_into(ledger) {
            Ok(merged) => {
                tell(&merged, ledger, terminal);
                brought.merged.push(merged);
            }
            // What the file system refused to the ledger it would refuse to the next run, too.
            Err(error) if !error.is_of_run() => return Err(error.into()),
            Err(error) => brought.refuse(vec![(run.name().clone(), error)], terminal),
        }
    }
    Ok(brought)
}

fn tell(merged: &Merged, ledger: &Ledger<Open>, terminal: &mut Terminal) {
    let word = terminal.tone(Tone::Unclear, "gap");
    for pull in merged.failed.iter().filter_map(|id| ledger.acquisition(id)) {
        if let Some((code, message)) = pull.failure() {
            terminal.note(format!("{word}: {} failed: {code}: {message}", pull.id));
        }
    }
    let text = format!(
        "the run {} is merged: {} shards, {} pulls, {} new, {} of them failed",
        merged.run,
        merged.shards,
        merged.pulls,
        merged.new,
        merged.failed.len()
    );
    terminal.event("merged", members(merged), text);
}

fn members(merged: &Merged) -> serde_json::Value {
    json!({
        "run": merged.run.as_str(), "shards": merged.shards, "pulls": merged.pulls, "new": merged.new, "failed": merged.failed.len(),
    })
}

impl Brought {
    fn refuse(&mut self, refused: Vec<(RunName, MergeError)>, terminal: &mut Terminal) {
        for (run, error) in refused {
            self.refused.push((run, error.to_string()));
            terminal.error(&error.into());
        }
    }

    /// New pulls, and how many of them failed.
    pub(super) fn counts(&self) -> (u64, usize) {
        let merged = self.merged.iter();
        merged.fold((0, 0), |(new, failed), run| {
            (new + run.new, failed + run.failed.len())
        })
    }

    /// A run that was refused before a gap.
    pub(super) fn exit(&self) -> Exit {
        match self.counts() {
            _ if !self.refused.is_empty() => Exit::ToolError,
            (_, 0) => Exit::Done,
            _ => Exit::Indeterminate,
        }
    }
}
