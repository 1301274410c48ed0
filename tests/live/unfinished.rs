//! Jobs that run for so long that no list of a later run shows them: each run asks for each of them, until it has ended.

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::Acquisition;
use backproof::model::estate::{AwsAccount, Estate};
use backproof::model::records::Records;
use backproof::model::records::backups::JobState;
use backproof::normalize::normalize;
use serde_json::{Value, json};

use crate::estate::{EAST, HOME, WEST, day, running, small};
use crate::harness::{Desk, pulls};
use crate::simulator::{Fault, Kind, Simulator};

const DESCRIBE: [&str; 3] = [
    "backup:DescribeBackupJob",
    "backup:DescribeCopyJob",
    "backup:DescribeRestoreJob",
];

/// The estate with jobs of each kind that were begun twelve days ago and still run.
fn long() -> Simulator {
    let mut world = small();
    for (list, job) in running(HOME, EAST, 12) {
        world.row(list, HOME, EAST, job);
    }
    Simulator::start(world)
}

/// Ends the jobs, `ago` days back; or takes them out of the lists, as if the service had forgotten them there.
fn change(simulator: &Simulator, change: impl Fn(&mut Value)) {
    let mut state = simulator.state();
    for (_, rows) in state
        .world
        .rows
        .iter_mut()
        .filter(|((list, ..), _)| list.ends_with("Jobs"))
    {
        let long = |row: &&mut Value| {
            let ids = ["BackupJobId", "CopyJobId", "RestoreJobId"];
            ids.iter()
                .any(|id| row[*id].as_str().is_some_and(|id| id.starts_with("long-")))
        };
        rows.iter_mut().filter(long).for_each(&change);
    }
}

fn end(row: &mut Value) {
    for state in ["State", "Status"] {
        if row.get(state).is_some() {
            row[state] = json!("COMPLETED");
        }
    }
    row["CompletionDate"] = json!(day(4).timestamp());
}

/// Far outside of all lists, and still there for who asks by its id.
fn out_of_lists(simulator: &Simulator) {
    let mut state = simulator.state();
    for (n, (list, job)) in running(HOME, EAST, 12).into_iter().enumerate() {
        let rows = state
            .world
            .rows
            .get_mut(&(list, HOME.to_owned(), EAST.to_owned()))
            .unwrap();
        rows.retain(|row| *row != job);
        let id = ["long-backup", "long-copy", "long-restore"][n];
        let mut job = job;
        end(&mut job);
        let reply = if n == 1 { json!({"CopyJob": job}) } else { job };
        state.world.reply(DESCRIBE[n], HOME, EAST, id, reply);
    }
}

fn records(desk: &Desk) -> Records {
    let estate = Estate {
        aws: vec![AwsAccount {
            account: HOME.parse().unwrap(),
            name: "home".to_owned(),
            regions: [EAST.parse().unwrap()].into(),
        }],
        ..Estate::default()
    };
    normalize(&desk.ledger(), &estate)
}

/// How the three jobs stand, by the ledger.
fn states(desk: &Desk) -> [JobState; 3] {
    let records = records(desk);
    let long = |id: &Option<String>| id.as_deref().is_some_and(|id| id.starts_with("long-"));
    let misfits: Vec<_> = records.misfits.iter().filter(|misfit| long(&misfit.id)).collect();
    assert!(misfits.is_empty(), "{misfits:?}");
    assert_eq!(records.conflicts, []);
    [
        records
            .jobs
            .iter()
            .find(|job| job.value.id == "long-backup")
            .unwrap()
            .value
            .state,
        records
            .copies
            .iter()
            .find(|job| job.value.id == "long-copy")
            .unwrap()
            .value
            .state,
        records
            .restores
            .iter()
            .find(|job| job.value.id == "long-restore")
            .unwrap()
            .value
            .state,
    ]
}

fn descriptions(desk: &Desk) -> Vec<Acquisition> {
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger).iter();
    all.filter(|pull| DESCRIBE.contains(&pull.operation.as_str()))
        .cloned()
        .collect()
}

#[test]
fn a_job_is_asked_for_until_it_has_ended_and_no_longer() {
    use JobState::{Completed, Unfinished};
    let simulator = long();
    let desk = Desk::at_home(&[EAST, WEST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(
        descriptions(&desk),
        [],
        "the first run's lists show all of a month"
    );

    // The lists of the next run reach back eight days, and don't show them.
    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 0);
    let asked = descriptions(&desk);
    let operations: Vec<&str> = asked.iter().map(|pull| pull.operation.as_str()).collect();
    assert_eq!(
        operations, DESCRIBE,
        "one of each kind, and none in the other region"
    );
    assert_eq!(asked[0].parameters["BackupJobId"], "long-backup");
    assert!(
        asked[0].id.as_str().ends_with("/job/long-backup"),
        "{}",
        asked[0].id
    );
    assert_eq!(
        (asked[0].pages.len(), asked[0].pages[0].status),
        (1, 200),
        "its answer is kept"
    );
    assert_eq!(states(&desk), [Unfinished; 3]);
    let records = records(&desk);
    let job = records
        .jobs
        .iter()
        .find(|job| job.value.id == "long-backup")
        .unwrap();
    assert_eq!(
        job.last_seen, asked[0].pages[0].received,
        "it was seen running then"
    );
    let described = records
        .pulls
        .iter()
        .filter(|pull| DESCRIBE.contains(&pull.receipt.operation.as_str()));
    for pull in described {
        assert!(pull.follows_up && pull.whole, "{:?}", pull.complaint);
    }

    // They end, and only a description shows it.
    desk.age(1);
    out_of_lists(&simulator);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(states(&desk), [Completed; 3]);
    assert_eq!(descriptions(&desk).len(), 6);

    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(
        descriptions(&desk).len(),
        6,
        "what has ended is not asked for again"
    );
}

#[test]
fn an_end_that_a_list_shows_needs_no_description() {
    let simulator = long();
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    desk.age(1);
    change(&simulator, end);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(states(&desk), [JobState::Completed; 3]);
    assert_eq!(descriptions(&desk), []);
}

#[test]
fn a_description_that_is_refused_is_a_gap_and_is_made_up_for() {
    let simulator = long();
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    desk.age(1);
    out_of_lists(&simulator);
    simulator.fault(Fault {
        operation: DESCRIBE[0],
        region: Some(EAST),
        after: 0,
        times: 1,
        kind: Kind::Denied,
    });
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4, "{ended:?}");
    let place = format!("aws_backup_jobs/{HOME}/{EAST}/job/long-backup");
    assert_eq!(ended.failed(), [(place, "AccessDeniedException".to_owned())]);
    // The others were asked for all the same; of this one nobody can tell.
    assert_eq!(
        states(&desk),
        [JobState::Unfinished, JobState::Completed, JobState::Completed]
    );

    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(states(&desk), [JobState::Completed; 3]);
    assert_eq!(pulls(&desk.ledger(), DESCRIBE[0], EAST).len(), 2);
}

#[test]
fn a_job_that_the_service_has_forgotten_is_asked_for_once() {
    let simulator = long();
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    out_of_lists(&simulator);
    simulator
        .state()
        .world
        .replies
        .retain(|((call, ..), _), _| !DESCRIBE.contains(call));
    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 4);
    assert_eq!(descriptions(&desk).len(), 3);
    assert_eq!(
        states(&desk),
        [JobState::Unfinished; 3],
        "and it counts as unfinished for good"
    );
    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(descriptions(&desk).len(), 3);
}

#[test]
fn a_run_that_could_not_list_or_was_narrowed_hides_no_job_from_the_next() {
    let simulator = long();
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    desk.age(1);
    // It asks for what happened today, and then only for keys.
    let today = day(0).format("%Y-%m-%d").to_string();
    let narrowed = ["collect", "--source", "aws_backup_jobs", "--since", &today];
    assert_eq!(desk.run(&simulator, &narrowed).code, 0);
    assert_eq!(desk.run(&simulator, &["collect", "--source", "kms_keys"]).code, 0);
    assert_eq!(pulls(&desk.ledger(), DESCRIBE[0], EAST).len(), 1);
    desk.age(1);
    for operation in ["backup:ListBackupJobs", DESCRIBE[0]] {
        simulator.fault(Fault {
            operation,
            region: Some(EAST),
            after: 0,
            times: 10,
            kind: Kind::ServerError,
        });
    }
    assert_eq!(desk.collect(&simulator).code, 4);
    simulator.state().faults.clear();
    desk.age(1);
    out_of_lists(&simulator);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(states(&desk), [JobState::Completed; 3]);
}

#[test]
fn a_shard_knows_of_them_by_the_ledger_that_all_shards_go_into() {
    let simulator = long();
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    desk.age(1);
    out_of_lists(&simulator);
    let ended = desk.run(&simulator, &["collect", "--shard", "0/1", "--run", "the-second"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let merged = desk.run(&simulator, &["merge", "segments"]);
    assert_eq!(merged.code, 0, "{merged:?}");
    assert_eq!(descriptions(&desk).len(), 3);
    assert_eq!(states(&desk), [JobState::Completed; 3]);
}
