//! How each test is tried: one procedure a file, one line a procedure in the table.

mod ct17_restore_test;
mod ct18_restore_accuracy;
mod ct22_scheduled_exercises;
mod ct23_tabletop;
mod ct24_technical_test;
mod ct27_impact_analysis;
#[cfg(test)]
mod rehearsal_evidence;

use super::criteria::Criteria;
use crate::model::finding::Finding;
use crate::model::ids::TestId;
use crate::model::records::Records;
use crate::model::scope::Scope;

/// All that a procedure may know.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Entity, period, as-of instant, estate.
    pub scope: &'a Scope,
    /// The parameters in force.
    pub criteria: &'a Criteria,
    /// What the evidence says, and what it proves complete.
    pub records: &'a Records,
}

/// A procedure concludes one test.
pub type Procedure = fn(&Context<'_>, TestId) -> Finding;

/// Every procedure that is built, in the order of the catalogue.
pub const PROCEDURES: &[(&str, Procedure)] = &[
    ("CT-17", ct17_restore_test::restore_test),
    ("CT-18", ct18_restore_accuracy::restore_accuracy),
    ("CT-22", ct22_scheduled_exercises::scheduled_exercises),
    ("CT-23", ct23_tabletop::tabletop),
    ("CT-24", ct24_technical_test::technical_test),
    ("CT-27", ct27_impact_analysis::impact_analysis),
];
