//! The unattended run, killed at each step in which it changes the file system or speaks to the store: nothing has its name before
//! it is whole, and the next run ends with one bundle, archived once.

use std::fs;
use std::process::Command;

use crate::desk::Desk;
use crate::ministack;
use crate::scheduled::{RUN, desk};
use crate::stopper::{counted, killed_at};

fn command(desk: &Desk) -> Command {
    let mut command = desk.command(&RUN);
    command.env("STOP_NETWORK", "1");
    command
}

/// What the bundle says.
fn results(desk: &Desk, bundle: &str) -> Vec<u8> {
    let mut unzip = Command::new("unzip");
    let unzip = unzip
        .arg("-p")
        .arg(desk.path("out").join(bundle))
        .arg("data/results.json");
    let output = unzip.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// Whatever has its name is whole: bundles verify, and receipts can be read.
#[track_caller]
fn nothing_is_half(desk: &Desk) {
    for (dir, ending) in [("out", ".zip"), ("out", ".pdf"), ("archive", ".json")] {
        for entry in fs::read_dir(desk.path(dir)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.starts_with('.') || !name.ends_with(ending) {
                continue;
            }
            let file = format!("{dir}/{name}");
            if ending == ".json" {
                let text = fs::read(desk.path(&file)).unwrap();
                serde_json::from_slice::<serde_json::Value>(&text)
                    .unwrap_or_else(|error| panic!("{file}: {error}"));
            } else {
                desk.run(&["verify", &file, "--trust", "root.pem"]).expect(0);
            }
        }
    }
}

/// How many versions of the key the store has.
fn versions(desk: &Desk, key: &str) -> usize {
    let said = ministack::does("GET", &format!("/{}?versions", desk.bucket), &[], "");
    let body = String::from_utf8(said.body).unwrap();
    body.matches(&format!("<Key>{key}</Key>")).count()
}

#[test]
fn a_kill_at_any_step_of_the_unattended_run_leaves_one_bundle_archived_once() {
    let (undisturbed, month) = desk();
    let (output, steps) = counted(command(&undisturbed));
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let bundle = format!("luma-{month}.zip");
    let (key, expected) = (format!("packages/{bundle}"), results(&undisturbed, &bundle));
    assert_eq!(versions(&undisturbed, &key), 1);
    // Of the steps that it takes, some are the store's: requests and answers.
    let (_, files) = counted(desk().0.command(&RUN));
    assert!(
        files > 40 && files + 10 < steps,
        "{files} steps on disk of {steps}"
    );
    for n in 1..=steps {
        let (desk, _) = desk();
        // What the network brings comes in pieces that differ a little from run to run.
        let killed = killed_at(command(&desk), n);
        assert!(killed || n + 5 > steps, "not killed at step {n} of {steps}");
        nothing_is_half(&desk);
        assert!(versions(&desk, &key) <= 1);
        let ended = desk.run(&RUN);
        assert!(
            [0, 4].contains(&ended.code),
            "after a kill at step {n}: {ended:?}"
        );
        nothing_is_half(&desk);
        assert_eq!(versions(&desk, &key), 1, "after a kill at step {n}");
        let check = desk.check().expect(0);
        assert_eq!(check.bundle()["state"], "kept", "after a kill at step {n}");
        assert!(
            results(&desk, &bundle) == expected,
            "other results after a kill at step {n}"
        );
    }
}
