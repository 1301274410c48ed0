//! Files under their final names appear whole or not at all: written aside, synced, renamed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// How the names of files begin and end that are being written.
const ASIDE: (&str, &str) = (".backproof-", ".partial");

/// The output directory can't be used.
#[derive(Debug, thiserror::Error)]
#[error("can't write to the output directory {}: {source}", dir.display())]
pub(super) struct Unwritable {
    dir: PathBuf,
    source: io::Error,
}

/// A directory that can be written to.
pub(super) struct Output {
    dir: PathBuf,
    /// Whether it was not there before.
    made: bool,
}

impl Output {
    /// Makes the directory where it is missing, tries to write to it, and removes what a killed run left half-written.
    pub(super) fn prepare(dir: &Path) -> Result<Self, Unwritable> {
        let output = Self {
            dir: dir.to_owned(),
            made: !dir.exists(),
        };
        fs::create_dir_all(dir)
            .and_then(|()| output.sweep())
            .and_then(|()| File::create_new(output.aside("probe")))
            .and_then(|_| remove(&output.aside("probe")))
            .map_err(|source| Unwritable {
                dir: dir.to_owned(),
                source,
            })?;
        Ok(output)
    }

    /// Holds the file `name`, which nobody else can then, for as long as the process lives and the value does.
    pub(super) fn lock(&self, name: &str) -> Result<File> {
        let path = self.path(name);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.with_context(|| format!("can't write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                bail!(
                    "another run is at work here: it holds {}; wait until it has ended",
                    path.display()
                )
            }
            Err(fs::TryLockError::Error(source)) => {
                Err(source).with_context(|| format!("can't lock {}", path.display()))
            }
        }
    }

    fn sweep(&self) -> io::Result<()> {
        for item in fs::read_dir(&self.dir)? {
            let item = item?;
            let name = item.file_name();
            let name = name.to_string_lossy();
            let aside = name
                .strip_prefix(ASIDE.0)
                .and_then(|rest| rest.strip_suffix(ASIDE.1));
            if aside.is_some_and(|rest| !is_at_work(rest)) {
                remove(&item.path())?;
            }
        }
        Ok(())
    }

    /// The final path of a file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where a file is written before it gets its name.
    fn aside(&self, name: &str) -> PathBuf {
        let (begin, end) = ASIDE;
        self.dir
            .join(format!("{begin}{}-{name}{end}", std::process::id()))
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
            let mut file = File::create_new(self.aside(name)).with_context(context)?;
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
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .with_context(|| format!("can't sync {}", self.dir.display()))
    }
}

/// Whether what is written aside is of another process that still runs, as far as the system tells: `rest` begins with its
/// number. One that took the number of a killed run only keeps its leftovers from being swept.
fn is_at_work(rest: &str) -> bool {
    let pid = rest.split_once('-').map_or(rest, |(pid, _)| pid);
    pid != std::process::id().to_string()
        && pid.parse::<u32>().is_ok()
        && Path::new("/proc").join(pid).exists()
}

/// Removes a file; one that another run has swept away already is no error.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
