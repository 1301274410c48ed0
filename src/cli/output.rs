//! Files under their final names appear whole or not at all: written aside, synced, renamed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A directory that can be written to.
pub(super) struct Output {
    dir: PathBuf,
}

impl Output {
    /// Makes the directory where it is missing, and tries to write to it.
    pub(super) fn prepare(dir: &Path) -> Result<Self> {
        let unwritable = || format!("can't write to the output directory {}", dir.display());
        fs::create_dir_all(dir).with_context(unwritable)?;
        let probe = dir.join(format!(".backproof-{}.partial", std::process::id()));
        File::create(&probe).with_context(unwritable)?;
        fs::remove_file(&probe).with_context(unwritable)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The final path of a file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Writes all files aside, then gives them their names. On an error none that was not there before is left behind.
    pub(super) fn write(&self, files: &[(&str, &[u8])]) -> Result<()> {
        let aside = |name: &str| self.dir.join(format!(".{name}.{}.partial", std::process::id()));
        let written = files.iter().try_for_each(|(name, bytes)| -> Result<()> {
            let path = aside(name);
            let context = || format!("can't write {}", self.path(name).display());
            let mut file = File::create(&path).with_context(context)?;
            file.write_all(bytes).with_context(context)?;
            file.sync_all().with_context(context)
        });
        let named = written.and_then(|()| {
            files.iter().try_for_each(|(name, _)| {
                let path = self.path(name);
                fs::rename(aside(name), &path).with_context(|| format!("can't write {}", path.display()))
            })
        });
        if named.is_err() {
            // What is left of it is ours alone, under names nobody reads; the error above is the one to tell.
            files
                .iter()
                .for_each(|(name, _)| drop(fs::remove_file(aside(name))));
        }
        named?;
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .with_context(|| format!("can't sync {}", self.dir.display()))
    }
}
