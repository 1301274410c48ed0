//! A recording as a source: raw bodies in a directory, and `pulls.json` of what was asked (docs/spec/recording.md).
//!
//! All of what was asked, and that every body is a plain file, is checked before the first pull is appended, so a
//! recording that breaks a rule leaves the ledger as it was. A body that is not there is a gap: its pull is appended as failed with the code `MissingBody`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{CollectError, Privilege, Request, Response, Settings, Sink, Source, Trails};
use crate::ledger::MAX_BODY_BYTES;
use crate::ledger::wire::Outcome;
use crate::model::ids::AcquisitionId;
use crate::model::source::SourceKey;
use crate::service::checkup::{self, Check, Checkup};

mod v1;

const PULLS: &str = "pulls.json";
/// The code of a pull whose body is not in the recording.
pub const MISSING_BODY: &str = "MissingBody";
/// Longest `pulls.json`, in bytes.
pub const MAX_PULLS_BYTES: u64 = 64 << 20;
/// Most collection runs of one recording.
pub const MAX_RUNS: usize = 10_000;

/// A recording breaks a rule of its format.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The operating system refused.
    #[error("reading {} failed: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory has another form.
    #[error("{} is not a recording: {why}", path.display())]
    Layout {
        /// The directory or file.
        path: PathBuf,
        /// Which rule it breaks.
        why: String,
    },
    /// A `pulls.json` has another form.
    #[error("{}: {why}; nothing of this recording was collected: mend the file and collect again", path.display())]
    Pulls {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        why: String,
    },
    /// Two pulls have one id.
    #[error("{}: the pull {id} stands in {} already; an id is unique within a recording", path.display(), first.display())]
    RepeatedId {
        /// The file with the second.
        path: PathBuf,
        /// The id.
        id: AcquisitionId,
        /// The file with the first.
        first: PathBuf,
    },
    /// A body is a link, a directory or anything else than a plain file.
    #[error("{} is not a plain file; a recording holds no links", path.display())]
    NotAPlainFile {
        /// The file.
        path: PathBuf,
    },
    /// A file is over its limit.
    #[error("{} is longer than the limit of {max} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// `MAX_BODY_BYTES` or `MAX_PULLS_BYTES`.
        max: u64,
    },
}

/// A directory of collection runs.
struct Recorded {
    dir: PathBuf,
    /// As configured, for people.
    name: String,
}

/// One collection run.
struct Run {
    dir: PathBuf,
    pulls: v1::Pulls,
}

pub(super) fn open(settings: &Settings) -> Result<Box<dyn Source>, CollectError> {
    let dir = settings.path("directory").ok_or(CollectError::MissingKey {
        kind: "recorded",
        key: "directory",
    })?;
    Ok(source(&dir))
}

/// The recording in `dir` as a source.
pub fn source(dir: &Path) -> Box<dyn Source> {
    Box::new(Recorded {
        dir: dir.to_owned(),
        name: format!("recorded {}", dir.display()),
    })
}

impl Source for Recorded {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError> {
        let runs = runs(&self.dir)?;
        let pulls = runs.iter().flat_map(|run| &run.pulls.pulls);
        Ok(pulls.map(v1::RecordedPull::key).collect())
    }

    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError> {
        let narrowed = sink.narrowed();
        if narrowed.since.is_some() || narrowed.until.is_some() {
            return Err(CollectError::RecordedWindow);
        }
        let runs = runs(&self.dir)?;
        for pull in runs.iter().flat_map(|run| &run.pulls.pulls) {
            sink.refuse_ahead(&pull.id.0, pull.finished.0.0)?;
        }
        for run in runs {
            let taken = |pull: &v1::RecordedPull| narrowed.takes(&pull.key());
            for pull in run.pulls.pulls.into_iter().filter(taken) {
                replay(&run.dir, &run.pulls.caller, &run.pulls.tool, pull, sink)?;
            }
        }
        Ok(())
    }

    fn examine(&self, checkup: &Checkup<'_>) -> Result<(), CollectError> {
        let (outcome, said) = match runs(&self.dir) {
            Ok(runs) => {
                let pulls: usize = runs.iter().map(|run| run.pulls.pulls.len()).sum();
                (
                    checkup::Outcome::Works,
                    format!("{pulls} pulls in {} runs", runs.len()),
                )
            }
            Err(error) => (checkup::Outcome::Fails, error.to_string()),
        };
        checkup.take(Check {
            group: "recording".to_owned(),
            place: String::new(),
            name: self.name.clone(),
            outcome,
            said,
            next: String::new(),
        });
        Ok(())
    }
}

/// A recording asks nobody.
pub(super) fn privileges(_: &Settings, _: &Trails) -> Result<Vec<Privilege>, CollectError> {
    Ok(Vec::new())
}

/// Every run of the recording, in the order of their names, parsed and checked.
fn runs(dir: &Path) -> Result<Vec<Run>, RecordingError> {
    let refuse = |path: &Path, why: String| RecordingError::Layout {
        path: path.to_owned(),
        why,
    };
    let failed = |source| RecordingError::Io {
        path: dir.to_owned(),
        source,
    };
    let mut dirs = Vec::new();
    for item in fs::read_dir(dir).map_err(failed)? {
        let item = item.map_err(failed)?;
        if !item.file_type().map_err(failed)?.is_dir() {
            let why = "only directories stand here, one for each collection run".to_owned();
            return Err(refuse(&item.path(), why));
        }
        dirs.push(item.path());
    }
    if dirs.is_empty() || dirs.len() > MAX_RUNS {
        let why = format!("it has {} collection runs, not 1 to {MAX_RUNS}", dirs.len());
        return Err(refuse(dir, why));
    }
    dirs.sort();
    let mut seen: BTreeMap<AcquisitionId, PathBuf> = BTreeMap::new();
    let mut runs = Vec::new();
    for dir in dirs {
        let path = dir.join(PULLS);
        let bytes = plain_file(&dir, PULLS, MAX_PULLS_BYTES)?
            .ok_or_else(|| refuse(&dir, format!("this collection run has no {PULLS}")))?;
        let pulls = v1::parse(&bytes).map_err(|why| RecordingError::Pulls {
            path: path.clone(),
            why,
        })?;
        for pull in &pulls.pulls {
            let id = pull.id.0.clone();
            if let Some(first) = seen.insert(id.clone(), path.clone()) {
                return Err(RecordingError::RepeatedId { path, id, first });
            }
        }
        check_bodies(&dir, &pulls)?;
        runs.push(Run { dir, pulls });
    }
    Ok(runs)
}

/// Brings one recorded pull, as its service's answers would have come.
fn replay(
    dir: &Path,
    caller: &str,
    tool: &str,
    pull: v1::RecordedPull,
    sink: &Sink<'_>,
) -> Result<(), CollectError> {
    let finished = pull.finished.0.0;
    let mut missing = Vec::new();
    let mut into = sink.begin(Request {
        key: pull.key(),
        id: pull.id.0,
        operation: pull.operation,
        parameters: pull.parameters,
        window: pull.window,
        started: pull.started.0.0,
        caller: caller.to_owned(),
        tool: tool.to_owned(),
    })?;
    for response in pull.responses {
        let body = match &response.body {
            None => None,
            Some(name) => {
                let body = plain_file(dir, name, MAX_BODY_BYTES)?;
                if body.is_none() {
                    missing.push(name.clone());
                }
                body
            }
        };
        let head = Response {
            status: response.status,
            request_id: response.request_id,
            received: response.received.0.0,
            parameters: response.parameters,
        };
        sink.page(&mut into, head, body.as_deref())?;
    }
    match (missing.is_empty(), pull.outcome) {
        (true, Outcome::Complete) => sink.complete(into, finished),
        (true, Outcome::Failed { code, message }) => sink.failed(into, finished, code, message),
        (false, said) => sink.failed(
            into,
            finished,
            MISSING_BODY.to_owned(),
            missing_message(dir, &missing, said),
        ),
    }
}

fn missing_message(dir: &Path, missing: &[String], said: Outcome) -> String {
    let run = dir.file_name().unwrap_or_default().to_string_lossy();
    let files: Vec<String> = missing.iter().map(|name| format!("{run}/{name}")).collect();
    let failed_before = match said {
        Outcome::Complete => String::new(),
        Outcome::Failed { code, message } => format!("; the pull itself had failed with {code}: {message}"),
    };
    format!("the recording has no {}{failed_before}", files.join(", no "))
}

/// Every body that is there must be a plain file within its limit; one that is not there is found by `replay`.
fn check_bodies(dir: &Path, pulls: &v1::Pulls) -> Result<(), RecordingError> {
    let responses = pulls.pulls.iter().flat_map(|pull| &pull.responses);
    for name in responses.filter_map(|response| response.body.as_ref()) {
        locate(dir, name, MAX_BODY_BYTES)?;
    }
    Ok(())
}

/// The bytes of a plain file under `dir`; `None` if it is not there.
fn plain_file(dir: &Path, name: &str, max: u64) -> Result<Option<Vec<u8>>, RecordingError> {
    let Some(path) = locate(dir, name, max)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    match fs::File::open(&path).and_then(|file| file.take(max + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > max => Err(RecordingError::TooLong { path, max }),
        Ok(_) => Ok(Some(bytes)),
        Err(source) => Err(RecordingError::Io { path, source }),
    }
}

/// Where a plain file of at most `max` bytes lies under `dir`; `None` if it is not there. No link is followed on the way.
fn locate(dir: &Path, name: &str, max: u64) -> Result<Option<PathBuf>, RecordingError> {
    let mut path = dir.to_owned();
    let mut parts = name.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let kind = match fs::symlink_metadata(&path) {
            Ok(kind) => kind,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(RecordingError::Io { path, source }),
        };
        let last = parts.peek().is_none();
        if (last && !kind.is_file()) || (!last && !kind.is_dir()) {
            return Err(RecordingError::NotAPlainFile { path });
        }
        if last && kind.len() > max {
            return Err(RecordingError::TooLong { path, max });
        }
    }
    Ok(Some(path))
}
