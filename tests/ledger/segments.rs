//! Segments: what shards collected becomes one ledger, whatever the order and however often it is delivered, or is refused and
//! changes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use backproof::ledger::segment::{Delivered, Found, Origin, Segment, SegmentError, find, place};
use backproof::ledger::{Ledger, MergeError, Merged, Outline, Storage, WholeRun};
use backproof::model::acquisition::PullOutcome;
use backproof::model::ids::{RunName, Sha256Digest};
use backproof::model::shard::Shard;
use tempfile::TempDir;

use super::stopped::{Fate, failing};
use super::{at, files, holder, pull, scratch};

const SHARDS: u32 = 3;
const PLACES: [(&str, &str); 6] = [
    ("111122223333", "us-east-1"),
    ("111122223333", "us-west-2"),
    ("111122223333", "global"),
    ("444455556666", "us-east-1"),
    ("444455556666", "us-west-2"),
    ("compliance", "global"),
];

fn run(name: &str) -> RunName {
    name.parse().unwrap()
}

fn shard(index: u32) -> Shard {
    Shard::new(index, SHARDS).unwrap()
}

fn origin() -> Origin {
    Origin {
        base: Sha256Digest::of(b"backproof.ledger/v1\n"),
        configuration: Sha256Digest::of(b"configuration"),
        tool: "backproof 0.1.0".to_owned(),
        finished: at(60),
    }
}

/// What a shard collects: two pulls of each of its places, of which the second of one place failed.
fn collect_as(parent: &Path, name: &str, index: u32, said: &str, origin: Origin) -> Delivered {
    let begun = Segment::begin(parent, &run(name), shard(index), &holder()).unwrap();
    let Segment::Begun(mut begun) = begun else {
        panic!("{name} {index} was finished before")
    };
    for (account, region) in PLACES {
        let (account, region) = (account.parse().unwrap(), region.parse().unwrap());
        if !shard(index).has(&account, &region) {
            continue;
        }
        for n in 1..=2 {
            let body = format!("{said} {account} {region} {n}").into_bytes();
            let id = begun.ledger().store(&body).unwrap();
            let mut made = pull(
                &format!("{name}/{account}/{region}/{n}"),
                &[(id, body.len() as u64)],
            );
            made.key.account = account.clone();
            made.key.region = region.clone();
            if n == 2 && region.as_str() == "us-west-2" {
                made.outcome = PullOutcome::Failed {
                    code: "AccessDeniedException".to_owned(),
                    message: "no".to_owned(),
                };
            }
            begun.ledger().append(&made).unwrap();
        }
    }
    begun.finish(origin).unwrap()
}

fn collect(parent: &Path, name: &str, index: u32) -> PathBuf {
    collect_as(parent, name, index, "body", origin()).dir
}

/// A run in a directory of its own, every shard collected.
fn made() -> (TempDir, Vec<PathBuf>) {
    let parent = scratch();
    let dirs = (0..SHARDS)
        .map(|index| collect(parent.path(), "run", index))
        .collect();
    (parent, dirs)
}

fn assembled(dirs: &[PathBuf]) -> Result<WholeRun, MergeError> {
    let delivered = dirs.iter().map(|dir| Delivered::read(dir).unwrap()).collect();
    WholeRun::assemble(&run("run"), delivered, &[])
}

fn merge_on(ledger: &Path, dirs: &[PathBuf], storage: Storage) -> Result<Merged, MergeError> {
    let whole = assembled(dirs)?;
    let mut ledger = Ledger::open_on(ledger, &holder(), storage)?;
    let merged = whole.merge_into(&mut ledger)?;
    ledger.seal()?;
    Ok(merged)
}

fn merge(ledger: &Path, dirs: &[PathBuf]) -> Result<Merged, MergeError> {
    merge_on(ledger, dirs, Storage::disk())
}

#[track_caller]
fn refused(dirs: &[PathBuf], expected: &str) {
    let ledger = scratch();
    let said = merge(ledger.path(), dirs)
        .expect_err("must be refused")
        .to_string();
    assert!(said.contains(expected), "{said}");
    assert!(said.starts_with("the run run is not merged: "), "{said}");
    let none: Vec<_> = files(ledger.path())
        .into_keys()
        .filter(|name| name.starts_with("entries"))
        .collect();
    assert!(none.is_empty(), "{none:?}");
}

#[test]
fn the_order_of_delivery_does_not_show() {
    let (_parent, dirs) = made();
    let [a, b, c] = [&dirs[0], &dirs[1], &dirs[2]].map(Clone::clone);
    let orders = [
        [&a, &b, &c],
        [&a, &c, &b],
        [&b, &a, &c],
        [&b, &c, &a],
        [&c, &a, &b],
        [&c, &b, &a],
    ];
    let mut seen = BTreeSet::new();
    for order in orders {
        let ledger = scratch();
        let merged = merge(ledger.path(), &order.map(Clone::clone)).unwrap();
        assert_eq!(
            (merged.shards, merged.pulls, merged.new, merged.failed.len()),
            (3, 12, 12, 2)
        );
        seen.insert(files(ledger.path()));
    }
    assert_eq!(seen.len(), 1, "each order gives the same bytes");
}

#[test]
fn what_is_merged_is_what_the_shards_collected() {
    let (_parent, dirs) = made();
    let ledger = scratch();
    merge(ledger.path(), &dirs).unwrap();
    let ledger = Ledger::read(ledger.path()).unwrap();
    assert!(ledger.unreferenced().is_empty());
    let mut merged = ledger.acquisitions().iter();
    for dir in &dirs {
        let segment = Delivered::read(dir).unwrap().ledger;
        for pull in segment.acquisitions() {
            assert_eq!(
                merged.next(),
                Some(pull),
                "in the order of the shards, and in theirs"
            );
            for id in pull.pages.iter().filter_map(|page| page.evidence) {
                assert_eq!(ledger.bytes(id).unwrap(), segment.bytes(id).unwrap());
            }
        }
    }
    assert_eq!(merged.next(), None);
}

#[test]
fn merging_again_changes_nothing() {
    let (parent, dirs) = made();
    let ledger = scratch();
    merge(ledger.path(), &dirs).unwrap();
    let before = files(ledger.path());
    // One shard is delivered a second time, as it is, under another name.
    let again = parent.path().join("again");
    copy(&dirs[1], &again);
    let twice = [dirs.clone(), vec![again]].concat();
    let merged = merge(ledger.path(), &twice).unwrap();
    assert_eq!((merged.pulls, merged.new, merged.failed.len()), (12, 0, 0));
    assert_eq!(files(ledger.path()), before);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    // A segment's ledger may be empty, its directories not missing.
    for dir in ["attempt-1/entries", "attempt-1/objects"] {
        fs::create_dir_all(to.join(dir)).unwrap();
    }
}

#[test]
fn a_kill_at_any_step_leaves_a_ledger_that_the_next_merge_completes() {
    let (_parent, dirs) = made();
    let undisturbed = scratch();
    let (storage, asked) = failing(usize::MAX, Fate::Killed);
    merge_on(undisturbed.path(), &dirs, storage).unwrap();
    let steps = asked.load(Ordering::Relaxed);
    assert!(steps > 100, "twelve pulls take many steps, not {steps}");
    let reversed: Vec<_> = dirs.iter().rev().cloned().collect();
    for fate in [Fate::Killed, Fate::Torn, Fate::DiskFull] {
        for n in 0..steps {
            let ledger = scratch();
            merge_on(ledger.path(), &dirs, failing(n, fate).0).expect_err("the step fails");
            // What stands there opens, and is a part of what will be.
            let kept = Ledger::open(ledger.path(), &holder())
                .unwrap_or_else(|error| panic!("{fate:?} at {n}: {error}"))
                .seal()
                .unwrap();
            let whole = Ledger::read(undisturbed.path()).unwrap();
            assert!(
                whole.acquisitions().starts_with(kept.acquisitions()),
                "{fate:?} at {n}"
            );
            merge(ledger.path(), &reversed).unwrap();
            assert_eq!(files(ledger.path()), files(undisturbed.path()), "{fate:?} at {n}");
        }
    }
}

#[test]
fn a_missing_shard_is_refused_and_named() {
    let (_parent, dirs) = made();
    for missing in 0..SHARDS {
        let rest: Vec<_> = (0..SHARDS)
            .filter(|index| *index != missing)
            .map(|index| dirs[index as usize].clone())
            .collect();
        let said = format!(
            "of its 3 shards {missing} is missing; collect each that is missing with --run run --shard I/3, and merge again"
        );
        refused(&rest, &said);
    }
    refused(&dirs[..1], "of its 3 shards 1, 2 are missing; collect each");
    // One that was begun only, and none at all.
    let parent = scratch();
    let name = run("run");
    let begun = Segment::begin(parent.path(), &name, shard(2), &holder()).unwrap();
    drop(begun);
    let found = find(parent.path()).unwrap();
    let dir = place(parent.path(), &name, shard(2));
    assert_eq!(
        found,
        [Found {
            dir: dir.clone(),
            finished: false
        }]
    );
    assert_eq!(found[0].named(), Some((name.clone(), shard(2))));
    let unfinished = [(shard(2), found[0].clone())];
    let error = WholeRun::assemble(&name, Vec::new(), &unfinished)
        .unwrap_err()
        .to_string();
    let said = format!(
        "of its 3 shards 0, 1, 2 are missing (begun and not finished: {}); collect",
        dir.display()
    );
    assert!(error.contains(&said), "{error}");
}

#[test]
fn a_shard_delivered_twice_with_other_content_is_refused() {
    let (_parent, dirs) = made();
    let other = scratch();
    let again = collect_as(other.path(), "run", 1, "other", origin()).dir;
    let both = [dirs, vec![again]].concat();
    refused(&both, "the shard 1/3 was delivered twice with other content: ");
}

#[test]
fn shards_that_do_not_belong_together_are_refused() {
    let other = scratch();
    let configuration = Sha256Digest::of(b"another configuration");
    let changes: [(&str, Origin); 2] = [
        (
            "the configuration",
            Origin {
                configuration,
                ..origin()
            },
        ),
        (
            "the collector",
            Origin {
                tool: "backproof 0.2.0".to_owned(),
                ..origin()
            },
        ),
    ];
    for (n, (what, origin)) in changes.into_iter().enumerate() {
        let (_parent, mut dirs) = made();
        dirs[2] = collect_as(&other.path().join(n.to_string()), "run", 2, "body", origin).dir;
        refused(
            &dirs,
            &format!(
                "its shards do not belong together: {} has {what} ",
                dirs[0].display()
            ),
        );
    }
    // The same shard twice, once by another version: the content is the same, and the run is not.
    let (_parent, dirs) = made();
    let again = collect_as(
        &other.path().join("again"),
        "run",
        0,
        "body",
        Origin {
            configuration,
            ..origin()
        },
    );
    refused(&[dirs, vec![again.dir]].concat(), "has the configuration ");
    // Of another number of shards.
    let (_parent, mut dirs) = made();
    let begun = Segment::begin(other.path(), &run("run"), Shard::new(0, 4).unwrap(), &holder()).unwrap();
    let Segment::Begun(begun) = begun else {
        panic!("nothing was there before")
    };
    dirs.push(begun.finish(origin()).unwrap().dir);
    refused(&dirs, "has the number of shards 3, ");
}

#[test]
fn a_pull_of_a_place_that_belongs_to_another_shard_is_refused() {
    let (_parent, mut dirs) = made();
    let other = scratch();
    let Segment::Begun(mut begun) = Segment::begin(other.path(), &run("run"), shard(0), &holder()).unwrap()
    else {
        panic!("nothing was there before")
    };
    let elsewhere = PLACES
        .iter()
        .find(|(account, region)| !shard(0).has(&account.parse().unwrap(), &region.parse().unwrap()));
    let (account, region) = elsewhere.unwrap();
    let mut made = pull("run/elsewhere", &[]);
    made.key.account = account.parse().unwrap();
    made.key.region = region.parse().unwrap();
    begun.ledger().append(&made).unwrap();
    dirs[0] = begun.finish(origin()).unwrap().dir;
    refused(
        &dirs,
        "holds the pull run/elsewhere, whose place does not belong to the shard 0/3",
    );
}

#[test]
fn a_segment_is_merged_into_the_ledger_that_it_was_begun_on() {
    let ledger = scratch();
    let (_first, dirs) = made();
    merge(ledger.path(), &dirs).unwrap();
    let base = Outline::read(ledger.path()).unwrap().head;
    let parent = scratch();
    let origin = Origin { base, ..origin() };
    let next: Vec<_> = (0..SHARDS)
        .map(|index| collect_as(parent.path(), "next", index, "body", origin.clone()).dir)
        .collect();
    let delivered = || {
        next.iter()
            .map(|dir| Delivered::read(dir).unwrap())
            .collect::<Vec<_>>()
    };
    let whole = || WholeRun::assemble(&run("next"), delivered(), &[]).unwrap();
    let elsewhere = scratch();
    let mut other = Ledger::open(elsewhere.path(), &holder()).unwrap();
    let said = whole().merge_into(&mut other).unwrap_err();
    assert!(said.is_of_run());
    let said = said.to_string();
    assert!(
        said.contains(&format!("was begun on a ledger with the head {base}, which")),
        "{said}"
    );
    assert!(other.acquisitions().is_empty());
    // On its own ledger, also when that went on meanwhile.
    let mut own = Ledger::open(ledger.path(), &holder()).unwrap();
    own.append(&pull("by-hand", &[])).unwrap();
    assert_eq!(whole().merge_into(&mut own).unwrap().new, 12);
    assert_eq!(own.seal().unwrap().acquisitions().len(), 25);
}

#[test]
fn an_id_that_the_ledger_holds_with_other_content_is_refused_before_anything_is_written() {
    let ledger = scratch();
    let (_parent, dirs) = made();
    let last = Delivered::read(&dirs[2])
        .unwrap()
        .ledger
        .acquisitions()
        .last()
        .unwrap()
        .clone();
    let mut held = last.clone();
    held.pages.clear();
    let mut own = Ledger::open(ledger.path(), &holder()).unwrap();
    own.append(&held).unwrap();
    let said = assembled(&dirs).unwrap().merge_into(&mut own).unwrap_err();
    assert!(said.is_of_run());
    assert!(
        said.to_string().contains(&format!(
            "already holds a pull {} with other content (responses)",
            last.id
        )),
        "{said}"
    );
    assert_eq!(own.seal().unwrap().acquisitions().len(), 1);
}

/// Changes a byte of each file of a finished segment in turn, and takes each away in turn.
#[test]
fn an_altered_segment_is_not_read() {
    let parent = scratch();
    let dir = collect(parent.path(), "run", 0);
    let whole = files(&dir);
    let judged: Vec<_> = whole.keys().filter(|name| !name.ends_with("LOCK")).collect();
    assert!(judged.len() > 6, "{judged:?}");
    for name in judged {
        let (path, bytes) = (dir.join(name), &whole[name]);
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            fs::write(&path, altered).unwrap();
            Delivered::read(&dir).expect_err(&format!("{} at {at}", name.display()));
        }
        fs::remove_file(&path).unwrap();
        Delivered::read(&dir).expect_err(&format!("{} is gone", name.display()));
        fs::write(&path, bytes).unwrap();
        Delivered::read(&dir).expect("it is as it was");
    }
    // A ledger that is sound, and not the one that was finished.
    let head = fs::read(dir.join("segment.json")).unwrap();
    let text = String::from_utf8(head).unwrap();
    let mut ledger = Ledger::open(&dir.join("attempt-1"), &holder()).unwrap();
    ledger.append(&pull("later", &[])).unwrap();
    ledger.seal().unwrap();
    let said = Delivered::read(&dir).unwrap_err();
    assert!(matches!(said, SegmentError::Altered { .. }), "{said}");
    assert!(text.starts_with("{\"attempt\":1,\"base\":\"95dc34b4"), "{text}");
}

#[test]
fn an_attempt_that_was_stopped_counts_for_nothing() {
    let parent = scratch();
    let Segment::Begun(mut begun) = Segment::begin(parent.path(), &run("run"), shard(0), &holder()).unwrap()
    else {
        panic!("nothing was there before")
    };
    begun.ledger().append(&pull("of-the-first-attempt", &[])).unwrap();
    let said = Segment::begin(parent.path(), &run("run"), shard(0), &holder())
        .unwrap_err()
        .to_string();
    assert!(said.contains("is in use by pid"), "{said}");
    drop(begun);
    let done = collect_as(parent.path(), "run", 0, "body", origin());
    assert_eq!(done.manifest.attempt, 2);
    assert!(
        done.ledger
            .acquisitions()
            .iter()
            .all(|pull| pull.id.as_str().starts_with("run/"))
    );
    let first = Ledger::read(&done.dir.join("attempt-1")).unwrap();
    assert_eq!(first.acquisitions().len(), 1, "it stays as it was");
    // Finished, it is not begun again.
    let again = Segment::begin(parent.path(), &run("run"), shard(0), &holder()).unwrap();
    assert!(matches!(again, Segment::Finished(found) if found.manifest == done.manifest));
}

#[test]
fn what_is_no_segment_is_refused_where_segments_are_looked_for() {
    let (parent, dirs) = made();
    assert_eq!(find(parent.path()).unwrap().len(), 3);
    assert_eq!(find(&parent.path().join("run")).unwrap().len(), 3);
    assert_eq!(find(&dirs[0]).unwrap().len(), 1);
    for none in [parent.path().join("none"), scratch().path().to_owned()] {
        let said = find(&none).unwrap_err().to_string();
        assert!(
            said.ends_with("holds no segment: name the directory that `collect --shard` wrote to"),
            "{said}"
        );
    }
    let ledger = scratch();
    merge(ledger.path(), &dirs).unwrap();
    let said = find(ledger.path()).unwrap_err().to_string();
    assert!(said.contains("/FORMAT is no part of a segment"), "{said}");
    fs::write(parent.path().join("run/letter.txt"), "private").unwrap();
    let said = find(parent.path()).unwrap_err().to_string();
    assert!(
        said.contains("/run/letter.txt is no part of a segment: take it out of the way"),
        "{said}"
    );
    fs::write(dirs[0].join("letter.txt"), "private").unwrap();
    let said = Segment::begin(parent.path(), &run("run"), shard(0), &holder())
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("/0-of-3/letter.txt is no part of a segment"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_this_segment_is_not_begun() {
    let begin = |parent: &Path, name: &str| {
        let said = Segment::begin(parent, &run(name), shard(0), &holder()).unwrap_err();
        said.to_string()
    };
    let (parent, dirs) = made();
    // A finished segment that was copied to where another run's would lie has collected nothing for that run.
    let copied = parent.path().join("other").join(dirs[0].file_name().unwrap());
    copy(&dirs[0], &copied);
    let said = begin(parent.path(), "other");
    let expected =
        "is the segment of shard 0/3 of the run run, not of shard 0/3 of the run other: it was copied there";
    assert!(said.contains(expected), "{said}");
    // A run that is called like an attempt would make its parent look like a segment.
    let said = begin(parent.path(), "attempt-1");
    assert_eq!(
        said,
        "a run can't be called attempt-1: directories of attempts are; choose another name"
    );
    assert!(!parent.path().join("attempt-1").exists());
    let last = parent
        .path()
        .join("many/0-of-3")
        .join(format!("attempt-{}", u32::MAX));
    fs::create_dir_all(last).unwrap();
    assert!(begin(parent.path(), "many").contains("has had too many attempts"));
}
