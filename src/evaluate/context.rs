//! All that a procedure may know.

use super::criteria::Criteria;
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
