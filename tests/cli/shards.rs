//! A run cut into shards, by the built program on the recorded quarter: whatever the order, and whatever is killed or
//! delivered twice, it comes to what one process collects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Ended, command, copy, end, fixtures, json, names};
use crate::world::World;

const SHARDS: u64 = 7;
/// The shard with the most places.
const GREATEST: u64 = 4;

/// Every file below a directory that has to be the same: a lock file tells people who wrote last.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(dir: &Path, root: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for name in names(dir) {
            let path = dir.join(&name);
            if path.is_dir() {
                walk(&path, root, all);
            } else if name != "LOCK" {
                all.insert(
                    path.strip_prefix(root).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(dir, dir, &mut all);
    all
}

/// 0 to 6 in an order that follows from `seed`.
fn shuffled(mut seed: u64) -> Vec<u64> {
    let mut rest: Vec<u64> = (0..SHARDS).collect();
    let mut order = Vec::new();
    while !rest.is_empty() {
        // Knuth's MMIX generator.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = (seed >> 33) as usize % rest.len();
        order.push(rest.remove(at));
    }
    order
}

fn shard(index: u64) -> String {
    format!("{index}/{SHARDS}")
}

/// Collects one shard of the run `r` to its end.
fn collect(world: &World, index: u64) -> Ended {
    let ended = world.backproof(&["collect", "--shard", &shard(index), "--run", "r"]);
    assert!([0, 4].contains(&ended.code), "{index}: {}", ended.err);
    ended
}

fn segment(world: &World, index: u64) -> PathBuf {
    world.path(&format!("segments/r/{index}-of-{SHARDS}"))
}

/// A world in which every shard of the run `r` has been collected.
fn collected() -> World {
    let world = World::new();
    (0..SHARDS).for_each(|index| drop(collect(&world, index)));
    world
}

/// Starts the program and kills it (SIGKILL) as soon as `path` is there.
fn killed_at(world: &World, arguments: &[&str], path: &Path) {
    let mut started = command(world.dir(), arguments);
    let started = started.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut started: Child = started.expect("the program starts");
    while !path.exists() {
        assert!(
            started.try_wait().unwrap().is_none(),
            "it ended before {} was there",
            path.display()
        );
        std::thread::sleep(Duration::from_micros(200));
    }
    started.kill().unwrap();
    started.wait().unwrap();
}

fn results(world: &World, ledger: &str) -> String {
    let ended = world.backproof(&["evaluate", "--period", "2026-Q3", "--json", "--ledger", ledger]);
    assert!([3, 4].contains(&ended.code), "{}", ended.err);
    ended.out
}

#[test]
fn seven_shards_one_killed_and_one_delivered_twice_come_to_one_run() {
    let world = World::new();
    world.backproof(&["collect", "--ledger", "whole"]).expect(4);
    let expected = results(&world, "whole");

    let mut ledgers = BTreeSet::new();
    for (n, seed) in [2026, 7].into_iter().enumerate() {
        let order = shuffled(seed);
        for index in &order {
            if *index == GREATEST {
                let arguments = ["collect", "--shard", &shard(*index), "--run", "r"];
                let dir = segment(&world, *index);
                killed_at(&world, &arguments, &dir.join("attempt-1/entries/00000020.json"));
                assert!(!names(&dir).contains(&"segment.json".to_owned()));
            }
            collect(&world, *index);
        }
        assert_eq!(
            names(&segment(&world, GREATEST)),
            ["LOCK", "attempt-1", "attempt-2", "segment.json"]
        );
        // One is delivered a second time, to another place.
        copy(&segment(&world, 1), &world.path("again/1"));
        let mut places: Vec<String> = shuffled(seed + 1)
            .into_iter()
            .map(|index| format!("segments/r/{index}-of-{SHARDS}"))
            .collect();
        places.insert(3, "again/1".to_owned());
        let ledger = format!("merged-{n}");
        let arguments = ["merge", "--json", "--ledger", &ledger];
        let arguments: Vec<&str> = arguments
            .into_iter()
            .chain(places.iter().map(String::as_str))
            .collect();
        let merged = json(&world.backproof(&arguments).expect(4).out);
        let run = &merged["runs"][0];
        assert_eq!(
            (&run["run"], &run["shards"]),
            (&"r".into(), &7.into()),
            "{merged}"
        );
        assert_eq!(run["new"], run["pulls"], "{merged}");
        assert_eq!(merged["refused"], Value::Array(Vec::new()), "{merged}");

        // Once more, all of them where they lie: nothing changes.
        let before = files(&world.path(&ledger));
        let again = json(
            &world
                .backproof(&["merge", "--json", "--ledger", &ledger, "segments"])
                .expect(0)
                .out,
        );
        assert_eq!(
            (&again["runs"][0]["pulls"], &again["runs"][0]["new"]),
            (&run["pulls"], &0.into())
        );
        assert_eq!(again["ledger_head"], merged["ledger_head"]);
        assert_eq!(files(&world.path(&ledger)), before);

        let found = results(&world, &ledger);
        assert!(found == expected, "the results are not those of one run");
        ledgers.insert(before);
        fs::remove_dir_all(world.path("segments")).unwrap();
        fs::remove_dir_all(world.path("again")).unwrap();
    }
    assert_eq!(ledgers.len(), 1, "neither order shows in the ledger");
}

#[test]
fn a_merge_killed_at_any_moment_is_gone_on_with() {
    let world = collected();
    world.backproof(&["merge", "--ledger", "whole"]).expect(4);
    let whole = files(&world.path("whole"));
    let entries = names(&world.path("whole/entries")).len();
    for at in [1, 2, 20, entries / 4, entries / 2] {
        let ledger = format!("killed-{at}");
        let entry = world.path(&format!("{ledger}/entries/{at:08}.json"));
        killed_at(&world, &["merge", "--ledger", &ledger], &entry);
        let held = names(&world.path(&ledger).join("entries")).len();
        assert!(held < entries, "it was killed on its way, at {held} of {entries}");
        let again = world.backproof(&["merge", "--ledger", &ledger]);
        assert!([0, 4].contains(&again.code), "{}", again.err);
        assert!(files(&world.path(&ledger)) == whole, "killed at {at}");
    }
}

/// What was collected of some places says nothing of the others.
#[test]
fn a_shard_alone_is_no_pass() {
    let world = collected();
    world.backproof(&["merge"]).expect(4);
    let whole = json(&results(&world, "ledger"));
    let state = |results: &Value, n: usize| results["tests"][n]["state"].as_str().unwrap().to_owned();
    let passes = |state: &str| ["SUPPORTED", "NO_OCCURRENCE", "NOT_APPLICABLE"].contains(&state);
    for index in [1, GREATEST] {
        let alone = json(&results(
            &world,
            &format!("segments/r/{index}-of-{SHARDS}/attempt-1"),
        ));
        for n in 0..whole["tests"].as_array().unwrap().len() {
            let (alone, whole) = (state(&alone, n), state(&whole, n));
            assert!(
                !passes(&alone) || passes(&whole),
                "test {n} of shard {index}: {alone}, of all: {whole}"
            );
        }
        let places = alone["coverage"].as_array().unwrap().iter();
        let elsewhere =
            places.filter(|place| place["expected"] == true && place["covered"] == Value::Array(Vec::new()));
        let gaps: Vec<_> = elsewhere.collect();
        assert!(
            gaps.len() > 30,
            "shard {index}: {} places are not covered",
            gaps.len()
        );
        assert!(
            gaps.iter()
                .all(|place| !place["gaps"].as_array().unwrap().is_empty())
        );
    }
}

#[test]
fn an_incomplete_run_is_refused_and_keeps_no_other_from_the_ledger() {
    let world = collected();
    fs::remove_dir_all(segment(&world, 3)).unwrap();
    let said = world.backproof(&["merge"]).expect(1);
    let missing = "error: the run r is not merged: of its 7 shards 3 is missing; collect each that is missing with --run r \
                   --shard I/7, and merge again";
    world.says(&said, missing);
    assert!(!world.path("ledger").exists(), "nothing was begun");
    // An altered one.
    collect(&world, 3);
    let entry = segment(&world, 2).join("attempt-1/entries/00000002.json");
    let bytes = fs::read(&entry).unwrap();
    fs::write(
        &entry,
        String::from_utf8(bytes.clone())
            .unwrap()
            .replacen("2026", "2025", 1),
    )
    .unwrap();
    let said = world.backproof(&["merge"]).expect(1).err;
    assert!(said.starts_with("error: the run r is not merged: segments/r/2-of-7/attempt-1/entries/00000002.json: expected sha256 "), "{said}");
    assert!(!world.path("ledger").exists(), "nothing was begun");
    fs::write(&entry, bytes).unwrap();
    // One of another configuration: a comment is enough for nobody to have to tell what it changed.
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    fs::remove_dir_all(segment(&world, 0)).unwrap();
    world.write("backproof.toml", &format!("{config}\n# changed\n"));
    collect(&world, 0);
    let said = world.backproof(&["merge"]).expect(1).err;
    assert!(
        said.contains("its shards do not belong together: segments/r/0-of-7 has the configuration "),
        "{said}"
    );
    // What is whole beside it is merged all the same.
    for index in 0..2 {
        let arguments = ["collect", "--shard", &format!("{index}/2"), "--run", "other"];
        let ended = world.backproof(&arguments);
        assert!([0, 4].contains(&ended.code), "{}", ended.err);
    }
    let both = world.backproof(&["merge", "--json"]).expect(1);
    let both = json(&both.out);
    assert_eq!(both["runs"][0]["run"], "other", "{both}");
    assert_eq!(both["refused"][0]["run"], "r", "{both}");
}

fn with(world: &World, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = command(world.dir(), arguments);
    command.envs(variables.iter().copied());
    end(command)
}

#[test]
fn the_environment_says_which_shard_where_the_command_line_does_not() {
    let world = World::new();
    let by_number = ["collect", "--shards", "7", "--run", "r"];
    for (variable, index) in [("JOB_COMPLETION_INDEX", 5), ("AWS_BATCH_JOB_ARRAY_INDEX", 3)] {
        with(&world, &[(variable, &index.to_string())], &by_number).expect(0);
        assert!(segment(&world, index).join("segment.json").exists());
    }
    // The command line goes before it.
    let other = [("JOB_COMPLETION_INDEX", "5")];
    with(&world, &other, &["collect", "--shard", "0/7", "--run", "r"]).expect(0);
    assert_eq!(names(&world.path("segments/r")), ["0-of-7", "3-of-7", "5-of-7"]);

    let refusals: [(&[(&str, &str)], &str); 4] = [
        (
            &[],
            "error: --shards 7 does not say which shard this is, and neither JOB_COMPLETION_INDEX nor \
               AWS_BATCH_JOB_ARRAY_INDEX is set: write --shard 0/7",
        ),
        (
            &[("JOB_COMPLETION_INDEX", "1"), ("AWS_BATCH_JOB_ARRAY_INDEX", "2")],
            "error: JOB_COMPLETION_INDEX is 1 and AWS_BATCH_JOB_ARRAY_INDEX is 2: write --shard with the one that is meant",
        ),
        (
            &[("JOB_COMPLETION_INDEX", "7")],
            "error: JOB_COMPLETION_INDEX is 7: there is no shard 7 of 7: they are counted from 0, so the last is 6",
        ),
        (
            &[
                ("AWS_BATCH_JOB_ARRAY_INDEX", "1"),
                ("AWS_BATCH_JOB_ARRAY_SIZE", "9"),
            ],
            "error: --shards is 7, and AWS_BATCH_JOB_ARRAY_SIZE is 9: name the size of the array job",
        ),
    ];
    for (variables, said) in refusals {
        world.says(&with(&world, variables, &by_number).expect(2), said);
    }
    let wrong: [(&[&str], &str); 8] = [
        (&["--shard", "7/7", "--run", "r"], "there is no shard 7 of 7"),
        (
            &["--shard", "3", "--run", "r"],
            "\"3\" is no shard: write its number and how many there are",
        ),
        (&["--shard", "0/7"], "--run <NAME>"),
        (&["--shards", "0", "--run", "r"], "0 is not in 1..=10000"),
        (&["--run", "r"], "--shard <I/N>|--shards <N>"),
        (&["--shard", "0/7", "--run", "../r"], "is not a name of a run"),
        (
            &["--shard", "0/7", "--shards", "7", "--run", "r"],
            "cannot be used with",
        ),
        (
            &["--shard", "0/7", "--run", "r", "--account", "111122223333"],
            "cannot be used with",
        ),
    ];
    for (arguments, said) in wrong {
        let ended = world.backproof(&[&["collect"], arguments].concat()).expect(2);
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
    assert_eq!(names(&world.path("segments/r")), ["0-of-7", "3-of-7", "5-of-7"]);
    assert_eq!(names(world.dir()), ["backproof.toml", "segments"]);
}

/// The program so many hours later.
fn later(world: &World, hours: i64, arguments: &[&str]) -> Ended {
    let plain = command(world.dir(), arguments);
    let mut moved = Command::new("faketime");
    moved
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .current_dir(world.dir())
        .args(["-f", &format!("+{hours}h")])
        .arg(plain.get_program())
        .args(plain.get_args());
    end(moved)
}

#[test]
fn a_finished_shard_is_not_collected_again() {
    let world = World::new();
    let arguments = ["collect", "--shard", &shard(GREATEST), "--run", "r", "--json"];
    let first = world.backproof(&arguments);
    let before = files(&segment(&world, GREATEST));
    let second = world.backproof(&arguments).expect(first.code);
    assert!(
        second
            .err
            .starts_with("the shard 4/7 of the run r was finished at "),
        "{}",
        second.err
    );
    assert_eq!(json(&second.out)["ledger_head"], json(&first.out)["ledger_head"]);
    assert_eq!(json(&second.out)["segment"], "segments/r/4-of-7");
    later(&world, 11, &arguments).expect(first.code);
    // A name that is taken day after day would collect once, and look like success for ever.
    let said = later(&world, 13, &arguments).expect(1);
    assert!(
        said.err
            .ends_with("more than 12 hours ago: each run needs a name of its own\n"),
        "{}",
        said.err
    );
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    world.write("backproof.toml", &format!("{config}\n# changed\n"));
    let said = world.backproof(&arguments).expect(1);
    world.says(
        &said,
        "error: the shard 4/7 of the run r was finished with another configuration: collect all shards anew under another --run",
    );
    assert_eq!(files(&segment(&world, GREATEST)), before);
}

#[test]
fn the_unattended_run_takes_what_shards_collected() {
    let world = World::with_recording();
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    // Nothing that is over is packaged: that has tests of its own.
    world.write(
        "backproof.toml",
        &format!("{config}\n[schedule]\nfirst_month = \"2026-12\"\n"),
    );
    let scheduled = ["run", "--scheduled", "--log", "json", "--segments", "segments"];
    let told = |ended: &Ended| -> Vec<Value> { ended.err.lines().map(json).collect() };
    let none = world.backproof(&scheduled).expect(1);
    let said = told(&none);
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .contains("segments holds no segment"),
        "{}",
        none.err
    );
    assert_eq!(said.last().unwrap()["event"], "done");
    (0..SHARDS).for_each(|index| drop(collect(&world, index)));
    // Nobody is asked any more.
    fs::remove_dir_all(world.path("recorded")).unwrap();
    let ended = world.backproof(&scheduled).expect(4);
    let events = told(&ended);
    let named = |name: &str| {
        events
            .iter()
            .find(|event| event["event"] == name)
            .unwrap_or_else(|| panic!("{name}: {}", ended.err))
    };
    let (merged, collected) = (named("merged"), named("collected"));
    assert_eq!(
        (&merged["run"], &merged["shards"]),
        (&"r".into(), &7.into()),
        "{merged}"
    );
    assert_eq!(
        (&merged["new"], &merged["failed"]),
        (&collected["pulls"], &collected["failed"])
    );
    assert!(collected["pulls"].as_u64().unwrap() > 500, "{collected}");
    // The day after, with nothing new.
    let events = told(&world.backproof(&scheduled).expect(0));
    assert!(
        events
            .iter()
            .any(|event| event["event"] == "collected" && event["pulls"] == 0),
        "{events:?}"
    );
    assert!(fixtures().join("luma/recorded").exists());
}
