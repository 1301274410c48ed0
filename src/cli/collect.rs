//! `collect`: pull evidence into the ledger.

use anyhow::Result;
use clap::Args;
use serde_json::{Map, Value, json};

use super::job::Job;
use super::shards::{self, ShardArguments};
use super::terminal::{Terminal, Tone};
use super::{Exit, JobArguments, clock};
use crate::collect::{self, CollectSummary, Event, Narrowed};
use crate::ledger::{Appended, Ledger, Open};
use crate::model::ids::{Account, Region, Sha256Digest};
use crate::model::source::Source;
use crate::model::time::{Instant, day_start, show};

#[derive(Debug, Args)]
pub(super) struct CollectArguments {
    #[command(flatten)]
    job: JobArguments,
    /// Only these sources, for instance aws_backup_jobs
    #[arg(long, value_name = "SOURCE")]
    source: Vec<Source>,
    /// Only in these accounts, projects or databases
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<Account>,
    /// Only in these regions
    #[arg(long, value_name = "REGION")]
    region: Vec<Region>,
    /// Ask for what happened since this day or instant [default: what the ledger lacks]
    #[arg(long, value_name = "DAY|INSTANT")]
    since: Option<String>,
    /// Ask for what happened before this day or instant [default: now]
    #[arg(long, value_name = "DAY|INSTANT")]
    until: Option<String>,
    #[command(flatten)]
    share: ShardArguments,
}

/// Where pulls went, for whoever waits for them.
pub(super) struct Brought {
    pub(super) head: Sha256Digest,
    /// What was sealed, for people.
    pub(super) place: String,
    /// Further members for programs.
    pub(super) members: Value,
}

/// A bound that is neither a day nor an instant, or bounds that hold nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadBound {
    #[error("--{name} {text:?} is no day or instant: write 2026-07-01 or 2026-07-01T05:00:00Z")]
    NoTime { name: &'static str, text: String },
    #[error("--since {since} is not before --until {until}")]
    Nothing { since: String, until: String },
}

impl CollectArguments {
    /// What the run is narrowed to. A day begins when the policy's day does.
    fn narrowed(&self, job: &Job) -> Result<Narrowed> {
        let zone = job.parameters.time_zone("policy_timezone")?;
        let bound = |name: &'static str, text: &Option<String>| -> Result<Option<Instant>, BadBound> {
            let Some(text) = text else { return Ok(None) };
            let day = text.parse().ok().map(|day| day_start(day, zone));
            let at = day.or_else(|| text.parse().ok());
            at.map(Some).ok_or_else(|| BadBound::NoTime {
                name,
                text: text.clone(),
            })
        };
        let (since, until) = (bound("since", &self.since)?, bound("until", &self.until)?);
        if let (Some(since), end) = (since, until.unwrap_or(job.clock.now))
            && since >= end
        {
            return Err(BadBound::Nothing {
                since: show(since),
                until: show(end),
            }
            .into());
        }
        Ok(Narrowed {
            share: None,
            sources: self.source.iter().copied().collect(),
            accounts: self.account.iter().cloned().collect(),
            regions: self.region.iter().cloned().collect(),
            since,
            until,
        })
    }
}

pub(super) fn collect(arguments: &CollectArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let json = arguments.job.json;
    if let Some((run, shard)) = arguments.share.wanted()? {
        return shards::collect(&job, &arguments.share, run, shard, json, terminal);
    }
    let narrowed = arguments.narrowed(&job)?;
    let mut sources = job.sources()?;
    let mut ledger = job.open_ledger()?;
    let summary = pull(&mut sources, &mut ledger, &narrowed, terminal)?;
    let brought = Brought {
        head: ledger.head(),
        place: format!("ledger {}", job.ledger_dir.display()),
        members: json!({}),
    };
    ledger.seal()?;
    tell(&summary, &brought, json, terminal);
    Ok(if summary.failed().next().is_some() {
        Exit::Indeterminate
    } else {
        Exit::Done
    })
}

/// Says what was collected.
pub(super) fn tell(summary: &CollectSummary, brought: &Brought, as_json: bool, terminal: &mut Terminal) {
    if as_json {
        let sources = summary.sources.iter().map(|(source, counts)| {
            json!({
                "source": source.as_str(), "pulls": counts.read, "new": counts.new, "failed": counts.failed.len(),
            })
        });
        let sources: Vec<_> = sources.collect();
        let failed: Vec<_> = summary
            .failed()
            .map(|pull| json!({"id": pull.id.as_str(), "code": pull.code, "message": pull.message}))
            .collect();
        let mut line = Map::from_iter([("ledger_head".to_owned(), json!(brought.head.to_hex()))]);
        if let Value::Object(members) = &brought.members {
            line.extend(members.clone());
        }
        line.extend([
            ("sources".to_owned(), json!(sources)),
            ("failed".to_owned(), json!(failed)),
        ]);
        terminal.line(Value::Object(line).to_string());
        return;
    }
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
    let head = &brought.head.to_hex()[..16];
    terminal.line(format!("{} sealed, head {head}", brought.place));
}

/// Lets every source pull, and says loudly which pulls failed.
pub(super) fn pull(
    sources: &mut [Box<dyn collect::Source>],
    ledger: &mut Ledger<Open>,
    narrowed: &Narrowed,
    terminal: &mut Terminal,
) -> Result<CollectSummary> {
    let mut pulls = 0u64;
    let mut progress = |event: Event<'_>| match event {
        Event::Source { name } => terminal.progress(format!("collecting from {name}")),
        Event::Noticed { text } => {
            let word = terminal.tone(Tone::Unclear, "note");
            terminal.note(format!("{word}: {text}"));
        }
        Event::Pulled { acquisition, .. } => {
            pulls += 1;
            terminal.progress(format!("collecting: {pulls} pulls, {}", acquisition.id));
        }
    };
    let summary = collect::collect(ledger, sources, &clock::running(), narrowed, &mut progress)?;
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
