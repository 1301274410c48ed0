//! What a scenario must come to, and where what it came to differs.

use std::collections::BTreeMap;

use backproof::model::finding::{Conclusion, Evaluation, Finding, Item, State};
use serde::Deserialize;

/// `[expect]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// The state of the test.
    pub(crate) state: String,
    /// Every item that is not SUPPORTED, in the order of ids: `id: STATE`, or `id: STATE: words of the conclusion`.
    #[serde(default)]
    pub(crate) items: Vec<String>,
    /// How many items are SUPPORTED.
    supported: Option<u64>,
    /// How many items the population has.
    population: Option<u64>,
    /// Words of observations, one each.
    #[serde(default)]
    observations: Vec<String>,
    /// States of other tests that follow from the story.
    #[serde(default)]
    also: BTreeMap<String, String>,
}

fn state(text: &str) -> Result<State, String> {
    State::ALL
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| format!("{text:?} is not a state"))
}

/// Id, state and words. Ids hold colons: the first word that is a state ends the id.
fn expected(line: &str) -> Result<(&str, State, &str), String> {
    let found = State::ALL.into_iter().filter_map(|state| {
        let (id, rest) = line.split_once(&format!(": {state}"))?;
        let words = if rest.is_empty() {
            Some("")
        } else {
            rest.strip_prefix(": ")
        };
        Some((id, state, words?))
    });
    found
        .min_by_key(|(id, ..)| id.len())
        .ok_or_else(|| format!("{line:?} has not the form `id: STATE` or `id: STATE: words`"))
}

/// The id, the state, and all that the conclusion says.
fn found(item: &Item) -> String {
    format!("{}: {}: {}", item.id(), item.state(), words(item.conclusion()))
}

fn words(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Supported => String::new(),
        Conclusion::Exception {
            condition,
            criterion,
            severity,
        } => {
            format!("{condition} | {criterion} | {}", severity.as_str())
        }
        Conclusion::Indeterminate { reason, resolves } => format!("{reason} | {resolves}"),
        Conclusion::NoOccurrence { statement } => statement.clone(),
        Conclusion::NotApplicable {
            rationale,
            approved_by,
            ..
        } => format!("{rationale} | {approved_by}"),
    }
}

/// Whether it is the id that was expected, in which `*` stands for a digest.
fn is_called(item: &Item, id: &str) -> bool {
    match id.split_once('*') {
        None => item.id() == id,
        Some((before, after)) => {
            let rest = item
                .id()
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            rest.is_some_and(|digest| digest.bytes().all(|b| b.is_ascii_hexdigit()))
        }
    }
}

/// The finding of a test.
pub(crate) fn finding<'a>(evaluation: &'a Evaluation, test: &str) -> Option<&'a Finding> {
    evaluation
        .findings
        .iter()
        .find(|finding| finding.test().as_str() == test)
}

/// Every item that is not SUPPORTED, a line each.
pub(crate) fn listed(finding: &Finding) -> Vec<String> {
    finding
        .items()
        .iter()
        .filter(|item| item.state() != State::Supported)
        .map(found)
        .collect()
}

impl Expect {
    /// Every state is one.
    pub(crate) fn check(&self) -> Result<(), String> {
        state(&self.state)?;
        self.also.values().try_for_each(|also| state(also).map(drop))?;
        self.items.iter().try_for_each(|line| expected(line).map(drop))
    }

    /// The states of the test and of its items.
    pub(crate) fn states(&self) -> Vec<State> {
        let lines = self.items.iter().map(|line| expected(line).unwrap().1);
        lines.chain(state(&self.state)).collect()
    }

    /// Every difference between what was expected of `test` and what was found; nothing when they agree.
    pub(crate) fn differences(&self, evaluation: &Evaluation, test: &str) -> Vec<String> {
        let Some(finding) = finding(evaluation, test) else {
            return vec![format!("the catalogue has no test {test}")];
        };
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: String, found: String| {
            if expected != found {
                differences.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        compare(test, self.state.clone(), finding.state().to_string());
        if let Some(supported) = self.supported {
            let found = finding.counts().get(State::Supported);
            compare("supported items", supported.to_string(), found.to_string());
        }
        if let Some(size) = self.population {
            let found = finding.population().map_or(0, |population| population.size);
            compare("population", size.to_string(), found.to_string());
        }
        for (other, state) in &self.also {
            let found = self::finding(evaluation, other).map(|finding| finding.state().to_string());
            compare(other, state.clone(), found.unwrap_or_default());
        }
        for words in &self.observations {
            let all: Vec<_> = finding
                .observations()
                .iter()
                .map(|observation| observation.text.as_str())
                .collect();
            if !all.iter().any(|text| text.contains(words.as_str())) {
                differences.push(format!("no observation says {words:?}: {all:#?}"));
            }
        }
        if !self.items_agree(finding) {
            let lines = |lines: &[String]| {
                lines
                    .iter()
                    .map(|line| format!("\n    {line}"))
                    .collect::<String>()
            };
            let (expected, found) = (lines(&self.items), lines(&listed(finding)));
            differences.push(format!("items expected:{expected}\n  items found:{found}"));
        }
        differences
    }

    fn items_agree(&self, finding: &Finding) -> bool {
        let items: Vec<_> = finding
            .items()
            .iter()
            .filter(|item| item.state() != State::Supported)
            .collect();
        items.len() == self.items.len()
            && items.iter().zip(&self.items).all(|(item, line)| {
                let (id, state, words) = expected(line).unwrap();
                is_called(item, id) && item.state() == state && self::words(item.conclusion()).contains(words)
            })
    }
}
