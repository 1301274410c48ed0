//! Scenarios, procedures and catalogue agree: a directory belongs to a built test, each built test has one, and it holds
//! each outcome that the catalogue names for the test.

use std::collections::{BTreeMap, BTreeSet};

use backproof::catalogue::Catalogue;
use backproof::evaluate::procedure::PROCEDURES;
use backproof::model::finding::State;

use serde::Deserialize;

use crate::expect::finding;
use crate::scenario::{Scenario, Told, all};
use crate::world::{directory, read};

/// `ct-05` of `CT-05`.
fn directory_of(test: &str) -> String {
    test.to_lowercase()
}

/// The outcomes that scenarios of each test come to, and what the base world comes to.
fn outcomes() -> BTreeMap<String, BTreeSet<State>> {
    let mut outcomes: BTreeMap<String, BTreeSet<State>> = BTreeMap::new();
    let base = Told::base(None).unwrap().evaluated().unwrap();
    for (name, path) in all() {
        let scenario = Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
        let (directory, _) = name.split_once('/').unwrap();
        assert_eq!(
            directory,
            directory_of(&scenario.test),
            "{name} lies where its test's scenarios lie"
        );
        assert!(
            scenario.says.ends_with('.') && scenario.says.len() > 20,
            "{name} says what happens, in a sentence"
        );
        let of_test = outcomes.entry(scenario.test.clone()).or_default();
        of_test.extend(finding(&base, &scenario.test).map(|finding| finding.state()));
        of_test.extend(scenario.expect.states());
    }
    outcomes
}

#[test]
fn each_outcome_that_the_catalogue_names_is_in_a_scenario() {
    let catalogue = Catalogue::builtin().unwrap();
    let mut missing = Vec::new();
    let outcomes = outcomes();
    for (test, _) in PROCEDURES {
        assert!(
            outcomes.contains_key(*test),
            "{test} is built and has no scenario"
        );
    }
    for (test, found) in outcomes {
        let entry = catalogue.tests().iter().find(|entry| entry.id.as_str() == test);
        let entry = entry.unwrap_or_else(|| panic!("the catalogue has no {test}"));
        assert!(
            PROCEDURES.iter().any(|(id, _)| *id == test),
            "{test} is not built"
        );
        let mut named = vec![State::Supported, State::Exception, State::Indeterminate];
        named.extend(entry.no_occurrence.as_ref().map(|_| State::NoOccurrence));
        named.extend(entry.not_applicable.as_ref().map(|_| State::NotApplicable));
        let lacking = named.into_iter().filter(|state| !found.contains(state));
        missing.extend(lacking.map(|state| format!("{test} has no scenario that comes to {state}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// `cases.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
    trap: Vec<Case>,
}

/// A case that has to be got right, and where it is held.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    #[serde(default)]
    scenarios: Vec<String>,
    /// A file of the project, where no scenario can hold it.
    elsewhere: Option<String>,
}

#[test]
fn each_case_and_each_trap_is_held() {
    let cases: Cases = read(&directory().join("cases.toml")).unwrap();
    let scenarios = all();
    for Case {
        says,
        scenarios: held_by,
        elsewhere,
    } in cases.case.iter().chain(&cases.trap)
    {
        for name in held_by {
            assert!(
                scenarios.contains_key(name),
                "{says}: there is no scenario {name}"
            );
        }
        let file = elsewhere
            .as_ref()
            .map(|path| directory().join("../..").join(path));
        let held = !held_by.is_empty() || file.is_some_and(|file| file.exists());
        assert!(held, "{says}: nothing holds it");
    }
}
