//! Nothing is not proof of nothing: an empty file is INDETERMINATE, a source that is proven empty is NO_OCCURRENCE, and
//! neither is ever SUPPORTED.

use std::collections::BTreeMap;

use backproof::model::finding::{Finding, Item, State};
use backproof::model::scope::Scope;
use backproof::model::source::Source;
use serde_json::Value;

use crate::altered::rows;
use crate::quarter::{AS_RECORDED, Concluded, QUARTER};
use crate::variant::{Pull, Variant, of_source};

/// Registers and snapshots, and the tests that can conclude nothing without them.
const RELIANCE: [(Source, &[&str]); 8] = [
    (
        Source::SystemsInventory,
        &[
            "CT-02", "CT-03", "CT-05", "CT-06", "CT-15", "CT-17", "CT-21", "CT-23", "CT-24", "CT-27",
        ],
    ),
    (Source::RestoreTests, &["CT-17", "CT-18", "CT-20"]),
    (Source::ExerciseSchedule, &["CT-21", "CT-22"]),
    (Source::Exercises, &["CT-22", "CT-23", "CT-24", "CT-25", "CT-26"]),
    (Source::Bia, &["CT-27"]),
    (Source::PlanDocuments, &["CT-28"]),
    (Source::RoleRoster, &["CT-32", "CT-34"]),
    (Source::IamSnapshot, &["CT-33"]),
];

fn finding<'a>(concluded: &'a Concluded, test: &str) -> &'a Finding {
    let findings = &concluded.evaluation.findings;
    findings
        .iter()
        .find(|finding| finding.test().as_str() == test)
        .unwrap()
}

/// Every page of `source` with the body that `body` makes of it.
fn with_bodies(source: Source, body: impl Fn(Vec<u8>) -> Vec<u8>) -> Variant {
    let pulls = of_source(source).map(|(index, _)| {
        let mut pull = Pull::recorded(index);
        for page in 0..pull.receipt.pages.len() {
            let bytes = body(pull.body(page));
            pull.set_body(page, bytes);
        }
        (index, Some(pull))
    });
    Variant(pulls.collect::<BTreeMap<_, _>>())
}

#[test]
fn an_empty_file_is_indeterminate() {
    for (source, tests) in RELIANCE {
        let concluded = with_bodies(source, |_| Vec::new()).concluded();
        for test in tests {
            let (before, after) = (finding(&AS_RECORDED, test), finding(&concluded, test));
            let what = format!("{test} over an empty file of {source}");
            let counts = after.counts();
            assert_ne!(
                before.counts().get(State::Supported),
                0,
                "{what}: nothing to lose"
            );
            assert_eq!(counts.get(State::Supported), 0, "{what}");
            assert_eq!(counts.get(State::NoOccurrence), 0, "{what}");
            assert_ne!(counts.get(State::Indeterminate), 0, "{what}");
        }
    }
}

/// Whether records of other sources alone speak: a resource whose tag says that it holds no ePHI, or the age of the
/// impact analysis, which asks for no inventory.
fn rests_elsewhere(item: &Item, source: Source) -> bool {
    let pages: Vec<_> = of_source(source)
        .flat_map(|(_, pull)| &pull.pages)
        .filter_map(|page| page.evidence)
        .collect();
    let cited = item.evidence().records();
    !cited.is_empty() && cited.iter().all(|citation| !pages.contains(&citation.evidence))
}

#[test]
fn a_register_without_documents_supports_nothing() {
    for (source, tests) in RELIANCE {
        let emptied = with_bodies(source, |body| {
            let mut body: Value = serde_json::from_slice(&body).unwrap();
            rows(&mut body).for_each(Vec::clear);
            serde_json::to_vec(&body).unwrap()
        });
        let concluded = emptied.concluded();
        for test in tests {
            let items = finding(&concluded, test).items().iter();
            let supported: Vec<_> = items
                .filter(|item| item.state() == State::Supported && !rests_elsewhere(item, source))
                .map(|item| item.id())
                .collect();
            assert!(
                supported.is_empty(),
                "{test} over no documents of {source}: {supported:?}"
            );
        }
    }
    let none = Variant::edited(Source::RestoreTests, |body| rows(body).for_each(Vec::clear));
    let concluded = none.concluded();
    assert_eq!(finding(&concluded, "CT-18").state(), State::NoOccurrence);
    assert_eq!(finding(&concluded, "CT-17").state(), State::Exception);
}

/// The estate without the region that could not be read for two days: nothing is left open there.
fn readable() -> Scope {
    let mut scope = QUARTER.scope.clone();
    let data = scope
        .estate
        .aws
        .iter_mut()
        .find(|account| account.name == "data")
        .unwrap();
    data.regions.retain(|region| region.as_str() != "us-west-2");
    scope
}

#[test]
fn without_failed_jobs_follow_up_did_not_occur() {
    let fine = |row: &Value| {
        let category = row["MessageCategory"].as_str();
        let failed = ["FAILED", "EXPIRED", "ABORTED", "PARTIAL"];
        !failed.iter().any(|state| row["State"] == *state)
            && category.is_none_or(|category| category == "SUCCESS")
    };
    let variant = Variant::edited(Source::AwsBackupJobs, |body| {
        rows(body).for_each(|rows| rows.retain(fine));
    });
    let open = variant.concluded();
    assert_eq!(
        finding(&open, "CT-07").state(),
        State::Indeterminate,
        "a gap stays open"
    );
    let concluded = variant.concluded_in(&readable());
    assert_eq!(finding(&concluded, "CT-07").state(), State::NoOccurrence);
}

#[test]
fn without_deletions_disappearance_did_not_occur() {
    let deleted: Vec<String> = finding(&AS_RECORDED, "CT-13")
        .items()
        .iter()
        .map(|item| item.id().to_owned())
        .filter(|id| !id.starts_with("population/"))
        .collect();
    assert_eq!(deleted.len(), 2);
    let stays = |row: &Value| {
        let point = row["RecoveryPointArn"].as_str().unwrap_or_default();
        let name = row["EventName"].as_str().unwrap_or_default();
        !deleted.iter().any(|id| point.ends_with(id.as_str())) && !name.contains("Delete")
    };
    let drop_rows = |body: &mut Value| rows(body).for_each(|rows| rows.retain(stays));
    let variant = Variant::edited(Source::Cloudtrail, drop_rows)
        .and(Source::AwsRecoveryPoints, drop_rows)
        .and(Source::AwsBackupJobs, drop_rows);
    assert_eq!(
        finding(&variant.concluded(), "CT-13").state(),
        State::Indeterminate
    );
    let concluded = variant.concluded_in(&readable());
    assert_eq!(finding(&concluded, "CT-13").state(), State::NoOccurrence);
}
