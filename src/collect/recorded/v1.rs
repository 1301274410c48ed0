//! `pulls.json`, version 1 (docs/spec/recording.md, *pulls.json*): parsed strictly, each refusal with line and column.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::collect::nearest;
use crate::ledger::wire::{self, Outcome, Stamp, Text};
use crate::model::ids::{Account, AcquisitionId, Region};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Interval, show};

const FORMAT: &str = "backproof.recording/v1";

/// What was asked in one collection run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pulls {
    #[serde(rename = "format", deserialize_with = "format")]
    _format: (),
    pub(super) caller: String,
    pub(super) tool: String,
    pub(super) pulls: Vec<RecordedPull>,
}

/// One pull, checked against rules 3 to 9.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedPull {
    pub(super) id: Text<AcquisitionId>,
    pub(super) source: Text<Source>,
    pub(super) account: Text<Account>,
    pub(super) region: Text<Region>,
    pub(super) operation: String,
    #[serde(deserialize_with = "wire::parameters")]
    pub(super) parameters: BTreeMap<String, String>,
    #[serde(deserialize_with = "wire::window")]
    pub(super) window: Option<Interval>,
    pub(super) started: Text<Stamp>,
    pub(super) finished: Text<Stamp>,
    pub(super) outcome: Outcome,
    pub(super) responses: Vec<RecordedResponse>,
}

impl RecordedPull {
    /// Source and place.
    pub(super) fn key(&self) -> SourceKey {
        SourceKey {
            source: self.source.0,
            account: self.account.0.clone(),
            region: self.region.0.clone(),
        }
    }
}

/// One response, and where its body lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedResponse {
    #[serde(deserialize_with = "body")]
    pub(super) body: Option<String>,
    pub(super) status: u16,
    pub(super) request_id: String,
    pub(super) received: Text<Stamp>,
    #[serde(deserialize_with = "wire::parameters")]
    pub(super) parameters: BTreeMap<String, String>,
}

/// Where and why bytes are no `pulls.json`.
pub(super) fn parse(bytes: &[u8]) -> Result<Pulls, String> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let pulls: Pulls = serde_path_to_error::deserialize(&mut from).map_err(|e| {
        let at = match e.path().to_string() {
            whole if whole == "." => String::new(),
            path => format!("{path}: "),
        };
        explain(&at, e.inner())
    })?;
    from.end().map_err(|e| explain("", &e))?;
    for pull in &pulls.pulls {
        in_order(pull)?;
        account(pull)?;
    }
    Ok(pulls)
}

fn explain(at: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    // serde names the unknown member and then all known ones, each between backticks.
    let mut names = text.split('`').skip(1).step_by(2);
    let nearest = match names.next() {
        Some(unknown) if text.starts_with("unknown ") => nearest(unknown, names),
        _ => String::new(),
    };
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = text.strip_suffix(&place).unwrap_or(&text);
    format!(
        "line {}, column {}: {at}{said}{nearest}",
        error.line(),
        error.column()
    )
}

fn format<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    match String::deserialize(from)?.as_str() {
        FORMAT => Ok(()),
        other => Err(D::Error::custom(format!(
            "the format is {other:?}, expected {FORMAT:?}"
        ))),
    }
}

/// A path that stays inside the run's directory (rule 9), or `null`. A member that is missing is refused.
fn body<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let body = Option::<String>::deserialize(from)?;
    let inside = |path: &str| {
        path.split('/').all(|part| !matches!(part, "" | "." | ".."))
            && !path.chars().any(|c| c.is_control() || c == '\\' || c == ':')
    };
    match body {
        Some(path) if !inside(&path) => Err(D::Error::custom(format!(
            "the body {path:?} is not a path inside the run's directory"
        ))),
        body => Ok(body),
    }
}

/// Rule 8: `started` ≤ each `received` ≤ `finished`.
fn in_order(pull: &RecordedPull) -> Result<(), String> {
    let (started, finished) = (pull.started.0.0, pull.finished.0.0);
    let id = &pull.id.0;
    if finished < started {
        return Err(format!(
            "the pull {id} finished at {}, before it started at {}",
            show(finished),
            show(started)
        ));
    }
    for (at, response) in pull.responses.iter().enumerate() {
        let received = response.received.0.0;
        if received < started || finished < received {
            return Err(format!(
                "the pull {id}, response {}: received at {}, outside of {} to {}",
                at + 1,
                show(received),
                show(started),
                show(finished)
            ));
        }
    }
    Ok(())
}

/// Rule 4: AWS accounts have 12 digits.
fn account(pull: &RecordedPull) -> Result<(), String> {
    let source = pull.source.0;
    let aws = source.as_str().starts_with("aws_")
        || matches!(
            source,
            Source::KmsKeys | Source::Cloudtrail | Source::CloudtrailDigests
        );
    let account = pull.account.0.as_str();
    if aws && (account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!(
            "the pull {} has the account {account:?}, which is not 12 digits",
            pull.id.0
        ));
    }
    Ok(())
}
