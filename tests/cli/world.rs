//! A place with a copy of the recorded quarter and its configuration, to be broken in one way by each test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::{Ended, backproof, command, copy, end, fixtures, json, names, quarter_config, scratch};

/// The working directory of the program, with `backproof.toml` and, where it is needed, `recorded/`.
pub(crate) struct World {
    dir: TempDir,
}

impl World {
    /// With the configuration, and the recording where it lies: for what is refused before anything is collected.
    pub(crate) fn new() -> Self {
        let world = Self { dir: scratch() };
        fs::write(world.path("backproof.toml"), quarter_config()).unwrap();
        world
    }

    /// With a copy of the recording that can be altered.
    pub(crate) fn with_recording() -> Self {
        let world = Self { dir: scratch() };
        copy(&fixtures().join("luma/recorded"), &world.path("recorded"));
        for name in ["backproof.toml", "responses.toml"] {
            fs::copy(fixtures().join("luma").join(name), world.path(name)).unwrap();
        }
        world
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces the first `from` in a file by `to`.
    #[track_caller]
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub(crate) fn backproof(&self, arguments: &[&str]) -> Ended {
        backproof(self.dir(), arguments)
    }

    /// `run` over the quarter, into `out`, with the ledger `ledger`.
    pub(crate) fn run(&self) -> Ended {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, environment: &[(&str, &str)]) -> Ended {
        let mut command = command(self.dir(), &["run", "--period", "2026-Q3"]);
        command.envs(environment.iter().copied());
        end(command)
    }

    /// What evaluating the quarter says, after everything was collected.
    pub(crate) fn results(&self) -> serde_json::Value {
        json(
            &self
                .backproof(&["evaluate", "--period", "2026-Q3", "--json"])
                .expect(3)
                .out,
        )
    }

    /// The one question of bad input that is found before any work: refused with this text, and nothing is left behind.
    #[track_caller]
    pub(crate) fn refused(&self, expected: &str) {
        let before = names(self.dir());
        let said = self.run().expect(1);
        self.says(&said, expected);
        assert_eq!(names(self.dir()), before, "something was left behind");
    }

    /// It said exactly `expected`, where `[DIR]` is the place, and no data.
    #[track_caller]
    pub(crate) fn says(&self, said: &Ended, expected: &str) {
        assert_eq!(said.out, "");
        assert_eq!(self.shown(&said.err), format!("{expected}\n"));
    }

    /// A text with `[DIR]` in place of the world's own directory, and `[FIXTURES]` for the repository's.
    pub(crate) fn shown(&self, text: &str) -> String {
        let own = self.dir().to_str().unwrap();
        let fixtures = fixtures();
        text.replace(own, "[DIR]")
            .replace(fixtures.to_str().unwrap(), "[FIXTURES]")
    }
}
