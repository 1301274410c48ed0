//! A run in which nothing goes wrong: everything is asked, everything is proven, nothing is kept that nobody may keep.

use std::io::Read as _;
use std::path::Path;

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::PullOutcome;
use backproof::model::estate::{ATLAS_SOURCES, global};
use backproof::model::ids::Sha256Digest;
use backproof::model::source::{Source, SourceKey};
use backproof::normalize::normalize;

use super::desk::{ACCOUNT, Desk, KEY, pulls};
use super::estate::{CLUSTERS, DELIVERY, HOME, OTHER, backup, estate, event, path, small, snapshot};
use super::simulator::{Fault, Kind, Simulator};
use crate::estate::day;

#[test]
fn every_source_of_every_project_is_pulled_whole_whoever_asks() {
    for identity in [ACCOUNT, KEY] {
        let simulator = Simulator::start(small());
        let desk = Desk::new(&simulator, identity, &[HOME, OTHER]);
        let ended = desk.collect();
        assert_eq!(ended.code, 0, "{ended:?}");
        let ledger = desk.ledger();
        let records = normalize(&ledger, &estate(&[HOME, OTHER]));
        for pull in &records.pulls {
            assert!(pull.whole, "{}: {:?}", pull.receipt.id, pull.receipt.outcome);
        }
        assert!(records.misfits.is_empty(), "{:?}", records.misfits);
        for (source, project) in ATLAS_SOURCES
            .iter()
            .flat_map(|source| [HOME, OTHER].map(|project| (*source, project)))
        {
            let key = SourceKey {
                source,
                account: project.parse().unwrap(),
                region: global(),
            };
            assert!(records.pulls.iter().any(|pull| pull.receipt.key == key), "{key}");
        }
        assert_eq!(
            records.jobs.len(),
            32,
            "eight nights of two clusters in two projects"
        );
        assert_eq!(records.points.len(), 32);
        assert_eq!(records.restores.len(), 8);
        assert_eq!(records.resources.len(), 4);
        assert_eq!(records.compliance_policies.len(), 2);
        assert_eq!(records.events.len(), 32, "the one of long ago was not asked for");
    }
}

#[test]
fn the_receipts_say_what_was_asked_and_by_whom() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    assert_eq!(desk.collect().code, 0);
    let ledger = desk.ledger();
    let state = simulator.state();
    for pull in EvidenceStore::acquisitions(&ledger) {
        assert_eq!(
            pull.caller,
            format!("atlas:serviceAccount/{}", super::access::CLIENT_ID)
        );
        for page in &pull.pages {
            let asked = state
                .log
                .iter()
                .find(|asked| asked.request_id == page.request_id)
                .unwrap();
            assert!(asked.path.starts_with(HOME));
            let stated = pull.parameters.iter().chain(&page.parameters);
            let stated: Vec<_> = stated
                .filter(|(name, value)| {
                    let in_path =
                        *name == "clusterName" && asked.path.contains(&format!("/clusters/{value}/"));
                    !in_path && !name.starts_with("redacted")
                })
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            assert_eq!(stated.len(), asked.query.len(), "{}: {asked:?}", pull.id);
            assert_eq!(
                std::collections::BTreeMap::from_iter(stated),
                asked.query,
                "{}",
                pull.id
            );
        }
    }
}

#[test]
fn a_second_run_asks_for_the_last_days_of_events_again() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    assert_eq!(desk.collect().code, 0);
    assert_eq!(desk.collect().code, 0);
    let ledger = desk.ledger();
    let days: Vec<_> = pulls(&ledger, Source::AtlasEvents, HOME, "")
        .into_iter()
        .filter_map(|pull| pull.window)
        .map(|window| (window.end() - window.start()).num_days())
        .collect();
    assert_eq!(days, [90, 8]);
    assert_eq!(pulls(&ledger, Source::AtlasSnapshots, HOME, "").len(), 4);
}

#[test]
fn a_run_can_be_narrowed() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    let bound = |ago: i64| day(ago).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (since, until) = (bound(5), bound(2));
    let narrowed = [
        "collect",
        "--source",
        "atlas_events",
        "--account",
        OTHER,
        "--since",
        &since,
        "--until",
        &until,
    ];
    let ended = desk.run(&narrowed);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger);
    assert_eq!(all.len(), 1, "{all:?}");
    let window = all[0].window.unwrap();
    assert_eq!(window.to_string(), format!("{since}..{until}"));
    let records = normalize(&ledger, &estate(&[OTHER]));
    assert_eq!(records.events.len(), 6, "three nights of two clusters");
}

#[test]
fn a_source_may_be_of_one_project() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(
        &simulator,
        &format!("{ACCOUNT}\nproject = \"{OTHER}\""),
        &[HOME, OTHER],
    );
    assert_eq!(desk.collect().code, 0);
    let ledger = desk.ledger();
    assert!(
        EvidenceStore::acquisitions(&ledger)
            .iter()
            .all(|pull| pull.key.account.as_str() == OTHER)
    );
}

#[test]
fn a_list_that_changes_while_it_is_read_is_read_anew() {
    for kind in [Kind::Arrives(snapshot(HOME, CLUSTERS[0], 9)), Kind::Leaves] {
        let simulator = Simulator::start(small());
        let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
        let list = backup(HOME, CLUSTERS[0], "snapshots");
        simulator.fault(Fault {
            path: list.clone(),
            after: 1,
            times: 1,
            kind: kind.clone(),
        });
        let ended = desk.collect();
        assert_eq!(ended.code, 0, "{kind:?}: {ended:?}");
        let ledger = desk.ledger();
        let pull = pulls(&ledger, Source::AtlasSnapshots, HOME, CLUSTERS[0])[0];
        let rows = simulator.state().lists[&list].len();
        assert_eq!(pull.pages.len(), rows.div_ceil(3), "{kind:?}: {pull:?}");
        let records = normalize(&ledger, &estate(&[HOME]));
        assert!(records.pulls.iter().all(|pull| pull.whole), "{kind:?}");
        assert_eq!(records.points.len(), 8 + rows, "{kind:?}");
    }
}

#[test]
fn a_list_that_never_stands_still_is_a_gap() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    for n in 0..3 {
        // The second page of each reading.
        simulator.fault(Fault {
            path: path(HOME, "events"),
            after: 1,
            times: 1,
            kind: Kind::Arrives(event(HOME, CLUSTERS[0], 1, &format!("CPS_{}", "X".repeat(n)))),
        });
    }
    let ended = desk.collect();
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(
        ended.failed(),
        [(format!("atlas_events/{HOME}/global"), "ListChanged".to_owned())]
    );
    assert!(
        ended.told.contains("totalCount was 18, then 19"),
        "{}",
        ended.told
    );
    assert_eq!(desk.collect().code, 0, "the next run");
}

#[test]
fn a_project_without_a_compliance_policy_says_so() {
    let mut state = small();
    let nothing = serde_json::json!({"links": [], "scheduledPolicyItems": null});
    state
        .replies
        .insert(path(HOME, "backupCompliancePolicy"), nothing);
    let simulator = Simulator::start(state);
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    assert_eq!(desk.collect().code, 0);
    let records = normalize(&desk.ledger(), &estate(&[HOME]));
    assert_eq!(
        records.compliance_policies[0].value.state.as_deref(),
        Some("absent")
    );
}

#[test]
fn nobody_finds_where_a_snapshot_could_be_downloaded_nor_a_secret() {
    for identity in [ACCOUNT, KEY] {
        let simulator = Simulator::start(small());
        let desk = Desk::new(&simulator, identity, &[HOME]);
        let days = |ago: i64| day(ago).format("%Y-%m-%d").to_string();
        let ended = desk.run(&["run", "--period", &format!("{}..{}", days(3), days(1))]);
        assert!(matches!(ended.code, 3 | 4), "{ended:?}");
        let ledger = desk.ledger();
        let pull = pulls(&ledger, Source::AtlasRestoreJobs, HOME, CLUSTERS[0])[0];
        assert_eq!(pull.outcome, PullOutcome::Complete);
        let page = &pull.pages[0];
        let body = String::from_utf8(
            EvidenceStore::bytes(&ledger, page.evidence.unwrap())
                .unwrap()
                .into_owned(),
        )
        .unwrap();
        for (pointer, address) in [
            ("/results/0/deliveryUrl/0", DELIVERY.to_owned()),
            ("/results/0/components/0/downloadUrl", format!("{DELIVERY}-1")),
            (
                "/results/0/privateDownloadDeliveryUrls/0/deliveryUrl",
                format!("{DELIVERY}-2"),
            ),
        ] {
            let digest = Sha256Digest::of(address.as_bytes()).to_hex();
            assert_eq!(page.parameters.get(&format!("redacted{pointer}")), Some(&digest));
            assert!(
                body.contains(&format!("\"redacted, SHA-256 {digest}\"")),
                "{body}"
            );
        }
        assert!(
            page.parameters.contains_key("redacted"),
            "the digest of what came"
        );
        assert!(
            !ended.said.contains("canary") && !ended.told.contains("canary"),
            "{ended:?}"
        );
        search(desk.path());
    }
}

/// Looks into every file, and into every file of every archive.
fn search(dir: &Path) {
    let clean = |bytes: &[u8], what: &str| {
        let canary = bytes.windows(6).any(|window| window == b"canary");
        // The file that the secret came from.
        assert!(!canary || what.ends_with("client-secret"), "{what}");
    };
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            search(&path);
        } else if name.ends_with(".zip") {
            let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
            for n in 0..archive.len() {
                let mut file = archive.by_index(n).unwrap();
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).unwrap();
                clean(&bytes, &file.name().unwrap());
            }
        } else {
            clean(&std::fs::read(&path).unwrap(), &name);
        }
    }
}
