//! Each fault, once as a passing one and once for good: the exit code, the ledger, the gap in the receipt, and the next run
//! that fills it.

use std::time::Duration;

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::PullOutcome;
use backproof::model::estate::{AWS_GLOBAL_SOURCES, AWS_SOURCES};

use crate::estate::{EAST, WEST, small};
use crate::harness::{Desk, pulls};
use crate::simulator::{Fault, Kind, Simulator};

const JOBS: &str = "backup:ListBackupJobs";
/// More often than anybody tries.
const FOR_GOOD: usize = 1000;

fn fault(times: usize, kind: Kind) -> Fault {
    Fault {
        operation: JOBS,
        region: Some(EAST),
        after: 1,
        times,
        kind,
    }
}

/// A fault that passes leaves no trace but time.
#[track_caller]
fn passes(times: usize, kind: Kind) {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    simulator.fault(fault(times, kind.clone()));
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0, "{kind:?}: {ended:?}");
    let ledger = desk.ledger();
    let pull = pulls(&ledger, JOBS, EAST)[0];
    assert_eq!(pull.outcome, PullOutcome::Complete, "{kind:?}");
    assert_eq!(pull.pages.len(), 3, "{kind:?}: eight rows, three a page");
    assert!(pull.pages.iter().all(|page| page.status == 200), "{kind:?}");
}

/// A fault that stays is a gap of its own code; whatever else could be asked was asked; the next run fills it.
#[track_caller]
fn stays(kind: Kind, code: &str, status: Option<u16>) {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST, WEST]);
    simulator.fault(fault(FOR_GOOD, kind.clone()));
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4, "{kind:?}: {ended:?}");
    let place = format!("aws_backup_jobs/{}/{EAST}", crate::estate::HOME);
    let gaps = [place.clone(), format!("{place}/completed")].map(|place| (place, code.to_owned()));
    assert_eq!(ended.failed(), gaps, "{kind:?}");
    assert!(ended.told.contains(code), "{kind:?}: {}", ended.told);
    let ledger = desk.ledger();
    let pull = pulls(&ledger, JOBS, EAST)[0];
    assert!(
        matches!(&pull.outcome, PullOutcome::Failed { code: found, .. } if found == code),
        "{kind:?}: {pull:?}"
    );
    let statuses: Vec<u16> = pull.pages.iter().map(|page| page.status).collect();
    assert_eq!(
        statuses,
        [Some(200), status].into_iter().flatten().collect::<Vec<_>>(),
        "{kind:?}"
    );
    assert!(
        pulls(&ledger, JOBS, WEST)
            .iter()
            .all(|pull| pull.outcome == PullOutcome::Complete)
    );

    simulator.state().faults.clear();
    assert_eq!(desk.collect(&simulator).code, 0, "{kind:?}: the next run");
    let ledger = desk.ledger();
    let next = pulls(&ledger, JOBS, EAST)[2];
    assert_eq!(next.outcome, PullOutcome::Complete);
    let window = next.window.unwrap();
    assert_eq!(
        (window.end() - window.start()).num_days(),
        30,
        "{kind:?}: no run succeeded before"
    );
}

#[test]
fn a_throttled_request_is_made_again() {
    passes(2, Kind::Throttled);
}

#[test]
fn throttling_without_end_is_a_gap() {
    stays(Kind::Throttled, "ThrottlingException", Some(400));
}

#[test]
fn a_server_error_is_asked_again() {
    passes(2, Kind::ServerError);
}

#[test]
fn server_errors_without_end_are_a_gap() {
    stays(Kind::ServerError, "HttpStatus500", Some(500));
}

#[test]
fn a_cut_body_is_asked_again() {
    passes(1, Kind::CutBody);
}

#[test]
fn bodies_cut_without_end_are_a_gap_and_no_shorter_list() {
    stays(Kind::CutBody, "BrokenAnswer", Some(200));
}

#[test]
fn a_slow_body_is_waited_for() {
    passes(1, Kind::Slow(Duration::from_secs(2)));
}

#[test]
fn credentials_that_expire_on_the_way_are_renewed() {
    passes(1, Kind::ExpiredToken);
}

#[test]
fn credentials_that_stay_expired_are_a_gap() {
    stays(Kind::ExpiredToken, "ExpiredTokenException", Some(400));
}

#[test]
fn a_refusal_in_one_region_is_a_gap_there() {
    stays(Kind::Denied, "AccessDeniedException", Some(400));
}

#[test]
fn a_page_of_a_proxy_is_no_empty_list() {
    stays(Kind::Gateway, "BrokenAnswer", Some(200));
}

#[test]
fn vaults_that_could_not_be_listed_leave_their_points_open() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    simulator.fault(Fault {
        operation: "backup:ListBackupVaults",
        after: 0,
        ..fault(FOR_GOOD, Kind::Denied)
    });
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4);
    let codes: Vec<String> = ended
        .failed()
        .into_iter()
        .map(|(place, code)| format!("{place}: {code}"))
        .collect();
    let home = crate::estate::HOME;
    assert_eq!(
        codes,
        [
            format!("aws_recovery_points/{home}/{EAST}: NotListed"),
            format!("aws_vaults/{home}/{EAST}: AccessDeniedException"),
        ]
    );
}

#[test]
fn nobody_there_is_a_gap_everywhere() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    // Nothing that the simulator says of the caller is an answer.
    simulator.fault(Fault {
        operation: "sts:GetCallerIdentity",
        region: None,
        after: 0,
        times: FOR_GOOD,
        kind: Kind::Gateway,
    });
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4, "{ended:?}");
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger);
    assert_eq!(all.len(), AWS_SOURCES.len() + AWS_GLOBAL_SOURCES.len());
    assert!(all.iter().all(|pull| pull.failure().is_some()));
}
