//! Altered recordings: what a forger, a fault of a service or a careless collector would change. Each alteration is
//! found, or costs the claim that rested on what was altered.
//!
//! A row that is dropped from every export of a register leaves no trace in that register. What still speaks then are
//! the other sources: the tests below say which.

use std::collections::{BTreeMap, BTreeSet};

use backproof::model::finding::State;
use backproof::model::source::Source;
use backproof::model::time::Instant;
use serde_json::{Value, json};

use crate::quarter::{AS_RECORDED, Concluded};
use crate::standing::Standing;
use crate::variant::{Pull, Variant, WHOLE, pulls};

const LISTS: [&str; 16] = [
    "BackupJobs",
    "CopyJobs",
    "RestoreJobs",
    "RecoveryPoints",
    "BackupVaultList",
    "BackupPlansList",
    "BackupSelectionsList",
    "Keys",
    "ResourceTagMappingList",
    "Events",
    "UserDetailList",
    "GroupDetailList",
    "RoleDetailList",
    "Policies",
    "firstBatch",
    "nextBatch",
];

/// The rows of a page.
pub(crate) fn rows(body: &mut Value) -> impl Iterator<Item = &mut Vec<Value>> {
    let mut members = body.as_object_mut();
    if members
        .as_ref()
        .is_some_and(|members| members.contains_key("cursor"))
    {
        members = members.and_then(|members| members.get_mut("cursor")?.as_object_mut());
    }
    let lists = members.into_iter().flat_map(|members| members.iter_mut());
    lists
        .filter(|(name, _)| LISTS.contains(&name.as_str()))
        .filter_map(|(_, list)| list.as_array_mut())
}

fn each_row(body: &mut Value, edit: impl Fn(&mut Value)) {
    rows(body).flatten().for_each(edit);
}

/// The states of the items of `test` whose id contains `part`.
pub(crate) fn items(concluded: &Concluded, test: &str, part: &str) -> Vec<State> {
    let mut findings = concluded.evaluation.findings.iter();
    let finding = findings.find(|finding| finding.test().as_str() == test).unwrap();
    let items = finding.items().iter().filter(|item| item.id().contains(part));
    items.map(|item| item.state()).collect()
}

fn assert_nothing_more(concluded: &Concluded) {
    let claims = Standing::of(&concluded.evaluation).claims_beyond(&WHOLE);
    assert!(claims.is_empty(), "{}", claims.join("\n"));
}

fn index_of(id: &str) -> usize {
    pulls().iter().position(|pull| pull.id.as_str() == id).unwrap()
}

/// Whether a row is a job of `system` made on `day`.
fn is_job_of(row: &Value, system: &str, day: &str) -> bool {
    let start: Instant = format!("{day}T00:00:00Z").parse().unwrap();
    let since = start.timestamp() as f64;
    let created = row["CreationDate"].as_f64().unwrap_or(0.0);
    row["ResourceName"] == system && (since..since + 86_400.0).contains(&created)
}

#[test]
fn a_job_that_failed_instead_is_an_exception() {
    let day = "2026-07-13";
    let failed = Variant::edited(Source::AwsBackupJobs, |body| {
        each_row(body, |row| {
            if is_job_of(row, "broker-events", day) {
                row["State"] = json!("FAILED");
            }
        });
    });
    let adverse = |concluded: &Concluded| {
        let follow_up = items(concluded, "CT-07", "");
        follow_up
            .iter()
            .filter(|state| **state == State::Exception)
            .count()
    };
    let concluded = failed.concluded();
    assert_eq!(
        adverse(&concluded),
        adverse(&AS_RECORDED) + 1,
        "no success follows within 24 h"
    );
    // With the recovery point gone too, as it is when a job fails, the day has no backup.
    let without_point = failed.and(Source::AwsRecoveryPoints, |body| {
        let of_it = |row: &Value| is_job_of(row, "broker-events", day);
        rows(body).for_each(|rows| rows.retain(|row| !of_it(row)));
    });
    let day = items(
        &without_point.concluded(),
        "CT-05",
        &format!("broker-events/{day}"),
    );
    assert_eq!(day, [State::Exception]);
}

#[test]
fn encryption_unsaid_is_indeterminate_and_denied_is_an_exception() {
    let body = Pull::recorded(index_of(
        "2026-09-18/aws_recovery_points/111122223333/us-east-1/critical",
    ))
    .body(0);
    let body: Value = serde_json::from_slice(&body).unwrap();
    let arn = body["RecoveryPoints"][0]["RecoveryPointArn"].clone();
    let name = arn
        .as_str()
        .unwrap()
        .rsplit([':', '/'])
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(items(&AS_RECORDED, "CT-09", &name), [State::Supported]);
    let with = |value: Option<bool>| {
        Variant::edited(Source::AwsRecoveryPoints, |body| {
            each_row(body, |row| {
                if row["RecoveryPointArn"] != arn {
                    return;
                }
                match value {
                    Some(value) => row["IsEncrypted"] = json!(value),
                    None => drop(row.as_object_mut().unwrap().remove("IsEncrypted")),
                }
            });
        })
        .concluded()
    };
    let unsaid = with(None);
    assert_eq!(items(&unsaid, "CT-09", &name), [State::Indeterminate]);
    assert_nothing_more(&unsaid);
    let denied = with(Some(false));
    assert_eq!(items(&denied, "CT-09", &name), [State::Exception]);
    assert_nothing_more(&denied);
}

/// Two answers that differ about one thing can't both be believed.
#[test]
fn listings_that_contradict_each_other_are_a_conflict() {
    let index = index_of("2026-09-18/aws_recovery_points/111122223333/us-east-1/critical");
    let mut pull = Pull::recorded(index);
    pull.edit(&|body| {
        for rows in rows(body) {
            let mut twin = rows[0].clone();
            twin["IsEncrypted"] = json!(false);
            rows.push(twin);
        }
    });
    let concluded = Variant(BTreeMap::from([(index, Some(pull))])).concluded();
    assert!(AS_RECORDED.records.conflicts.is_empty());
    assert!(!concluded.records.conflicts.is_empty());
    let gate = items(&concluded, "CT-01", "conflict/aws_recovery_points/");
    assert!(!gate.is_empty() && gate.iter().all(|state| *state == State::Indeterminate));
    assert_nothing_more(&concluded);
}

/// The ticket is what authorised a deletion.
#[test]
fn without_its_ticket_a_deletion_is_an_exception() {
    let without = Variant::edited(Source::Tickets, |body| {
        rows(body).for_each(|rows| rows.retain(|row| row["ticket_id"] != "CHG-2041"));
    });
    let concluded = without.concluded();
    let deletions: Vec<State> = items(&concluded, "CT-13", "")
        .into_iter()
        .filter(|state| *state != State::Indeterminate)
        .collect();
    assert_eq!(deletions, [State::Exception; 2]);
    assert_nothing_more(&concluded);
}

fn without_system(system: &str) -> Concluded {
    let without = Variant::edited(Source::SystemsInventory, |body| {
        rows(body).for_each(|rows| rows.retain(|row| row["system_id"] != system));
    });
    without.concluded()
}

/// The inventory alone can't show a row that nobody wrote; the independent listing and the backups can.
#[test]
fn a_system_dropped_from_the_inventory_is_found_by_the_listing() {
    let exceptions = |concluded: &Concluded, test: &str| {
        let states = items(concluded, test, "").into_iter();
        states.filter(|state| *state == State::Exception).count()
    };
    for system in ["db-claims", "broker-events"] {
        let concluded = without_system(system);
        assert!(exceptions(&concluded, "CT-02") > exceptions(&AS_RECORDED, "CT-02"));
        assert!(exceptions(&concluded, "CT-15") > exceptions(&AS_RECORDED, "CT-15"));
        assert!(items(&concluded, "CT-05", system).is_empty());
        let claims = Standing::of(&concluded.evaluation).claims_beyond(&WHOLE);
        assert!(claims.iter().all(|claim| !claim.starts_with("CT-")), "{claims:?}");
    }
    assert_nothing_more(&without_system("db-claims"));
    // What was adverse about a dropped system goes with it: a statement that only one of its items kept open closes.
    // That is all a forger gains, and CT-02 and CT-15 name every resource and backup of the system.
    let claims = Standing::of(&without_system("broker-events").evaluation).claims_beyond(&WHOLE);
    assert!(
        claims[0].starts_with("DR-13.4.2-1 became SUPPORTED"),
        "{claims:?}"
    );
}

/// The altered pull proves nothing any more, and says so by its id.
#[test]
fn a_pull_with_a_broken_page_chain_or_a_row_that_does_not_fit_is_not_whole() {
    let long = |source: Source| {
        let all = pulls().iter().enumerate();
        all.rev()
            .find(|(_, pull)| pull.key.source == source && pull.pages.len() >= 3)
            .unwrap()
            .0
    };
    type Edit = fn(&mut Pull);
    let alterations: [(&str, Edit); 8] = [
        ("the token of the first page is cut", |pull| {
            let mut body: Value = serde_json::from_slice(&pull.body(0)).unwrap();
            body.as_object_mut().unwrap().remove("NextToken");
            pull.set_body(0, serde_json::to_vec(&body).unwrap());
        }),
        ("the token of the last page is forged", |pull| {
            let last = pull.receipt.pages.len() - 1;
            let mut body: Value = serde_json::from_slice(&pull.body(last)).unwrap();
            body["NextToken"] = json!("more");
            pull.set_body(last, serde_json::to_vec(&body).unwrap());
        }),
        ("two pages are swapped", |pull| pull.receipt.pages.swap(0, 1)),
        ("a page is repeated", |pull| {
            let page = pull.receipt.pages[1].clone();
            pull.receipt.pages.insert(1, page);
        }),
        ("the bodies of two pages are swapped", |pull| {
            let (first, second) = (pull.body(0), pull.body(1));
            pull.set_body(0, second);
            pull.set_body(1, first);
        }),
        ("a row is of another account", |pull| {
            let mut body: Value = serde_json::from_slice(&pull.body(0)).unwrap();
            rows(&mut body).for_each(|rows| rows[0]["AccountId"] = json!("999900001111"));
            pull.set_body(0, serde_json::to_vec(&body).unwrap());
        }),
        ("a row is of the future", |pull| {
            let mut body: Value = serde_json::from_slice(&pull.body(0)).unwrap();
            rows(&mut body).for_each(|rows| rows[0]["CreationDate"] = json!(1_893_456_000.0));
            pull.set_body(0, serde_json::to_vec(&body).unwrap());
        }),
        ("the request asks for one state only", |pull| {
            pull.receipt
                .parameters
                .insert("ByState".into(), "COMPLETED".into());
        }),
    ];
    let index = long(Source::AwsBackupJobs);
    for (what, alter) in alterations {
        let mut pull = Pull::recorded(index);
        alter(&mut pull);
        let concluded = Variant(BTreeMap::from([(index, Some(pull))])).concluded();
        let says = |concluded: &Concluded| -> BTreeSet<String> {
            let all = concluded.records.coverage.shortfalls().iter();
            let of_pull = all.filter(|shortfall| shortfall.reason.contains(pulls()[index].id.as_str()));
            of_pull.map(|shortfall| shortfall.reason.clone()).collect()
        };
        let new = says(&concluded).difference(&says(&AS_RECORDED)).count();
        assert!(new > 0, "{what}: the pull is still taken for whole");
        assert_nothing_more(&concluded);
    }
}
