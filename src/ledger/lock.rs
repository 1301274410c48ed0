//! One writer at a time: the kernel's lock on the file `LOCK`, which ends with the process however that ends.
//!
//! The content of `LOCK` only tells people who holds it. It is no evidence and is not verified.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::error::LedgerError;
use super::layout;
use super::storage::{Step, Storage};
use crate::model::time::{Instant, show};

/// The process that writes, for whoever finds the ledger in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
    /// Since when.
    pub since: Instant,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} on {} since {}", self.pid, self.host, show(self.since))
    }
}

/// The lock, held as long as this lives.
#[derive(Debug)]
pub(super) struct Lock {
    held: File,
}

impl Drop for Lock {
    /// Closing the file would do, were there not the moment in which another thread starts a process: until that process
    /// runs its own program it has a copy of the open file, and would hold the lock with it.
    fn drop(&mut self) {
        // If the kernel refuses, closing is what is left, and that follows by itself.
        let _closed_next = self.held.unlock();
    }
}

impl Lock {
    /// Takes the writer's lock.
    pub(super) fn exclusive(dir: &Path, holder: &Holder, storage: &mut Storage) -> Result<Self, LedgerError> {
        let path = dir.join(layout::LOCK);
        refuse_links(&path, dir)?;
        let mut file = storage.step(Step::Lock, &path, || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
        })?;
        held(file.try_lock(), dir, &mut file)?;
        let tell = |file: &mut File| {
            file.set_len(0)?;
            writeln!(file, "{holder}")
        };
        tell(&mut file).map_err(|source| LedgerError::Io {
            action: "writing",
            path,
            source,
        })?;
        Ok(Self { held: file })
    }

    /// Takes a reader's lock. `None` where there is no lock file: a copy on a medium that nobody writes.
    pub(super) fn shared(dir: &Path) -> Result<Option<Self>, LedgerError> {
        let path = dir.join(layout::LOCK);
        refuse_links(&path, dir)?;
        match File::open(&path) {
            Ok(mut file) => {
                held(file.try_lock_shared(), dir, &mut file)?;
                Ok(Some(Self { held: file }))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LedgerError::Io {
                action: "locking",
                path,
                source,
            }),
        }
    }
}

/// The kernel would lock what a link points to, not this ledger.
fn refuse_links(path: &Path, dir: &Path) -> Result<(), LedgerError> {
    match path.symlink_metadata() {
        Ok(kind) if !kind.is_file() => Err(LedgerError::NotALedger {
            dir: dir.to_owned(),
            why: format!("{} is not a plain file", layout::LOCK),
        }),
        _ => Ok(()),
    }
}

fn held(tried: Result<(), TryLockError>, dir: &Path, file: &mut File) -> Result<(), LedgerError> {
    match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let mut said = Vec::new();
            // Best effort: the holder may not have written its name yet.
            let _unknown_then = file.take(300).read_to_end(&mut said);
            let said: String = String::from_utf8_lossy(&said)
                .chars()
                .filter(|c| !c.is_control())
                .collect();
            let holder = if said.is_empty() {
                said
            } else {
                format!(" by {said}")
            };
            Err(LedgerError::Busy {
                dir: dir.to_owned(),
                holder,
            })
        }
        Err(TryLockError::Error(source)) => Err(LedgerError::Io {
            action: "locking",
            path: dir.join(layout::LOCK),
            source,
        }),
    }
}
