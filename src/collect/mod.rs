//! Collecting: sources bring raw bytes, the ledger keeps them before anyone parses them.
//!
//! A `Source` makes its pulls in a stable order and hands each response to a `Sink` as it arrives. A pull that fails is
//! appended too: it becomes a gap. No verdicts here, and no parsing for meaning. A new source adds its file and its line
//! in `SOURCES`, nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::ledger::{Ledger, LedgerError, Open};
use crate::model::estate::Estate;
use crate::model::ids::AcquisitionId;
use crate::model::registers::BadFields;
use crate::model::source::SourceKey;
use crate::model::time::{Instant, show};
use crate::service::checkup::Checkup;
use crate::service::failure;

mod atlas;
mod aws;
mod mongodb;
mod narrowed;
mod privilege;
mod question;
pub mod recorded;
mod secret;
mod sink;
mod window;

pub use narrowed::{Narrowed, NothingToAsk, Share};
pub use privilege::{Privilege, Trails};
pub use secret::{Reference, SecretError, UnreadableSecret};
pub use sink::{
    CLOCK_SKEW_MINUTES_MAX, CollectSummary, Counts, Event, FailedPull, Pull, Request, Response, Sink,
};

/// Where evidence comes from: a service, or a recording of one.
pub trait Source {
    /// What it is called in progress and errors, for instance `recorded fixtures/luma/recorded`.
    fn name(&self) -> String;

    /// Every source of evidence in every place that it would be asked in, if nothing were left out.
    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError>;

    /// Makes every pull, in a stable order, into `sink`. A pull that the service refuses is no error: it is appended as
    /// failed, and the next one is made.
    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError>;

    /// Tries whether a collection would be let in: every call that it makes, in its smallest form and without harm. What it
    /// finds out is a check, what it can't find out too; an error is only that nothing could be tried at all.
    fn examine(&self, checkup: &Checkup<'_>) -> Result<(), CollectError>;
}

/// What a configuration says of one source.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The directory that relative paths start from: where the configuration stands.
    pub base: PathBuf,
    /// The source's own keys, as text.
    pub values: BTreeMap<String, String>,
    /// The places that have to be covered: what a live source asks.
    pub estate: Estate,
}

/// A kind of source that a configuration can name.
pub struct SourceKind {
    /// The name in the configuration.
    pub name: &'static str,
    /// What it is, for readers.
    pub title: &'static str,
    /// The keys that it needs.
    pub keys: &'static [&'static str],
    /// The keys that it may have besides.
    pub optional: &'static [&'static str],
    /// Makes the source. It may look at its settings, but asks nobody yet.
    pub open: fn(&Settings) -> Result<Box<dyn Source>, CollectError>,
    /// The least that it has to be allowed. Asks nobody, and reads no secret.
    pub privileges: fn(&Settings, &Trails) -> Result<Vec<Privilege>, CollectError>,
}

/// Every kind of source.
pub const SOURCES: &[SourceKind] = &[
    SourceKind {
        name: "atlas",
        title: "MongoDB Atlas in the projects of the estate",
        keys: &[],
        optional: atlas::SETTINGS,
        open: atlas::open,
        privileges: atlas::privileges,
    },
    SourceKind {
        name: "aws",
        title: "AWS Backup, CloudTrail, KMS and IAM in the accounts and regions of the estate",
        keys: &[],
        optional: &["role", "external_id", "organisation_account"],
        open: aws::open,
        privileges: aws::privileges,
    },
    SourceKind {
        name: "mongodb",
        title: "the registers in a MongoDB database of the estate",
        keys: mongodb::SETTINGS,
        optional: mongodb::OPTIONAL,
        open: mongodb::open,
        privileges: mongodb::privileges,
    },
    SourceKind {
        name: "recorded",
        title: "a directory of recorded responses",
        keys: &["directory"],
        optional: &[],
        open: recorded::open,
        privileges: recorded::privileges,
    },
];

/// Name and version, as receipts, bundles and reports carry it.
pub const TOOL: &str = concat!("backproof ", env!("CARGO_PKG_VERSION"));

/// Makes the source that a configuration names.
pub fn open(kind: &str, settings: &Settings) -> Result<Box<dyn Source>, CollectError> {
    (known_kind(kind, settings)?.open)(settings)
}

/// The least that the source has to be allowed that a configuration names.
pub fn privileges(kind: &str, settings: &Settings, trails: &Trails) -> Result<Vec<Privilege>, CollectError> {
    (known_kind(kind, settings)?.privileges)(settings, trails)
}

/// The kind of source of this name, whose settings these may be.
fn known_kind(kind: &str, settings: &Settings) -> Result<&'static SourceKind, CollectError> {
    let names = SOURCES.iter().map(|kind| kind.name);
    let found = SOURCES
        .iter()
        .find(|known| known.name == kind)
        .ok_or_else(|| CollectError::UnknownKind {
            found: kind.to_owned(),
            nearest: nearest(kind, names.clone()),
            known: names.collect::<Vec<_>>().join(", "),
        })?;
    if let Some(key) = settings
        .values
        .keys()
        .find(|key| !known(found).any(|known| is_meant(known, key)))
    {
        return Err(CollectError::UnknownKey {
            kind: found.name,
            found: key.clone(),
            nearest: nearest(key, known(found)),
        });
    }
    if let Some(key) = found
        .keys
        .iter()
        .copied()
        .find(|key| !settings.values.contains_key(*key))
    {
        return Err(CollectError::MissingKey {
            kind: found.name,
            key,
        });
    }
    Ok(found)
}

/// Every key that a kind of source knows.
fn known(kind: &SourceKind) -> impl Iterator<Item = &'static str> {
    kind.keys.iter().chain(kind.optional).copied()
}

/// Whether a setting is the known one, or lies in the known table: that ends in a point.
fn is_meant(known: &str, key: &str) -> bool {
    known == key || known.ends_with('.') && key.starts_with(known)
}

/// Lets every source make its pulls into `ledger`.
///
/// `clock` tells the time of each answer, and refuses a pull that ends more than `CLOCK_SKEW_MINUTES_MAX` after it.
/// `narrowed` says what to leave out; one that leaves out everything that it names is refused before anybody is asked. What was appended before an error stays: collecting again goes on where it stopped.
pub fn collect(
    ledger: &mut Ledger<Open>,
    sources: &mut [Box<dyn Source>],
    clock: &dyn Fn() -> Instant,
    narrowed: &Narrowed,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<CollectSummary, CollectError> {
    narrowed.refuse_strangers(sources)?;
    let sink = Sink::new(ledger, clock, narrowed, progress);
    for source in sources {
        sink.starts(&source.name());
        source.collect(&sink)?;
    }
    Ok(sink.summary())
}

/// The known name that `found` was probably meant to be, as a half-sentence; empty if none is near.
fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min()
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name:?}?"))
}

/// Collecting stopped. What the ledger holds is whole; what this run had still to bring is missing.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The recording is not one.
    #[error(transparent)]
    Recording(#[from] recorded::RecordingError),
    /// A recording was made with the windows that it has.
    #[error("a recording has windows of its own: --since and --until are for live sources")]
    RecordedWindow,
    /// What the run is narrowed to leaves nothing to ask.
    #[error(transparent)]
    NothingToAsk(#[from] NothingToAsk),
    /// A live source has nowhere to ask.
    #[error("a source of kind {kind:?} asks in the places of {place}, and the configuration names none")]
    Nowhere {
        /// The kind.
        kind: &'static str,
        /// Where the configuration would name them.
        place: &'static str,
    },
    /// A source is to ask in an account that the estate does not name.
    #[error("{key} is {account}, which is no account of the estate")]
    NotOfEstate {
        /// The setting.
        key: &'static str,
        /// As configured.
        account: String,
    },
    /// A setting leads to no secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A source of Atlas has to know who asks.
    #[error(
        "a source of kind \"atlas\" needs either client_id and client_secret (a service account) or public_key and \
         private_key (an API key)"
    )]
    OneIdentity,
    /// A setting has no meaning. Its text is not shown: secrets may stand in it.
    #[error("{key}: {why}")]
    BadSetting {
        /// The setting.
        key: &'static str,
        /// What is wrong with it, and what to write.
        why: &'static str,
    },
    /// No request can be sent at all.
    #[error("no connection can be prepared: {0}")]
    Client(String),
    /// A mapping of fields can't be used.
    #[error("registers: {0}")]
    Fields(#[from] BadFields),
    /// The operating system gave no means to wait for the network.
    #[error("the network can't be waited for: {0}")]
    Runtime(std::io::Error),
    /// No kind of source has this name.
    #[error("{found:?} is not a kind of source (known: {known}){nearest}")]
    UnknownKind {
        /// As configured.
        found: String,
        /// A suggestion, or empty.
        nearest: String,
        /// Every kind.
        known: String,
    },
    /// The source has no such setting.
    #[error("a source of kind {kind:?} has no setting {found:?}{nearest}")]
    UnknownKey {
        /// The kind.
        kind: &'static str,
        /// As configured.
        found: String,
        /// A suggestion, or empty.
        nearest: String,
    },
    /// The source lacks a setting.
    #[error("a source of kind {kind:?} needs the setting {key:?}")]
    MissingKey {
        /// The kind.
        kind: &'static str,
        /// The setting.
        key: &'static str,
    },
    /// A pull comes from the future.
    #[error(
        "a clock is ahead: the pull {id} has the time {}, and here it is {}; set the clock that is wrong, then collect again",
        show(*.at), show(*.now)
    )]
    ClockAhead {
        /// The pull.
        id: AcquisitionId,
        /// Its time.
        at: Instant,
        /// Ours.
        now: Instant,
    },
}

impl Settings {
    /// The path under `key`, from `base`; `None` where the key is not set.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.values.get(key).map(|value| self.base.join(Path::new(value)))
    }
}
