//! Narrowed runs: what they ask, what they refuse, and that the next full run skips nothing on their account.

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::Acquisition;

use crate::estate::{EAST, HOME, WEST, day, small};
use crate::harness::{Desk, pulls};
use crate::simulator::{Fault, Kind, Simulator};

#[test]
fn a_run_can_be_narrowed() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST, WEST]);
    let narrowed = [
        "collect",
        "--source",
        "aws_backup_jobs",
        "--region",
        WEST,
        "--since",
        "2026-11-01",
        "--until",
    ];
    let until = day(1).format("%Y-%m-%d").to_string();
    let arguments: Vec<&str> = narrowed.iter().copied().chain([until.as_str()]).collect();
    let ended = desk.run(&simulator, &arguments);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger);
    assert_eq!(all.len(), 2, "by creation and by completion: {all:?}");
    assert!(all.iter().all(|pull| pull.key.region.as_str() == WEST));
    let window = all.iter().find_map(|pull| pull.window).unwrap();
    assert_eq!(
        window.to_string(),
        format!("2026-11-01T00:00:00Z..{until}T00:00:00Z")
    );

    for (arguments, said) in [
        (
            ["--since", "yesterday"],
            "--since \"yesterday\" is no day or instant",
        ),
        (["--since", "2199-01-01"], "is not before --until"),
    ] {
        let refused = desk.run(&simulator, &[&["collect"], &arguments[..]].concat());
        assert_eq!(refused.code, 1);
        assert!(refused.told.contains(said), "{}", refused.told);
    }
    let unknown = desk.run(&simulator, &["collect", "--source", "aws_jobs"]);
    assert_eq!(unknown.code, 2, "{}", unknown.told);
}

/// What asks nothing must not look like a run that went well.
#[test]
fn what_would_ask_nothing_is_refused() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    for (arguments, said) in [
        (
            &["--account", "111122223334"][..],
            "--account 111122223334: no configured source asks for it; did you mean \"111122223333\"?",
        ),
        (
            &["--region", "us-east-2"],
            "--region us-east-2: no configured source asks for it; did you mean \"us-east-1\"?",
        ),
        (
            &["--region", "eu-central-1"],
            "--region eu-central-1: no configured source asks for it; asked are global, us-east-1",
        ),
        (
            &["--source", "tickets"],
            "--source tickets: no configured source asks for it",
        ),
        (
            &["--source", "aws_vaults", "--source", "atlas_events"],
            "--source atlas_events: no configured source asks for it",
        ),
        (
            &["--source", "aws_vaults", "--region", "global"],
            "nothing is asked for: no configured source asks for any of these sources in any of these accounts and regions",
        ),
    ] {
        let refused = desk.run(&simulator, &[&["collect"], arguments].concat());
        assert_eq!(refused.code, 1, "{arguments:?}: {refused:?}");
        assert!(refused.told.contains(said), "{arguments:?}: {}", refused.told);
    }
    assert!(simulator.state().log.is_empty(), "nobody was asked");
    let early = day(40).format("%Y-%m-%d").to_string();
    let refused = desk.run(&simulator, &["collect", "--until", &early]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = format!("nothing is asked of aws_backup_jobs {HOME} {EAST}: its time would begin at ");
    let until = format!("and end at {early}T00:00:00Z; name a --since that lies before");
    assert!(
        refused.told.contains(&said) && refused.told.contains(&until),
        "{}",
        refused.told
    );
}

fn starts_after(pull: &Acquisition) -> &str {
    pull.parameters["StartAfter"].trim_end_matches('/')
}

/// The days from which the folder of the digests was listed, run by run.
fn listed_from(desk: &Desk) -> Vec<String> {
    let ledger = desk.ledger();
    let lists = pulls(&ledger, "s3:ListObjectsV2", EAST);
    let digests = lists
        .iter()
        .filter(|pull| pull.parameters["Prefix"].contains("/CloudTrail-Digest/"));
    let last = |pull: &&&Acquisition| {
        let parts: Vec<&str> = starts_after(pull).rsplitn(4, '/').collect();
        format!("{}-{}-{}", parts[2], parts[1], parts[0])
    };
    digests.map(|pull| last(&pull)).collect()
}

fn days(ago: &[i64]) -> Vec<String> {
    ago.iter()
        .map(|ago| day(*ago).format("%Y-%m-%d").to_string())
        .collect()
}

#[test]
fn a_narrowed_run_moves_no_later_one() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    let since = day(2).format("%Y-%m-%d").to_string();
    assert_eq!(desk.run(&simulator, &["collect", "--since", &since]).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(listed_from(&desk), days(&[2, 100, 8]));
    let ledger = desk.ledger();
    let windows: Vec<i64> = pulls(&ledger, "backup:ListBackupJobs", EAST)
        .iter()
        .filter_map(|pull| pull.window.or_else(|| pull.completions()))
        .map(|window| (window.end() - window.start()).num_days())
        .collect();
    let so_far = (crate::estate::now() - day(2)).num_days();
    assert_eq!(
        windows,
        [so_far, so_far, 30, 30, 8, 8],
        "by creation and by completion"
    );
}

/// What was listed and not read has to be listed again: an object that was refused, and a run that was narrowed to end there.
#[test]
fn objects_that_could_not_be_read_are_listed_again() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    simulator.fault(Fault {
        operation: "s3:GetObject",
        region: None,
        after: 2,
        times: 1000,
        kind: Kind::Denied,
    });
    assert_eq!(desk.collect(&simulator).code, 4);
    simulator.state().faults.clear();
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(listed_from(&desk), days(&[100, 100, 8]));
    let ledger = desk.ledger();
    let gets = pulls(&ledger, "s3:GetObject", EAST);
    let read = gets
        .iter()
        .flat_map(|pull| &pull.pages)
        .filter(|page| page.status == 200);
    let keys: std::collections::BTreeSet<_> = read.map(|page| &page.parameters["Key"]).collect();
    assert_eq!(keys.len(), 8, "every object in the end");
}

/// A list of completed jobs goes on where the last such list left off, not where the list of created ones did.
#[test]
fn a_failed_list_of_completed_jobs_is_asked_for_again_as_far_back() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    simulator.fault(Fault {
        operation: "backup:ListBackupJobs",
        region: None,
        after: 3,
        times: 1000,
        kind: Kind::Denied,
    });
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4);
    assert_eq!(
        ended.failed(),
        [(
            format!("aws_backup_jobs/{HOME}/{EAST}/completed"),
            "AccessDeniedException".to_owned()
        )]
    );
    // CT-01 says it of a period that is over.
    let period = format!("{}..{}", days(&[6])[0], days(&[1])[0]);
    let items = |desk: &Desk| -> Vec<String> {
        let ended = desk.run(&simulator, &["evaluate", "--period", &period]);
        let said = ended.json();
        let tests = said["tests"].as_array().cloned().unwrap_or_default();
        let ct01 = tests.iter().find(|test| test["id"] == "CT-01").unwrap().clone();
        let items = ct01["indeterminate"].as_array().cloned().unwrap_or_default();
        let completed = items
            .iter()
            .filter(|item| item["item"].as_str().is_some_and(|id| id.contains("/completed/")));
        completed.map(ToString::to_string).collect()
    };
    let named = items(&desk);
    assert!(
        matches!(&named[..], [item] if item.contains("AccessDeniedException")),
        "{named:?}"
    );
    simulator.state().faults.clear();
    assert_eq!(desk.collect(&simulator).code, 0);
    assert!(items(&desk).is_empty(), "the next run filled it");
    let ledger = desk.ledger();
    let by_completion = pulls(&ledger, "backup:ListBackupJobs", EAST);
    let windows: Vec<i64> = by_completion
        .iter()
        .filter_map(|pull| pull.completions())
        .map(|window| (window.end() - window.start()).num_days())
        .collect();
    assert_eq!(windows, [30, 30]);
    assert!(EvidenceStore::acquisitions(&ledger).len() > by_completion.len());
}
