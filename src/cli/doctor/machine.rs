//! What lies on this machine: the configuration, the ledger, the receipts, the key that signs, and the clock.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use super::chain;
use crate::cli::Terminal;
use crate::cli::identity::Identity;
use crate::cli::job::Job;
use crate::cli::output::Output;
use crate::ledger::{Ledger, LedgerError};
use crate::model::time::show;
use crate::service::checkup::{Check, Outcome};
use crate::service::refusal::Verdict;
use crate::sign;

/// A certificate that has fewer days left is spoken of.
const DAYS_LEFT_MIN: i64 = 30;
/// Answers tell whole seconds, and take their time.
const READING: TimeDelta = TimeDelta::seconds(2);
/// A file that nobody misses: the ledger sweeps away what is left of it.
const PROBE: &str = ".aside-doctor";

/// Everything that can be told before a service is asked.
pub(super) fn checks(job: &Job, config: &Path, terminal: &mut Terminal) -> Vec<Check> {
    let mut checks = vec![check("configuration", works(configuration(job, config)))];
    terminal.progress("verifying the ledger");
    checks.push(check("ledger", ledger(&job.ledger_dir)));
    if let Some(archive) = &job.config.archive {
        let verdict = match Output::prepare(&archive.receipts) {
            Ok(_) => works(format!("{} can be written to", archive.receipts.display())),
            Err(error) => fails(
                error.to_string(),
                "name a directory that can be written to as `receipts` in [archive]",
            ),
        };
        checks.push(check("receipts", verdict));
    } else {
        checks.push(check(
            "archive",
            said("no [archive]: bundles stay where they are made"),
        ));
    }
    checks.push(check("signer", signer(job)));
    if job.config.time_stamps.is_none() {
        let untimed = "no [time_stamps]: the time of signing is the signer's claim";
        checks.push(check("time stamps", said(untimed)));
    }
    checks
}

/// How far this machine's clock is from those of the services that were asked. Signatures of requests hold for minutes, and so
/// do the times of evidence. `asks` is whether any service is configured.
pub(super) fn clock(clocks: &BTreeMap<String, TimeDelta>, tolerated: TimeDelta, asks: bool) -> Check {
    let farthest = clocks.iter().max_by_key(|(_, ahead)| ahead.abs());
    let verdict = match farthest {
        None if !asks => said("not compared: no service is configured that would tell the time"),
        None => (
            Outcome::Untold,
            "not compared: no service told the time".to_owned(),
            String::new(),
        ),
        Some((service, ahead)) if ahead.abs() > tolerated.max(READING) => {
            let way = if *ahead > TimeDelta::zero() {
                "ahead of"
            } else {
                "behind"
            };
            let words = format!(
                "this machine is {} {way} {service}, and {} are tolerated (clock_skew)",
                apart(*ahead),
                apart(tolerated)
            );
            fails(
                words,
                "set this machine's clock: requests are signed with its time, and evidence is dated by it",
            )
        }
        Some((_, ahead)) => works(format!(
            "within {} of {} services",
            apart(ahead.abs().max(READING)),
            clocks.len()
        )),
    };
    check("clock", verdict)
}

fn apart(time: TimeDelta) -> String {
    match time.abs() {
        time if time >= TimeDelta::minutes(2) => format!("{} minutes", time.num_minutes()),
        time => format!("{} seconds", time.num_seconds()),
    }
}

fn check(name: &str, (outcome, said, next): Verdict) -> Check {
    Check {
        group: "this machine".to_owned(),
        place: String::new(),
        name: name.to_owned(),
        outcome,
        said,
        next,
    }
}

const fn works(said: String) -> Verdict {
    (Outcome::Works, said, String::new())
}

fn said(words: &str) -> Verdict {
    (Outcome::Said, words.to_owned(), String::new())
}

fn fails(said: String, next: &str) -> Verdict {
    (Outcome::Fails, said, next.to_owned())
}

fn configuration(job: &Job, path: &Path) -> String {
    let config = &job.config;
    let kinds: Vec<&str> = config.sources.iter().map(|source| source.kind.as_str()).collect();
    format!(
        "{}: sources {}; {} places to cover, {} parameters set",
        path.display(),
        kinds.join(", "),
        config.estate.expected().len(),
        config.settings.len()
    )
}

/// A ledger is verified whole, and a file is written beside it; where there is none yet, where it would be made.
fn ledger(dir: &Path) -> Verdict {
    let next = "name a directory that whoever runs backproof can write to, in [ledger] or with --ledger";
    let is_empty = fs::read_dir(dir).is_ok_and(|mut inside| inside.next().is_none());
    if is_empty || !dir.exists() {
        let place = dir
            .ancestors()
            .find(|place| place.is_dir())
            .unwrap_or_else(|| Path::new("."));
        let place = if place.as_os_str().is_empty() {
            Path::new(".")
        } else {
            place
        };
        return match written(place) {
            Ok(()) => works(format!(
                "{} is to be made by the first run, and can be",
                dir.display()
            )),
            Err(error) => fails(format!("{} can't be made: {error}", dir.display()), next),
        };
    }
    match Ledger::read(dir) {
        Ok(ledger) => match dirs(dir).and_then(|dirs| dirs.iter().try_for_each(|dir| written(dir))) {
            Ok(()) => works(format!(
                "{}: {} pulls, verified, and can be written to",
                dir.display(),
                ledger.acquisitions().len()
            )),
            Err(error) => fails(format!("{} can't be written to: {error}", dir.display()), next),
        },
        Err(error @ LedgerError::Busy { .. }) => (
            Outcome::Untold,
            error.to_string(),
            "try again when that run has ended".to_owned(),
        ),
        Err(error) => fails(chain(&error.into()), ""),
    }
}

/// A ledger's directory with those in it.
fn dirs(ledger: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut dirs = vec![ledger.to_owned()];
    for item in fs::read_dir(ledger)? {
        let item = item?;
        if item.file_type()?.is_dir() {
            dirs.push(item.path());
        }
    }
    Ok(dirs)
}

/// Writes a file and takes it away again.
fn written(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!("{PROBE}-{}", std::process::id()));
    File::create_new(&probe).and_then(|_| fs::remove_file(&probe))
}

fn signer(job: &Job) -> Verdict {
    let configured = match Identity::configured(job) {
        Ok(Some(identity)) => identity,
        Ok(None) => {
            return said("no [signing]: a development identity signs, and every page of the result says so");
        }
        Err(error) => {
            return fails(
                chain(&error),
                "[signing] needs a key, the certificate of that key, and its issuers, valid now and for signing",
            );
        }
    };
    if let Err(error) = configured.signer().sign(sign::TRIAL) {
        return fails(
            error.to_string(),
            "let the configured identity sign with this key",
        );
    }
    let Some((subject, until)) = configured.certificate() else {
        return fails("the certificate can't be read".to_owned(), "");
    };
    let days = (until - job.clock.now).num_days();
    let words = format!("{subject}; valid until {}: {days} days", show(until));
    if days < DAYS_LEFT_MIN {
        let next = "have the certificate renewed: after that day nothing is signed".to_owned();
        return (Outcome::Said, words, next);
    }
    works(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn clock_is(ahead: TimeDelta, outcome: Outcome, expected: &str) {
        let clocks = BTreeMap::from([
            ("kms in us-east-1".to_owned(), TimeDelta::zero()),
            ("sts in us-east-1".to_owned(), ahead),
        ]);
        let check = clock(&clocks, TimeDelta::minutes(5), true);
        assert_eq!((check.outcome, check.said.as_str()), (outcome, expected));
    }

    #[test]
    fn clocks_are_compared_with_what_is_tolerated() {
        clock_is(
            TimeDelta::seconds(1),
            Outcome::Works,
            "within 2 seconds of 2 services",
        );
        clock_is(
            TimeDelta::minutes(5),
            Outcome::Works,
            "within 5 minutes of 2 services",
        );
        clock_is(
            TimeDelta::seconds(301),
            Outcome::Fails,
            "this machine is 5 minutes ahead of sts in us-east-1, and 5 minutes are tolerated (clock_skew)",
        );
        clock_is(
            -TimeDelta::minutes(20),
            Outcome::Fails,
            "this machine is 20 minutes behind sts in us-east-1, and 5 minutes are tolerated (clock_skew)",
        );
        let silent = |asks| clock(&BTreeMap::new(), TimeDelta::minutes(5), asks).outcome;
        assert_eq!((silent(true), silent(false)), (Outcome::Untold, Outcome::Said));
    }
}
