//! A ledger that can't be used: in use, not one, or changed by others.

use std::fs;

use backproof::ledger::{Holder, Ledger};

use crate::harness::names;
use crate::world::World;

/// A world whose ledger holds the quarter.
fn collected() -> World {
    let world = World::new();
    world.backproof(&["collect"]).expect(4);
    world
}

const EACH: [&[&str]; 4] = [
    &["run", "--period", "2026-Q3"],
    &["package", "--period", "2026-Q3"],
    &["evaluate", "--period", "2026-Q3"],
    &["status", "--period", "2026-Q3"],
];

#[test]
fn a_ledger_under_another_writer() {
    let world = World::new();
    let holder = Holder {
        pid: 4711,
        host: "other-host".to_owned(),
        since: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    };
    let writer = Ledger::open(&world.path("ledger"), &holder).unwrap();
    let expected = "error: the ledger ledger is in use by pid 4711 on other-host since 2026-09-21T14:13:20Z; wait until \
                    that process ends, its lock ends with it";
    for arguments in EACH.iter().copied().chain([&["collect"][..]]) {
        world.says(&world.backproof(arguments).expect(1), expected);
    }
    assert!(!world.path("out").exists());
    drop(writer);
    world.backproof(&["collect"]).expect(4);
}

#[test]
fn a_ledger_that_was_tampered_with() {
    let world = collected();
    let entry = world.path("ledger/entries/00000100.json");
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, text.replacen("2026", "2025", 1)).unwrap();
    for arguments in EACH {
        let said = world.backproof(arguments).expect(1);
        assert_eq!(said.out, "");
        let start = "error: ledger/entries/00000100.json: expected sha256 ";
        assert!(said.err.starts_with(start), "{arguments:?}: {}", said.err);
        let end = "the ledger was changed outside of backproof: restore this file from a copy, or begin a new ledger\n";
        assert!(said.err.ends_with(end), "{arguments:?}: {}", said.err);
        assert!(!world.path("out").exists(), "{arguments:?}");
    }
}

#[test]
fn a_ledger_that_lost_evidence() {
    let world = collected();
    let objects = world.path("ledger/objects");
    let first = objects.join(&names(&objects)[0]);
    fs::remove_file(first.join(&names(&first)[0])).unwrap();
    for arguments in EACH {
        let said = world.backproof(arguments).expect(1);
        assert!(
            said.err.starts_with("error: ledger/objects/") && said.err.contains(": missing, though "),
            "{arguments:?}: {}",
            said.err
        );
        assert!(!world.path("out").exists(), "{arguments:?}");
    }
}

#[test]
fn a_file_in_place_of_a_ledger() {
    let world = World::new();
    world.write("ledger", "");
    world.refused(
        "error: ledger is not a ledger: it is not a directory; name a ledger, or a new directory to begin one",
    );
}

#[test]
fn a_directory_of_something_else() {
    let world = World::new();
    fs::create_dir(world.path("ledger")).unwrap();
    world.write("ledger/letters.txt", "private");
    world.refused(
        "error: ledger is not a ledger: it has no file FORMAT, but letters.txt; name a ledger, or a new directory to \
         begin one",
    );
    assert_eq!(names(&world.path("ledger")), ["letters.txt"]);
}

#[test]
fn no_ledger_to_read() {
    let world = World::new();
    for arguments in &EACH[1..] {
        let said = world.backproof(arguments).expect(1);
        world.says(
            &said,
            "error: ledger is not a ledger: it has no file FORMAT; name a ledger, or a new directory to begin one",
        );
        assert_eq!(names(world.dir()), ["backproof.toml"], "{arguments:?}");
    }
}
