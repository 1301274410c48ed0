//! `doctor`: whether tonight's run would work, tried without harm and without writing anything; and the least that it has to be
//! allowed. What could not be tried is never said to work.

mod machine;
mod policy;
mod print;

use anyhow::Result;
use clap::Args;

use super::job::Job;
use super::{Exit, JobArguments, Terminal, clock, time_stamps};
use crate::collect::{self, Trails};
use crate::service::checkup::{Check, Checkup, Outcome};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    job: JobArguments,
    /// Show every check, those that work too
    #[arg(long)]
    all: bool,
    /// Print what has to be allowed, as JSON, and try nothing
    #[arg(long, conflicts_with = "all")]
    policy: bool,
    /// Narrow the policy to a bucket that a trail delivers to
    #[arg(long, value_name = "BUCKET[/PREFIX]", requires = "policy")]
    trail: Vec<String>,
    /// Allow to decrypt what trails deliver with this key
    #[arg(long, value_name = "ARN", requires = "policy")]
    trail_key: Vec<String>,
}

impl DoctorArguments {
    fn trails(&self) -> Trails {
        let folders = self.trail.iter().map(|named| {
            let (bucket, prefix) = named.split_once('/').unwrap_or((named, ""));
            (bucket.to_owned(), prefix.trim_matches('/').to_owned())
        });
        Trails {
            folders: folders.collect(),
            keys: self.trail_key.clone(),
        }
    }
}

pub(super) fn doctor(arguments: &DoctorArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    if arguments.policy {
        policy::print(&job, &arguments.trails(), terminal)?;
        return Ok(Exit::Done);
    }
    let mut checks = machine::checks(&job, &arguments.job.config, terminal);
    let running = clock::running();
    let mut progress = |what: &str| terminal.progress(format!("trying {what}"));
    let checkup = Checkup::new(&running, &mut progress);
    for source in &job.config.sources {
        let examined =
            collect::open(&source.kind, &source.settings).and_then(|source| source.examine(&checkup));
        if let Err(error) = examined {
            let name = format!("source of kind {}", source.kind);
            checkup.take(unusable("sources", name, &anyhow::Error::from(error)));
        }
    }
    if let Some(archive) = &job.config.archive
        && let Err(error) = crate::archive::examine(&archive.settings, &checkup)
    {
        checkup.take(unusable(
            "archive",
            archive.settings.bucket.clone(),
            &error.into(),
        ));
    }
    if let Some(stamps) = &job.config.time_stamps
        && let Err(error) = time_stamps::examine(&job, stamps, &checkup)
    {
        checkup.take(unusable("time stamps", "trust roots".to_owned(), &error));
    }
    let (examined, clocks) = checkup.ended();
    let asks = job.config.archive.is_some()
        || job.config.time_stamps.is_some()
        || job.config.sources.iter().any(|source| source.kind != "recorded");
    checks.push(machine::clock(
        &clocks,
        job.parameters.duration("clock_skew")?,
        asks,
    ));
    checks.extend(examined);
    terminal.clear_progress();
    if arguments.job.json {
        print::as_json(&checks, terminal);
    } else {
        print::as_text(&checks, arguments.all, terminal);
    }
    Ok(exit(&checks))
}

/// What can't be tried at all, for a reason that lies here.
fn unusable(group: &str, name: String, error: &anyhow::Error) -> Check {
    Check {
        group: group.to_owned(),
        place: String::new(),
        name,
        outcome: Outcome::Fails,
        said: chain(error),
        next: super::hint::of(error).unwrap_or_default().to_owned(),
    }
}

/// An error with those of its causes that it does not show itself.
fn chain(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |said, cause| {
            match (said.is_empty(), said.contains(&cause)) {
                (true, _) => cause,
                (false, true) => said,
                (false, false) => format!("{said}: {cause}"),
            }
        })
}

/// All that is configured has to have been tried, and to work.
fn exit(checks: &[Check]) -> Exit {
    let worst = checks.iter().map(|check| check.outcome).max();
    match worst {
        Some(Outcome::Works | Outcome::Said) => Exit::Done,
        Some(Outcome::Fails) => Exit::ToolError,
        Some(Outcome::Untold) | None => Exit::Indeterminate,
    }
}
