//! Each fault, once as a passing one and once for good: the exit code, the ledger, the gap in the receipt, what becomes of
//! the findings, and the next run that fills it.

use std::time::Duration;

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::PullOutcome;
use backproof::model::source::Source;
use backproof::model::time::Interval;
use backproof::normalize::normalize;

use super::desk::{ACCOUNT, Desk, pulls};
use super::estate::{CLUSTERS, HOME, OTHER, backup, estate, path, small};
use super::simulator::{Fault, Kind, Simulator};
use crate::estate::{day, now};

/// More often than anybody tries.
const FOR_GOOD: usize = 1000;

/// Strikes the second page of the list of a cluster's snapshots.
fn fault(times: usize, kind: Kind) -> Fault {
    Fault {
        path: backup(HOME, CLUSTERS[0], "snapshots"),
        after: 1,
        times,
        kind,
    }
}

/// A fault that passes leaves no trace but time.
#[track_caller]
fn passes(times: usize, kind: Kind) {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    simulator.fault(fault(times, kind.clone()));
    let ended = desk.collect();
    assert_eq!(ended.code, 0, "{kind:?}: {ended:?}");
    let ledger = desk.ledger();
    let pull = pulls(&ledger, Source::AtlasSnapshots, HOME, CLUSTERS[0])[0];
    assert_eq!(pull.outcome, PullOutcome::Complete, "{kind:?}");
    assert_eq!(pull.pages.len(), 3, "{kind:?}: eight rows, three a page");
    assert!(pull.pages.iter().all(|page| page.status == 200), "{kind:?}");
}

/// A fault that stays is a gap of its own code; whatever else could be asked was asked; nothing is concluded from what was
/// read before the break; the next run fills it. `kept` is whether a body of the last answer is.
#[track_caller]
fn stays(kind: Kind, code: &str, status: u16, kept: bool) {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    simulator.fault(Fault {
        path: path(HOME, "events"),
        ..fault(FOR_GOOD, kind.clone())
    });
    let ended = desk.collect();
    assert_eq!(ended.code, 4, "{kind:?}: {ended:?}");
    let place = format!("atlas_events/{HOME}/global");
    assert_eq!(ended.failed(), [(place.clone(), code.to_owned())], "{kind:?}");
    assert!(ended.told.contains(code), "{kind:?}: {}", ended.told);
    let shown = [&ended.told, &ended.said].map(|text| text.contains("canary"));
    assert_eq!(shown, [false; 2], "{kind:?}: {ended:?}");
    let ledger = desk.ledger();
    let pull = pulls(&ledger, Source::AtlasEvents, HOME, "")[0];
    let failed = matches!(&pull.outcome, PullOutcome::Failed { code: found, .. } if found == code);
    assert!(failed, "{kind:?}: {pull:?}");
    let pages = pull
        .pages
        .iter()
        .map(|page| (page.status, page.evidence.is_some()));
    assert_eq!(
        pages.collect::<Vec<_>>(),
        [(200, true), (status, kept)],
        "{kind:?}"
    );
    let (state, reason) = concluded(&desk, HOME);
    assert_eq!(state, "INDETERMINATE", "{kind:?}");
    assert!(
        reason.contains(&format!("it failed with {code}")),
        "{kind:?}: {reason}"
    );
    assert_eq!(concluded(&desk, OTHER).0, "SUPPORTED", "{kind:?}");

    simulator.state().faults.clear();
    assert_eq!(desk.collect().code, 0, "{kind:?}: the next run");
    let ledger = desk.ledger();
    let window = pulls(&ledger, Source::AtlasEvents, HOME, "")[1].window.unwrap();
    let days = (window.end() - window.start()).num_days();
    assert_eq!(days, 90, "{kind:?}: no run succeeded before");
    assert_eq!(concluded(&desk, HOME).0, "SUPPORTED", "{kind:?}");
}

/// What CT-01 says of a project's events of the day before yesterday, and why.
fn concluded(desk: &Desk, project: &str) -> (String, String) {
    let days = |ago: i64| day(ago).format("%Y-%m-%d").to_string();
    let period = format!("{}..{}", days(2), days(1));
    let said = desk.run(&["evaluate", "--period", &period]).json();
    let tests = said["tests"].as_array().unwrap();
    let test = tests.iter().find(|test| test["id"] == "CT-01").unwrap();
    let place = format!("atlas_events/{project}/global");
    let of_place = |items: &serde_json::Value| {
        let items = items.as_array().unwrap().clone().into_iter();
        let mut of_place = items.filter(|item| item["item"].as_str().unwrap().starts_with(&place));
        of_place.next().unwrap_or_default()
    };
    let state = of_place(&test["items"])["state"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (state, of_place(&test["indeterminate"])["reason"].to_string())
}

#[test]
fn a_throttled_request_waits_as_long_as_it_is_told_to() {
    let before = std::time::Duration::from_secs(2);
    let began = now();
    passes(1, Kind::Throttled(Some(2)));
    let took = (now() - began).to_std().unwrap();
    assert!(took >= before, "{took:?}");
}

#[test]
fn a_throttled_request_is_made_again_though_nobody_says_when() {
    passes(2, Kind::Throttled(None));
}

#[test]
fn throttling_without_end_is_a_gap() {
    stays(Kind::Throttled(None), "RATE_LIMITED_TOKEN_BUCKET", 429, true);
}

#[test]
fn nobody_waits_for_an_hour() {
    let began = now();
    stays(
        Kind::Throttled(Some(3600)),
        "RATE_LIMITED_TOKEN_BUCKET",
        429,
        true,
    );
    assert!((now() - began).num_seconds() < 60);

    let simulator = Simulator::start(small());
    simulator.fault(fault(FOR_GOOD, Kind::Throttled(Some(3600))));
    let told = Desk::new(&simulator, ACCOUNT, &[HOME]).collect().told;
    assert!(told.contains("to be asked again after 3600 seconds"), "{told}");
}

#[test]
fn a_server_error_is_asked_again() {
    passes(2, Kind::ServerError);
}

#[test]
fn server_errors_without_end_are_a_gap() {
    stays(Kind::ServerError, "HttpStatus500", 500, false);
}

#[test]
fn bodies_that_break_off_are_asked_again() {
    passes(1, Kind::CutBody);
    passes(1, Kind::CutChunks);
    passes(1, Kind::HalfBody);
}

#[test]
fn bodies_cut_without_end_are_a_gap_and_no_shorter_list() {
    stays(Kind::CutBody, "BrokenAnswer", 200, false);
}

#[test]
fn chunks_cut_without_end_are_a_gap_and_no_shorter_list() {
    stays(Kind::CutChunks, "BrokenAnswer", 200, false);
}

#[test]
fn half_a_body_of_the_wrong_length_is_a_gap_and_no_shorter_list() {
    stays(Kind::HalfBody, "BrokenAnswer", 200, false);
}

#[test]
fn a_slow_body_is_waited_for() {
    passes(1, Kind::Slow(Duration::from_secs(2)));
}

#[test]
fn a_list_that_does_not_say_how_long_it_is_is_a_gap() {
    stays(Kind::Uncounted, "BrokenAnswer", 200, true);
}

#[test]
fn a_refusal_is_a_gap_there() {
    stays(Kind::Forbidden, "USER_UNAUTHORIZED", 403, true);
}

#[test]
fn a_page_of_a_proxy_is_no_empty_list_and_is_not_kept() {
    stays(Kind::Gateway, "BrokenAnswer", 200, false);
}

#[test]
fn a_service_that_is_down_is_not_asked_for_hours() {
    let simulator = Simulator::start(small());
    simulator.fault(Fault {
        path: String::new(),
        after: 0,
        ..fault(FOR_GOOD, Kind::ServerError)
    });
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    let ended = desk.collect();
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(simulator.state().log.len(), 9, "three requests of three attempts");
    let ledger = desk.ledger();
    for pull in EvidenceStore::acquisitions(&ledger) {
        let unlisted = pull.key.source == Source::AtlasSnapshots;
        let code = pull.failure().unwrap().0;
        assert_eq!(
            code,
            if unlisted { "NotListed" } else { "HttpStatus500" },
            "{}",
            pull.id
        );
    }
    assert!(
        ended
            .told
            .contains("not asked any more, since no answer came before"),
        "{}",
        ended.told
    );
    simulator.state().faults.clear();
    assert_eq!(desk.collect().code, 0, "the next run");
}

#[test]
fn a_listing_that_breaks_off_is_a_hole_until_the_next_one() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    assert_eq!(desk.collect().code, 0);
    simulator.fault(fault(FOR_GOOD, Kind::CutBody));
    assert_eq!(desk.collect().code, 4);
    let ledger = desk.ledger();
    let of = |part: &str| pulls(&ledger, Source::AtlasSnapshots, HOME, part);
    let (broken, before) = (of(CLUSTERS[0])[1], of(CLUSTERS[1])[0]);
    let between = Interval::new(before.finished, broken.started).unwrap();
    let key = broken.key.clone();
    let coverage = |desk: &Desk| normalize(&desk.ledger(), &estate(&[HOME])).coverage;
    let gaps = coverage(&desk).prove(&key, between).expect_err("must be a gap");
    assert!(
        gaps.iter().any(|gap| gap.reason.contains("BrokenAnswer")),
        "{gaps:?}"
    );

    simulator.state().faults.clear();
    assert_eq!(desk.collect().code, 0);
    assert!(coverage(&desk).prove(&key, between).is_ok());
}

#[test]
fn clusters_that_could_not_be_listed_leave_their_snapshots_open() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    simulator.fault(Fault {
        path: path(HOME, "clusters"),
        after: 0,
        ..fault(FOR_GOOD, Kind::Forbidden)
    });
    let ended = desk.collect();
    assert_eq!(ended.code, 4);
    let place = format!("{HOME}/global");
    assert_eq!(
        ended.failed(),
        [
            (
                format!("cloud_resource_listing/{place}"),
                "USER_UNAUTHORIZED".to_owned()
            ),
            (
                format!("atlas_snapshots/{place}/patients"),
                "NotListed".to_owned()
            ),
            (
                format!("atlas_snapshots/{place}/scheduling"),
                "NotListed".to_owned()
            ),
        ]
    );
}

#[test]
fn a_cluster_that_is_not_there_is_a_gap_that_says_so() {
    let mut state = small();
    state.lists.get_mut(&path(HOME, "clusters")).unwrap().remove(0);
    for what in ["snapshots", "restoreJobs"] {
        state.lists.remove(&backup(HOME, CLUSTERS[0], what));
    }
    state.replies.remove(&backup(HOME, CLUSTERS[0], "schedule"));
    let simulator = Simulator::start(state);
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    let ended = desk.collect();
    assert_eq!(ended.code, 4);
    let codes: Vec<String> = ended.failed().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["NoSuchCluster", "CLUSTER_NOT_FOUND", "CLUSTER_NOT_FOUND"]);
    assert!(
        ended.told.contains("correct `clusters` of [[estate.atlas]]"),
        "{}",
        ended.told
    );
}

#[test]
fn a_project_that_is_forbidden_takes_no_other_down() {
    let simulator = Simulator::start(small());
    simulator.state().access.forbidden.insert(OTHER.to_owned());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    let ended = desk.collect();
    assert_eq!(ended.code, 4, "{ended:?}");
    let ledger = desk.ledger();
    for pull in EvidenceStore::acquisitions(&ledger) {
        assert_eq!(
            pull.failure().is_some(),
            pull.key.account.as_str() == OTHER,
            "{}",
            pull.id
        );
    }
}
