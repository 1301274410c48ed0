//! The way into the ledger: each body is stored as it arrives, and the pull is appended when it ends, well or badly.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{CollectError, Narrowed};
use crate::ledger::{Appended, Ledger, Open, Outline};
use crate::model::acquisition::{Acquisition, Page, PullOutcome};
use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, show};

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
    /// Something that somebody has to know, and that is no gap.
    Noticed {
        /// What, and what to do.
        text: &'a str,
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

/// Takes pulls into a ledger. A source that makes several at once shares it among them.
pub struct Sink<'a> {
    clock: &'a dyn Fn() -> Instant,
    narrowed: &'a Narrowed,
    /// In a shared run, what was pulled before in the places of this share, and then what this process pulled.
    shared: Option<RefCell<Vec<Acquisition>>>,
    ledger: RefCell<&'a mut Ledger<Open>>,
    progress: RefCell<&'a mut dyn FnMut(Event<'_>)>,
    summary: RefCell<CollectSummary>,
}

/// A pull on its way. It is in the ledger only after [`Sink::complete`] or [`Sink::failed`]; several can be on their way
/// at once.
#[derive(Debug)]
#[must_use = "a pull that is neither completed nor failed leaves no entry"]
pub struct Pull {
    request: Request,
    pages: Vec<Page>,
    /// The ledger holds a pull of this id: its bytes are only compared, so that a refused pull leaves nothing behind.
    known: bool,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        ledger: &'a mut Ledger<Open>,
        clock: &'a dyn Fn() -> Instant,
        narrowed: &'a Narrowed,
        progress: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        let shared = narrowed.share.as_ref().map(|share| {
            let before = share.earlier.iter().filter(|pull| narrowed.takes(&pull.key));
            RefCell::new(before.chain(ledger.acquisitions()).cloned().collect())
        });
        Self {
            clock,
            narrowed,
            shared,
            ledger: RefCell::new(ledger),
            progress: RefCell::new(progress),
            summary: RefCell::default(),
        }
    }

    pub(super) fn starts(&self, name: &str) {
        (self.progress.borrow_mut())(Event::Source { name });
    }

    /// Says something that somebody has to know, and that is no gap.
    pub fn notice(&self, text: &str) {
        (self.progress.borrow_mut())(Event::Noticed { text });
    }

    pub(super) fn summary(self) -> CollectSummary {
        self.summary.into_inner()
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// What the run is narrowed to.
    pub fn narrowed(&self) -> &Narrowed {
        self.narrowed
    }

    /// What the run is called, in the ids of its pulls: the time, or what all shares of it are called.
    pub fn run(&self) -> String {
        match &self.narrowed.share {
            Some(share) => share.run.to_string(),
            None => show(self.now()),
        }
    }

    /// Looks at the pulls that were made before, oldest first: those that the ledger holds, and in a shared run also those
    /// that the ledger holds which all shares go into.
    pub fn held<T>(&self, look: impl FnOnce(&[Acquisition]) -> T) -> T {
        match &self.shared {
            Some(shared) => look(&shared.borrow()),
            None => look(self.ledger.borrow().acquisitions()),
        }
    }

    /// A body of a pull that was made before, for what has to be asked next. In a shared run it may be one of the ledger that all
    /// shares go into.
    pub(super) fn body(&self, id: EvidenceId) -> Result<Vec<u8>, CollectError> {
        let own = self.ledger.borrow().body(id);
        match (own, &self.narrowed.share) {
            (Err(_), Some(share)) => Ok(Outline::body(&share.ledger, id)?),
            (own, _) => Ok(own?),
        }
    }

    /// Refuses a time of the pull `id` that lies too far after our own.
    pub fn refuse_ahead(&self, id: &AcquisitionId, at: Instant) -> Result<(), CollectError> {
        let now = self.now();
        if at - now > TimeDelta::minutes(CLOCK_SKEW_MINUTES_MAX) {
            return Err(CollectError::ClockAhead {
                id: id.clone(),
                at,
                now,
            });
        }
        Ok(())
    }

    /// Begins a pull.
    pub fn begin(&self, request: Request) -> Result<Pull, CollectError> {
        self.refuse_ahead(&request.id, request.started)?;
        let known = self.ledger.borrow().acquisition(&request.id).is_some();
        Ok(Pull {
            request,
            pages: Vec::new(),
            known,
        })
    }

    /// Takes a response. Its body is on disk when this returns.
    pub fn page(&self, pull: &mut Pull, response: Response, body: Option<&[u8]>) -> Result<(), CollectError> {
        let evidence = match body {
            None => None,
            Some(bytes) if pull.known => Some(EvidenceId(Sha256Digest::of(bytes))),
            Some(bytes) => Some(self.ledger.borrow_mut().store(bytes)?),
        };
        let Response {
            status,
            request_id,
            received,
            parameters,
        } = response;
        let size = body.map_or(0, |bytes| bytes.len() as u64);
        pull.pages.push(Page {
            evidence,
            size,
            status,
            request_id,
            received,
            parameters,
        });
        Ok(())
    }

    /// Begins to read anew: what was read before is no part of the pull any more. Its bodies stay, and prove nothing.
    pub fn anew(&self, pull: &mut Pull) {
        pull.pages.clear();
    }

    /// The last page was there.
    pub fn complete(&self, pull: Pull, finished: Instant) -> Result<(), CollectError> {
        self.append(&pull.ended(finished, PullOutcome::Complete))
    }

    /// The pull ended early. What it brought stays, and the rest is a gap.
    pub fn failed(
        &self,
        pull: Pull,
        finished: Instant,
        code: String,
        message: String,
    ) -> Result<(), CollectError> {
        self.append(&pull.ended(finished, PullOutcome::Failed { code, message }))
    }

    fn append(&self, acquisition: &Acquisition) -> Result<(), CollectError> {
        self.refuse_ahead(&acquisition.id, acquisition.finished)?;
        let appended = self.ledger.borrow_mut().append(acquisition)?;
        if let Some(shared) = &self.shared {
            shared.borrow_mut().push(acquisition.clone());
        }
        let mut summary = self.summary.borrow_mut();
        let counts = summary.sources.entry(acquisition.key.source).or_default();
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
        (self.progress.borrow_mut())(Event::Pulled {
            acquisition,
            appended,
        });
        Ok(())
    }
}

impl Pull {
    fn ended(self, finished: Instant, outcome: PullOutcome) -> Acquisition {
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
        Acquisition {
            id,
            key,
            operation,
            parameters,
            window,
            started,
            finished,
            caller,
            tool,
            pages: self.pages,
            outcome,
        }
    }
}
