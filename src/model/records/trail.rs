//! The chain of a trail's digests: what its signatures prove of the log files, and every way in which they do not.

use std::collections::BTreeMap;
use std::fmt;

use super::Citation;
use crate::model::source::SourceKey;
use crate::model::time::{Instant, Interval, Spans};

macro_rules! codes {
    ($($variant:ident = $text:literal, $tampering:literal, $title:literal;)*) => {
        /// What is wrong with a trail's digests or log files. The texts are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DigestCode { $(#[doc = $title] $variant,)* }

        impl DigestCode {
            /// Every code.
            pub const ALL: &[DigestCode] = &[$(DigestCode::$variant,)*];

            /// The stable text, for instance `log-altered`.
            pub const fn as_str(self) -> &'static str {
                match self { $(DigestCode::$variant => $text,)* }
            }

            /// Whether it shows that something was changed, removed or added. The others leave open what happened.
            pub const fn is_tampering(self) -> bool {
                match self { $(DigestCode::$variant => $tampering,)* }
            }

            /// What it is, for readers.
            pub const fn title(self) -> &'static str {
                match self { $(DigestCode::$variant => $title,)* }
            }
        }
    };
}

codes! {
    LogAltered = "log-altered", true, "a log file is not the one that its digest names";
    LogDeleted = "log-deleted", true, "a log file that a digest names is gone";
    LogPlanted = "log-planted", true, "an object among the log files is named by no digest";
    DigestDeleted = "digest-deleted", true, "a digest that the next one names is gone";
    NewestDigestDeleted = "newest-digest-deleted", true, "the digest that the trail delivered last is gone";
    BadSignature = "bad-signature", true, "the signature of a digest does not hold";
    BrokenLink = "link-broken", true, "a digest is not the one that the next one names";
    BytesAfterGzip = "bytes-after-gzip", true, "an object has bytes after its compressed content";
    Misplaced = "misplaced", true, "a digest was read elsewhere than it says that it was delivered";
    ForeignAccount = "foreign-account", true, "a digest is of another account";
    StartingDigest = "starting-digest", false, "a chain begins anew: nothing links it to the digests before";
    TimesApart = "times-apart", false, "a digest does not begin where the one before it ends";
    DigestNotSupplied = "digest-not-supplied", false, "a digest that the next one names was not supplied";
    LogNotSupplied = "log-not-supplied", false, "a log file that a digest names was not supplied";
    LogUnreferenced = "log-unreferenced", false, "no digest that was supplied names an object among the log files";
    LogsNotListed = "logs-not-listed", false, "no complete listing of the log files shows that none was added";
    KeyUnknown = "key-unknown", false, "the public key of a digest's fingerprint was not supplied";
    KeyOutOfTime = "key-out-of-time", false, "a digest is signed with a key that was not valid then";
    SignatureMissing = "signature-missing", false, "a digest was supplied without its signature";
    AlgorithmUnknown = "algorithm-unknown", false, "a digest or hash is made by another algorithm than CloudTrail's";
    Unreadable = "unreadable", false, "an object could not be read whole";
}

impl fmt::Display for DigestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DigestFault {
    /// The time of deliveries that it leaves unproven.
    pub span: Interval,
    /// What kind of fault.
    pub code: DigestCode,
    /// The object, by its key in the bucket, or the trail.
    pub subject: String,
    /// What was expected and what was found.
    pub detail: String,
    /// Where it can be seen; empty for what is not there.
    pub citations: Vec<Citation>,
}

/// A management event as a log file holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoggedEvent {
    /// The event's id: the same wherever the event is told.
    pub id: String,
    /// When it happened.
    pub at: Instant,
    /// `backup.amazonaws.com`, …
    pub source: String,
    /// `DeleteRecoveryPoint`, …
    pub name: String,
    /// The log file.
    pub citation: Citation,
}

/// The digests of one trail in one account and region, standard or backfill: CloudTrail keeps them as separate chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestChain {
    /// The source in its place.
    pub key: SourceKey,
    /// The trail's name.
    pub trail: String,
    /// Whether it is the chain of late digests.
    pub backfill: bool,
    /// Digests whose signatures hold.
    pub digests: u64,
    /// Log files that are what these digests name.
    pub logs: u64,
    /// The time of *events* over which the chain is unbroken and every log file there and unaltered. CloudTrail delivers
    /// late, so that it ends before the last digest does.
    pub proven: Spans,
    /// The management events that these log files hold, of the services whose events are looked up as well; in order.
    pub events: Vec<LoggedEvent>,
    /// Log files that are what the digests name and can't be read as events, by their keys and why.
    pub unread: BTreeMap<String, String>,
    /// Everything that is wrong, in order of time.
    pub faults: Vec<DigestFault>,
}
