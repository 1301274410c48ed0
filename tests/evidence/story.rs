//! The story of the recorded quarter (`fixtures/luma/story.toml`): every planted fact is found, and nothing else is.

use std::collections::BTreeMap;
use std::fmt;

use backproof::model::finding::{Conclusion, State};
use serde::Deserialize;

use crate::quarter::{AS_RECORDED, directory};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    finding: Vec<Planted>,
}

/// A finding that a planted fact must cause.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planted {
    fact: u32,
    test: String,
    state: String,
    item_contains: Vec<String>,
    note: String,
}

/// An item of the results that says EXCEPTION or INDETERMINATE.
struct Adverse<'a> {
    test: String,
    state: State,
    item: &'a str,
    words: &'a str,
}

impl fmt::Display for Adverse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}", self.test, self.state, self.item, self.words)
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = self.item_contains.join(" ");
        write!(
            f,
            "fact {}: {} {} {item}: {}",
            self.fact, self.test, self.state, self.note
        )
    }
}

impl Planted {
    fn is(&self, adverse: &Adverse<'_>) -> bool {
        self.test == adverse.test
            && self.state == adverse.state.as_str()
            && self
                .item_contains
                .iter()
                .all(|text| adverse.item.contains(text.as_str()))
    }
}

fn adverse() -> Vec<Adverse<'static>> {
    let findings = &AS_RECORDED.evaluation.findings;
    let items = findings
        .iter()
        .flat_map(|finding| finding.items().iter().map(move |item| (finding, item)));
    items
        .filter_map(|(finding, item)| {
            let words = match item.conclusion() {
                Conclusion::Exception { condition, .. } => condition,
                Conclusion::Indeterminate { reason, .. } => reason,
                _ => return None,
            };
            Some(Adverse {
                test: finding.test().to_string(),
                state: item.state(),
                item: item.id(),
                words,
            })
        })
        .collect()
}

#[test]
fn every_planted_fact_is_found_and_nothing_else_is() {
    let text = std::fs::read_to_string(directory().join("story.toml")).unwrap();
    let planted = toml::from_str::<Story>(&text).unwrap().finding;
    let adverse = adverse();
    let mut faults = Vec::new();
    for planted in &planted {
        match adverse.iter().filter(|adverse| planted.is(adverse)).count() {
            1 => {}
            0 => faults.push(format!("planted, not found: {planted}")),
            n => faults.push(format!("planted once, found {n} times: {planted}")),
        }
    }
    for adverse in &adverse {
        match planted.iter().filter(|planted| planted.is(adverse)).count() {
            1 => {}
            0 => faults.push(format!("found, not planted: {adverse}")),
            n => faults.push(format!("found once, planted {n} times: {adverse}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What the auditor must be able to read off each test, as numbers that a change of the fixture or of a procedure has
/// to change on purpose: supported, exception, indeterminate, no occurrence, not applicable.
#[test]
fn the_counts_of_every_test_are_those_of_the_story() {
    let counted: BTreeMap<String, [u64; 5]> = AS_RECORDED
        .evaluation
        .findings
        .iter()
        .filter(|finding| finding.population().is_ok())
        .map(|finding| {
            let counts = finding.counts();
            let states = [
                State::Supported,
                State::Exception,
                State::Indeterminate,
                State::NoOccurrence,
                State::NotApplicable,
            ];
            (finding.test().to_string(), states.map(|state| counts.get(state)))
        })
        .collect();
    let expected = [
        ("CT-01", [105, 0, 38, 0, 0]),
        ("CT-02", [20, 2, 2, 0, 0]),
        ("CT-03", [13, 1, 1, 0, 1]),
        ("CT-04", [27, 1, 1, 0, 1]),
        ("CT-05", [1192, 6, 5, 0, 1]),
        ("CT-06", [12, 1, 1, 0, 1]),
        ("CT-07", [2, 2, 1, 0, 0]),
        ("CT-08", [1191, 6, 5, 0, 1]),
        ("CT-09", [2232, 1, 3, 0, 0]),
        ("CT-10", [4, 1, 0, 0, 0]),
        ("CT-11", [1909, 1, 16, 0, 0]),
        ("CT-12", [12, 0, 1, 0, 0]),
        ("CT-13", [1, 1, 3, 0, 0]),
        ("CT-14", [13, 0, 7, 0, 0]),
        ("CT-15", [1377, 1, 3, 0, 0]),
        ("CT-16", [1, 1, 4, 0, 0]),
        ("CT-17", [7, 1, 1, 0, 1]),
        ("CT-18", [9, 0, 1, 0, 0]),
        ("CT-19", [8, 1, 1, 0, 0]),
        ("CT-20", [10, 2, 1, 0, 0]),
        ("CT-21", [21, 1, 0, 0, 0]),
        ("CT-22", [2, 2, 0, 0, 0]),
        ("CT-23", [16, 1, 0, 0, 0]),
        ("CT-24", [55, 1, 3, 0, 1]),
        ("CT-25", [30, 1, 0, 0, 0]),
        ("CT-26", [3, 2, 0, 0, 0]),
        ("CT-27", [16, 1, 0, 0, 0]),
        ("CT-28", [22, 3, 1, 0, 0]),
        ("CT-29", [13, 2, 1, 0, 0]),
        ("CT-30", [6, 2, 2, 0, 0]),
        ("CT-31", [54, 2, 0, 0, 0]),
        ("CT-32", [20, 2, 4, 0, 0]),
        ("CT-33", [8, 1, 1, 0, 0]),
        ("CT-34", [21, 1, 2, 0, 0]),
        ("CT-35", [6, 3, 1, 0, 0]),
    ];
    assert_eq!(
        counted,
        expected.map(|(test, counts)| (test.to_owned(), counts)).into()
    );
}
