//! `sample`: items of a test's population for an auditor to try again by hand, with a lead sheet; or the same draw again.

mod draw;
mod print;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use backproof_verify::check::Verdict;
use clap::Args;

use super::clock::Clock;
use super::terminal::Terminal;
use super::{Exit, opened};
use crate::bundle::checked::Checked;
use crate::bundle::lead_sheet::{self, v1::LeadSheet, v1::SeedFrom};
use crate::evaluate::sampling::Seed;
use crate::model::ids::{Sha256Digest, TestId};
use draw::Wanted;

#[derive(Debug, Args)]
pub(super) struct SampleArguments {
    /// The bundle to draw from
    bundle: PathBuf,
    /// The test whose population it is, for instance CT-05
    #[arg(long, required_unless_present = "replay")]
    test: Option<TestId>,
    /// How many items [default: the catalogue's size for how often the control operates]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    size: Option<u64>,
    /// A seed of your own, 64 hexadecimal digits [default: it follows from the population]
    #[arg(long, value_name = "SHA256")]
    seed: Option<Sha256Digest>,
    /// Draw again what this lead sheet says, and compare
    #[arg(long, value_name = "SHEET.JSON", conflicts_with_all = ["test", "size", "seed", "csv"])]
    replay: Option<PathBuf>,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print the lead sheet as JSON: the form that --replay takes
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the lead sheet as CSV, with empty columns for your own results
    #[arg(long)]
    csv: bool,
}

pub(super) fn sample(arguments: &SampleArguments, terminal: &mut Terminal) -> Result<Exit> {
    let anchors = arguments.trust.anchors()?;
    let bytes = opened::read(&arguments.bundle)?;
    let bundle = Checked::open(&bytes, &anchors, Clock::ask()?.now)?;
    opened::say_undecided(&arguments.bundle, &bundle, terminal);
    let done = match &arguments.replay {
        Some(path) => replay(path, &bundle, arguments.json, terminal)?,
        None => {
            let sheet = draw::lead_sheet(&bundle, &wanted(arguments)?)?;
            if arguments.json {
                terminal.data(&sheet.encode());
                terminal.line("");
            } else if arguments.csv {
                terminal.data(&lead_sheet::csv::encode(&sheet));
            } else {
                print::sheet(&sheet, terminal);
            }
            Exit::Done
        }
    };
    Ok(match (done, bundle.verdict()) {
        (Exit::Done, Verdict::Undecided) => Exit::Undecided,
        (done, _) => done,
    })
}

fn wanted(arguments: &SampleArguments) -> Result<Wanted> {
    Ok(Wanted {
        test: arguments
            .test
            .clone()
            .context("--test says which population to draw from")?,
        size: arguments.size,
        seed: arguments.seed.map(Seed::given),
    })
}

/// Draws again what a lead sheet says. Only what the draw decides is compared: two bundles of one evidence have other
/// signatures, and give the same sample.
fn replay(path: &PathBuf, bundle: &Checked<'_>, json: bool, terminal: &mut Terminal) -> Result<Exit> {
    let text = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    let sheet = LeadSheet::parse(&text)
        .with_context(|| format!("{} is no lead sheet that `sample --json` wrote", path.display()))?;
    let wanted = Wanted {
        test: sheet.test.id.parse().context("the lead sheet's test")?,
        size: Some(sheet.sampling.size),
        seed: match sheet.sampling.seed_from {
            SeedFrom::Population => None,
            SeedFrom::Given => Some(Seed::given(
                sheet.sampling.seed.parse().context("the lead sheet's seed")?,
            )),
        },
    };
    if sheet.bundle.entity != bundle.facts().manifest.entity {
        bail!(
            "the lead sheet was drawn from the evidence of {}, the bundle is of {}",
            sheet.bundle.entity,
            bundle.facts().manifest.entity
        );
    }
    let again = draw::lead_sheet(bundle, &wanted)?;
    let differences = draw::differences(&sheet, &again);
    if json {
        let same = differences.is_empty();
        let value = serde_json::json!({"same": same, "items": again.items.len(), "differences": differences});
        terminal.line(value.to_string());
    } else {
        print::replayed(&again, &differences, terminal);
    }
    Ok(if differences.is_empty() {
        Exit::Done
    } else {
        Exit::Altered
    })
}
