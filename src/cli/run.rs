//! `run`: the main job. Collect, evaluate, report, sign, bundle, and verify what was made: of the period that is named, or
//! by schedule of all that are due.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::identity::Identity;
use super::job::Job;
use super::output::Output;
use super::time_stamps::TimeStamps;
use super::{Exit, JobArguments, Terminal, collect, package, scheduled, summary};
use crate::collect::Narrowed;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    job: JobArguments,
    /// The period: 2026-Q3, 2026-09 or 2026-07-01..2026-10-01
    #[arg(long, required_unless_present = "scheduled")]
    period: Option<String>,
    /// Collect, then package and archive each month and quarter that is over and has not been
    #[arg(long, conflicts_with = "period")]
    scheduled: bool,
    /// Merge the segments that shards collected into this directory, instead of collecting
    #[arg(long, value_name = "DIR", requires = "scheduled")]
    segments: Option<PathBuf>,
    /// Where the bundles and the reports go
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Fail where no authority of [time_stamps] vouches for the time, instead of saying so in the report
    #[arg(long)]
    require_timestamp: bool,
}

pub(super) fn run(arguments: &RunArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let json = arguments.job.json;
    let stamps = TimeStamps::configured(&job, arguments.require_timestamp)?;
    match &arguments.period {
        None => scheduled::run(
            &job,
            &stamps,
            arguments.segments.as_deref(),
            &arguments.out,
            json,
            terminal,
        ),
        Some(period) => of_period(&job, &stamps, period, &arguments.out, json, terminal),
    }
}

fn of_period(
    job: &Job,
    stamps: &TimeStamps<'_>,
    period: &str,
    out: &std::path::Path,
    json: bool,
    terminal: &mut Terminal,
) -> Result<Exit> {
    // What can be refused without work is refused before it.
    let scope = job.scope(period)?;
    let configured = Identity::configured(job)?;
    let mut sources = job.sources()?;
    let output = Output::prepare(out)?;
    let mut ledger = job.open_ledger()?;
    collect::pull(&mut sources, &mut ledger, &Narrowed::default(), terminal)?;
    terminal.progress("verifying the ledger");
    let concluded = job.conclude(ledger.seal()?, scope)?;
    summary::unsound_pulls(&concluded, terminal);
    let identity = Identity::or_development(configured, job)?;
    let by = package::By {
        identity: &identity,
        stamps,
    };
    package::make_and_tell(job, &concluded, by, &output, json, terminal)
}
