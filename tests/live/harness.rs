//! The program, run against the simulator in a directory of its own, with an environment that leads nowhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use backproof::ledger::store::EvidenceStore;
use backproof::ledger::{Holder, Ledger, Sealed};
use backproof::model::acquisition::Acquisition;
use chrono::TimeDelta;
use serde_json::Value;
use tempfile::TempDir;

use crate::estate::HOME;
use crate::simulator::Simulator;

/// A configuration and a ledger.
pub(crate) struct Desk {
    dir: TempDir,
    env: BTreeMap<String, String>,
}

impl Desk {
    /// `source` are further lines of the source, `estate` those of the estate.
    pub(crate) fn new(source: &str, estate: &str) -> Self {
        Self::of("aws", source, estate)
    }

    /// A source of any kind.
    pub(crate) fn of(kind: &str, source: &str, estate: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let config = format!(
            "[entity]\nname = \"Luma\"\nslug = \"luma\"\n[[source]]\nkind = \"{kind}\"\n{source}\n[ledger]\ndirectory = \"ledger\"\n{estate}"
        );
        std::fs::write(dir.path().join("backproof.toml"), config).unwrap();
        let env = BTreeMap::new();
        Self { dir, env }
    }

    /// With a variable in the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The home account in the regions.
    pub(crate) fn at_home(regions: &[&str]) -> Self {
        Self::new("", &account(HOME, regions))
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a verb with nothing in the environment but what was put there.
    pub(crate) fn run_alone(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_backproof"))
            .args(arguments)
            .args(["--config", "backproof.toml", "--json"])
            .current_dir(self.path())
            .env_clear()
            .envs(&self.env)
            .output()
            .unwrap();
        Ended::of(&output)
    }

    /// Runs a verb against `simulator`.
    pub(crate) fn run(&self, simulator: &Simulator, arguments: &[&str]) -> Ended {
        self.run_at(&simulator.url(), &[arguments, &["--json"]].concat())
    }

    /// The same as a person would, against whatever is at `url`.
    pub(crate) fn run_at(&self, url: &str, arguments: &[&str]) -> Ended {
        Ended::of(&self.command_at(url, arguments).output().unwrap())
    }

    /// A verb against `simulator`, to be run elsewhere.
    pub(crate) fn command(&self, simulator: &Simulator, arguments: &[&str]) -> Command {
        self.command_at(&simulator.url(), &[arguments, &["--json"]].concat())
    }

    fn command_at(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backproof"));
        command
            .args(arguments)
            .args(["--config", "backproof.toml"])
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{HOME}"))
            .env("AWS_SECRET_ACCESS_KEY", "canary-home-secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "3")
            .env("AWS_ENDPOINT_URL", url);
        command
    }

    pub(crate) fn collect(&self, simulator: &Simulator) -> Ended {
        self.run(simulator, &["collect"])
    }

    pub(crate) fn ledger_dir(&self) -> PathBuf {
        self.path().join("ledger")
    }

    /// The ledger, verified whole.
    pub(crate) fn ledger(&self) -> Ledger<Sealed> {
        Ledger::read(&self.ledger_dir()).unwrap()
    }

    /// Puts a ledger in its place whose pulls were made so many days before.
    pub(crate) fn age(&self, days: i64) {
        let young = self.path().join("young");
        std::fs::rename(self.ledger_dir(), &young).unwrap();
        let young = Ledger::read(&young).unwrap();
        let holder = Holder {
            pid: std::process::id(),
            host: "here".to_owned(),
            since: crate::estate::now(),
        };
        let mut aged = Ledger::open(&self.ledger_dir(), &holder).unwrap();
        for pull in young.acquisitions() {
            let mut pull = pull.clone();
            let before = TimeDelta::days(days);
            for at in [&mut pull.started, &mut pull.finished] {
                *at -= before;
            }
            for page in &mut pull.pages {
                page.received -= before;
                if let Some(id) = page.evidence {
                    aged.store(&EvidenceStore::bytes(&young, id).unwrap()).unwrap();
                }
            }
            aged.append(&pull).unwrap();
        }
        std::fs::remove_dir_all(self.path().join("young")).unwrap();
    }
}

/// The lines of the estate for an account.
pub(crate) fn account(account: &str, regions: &[&str]) -> String {
    format!("[[estate.aws]]\naccount = \"{account}\"\nname = \"a{account}\"\nregions = {regions:?}\n")
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) said: String,
    pub(crate) told: String,
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
            told: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.said).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The failed pulls, each by its place, call code and message.
    pub(crate) fn failed(&self) -> Vec<(String, String)> {
        let failed = self.json()["failed"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        failed
            .iter()
            .map(|pull| {
                let id = text(&pull["id"]);
                let place = id
                    .split_once('/')
                    .map_or(id.clone(), |(_, place)| place.to_owned());
                (place, text(&pull["code"]))
            })
            .collect()
    }
}

/// The pulls of one call in one region, oldest first.
pub(crate) fn pulls<'l>(ledger: &'l Ledger<Sealed>, operation: &str, region: &str) -> Vec<&'l Acquisition> {
    let pulls = EvidenceStore::acquisitions(ledger).iter();
    pulls
        .filter(|pull| pull.operation == operation && pull.key.region.as_str() == region)
        .collect()
}
