//! A run that is killed at any moment leaves nothing half-made under a final name, and the next run ends whole.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::harness::{backproof, command, names, scratch};
use crate::quarter::{BUNDLE, REPORT, arguments, luma, quarter, run, unpack};

/// Starts a run and kills it (SIGKILL) after `wait_ms`. Whether it was still running.
fn killed_after(dir: &Path, wait_ms: u64) -> bool {
    let config = luma();
    let mut command = command(dir, &arguments("run", &config, "out"));
    let mut run = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(wait_ms));
    let still_running = run.try_wait().unwrap().is_none();
    run.kill().unwrap();
    run.wait().unwrap();
    still_running
}

/// Whatever has its final name is whole: it verifies.
fn check_final_names(dir: &Path) {
    if !dir.join("out").exists() {
        return;
    }
    for name in names(&dir.join("out")) {
        if name.starts_with('.') {
            assert!(name.ends_with(".partial"), "{name}");
            continue;
        }
        assert!([BUNDLE, REPORT].contains(&&name[..]), "{name}");
        let file = format!("out/{name}");
        backproof(dir, &["verify", &file, "--trust", "ledger/dev-identity/root.pem"]).expect(0);
    }
}

#[test]
fn a_killed_run_leaves_nothing_half_made_and_the_next_ends_whole() {
    let dir = scratch();
    let dir = dir.path();
    let mut killed = 0;
    for wait_ms in [1, 5, 15, 40, 80, 150, 300, 500, 900, 1400, 2000] {
        killed += usize::from(killed_after(dir, wait_ms));
        check_final_names(dir);
    }
    assert!(killed >= 5, "only {killed} runs were killed: shorten the waits");
    // What a kill in the moment of making the identity leaves.
    fs::create_dir(dir.join("ledger/dev-identity.partial-0011223344556677")).unwrap();
    run(dir, &luma(), "out", &[]).expect(3);
    assert_eq!(names(&dir.join("out")), [REPORT, BUNDLE]);
    check_final_names(dir);

    let (after, undisturbed) = (scratch(), quarter().unpacked());
    unpack(&dir.join("out").join(BUNDLE), after.path());
    for name in [
        "data/results.json",
        "data/receipts.jsonl",
        "data/evidence/index.csv",
    ] {
        let [after, undisturbed] =
            [&after, &undisturbed].map(|dir| fs::read_to_string(dir.path().join(name)).unwrap());
        assert!(after == undisturbed, "{name} is another one after the kills");
    }
}

#[test]
fn of_two_runs_at_once_one_is_refused_and_the_other_ends_whole() {
    let dir = scratch();
    let dir = dir.path();
    fs::create_dir(dir.join("out")).unwrap();
    let config = luma();
    let start = || {
        let mut command = command(dir, &arguments("run", &config, "out"));
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut ended = [start(), start()].map(|run| {
        let output = run.wait_with_output().unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    });
    ended.sort();
    let [(refused, why), (done, _)] = ended;
    assert_eq!((refused, done), (1, 3), "{why}");
    assert!(
        why.starts_with("error: the ledger ledger is in use by pid "),
        "{why}"
    );
    assert_eq!(names(&dir.join("out")), [REPORT, BUNDLE]);
    check_final_names(dir);
}
