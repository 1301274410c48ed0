//! The ledger from outside: what was appended is read back, whatever happens in between, and a change of any byte is
//! found and named.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use backproof::ledger::store::{EvidenceStore, MemoryStore};
use backproof::ledger::{Appended, Holder, Ledger, LedgerError, MAX_BODY_BYTES, Open, Sealed, Storage};
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::ids::{EvidenceId, Sha256Digest};
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::{Instant, Interval};
use tempfile::TempDir;

mod courses;
mod processes;
mod segments;
mod stopped;
mod tampering;

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
    let spec = include_str!("../../docs/spec/ledger.md");
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
