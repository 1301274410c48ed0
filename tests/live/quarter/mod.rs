//! The recorded quarter, alive: on each day of the recording the simulators of AWS and Atlas and a server of MongoDB have what
//! was recorded then, and the unattended run collects it under a clock that was moved to that day. The results of the
//! quarter are those of the recording.

mod recording;
mod results;

use std::fs;
use std::path::Path;
use std::process::Command;

use backproof::model::estate::RECORD_SOURCES;
use tempfile::TempDir;

use self::recording::Day;
use self::results::Results;
use crate::atlas::access::{CLIENT_ID, CLIENT_SECRET};
use crate::atlas::simulator::{Simulator as Atlas, State};
use crate::estate::{HOME, OTHER};
use crate::harness::Ended;
use crate::mongod::{Account, Mongod, Pki};
use crate::simulator::{Simulator as Aws, World};

const ROLE: &str = "backproof-collector";
/// The run after the quarter: the first in which the collector of the recording was let at a trail's bucket, and at no more of it
/// than the last two days. These alone are read as they were recorded.
const LAST_RUN: &str = "2026-10-02";
const QUARTER: &str = "2026-Q3";

/// The configuration of the recorded quarter with other sources.
fn config(sources: &str) -> String {
    let luma = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/luma");
    let text = fs::read_to_string(luma.join("backproof.toml")).unwrap();
    let (head, rest) = text.split_once("[[source]]").unwrap();
    let (_, rest) = rest.split_once("[responses]").unwrap();
    let responses = format!("file = {:?}", luma.join("responses.toml"));
    let rest = rest.replace("file = \"responses.toml\"", &responses);
    format!("{head}{sources}\n[responses]{rest}")
}

/// The three services, and a desk from which they are asked.
struct Services {
    aws: Aws,
    atlas: Atlas,
    registers: Mongod,
    desk: TempDir,
}

impl Services {
    fn start() -> Self {
        let services = Self {
            aws: Aws::start(World::new()),
            atlas: Atlas::start(State::new()),
            registers: Mongod::with_pki(Pki::since("2026-06-01")),
            desk: TempDir::new().unwrap(),
        };
        for register in RECORD_SOURCES {
            services.registers.create(register.as_str());
        }
        services.configure("");
        services
    }

    /// Writes the configuration, with these lines of one more source.
    fn configure(&self, more: &str) {
        let sources = format!(
            "{more}[[source]]\nkind = \"aws\"\nrole = \"{ROLE}\"\norganisation_account = \"{HOME}\"\n\
             [[source]]\nkind = \"atlas\"\nurl = \"{}\"\nclient_id = \"env:ATLAS_CLIENT_ID\"\nclient_secret = \"env:ATLAS_CLIENT_SECRET\"\n\
             [[source]]\nkind = \"mongodb\"\nuri = \"env:MONGODB_URI\"\nca = {:?}\npage_size = \"50\"\n\
             [schedule]\nfirst_month = \"2026-07\"\nwait_days = 0\n",
            self.atlas.url(),
            self.registers.pki.dir().join("ca.pem"),
        );
        fs::write(self.desk.path().join("backproof.toml"), config(&sources)).unwrap();
    }

    /// It is that day.
    fn turn_to(&self, day: &Day) {
        {
            let mut state = self.aws.state();
            let asked = state.log.clone();
            let world = &mut state.world;
            world.page_rows = 20;
            for account in [HOME, OTHER] {
                world.roles.insert(account.to_owned(), vec![ROLE.to_owned()]);
            }
            day.aws(world, &asked);
        }
        {
            let mut state = self.atlas.state();
            let next = day.atlas(&state);
            (state.lists, state.replies, state.page_rows) = (next.lists, next.replies, next.page_rows);
        }
        day.registers(&self.registers);
    }

    /// The unattended run at the hour of the recording.
    fn run(&self, day: &Day) -> Ended {
        let mut moved = Command::new("faketime");
        let output = moved
            .args(["-f", &format!("@{} 05:00:00", day.name)])
            .arg(env!("CARGO_BIN_EXE_backproof"))
            .args(["run", "--scheduled", "--config", "backproof.toml", "--json"])
            .current_dir(self.desk.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TZ", "UTC")
            .env("HOME", self.desk.path())
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{HOME}"))
            .env("AWS_SECRET_ACCESS_KEY", "canary-home-secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .env("ATLAS_CLIENT_ID", CLIENT_ID)
            .env("ATLAS_CLIENT_SECRET", CLIENT_SECRET)
            .env("MONGODB_URI", self.registers.uri(&Account::Reader))
            .output()
            .unwrap();
        Ended::of(&output)
    }
}

#[test]
fn the_quarter_served_day_by_day_comes_to_the_results_of_the_recording() {
    let services = Services::start();
    let days = Day::all();
    for day in &days {
        if day.name == LAST_RUN {
            recording::trail(&services.desk.path().join("trail"));
            services.configure("[[source]]\nkind = \"recorded\"\ndirectory = \"trail\"\n");
        }
        services.turn_to(day);
        let ended = services.run(day);
        assert!(ended.code == 3 || ended.code == 4, "{}: {ended:?}", day.name);
    }
    let recorded = TempDir::new().unwrap();
    recording::completed(&recorded.path().join("recorded"));
    let source = "[[source]]\nkind = \"recorded\"\ndirectory = \"recorded\"";
    fs::write(recorded.path().join("backproof.toml"), config(source)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_backproof"))
        .args(["run", "--config", "backproof.toml", "--period", QUARTER])
        .current_dir(recorded.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(Ended::of(&output).code, 3, "{output:?}");

    let [live, recorded] = [services.desk.path(), recorded.path()].map(|dir| Results::read(dir, QUARTER));
    live.are_those_of(&recorded);
}
