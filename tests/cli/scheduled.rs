//! The unattended run, on the recorded quarter as it was collected, with the machine's clock moved (libfaketime).

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ended, command, copy, end, fixtures, quarter_config, scratch};

/// A directory in which the quarter is collected day by day.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(scratch());
        let recorded = fixtures().join("luma/recorded");
        let config = quarter_config().replace(&format!("{recorded:?}"), "\"recorded\"");
        assert!(config.contains("directory = \"recorded\""), "{config}");
        fs::create_dir(desk.path().join("recorded")).unwrap();
        desk.configure(&config);
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn configure(&self, text: &str) {
        fs::write(self.path().join("backproof.toml"), text).unwrap();
    }

    /// What was collected on that day can be read from now on.
    fn collect(&self, day: &str) {
        let from = fixtures().join("luma/recorded").join(day);
        copy(&from, &self.path().join("recorded").join(day));
    }

    /// Runs by schedule at `now`, in UTC.
    fn run(&self, now: &str) -> Vec<Value> {
        events(&self.ended(now))
    }

    fn ended(&self, now: &str) -> Ended {
        end(self.at(now, &["run", "--scheduled", "--log", "json"]))
    }

    /// The program at `now`. libfaketime reads that in the machine's zone.
    fn at(&self, now: &str, arguments: &[&str]) -> Command {
        let plain = command(self.path(), arguments);
        let mut moved = Command::new("faketime");
        moved
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TZ", "UTC")
            .current_dir(self.path())
            .args(["-f", &format!("@{now}")])
            .arg(plain.get_program())
            .args(plain.get_args());
        moved
    }

    fn bundles(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path().join("out"))
            .unwrap()
            .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".zip"))
            .collect();
        names.sort();
        names
    }
}

/// Each line that was told, which has to be JSON.
fn events(ended: &Ended) -> Vec<Value> {
    let lines = ended.err.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The periods of the events of this name.
fn periods<'e>(events: &'e [Value], name: &str) -> Vec<&'e str> {
    let named = events.iter().filter(|event| event["event"] == name);
    named.map(|event| event["period"].as_str().unwrap()).collect()
}

/// The days on which the quarter was collected.
fn days() -> Vec<String> {
    let items = fs::read_dir(fixtures().join("luma/recorded")).unwrap();
    let mut days: Vec<_> = items
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    days.sort();
    days
}

#[test]
fn the_quarter_collected_day_by_day_comes_to_the_same() {
    let desk = Desk::new();
    let mut packaged = Vec::new();
    for day in days() {
        desk.collect(&day);
        let told = desk.run(&format!("{day} 09:00:00"));
        let made = periods(&told, "packaged");
        packaged.extend(made.iter().map(|period| format!("{period} on {day}")));
        let collected = told.iter().find(|event| event["event"] == "collected").unwrap();
        assert!(collected["pulls"].as_u64().unwrap() > 0, "{collected}");
    }
    // The sources that never said a last word are not waited for any longer.
    let told = desk.run("2026-10-05 09:00:00");
    packaged.extend(
        periods(&told, "packaged")
            .iter()
            .map(|period| format!("{period} on 2026-10-05")),
    );
    assert_eq!(
        packaged,
        [
            "2026-06 on 2026-07-07",
            "2026-07 on 2026-08-04",
            "2026-08 on 2026-09-04",
            "2026-09 on 2026-10-05",
            "2026-Q3 on 2026-10-05"
        ]
    );
    let names = [
        "luma-2026-06.zip",
        "luma-2026-07.zip",
        "luma-2026-08.zip",
        "luma-2026-09.zip",
        "luma-2026-Q3.zip",
    ];
    assert_eq!(desk.bundles(), names);

    let whole = scratch();
    fs::write(whole.path().join("backproof.toml"), quarter_config()).unwrap();
    end(command(whole.path(), &["run", "--period", "2026-Q3"])).expect(3);
    let results = |dir: &Path| {
        let mut unzip = Command::new("unzip");
        let bundle = dir.join("out/luma-2026-Q3.zip");
        let output = unzip
            .arg("-p")
            .arg(bundle)
            .arg("data/results.json")
            .output()
            .unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
        output.stdout
    };
    assert!(
        results(desk.path()) == results(whole.path()),
        "results.json differs"
    );

    // Once more changes no byte.
    let before: Vec<_> = names
        .map(|name| fs::read(desk.path().join("out").join(name)).unwrap())
        .into();
    let ended = desk.ended("2026-10-05 10:00:00");
    let again = events(&ended);
    assert!(
        periods(&again, "packaged").is_empty() && ended.code == 0,
        "{again:#?}"
    );
    let after: Vec<_> = names
        .map(|name| fs::read(desk.path().join("out").join(name)).unwrap())
        .into();
    assert!(before == after, "a bundle was made again");
}

#[test]
fn a_period_waits_for_its_last_word_and_missed_runs_are_caught_up_with() {
    let desk = Desk::new();
    desk.configure(&format!(
        "{}\n[schedule]\nfirst_month = \"2026-08\"\nwait_days = 14\n",
        fs::read_to_string(desk.path().join("backproof.toml")).unwrap()
    ));
    for day in days().iter().filter(|day| day.as_str() <= "2026-08-28") {
        desk.collect(day);
    }
    let ended = desk.ended("2026-09-01 00:30:00");
    let told = events(&ended);
    assert_eq!(periods(&told, "waiting"), ["2026-08"]);
    assert_eq!(ended.code, 4, "a collection of August was refused");
    let waiting = told.iter().find(|event| event["event"] == "waiting").unwrap();
    assert_eq!(waiting["until"], "2026-09-15T00:00:00Z");
    assert!(
        waiting["missing"].as_array().unwrap().len() == 11,
        "ten, and how many more: {waiting}"
    );
    assert!(desk.bundles().is_empty());
    assert_eq!(
        desk.ended("2026-09-01 01:30:00").code,
        0,
        "what is not due is nothing adverse"
    );
    // Nothing ran for weeks: both months are made at once, and no quarter, for July was not asked for.
    for day in days().iter().filter(|day| day.as_str() > "2026-08-28") {
        desk.collect(day);
    }
    let told = desk.run("2026-10-20 09:00:00");
    assert_eq!(periods(&told, "packaged"), ["2026-08", "2026-09"]);
    let done = told.last().unwrap();
    assert_eq!((&done["event"], &done["exit"]), (&"done".into(), &3.into()));
}

#[test]
fn a_run_that_was_killed_is_gone_on_with() {
    let desk = Desk::new();
    for day in days().iter().filter(|day| day.as_str() <= "2026-08-04") {
        desk.collect(day);
    }
    // At any moment: no bundle is half there, and the next run makes what is missing.
    for milliseconds in [20, 80, 200, 400, 800, 1200, 1600, 2400, 3200, 4800] {
        let mut run = desk.at("2026-08-04 09:00:00", &["run", "--scheduled"]);
        let mut child = run.process_group(0).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        // faketime starts the program as a child of its own.
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-9", "--", &group]).status().unwrap();
        child.wait().unwrap();
        for name in desk.path().join("out").read_dir().into_iter().flatten() {
            let name = name.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".zip") && !name.starts_with('.') {
                let verified = end(command(desk.path(), &["verify", &format!("out/{name}")]));
                assert_eq!(
                    verified.code, 6,
                    "whole, of nobody that is trusted: {}",
                    verified.out
                );
            }
        }
    }
    desk.ended("2026-08-04 09:00:00");
    assert_eq!(desk.bundles(), ["luma-2026-06.zip", "luma-2026-07.zip"]);
    assert_eq!(desk.ended("2026-08-04 09:00:00").code, 0);
}

#[test]
fn two_at_once_are_one() {
    let desk = Desk::new();
    for day in days().iter().filter(|day| day.as_str() <= "2026-07-07") {
        desk.collect(day);
    }
    fs::create_dir(desk.path().join("out")).unwrap();
    let held = fs::File::create(desk.path().join("out/.backproof-scheduled.lock")).unwrap();
    held.lock().unwrap();
    let ended = desk.ended("2026-07-07 09:00:00");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("another run is at work here"), "{}", ended.err);
    assert!(!desk.path().join("ledger").exists());
    drop(held);
    assert_eq!(periods(&desk.run("2026-07-07 09:00:00"), "packaged"), ["2026-06"]);
}

#[test]
fn a_collection_that_ends_early_keeps_no_period_from_its_package() {
    let desk = Desk::new();
    let config = fs::read_to_string(desk.path().join("backproof.toml")).unwrap();
    desk.configure(&format!("{config}\n[schedule]\nwait_days = 7\n"));
    for day in days().iter().filter(|day| day.as_str() <= "2026-09-04") {
        desk.collect(day);
    }
    assert_eq!(periods(&desk.run("2026-09-04 09:00:00"), "waiting"), ["2026-08"]);
    fs::remove_dir_all(desk.path().join("recorded")).unwrap();
    let ended = desk.ended("2026-09-08 09:00:00");
    let told = events(&ended);
    assert_eq!(ended.code, 1);
    assert!(told.iter().any(|event| event["event"] == "error"), "{told:#?}");
    assert_eq!(periods(&told, "packaged"), ["2026-08"], "{told:#?}");
}

#[test]
fn what_was_made_by_hand_is_taken_when_the_period_is_due_and_not_before() {
    let desk = Desk::new();
    for day in days().iter().filter(|day| day.as_str() <= "2026-07-28") {
        desk.collect(day);
    }
    desk.run("2026-07-29 09:00:00");
    end(desk.at("2026-08-01 01:00:00", &["package", "--period", "2026-07"])).expect(3);
    let path = desk.path().join("out/luma-2026-07.zip");
    let whole = fs::read(&path).unwrap();
    assert_eq!(periods(&desk.run("2026-08-01 02:00:00"), "waiting"), ["2026-07"]);
    let told = desk.path().join("out/luma-2026-07.told");
    assert!(!told.exists());
    // What does not verify, or is of another period, is no package.
    desk.collect("2026-08-04");
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(desk.ended("2026-08-05 02:00:00").code, 5);
    fs::copy(desk.path().join("out/luma-2026-06.zip"), &path).unwrap();
    let ended = desk.ended("2026-08-05 03:00:00");
    assert!(
        ended.err.contains("is the bundle luma-2026-06, not luma-2026-07"),
        "{}",
        ended.err
    );
    fs::write(&path, &whole).unwrap();
    let ended = desk.ended("2026-08-05 04:00:00");
    assert_eq!(
        ended.code, 3,
        "its exceptions are told although it was made before"
    );
    let listed = fs::read_to_string(&told).unwrap();
    let sum = backproof_verify::digest::Sha256Digest::of(&whole).to_hex();
    assert_eq!(listed, format!("{sum}  luma-2026-07.zip\n"));
    assert_eq!(desk.ended("2026-08-05 05:00:00").code, 0);
}

#[test]
fn nothing_is_made_of_what_nobody_spoke_of() {
    let desk = Desk::new();
    let config = fs::read_to_string(desk.path().join("backproof.toml")).unwrap();
    desk.configure(&format!(
        "{config}\n[schedule]\nfirst_month = \"0202-07\"\nwait_days = 0\n"
    ));
    for day in days().iter().filter(|day| day.as_str() <= "2026-07-07") {
        desk.collect(day);
    }
    // The clock is months ahead: June is over by what was collected, July is not.
    let told = desk.run("2026-10-05 09:00:00");
    assert_eq!(periods(&told, "packaged"), ["2026-05", "2026-06"]);
    assert_eq!(
        periods(&told, "waiting"),
        ["2026-07", "2026-08", "2026-09", "2026-Q3"]
    );
}

#[test]
fn what_another_process_writes_aside_is_not_swept_away() {
    let desk = Desk::new();
    desk.collect("2026-06-30");
    let out = desk.path().join("out");
    fs::create_dir(&out).unwrap();
    let [living, dead] = [std::process::id().to_string(), "999999999".to_owned()]
        .map(|pid| out.join(format!(".backproof-{pid}-x.zip.partial")));
    fs::write(&living, "half").unwrap();
    fs::write(&dead, "half").unwrap();
    desk.run("2026-06-30 09:00:00");
    assert!(living.exists() && !dead.exists());
}

#[test]
fn what_is_put_away_for_years_needs_an_identity() {
    let desk = Desk::new();
    let archive = "[archive]\nbucket = \"luma-evidence\"\nregion = \"us-east-1\"\n";
    desk.configure(&format!("{}\n{archive}", quarter_config()));
    let ended = end(command(desk.path(), &["run", "--scheduled"]));
    assert!(ended.err.contains("[signing] is not"), "{}", ended.err);
    assert_eq!(ended.code, 1);
    assert!(
        !desk.path().join("ledger").exists(),
        "it is refused before any work"
    );
}

#[test]
fn a_schedule_that_cannot_be_is_refused() {
    let desk = Desk::new();
    for (lines, said) in [
        (
            "first_month = \"2026-7\"",
            "schedule.first_month \"2026-7\" is no month: write 2026-07",
        ),
        (
            "first_month = \"2026-13\"",
            "schedule.first_month \"2026-13\" is no month",
        ),
        (
            "wait_days = 15",
            "schedule.wait_days is 15: services tell of a day's counts for 14 days",
        ),
        ("weeks = true", "unknown key `weeks`"),
    ] {
        desk.configure(&format!("{}\n[schedule]\n{lines}\n", quarter_config()));
        let ended = end(command(desk.path(), &["run", "--scheduled"]));
        assert!(ended.err.contains(said), "{lines}: {}", ended.err);
        assert_eq!(ended.code, 1);
    }
    let ended = end(command(
        desk.path(),
        &["run", "--scheduled", "--period", "2026-Q3"],
    ));
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert_eq!(end(command(desk.path(), &["run"])).code, 2);
}
