//! Killed at each step: whatever write, sync or rename of a live collection is its last, the ledger is whole, and the next run
//! brings what was lacking.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use backproof::ledger::{Holder, Ledger};
use backproof::model::estate::{AwsAccount, Estate};
use backproof::model::records::Records;
use backproof::normalize::normalize;
use backproof_verify::digest::Sha256Digest;

use crate::estate::{EAST, HOME, small};
use crate::harness::Desk;
use crate::simulator::Simulator;
use crate::stopper::{counted, killed_at};

/// What is asked: lists in pages, and lists that follow from lists. The rest is written in the same way.
const SOURCES: [&str; 2] = ["aws_backup_jobs", "aws_recovery_points"];

fn command(desk: &Desk, simulator: &Simulator) -> Command {
    let mut arguments = vec!["collect"];
    arguments.extend(SOURCES.iter().flat_map(|source| ["--source", *source]));
    desk.command(simulator, &arguments)
}

fn estate() -> Estate {
    Estate {
        aws: vec![AwsAccount {
            account: HOME.parse().unwrap(),
            name: "home".to_owned(),
            regions: [EAST.parse().unwrap()].into(),
        }],
        ..Estate::default()
    }
}

/// The jobs and points that were seen, and whether anything was not read.
fn seen(records: &Records) -> (BTreeSet<String>, usize) {
    let jobs = records.jobs.iter().map(|job| format!("{:?}", job.value));
    let points = records.points.iter().map(|point| {
        let mut point = point.value.clone();
        point.sightings.clear();
        format!("{point:?}")
    });
    (
        jobs.chain(points).collect(),
        records.misfits.len() + records.conflicts.len(),
    )
}

/// No body has its name without its bytes.
fn nothing_is_half(ledger: &Path) {
    let Ok(shelves) = fs::read_dir(ledger.join("objects")) else {
        return;
    };
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap());
    for file in files.map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if !name.starts_with(".aside-") {
            let digest = Sha256Digest::of(&fs::read(file.path()).unwrap()).to_hex();
            assert!(name.ends_with(&digest), "{name} holds {digest}");
        }
    }
}

#[test]
fn a_kill_at_any_step_of_a_live_collection_loses_nothing_that_was_kept() {
    let simulator = Simulator::start(small());
    let undisturbed = Desk::at_home(&[EAST]);
    let (output, steps) = counted(command(&undisturbed, &simulator));
    assert!(output.status.success(), "{output:?}");
    let expected = seen(&normalize(&undisturbed.ledger(), &estate()));
    assert_eq!((expected.0.len(), expected.1), (16, 0));
    assert!(
        steps > 100,
        "a collection of some pulls has many steps, not {steps}"
    );
    let holder = Holder {
        pid: std::process::id(),
        host: "here".to_owned(),
        since: crate::estate::now(),
    };
    let mut kept_before = 0;
    for n in 1..=steps {
        let desk = Desk::at_home(&[EAST]);
        assert!(killed_at(command(&desk, &simulator), n), "step {n} of {steps}");
        nothing_is_half(&desk.ledger_dir());
        let kept: Vec<_> = match Ledger::open(&desk.ledger_dir(), &holder) {
            Ok(ledger) => ledger.acquisitions().to_vec(),
            Err(error) => panic!("killed at step {n}: {error}"),
        };
        assert!(
            kept.len() >= kept_before,
            "step {n} has fewer pulls than the one before"
        );
        kept_before = kept.len();
        assert!(
            kept.iter().all(|pull| pull.failure().is_none()),
            "step {n}: {kept:?}"
        );
        let ended = crate::harness::Ended::of(&command(&desk, &simulator).output().unwrap());
        assert_eq!(ended.code, 0, "after a kill at step {n}: {ended:?}");
        let ledger = desk.ledger();
        assert!(ledger.acquisitions().starts_with(&kept), "step {n}");
        assert_eq!(
            seen(&normalize(&ledger, &estate())),
            expected,
            "after a kill at step {n}"
        );
    }
}
