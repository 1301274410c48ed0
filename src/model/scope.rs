//! What one evaluation is about. Everything that a procedure may know besides the records and the parameters.

use super::estate::Estate;
use super::ids::EntitySlug;
use super::time::{Instant, Period};

/// The entity that the report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Name as it is printed.
    pub name: String,
    /// Short name: part of file names.
    pub slug: EntitySlug,
}

/// The scope of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Who.
    pub entity: Entity,
    /// Which period, in the policy's time zone.
    pub period: Period,
    /// The instant as of which states are judged: the period's end, or earlier.
    pub as_of: Instant,
    /// The places that have to be covered.
    pub estate: Estate,
}
