//! A live run cut into shards: over real HTTP, with the machine's clock held still, so that what one process and what several
//! collect can be compared byte for byte.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use backproof::model::acquisition::Acquisition;
use backproof::model::shard::Shard;
use chrono::{DateTime, Utc};

use crate::estate::{EAST, HOME, WEST, day, now, small};
use crate::harness::{Desk, Ended, pulls};
use crate::simulator::Simulator;

const SHARDS: u32 = 4;

/// The shard that asks in `region`.
fn of(region: &str) -> u32 {
    let (account, region) = (HOME.parse().unwrap(), region.parse().unwrap());
    Shard::of_place(&account, &region, SHARDS).unwrap().index()
}

/// The program against `simulator`, with a clock that stands still at `at`.
fn at(desk: &Desk, simulator: &Simulator, at: DateTime<Utc>, arguments: &[&str]) -> Command {
    let mut held = Command::new("faketime");
    held.args(["-f", &at.format("%Y-%m-%d %H:%M:%S").to_string()])
        .arg(env!("CARGO_BIN_EXE_backproof"))
        .args(arguments)
        .args(["--config", "backproof.toml", "--json"])
        .current_dir(desk.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TZ", "UTC")
        // Waits are to end: only the time of day stands still.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("HOME", desk.path())
        .env("AWS_ACCESS_KEY_ID", format!("AKIA{HOME}"))
        .env("AWS_SECRET_ACCESS_KEY", "canary-home-secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "3")
        .env("AWS_ENDPOINT_URL", simulator.url());
    held
}

fn run(desk: &Desk, simulator: &Simulator, time: DateTime<Utc>, arguments: &[&str]) -> Ended {
    Ended::of(&at(desk, simulator, time, arguments).output().unwrap())
}

/// What the ledger says of the day before yesterday.
fn results(desk: &Desk, simulator: &Simulator, time: DateTime<Utc>) -> String {
    let day = |ago: i64| day(ago).format("%Y-%m-%d").to_string();
    let period = format!("{}..{}", day(3), day(1));
    let ended = run(desk, simulator, time, &["evaluate", "--period", &period]);
    assert!([3, 4].contains(&ended.code), "{ended:?}");
    ended.said
}

fn shard(index: u32) -> String {
    format!("{index}/{SHARDS}")
}

/// Collects the shards in this order, the one of `EAST` in a second attempt after it was killed, and merges them.
fn in_shards(desk: &Desk, simulator: &Simulator, time: DateTime<Utc>, order: [u32; 4]) {
    let name = time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    for index in order {
        let arguments = ["collect", "--shard", &shard(index), "--run", &name];
        if index == of(EAST) {
            let mut killed = at(desk, simulator, time, &arguments);
            let killed = killed
                .process_group(0)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let mut killed = killed.spawn().unwrap();
            let dir = desk.path().join(format!("segments/{name}/{index}-of-{SHARDS}"));
            while !dir.join("attempt-1/entries/00000004.json").exists() {
                assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
                std::thread::sleep(Duration::from_micros(200));
            }
            // faketime starts the program as a child of its own; it is gone when its lock is.
            let group = format!("-{}", killed.id());
            Command::new("kill").args(["-9", "--", &group]).status().unwrap();
            killed.wait().unwrap();
            std::fs::File::open(dir.join("LOCK")).unwrap().lock().unwrap();
            assert!(!dir.join("segment.json").exists(), "it was killed on its way");
        }
        let ended = run(desk, simulator, time, &arguments);
        assert_eq!(ended.code, 0, "{index}: {ended:?}");
    }
    let ended = run(desk, simulator, time, &["merge", "segments"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let merged = ended.json();
    let merged = merged["runs"].as_array().unwrap().last().unwrap();
    assert_eq!(merged["new"], merged["pulls"], "{merged}");
}

/// What was asked, and what came, without the numbers that the simulator gives its answers.
fn receipts(desk: &Desk) -> Vec<String> {
    let receipt = |pull: &Acquisition| {
        let mut pull = pull.clone();
        pull.pages.iter_mut().for_each(|page| page.request_id.clear());
        format!("{pull:?}")
    };
    let mut all: Vec<_> = desk.ledger().acquisitions().iter().map(receipt).collect();
    all.sort();
    all
}

#[test]
fn shards_ask_and_get_what_one_process_does() {
    assert!(
        of(EAST) != of(WEST) && of("global") != of(EAST),
        "more than one shard has something to ask"
    );
    let simulator = Simulator::start(small());
    let (one, several) = (Desk::at_home(&[EAST, WEST]), Desk::at_home(&[EAST, WEST]));
    let first = now();
    assert_eq!(run(&one, &simulator, first, &["collect"]).code, 0);
    in_shards(&several, &simulator, first, [2, 0, 3, 1]);
    assert_eq!(receipts(&several), receipts(&one));
    let expected = results(&one, &simulator, first);
    assert!(results(&several, &simulator, first) == expected, "other results");

    // Three days later: each shard asks for what the ledger lacks, though its own segment is empty.
    for desk in [&one, &several] {
        desk.age(3);
    }
    std::fs::rename(several.path().join("segments"), several.path().join("merged")).unwrap();
    let gets = |desk: &Desk| pulls(&desk.ledger(), "s3:GetObject", EAST).len();
    let fetched = gets(&several);
    let second = first + chrono::TimeDelta::minutes(1);
    assert_eq!(run(&one, &simulator, second, &["collect"]).code, 0);
    in_shards(&several, &simulator, second, [1, 3, 0, 2]);
    assert_eq!(receipts(&several), receipts(&one));
    assert!(
        results(&several, &simulator, second) == results(&one, &simulator, second),
        "other results"
    );
    assert_eq!(gets(&several), fetched, "no object is fetched twice");
    let ledger = several.ledger();
    let jobs = pulls(&ledger, "backup:ListBackupJobs", EAST);
    let windows: Vec<_> = jobs.iter().filter_map(|pull| pull.window).collect();
    let days = |at: usize| (windows[at].end() - windows[at].start()).num_days();
    assert_eq!((windows.len(), days(0), days(1)), (2, 30, 8), "{windows:?}");
}

/// Only who has something to ask of an account enters it.
#[test]
fn a_shard_asks_nobody_of_whom_it_has_no_place() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST, WEST]);
    let idle = (0..SHARDS)
        .find(|index| [EAST, WEST, "global"].iter().all(|region| of(region) != *index))
        .unwrap();
    let ended = desk.run(&simulator, &["collect", "--shard", &shard(idle), "--run", "r"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(simulator.state().log.is_empty(), "nobody was asked");
    let ended = desk.run(
        &simulator,
        &["collect", "--shard", &shard(of(EAST)), "--run", "r"],
    );
    assert_eq!(ended.code, 0, "{ended:?}");
    let read = backproof::ledger::segment::Delivered::read(
        &desk.path().join(format!("segments/r/{}-of-4", of(EAST))),
    )
    .unwrap();
    assert!(!read.ledger.acquisitions().is_empty());
    assert!(
        read.ledger
            .acquisitions()
            .iter()
            .all(|pull| pull.key.region.as_str() == EAST && pull.run() == "r")
    );
    let said = desk.run(&simulator, &["merge"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.told.contains("of its 4 shards "), "{said:?}");
}
