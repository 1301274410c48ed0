//! The way into the ledger: each body is stored as it arrives, and the pull is appended when it ends, well or badly.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::CollectError;
use crate::ledger::{Appended, Ledger, Open};
use crate::model::acquisition::{Acquisition, Page, PullOutcome};
use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval};

/// How far a pull may end after our own clock, in minutes: two machines are never quite in step.
pub const CLOCK_SKEW_MINUTES_MAX: i64 = 5;

/// What is asked of a service: a pull before its first response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Unique in the ledger.
    pub id: AcquisitionId,
    /// Source, account and region.
    pub key: SourceKey,
    /// The call, for instance `backup:ListBackupJobs`.
    pub operation: String,
    /// The parameters of the first request.
    pub parameters: BTreeMap<String, String>,
    /// The window of creation times that is asked for; `None` for a listing of the present state.
    pub window: Option<Interval>,
    /// When the first request leaves.
    pub started: Instant,
    /// The identity that asks.
    pub caller: String,
    /// The collector and its version.
    pub tool: String,
}

/// One response without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status, or 0 for protocols without one.
    pub status: u16,
    /// The service's id of the request.
    pub request_id: String,
    /// When its last byte was there.
    pub received: Instant,
    /// Parameters added or changed for this page.
    pub parameters: BTreeMap<String, String>,
}

/// What collecting tells while it goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// A source begins.
    Source {
        /// Its name.
        name: &'a str,
    },
    /// A pull was appended, or was there already.
    Pulled {
        /// The pull.
        acquisition: &'a Acquisition,
        /// Whether it is new.
        appended: Appended,
    },
}

/// A pull that failed: an evidence gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPull {
    /// The pull.
    pub id: AcquisitionId,
    /// The service's or the collector's code.
    pub code: String,
    /// What it said.
    pub message: String,
    /// Whether this run appended it; else an earlier one did.
    pub appended: Appended,
}

/// The pulls of one source. `read` = `new` + `already_there`; the failed ones are among both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that this run made.
    pub read: u64,
    /// Those that the ledger did not hold before.
    pub new: u64,
    /// Those that it held already.
    pub already_there: u64,
    /// Those that failed, in the order in which they were made.
    pub failed: Vec<FailedPull>,
}

/// What a run of collecting brought, by source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectSummary {
    /// Only sources with at least one pull.
    pub sources: BTreeMap<Source, Counts>,
}

impl CollectSummary {
    /// Every failed pull, by source.
    pub fn failed(&self) -> impl Iterator<Item = &FailedPull> {
        self.sources.values().flat_map(|counts| &counts.failed)
    }

    /// Pulls that the ledger did not hold before.
    pub fn new_pulls(&self) -> u64 {
        self.sources.values().map(|counts| counts.new).sum()
    }
}

/// Takes pulls into a ledger.
pub struct Sink<'a> {
    ledger: &'a mut Ledger<Open>,
    now: Instant,
    progress: &'a mut dyn FnMut(Event<'_>),
    summary: CollectSummary,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        ledger: &'a mut Ledger<Open>,
        now: Instant,
        progress: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        Self {
            ledger,
            now,
            progress,
            summary: CollectSummary::default(),
        }
    }

    pub(super) fn starts(&mut self, name: &str) {
        (self.progress)(Event::Source { name });
    }

    pub(super) fn summary(self) -> CollectSummary {
        self.summary
    }

    /// Refuses a time of the pull `id` that lies too far after our own.
    pub fn refuse_ahead(&self, id: &AcquisitionId, at: Instant) -> Result<(), CollectError> {
        if at - self.now > TimeDelta::minutes(CLOCK_SKEW_MINUTES_MAX) {
            return Err(CollectError::ClockAhead {
                id: id.clone(),
                at,
                now: self.now,
            });
        }
        Ok(())
    }

    /// Begins a pull. It is in the ledger only after `complete` or `failed`.
    pub fn begin(&mut self, request: Request) -> Result<Pull<'_, 'a>, CollectError> {
        self.refuse_ahead(&request.id, request.started)?;
        let known = self.ledger.acquisition(&request.id).is_some();
        Ok(Pull {
            sink: self,
            request,
            pages: Vec::new(),
            known,
        })
    }

    fn append(&mut self, acquisition: &Acquisition) -> Result<(), CollectError> {
        self.refuse_ahead(&acquisition.id, acquisition.finished)?;
        let appended = self.ledger.append(acquisition)?;
        let counts = self.summary.sources.entry(acquisition.key.source).or_default();
        counts.read += 1;
        match appended {
            Appended::New => counts.new += 1,
            Appended::AlreadyThere => counts.already_there += 1,
        }
        if let Some((code, message)) = acquisition.failure() {
            let (code, message) = (code.to_owned(), message.to_owned());
            counts.failed.push(FailedPull {
                id: acquisition.id.clone(),
                code,
                message,
                appended,
            });
        }
        (self.progress)(Event::Pulled {
            acquisition,
            appended,
        });
        Ok(())
    }
}

/// A pull on its way.
#[must_use = "a pull that is neither completed nor failed leaves no entry"]
pub struct Pull<'s, 'a> {
    sink: &'s mut Sink<'a>,
    request: Request,
    pages: Vec<Page>,
    /// The ledger holds a pull of this id: its bytes are only compared, so that a refused pull leaves nothing behind.
    known: bool,
}

impl Pull<'_, '_> {
    /// Takes a response. Its body is on disk when this returns.
    pub fn page(&mut self, response: Response, body: Option<&[u8]>) -> Result<(), CollectError> {
        let evidence = match body {
            None => None,
            Some(bytes) if self.known => Some(EvidenceId(Sha256Digest::of(bytes))),
            Some(bytes) => Some(self.sink.ledger.store(bytes)?),
        };
        let Response {
            status,
            request_id,
            received,
            parameters,
        } = response;
        let size = body.map_or(0, |bytes| bytes.len() as u64);
        self.pages.push(Page {
            evidence,
            size,
            status,
            request_id,
            received,
            parameters,
        });
        Ok(())
    }

    /// The last page was there.
    pub fn complete(self, finished: Instant) -> Result<(), CollectError> {
        self.end(finished, PullOutcome::Complete)
    }

    /// The pull ended early. What it brought stays, and the rest is a gap.
    pub fn failed(self, finished: Instant, code: String, message: String) -> Result<(), CollectError> {
        self.end(finished, PullOutcome::Failed { code, message })
    }

    fn end(self, finished: Instant, outcome: PullOutcome) -> Result<(), CollectError> {
        let Request {
            id,
            key,
            operation,
            parameters,
            window,
            started,
            caller,
            tool,
        } = self.request;
        let pages = self.pages;
        self.sink.append(&Acquisition {
            id,
            key,
            operation,
            parameters,
            window,
            started,
            finished,
            caller,
            tool,
            pages,
            outcome,
        })
    }
}
