//! Conclusions: tests and items that come out otherwise, each with what the bundles show that touches it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::side_by_side;
use crate::bundle::results::v1::{Item, Results, StateCounts, Test};

/// What changed that touches an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The item rests on other records, or on places of which other pages were collected.
    Evidence,
    /// Other places have to be covered.
    Estate,
    /// A parameter of the test has another value or standing.
    Parameters,
    /// The test's entry is worded or mapped otherwise.
    Catalogue,
    /// Another version of the program.
    Tool,
    /// The bundles are of different periods.
    Period,
}

impl Cause {
    /// The word for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Estate => "estate",
            Self::Parameters => "parameters",
            Self::Catalogue => "catalogue",
            Self::Tool => "tool",
            Self::Period => "period",
        }
    }
}

/// A test that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// The test.
    pub test: String,
    /// Its state in the first bundle, where it has one.
    pub old: Option<String>,
    /// Its state in the second.
    pub new: Option<String>,
    /// Its items by state in the first bundle.
    pub old_counts: Option<StateCounts>,
    /// Its items by state in the second.
    pub new_counts: Option<StateCounts>,
}

/// An item that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The test.
    pub test: String,
    /// The item.
    pub item: String,
    /// Its state in the first bundle, where it has one.
    pub old: Option<String>,
    /// Its state in the second.
    pub new: Option<String>,
    /// What is said about it in the first; empty where it is supported.
    pub old_words: String,
    /// What is said about it in the second.
    pub new_words: String,
    /// What changed that touches it.
    pub causes: BTreeSet<Cause>,
}

impl Row {
    /// Whether the second bundle has an exception here that the first has not.
    pub fn is_new(&self, state: &str) -> bool {
        self.new.as_deref() == Some(state) && self.old.as_deref() != Some(state)
    }
}

/// What is known to have changed.
pub(super) struct Known {
    pub(super) tool: bool,
    pub(super) estate: bool,
    pub(super) catalogue: BTreeSet<String>,
    pub(super) parameters: BTreeSet<String>,
    /// The parameters that each test uses.
    pub(super) used: BTreeMap<String, Vec<String>>,
    /// The sources in their places of which a bundle has other pages.
    pub(super) sources: BTreeSet<(String, String, String)>,
}

/// The tests and the items that come out otherwise.
pub(super) fn compare(old: &Results, new: &Results, known: &Known) -> (Vec<Tested>, Vec<Row>) {
    let one_period = old.period == new.period && old.as_of == new.as_of;
    let by_id = |results: &Results| -> BTreeMap<String, Test> {
        let tests = results.tests.iter().map(|test| (test.id.clone(), test.clone()));
        tests.collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let (mut tests, mut rows) = (Vec::new(), Vec::new());
    for (id, old, new) in side_by_side(&old, &new) {
        let state = |test: Option<&Test>| test.map(|test| test.state.clone());
        let counts = |test: Option<&Test>| test.map(|test| test.counts);
        if state(old) != state(new) || counts(old) != counts(new) {
            tests.push(Tested {
                test: id.clone(),
                old: state(old),
                new: state(new),
                old_counts: counts(old),
                new_counts: counts(new),
            });
        }
        let (of_old, of_new) = (items(old), items(new));
        for (item, before, after) in side_by_side(&of_old, &of_new) {
            let words =
                |test: Option<&Test>, item: &str| test.map(|test| said(test, item)).unwrap_or_default();
            let row = Row {
                test: id.clone(),
                item: (*item).to_owned(),
                old: before.map(|item| item.state.clone()),
                new: after.map(|item| item.state.clone()),
                old_words: words(old, item),
                new_words: words(new, item),
                causes: causes(id, before.copied(), after.copied(), known, one_period),
            };
            // An item whose words alone differ rests on something else: that is worth a row too.
            if row.old != row.new || row.old_words != row.new_words {
                rows.push(row);
            }
        }
    }
    (tests, rows)
}

fn items(test: Option<&Test>) -> BTreeMap<&str, &Item> {
    let items = test.into_iter().flat_map(|test| &test.items);
    items.map(|item| (item.item.as_str(), item)).collect()
}

fn said(test: &Test, item: &str) -> String {
    let exception = test.exceptions.iter().find(|one| one.item == item);
    let open = test.indeterminate.iter().find(|one| one.item == item);
    let words = exception
        .map(|one| &one.condition)
        .or(open.map(|one| &one.reason));
    words.cloned().unwrap_or_default()
}

fn causes(
    test: &str,
    old: Option<&Item>,
    new: Option<&Item>,
    known: &Known,
    one_period: bool,
) -> BTreeSet<Cause> {
    let mut causes = BTreeSet::new();
    let cited = |item: Option<&Item>| item.map(|item| item.evidence.clone());
    let searched = [old, new].into_iter().flatten().flat_map(|item| &item.evidence);
    let mut touched = searched.filter_map(|citation| {
        let mut parts = citation.strip_prefix("searched:")?.splitn(3, '/');
        Some((
            parts.next()?.to_owned(),
            parts.next()?.to_owned(),
            parts.next()?.to_owned(),
        ))
    });
    if cited(old) != cited(new) || touched.any(|place| known.sources.contains(&place)) {
        causes.insert(Cause::Evidence);
    }
    let uses = |parameter: &String| known.parameters.contains(parameter);
    if known.used.get(test).is_some_and(|used| used.iter().any(uses)) {
        causes.insert(Cause::Parameters);
    }
    if known.catalogue.contains(&format!("test {test}")) {
        causes.insert(Cause::Catalogue);
    }
    if known.estate {
        causes.insert(Cause::Estate);
    }
    if known.tool {
        causes.insert(Cause::Tool);
    }
    if !one_period {
        causes.insert(Cause::Period);
    }
    causes
}
