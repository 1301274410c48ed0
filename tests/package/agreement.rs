//! The report and `results.json` say the same, number by number.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::json;
use crate::quarter::{REPORT, quarter};
use crate::tools;

/// The six counts in the order in which the report prints them, by their names in the results.
const COUNTS: [(&str, &str); 6] = [
    ("exception", "exception"),
    ("indeterminate", "indeterminate"),
    ("not_tested", "not tested"),
    ("supported", "supported"),
    ("no_occurrence", "no occurrence"),
    ("not_applicable", "not applicable"),
];

/// The report's text in reading order, each run of white space one blank.
fn text(layout: &str) -> String {
    let report = quarter().out().join(REPORT);
    let text = tools::run(
        quarter().dir(),
        "pdftotext",
        &[layout, report.to_str().unwrap(), "-"],
    );
    if layout == "-layout" {
        return text;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn results() -> Value {
    let unpacked = quarter().unpacked();
    json(&std::fs::read_to_string(unpacked.path().join("data/results.json")).unwrap())
}

/// The titles of tests, and the words of statements, by id.
fn words(table: &str, member: &str) -> BTreeMap<String, String> {
    let unpacked = quarter().unpacked();
    let text = std::fs::read_to_string(unpacked.path().join("data/catalogue.toml")).unwrap();
    let catalogue: toml::Table = text.parse().unwrap();
    let rows = catalogue[table].as_array().unwrap().iter();
    let text = |row: &toml::Value, member: &str| row[member].as_str().unwrap().to_owned();
    rows.map(|row| (text(row, "id"), text(row, member))).collect()
}

fn counted(counts: &Value) -> String {
    let parts = COUNTS.map(|(name, word)| format!("{} {word}", counts[name].as_u64().unwrap()));
    parts.join(" ")
}

fn list<'v>(results: &'v Value, name: &str) -> &'v Vec<Value> {
    results[name].as_array().unwrap()
}

/// The words that the report has for a state.
fn state_words(state: &Value) -> &'static str {
    match state.as_str().unwrap() {
        "EXCEPTION" => "Exception noted",
        "INDETERMINATE" => "Unable to conclude",
        "NOT_TESTED" => "Not tested",
        "SUPPORTED" => "No exceptions noted",
        "NO_OCCURRENCE" => "Did not operate",
        _ => "Not applicable",
    }
}

#[test]
fn each_test_has_its_state_numbers_and_population() {
    let (text, results, titles) = (text("-raw"), results(), words("test", "title"));
    let mut compared = 0;
    for test in list(&results, "tests") {
        let id = test["id"].as_str().unwrap();
        let head = format!("{id} {} {}", titles[id], state_words(&test["state"]));
        let at = text
            .find(&head)
            .unwrap_or_else(|| panic!("the report has no {head:?}"));
        let sheet = &text[at..];
        let sheet = &sheet[..sheet.find(" Criterion ").unwrap()];
        let expected = format!("Results {}", counted(&test["counts"]));
        assert!(
            sheet.contains(&expected),
            "{id}: {expected:?} is not in {sheet:?}"
        );
        let (size, unit) = (
            test["population"].as_u64().unwrap(),
            test["population_unit"].as_str().unwrap(),
        );
        assert!(
            sheet.contains(&format!("Population tested {size} {unit}")),
            "{id}: {sheet}"
        );
        compared += 1;
    }
    assert!(compared >= 35, "{compared} tests were compared");
}

#[test]
fn each_statement_has_its_state_and_numbers() {
    let (text, results, said) = (text("-raw"), results(), words("statement", "paraphrase"));
    for statement in list(&results, "statements") {
        let id = statement["id"].as_str().unwrap();
        let counts = counted(&statement["counts"]);
        let expected = format!("{} {counts} {}", said[id], state_words(&statement["state"]));
        assert!(text.contains(&expected), "{id}: the report has no {expected:?}");
    }
}

#[test]
fn each_control_has_its_numbers() {
    let (text, results) = (text("-layout"), results());
    let page = text
        .split('\u{c}')
        .find(|page| page.contains("Exceptions by severity"))
        .unwrap();
    for control in list(&results, "controls") {
        let id = control["id"].as_str().unwrap();
        let (_, reference) = id.split_once(':').unwrap();
        let line = page.lines().find_map(|line| {
            let at = line.find(&format!("{reference} "))?;
            Some(&line[at + reference.len()..])
        });
        let line = line.unwrap_or_else(|| panic!("{id} is not on the page of the conclusion"));
        let numbers = line
            .split_whitespace()
            .skip_while(|word| word.parse::<u64>().is_err());
        let numbers: Vec<u64> = numbers.take(6).map_while(|word| word.parse().ok()).collect();
        let expected = COUNTS.map(|(name, _)| control["counts"][name].as_u64().unwrap());
        assert_eq!(numbers, expected, "{id}: {line}");
    }
}

#[test]
fn exceptions_and_open_items_are_the_same_ones() {
    let (text, results) = (text("-raw"), results());
    let ids = |name: &str| -> BTreeSet<String> {
        let tests = list(&results, "tests").iter();
        let items = tests.flat_map(|test| test[name].as_array().unwrap());
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let printed = |kind: char| -> BTreeSet<String> {
        let numbered = |word: &str| {
            let rest = word.strip_prefix("CT-").and_then(|rest| rest.get(2..));
            rest.and_then(|rest| rest.strip_prefix('.')?.strip_prefix(kind))
                .is_some_and(|digits| {
                    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
                })
        };
        let words = text.split(' ').filter(|word| numbered(word));
        words.map(str::to_owned).collect()
    };
    assert_eq!(printed('E'), ids("exceptions"));
    // Of open items that the same evidence would settle the report shows some, and says how many more there are.
    let (open, shown) = (ids("indeterminate"), printed('I'));
    assert!(shown.is_subset(&open));
    let parts: Vec<&str> = text.split(" more in data/indeterminate.csv").collect();
    let said = parts[..parts.len() - 1].iter().map(|before| {
        let number = before.rsplit(' ').next().unwrap();
        number.parse::<usize>().unwrap()
    });
    assert_eq!(shown.len() + said.sum::<usize>(), open.len());
    for exception in list(&results, "tests")
        .iter()
        .flat_map(|test| test["exceptions"].as_array().unwrap())
    {
        let condition = exception["condition"].as_str().unwrap();
        let squeezed: String = condition.split_whitespace().collect();
        assert!(
            text.replace(' ', "").contains(&squeezed),
            "{}: {condition} is not in the report",
            exception["id"]
        );
    }
}
