//! `evaluate`: the results of a period from what the ledger holds, without packaging.

use anyhow::Result;

use super::job::Job;
use super::{Exit, PeriodArguments, Terminal, summary};
use crate::bundle::results;

pub(super) fn evaluate(arguments: &PeriodArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let concluded = job.conclude_from_ledger(&arguments.period)?;
    summary::unsound_pulls(&concluded, terminal);
    if arguments.job.json {
        let json = results::v1::encode(
            &concluded.scope,
            &concluded.evaluation,
            &concluded.records.coverage,
        );
        terminal.data(&json);
        terminal.line("");
    } else {
        summary::conclusion(&concluded, terminal);
    }
    Ok(Exit::of(&concluded.evaluation))
}
