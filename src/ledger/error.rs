//! What can go wrong with a ledger. Each message names the file and says what to do.

use std::io;
use std::path::PathBuf;

use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};

/// The ledger could not be opened, read or written, or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The directory is not a ledger, and not empty either.
    #[error("{} is not a ledger: {why}; name a ledger, or a new directory to begin one", dir.display())]
    NotALedger {
        /// The directory.
        dir: PathBuf,
        /// What was found there.
        why: String,
    },
    /// Another process writes, or reads while this one wants to write.
    #[error("the ledger {} is in use{holder}; wait until that process ends, its lock ends with it", dir.display())]
    Busy {
        /// The ledger.
        dir: PathBuf,
        /// `` by pid 7 on host since …``, or empty where the lock file does not say.
        holder: String,
    },
    /// The file system refused.
    #[error("{action} {} failed: {source}; nothing half-written counts: mend the cause and run again", path.display())]
    Io {
        /// What was tried, for instance `writing`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not what the ledger wrote.
    #[error("{}: {what}; the ledger was changed outside of backproof: restore this file from a copy, or begin a new ledger", path.display())]
    Tampered {
        /// The file.
        path: PathBuf,
        /// How it shows.
        what: Tampering,
    },
    /// A writer was stopped half-way. The next writer tidies up.
    #[error("{} was left by a writer that was stopped, or the head was set back by one; open the ledger for writing once (backproof collect, or merge) to finish it", path.display())]
    Interrupted {
        /// The file that shows it.
        path: PathBuf,
    },
    /// The id is taken by other content.
    #[error("the ledger {} already holds a pull {id} with other content ({differs}); a pull is never changed: record the new one under an id of its own", dir.display())]
    Conflict {
        /// The ledger.
        dir: PathBuf,
        /// The id.
        id: AcquisitionId,
        /// The first field that differs.
        differs: &'static str,
    },
    /// The acquisition cannot be written down in this format.
    #[error("the pull {id} does not fit into a ledger: {why}")]
    Unfit {
        /// The pull.
        id: AcquisitionId,
        /// Which rule it breaks.
        why: String,
    },
    /// The acquisition names bytes that were not stored first.
    #[error("the pull {id} names {evidence}, which is not in the ledger; store the bytes before the pull")]
    BytesNotStored {
        /// The pull.
        id: AcquisitionId,
        /// The digest of the bytes.
        evidence: EvidenceId,
    },
    /// Bytes beyond the limit of one body.
    #[error("a body of {size} bytes is over the limit of {max} bytes")]
    BodyTooLarge {
        /// Its length in bytes.
        size: u64,
        /// `MAX_BODY_BYTES`.
        max: u64,
    },
    /// No such pull.
    #[error("no pull {id} in the ledger")]
    NoPull {
        /// What was asked for.
        id: AcquisitionId,
    },
    /// No such bytes.
    #[error("no evidence {id} in the store")]
    NoEvidence {
        /// What was asked for.
        id: EvidenceId,
    },
    /// An earlier write of this writer failed, and what it left is not known.
    #[error("an earlier write to the ledger {} failed; open it again before going on", dir.display())]
    WriteFailedBefore {
        /// The ledger.
        dir: PathBuf,
    },
}

/// How a change made outside of backproof shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// The bytes have another digest than what refers to them says.
    #[error("expected sha256 {expected} ({says} says so), found {found}")]
    Digest {
        /// As written down.
        expected: Sha256Digest,
        /// Where it is written down.
        says: String,
        /// Of the bytes on disk.
        found: Sha256Digest,
    },
    /// A file that something refers to is not there.
    #[error("missing, though {says} refers to it")]
    Missing {
        /// What refers to it.
        says: String,
    },
    /// A file that a ledger does not have.
    #[error("does not belong into a ledger ({why})")]
    Foreign {
        /// Which rule it breaks.
        why: String,
    },
    /// The content does not have its format.
    #[error("unreadable: {why}")]
    Malformed {
        /// Where and why.
        why: String,
    },
    /// The head and the entries do not agree.
    #[error("says {head} entries, found {found}")]
    Count {
        /// As the head says.
        head: u64,
        /// Files under `entries/`.
        found: u64,
    },
}
