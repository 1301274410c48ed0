//! Records and parameters in, findings out. Pure: no I/O, no clock, no randomness, no environment.

pub mod absence;
pub mod access_policy;
pub mod actor;
pub mod acts;
pub mod age;
pub mod approval;
pub mod around;
pub mod assignment;
pub mod assurance;
pub mod atlas_schedules;
pub mod authority;
pub mod content;
pub mod context;
pub mod criteria;
pub mod documents;
pub mod duty;
pub mod exercises;
pub mod expected_runs;
pub mod facts;
pub mod grounds;
pub mod key_state;
pub mod listings;
pub mod objectives;
pub mod overdue;
pub mod permissions;
pub mod place;
pub mod procedure;
pub mod readiness;
pub mod recovery;
pub mod recovery_tasks;
pub mod removal;
pub mod restore_proof;
pub mod restores;
pub mod roles;
pub mod rollup;
pub mod rules_in_force;
pub mod sampling;
pub mod schedule;
pub mod selects;
pub mod statements;
pub mod systems;
pub mod taken;
pub mod team;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing_contingency;
#[cfg(test)]
pub(crate) mod testing_governance;
#[cfg(test)]
pub(crate) mod testing_rehearsals;
pub mod usable;
pub mod wildcard;

use crate::catalogue::{Catalogue, ParameterError, Parameters};
use crate::model::finding::{Evaluation, Finding};
use crate::model::records::Records;
use crate::model::scope::Scope;

use context::Context;
use criteria::Criteria;
use procedure::PROCEDURES;

/// Why a test that the catalogue holds was not run.
const NOT_BUILT: &str = "this version of backproof has no procedure for this test";

/// The switch of the readiness column.
const READINESS: &str = "profile_nprm_2025";

/// Tries every test of the catalogue and rolls the findings up to statements and controls.
///
/// # Errors
/// A parameter that procedures need is missing from the catalogue, not set, or of another kind.
pub fn evaluate(
    scope: &Scope,
    catalogue: &Catalogue,
    parameters: &Parameters,
    records: &Records,
) -> Result<Evaluation, ParameterError> {
    let criteria = Criteria::of(parameters, scope)?;
    let context = Context {
        scope,
        criteria: &criteria,
        records,
    };
    let findings: Vec<Finding> = catalogue
        .tests()
        .iter()
        .map(
            |test| match PROCEDURES.iter().find(|(id, _)| *id == test.id.as_str()) {
                Some((_, procedure)) => procedure(&context, test.id.clone()),
                None => Finding::not_tested(test.id.clone(), NOT_BUILT),
            },
        )
        .collect();
    let statements = rollup::statements(catalogue, &findings);
    let controls = rollup::controls(catalogue, &statements);
    let readiness = if parameters.switch(READINESS)? {
        readiness::readiness(&context)
    } else {
        Vec::new()
    };
    Ok(Evaluation {
        findings,
        statements,
        controls,
        readiness,
        restore_proofs: restore_proof::restore_proofs(&context),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::World;

    #[test]
    fn each_test_of_the_catalogue_is_tried_by_its_own_procedure() {
        let catalogue = Catalogue::builtin().expect("the catalogue");
        let parameters = Parameters::new(&catalogue, &[]).expect("the defaults");
        World::daily().with_context(|context| {
            let evaluation = evaluate(context.scope, &catalogue, &parameters, context.records);
            let evaluation = evaluation.expect("an evaluation");
            let criteria = Criteria::of(&parameters, context.scope).expect("criteria");
            let own = Context {
                criteria: &criteria,
                ..*context
            };
            assert_eq!(evaluation.findings.len(), PROCEDURES.len());
            for finding in &evaluation.findings {
                let id = finding.test();
                let mut procedures = PROCEDURES.iter();
                let (_, procedure) = procedures
                    .find(|(name, _)| *name == id.as_str())
                    .expect("its procedure");
                let items = |finding: &Finding| -> Vec<_> {
                    let items = finding.items().iter();
                    items.map(|item| (item.id().to_owned(), item.state())).collect()
                };
                assert_eq!(items(finding), items(&procedure(&own, id.clone())), "{id}");
            }
        });
    }
}
