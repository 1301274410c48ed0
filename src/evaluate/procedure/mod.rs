//! How each test is tried: one procedure a file, one line a procedure in the table.

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
pub const PROCEDURES: &[(&str, Procedure)] = &[];
