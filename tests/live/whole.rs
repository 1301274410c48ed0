//! A run in which nothing goes wrong: everything is asked, everything is proven, nothing is asked twice that can't change.

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::PullOutcome;
use backproof::model::estate::{AWS_GLOBAL_SOURCES, AWS_SOURCES, AwsAccount, Estate, global};
use backproof::model::source::SourceKey;
use backproof::normalize::normalize;

use crate::estate::{EAST, HOME, WEST, small};
use crate::harness::{Desk, pulls};
use crate::simulator::Simulator;

fn estate() -> Estate {
    Estate {
        aws: vec![AwsAccount {
            account: HOME.parse().unwrap(),
            name: "home".to_owned(),
            regions: [EAST, WEST].map(|region| region.parse().unwrap()).into(),
        }],
        ..Estate::default()
    }
}

#[test]
fn every_source_of_every_place_is_pulled_whole() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST, WEST]);
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    let records = normalize(&ledger, &estate());
    for pull in &records.pulls {
        let policy = pull.receipt.answers_that_there_is_none();
        if pull.receipt.operation == "s3:GetObject" {
            // What lies in this bucket is no log file.
            continue;
        }
        assert!(
            pull.whole || policy,
            "{}: {:?}",
            pull.receipt.id,
            pull.receipt.outcome
        );
    }
    assert!(records.misfits.is_empty(), "{:?}", records.misfits);
    for (source, region) in AWS_SOURCES
        .iter()
        .flat_map(|source| [EAST, WEST].map(|region| (*source, region.parse().unwrap())))
        .chain(AWS_GLOBAL_SOURCES.map(|source| (source, global())))
    {
        let key = SourceKey {
            source,
            account: HOME.parse().unwrap(),
            region,
        };
        let pulled = records.pulls.iter().any(|pull| pull.receipt.key == key);
        assert!(pulled, "{key}");
    }
    assert_eq!(records.jobs.len(), 16, "eight nights in two regions");
    assert_eq!(records.points.len(), 16);
    assert_eq!(records.iam.len(), 2, "an XML page each");
}

#[test]
fn the_receipts_say_what_was_asked() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    let ledger = desk.ledger();
    let state = simulator.state();
    for pull in EvidenceStore::acquisitions(&ledger) {
        for page in &pull.pages {
            let asked = state.log.iter().find(|asked| asked.request_id == page.request_id);
            let asked = asked.unwrap_or_else(|| panic!("{}: no such request {}", pull.id, page.request_id));
            assert_eq!(asked.operation, pull.operation);
            assert_eq!(asked.signed.account, HOME);
            let parameters = pull.parameters.iter().chain(&page.parameters);
            // What an object carries is no question.
            let parameters: Vec<_> = parameters
                .filter(|(name, _)| !name.starts_with("x-amz-meta-"))
                .collect();
            let sent = asked
                .parameters
                .keys()
                .filter(|name| !matches!(name.as_str(), "Action" | "Version" | "list-type" | "x-id"));
            assert_eq!(
                sent.count(),
                parameters.len(),
                "{}: {asked:?} against {:?}",
                pull.id,
                pull.parameters
            );
            for (name, value) in parameters {
                let sent = asked
                    .parameters
                    .iter()
                    .any(|(sent, as_sent)| same(name, sent) && alike(value, as_sent));
                assert!(sent, "{}: {name}={value} against {:?}", pull.id, asked.parameters);
            }
        }
    }
}

/// The REST protocol spells names its own way: `ByCreatedAfter` is `createdAfter` there.
fn same(stated: &str, sent: &str) -> bool {
    let bare = |name: &str| {
        let name = name.trim_start_matches("By").trim_start_matches("Backup");
        name.replace('-', "").to_lowercase()
    };
    bare(stated) == bare(sent) || (stated, sent) == ("EventSource", "LookupAttributes")
}

fn alike(stated: &str, sent: &str) -> bool {
    let instant = stated
        .parse::<chrono::DateTime<chrono::Utc>>()
        .map(|at| at.timestamp().to_string());
    stated == sent
        || sent.contains(&format!("\"{stated}\""))
        || instant.is_ok_and(|seconds| sent == seconds || sent.strip_suffix(".0") == Some(&seconds))
}

#[test]
fn a_second_run_asks_for_the_last_days_again_and_for_versions_only_once() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    let ledger = desk.ledger();
    let days = |operation: &str| -> Vec<i64> {
        let windows = pulls(&ledger, operation, EAST)
            .into_iter()
            .filter_map(|pull| pull.window);
        windows
            .map(|window| (window.end() - window.start()).num_days())
            .collect()
    };
    assert_eq!(days("backup:ListBackupJobs"), [30, 8]);
    assert_eq!(days("backup:ListBackupJobSummaries"), [14, 14]);
    assert_eq!(days("cloudtrail:LookupEvents"), [[90; 7], [8; 7]].concat());
    assert_eq!(pulls(&ledger, "backup:GetBackupPlan", EAST).len(), 1);
    assert_eq!(pulls(&ledger, "backup:GetBackupSelection", EAST).len(), 1);
    assert_eq!(pulls(&ledger, "kms:DescribeKey", EAST).len(), 2);
    let all = EvidenceStore::acquisitions(&ledger).iter();
    let policy = |pull: &&_| !backproof::model::acquisition::Acquisition::answers_that_there_is_none(pull);
    assert!(
        all.filter(policy)
            .all(|pull| pull.outcome == PullOutcome::Complete)
    );
}

/// A period sees what was pulled up to 31 days before it: what is read once is read again before that is over.
#[test]
fn versions_and_selections_are_asked_for_again_before_they_are_lost_to_later_periods() {
    let simulator = Simulator::start(small());
    for (age, times) in [(20, 1), (22, 2), (40, 2)] {
        let desk = Desk::at_home(&[EAST]);
        assert_eq!(desk.collect(&simulator).code, 0);
        desk.age(age);
        assert_eq!(desk.collect(&simulator).code, 0);
        let ledger = desk.ledger();
        for operation in ["backup:GetBackupPlan", "backup:GetBackupSelection"] {
            assert_eq!(
                pulls(&ledger, operation, EAST).len(),
                times,
                "{operation} after {age} days"
            );
        }
        let day = |ago: i64| crate::estate::day(ago).format("%Y-%m-%d").to_string();
        let period = format!("{}..{}", day(3), day(1));
        let said = desk.run(&simulator, &["status", "--period", &period]).json();
        let places = said["places"].as_array().unwrap().iter();
        let mut plans = places.filter(|place| place["source"] == "aws_backup_plans");
        assert_eq!(
            plans.next().unwrap()["gaps"],
            serde_json::json!([]),
            "after {age} days"
        );
    }
}

#[test]
fn a_row_that_arrives_between_two_pages_loses_nothing() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    let mut early = crate::estate::job(HOME, EAST, 0);
    early["BackupJobId"] = "job-0000".into();
    let mut late = early.clone();
    late["BackupJobId"] = "job-9999".into();
    let created = serde_json::json!(crate::estate::now().timestamp() - 60);
    for row in [&mut early, &mut late] {
        row["CreationDate"] = created.clone();
        row["CompletionDate"] = created.clone();
    }
    simulator.fault(crate::simulator::Fault {
        operation: "backup:ListBackupJobs",
        region: None,
        after: 1,
        times: 1,
        kind: crate::simulator::Kind::Arrives(vec![
            ("backup:ListBackupJobs", early),
            ("backup:ListBackupJobs", late),
        ]),
    });
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    let records = normalize(&desk.ledger(), &estate());
    assert!(records.misfits.is_empty(), "{:?}", records.misfits);
    assert!(records.conflicts.is_empty(), "{:?}", records.conflicts);
    assert_eq!(
        records.jobs.len(),
        10,
        "the second run brings what the first one was too early for"
    );
}

#[test]
fn objects_of_the_trail_are_kept_verbatim_with_their_signatures_and_read_once() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    assert_eq!(desk.collect(&simulator).code, 0);
    let ledger = desk.ledger();
    let gets = pulls(&ledger, "s3:GetObject", EAST);
    let pages: Vec<_> = gets.iter().flat_map(|pull| &pull.pages).collect();
    assert_eq!(
        pages.len(),
        8,
        "four digests and four log files, in two pulls: {gets:?}"
    );
    for page in pages {
        let key = &page.parameters["Key"];
        let bytes = EvidenceStore::bytes(&ledger, page.evidence.unwrap()).unwrap();
        assert_eq!(*bytes, *key.as_bytes());
        let signed = page.parameters.get("x-amz-meta-signature").map(String::as_str);
        assert_eq!(signed, key.contains("CloudTrail-Digest").then_some("a1b2"));
    }
    assert_eq!(
        pulls(&ledger, "s3:ListObjectsV2", EAST).len(),
        4,
        "the lists are made anew"
    );
}

#[test]
fn the_status_of_a_period_that_goes_on_says_how_long_is_left() {
    let simulator = Simulator::start(small());
    let desk = Desk::at_home(&[EAST]);
    assert_eq!(desk.collect(&simulator).code, 0);
    // Of four days ago and three to come: all that tells of what happened is there, and what a listing could have shown is not.
    let day = |ago: i64| crate::estate::day(ago).format("%Y-%m-%d").to_string();
    let period = format!("{}..{}", day(4), day(-3));
    let status = desk.run(&simulator, &["status", "--period", &period]);
    assert_eq!(
        status.code, 4,
        "nobody listed the vaults four days ago: {status:?}"
    );
    let said = status.json();
    assert_eq!(said["over"], false);
    let gaps = |source: &str| {
        let places = said["places"].as_array().unwrap().clone();
        let place = places
            .into_iter()
            .find(|place| place["source"] == source)
            .unwrap();
        place["gaps"].as_array().unwrap().clone()
    };
    let left = |gap: &serde_json::Value, days: i64| {
        let until: chrono::DateTime<chrono::Utc> = gap["fill_before"].as_str().unwrap().parse().unwrap();
        (until - crate::estate::now()).num_days() == days
    };
    // From the run's start until now, some seconds.
    assert!(
        matches!(&gaps("aws_backup_jobs")[..], [gap] if left(gap, 29)),
        "{said}"
    );
    assert!(
        matches!(&gaps("cloudtrail")[..], [gap] if left(gap, 89)),
        "{said}"
    );
    let vaults = gaps("aws_vaults");
    assert_eq!(vaults[0]["gone"], true, "{said}");
    assert!(left(&vaults[1], 7), "{said}");
    assert!(
        gaps("aws_backup_plans")
            .iter()
            .all(|gap| gap["gone"] == false && gap["fill_before"].is_null())
    );
}
