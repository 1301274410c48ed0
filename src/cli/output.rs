//! Files under their final names appear whole or not at all: written aside, synced, renamed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The output directory can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    /// The operating system refused.
    #[error("can't write to the output directory {}: {source}", dir.display())]
    Io {
        /// The directory.
        dir: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another run has it.
    #[error("another run of backproof is writing to the output directory {}", dir.display())]
    Busy {
        /// The directory.
        dir: PathBuf,
    },
}

/// A directory that can be written to, by this run alone.
pub(super) struct Output {
    dir: PathBuf,
    /// The directory itself, locked as long as it is open: two runs would write aside under the same names.
    held: File,
    /// Whether it was not there before.
    made: bool,
}

impl Output {
    /// Makes the directory where it is missing, and tries to write to it.
    pub(super) fn prepare(dir: &Path) -> Result<Self, Unwritable> {
        let refused = |source| Unwritable::Io {
            dir: dir.to_owned(),
            source,
        };
        let made = !dir.exists();
        fs::create_dir_all(dir).map_err(refused)?;
        let held = File::open(dir).map_err(refused)?;
        held.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Unwritable::Busy { dir: dir.to_owned() },
            TryLockError::Error(source) => refused(source),
        })?;
        let output = Self {
            dir: dir.to_owned(),
            held,
            made,
        };
        let probe = output.aside("probe");
        File::create(&probe)
            .and_then(|_| fs::remove_file(&probe))
            .map_err(refused)?;
        Ok(output)
    }

    /// The final path of a file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where a file is written before it gets its name. Always the same: what a killed run left, the next one overwrites.
    fn aside(&self, name: &str) -> PathBuf {
        self.dir.join(format!(".{name}.partial"))
    }

    /// Writes all files aside, then gives them their names. On an error none that was not there before is left behind.
    pub(super) fn write(&self, files: &[(&str, &[u8])]) -> Result<()> {
        // Found before the first of them gets its name: a report without its bundle is half a package.
        if let Some(path) = files
            .iter()
            .map(|(name, _)| self.path(name))
            .find(|path| path.is_dir())
        {
            bail!("can't write {}: a directory has this name", path.display());
        }
        let written = files.iter().try_for_each(|(name, bytes)| -> Result<()> {
            let context = || format!("can't write {}", self.path(name).display());
            let mut file = File::create(self.aside(name)).with_context(context)?;
            file.write_all(bytes).with_context(context)?;
            file.sync_all().with_context(context)
        });
        let named = written.and_then(|()| {
            files.iter().try_for_each(|(name, _)| {
                let path = self.path(name);
                fs::rename(self.aside(name), &path).with_context(|| format!("can't write {}", path.display()))
            })
        });
        if named.is_err() {
            // What is left of it is ours alone, under names nobody reads; the error above is the one to tell.
            files
                .iter()
                .for_each(|(name, _)| drop(fs::remove_file(self.aside(name))));
        }
        named?;
        self.held
            .sync_all()
            .with_context(|| format!("can't sync {}", self.dir.display()))
    }
}

impl Drop for Output {
    /// A run that ended with an error leaves no empty directory behind, where it made it.
    fn drop(&mut self) {
        if self.made {
            // One with files in it stays: the operating system removes only empty ones.
            drop(fs::remove_dir(&self.dir));
        }
    }
}
