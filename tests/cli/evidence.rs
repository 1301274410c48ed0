//! A recording that is damaged. What can't be read at all is refused; what is missing becomes a gap, loudly, and turns
//! what rested on it INDETERMINATE, never better.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::{Ended, names};
use crate::world::World;

const RUN: &str = "recorded/2026-07-14";
const PULLS: &str = "recorded/2026-07-14/pulls.json";
/// The second page of production's backup jobs in us-west-2, where no neighbouring run asked.
const PULL: &str = "2026-07-14/aws_backup_jobs/111122223333/us-west-2";
const PAGE: &str = "aws_backup_jobs/111122223333/us-west-2/0002.json";

fn counts(results: &Value, test: &str) -> BTreeMap<String, u64> {
    let tests = results["tests"].as_array().unwrap();
    let test = tests.iter().find(|row| row["id"] == test).expect("the test");
    let counts = test["counts"].as_object().unwrap();
    counts
        .iter()
        .map(|(state, count)| (state.clone(), count.as_u64().unwrap()))
        .collect()
}

/// The rows of CT-05, the daily backup, that nobody can tell, as `item: reason`.
fn indeterminate(results: &Value) -> Vec<String> {
    let tests = results["tests"].as_array().unwrap();
    let daily = tests.iter().find(|row| row["id"] == "CT-05").expect("CT-05");
    let rows = daily["indeterminate"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            format!(
                "{}: {}",
                row["item"].as_str().unwrap(),
                row["reason"].as_str().unwrap()
            )
        })
        .collect()
}

/// Breaks a recording: collecting must go on, and CT-05 must lose supported days to INDETERMINATE because of `why`.
fn check_gap(break_it: impl FnOnce(&World), collected: i32, why: &str) -> Ended {
    let whole = World::new();
    whole.backproof(&["collect"]).expect(4);
    let (broken, sound) = (World::with_recording(), whole.results());
    break_it(&broken);
    let said = broken.backproof(&["collect"]).expect(collected);
    let results = broken.results();
    let (before, after) = (counts(&sound, "CT-05"), counts(&results, "CT-05"));
    let lost = before["supported"] - after["supported"];
    assert!(lost > 0, "nothing was lost: {before:?} {after:?}");
    assert_eq!(
        after["indeterminate"],
        before["indeterminate"] + lost,
        "{before:?} {after:?}"
    );
    for state in ["exception", "no_occurrence", "not_applicable", "not_tested"] {
        assert_eq!(after[state], before[state], "{state}");
    }
    let known = indeterminate(&sound);
    let new: Vec<_> = indeterminate(&results)
        .into_iter()
        .filter(|row| !known.contains(row))
        .collect();
    assert_eq!(new.len() as u64, lost, "{new:?}");
    assert!(new.iter().all(|row| row.contains(why)), "{new:?}");
    said
}

#[test]
fn a_missing_body_is_a_gap() {
    let said = check_gap(
        |world| fs::remove_file(world.path(RUN).join(PAGE)).unwrap(),
        4,
        "the pull failed with MissingBody",
    );
    let loud = format!("gap: {PULL} failed: MissingBody: the recording has no 2026-07-14/{PAGE}\n");
    assert!(said.err.contains(&loud), "{}", said.err);
}

#[test]
fn a_body_cut_short_is_a_gap() {
    check_gap(
        |world| {
            let path = world.path(RUN).join(PAGE);
            let whole = fs::read(&path).unwrap();
            fs::write(path, &whole[..whole.len() / 2]).unwrap();
        },
        4,
        "is not JSON",
    );
}

#[test]
fn an_empty_body_is_a_gap() {
    check_gap(
        |world| fs::write(world.path(RUN).join(PAGE), "").unwrap(),
        4,
        "is not JSON",
    );
}

#[test]
fn a_page_of_another_account_is_a_gap() {
    check_gap(
        |world| {
            let page = format!("{RUN}/{PAGE}");
            let text = fs::read_to_string(world.path(&page)).unwrap();
            world.write(&page, &text.replace("111122223333", "444455556666"));
        },
        4,
        "444455556666",
    );
}

/// What `run` prints of a recording that breaks a rule; nothing of it may reach the ledger or the output.
#[track_caller]
fn check_refused(world: &World, expected: &str) {
    let before = names(world.dir());
    let said = world.run().expect(1);
    world.says(&said, expected);
    let mut left = names(world.dir());
    left.retain(|name| !before.contains(name));
    assert!(left.is_empty() || left == ["ledger"], "left behind: {left:?}");
    if left == ["ledger"] {
        assert_eq!(names(&world.path("ledger/entries")), [""; 0]);
        assert_eq!(names(&world.path("ledger/objects")), [""; 0]);
    }
}

#[test]
fn a_recording_that_is_not_there() {
    let world = World::with_recording();
    world.replace("backproof.toml", "\"recorded\" ", "\"nowhere\" ");
    check_refused(
        &world,
        "error: reading nowhere failed: No such file or directory (os error 2)\n  hint: name the recording with \
         `directory` in [[source]]; a relative path starts where the configuration stands",
    );
}

#[test]
fn a_recording_without_collection_runs() {
    let world = World::new();
    fs::create_dir(world.path("empty")).unwrap();
    let recorded = format!("{:?} ", crate::harness::fixtures().join("luma/recorded"));
    world.replace("backproof.toml", &recorded, "\"empty\" ");
    check_refused(
        &world,
        "error: empty is not a recording: it has 0 collection runs, not 1 to 10000",
    );
}

#[test]
fn a_list_of_pulls_cut_short() {
    let world = World::with_recording();
    let whole = fs::read_to_string(world.path(PULLS)).unwrap();
    let cut: Vec<_> = whole.lines().take(7).collect();
    world.write(PULLS, &cut.join("\n"));
    let said = world.run().expect(1);
    let start = format!("error: {PULLS}: line 7, column ");
    assert!(said.err.starts_with(&start), "{}", said.err);
    let end = "nothing of this recording was collected: mend the file and collect again\n";
    assert!(said.err.ends_with(end), "{}", said.err);
    check_refused(&world, said.err.trim_end());
}

#[test]
fn a_pull_from_the_future_means_that_a_clock_is_ahead() {
    let world = World::with_recording();
    let text = fs::read_to_string(world.path(PULLS)).unwrap();
    let last = text.rfind("\"finished\":\"2026").expect("a finished pull");
    let year = last + "\"finished\":\"".len();
    world.write(PULLS, &format!("{}2199{}", &text[..year], &text[year + 4..]));
    let said = world.run().expect(1);
    let start = "error: a clock is ahead: the pull 2026-07-14/";
    assert!(
        said.err.starts_with(start) && said.err.contains(" has the time 2199-"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .ends_with("; set the clock that is wrong, then collect again\n"),
        "{}",
        said.err
    );
    check_refused(&world, said.err.trim_end());
}

#[test]
fn another_content_under_a_known_id() {
    let world = World::with_recording();
    world.backproof(&["collect"]).expect(4);
    let head = fs::read(world.path("ledger/head.json")).unwrap();
    world.replace(&format!("{RUN}/{PAGE}"), "COMPLETED", "COMPLETE ");
    let said = world.run().expect(1);
    let expected = format!(
        "error: the ledger ledger already holds a pull {PULL} with other content (pages); a pull is never changed: \
         record the new one under an id of its own"
    );
    world.says(&said, &expected);
    assert_eq!(fs::read(world.path("ledger/head.json")).unwrap(), head);
    assert!(!world.path("out").exists());
}
