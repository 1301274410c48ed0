//! `collect`: pull evidence into the ledger.

use anyhow::Result;

use super::job::Job;
use super::terminal::{Terminal, Tone};
use super::{Exit, JobArguments, clock};
use crate::collect::{CollectSummary, Event, Source};
use crate::ledger::{Appended, Ledger, Open};

pub(super) fn collect(arguments: &JobArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(arguments)?;
    let mut sources = job.sources()?;
    let mut ledger = job.open_ledger()?;
    let summary = pull(&mut sources, &mut ledger, terminal)?;
    let head = ledger.head();
    ledger.seal()?;
    if arguments.json {
        let sources = summary.sources.iter().map(|(source, counts)| {
            serde_json::json!({
                "source": source.as_str(), "pulls": counts.read, "new": counts.new, "failed": counts.failed.len(),
            })
        });
        let sources: Vec<_> = sources.collect();
        let failed: Vec<_> = summary
            .failed()
            .map(|pull| serde_json::json!({"id": pull.id.as_str(), "code": pull.code, "message": pull.message}))
            .collect();
        let json = serde_json::json!({"ledger_head": head.to_hex(), "sources": sources, "failed": failed});
        terminal.line(json.to_string());
    } else {
        for (source, counts) in &summary.sources {
            let failed = if counts.failed.is_empty() {
                String::new()
            } else {
                format!(", {} failed", counts.failed.len())
            };
            terminal.line(format!(
                "{:<26} {:>5} pulls, {:>5} new{failed}",
                source.as_str(),
                counts.read,
                counts.new
            ));
        }
        terminal.line(format!(
            "ledger {} sealed, head {}",
            job.ledger_dir.display(),
            &head.to_hex()[..16]
        ));
    }
    Ok(if summary.failed().next().is_some() {
        Exit::Indeterminate
    } else {
        Exit::Done
    })
}

/// Lets every source pull, and says loudly which pulls failed.
pub(super) fn pull(
    sources: &mut [Box<dyn Source>],
    ledger: &mut Ledger<Open>,
    terminal: &mut Terminal,
) -> Result<CollectSummary> {
    let mut pulls = 0u64;
    let mut progress = |event: Event<'_>| match event {
        Event::Source { name } => terminal.progress(format!("collecting from {name}")),
        Event::Pulled { acquisition, .. } => {
            pulls += 1;
            terminal.progress(format!("collecting: {pulls} pulls, {}", acquisition.id));
        }
    };
    let summary = crate::collect::collect(ledger, sources, &clock::running(), &mut progress)?;
    terminal.clear_progress();
    for pull in summary.failed().filter(|pull| pull.appended == Appended::New) {
        let word = terminal.tone(Tone::Unclear, "gap");
        terminal.note(format!(
            "{word}: {} failed: {}: {}",
            pull.id, pull.code, pull.message
        ));
    }
    Ok(summary)
}
