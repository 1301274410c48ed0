//! Every change of the file system that the ledger makes, one step at a time.
//!
//! A file gets its final name only when it is whole and on disk: written aside, synced, renamed, the directory synced.
//! Each step passes a gate first. In production the gate is always open; a test closes it at the n-th step and so stands
//! for a kill, a full disk or an unwritable directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::LedgerError;
use super::layout;

/// A step that changes the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A directory is made.
    MakeDir,
    /// The lock file is opened and taken.
    Lock,
    /// A file is written aside.
    Write,
    /// A file's bytes are brought to disk.
    Sync,
    /// A whole file gets its name.
    Rename,
    /// The names in a directory are brought to disk.
    SyncDir,
    /// A file that was left aside is removed.
    Remove,
}

impl Step {
    fn action(self) -> &'static str {
        match self {
            Step::MakeDir => "making the directory",
            Step::Lock => "locking",
            Step::Write => "writing",
            Step::Sync => "syncing",
            Step::Rename => "renaming",
            Step::SyncDir => "syncing the directory",
            Step::Remove => "removing",
        }
    }
}

/// Asked before each step; an error stands for the step's own failure.
pub type Gate = Box<dyn FnMut(Step, &Path) -> io::Result<()> + Send>;

/// The file system as the ledger uses it.
pub struct Storage {
    gate: Gate,
    /// Directories with new names that are not yet on disk.
    unsynced: BTreeSet<PathBuf>,
}

impl Storage {
    /// The file system itself.
    pub fn disk() -> Self {
        Self::gated(Box::new(|_, _| Ok(())))
    }

    /// The file system behind a gate.
    pub fn gated(gate: Gate) -> Self {
        Self {
            gate,
            unsynced: BTreeSet::new(),
        }
    }

    pub(super) fn step<T>(
        &mut self,
        step: Step,
        path: &Path,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, LedgerError> {
        (self.gate)(step, path)
            .and_then(|()| act())
            .map_err(|source| LedgerError::Io {
                action: step.action(),
                path: path.to_owned(),
                source,
            })
    }

    /// Makes `path` and what is missing above it, if it is not there.
    pub(super) fn make_dir(&mut self, path: &Path) -> Result<(), LedgerError> {
        if !layout::exists(path)? {
            self.step(Step::MakeDir, path, || fs::create_dir_all(path))?;
            self.unsynced.extend(
                path.parent()
                    .filter(|p| !p.as_os_str().is_empty())
                    .map(Path::to_owned),
            );
        }
        Ok(())
    }

    /// Puts `bytes` under `path`: all of them, or nothing. The new name is on disk after the next `settle`.
    pub(super) fn put(&mut self, path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
        let aside = layout::aside(path);
        let done = self.put_by(&aside, path, bytes);
        if done.is_err() {
            // What cannot be removed now is swept by the next writer; the first error is the one to tell.
            let _swept_later = self.remove(&aside);
        }
        done
    }

    fn put_by(&mut self, aside: &Path, path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
        let file = self.step(Step::Write, aside, || {
            let mut file = File::create(aside)?;
            file.write_all(bytes)?;
            Ok(file)
        })?;
        self.step(Step::Sync, aside, || file.sync_all())?;
        self.step(Step::Rename, path, || fs::rename(aside, path))?;
        self.unsynced.extend(path.parent().map(Path::to_owned));
        Ok(())
    }

    /// Has the next `settle` sync `dir`: another writer may have been stopped before it did.
    pub(super) fn distrust(&mut self, dir: PathBuf) {
        self.unsynced.insert(dir);
    }

    /// Brings every new name to disk, deepest directory first.
    pub(super) fn settle(&mut self) -> Result<(), LedgerError> {
        while let Some(dir) = self.unsynced.last().cloned() {
            self.step(Step::SyncDir, &dir, || File::open(&dir)?.sync_all())?;
            self.unsynced.remove(&dir);
        }
        Ok(())
    }

    /// Removes a file that was left aside.
    pub(super) fn remove(&mut self, aside: &Path) -> Result<(), LedgerError> {
        if layout::exists(aside)? {
            self.step(Step::Remove, aside, || fs::remove_file(aside))?;
        }
        Ok(())
    }
}
