//! An organisation's files over the built-in catalogue: what takes the place of what, and what is refused.

use super::*;
use crate::model::coverage::Coverage;
use crate::model::finding::{Evidence, FindingBuilder, Severity};

const STATEMENTS: &str = include_str!("../../../fixtures/catalogue/own.toml");

fn own(text: &str) -> Result<Catalogue, CatalogueError> {
    Catalogue::of_organisation(&[CatalogueFile {
        name: "own.toml",
        text,
    }])
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    match own(text) {
        Ok(_) => panic!("accepted; expected {expected:?}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

fn test(catalogue: &Catalogue, id: &str) -> Test {
    let id = id.parse().expect("a test id");
    catalogue.test(&id).expect("a test of the catalogue").clone()
}

#[test]
fn own_statements_take_the_place_of_all_and_tests_and_controls_follow() {
    let catalogue = own(STATEMENTS).expect("a catalogue");
    let ids: Vec<_> = catalogue.statements().iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["BK-1", "BK-2", "BK-9", "BK-40", "BK-41"]);
    assert_eq!(
        catalogue.tests().len(),
        builtin().tests().len() + 1,
        "every built-in test is run all the same"
    );
    let names = |id: &str| {
        test(&catalogue, id)
            .statements
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("CT-05"), ["BK-1", "BK-2", "BK-41"]);
    assert_eq!(names("CT-27"), [""; 0]);
    let controls: Vec<_> = catalogue.controls().iter().map(|one| one.id.as_str()).collect();
    assert_eq!(controls, ["hipaa:164.312(b)", "hitrust:09.l"]);
}

#[test]
fn the_text_in_force_is_itself_a_catalogue() {
    let catalogue = own(STATEMENTS).expect("a catalogue");
    let again = Catalogue::from_toml(&[CatalogueFile {
        name: "catalogue.toml",
        text: catalogue.toml(),
    }]);
    assert_eq!(again, Ok(catalogue));
}

#[test]
fn parameters_and_tests_are_replaced_one_by_one() {
    let text = r#"
[[parameter]]
id = "min_retention"
title = "Shortest retention"
kind = "duration"
default = "90d"
policy_defines = "yes"
source = "Backup Standard 4"
"#;
    let catalogue = own(text).expect("a catalogue");
    assert_eq!(catalogue.parameters().len(), builtin().parameters().len());
    let parameter = catalogue
        .parameter(&"min_retention".parse().expect("an id"))
        .expect("a parameter");
    assert_eq!(
        parameter.default.as_ref().map(ToString::to_string).as_deref(),
        Some("2160h")
    );
    assert_eq!(catalogue.statements(), builtin().statements());
}

/// A statement of the organisation hears what is directed at the built-in one that it stands for; one that stands for none
/// hears everything, so that no exception passes it by.
#[test]
fn no_item_passes_a_statement_by() {
    let catalogue = own(STATEMENTS).expect("a catalogue");
    let place = crate::model::source::SourceKey {
        source: crate::model::source::Source::AwsBackupJobs,
        account: "111122223333".parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
    };
    let period = crate::model::time::Period::parse("2026-09", chrono_tz::Tz::UTC).expect("a period");
    let coverage = Coverage::new(
        [place.clone()].into(),
        [(place.clone(), period.interval())],
        Vec::new(),
    );
    let basis = coverage.prove(&place, period.interval());
    let mut builder = FindingBuilder::new("CT-05".parse().expect("an id"), "days", basis);
    for (item, statement) in [("performed", "DM-6.2-1a"), ("automated", "DM-6.2-1c")] {
        builder.exception(
            item,
            Severity::High,
            "missing",
            "present",
            Evidence::place(&place),
        );
        builder.only_about(item, &[statement.parse().expect("an id")]);
    }
    let finding = builder.finish("nothing");
    let heard = |id: &str| {
        let statement = catalogue
            .statement(&id.parse().expect("an id"))
            .expect("a statement");
        let items = finding.items().iter().filter(|item| statement.hears(item));
        items.map(|item| item.id()).collect::<Vec<_>>()
    };
    assert_eq!(heard("BK-1"), ["automated", "performed"]);
    assert_eq!(heard("BK-2"), ["automated"]);
}

#[test]
fn what_would_mislead_is_refused() {
    refused(
        &STATEMENTS.replace("CT-01", "CT-05"),
        "no statement names the test CT-01: whether the evidence is complete has to count somewhere",
    );
    refused(
        &STATEMENTS.replace("\"CT-06\"", "\"CT-66\""),
        "own.toml: statement BK-1 names the unknown test `CT-66`; did you mean `CT-06`?",
    );
    refused(
        &STATEMENTS.replace("stands_for = \"DM-6.2-1c\"", "stands_for = \"DM-6.2-1x\""),
        "own.toml: statement BK-2: `stands_for` names \"DM-6.2-1x\", which is no built-in statement",
    );
    refused(
        &format!("{STATEMENTS}{STATEMENTS}"),
        "own.toml: statement BK-1 stands in the catalogue already, in own.toml",
    );
    refused(
        "[[parametre]]\nid = \"x\"",
        "own.toml: unknown table `parametre`; did you mean `parameter`?",
    );
    let borrowed = BUILTIN[5]
        .text
        .replacen("implemented_by = \"ct02", "implemented_by = \"ct05", 1);
    refused(
        &borrowed,
        "own.toml: test CT-02: `implemented_by` has to be \"ct02_population_complete\", as in the built-in test",
    );
    let stranger = BUILTIN[5].text.replacen("id = \"CT-02\"", "id = \"CT-77\"", 1);
    refused(
        &stranger,
        "own.toml: test CT-77: no procedure of this program tries it: leave `implemented_by` out",
    );
}
