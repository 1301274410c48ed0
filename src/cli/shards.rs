//! `collect --shard`: one share of a run, into a segment of its own (docs/spec/shards.md).

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::TimeDelta;
use clap::Args;
use serde_json::json;

use super::collect::{self, Brought};
use super::job::Job;
use super::terminal::Terminal;
use super::{Exit, TOOL};
use crate::collect::{Narrowed, Share};
use crate::ledger::Outline;
use crate::ledger::segment::{Delivered, Manifest, Origin, Segment};
use crate::model::ids::RunName;
use crate::model::shard::{BadShard, SHARDS_MAX, Shard};
use crate::model::time::{Instant, show};

/// Where Kubernetes and AWS Batch say which of its siblings a process is.
const INDICES: [&str; 2] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];
/// Where AWS Batch says how many there are.
const SIZE: &str = "AWS_BATCH_JOB_ARRAY_SIZE";
/// How long after a shard was finished a repetition may still find it done. A run of the next day that took the same name
/// would collect nothing, and end well.
const REPEATED_HOURS_MAX: i64 = 12;
/// Where segments lie beside the ledger.
const SEGMENTS: &str = "segments";

#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// Make only this share of a run, counted from 0, into a segment of its own, for instance 0/7
    #[arg(long, value_name = "I/N", group = "share", requires = "run", conflicts_with_all = ["source", "account", "region", "since", "until"])]
    shard: Option<Shard>,
    /// The same, of so many; JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX says which
    #[arg(long, value_name = "N", group = "share", requires = "run", value_parser = clap::value_parser!(u32).range(1..=i64::from(SHARDS_MAX)), conflicts_with_all = ["source", "account", "region", "since", "until"])]
    shards: Option<u32>,
    /// What the run is called: the same for all its shards, and another one for each run
    #[arg(long, value_name = "NAME", requires = "share")]
    run: Option<RunName>,
    /// Where segments go [default: segments beside the ledger]
    #[arg(long, value_name = "DIR", requires = "share")]
    segments: Option<PathBuf>,
}

/// The environment does not say which shard this is.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadIndex {
    #[error(
        "--shards {of} does not say which shard this is, and neither JOB_COMPLETION_INDEX nor AWS_BATCH_JOB_ARRAY_INDEX is set: write --shard 0/{of}"
    )]
    Unset { of: u32 },
    #[error("{name} is {found:?}, which is no number: write --shard 0/{of}")]
    NoNumber {
        name: &'static str,
        found: String,
        of: u32,
    },
    #[error(
        "JOB_COMPLETION_INDEX is {first} and AWS_BATCH_JOB_ARRAY_INDEX is {second}: write --shard with the one that is meant"
    )]
    Contradiction { first: u32, second: u32 },
    #[error("{name} is {index}: {source}")]
    Beyond {
        name: &'static str,
        index: u32,
        source: BadShard,
    },
    #[error("--shards is {of}, and AWS_BATCH_JOB_ARRAY_SIZE is {size}: name the size of the array job")]
    OtherSize { of: u32, size: u32 },
}

/// A finished shard that is not what is asked for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Done {
    #[error(
        "the shard {shard} of the run {run} was finished at {}, more than {REPEATED_HOURS_MAX} hours ago: each run needs a name of \
         its own",
        show(*.finished)
    )]
    LongAgo {
        run: RunName,
        shard: Shard,
        finished: Instant,
    },
    #[error(
        "the shard {shard} of the run {run} was finished with {what}: collect all shards anew under another --run"
    )]
    Otherwise {
        run: RunName,
        shard: Shard,
        what: &'static str,
    },
}

impl ShardArguments {
    /// The run and the share of it that is asked for; `None` for a run of one process.
    pub(super) fn wanted(&self) -> Result<Option<(RunName, Shard)>, BadIndex> {
        let shard = match (self.shard, self.shards) {
            (Some(shard), _) => Some(shard),
            (None, Some(of)) => Some(from_environment(of, &|name| {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            })?),
            (None, None) => None,
        };
        Ok(self.run.clone().zip(shard))
    }
}

/// Which of `of` shards the environment says this is.
fn from_environment(of: u32, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, BadIndex> {
    let number = |name: &'static str| {
        let Some(found) = variable(name) else {
            return Ok(None);
        };
        let number = found.parse().map(Some);
        number.map_err(|_| BadIndex::NoNumber { name, found, of })
    };
    let [completion, array] = INDICES;
    let (name, index) = match (number(completion)?, number(array)?) {
        (None, None) => return Err(BadIndex::Unset { of }),
        (Some(first), Some(second)) if first != second => {
            return Err(BadIndex::Contradiction { first, second });
        }
        (Some(index), _) => (completion, index),
        (None, Some(index)) => (array, index),
    };
    match number(SIZE)? {
        Some(size) if name == array && size != of => return Err(BadIndex::OtherSize { of, size }),
        _ => {}
    }
    Shard::new(index, of).map_err(|source| BadIndex::Beyond { name, index, source })
}

/// Where segments lie, unless somebody says otherwise.
pub(super) fn beside(ledger: &Path) -> PathBuf {
    ledger.with_file_name(SEGMENTS)
}

/// Collects one share of a run.
pub(super) fn collect(
    job: &Job,
    arguments: &ShardArguments,
    run: RunName,
    shard: Shard,
    as_json: bool,
    terminal: &mut Terminal,
) -> Result<Exit> {
    let mut sources = job.sources()?;
    let ledger = Outline::read(&job.ledger_dir)?;
    let parent = arguments
        .segments
        .clone()
        .unwrap_or_else(|| beside(&job.ledger_dir));
    let mut begun = match Segment::begin(&parent, &run, shard, &job.holder())? {
        Segment::Begun(begun) => begun,
        Segment::Finished(done) => return told_again(job, &done, as_json, terminal),
    };
    let narrowed = Narrowed {
        share: Some(Share {
            run,
            shard,
            earlier: ledger.acquisitions,
            ledger: job.ledger_dir.clone(),
        }),
        ..Narrowed::default()
    };
    let summary = collect::pull(&mut sources, begun.ledger(), &narrowed, terminal)?;
    terminal.progress("verifying the segment");
    let done = begun.finish(Origin {
        base: ledger.head,
        configuration: job.config.sha256,
        tool: TOOL.to_owned(),
        finished: super::clock::running()(),
    })?;
    collect::tell(&summary, &brought(&done), as_json, terminal);
    Ok(exit(&done))
}

/// A shard that is done is not collected again. What it ended with is said again.
fn told_again(job: &Job, done: &Delivered, as_json: bool, terminal: &mut Terminal) -> Result<Exit> {
    let Manifest {
        run,
        shard,
        finished,
        configuration,
        tool,
        ..
    } = &done.manifest;
    let differs = match () {
        () if *configuration != job.config.sha256 => Some("another configuration"),
        () if tool != TOOL => Some("another version of backproof"),
        () => None,
    };
    if let Some(what) = differs {
        return Err(Done::Otherwise {
            run: run.clone(),
            shard: *shard,
            what,
        }
        .into());
    }
    if job.clock.now - finished > TimeDelta::hours(REPEATED_HOURS_MAX) {
        return Err(Done::LongAgo {
            run: run.clone(),
            shard: *shard,
            finished: *finished,
        }
        .into());
    }
    let text = format!(
        "the shard {shard} of the run {run} was finished at {} already",
        show(*finished)
    );
    terminal.note(text);
    collect::tell(
        &crate::collect::CollectSummary::default(),
        &brought(done),
        as_json,
        terminal,
    );
    Ok(exit(done))
}

fn brought(done: &Delivered) -> Brought {
    let Manifest { run, shard, head, .. } = &done.manifest;
    Brought {
        head: *head,
        place: format!("segment {}", done.dir.display()),
        members: json!({"run": run.as_str(), "shard": shard.to_string(), "segment": done.dir.display().to_string()}),
    }
}

fn exit(done: &Delivered) -> Exit {
    let mut pulls = done.ledger.acquisitions().iter();
    if pulls.any(|pull| pull.failure().is_some()) {
        Exit::Indeterminate
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(of: u32, variables: &[(&str, &str)], expected: Result<&str, &str>) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let shard = from_environment(of, &variable);
        let shard = shard
            .map(|shard| shard.to_string())
            .map_err(|error| error.to_string());
        match expected {
            Ok(expected) => assert_eq!(shard.as_deref(), Ok(expected)),
            Err(part) => {
                let said = shard.expect_err("must be refused");
                assert!(said.contains(part), "{said}");
            }
        }
    }

    #[test]
    fn the_environment_says_which_shard_it_is() {
        let [completion, array] = INDICES;
        check(7, &[(completion, "3")], Ok("3/7"));
        check(7, &[(array, "0"), (SIZE, "7")], Ok("0/7"));
        check(7, &[(array, "6")], Ok("6/7"));
        check(7, &[(completion, "2"), (array, "2")], Ok("2/7"));
        // Of another array job than the one that Kubernetes counts in.
        check(7, &[(completion, "2"), (SIZE, "9")], Ok("2/7"));
    }

    #[test]
    fn what_it_says_has_to_be_one_shard() {
        let [completion, array] = INDICES;
        check(
            7,
            &[],
            Err("neither JOB_COMPLETION_INDEX nor AWS_BATCH_JOB_ARRAY_INDEX is set: write --shard 0/7"),
        );
        check(
            7,
            &[(completion, "")],
            Err("JOB_COMPLETION_INDEX is \"\", which is no number"),
        );
        check(
            7,
            &[(array, "-1")],
            Err("AWS_BATCH_JOB_ARRAY_INDEX is \"-1\", which is no number"),
        );
        check(
            7,
            &[(completion, "1"), (array, "2")],
            Err("JOB_COMPLETION_INDEX is 1 and AWS_BATCH_JOB_ARRAY_INDEX is 2"),
        );
        check(
            7,
            &[(completion, "7")],
            Err(
                "JOB_COMPLETION_INDEX is 7: there is no shard 7 of 7: they are counted from 0, so the last is 6",
            ),
        );
        check(
            7,
            &[(array, "3"), (SIZE, "9")],
            Err("--shards is 7, and AWS_BATCH_JOB_ARRAY_SIZE is 9"),
        );
        check(
            7,
            &[(array, "3"), (SIZE, "many")],
            Err("AWS_BATCH_JOB_ARRAY_SIZE is \"many\", which is no number"),
        );
    }
}
