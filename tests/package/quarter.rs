//! The package of the recorded quarter, made once for all tests of this binary, and never changed by them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::harness::{Ended, backproof, command, copy, end, fixtures, scratch};

pub(crate) const PERIOD: &str = "2026-Q3";
pub(crate) const BUNDLE: &str = "luma-2026-Q3.zip";
pub(crate) const REPORT: &str = "luma-2026-Q3.pdf";
/// 2026-10-02T12:00:00Z, after the last collection.
pub(crate) const EPOCH: &str = "1790942400";

/// The configuration of the recorded quarter.
pub(crate) fn luma() -> String {
    let path = fixtures().join("luma/backproof.toml");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// What `run` made of the recorded quarter.
pub(crate) struct Quarter {
    dir: TempDir,
    /// How the run ended, with `--json`.
    pub(crate) ended: Ended,
}

/// The quarter, made by the first test that asks.
pub(crate) fn quarter() -> &'static Quarter {
    static MADE: OnceLock<Quarter> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = scratch();
        let ended = run(dir.path(), &luma(), "out", &["--json"]).expect(3);
        Quarter { dir, ended }
    })
}

impl Quarter {
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("ledger/dev-identity/root.pem")
    }

    pub(crate) fn bundle(&self) -> Vec<u8> {
        fs::read(self.out().join(BUNDLE)).expect("the bundle")
    }

    pub(crate) fn report(&self) -> Vec<u8> {
        fs::read(self.out().join(REPORT)).expect("the report")
    }

    /// A directory with a copy of the ledger, its development identity included.
    pub(crate) fn ledger_copy(&self) -> TempDir {
        let dir = scratch();
        copy(&self.dir.path().join("ledger"), &dir.path().join("ledger"));
        dir
    }

    /// Runs a tool of others in a fresh directory with the unpacked bundle.
    pub(crate) fn unpacked(&self) -> TempDir {
        let dir = scratch();
        unpack(&self.out().join(BUNDLE), dir.path());
        dir
    }
}

/// Collects and packages the quarter of the configuration `config` into `out`, with the ledger beside it.
#[track_caller]
pub(crate) fn run(dir: &Path, config: &str, out: &str, more: &[&str]) -> Ended {
    backproof(dir, &[&arguments("run", config, out)[..], more].concat())
}

/// The same as if at [`EPOCH`].
#[track_caller]
pub(crate) fn at_epoch(verb: &str, dir: &Path, config: &str, out: &str) -> Ended {
    let mut command = command(dir, &arguments(verb, config, out));
    command.env("SOURCE_DATE_EPOCH", EPOCH);
    end(command)
}

pub(crate) fn arguments<'a>(verb: &'a str, config: &'a str, out: &'a str) -> [&'a str; 9] {
    [
        verb, "--config", config, "--ledger", "ledger", "--out", out, "--period", PERIOD,
    ]
}

/// Unpacks a bundle with `unzip`.
#[track_caller]
pub(crate) fn unpack(bundle: &Path, into: &Path) {
    crate::tools::run(into, "unzip", &["-q", bundle.to_str().expect("a path in UTF-8")]);
}
