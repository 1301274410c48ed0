//! Several processes: one writer at a time, and limits that the operating system itself sets.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backproof::ledger::{Ledger, LedgerError};

use super::{append, entry, files, holder, made, read_error};

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
    let mut writer = child("processes::child_that_writes_until_killed", dir.path(), "")
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
    let ended = child("processes::child_that_may_write_only_little", dir.path(), limit)
        .status()
        .unwrap();
    assert!(ended.success(), "the child must see the error: {ended}");
    assert_eq!(files(dir.path()), before);
    Ledger::read(dir.path()).unwrap();
}
