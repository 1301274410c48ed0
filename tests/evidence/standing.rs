//! What a set of findings claims, and whether another set, drawn from less evidence, claims anything more.

use std::collections::{BTreeMap, BTreeSet};

use backproof::model::finding::{Evaluation, State};

/// The claims of an evaluation.
pub(crate) struct Standing {
    /// State of each test, statement and control, by its name.
    states: BTreeMap<String, State>,
    /// How many items of each test, and how many parts of each statement and control, are SUPPORTED.
    supported: BTreeMap<String, u64>,
    /// Items that are settled in the entity's favour.
    settled: BTreeSet<(String, State)>,
}

/// States that claim something for the entity. NOT_TESTED claims nothing, and is no result of evidence.
const CLAIMS: [State; 3] = [State::Supported, State::NoOccurrence, State::NotApplicable];

impl Standing {
    pub(crate) fn of(evaluation: &Evaluation) -> Self {
        let mut states = BTreeMap::new();
        let mut supported = BTreeMap::new();
        let mut settled = BTreeSet::new();
        for finding in &evaluation.findings {
            let name = finding.test().to_string();
            states.insert(name.clone(), finding.state());
            supported.insert(name.clone(), finding.counts().get(State::Supported));
            let items = finding
                .items()
                .iter()
                .filter(|item| CLAIMS.contains(&item.state()));
            settled.extend(items.map(|item| (format!("{name} {}", item.id()), item.state())));
        }
        for result in &evaluation.statements {
            states.insert(result.id.to_string(), result.state);
            supported.insert(result.id.to_string(), result.counts.get(State::Supported));
        }
        for result in &evaluation.controls {
            states.insert(result.id.to_string(), result.state);
            supported.insert(result.id.to_string(), result.counts.get(State::Supported));
        }
        Self {
            states,
            supported,
            settled,
        }
    }

    /// Each claim that `self` makes and `whole` does not. Evidence that was taken away can't prove anything, so that of
    /// less evidence there must be none.
    pub(crate) fn claims_beyond(&self, whole: &Self) -> Vec<String> {
        let mut beyond = Vec::new();
        for (name, state) in &self.states {
            if CLAIMS.contains(state) && whole.states[name] != *state {
                beyond.push(format!("{name} became {state}, it was {}", whole.states[name]));
            }
        }
        for (name, count) in &self.supported {
            if *count > whole.supported[name] {
                beyond.push(format!(
                    "{name} has {count} supported, it had {}",
                    whole.supported[name]
                ));
            }
        }
        let items = self.settled.difference(&whole.settled);
        beyond.extend(items.map(|(item, state)| format!("{item} became {state}")));
        beyond
    }
}
