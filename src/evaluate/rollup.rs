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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::facts::register;
    use crate::evaluate::testing::World;
    use crate::model::finding::{Evidence, FindingBuilder, Severity};
    use crate::model::source::Source;

    /// One item for each test of the catalogue but CT-10: an exception for CT-05, SUPPORTED for the others.
    fn findings(catalogue: &Catalogue) -> Vec<Finding> {
        World::new().with_context(|context| {
            let proof = register(context, Source::Tickets).expect("it is proven");
            let evidence = || Evidence::absence_in(&proof);
            let tests = catalogue.tests().iter().map(|test| &test.id);
            let tests = tests.filter(|test| test.as_str() != "CT-10");
            let finding = |test: &crate::model::ids::TestId| {
                let mut builder = FindingBuilder::new(test.clone(), "items", Ok(proof.clone()));
                match test.as_str() {
                    "CT-05" => builder.exception("a", Severity::High, "missed", "each day", evidence()),
                    _ => builder.supported("a", &proof, evidence()),
                }
                builder.finish("nothing")
            };
            tests.map(finding).collect()
        })
    }

    #[test]
    fn a_statement_hears_its_own_tests_and_a_control_its_own_statements() {
        let catalogue = Catalogue::builtin().expect("the catalogue");
        let statements = statements(&catalogue, &findings(&catalogue));
        for result in &statements {
            let named = |id: &str| result.tests.iter().any(|test| test.as_str() == id);
            let expected = match () {
                () if named("CT-05") => State::Exception,
                () if named("CT-10") || result.tests.is_empty() => State::NotTested,
                () => State::Supported,
            };
            assert_eq!(result.state, expected, "{}", result.id);
            assert_eq!(result.counts.total(), result.tests.len() as u64, "{}", result.id);
        }
        for control in controls(&catalogue, &statements) {
            let mapped = |result: &&StatementResult| control.statements.contains(&result.id);
            let own: Vec<_> = statements
                .iter()
                .filter(mapped)
                .map(|result| result.state)
                .collect();
            assert_eq!(control.counts, Counts::of(own.iter().copied()), "{}", control.id);
            let worst = State::rollup(own).unwrap_or(State::NotTested);
            assert_eq!(control.state, worst, "{}", control.id);
        }
    }
}
