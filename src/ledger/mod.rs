//! The ledger: the append-only, hash-chained, content-addressed store of evidence in a directory
//! (docs/spec/ledger.md).
//!
//! Bytes first: `store` puts a body on disk verbatim, then `append` writes the pull that names it. What was appended is
//! never updated and never deleted; there is no call for it. Each entry carries the digest of the one before it, and
//! `head.json` that of the last. The order object, entry, head, each written aside, synced and renamed, means that a
//! kill at any point leaves a ledger that opens.
//!
//! `Ledger<Open>` appends and holds the writer's lock. `Ledger<Sealed>` reads, and exists only after every entry and
//! every byte has been verified. Neither asks a clock.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::acquisition::Acquisition;
use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};

mod chain;
mod error;
mod layout;
mod lock;
mod merge;
mod objects;
mod opening;
mod outline;
pub mod segment;
mod storage;
pub mod store;
mod v1;
pub(crate) mod wire;

pub use error::{LedgerError, Tampering};
pub use layout::{MAX_BODY_BYTES, MAX_ENTRIES, MAX_ENTRY_BYTES};
pub use lock::Holder;
pub use merge::{MergeError, Merged, WholeRun};
pub use outline::Outline;
pub use storage::{Gate, Step, Storage};

/// A ledger that is being written: the only one that appends.
pub struct Open {
    storage: Storage,
    /// Set by a write that failed: what stands on disk is then for the next opening to find out.
    failed: bool,
    _lock: lock::Lock,
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Open")
    }
}

/// A ledger that was verified whole: the only one that gives out bytes as evidence.
#[derive(Debug)]
pub struct Sealed {
    unreferenced: Vec<EvidenceId>,
}

/// A ledger, `Open` or `Sealed`.
#[derive(Debug)]
pub struct Ledger<State> {
    dir: PathBuf,
    acquisitions: Vec<Acquisition>,
    index: chain::Index,
    head: Sha256Digest,
    state: State,
}

/// What became of an appended pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is a new entry.
    New,
    /// The ledger held exactly this pull already, and was not changed.
    AlreadyThere,
}

impl<State> Ledger<State> {
    /// The ledger's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Every pull, in the order in which it was appended.
    pub fn acquisitions(&self) -> &[Acquisition] {
        &self.acquisitions
    }

    /// The pull of that id.
    pub fn acquisition(&self, id: &AcquisitionId) -> Option<&Acquisition> {
        self.index.get(id).map(|at| &self.acquisitions[*at])
    }

    /// Digest of the last entry: it stands for the whole history. Without entries, the digest of `FORMAT`.
    pub fn head(&self) -> Sha256Digest {
        self.head
    }
}

impl Ledger<Open> {
    /// Opens the ledger in `dir` for writing, or begins one if `dir` is empty or not there.
    ///
    /// Takes the writer's lock, sweeps what a stopped writer left aside, and adopts the one entry that such a writer may
    /// have put beyond the head. The chain is verified; the bodies are by `seal`.
    pub fn open(dir: &Path, holder: &Holder) -> Result<Self, LedgerError> {
        Self::open_on(dir, holder, Storage::disk())
    }

    /// The same on a file system behind a gate.
    pub fn open_on(dir: &Path, holder: &Holder, mut storage: Storage) -> Result<Self, LedgerError> {
        opening::refuse_other_uses(dir)?;
        storage.make_dir(dir)?;
        let lock = lock::Lock::exclusive(dir, holder, &mut storage)?;
        opening::sweep(dir, &mut storage)?;
        if !layout::exists(&dir.join(layout::FORMAT))? {
            opening::begin(dir, &mut storage)?;
        }
        let chain = chain::load(dir)?;
        let state = Open {
            storage,
            failed: false,
            _lock: lock,
        };
        let index = chain::index(dir, &chain.acquisitions)?;
        let mut ledger = Self {
            dir: dir.to_owned(),
            acquisitions: chain.acquisitions,
            index,
            head: chain.head,
            state,
        };
        if let Some(ahead) = chain.ahead {
            ledger.adopt(ahead)?;
        }
        Ok(ledger)
    }

    /// The bytes of one body, hashed again: for a collector that has to know what to ask next. Nothing is concluded from them;
    /// for that the ledger has to be sealed.
    pub fn body(&self, id: EvidenceId) -> Result<Vec<u8>, LedgerError> {
        objects::read(&self.dir, id, "the collector")
    }

    /// Puts the bytes of one body on disk, verbatim, under their digest. Bytes that are there already stay as they are.
    pub fn store(&mut self, bytes: &[u8]) -> Result<EvidenceId, LedgerError> {
        self.writing(|ledger| objects::put(&mut ledger.state.storage, &ledger.dir, bytes))
    }

    /// Appends a pull whose bodies have been stored.
    pub fn append(&mut self, acquisition: &Acquisition) -> Result<Appended, LedgerError> {
        if let Some(held) = self.acquisition(&acquisition.id) {
            return match difference(held, acquisition) {
                None => Ok(Appended::AlreadyThere),
                Some(differs) => Err(LedgerError::Conflict {
                    dir: self.dir.clone(),
                    id: acquisition.id.clone(),
                    differs,
                }),
            };
        }
        self.expect_stored(acquisition)?;
        let number = self.acquisitions.len() as u64 + 1;
        let entry = v1::Entry {
            number,
            previous: self.head,
            acquisition: acquisition.clone(),
        };
        let bytes = encode(&entry)?;
        let head = v1::Head {
            entries: number,
            digest: Sha256Digest::of(&bytes),
        };
        self.writing(|ledger| {
            let storage = &mut ledger.state.storage;
            // The bodies' names must be on disk before an entry speaks of them.
            storage.settle()?;
            storage.put(&ledger.dir.join(layout::entry_name(number)), &bytes)?;
            storage.settle()?;
            storage.put(&ledger.dir.join(layout::HEAD), &head.encode())?;
            storage.settle()
        })?;
        self.remember(entry.acquisition, head.digest);
        Ok(Appended::New)
    }

    /// Verifies the whole ledger from disk, gives the lock back and makes it readable.
    pub fn seal(self) -> Result<Ledger<Sealed>, LedgerError> {
        if self.state.failed {
            return Err(LedgerError::WriteFailedBefore { dir: self.dir });
        }
        let sealed = verified(&self.dir)?;
        if sealed.head != self.head {
            let says = "the writer, from what it wrote,".to_owned();
            let what = Tampering::Digest {
                expected: self.head,
                says,
                found: sealed.head,
            };
            return Err(chain::tampered(&self.dir, layout::HEAD, what));
        }
        Ok(sealed)
    }

    /// Takes up the entry of a writer that was stopped before it could move the head.
    fn adopt(&mut self, ahead: chain::Ahead) -> Result<(), LedgerError> {
        let name = layout::entry_name(ahead.head.entries);
        objects::check(&self.dir, &name, &ahead.acquisition)?;
        if self.acquisition(&ahead.acquisition.id).is_some() {
            let why = format!("the pull {} stands in an earlier entry", ahead.acquisition.id);
            return Err(chain::tampered(&self.dir, &name, Tampering::Malformed { why }));
        }
        let storage = &mut self.state.storage;
        storage.put(&self.dir.join(layout::HEAD), &ahead.head.encode())?;
        storage.settle()?;
        self.remember(ahead.acquisition, ahead.head.digest);
        Ok(())
    }

    fn remember(&mut self, acquisition: Acquisition, head: Sha256Digest) {
        self.index.insert(acquisition.id.clone(), self.acquisitions.len());
        self.acquisitions.push(acquisition);
        self.head = head;
    }

    /// After a write that failed nothing more is written: the next opening tidies up first.
    fn writing<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        if self.state.failed {
            return Err(LedgerError::WriteFailedBefore {
                dir: self.dir.clone(),
            });
        }
        let done = write(self);
        self.state.failed = matches!(done, Err(LedgerError::Io { .. }));
        done
    }

    fn expect_stored(&self, acquisition: &Acquisition) -> Result<(), LedgerError> {
        let unfit = |why| LedgerError::Unfit {
            id: acquisition.id.clone(),
            why,
        };
        if self.acquisitions.len() as u64 >= MAX_ENTRIES {
            return Err(unfit(format!(
                "the ledger is full: it holds {MAX_ENTRIES} entries"
            )));
        }
        for page in &acquisition.pages {
            let Some(evidence) = page.evidence else { continue };
            let path = self.dir.join(layout::object_name(evidence));
            if !layout::exists(&path)? {
                return Err(LedgerError::BytesNotStored {
                    id: acquisition.id.clone(),
                    evidence,
                });
            }
            let found = path.symlink_metadata().map_or(0, |kind| kind.len());
            if found != page.size {
                return Err(unfit(format!(
                    "it says {} bytes for {evidence}, which has {found}",
                    page.size
                )));
            }
        }
        Ok(())
    }
}

impl Ledger<Sealed> {
    /// Reads the ledger in `dir` and verifies it whole: every entry, the chain, the head, every body, no other file.
    pub fn read(dir: &Path) -> Result<Self, LedgerError> {
        if !layout::exists(&dir.join(layout::FORMAT))? {
            let why = format!("it has no file {}", layout::FORMAT);
            return Err(LedgerError::NotALedger {
                dir: dir.to_owned(),
                why,
            });
        }
        let _until_verified = lock::Lock::shared(dir)?;
        verified(dir)
    }

    /// The bytes of one body, verbatim, hashed again.
    pub fn bytes(&self, id: EvidenceId) -> Result<Vec<u8>, LedgerError> {
        objects::read(&self.dir, id, "a reader")
    }

    /// The bytes of a pull's entry, verbatim: its receipt.
    pub fn entry(&self, id: &AcquisitionId) -> Result<Vec<u8>, LedgerError> {
        let at = self.index.get(id).copied();
        let (at, held) = at
            .zip(self.acquisition(id))
            .ok_or_else(|| LedgerError::NoPull { id: id.clone() })?;
        let path = self.dir.join(layout::entry_name(at as u64 + 1));
        let bytes = layout::read(&path, MAX_ENTRY_BYTES, layout::HEAD)?;
        // What was verified when the ledger was opened may have been changed since.
        match v1::Entry::parse(&bytes) {
            Ok(entry) if entry.acquisition == *held => Ok(bytes),
            _ => {
                let why = "it has changed since the ledger was opened".to_owned();
                Err(LedgerError::Tampered {
                    path,
                    what: Tampering::Malformed { why },
                })
            }
        }
    }

    /// Bodies that no pull refers to: what a stopped writer had stored of a pull that it could not finish.
    pub fn unreferenced(&self) -> &[EvidenceId] {
        &self.state.unreferenced
    }
}

fn verified(dir: &Path) -> Result<Ledger<Sealed>, LedgerError> {
    let chain::Chain {
        acquisitions,
        head,
        ahead,
    } = chain::load(dir)?;
    if let Some(ahead) = ahead {
        return Err(LedgerError::Interrupted {
            path: dir.join(layout::entry_name(ahead.head.entries)),
        });
    }
    let index = chain::index(dir, &acquisitions)?;
    for (at, acquisition) in acquisitions.iter().enumerate() {
        objects::check(dir, &layout::entry_name(at as u64 + 1), acquisition)?;
    }
    let unreferenced = objects::unreferenced(dir, &acquisitions)?;
    Ok(Ledger {
        dir: dir.to_owned(),
        acquisitions,
        index,
        head,
        state: Sealed { unreferenced },
    })
}

/// The bytes of `entry`, proven to be readable again.
fn encode(entry: &v1::Entry) -> Result<Vec<u8>, LedgerError> {
    let unfit = |why| LedgerError::Unfit {
        id: entry.acquisition.id.clone(),
        why,
    };
    let bytes = entry.encode().map_err(|why| unfit(why.to_string()))?;
    if bytes.len() as u64 > MAX_ENTRY_BYTES {
        return Err(unfit(format!(
            "its entry would have {} bytes, at most {MAX_ENTRY_BYTES} are read",
            bytes.len()
        )));
    }
    match v1::Entry::parse(&bytes) {
        Ok(read) if read == *entry => Ok(bytes),
        Ok(_) => Err(unfit("it reads back as another pull".to_owned())),
        Err(why) => Err(unfit(format!("it does not read back: {why}"))),
    }
}

/// The first field in which two pulls differ.
fn difference(held: &Acquisition, new: &Acquisition) -> Option<&'static str> {
    let fields = [
        ("source, account or region", held.key == new.key),
        ("operation", held.operation == new.operation),
        ("parameters", held.parameters == new.parameters),
        ("window", held.window == new.window),
        ("started", held.started == new.started),
        ("finished", held.finished == new.finished),
        ("caller", held.caller == new.caller),
        ("tool", held.tool == new.tool),
        ("outcome", held.outcome == new.outcome),
        ("responses", held.pages == new.pages),
    ];
    fields
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
}
