//! `run`: the main job. Collect, evaluate, report, sign, bundle, and verify what was made.

use anyhow::Result;

use super::identity::Identity;
use super::job::Job;
use super::output::Output;
use super::{Exit, PackageArguments, Terminal, collect, package, summary};
use crate::collect::Narrowed;

pub(super) fn run(arguments: &PackageArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.period.job)?;
    // What can be refused without work is refused before it.
    let scope = job.scope(&arguments.period.period)?;
    let configured = Identity::configured(&job)?;
    let mut sources = job.sources()?;
    let output = Output::prepare(&arguments.out)?;
    let mut ledger = job.open_ledger()?;
    collect::pull(&mut sources, &mut ledger, &Narrowed::default(), terminal)?;
    terminal.progress("verifying the ledger");
    let concluded = job.conclude(ledger.seal()?, scope)?;
    summary::unsound_pulls(&concluded, terminal);
    let identity = Identity::or_development(configured, &job)?;
    package::make(
        &job,
        &concluded,
        &identity,
        &output,
        arguments.period.job.json,
        terminal,
    )
}
