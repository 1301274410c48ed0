//! A recording that is damaged. What can't be read at all is refused; what is missing becomes a gap, loudly, and turns
//! what rested on it INDETERMINATE, never better.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{Ended, names};
use crate::world::World;

const RUN: &str = "recorded/2026-07-14";
const PULLS: &str = "recorded/2026-07-14/pulls.json";
const PULL: &str = "2026-07-14/aws_backup_jobs/111122223333/us-west-2";
/// The first of the pull's two pages. No other run asked about its days.
const PAGE: &str = "aws_backup_jobs/111122223333/us-west-2/0001.json";
/// What only this page shows: how the item of a test ends that rests on the jobs of these days.
const DAYS: &str = "aws_backup_jobs/111122223333/us-west-2/2026-07-07T05:00:00Z";
/// Tests that need all jobs, not only those that are seen.
const NEED_ALL_JOBS: [&str; 3] = ["CT-01", "CT-07", "CT-15"];

/// The findings of the whole recording.
fn sound() -> &'static Value {
    static SOUND: OnceLock<Value> = OnceLock::new();
    SOUND.get_or_init(|| {
        let world = World::new();
        world.backproof(&["collect"]).expect(4);
        world.results()
    })
}

fn tests(results: &Value) -> &Vec<Value> {
    results["tests"].as_array().expect("tests")
}

fn good(state: &Value) -> bool {
    state == "SUPPORTED" || state == "NO_OCCURRENCE"
}

fn count(test: &Value, state: &str) -> u64 {
    test["counts"][state].as_u64().expect("a count")
}

/// Breaks one page of a recording. Collecting must go on; no test may conclude better than before, and those that need
/// all jobs must say INDETERMINATE about the page's days, because of `why`.
#[track_caller]
fn check_gap(break_it: impl FnOnce(&World), why: &str) -> Ended {
    let broken = World::with_recording();
    break_it(&broken);
    let said = broken.backproof(&["collect"]).expect(4);
    let results = broken.results();
    assert_eq!(tests(sound()).len(), tests(&results).len());
    for (before, after) in tests(sound()).iter().zip(tests(&results)) {
        let (id, state) = (before["id"].as_str().unwrap(), &after["state"]);
        assert!(
            count(after, "supported") <= count(before, "supported"),
            "{id}: more is supported"
        );
        assert!(
            !good(state) || before["state"] == *state,
            "{id} turned to {state}"
        );
        if !NEED_ALL_JOBS.contains(&id) {
            continue;
        }
        let rows = after["indeterminate"].as_array().unwrap();
        let open = rows
            .iter()
            .find(|row| row["item"].as_str().unwrap().ends_with(DAYS));
        let open = open.unwrap_or_else(|| panic!("{id} says nothing of the gap: {rows:?}"));
        let reason = open["reason"].as_str().unwrap();
        assert!(reason.contains(PULL) && reason.contains(why), "{id}: {reason}");
        assert!(!good(state), "{id}: {state}");
    }
    said
}

#[test]
fn a_missing_body_is_a_gap() {
    let said = check_gap(
        |world| fs::remove_file(world.path(RUN).join(PAGE)).unwrap(),
        "it failed with MissingBody",
    );
    let loud = format!("gap: {PULL} failed: MissingBody: the recording has no 2026-07-14/{PAGE}\n");
    assert!(said.err.contains(&loud), "{}", said.err);
}

#[test]
fn a_body_cut_short_is_a_gap() {
    let cut = |world: &World| {
        let path = world.path(RUN).join(PAGE);
        let whole = fs::read(&path).unwrap();
        fs::write(path, &whole[..whole.len() / 2]).unwrap();
    };
    check_gap(cut, "page 1 is not whole JSON: EOF while parsing");
}

#[test]
fn an_empty_body_is_a_gap() {
    check_gap(
        |world| fs::write(world.path(RUN).join(PAGE), "").unwrap(),
        "page 1 is empty",
    );
}

#[test]
fn a_page_of_another_account_is_a_gap() {
    let swap = |world: &World| {
        let page = format!("{RUN}/{PAGE}");
        let text = fs::read_to_string(world.path(&page)).unwrap();
        world.write(&page, &text.replace("111122223333", "444455556666"));
    };
    check_gap(
        swap,
        "AccountId is \"444455556666\", the pull was of 111122223333",
    );
}

/// A recording that breaks a rule: nothing of it may reach the ledger or the output. Returns what `run` said.
#[track_caller]
fn refused(world: &World) -> String {
    let before = names(world.dir());
    let said = world.run().expect(1);
    assert_eq!(said.out, "");
    let mut left = names(world.dir());
    left.retain(|name| !before.contains(name));
    // The ledger that was begun is whole, and empty.
    if left == ["ledger"] {
        assert_eq!(names(&world.path("ledger/entries")), [""; 0]);
        assert_eq!(names(&world.path("ledger/objects")), [""; 0]);
    } else {
        assert!(left.is_empty(), "left behind: {left:?}");
    }
    world.shown(&said.err)
}

#[test]
fn a_recording_that_is_not_there() {
    let world = World::with_recording();
    world.replace("backproof.toml", "\"recorded\" ", "\"nowhere\" ");
    assert_eq!(
        refused(&world),
        "error: reading nowhere failed: No such file or directory (os error 2)\n  hint: name the recording with \
         `directory` in [[source]]; a relative path starts where the configuration stands\n",
    );
}

#[test]
fn a_recording_without_collection_runs() {
    let world = World::new();
    fs::create_dir(world.path("empty")).unwrap();
    let recorded = format!("{:?} ", crate::harness::fixtures().join("luma/recorded"));
    world.replace("backproof.toml", &recorded, "\"empty\" ");
    assert_eq!(
        refused(&world),
        "error: empty is not a recording: it has 0 collection runs, not 1 to 10000\n",
    );
}

#[test]
fn a_list_of_pulls_cut_short() {
    let world = World::with_recording();
    let whole = fs::read_to_string(world.path(PULLS)).unwrap();
    let cut: Vec<_> = whole.lines().take(7).collect();
    world.write(PULLS, &cut.join("\n"));
    let said = refused(&world);
    let start = format!("error: {PULLS}: line 7, column ");
    assert!(said.starts_with(&start), "{}", said);
    let end = "nothing of this recording was collected: mend the file and collect again\n";
    assert!(said.ends_with(end), "{}", said);
}

#[test]
fn a_pull_from_the_future_means_that_a_clock_is_ahead() {
    let world = World::with_recording();
    let text = fs::read_to_string(world.path(PULLS)).unwrap();
    let last = text.rfind("\"finished\":\"2026").expect("a finished pull");
    let year = last + "\"finished\":\"".len();
    world.write(PULLS, &format!("{}2199{}", &text[..year], &text[year + 4..]));
    let said = refused(&world);
    let start = "error: a clock is ahead: the pull 2026-07-14/";
    assert!(
        said.starts_with(start) && said.contains(" has the time 2199-"),
        "{}",
        said
    );
    assert!(
        said.ends_with("; set the clock that is wrong, then collect again\n"),
        "{}",
        said
    );
}

#[test]
fn another_content_under_a_known_id() {
    let world = World::with_recording();
    world.backproof(&["collect"]).expect(4);
    let head = fs::read(world.path("ledger/head.json")).unwrap();
    world.replace(&format!("{RUN}/{PAGE}"), "COMPLETED", "COMPLETE ");
    let said = world.run().expect(1);
    let expected = format!(
        "error: the ledger ledger already holds a pull {PULL} with other content (responses); a pull is never changed: \
         record the new one under an id of its own"
    );
    world.says(&said, &expected);
    assert_eq!(fs::read(world.path("ledger/head.json")).unwrap(), head);
    assert!(!world.path("out").exists());
}
