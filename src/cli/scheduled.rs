//! `run --scheduled`: the run that nobody watches. It collects, and then packages, verifies and archives each month and
//! quarter that is over and has not been.
//!
//! What is done is told by the files alone: a receipt says that the store keeps a bundle, or, where there is no archive, a
//! file beside it says that it was told of. So a run that was killed anywhere is gone on with by the next one, runs that
//! were missed are caught up with, and running twice does nothing twice. What fails for one period does not keep the others.

mod due;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use chrono::TimeDelta;
use serde_json::json;

use self::due::Standing;
use super::clock::Clock;
use super::config::ArchiveConfig;
use super::identity::Identity;
use super::job::{Concluded, Job};
use super::output::Output;
use super::terminal::Terminal;
use super::time_stamps::TimeStamps;
use super::{Exit, archive, collect, merge, opened, package};
use crate::bundle::checked::Checked;
use crate::collect::Narrowed;
use crate::ledger::{Appended, Ledger, Open};
use crate::model::acquisition::EVIDENCE_MARGIN_DAYS;
use crate::model::ids::Sha256Digest;
use crate::model::time::{Instant, Period, day_of, show};

/// The file in the output directory that a run holds.
const LOCK: &str = ".backproof-scheduled.lock";
/// Gaps that a line tells of; `status` has them all.
const GAPS_TOLD_MAX: usize = 10;

/// What is put away for six years has to say who signed it.
#[derive(Debug, thiserror::Error)]
#[error(
    "[archive] is configured and [signing] is not: a development identity does not show who signed, and what is archived can't be taken back"
)]
pub(super) struct NoIdentity;

/// `segments` is where shards have collected to, if they have: then their segments are merged, and nobody is asked.
pub(super) fn run(
    job: &Job,
    stamps: &TimeStamps<'_>,
    segments: Option<&Path>,
    out: &Path,
    json: bool,
    terminal: &mut Terminal,
) -> Result<Exit> {
    let configured = Identity::configured(job)?;
    if configured.is_none() && job.config.archive.is_some() {
        return Err(NoIdentity.into());
    }
    let output = Output::prepare(out)?;
    // Two at once would make, and put away, the same period twice.
    let _alone = output.lock(LOCK)?;
    let zone = job.parameters.time_zone("policy_timezone")?;
    let collected = collected(job, segments, terminal)?;
    let mut exits = vec![collected.exit];
    let run = Run {
        job,
        identity: Identity::or_development(configured, job)?,
        stamps,
        output,
    };
    let first = collected.first.map(|pull| {
        let month = job.config.schedule.first.unwrap_or(day_of(pull, zone));
        // Of what ended longer ago nothing that was collected can speak.
        month.max(day_of(pull - TimeDelta::days(EVIDENCE_MARGIN_DAYS), zone))
    });
    let periods = first.map_or_else(Vec::new, |first| due::over(first, job.clock.now, zone));
    let mut rows = Vec::new();
    for period in periods {
        let mut exit = Exit::Done;
        let state = run
            .advance(&period, &mut exit, terminal)
            .with_context(|| format!("{period} could not be packaged or archived"));
        let state = state.unwrap_or_else(|error| {
            terminal.error(&error);
            exit = Exit::worst([exit, Exit::of_error(&error)]);
            "failed"
        });
        rows.push(json!({"period": period.name(), "state": state, "exit": exit.code()}));
        exits.push(exit);
    }
    let exit = Exit::worst(exits);
    let members = json!({"periods": rows, "exit": exit.code()});
    if json {
        terminal.line(members.to_string());
    }
    let text = format!("{} periods are over; exit {}", rows.len(), exit.code());
    terminal.event("done", members, text);
    Ok(exit)
}

/// What came of collecting, and when the ledger's first pull was.
struct Collected {
    exit: Exit,
    first: Option<Instant>,
}

/// Collects, or merges what was collected. What could not be is told, and what is due is packaged all the same: it says
/// what it lacks.
fn collected(job: &Job, segments: Option<&Path>, terminal: &mut Terminal) -> Result<Collected> {
    // Verified before the ledger is locked: shards of the next run may want to look into it.
    let runs = segments.map(|dir| merge::runs(&[dir.to_owned()], terminal));
    let mut ledger = job.open_ledger()?;
    let brought = match runs {
        None => pulled(job, &mut ledger, terminal),
        Some(runs) => runs.and_then(|runs| merged(runs, &mut ledger, terminal)),
    };
    let exit = match brought {
        Ok(Brought { pulls, failed, exit }) => {
            let text = format!("collected {pulls} new pulls, {failed} of them failed");
            terminal.event("collected", json!({"pulls": pulls, "failed": failed}), text);
            exit
        }
        Err(error) => {
            let error = error.context(
                "the collection ended early; what it had is kept, and the next run asks for the rest",
            );
            terminal.error(&error);
            Exit::ToolError
        }
    };
    terminal.progress("verifying the ledger");
    let ledger = ledger.seal()?;
    let first = ledger.acquisitions().iter().map(|pull| pull.started).min();
    Ok(Collected { exit, first })
}

/// What is new in the ledger.
struct Brought {
    pulls: u64,
    failed: usize,
    exit: Exit,
}

fn pulled(job: &Job, ledger: &mut Ledger<Open>, terminal: &mut Terminal) -> Result<Brought> {
    let summary = collect::pull(&mut job.sources()?, ledger, &Narrowed::default(), terminal)?;
    let failed = summary.failed().filter(|pull| pull.appended == Appended::New);
    let failed = failed.count();
    Ok(Brought {
        pulls: summary.new_pulls(),
        failed,
        exit: if failed == 0 {
            Exit::Done
        } else {
            Exit::Indeterminate
        },
    })
}

fn merged(runs: merge::Runs, ledger: &mut Ledger<Open>, terminal: &mut Terminal) -> Result<Brought> {
    let brought = merge::put(runs, ledger, terminal)?;
    let (pulls, failed) = brought.counts();
    Ok(Brought {
        pulls,
        failed,
        exit: brought.exit(),
    })
}

/// What every period is packaged with.
struct Run<'j> {
    job: &'j Job,
    identity: Identity,
    stamps: &'j TimeStamps<'j>,
    output: Output,
}

impl Run<'_> {
    fn by(&self) -> package::By<'_> {
        package::By {
            identity: &self.identity,
            stamps: self.stamps,
        }
    }

    /// Does what is still to be done for a period that is over, and says how it stands then. `exit` becomes what its
    /// package says, also where it can't be put away.
    fn advance(&self, period: &Period, exit: &mut Exit, terminal: &mut Terminal) -> Result<&'static str> {
        let stem = package::stem(self.job, period.name());
        let (name, told) = (format!("{stem}.zip"), format!("{stem}.told"));
        let archive = self.job.config.archive.as_ref();
        let done = match archive {
            Some(archive) => archive::has_receipt(archive, &name)?,
            None => self.output.path(&told).exists(),
        };
        if done {
            return Ok("kept");
        }
        terminal.progress(format!("evaluating {period}"));
        let concluded = self.job.conclude_from_ledger(period.name())?;
        if !self.is_due(&concluded, terminal) {
            return Ok("waiting");
        }
        let path = self.output.path(&name);
        if !path.exists() {
            self.package(&concluded, terminal)?;
        }
        // As it lies there: it may be that of a run that was killed, or have been made by hand.
        let bytes = opened::read(&path)?;
        let (bundle_exit, sha256) = self.verified(period, &path, &bytes)?;
        *exit = bundle_exit;
        let members = json!({
            "period": period.name(), "bundle": path.display().to_string(), "bundle_sha256": sha256.to_hex(), "exit": exit.code(),
        });
        let text = format!("{period} is packaged: {}, exit {}", path.display(), exit.code());
        terminal.event("packaged", members, text);
        match archive {
            None => {
                let line = format!("{}  {name}\n", sha256.to_hex());
                self.output.write(&[(&told, line.as_bytes())])?;
                Ok("packaged")
            }
            Some(archive) => {
                let kept = put_away(period, archive, &path, (bytes, sha256), terminal)?;
                *exit = Exit::worst([*exit, kept]);
                Ok("archived")
            }
        }
    }

    /// Whether every source has said its last word on a period, or it was waited for long enough.
    fn is_due(&self, concluded: &Concluded, terminal: &mut Terminal) -> bool {
        let period = &concluded.scope.period;
        let wait = self.job.config.schedule.wait;
        let standing = Standing::of(&concluded.records.coverage, period, self.job.clock.now, wait);
        // A machine whose clock is ahead gets no answer: what it takes for over, nobody has spoken of.
        let mut pulls = concluded.evidence.ledger().acquisitions().iter();
        let heard = pulls.any(|pull| pull.failure().is_none() && period.end() <= pull.started);
        let (name, gaps, until) = match &standing {
            Standing::Complete => return true,
            Standing::Overdue(gaps) if heard => ("incomplete", gaps, None),
            Standing::Overdue(gaps) => ("waiting", gaps, None),
            Standing::Waiting { gaps, until } => ("waiting", gaps, Some(*until)),
        };
        let places = gaps.iter().take(GAPS_TOLD_MAX).map(|gap| gap.key.to_string());
        let more = gaps.len().checked_sub(GAPS_TOLD_MAX).filter(|more| *more > 0);
        let missing: Vec<String> = places
            .chain(more.map(|more| format!("and {more} more")))
            .collect();
        let list = missing.join(", ");
        let text = match (name, until) {
            ("incomplete", _) => format!("{period} is packaged without the last word of {list}"),
            (_, Some(until)) => format!("{period} waits until {} for the last word of {list}", show(until)),
            (_, None) => format!("{period} waits: nothing that was collected since its end came through"),
        };
        let members = json!({"period": period.name(), "until": until.map(show), "missing": missing});
        terminal.event(name, members, text);
        name == "incomplete"
    }

    fn package(&self, concluded: &Concluded, terminal: &mut Terminal) -> Result<()> {
        package::make(self.job, concluded, self.by(), &self.output, terminal)?;
        Ok(())
    }

    /// Verifies the bundle of a period, which has to be that and of the configured identity. What it says, and its digest.
    fn verified(&self, period: &Period, path: &Path, bytes: &[u8]) -> Result<(Exit, Sha256Digest)> {
        // What was stamped since the run began would be of the future then.
        let bundle = Checked::open(bytes, &self.by().anchors()?, Clock::ask()?.now)?;
        let expected = package::bundle_id(self.job, period.name());
        let found = &bundle.facts().manifest.bundle_id;
        if *found != expected {
            bail!(
                "{} is the bundle {found}, not {expected}: move it away",
                path.display()
            );
        }
        let own = self
            .identity
            .signer()
            .chain()
            .first()
            .map(|own| Sha256Digest::of(own));
        let signers = &bundle.facts().signers;
        if signers.is_empty()
            || !signers
                .iter()
                .all(|(_, signer)| Some(signer.certificate_sha256) == own)
        {
            bail!(
                "{} was not signed by the configured identity: if it is yours, archive it with `backproof archive`",
                path.display()
            );
        }
        Ok((Exit::of_results(&bundle.results()?), *bundle.sha256()))
    }
}

/// Has the store keep a verified bundle.
fn put_away(
    period: &Period,
    archive: &ArchiveConfig,
    path: &Path,
    (bytes, sha256): (Vec<u8>, Sha256Digest),
    terminal: &mut Terminal,
) -> Result<Exit> {
    let row = archive::archived(archive, path, bytes, sha256, terminal)?;
    let (exit, said) = (row.exit(), row.said());
    let members = json!({
        "period": period.name(), "bundle": path.display().to_string(), "bundle_sha256": sha256.to_hex(), "kept": said, "exit": exit.code(),
    });
    terminal.event(
        "archived",
        members,
        format!("{period}: {}: {said}", path.display()),
    );
    Ok(exit)
}
