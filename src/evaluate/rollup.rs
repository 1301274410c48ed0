//! From items to statements to controls: the worst state wins, and all counts are kept beside it.

use crate::catalogue::Catalogue;
use crate::model::finding::{ControlResult, Counts, Finding, Item, State, StatementResult};

/// One result a statement, in catalogue order.
///
/// Of each test only the items that speak about the statement count. A test that was not run, or that has no item about
/// the statement, leaves a part of it untried: NOT_TESTED at best. So does a statement that no test tries.
pub fn statements(catalogue: &Catalogue, findings: &[Finding]) -> Vec<StatementResult> {
    catalogue
        .statements()
        .iter()
        .map(|statement| {
            let mut states = Vec::new();
            for test in &statement.tests {
                let finding = findings.iter().find(|finding| finding.test() == test);
                let about: Vec<State> = finding
                    .into_iter()
                    .flat_map(Finding::items)
                    .filter(|item| statement.hears(item))
                    .map(Item::state)
                    .collect();
                if about.is_empty() {
                    states.push(State::NotTested)
                } else {
                    states.extend(about)
                }
            }
            StatementResult {
                id: statement.id.clone(),
                state: State::rollup(states.iter().copied()).unwrap_or(State::NotTested),
                counts: Counts::of(states),
                tests: statement.tests.clone(),
            }
        })
        .collect()
}

/// One result a control, in catalogue order, from the statements mapped to it.
pub fn controls(catalogue: &Catalogue, statements: &[StatementResult]) -> Vec<ControlResult> {
    catalogue
        .controls()
        .iter()
        .map(|control| {
            let mapped: Vec<_> = catalogue
                .statements_of(&control.id)
                .map(|statement| &statement.id)
                .collect();
            let states: Vec<State> = statements
                .iter()
                .filter(|result| mapped.contains(&&result.id))
                .map(|result| result.state)
                .collect();
            ControlResult {
                id: control.id.clone(),
                state: State::rollup(states.iter().copied()).unwrap_or(State::NotTested),
                counts: Counts::of(states),
                statements: mapped.into_iter().cloned().collect(),
            }
        })
        .collect()
}
