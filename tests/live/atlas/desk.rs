//! The program, run against the simulator in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use backproof::ledger::store::EvidenceStore;
use backproof::ledger::{Ledger, Sealed};
use backproof::model::acquisition::Acquisition;
use backproof::model::source::Source;
use tempfile::TempDir;

use super::access::{CLIENT_ID, CLIENT_SECRET, PRIVATE_KEY, PUBLIC_KEY};
use super::estate::CLUSTERS;
use super::simulator::Simulator;
use crate::harness::Ended;

/// A service account, whose secret lies in a file.
pub(crate) const ACCOUNT: &str =
    "client_id = \"env:ATLAS_CLIENT_ID\"\nclient_secret = \"file:client-secret\"";
/// An API key.
pub(crate) const KEY: &str = "public_key = \"env:ATLAS_PUBLIC_KEY\"\nprivate_key = \"env:ATLAS_PRIVATE_KEY\"";

/// A configuration and a ledger.
pub(crate) struct Desk {
    dir: TempDir,
    environment: Vec<(String, String)>,
}

impl Desk {
    /// `source` are the lines of the source that say who asks.
    pub(crate) fn new(simulator: &Simulator, source: &str, projects: &[&str]) -> Self {
        Self::asking(&simulator.url(), source, projects)
    }

    /// Asks at `url`, whoever is there.
    pub(crate) fn asking(url: &str, source: &str, projects: &[&str]) -> Self {
        let project = |id: &&str| {
            format!("[[estate.atlas]]\nproject = \"{id}\"\nname = \"p{id}\"\nclusters = {CLUSTERS:?}\n")
        };
        let estate: String = projects.iter().map(project).collect();
        let config = format!(
            "[entity]\nname = \"Luma\"\nslug = \"luma\"\n[[source]]\nkind = \"atlas\"\nurl = \"{url}\"\nmax_attempts = \"3\"\n\
             {source}\n[ledger]\ndirectory = \"ledger\"\n{estate}"
        );
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("backproof.toml"), config).unwrap();
        std::fs::write(dir.path().join("client-secret"), format!("{CLIENT_SECRET}\n")).unwrap();
        let environment = [
            ("ATLAS_CLIENT_ID", CLIENT_ID),
            ("ATLAS_PUBLIC_KEY", PUBLIC_KEY),
            ("ATLAS_PRIVATE_KEY", PRIVATE_KEY),
        ];
        Self {
            dir,
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// The same with another value in the environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_backproof"))
            .args(arguments)
            .args(["--config", "backproof.toml", "--json"])
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .envs(self.environment.iter().cloned())
            .output()
            .unwrap();
        Ended::of(&output)
    }

    pub(crate) fn collect(&self) -> Ended {
        self.run(&["collect"])
    }

    pub(crate) fn ledger_dir(&self) -> PathBuf {
        self.path().join("ledger")
    }

    /// The ledger, verified whole.
    pub(crate) fn ledger(&self) -> Ledger<Sealed> {
        Ledger::read(&self.ledger_dir()).unwrap()
    }
}

/// The pulls of a source in a project, oldest first; of one part, where one is named.
pub(crate) fn pulls<'l>(
    ledger: &'l Ledger<Sealed>,
    source: Source,
    project: &str,
    part: &str,
) -> Vec<&'l Acquisition> {
    let pulls = EvidenceStore::acquisitions(ledger).iter();
    pulls
        .filter(|pull| pull.key.source == source && pull.key.account.as_str() == project)
        .filter(|pull| pull.id.as_str().ends_with(part))
        .collect()
}
