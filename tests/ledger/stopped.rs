//! A kill, a torn write, a full disk: whatever stops a writer, the next one goes on as if nothing had been.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use backproof::ledger::{Ledger, LedgerError, Step, Storage};

use super::{append, do_job, files, holder, made, scratch};

/// How the n-th step of a writer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// The process ends before the step.
    Killed,
    /// The process ends, and a file being written keeps only half of its bytes.
    Torn,
    /// The step fails and the process goes on.
    DiskFull,
}

/// A storage whose step `n` (from 0) goes wrong, and a counter of the steps that were asked for.
pub(super) fn failing(n: usize, fate: Fate) -> (Storage, Arc<AtomicUsize>) {
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
