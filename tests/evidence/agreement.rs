//! Catalogue, table of procedures, files and results agree; every citation leads to a place in the evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use backproof::bundle::results;
use backproof::catalogue::{Catalogue, CatalogueFile};
use backproof::evaluate::evaluate;
use backproof::evaluate::procedure::PROCEDURES;
use backproof::ledger::store::EvidenceStore as _;
use backproof::model::finding::{Evaluation, Evidence, State};
use backproof::model::ids::EvidenceId;
use serde_json::Value;

use crate::quarter::{AS_RECORDED, QUARTER};
use crate::variant::pulls;

/// `ct05_daily_backup` of `CT-05`: the beginning of the names of a test's files.
fn stem(test: &str) -> String {
    test.to_lowercase().replace('-', "") + "_"
}

#[test]
fn catalogue_table_and_files_name_the_same_procedures() {
    let tests = QUARTER.catalogue.tests().iter();
    let catalogue: BTreeMap<String, String> = tests
        .filter_map(|test| Some((test.id.to_string(), test.implemented_by.clone()?)))
        .collect();
    let table: Vec<&str> = PROCEDURES.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        table,
        catalogue.keys().collect::<Vec<_>>(),
        "the table, in the order of the catalogue"
    );
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evaluate/procedure");
    let files: BTreeSet<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name.starts_with("ct"))
        .collect();
    assert_eq!(catalogue.values().cloned().collect::<BTreeSet<_>>(), files);
    for (test, file) in &catalogue {
        assert!(file.starts_with(&stem(test)), "{test} is implemented by {file}");
    }
}

#[test]
fn every_entry_of_the_catalogue_has_its_result_in_order() {
    let (catalogue, evaluation) = (&QUARTER.catalogue, &AS_RECORDED.evaluation);
    let built: BTreeSet<&str> = PROCEDURES.iter().map(|(id, _)| *id).collect();
    let tests: Vec<_> = evaluation.findings.iter().map(|finding| finding.test()).collect();
    assert_eq!(
        tests,
        catalogue.tests().iter().map(|test| &test.id).collect::<Vec<_>>()
    );
    for finding in &evaluation.findings {
        let is_built = built.contains(finding.test().as_str());
        assert_eq!(
            finding.state() != State::NotTested,
            is_built,
            "{}",
            finding.test()
        );
        assert_eq!(finding.population().is_ok(), is_built, "{}", finding.test());
    }
    let statements: Vec<_> = evaluation.statements.iter().map(|result| &result.id).collect();
    let expected: Vec<_> = catalogue
        .statements()
        .iter()
        .map(|statement| &statement.id)
        .collect();
    assert_eq!(statements, expected);
    let controls: Vec<_> = evaluation.controls.iter().map(|result| &result.id).collect();
    assert_eq!(
        controls,
        catalogue
            .controls()
            .iter()
            .map(|control| &control.id)
            .collect::<Vec<_>>()
    );
}

/// Every page of the quarter, parsed. Objects of a bucket and their lists are no JSON, and cited by the whole.
fn bodies() -> BTreeMap<EvidenceId, Value> {
    let pages = pulls().iter().flat_map(|pull| &pull.pages);
    pages
        .filter_map(|page| page.evidence)
        .map(|id| {
            let bytes = QUARTER.store.bytes(id).unwrap();
            (id, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        })
        .collect()
}

#[test]
fn every_citation_leads_to_a_place_in_the_evidence() {
    let bodies = bodies();
    // A place is expected, or was proven without being expected, as the organisation's list of accounts is.
    let places = AS_RECORDED.records.coverage.keys();
    let mut cited = 0;
    let mut check = |what: &str, evidence: &Evidence| {
        assert!(
            !evidence.records().is_empty() || !evidence.searched().is_empty(),
            "{what} cites nothing"
        );
        for citation in evidence.records() {
            let body = bodies
                .get(&citation.evidence)
                .unwrap_or_else(|| panic!("{what} cites a page that is not there"));
            assert!(
                body.pointer(&citation.locator).is_some(),
                "{what}: {} is no place of {}",
                citation.locator,
                citation.evidence
            );
            cited += 1;
        }
        for place in evidence.searched() {
            assert!(places.contains(place), "{what} searched {place}");
        }
    };
    for finding in &AS_RECORDED.evaluation.findings {
        for item in finding.items() {
            check(&format!("{} {}", finding.test(), item.id()), item.evidence());
        }
        for observation in finding.observations() {
            check(
                &format!("{} {}", finding.test(), observation.text),
                &observation.evidence,
            );
        }
    }
    assert!(cited > 1_000, "{cited} records are cited");
}

fn count(counts: &Value, state: State) -> u64 {
    counts[state.as_str().to_lowercase()].as_u64().unwrap()
}

#[test]
fn the_results_say_the_numbers_of_the_evaluation_and_they_add_up() {
    let bytes = QUARTER.results(&AS_RECORDED);
    agree(&serde_json::from_slice(&bytes).unwrap(), &AS_RECORDED.evaluation);
}

/// A catalogue with a test that nobody has built, alone behind one statement and beside another test behind a second.
const UNBUILT: &str = include_str!("../../fixtures/catalogue/own.toml");

#[test]
fn a_test_without_a_procedure_comes_out_as_not_tested_and_leaves_its_statements_so() {
    let own = CatalogueFile {
        name: "own.toml",
        text: UNBUILT,
    };
    let catalogue = Catalogue::of_organisation(&[own]).unwrap();
    let (scope, records) = (&QUARTER.scope, &AS_RECORDED.records);
    let evaluation = evaluate(scope, &catalogue, &QUARTER.parameters, records).unwrap();
    let unbuilt: Vec<_> = evaluation
        .findings
        .iter()
        .filter(|finding| finding.population().is_err())
        .collect();
    let [finding] = unbuilt[..] else {
        panic!("one test is not built, not {}", unbuilt.len());
    };
    assert_eq!(
        (finding.test().as_str(), finding.state()),
        ("CT-40", State::NotTested)
    );
    assert!(finding.items().is_empty());
    let statement = |id: &str| {
        let found = evaluation
            .statements
            .iter()
            .find(|result| result.id.as_str() == id);
        let found = found.unwrap();
        (found.state, found.counts.get(State::NotTested))
    };
    assert_eq!(statement("BK-9"), (State::Indeterminate, 0));
    assert_eq!(statement("BK-40"), (State::NotTested, 1));
    assert_eq!(statement("BK-41"), (State::Exception, 1));
    let control = evaluation
        .controls
        .iter()
        .find(|result| result.id.as_str() == "hitrust:09.l");
    let counts = &control.unwrap().counts;
    assert_eq!(
        (counts.get(State::Exception), counts.get(State::NotTested)),
        (3, 1),
        "BK-1, BK-2 and BK-41 against BK-40"
    );
    let bytes = results::v1::encode(scope, &evaluation, &records.coverage);
    let said: Value = serde_json::from_slice(&bytes).unwrap();
    agree(&said, &evaluation);
    let told = said["tests"]
        .as_array()
        .unwrap()
        .iter()
        .find(|test| test["id"] == "CT-40")
        .unwrap();
    assert_eq!(
        told["not_tested_reason"],
        "this version of backproof has no procedure for this test"
    );
}

/// `results` say the numbers of `evaluation`, and they add up.
#[track_caller]
fn agree(results: &Value, evaluation: &Evaluation) {
    let list = |name: &str| results[name].as_array().unwrap().clone();
    let (tests, statements, controls) = (list("tests"), list("statements"), list("controls"));
    assert_eq!(tests.len(), evaluation.findings.len());
    for (said, finding) in tests.iter().zip(&evaluation.findings) {
        assert_eq!(said["id"], finding.test().as_str());
        assert_eq!(said["state"], finding.state().as_str());
        let items = said["items"].as_array().unwrap();
        for state in State::ALL {
            let n = count(&said["counts"], state);
            assert_eq!(n, finding.counts().get(state), "{} {state}", finding.test());
            let listed = items
                .iter()
                .filter(|item| item["state"] == state.as_str())
                .count() as u64;
            let untested = u64::from(state == State::NotTested && finding.population().is_err());
            assert_eq!(n, listed + untested, "{} {state}", finding.test());
        }
        let ids: BTreeSet<_> = items.iter().map(|item| item["item"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), items.len(), "{}: an item twice", finding.test());
        for (list, state) in [
            ("exceptions", State::Exception),
            ("indeterminate", State::Indeterminate),
        ] {
            let length = said[list].as_array().unwrap().len() as u64;
            assert_eq!(length, count(&said["counts"], state));
        }
        let marks = items
            .iter()
            .filter(|item| item["item"].as_str().unwrap().starts_with("population"));
        let population = said["population"].as_u64().unwrap();
        assert!(
            items.len() as u64 - population <= marks.count() as u64,
            "{}",
            finding.test()
        );
    }
    for (said, result) in statements.iter().zip(&evaluation.statements) {
        assert_eq!(said["state"], result.state.as_str());
        for state in State::ALL {
            assert_eq!(count(&said["counts"], state), result.counts.get(state));
        }
    }
    for (said, result) in controls.iter().zip(&evaluation.controls) {
        assert_eq!(said["state"], result.state.as_str());
        assert_eq!(
            result.counts.total(),
            result.statements.len() as u64,
            "{}",
            result.id
        );
        for state in State::ALL {
            let of_statements = evaluation
                .statements
                .iter()
                .filter(|statement| result.statements.contains(&statement.id) && statement.state == state)
                .count() as u64;
            assert_eq!(
                count(&said["counts"], state),
                of_statements,
                "{} {state}",
                result.id
            );
        }
    }
}
