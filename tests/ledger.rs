//! The ledger from outside: what was appended is read back, whatever happens in between, and a change of any byte is
//! found and named.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use backproof::ledger::store::{EvidenceStore, MemoryStore};
use backproof::ledger::{
    Appended, Holder, Ledger, LedgerError, MAX_BODY_BYTES, Open, Sealed, Step, Storage, Tampering,
};
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::ids::{EvidenceId, Sha256Digest};
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::{Instant, Interval};
use proptest::prelude::*;
use tempfile::TempDir;

/// In memory where the machine has such a place: these tests reopen ledgers thousands of times, and a sync waits there
/// for no disk. That the syncs are asked for is a test of its own.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        TempDir::new_in(memory)
    } else {
        TempDir::new()
    }
    .unwrap()
}

fn at(second: i64) -> Instant {
    chrono::DateTime::from_timestamp(1_783_314_000 + second, 0).unwrap()
}

fn holder() -> Holder {
    Holder {
        pid: std::process::id(),
        host: "test-host".to_owned(),
        since: at(0),
    }
}

fn pull(name: &str, pages: &[(EvidenceId, u64)]) -> Acquisition {
    Acquisition {
        id: name.parse().unwrap(),
        key: SourceKey {
            source: Source::AwsBackupJobs,
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        },
        operation: "backup:ListBackupJobs".to_owned(),
        parameters: BTreeMap::from([("MaxResults".to_owned(), "20".to_owned())]),
        window: Interval::new(at(-86_400), at(0)),
        started: at(1),
        finished: at(9),
        caller: "arn:aws:sts::111122223333:assumed-role/collector/scheduled".to_owned(),
        tool: "backproof 0.1.0".to_owned(),
        pages: pages
            .iter()
            .map(|(evidence, size)| Page {
                evidence: Some(*evidence),
                size: *size,
                status: 200,
                request_id: "request \"1\"\n\u{1F}é".to_owned(),
                received: at(5),
                parameters: BTreeMap::new(),
            })
            .collect(),
        outcome: PullOutcome::Complete,
    }
}

fn append(ledger: &mut Ledger<Open>, name: &str, bodies: &[&[u8]]) -> Result<Appended, LedgerError> {
    let mut pages = Vec::new();
    for body in bodies {
        pages.push((ledger.store(body)?, body.len() as u64));
    }
    ledger.append(&pull(name, &pages))
}

const JOB: &[(&str, &[&[u8]])] = &[
    ("a/1", &[b"{\"BackupJobs\":[]}\r\n", b"\0\xFF"]),
    ("a/2", &[b""]),
    ("a/3", &[b"third", b"\0\xFF"]),
];

/// Opens, appends all of `JOB`, seals; tells each pull as soon as the ledger has confirmed it.
fn do_job(dir: &Path, storage: Storage, confirmed: &mut Vec<String>) -> Result<Ledger<Sealed>, LedgerError> {
    let mut ledger = Ledger::open_on(dir, &holder(), storage)?;
    for (name, bodies) in JOB {
        append(&mut ledger, name, bodies)?;
        confirmed.push((*name).to_owned());
    }
    ledger.seal()
}

fn made() -> TempDir {
    let dir = scratch();
    do_job(dir.path(), Storage::disk(), &mut Vec::new()).unwrap();
    dir
}

/// Every file but the lock, whose content is only for people.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for item in fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.file_name().unwrap() != "LOCK" {
                all.insert(
                    path.strip_prefix(dir).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    all
}

fn read_error(dir: &Path) -> LedgerError {
    Ledger::read(dir).expect_err("a ledger that was changed must not read")
}

fn reopen_error(dir: &Path) -> Option<LedgerError> {
    Ledger::open(dir, &holder()).and_then(Ledger::seal).err()
}

#[test]
fn what_was_appended_is_read_back_verbatim() {
    let dir = made();
    let ledger = Ledger::read(dir.path()).unwrap();
    let names: Vec<_> = ledger.acquisitions().iter().map(|a| a.id.to_string()).collect();
    assert_eq!(names, ["a/1", "a/2", "a/3"]);
    for (acquisition, (_, bodies)) in ledger.acquisitions().iter().zip(JOB) {
        assert_eq!(acquisition.pages.len(), bodies.len());
        for (page, body) in acquisition.pages.iter().zip(*bodies) {
            assert_eq!(ledger.bytes(page.evidence.unwrap()).unwrap(), *body);
        }
    }
    assert_eq!(ledger.acquisitions()[0], pull("a/1", &pages_of(&ledger, "a/1")));
    assert!(ledger.unreferenced().is_empty());
    // Two pulls with the same page share one object.
    assert_eq!(
        files(dir.path())
            .keys()
            .filter(|path| path.starts_with("objects"))
            .count(),
        4
    );
}

fn pages_of(ledger: &Ledger<Sealed>, name: &str) -> Vec<(EvidenceId, u64)> {
    let pull = ledger.acquisition(&name.parse().unwrap()).unwrap();
    pull.pages
        .iter()
        .map(|page| (page.evidence.unwrap(), page.size))
        .collect()
}

#[test]
fn the_example_of_the_specification_is_what_is_written() {
    let spec = include_str!("../docs/spec/ledger.md");
    let shown: Vec<String> = spec
        .split("```json\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .map(|block| {
            serde_json::from_str::<serde_json::Value>(block)
                .unwrap()
                .to_string()
        })
        .collect();
    let body = b"{\"BackupJobs\":[]}";
    let dir = scratch();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let id = ledger.store(body).unwrap();
    let mut example = pull(
        "2026-07-06/aws_backup_jobs/111122223333/us-east-1",
        &[(id, body.len() as u64)],
    );
    example.pages[0].request_id = "6f6cf0bd-3f5b-4c5e-9d0c-0a7a1a6f2b11".to_owned();
    ledger.append(&example).unwrap();
    ledger.seal().unwrap();
    let written = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(written("entries/00000001.json"), shown[0]);
    assert_eq!(written("head.json"), shown[1]);
    assert!(
        spec.contains(&id.to_string()),
        "the object of the example is {id}"
    );
    assert_eq!(written("FORMAT"), "backproof.ledger/v1\n");
}

#[test]
fn a_flip_of_any_byte_in_any_file_is_found_and_named() {
    let dir = made();
    for (name, original) in files(dir.path()) {
        let path = dir.path().join(&name);
        for offset in 0..original.len() {
            for mask in [0x01, 0x20] {
                let mut flipped = original.clone();
                flipped[offset] ^= mask;
                fs::write(&path, &flipped).unwrap();
                let said = read_error(dir.path()).to_string();
                let short = name.file_name().unwrap().to_str().unwrap();
                assert!(said.contains(short), "{}, byte {offset}: {said}", name.display());
                assert!(
                    reopen_error(dir.path()).is_some(),
                    "{}, byte {offset}",
                    name.display()
                );
            }
        }
        fs::write(&path, &original).unwrap();
    }
    Ledger::read(dir.path()).expect("undone, it is whole again");
}

/// Applies `change` to a fresh ledger; both a reader and a writer must then name `named`.
fn check_attack(named: &str, change: impl FnOnce(&Path)) {
    let dir = made();
    change(dir.path());
    for said in [Some(read_error(dir.path())), reopen_error(dir.path())] {
        let said = said.unwrap_or_else(|| panic!("the change of {named} was not found by a writer"));
        assert!(
            matches!(
                &said,
                LedgerError::Tampered { .. } | LedgerError::NotALedger { .. }
            ),
            "{named}: {said:?}"
        );
        assert!(said.to_string().contains(named), "{named}: {said}");
    }
}

fn entry(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("entries/{number:08}.json"))
}

fn an_object(dir: &Path) -> PathBuf {
    let name = files(dir)
        .into_keys()
        .find(|path| path.starts_with("objects"))
        .unwrap();
    dir.join(name)
}

#[test]
fn changes_of_the_structure_are_found_and_named() {
    for number in 1..=3 {
        let name = format!("{number:08}.json");
        check_attack(&name, |dir| fs::remove_file(entry(dir, number)).unwrap());
        check_attack(&name, |dir| fs::write(entry(dir, number), b"").unwrap());
        check_attack(&name, |dir| {
            let bytes = fs::read(entry(dir, number)).unwrap();
            fs::write(entry(dir, number), &bytes[..bytes.len() / 2]).unwrap();
        });
        check_attack(&name, |dir| {
            let text = fs::read_to_string(entry(dir, number)).unwrap();
            fs::write(entry(dir, number), text.replace("\"complete\"", "\"COMPLETE\"")).unwrap();
        });
        check_attack(&name, |dir| {
            let bytes = fs::read(entry(dir, number)).unwrap();
            fs::remove_file(entry(dir, number)).unwrap();
            fs::write(dir.join("elsewhere"), bytes).unwrap();
            symlink(dir.join("elsewhere"), entry(dir, number)).unwrap();
            fs::rename(dir.join("elsewhere"), dir.with_extension("elsewhere")).unwrap();
        });
    }
    check_attack("00000003.json", |dir| {
        fs::rename(entry(dir, 2), dir.join("entries/x")).unwrap();
        fs::rename(entry(dir, 3), entry(dir, 2)).unwrap();
        fs::rename(dir.join("entries/x"), entry(dir, 3)).unwrap();
    });
    check_attack("00000004.json", |dir| {
        fs::copy(entry(dir, 3), entry(dir, 4)).unwrap();
    });
    check_attack("1.json", |dir| {
        fs::copy(entry(dir, 1), dir.join("entries/1.json")).unwrap();
    });
    check_attack("head.json", |dir| fs::remove_file(dir.join("head.json")).unwrap());
    check_attack("FORMAT", |dir| fs::remove_file(dir.join("FORMAT")).unwrap());
    check_attack("notes.txt", |dir| fs::write(dir.join("notes.txt"), b"").unwrap());
    check_attack("more", |dir| fs::create_dir(dir.join("more")).unwrap());
    check_attack("objects/notes.txt", |dir| {
        fs::write(dir.join("objects/notes.txt"), b"").unwrap()
    });
    for remove_or_cut in [true, false] {
        let named = an_object(made().path())
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        check_attack(&named, |dir| {
            let object = an_object(dir);
            if remove_or_cut {
                fs::remove_file(object).unwrap()
            } else {
                fs::write(object, b"x").unwrap()
            }
        });
    }
    check_attack("objects/ab/", |dir| {
        fs::create_dir_all(dir.join("objects/ab")).unwrap();
        fs::copy(an_object(dir), dir.join("objects/ab").join("0".repeat(64))).unwrap();
    });
}

#[test]
fn a_head_set_back_loses_nothing() {
    let dir = scratch();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let mut heads = Vec::new();
    for (name, bodies) in JOB {
        heads.push(fs::read(dir.path().join("head.json")).unwrap());
        append(&mut ledger, name, bodies).unwrap();
    }
    let whole = ledger.head();
    ledger.seal().unwrap();
    // By two or three: no kill does that.
    for back in &heads[..2] {
        fs::write(dir.path().join("head.json"), back).unwrap();
        for said in [read_error(dir.path()), reopen_error(dir.path()).unwrap()] {
            assert!(
                matches!(
                    said,
                    LedgerError::Tampered {
                        what: Tampering::Count { .. },
                        ..
                    }
                ),
                "{said:?}"
            );
        }
    }
    // By one: a reader refuses it, and a writer takes the entry up again.
    fs::write(dir.path().join("head.json"), &heads[2]).unwrap();
    let said = read_error(dir.path());
    assert!(
        matches!(&said, LedgerError::Interrupted { path } if path.ends_with("00000003.json")),
        "{said:?}"
    );
    assert_eq!(Ledger::open(dir.path(), &holder()).unwrap().head(), whole);
    assert_eq!(Ledger::read(dir.path()).unwrap().head(), whole);
    // But not without the bytes that it names.
    fs::write(dir.path().join("head.json"), &heads[2]).unwrap();
    let third = files(dir.path())
        .into_iter()
        .find(|(_, bytes)| bytes == b"third")
        .unwrap()
        .0;
    fs::remove_file(dir.path().join(third)).unwrap();
    assert!(matches!(
        Ledger::open(dir.path(), &holder()),
        Err(LedgerError::Tampered { .. })
    ));
    assert_eq!(fs::read(dir.path().join("head.json")).unwrap(), heads[2]);
}

#[test]
fn a_pull_does_not_rest_on_an_altered_object() {
    let dir = made();
    let object = an_object(dir.path());
    let body = fs::read(&object).unwrap();
    fs::write(&object, [body.as_slice(), b"!"].concat()).unwrap();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let said = ledger.store(&body).unwrap_err().to_string();
    assert!(
        said.contains(object.to_str().unwrap()) && said.contains("expected sha256"),
        "{said}"
    );
}

#[test]
fn an_entry_forged_onto_the_end_is_refused_where_its_pull_stands_already() {
    let dir = made();
    let third = fs::read_to_string(entry(dir.path(), 3)).unwrap();
    let (before, _) = third.split_once("\"number\":3").unwrap();
    let previous = Sha256Digest::of(third.as_bytes());
    let forged = format!("{before}\"number\":4,\"previous\":\"{previous}\"}}");
    fs::write(entry(dir.path(), 4), &forged).unwrap();
    let head = fs::read_to_string(dir.path().join("head.json")).unwrap();
    for with_head in [false, true] {
        if with_head {
            let digest = Sha256Digest::of(forged.as_bytes()).to_string();
            let moved = head.replace(":3,", ":4,").replace(&previous.to_string(), &digest);
            fs::write(dir.path().join("head.json"), moved).unwrap();
        }
        let said = reopen_error(dir.path()).unwrap().to_string();
        assert!(
            said.contains("00000004.json") && said.contains("a/3 stands in"),
            "{said}"
        );
        assert!(Ledger::read(dir.path()).is_err());
    }
    // Nor is an entry taken up that fits the chain and not its bodies.
    fs::write(dir.path().join("head.json"), &head).unwrap();
    let longer = forged.replace("a/3", "a/4").replace("\"size\":5", "\"size\":6");
    fs::write(entry(dir.path(), 4), longer).unwrap();
    let said = Ledger::open(dir.path(), &holder()).unwrap_err().to_string();
    assert!(
        said.contains("00000004.json") && said.contains("it says 6 bytes"),
        "{said}"
    );
    // An entry that follows something else than the head is not taken up.
    fs::write(dir.path().join("head.json"), &head).unwrap();
    let other = forged
        .replace(&previous.to_string(), &"0".repeat(64))
        .replace("a/3", "a/4");
    fs::write(entry(dir.path(), 4), other).unwrap();
    let said = reopen_error(dir.path()).unwrap().to_string();
    assert!(
        said.contains("00000004.json") && said.contains("head.json"),
        "{said}"
    );
}

/// How the n-th step of a writer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// The process ends before the step.
    Killed,
    /// The process ends, and a file being written keeps only half of its bytes.
    Torn,
    /// The step fails and the process goes on.
    DiskFull,
}

/// A storage whose step `n` (from 0) goes wrong, and a counter of the steps that were asked for.
fn failing(n: usize, fate: Fate) -> (Storage, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let storage = Storage::gated(Box::new(move |step, path| {
        let this = count.fetch_add(1, Ordering::Relaxed);
        if this == n && fate == Fate::Torn && step == Step::Sync {
            let bytes = fs::read(path)?;
            fs::write(path, &bytes[..bytes.len() / 2])?;
        }
        match fate {
            Fate::DiskFull if this == n => Err(io::ErrorKind::StorageFull.into()),
            Fate::Killed | Fate::Torn if this >= n => Err(io::Error::other("killed")),
            _ => Ok(()),
        }
    }));
    (storage, asked)
}

#[test]
fn a_kill_at_any_step_leaves_a_ledger_that_goes_on() {
    let (storage, asked) = failing(usize::MAX, Fate::Killed);
    let undisturbed = scratch();
    let head = do_job(undisturbed.path(), storage, &mut Vec::new())
        .unwrap()
        .head();
    let steps = asked.load(Ordering::Relaxed);
    assert!(steps > 40, "a job of three pulls has many steps, not {steps}");

    for fate in [Fate::Killed, Fate::Torn, Fate::DiskFull] {
        for n in 0..steps {
            let dir = scratch();
            let mut confirmed = Vec::new();
            let ended = do_job(dir.path(), failing(n, fate).0, &mut confirmed);
            let said = ended.expect_err("the step fails").to_string();
            assert!(
                said.contains(dir.path().to_str().unwrap()),
                "{fate:?} at {n}: {said}"
            );
            if fate == Fate::DiskFull {
                nothing_half_written(dir.path(), undisturbed.path());
            }
            // The recovery is killed as well, once at each of its first steps.
            let again = do_job(dir.path(), failing(n % 7, Fate::Killed).0, &mut Vec::new());
            assert!(again.is_err());

            let ledger =
                Ledger::open(dir.path(), &holder()).unwrap_or_else(|e| panic!("{fate:?} at {n}: {e}"));
            let kept: Vec<_> = ledger.acquisitions().iter().map(|a| a.id.to_string()).collect();
            assert!(
                kept.starts_with(&confirmed),
                "{fate:?} at {n}: {confirmed:?} was confirmed, {kept:?} kept"
            );
            drop(ledger);
            let finished = do_job(dir.path(), Storage::disk(), &mut Vec::new()).unwrap();
            assert_eq!(finished.head(), head);
            assert_eq!(files(dir.path()), files(undisturbed.path()), "{fate:?} at {n}");
        }
    }
}

/// Whatever has a final name has its final content (the head may be an earlier one).
fn nothing_half_written(dir: &Path, undisturbed: &Path) {
    let whole = files(undisturbed);
    for (name, bytes) in files(dir) {
        if name != Path::new("head.json") {
            assert_eq!(Some(&bytes), whole.get(&name), "{}", name.display());
        }
    }
}

#[test]
fn bytes_then_entry_then_head_each_on_disk_before_the_next() {
    let dir = scratch();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&steps);
    let root = dir.path().to_owned();
    let gate = move |step, path: &Path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        log.lock().unwrap().push((step, name));
        Ok(())
    };
    let mut ledger = Ledger::open_on(dir.path(), &holder(), Storage::gated(Box::new(gate))).unwrap();
    steps.lock().unwrap().clear();
    append(&mut ledger, "a/1", &[b"body"]).unwrap();
    let object = files(dir.path())
        .into_keys()
        .find(|path| path.starts_with("objects"))
        .unwrap();
    let shelf = object.parent().unwrap().to_str().unwrap();
    let object = object.to_str().unwrap();
    let aside = format!("{shelf}/.aside-{}", &object[object.len() - 64..]);
    let expected = [
        (Step::MakeDir, shelf),
        (Step::Write, &aside),
        (Step::Sync, &aside),
        (Step::Rename, object),
        (Step::SyncDir, shelf),
        (Step::SyncDir, "objects"),
        (Step::Write, "entries/.aside-00000001.json"),
        (Step::Sync, "entries/.aside-00000001.json"),
        (Step::Rename, "entries/00000001.json"),
        (Step::SyncDir, "entries"),
        (Step::Write, ".aside-head.json"),
        (Step::Sync, ".aside-head.json"),
        (Step::Rename, "head.json"),
        (Step::SyncDir, ""),
    ];
    assert_eq!(
        *steps.lock().unwrap(),
        expected.map(|(step, name)| (step, name.to_owned()))
    );
}

#[test]
fn after_a_failed_write_the_writer_writes_no_more() {
    let dir = scratch();
    let full = Arc::new(Mutex::new(false));
    let switch = Arc::clone(&full);
    let gate = move |step, _: &Path| match (step, *switch.lock().unwrap()) {
        (Step::Write, true) => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    };
    let mut ledger = Ledger::open_on(dir.path(), &holder(), Storage::gated(Box::new(gate))).unwrap();
    *full.lock().unwrap() = true;
    assert!(matches!(ledger.store(b"x"), Err(LedgerError::Io { .. })));
    *full.lock().unwrap() = false;
    assert!(matches!(
        ledger.store(b"x"),
        Err(LedgerError::WriteFailedBefore { .. })
    ));
    assert!(matches!(
        ledger.seal(),
        Err(LedgerError::WriteFailedBefore { .. })
    ));
    assert!(do_job(dir.path(), Storage::disk(), &mut Vec::new()).is_ok());
}

#[test]
fn bytes_of_an_unfinished_pull_stay_and_count_for_nothing() {
    let dir = made();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let id = ledger.store(b"of a pull that was stopped").unwrap();
    drop(ledger);
    let sealed = Ledger::read(dir.path()).unwrap();
    assert_eq!(sealed.unreferenced(), [id]);
    assert_eq!(sealed.acquisitions().len(), 3);
}

#[test]
fn one_writer_at_a_time() {
    let dir = made();
    let first = Ledger::open(dir.path(), &holder()).unwrap();
    for said in [
        Ledger::open(dir.path(), &holder()).err().unwrap(),
        read_error(dir.path()),
    ] {
        assert!(matches!(said, LedgerError::Busy { .. }), "{said:?}");
        let said = said.to_string();
        assert!(
            said.contains(&format!("pid {} on test-host since", std::process::id())),
            "{said}"
        );
    }
    drop(first);
    let sealed = Ledger::open(dir.path(), &holder()).unwrap().seal().unwrap();
    Ledger::open(dir.path(), &holder()).expect("a sealed ledger holds no lock");
    drop(sealed);
}

/// Runs an ignored test of this file as a process of its own.
fn child(test: &str, dir: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{shell} exec \"$0\" --ignored --exact {test}");
    command
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap());
    command
        .env("LEDGER_OF_THE_TEST", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn dir_of_child() -> PathBuf {
    std::env::var_os("LEDGER_OF_THE_TEST")
        .expect("the parent says where")
        .into()
}

#[test]
#[ignore = "a process of its own, started and killed by the_lock_ends_with_its_process"]
fn child_that_writes_until_killed() {
    let mut ledger = Ledger::open(&dir_of_child(), &holder()).unwrap();
    for n in 0.. {
        append(
            &mut ledger,
            &format!("child/{n}"),
            &[format!("body {n}").as_bytes()],
        )
        .unwrap();
    }
}

#[test]
fn the_lock_ends_with_its_process() {
    let dir = made();
    let mut writer = child("child_that_writes_until_killed", dir.path(), "")
        .spawn()
        .unwrap();
    let wait_ms = std::time::Duration::from_millis(5);
    while !entry(dir.path(), 12).exists() {
        assert!(writer.try_wait().unwrap().is_none(), "the child ended by itself");
        std::thread::sleep(wait_ms);
    }
    let said = Ledger::open(dir.path(), &holder()).err().unwrap().to_string();
    assert!(said.contains(&format!("pid {} on", writer.id())), "{said}");
    writer.kill().unwrap();
    writer.wait().unwrap();
    let ledger = Ledger::open(dir.path(), &holder()).expect("the lock is free");
    assert!(ledger.acquisitions().len() >= 11);
    ledger.seal().unwrap();
}

#[test]
#[ignore = "a process of its own, started by a_full_disk_is_an_error_and_leaves_nothing_half_written"]
fn child_that_may_write_only_little() {
    let mut ledger = Ledger::open(&dir_of_child(), &holder()).unwrap();
    let said = append(&mut ledger, "child/1", &[&[b'x'; 1 << 20]])
        .expect_err("over the limit")
        .to_string();
    assert!(
        said.starts_with("writing ") && said.contains("objects/"),
        "{said}"
    );
}

#[test]
fn a_full_disk_is_an_error_and_leaves_nothing_half_written() {
    let dir = made();
    let before = files(dir.path());
    // The operating system itself refuses files of more than 64 blocks to the child.
    let limit = "trap '' XFSZ; ulimit -f 64;";
    let ended = child("child_that_may_write_only_little", dir.path(), limit)
        .status()
        .unwrap();
    assert!(ended.success(), "the child must see the error: {ended}");
    assert_eq!(files(dir.path()), before);
    Ledger::read(dir.path()).unwrap();
}

#[test]
fn other_directories_are_left_alone() {
    let dir = scratch();
    fs::write(dir.path().join("thesis.txt"), b"mine").unwrap();
    let said = Ledger::open(dir.path(), &holder()).err().unwrap().to_string();
    assert!(
        said.contains("is not a ledger") && said.contains("thesis.txt"),
        "{said}"
    );
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing was put beside it"
    );

    for nowhere in ["thesis.txt", "missing"] {
        let path = dir.path().join(nowhere);
        assert!(matches!(
            read_error(&path),
            LedgerError::NotALedger { .. } | LedgerError::Io { .. }
        ));
    }
    let file = Ledger::open(&dir.path().join("thesis.txt"), &holder())
        .err()
        .unwrap();
    assert!(matches!(file, LedgerError::NotALedger { .. }), "{file:?}");
    let unwritable = Ledger::open(Path::new("/proc/backproof-ledger"), &holder())
        .err()
        .unwrap();
    assert!(matches!(unwritable, LedgerError::Io { .. }), "{unwritable:?}");
    assert!(
        unwritable
            .to_string()
            .starts_with("making the directory /proc/backproof-ledger failed")
    );
}

#[test]
fn a_development_identity_may_live_beside_the_ledger() {
    let dir = scratch();
    fs::create_dir(dir.path().join("dev-identity")).unwrap();
    fs::write(dir.path().join("dev-identity/root.pem"), b"pem").unwrap();
    do_job(dir.path(), Storage::disk(), &mut Vec::new()).unwrap();
    Ledger::read(dir.path()).unwrap();
}

#[test]
fn the_same_pull_is_there_already_and_another_of_its_id_is_refused() {
    let dir = made();
    let before = files(dir.path());
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let held = ledger.acquisitions()[0].clone();
    assert_eq!(ledger.append(&held).unwrap(), Appended::AlreadyThere);
    let mut other = held.clone();
    other.outcome = PullOutcome::Failed {
        code: "Throttled".to_owned(),
        message: String::new(),
    };
    let said = ledger.append(&other).unwrap_err().to_string();
    assert!(said.contains("a/1") && said.contains("(outcome)"), "{said}");
    let mut other = held;
    other.pages.pop();
    assert!(
        ledger
            .append(&other)
            .unwrap_err()
            .to_string()
            .contains("(responses)")
    );
    ledger.seal().unwrap();
    assert_eq!(files(dir.path()), before);
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let dir = made();
    let before = files(dir.path());
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let (id, size) = (
        ledger.acquisitions()[0].pages[0].evidence.unwrap(),
        ledger.acquisitions()[0].pages[0].size,
    );

    let mut named = pull("b/1", &[]);
    named.parameters.insert("naïve".to_owned(), String::new());
    assert!(
        ledger
            .append(&named)
            .unwrap_err()
            .to_string()
            .contains("not printable ASCII")
    );
    let mut late = pull("b/2", &[]);
    late.finished = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    assert!(
        ledger
            .append(&late)
            .unwrap_err()
            .to_string()
            .contains("does not read back")
    );
    let mut long = pull("b/3", &[]);
    long.caller = "x".repeat(17 << 20);
    assert!(
        ledger
            .append(&long)
            .unwrap_err()
            .to_string()
            .contains("its entry would have")
    );
    let mut hollow = pull("b/4", &[(id, size)]);
    hollow.pages[0].evidence = None;
    assert!(
        ledger
            .append(&hollow)
            .unwrap_err()
            .to_string()
            .contains("no body")
    );
    assert!(
        ledger
            .append(&pull("b/5", &[(id, size + 1)]))
            .unwrap_err()
            .to_string()
            .contains("bytes for")
    );
    let absent = EvidenceId(Sha256Digest::of(b"never stored"));
    let said = ledger.append(&pull("b/6", &[(absent, 12)])).unwrap_err();
    assert!(matches!(said, LedgerError::BytesNotStored { .. }));
    let huge = vec![0; usize::try_from(MAX_BODY_BYTES).unwrap() + 1];
    assert!(matches!(
        ledger.store(&huge),
        Err(LedgerError::BodyTooLarge { .. })
    ));

    assert_eq!(append(&mut ledger, "b/7", &[b"fits"]).unwrap(), Appended::New);
    assert_eq!(
        files(dir.path()).len(),
        before.len() + 2,
        "one object and one entry more"
    );
}

#[test]
fn a_store_in_memory_can_lose_a_page_or_a_pull() {
    let dir = made();
    let ledger = Ledger::read(dir.path()).unwrap();
    let copy = MemoryStore::copy_of(&ledger).unwrap();
    assert_eq!(copy.acquisitions(), ledger.acquisitions());
    for id in ledger
        .acquisitions()
        .iter()
        .flat_map(|a| &a.pages)
        .filter_map(|page| page.evidence)
    {
        assert_eq!(
            copy.bytes(id).unwrap(),
            EvidenceStore::bytes(&ledger, id).unwrap()
        );
    }
    let first = &copy.acquisitions()[0].id;
    assert_eq!(copy.without_pull(first).acquisitions().len(), 2);
    let less = copy.without_page(first, 0);
    assert_eq!(less.acquisitions()[0].pages, copy.acquisitions()[0].pages[1..]);
    let absent = EvidenceId(Sha256Digest::of(b"never stored"));
    assert!(matches!(copy.bytes(absent), Err(LedgerError::NoEvidence { .. })));
}

#[derive(Debug, Clone)]
enum Deed {
    Append(Vec<Vec<u8>>),
    Repeat(usize),
    Abandon(Vec<u8>),
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    let body = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => prop::collection::vec(body(), 0..4).prop_map(Deed::Append),
        1 => any::<usize>().prop_map(Deed::Repeat),
        1 => body().prop_map(Deed::Abandon),
        2 => Just(Deed::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_course_of_appends_and_reopenings_keeps_all(deeds in prop::collection::vec(deed(), 0..16)) {
        let dir = scratch();
        let mut expected: Vec<(Acquisition, Vec<Vec<u8>>)> = Vec::new();
        let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
        for (n, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Append(bodies) => {
                    let mut pages = Vec::new();
                    for body in &bodies {
                        pages.push((ledger.store(body).unwrap(), body.len() as u64));
                    }
                    let pull = pull(&format!("p/{n}"), &pages);
                    prop_assert_eq!(ledger.append(&pull).unwrap(), Appended::New);
                    expected.push((pull, bodies));
                }
                Deed::Repeat(which) if !expected.is_empty() => {
                    let head = ledger.head();
                    let again = &expected[which % expected.len()].0;
                    prop_assert_eq!(ledger.append(again).unwrap(), Appended::AlreadyThere);
                    prop_assert_eq!(ledger.head(), head);
                }
                Deed::Abandon(body) => drop(ledger.store(&body).unwrap()),
                Deed::Repeat(_) | Deed::Reopen => {
                    let head = ledger.head();
                    drop(ledger);
                    ledger = Ledger::open(dir.path(), &holder()).unwrap();
                    prop_assert_eq!(ledger.head(), head);
                }
            }
        }
        let sealed = ledger.seal().unwrap();
        prop_assert_eq!(sealed.acquisitions().len(), expected.len());
        for (found, (pull, bodies)) in sealed.acquisitions().iter().zip(&expected) {
            prop_assert_eq!(found, pull);
            for (page, body) in found.pages.iter().zip(bodies) {
                prop_assert_eq!(&sealed.bytes(page.evidence.unwrap()).unwrap(), body);
            }
        }
    }
}
