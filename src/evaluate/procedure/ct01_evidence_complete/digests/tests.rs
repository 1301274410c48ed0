//! What CT-01 says of each fault that the digests show.

use std::collections::BTreeMap;

use State::{Exception, Indeterminate};

use super::super::evidence_complete;
use super::super::tests::reconciled;
use crate::evaluate::testing::{ACCOUNT, World, at, check, key, span};
use crate::model::finding::State;
use crate::model::records::trail::{DigestChain, DigestCode, DigestFault};
use crate::model::source::Source;
use crate::model::time::{Interval, Spans};

/// The tests' world with one fault over the hour from `start`.
fn with_fault(code: DigestCode, start: &str, backfill: bool) -> World {
    let mut world = reconciled();
    let hour = Interval::new(at(start), at(start) + chrono::TimeDelta::hours(1)).expect("not empty");
    let fault = DigestFault {
        span: hour,
        code,
        subject: "AWSLogs/x/20260704T1005Z_Ab.json.gz".to_owned(),
        detail: "so it was found".to_owned(),
        citations: Vec::new(),
    };
    world.records.digest_chains.push(DigestChain {
        key: key(Source::CloudtrailDigests, "us-east-1"),
        trail: "luma".to_owned(),
        backfill,
        digests: 24,
        logs: 12,
        // No time of the period: lookups have nothing to be compared with.
        proven: Spans::default(),
        events: Vec::new(),
        unread: BTreeMap::new(),
        faults: vec![fault],
    });
    world
}

fn supported(world: &World) -> u64 {
    world.run(evidence_complete).counts().get(State::Supported)
}

fn id(code: DigestCode) -> String {
    format!("cloudtrail_digests/{ACCOUNT}/us-east-1/luma/{code}/20260704T1005Z_Ab.json.gz")
}

#[test]
fn each_sign_of_tampering_is_a_critical_exception_and_the_rest_is_left_to_the_gaps() {
    let all = supported(&reconciled());
    for code in DigestCode::ALL {
        let world = with_fault(*code, "2026-07-04T10:00", false);
        let (id, expected) = (id(*code), code.title());
        let item = (id.as_str(), Exception, expected);
        let others = if code.is_tampering() {
            vec![item]
        } else {
            Vec::new()
        };
        check(&world, evidence_complete, all, &others);
        // Late digests leave no gap of their own.
        let late = with_fault(*code, "2026-07-04T10:00", true);
        let state = if code.is_tampering() {
            Exception
        } else {
            Indeterminate
        };
        check(&late, evidence_complete, all, &[(id.as_str(), state, expected)]);
    }
}

#[test]
fn only_the_time_that_is_examined_and_the_hour_after_it_count() {
    let all = supported(&reconciled());
    let id = id(DigestCode::LogDeleted);
    let found = [(id.as_str(), Exception, "so it was found")];
    for (start, others) in [
        ("2026-06-30T23:00", &[][..]),
        ("2026-06-30T23:01", &found[..]),
        ("2026-07-11T00:59", &found[..]),
        ("2026-07-11T01:00", &[][..]),
    ] {
        check(
            &with_fault(DigestCode::LogDeleted, start, false),
            evidence_complete,
            all,
            others,
        );
    }
    // A place outside of the estate is none of this test's.
    let mut foreign = with_fault(DigestCode::LogDeleted, "2026-07-04T10:00", false);
    foreign.records.digest_chains[0].key.region = "eu-west-1".parse().expect("a region");
    check(&foreign, evidence_complete, all, &[]);
}

#[test]
fn what_holds_is_told_in_numbers() {
    let mut world = with_fault(DigestCode::StartingDigest, "2026-07-04T10:00", false);
    world.records.digest_chains[0].proven = Spans::of([span("2026-07-01", "2026-07-04")]);
    let finding = world.run(evidence_complete);
    let told: Vec<_> = finding
        .observations()
        .iter()
        .map(|observation| observation.text.as_str())
        .collect();
    assert!(
        told[0].contains("24 digests") && told[0].contains("12 log files"),
        "{told:?}"
    );
    assert!(
        told[0].ends_with("2026-07-01T00:00:00Z to 2026-07-04T00:00:00Z"),
        "{told:?}"
    );
    // A time that no chain proves is a gap like that of any source.
    let mut world = reconciled();
    let all = supported(&world);
    world.unprove(Source::CloudtrailDigests, span("2026-07-03", "2026-07-04"));
    let gaps = ["us-east-1", "us-west-2"]
        .map(|region| format!("cloudtrail_digests/{ACCOUNT}/{region}/2026-07-03T00:00:00Z"));
    let gaps = gaps
        .each_ref()
        .map(|id| (id.as_str(), Indeterminate, "the pull was refused"));
    check(&world, evidence_complete, all - 2, &gaps);
}

#[test]
fn late_digests_and_a_chain_that_proves_nothing_are_not_told_of() {
    let told = |backfill: bool, proven: bool| {
        let mut world = with_fault(DigestCode::StartingDigest, "2026-07-04T10:00", backfill);
        if proven {
            world.records.digest_chains[0].proven = Spans::of([span("2026-07-01", "2026-07-04")]);
        }
        let finding = world.run(evidence_complete);
        finding
            .observations()
            .iter()
            .any(|one| one.text.contains("24 digests"))
    };
    assert!(told(false, true));
    assert!(!told(true, true) && !told(false, false));
}
