//! `run --scheduled`: the run that nobody watches. It collects, and then packages, verifies and archives each month and
//! quarter that is over and has not been.
//!
//! What is done is told by the files alone: a bundle under its final name is whole, and a receipt says that the store
//! keeps it. So a run that was killed anywhere is gone on with by the next one, runs that were missed are caught up with,
//! and running twice does nothing twice. What fails for one period does not keep the others.

mod due;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use self::due::Standing;
use super::config::ArchiveConfig;
use super::identity::Identity;
use super::job::Job;
use super::output::Output;
use super::terminal::Terminal;
use super::{Exit, archive, collect, opened, package};
use crate::bundle::checked::Checked;
use crate::collect::Narrowed;
use crate::ledger::Appended;
use crate::model::ids::Sha256Digest;
use crate::model::time::{Period, day_of, show};

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

/// What came of one period.
struct Outcome {
    /// `kept`, `waiting`, `packaged`, `archived`.
    state: &'static str,
    exit: Exit,
}

pub(super) fn run(job: &Job, out: &Path, json: bool, terminal: &mut Terminal) -> Result<Exit> {
    let configured = Identity::configured(job)?;
    if configured.is_none() && job.config.archive.is_some() {
        return Err(NoIdentity.into());
    }
    let output = Output::prepare(out)?;
    // Two at once would make, and put away, the same period twice.
    let _alone = output.lock(LOCK)?;
    let zone = job.parameters.time_zone("policy_timezone")?;
    let (mut exits, first) = (Vec::new(), collected(job, terminal)?);
    exits.push(first.exit);
    let identity = Identity::or_development(configured, job)?;
    let first = job
        .config
        .schedule
        .first
        .or(first.pull.map(|at| day_of(at, zone)));
    let periods = first.map_or_else(Vec::new, |first| due::over(first, job.clock.now, zone));
    let mut rows = Vec::new();
    for period in periods {
        let outcome = advance(job, &period, &identity, &output, terminal)
            .with_context(|| format!("{period} could not be packaged or archived"));
        let outcome = outcome.unwrap_or_else(|error| {
            terminal.error(&error);
            let (state, exit) = ("failed", Exit::of_error(&error));
            Outcome { state, exit }
        });
        rows.push(json!({"period": period.name(), "state": outcome.state, "exit": outcome.exit.code()}));
        exits.push(outcome.exit);
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
    pull: Option<crate::model::time::Instant>,
}

/// Collects. What could not be collected is told, and what is due is packaged all the same: it says what it lacks.
fn collected(job: &Job, terminal: &mut Terminal) -> Result<Collected> {
    let mut ledger = job.open_ledger()?;
    let pulled = job
        .sources()
        .and_then(|mut sources| collect::pull(&mut sources, &mut ledger, &Narrowed::default(), terminal));
    let exit = match pulled {
        Ok(summary) => {
            let pulls: u64 = summary.sources.values().map(|counts| counts.new).sum();
            let failed = summary
                .failed()
                .filter(|pull| pull.appended == Appended::New)
                .count();
            let text = format!("collected {pulls} new pulls, {failed} of them failed");
            terminal.event("collected", json!({"pulls": pulls, "failed": failed}), text);
            if failed == 0 {
                Exit::Done
            } else {
                Exit::Indeterminate
            }
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
    let pull = ledger.acquisitions().iter().map(|pull| pull.started).min();
    Ok(Collected { exit, pull })
}

/// Does what is still to be done for a period that is over.
fn advance(
    job: &Job,
    period: &Period,
    identity: &Identity,
    output: &Output,
    terminal: &mut Terminal,
) -> Result<Outcome> {
    let name = format!("{}.zip", package::stem(job, period.name()));
    let archive = job.config.archive.as_ref();
    let path = output.path(&name);
    let receipt = archive.map_or(Ok(false), |archive| archive::has_receipt(archive, &name))?;
    if receipt || (archive.is_none() && path.exists()) {
        return Ok(Outcome {
            state: "kept",
            exit: Exit::Done,
        });
    }
    let made = if path.exists() {
        None
    } else {
        let Some(exit) = packaged(job, period, identity, output, terminal)? else {
            return Ok(Outcome {
                state: "waiting",
                exit: Exit::Done,
            });
        };
        Some(exit)
    };
    let exit = made.unwrap_or(Exit::Done);
    match archive {
        None => Ok(Outcome {
            state: "packaged",
            exit,
        }),
        Some(archive) => {
            let kept = put_away(job, period, archive, identity, &path, terminal)?;
            Ok(Outcome {
                state: "archived",
                exit: Exit::worst([exit, kept]),
            })
        }
    }
}

/// Packages a period, unless it still waits for evidence.
fn packaged(
    job: &Job,
    period: &Period,
    identity: &Identity,
    output: &Output,
    terminal: &mut Terminal,
) -> Result<Option<Exit>> {
    terminal.progress(format!("evaluating {period}"));
    let concluded = job.conclude_from_ledger(period.name())?;
    let standing = Standing::of(
        &concluded.records.coverage,
        period,
        job.clock.now,
        job.config.schedule.wait,
    );
    let (gaps, until) = match &standing {
        Standing::Complete => (&[][..], None),
        Standing::Waiting { gaps, until } => (gaps.as_slice(), Some(*until)),
        Standing::Overdue(gaps) => (gaps.as_slice(), None),
    };
    let mut told: Vec<String> = gaps
        .iter()
        .take(GAPS_TOLD_MAX)
        .map(|gap| gap.key.to_string())
        .collect();
    if gaps.len() > GAPS_TOLD_MAX {
        told.push(format!("and {} more", gaps.len() - GAPS_TOLD_MAX));
    }
    let list = told.join(", ");
    if let Some(until) = until {
        let text = format!("{period} waits until {} for the last word of {list}", show(until));
        let members = json!({"period": period.name(), "until": show(until), "missing": told});
        terminal.event("waiting", members, text);
        return Ok(None);
    }
    if !gaps.is_empty() {
        let text = format!("{period} is packaged without the last word of {list}");
        terminal.event(
            "incomplete",
            json!({"period": period.name(), "missing": told}),
            text,
        );
    }
    let made = package::make(job, &concluded, identity, output, terminal)?;
    let exit = Exit::of(&concluded.evaluation);
    let mut members = made.json(&concluded, exit);
    if let Value::Object(members) = &mut members {
        members.insert("period".to_owned(), json!(period.name()));
    }
    let text = format!(
        "{period} is packaged: {}, exit {}",
        made.bundle.display(),
        exit.code()
    );
    terminal.event("packaged", members, text);
    Ok(Some(exit))
}

/// Has the store keep the bundle of a period, which may be one that an earlier run made.
fn put_away(
    job: &Job,
    period: &Period,
    archive: &ArchiveConfig,
    identity: &Identity,
    path: &Path,
    terminal: &mut Terminal,
) -> Result<Exit> {
    let bytes = opened::read(path)?;
    let bundle = Checked::open(&bytes, &identity.anchors()?, job.clock.now)?;
    let (expected, found) = (
        package::bundle_id(job, period.name()),
        &bundle.facts().manifest.bundle_id,
    );
    if *found != expected {
        bail!(
            "{} is the bundle {found}, not {expected}: move it away",
            path.display()
        );
    }
    let own = identity.signer().chain().first().map(|own| Sha256Digest::of(own));
    let by_own =
        |(_, signer): &(_, backproof_verify::signature::SignerFacts)| Some(signer.certificate_sha256) == own;
    let signers = &bundle.facts().signers;
    if signers.is_empty() || !signers.iter().all(by_own) {
        bail!(
            "{} was not signed by the configured identity: if it is yours, archive it with `backproof archive`",
            path.display()
        );
    }
    let sha256 = *bundle.sha256();
    drop(bundle);
    let row = archive::archived(archive, path, bytes, sha256, terminal)?;
    let exit = row.exit();
    let said = row.said();
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
