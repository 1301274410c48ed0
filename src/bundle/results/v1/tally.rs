//! Two numbers that have to tie, as results have them.

use serde::{Deserialize, Serialize};

use crate::model::finding;

/// Two numbers that have to tie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// The one number.
    pub left: Counted,
    /// The other.
    pub right: Counted,
    /// Members of the difference that the evidence explains.
    pub explained: Vec<String>,
    /// Members that nothing explains.
    pub open: Vec<String>,
}

/// A number, and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many.
    pub number: u64,
    /// Of what.
    pub what: String,
}

impl Tally {
    /// The numbers of an item.
    pub(super) fn of(tally: &finding::Tally) -> Self {
        let counted = |counted: &finding::Counted| Counted {
            number: counted.number,
            what: counted.what.clone(),
        };
        Self {
            left: counted(&tally.left),
            right: counted(&tally.right),
            explained: tally.explained.clone(),
            open: tally.open.clone(),
        }
    }
}
