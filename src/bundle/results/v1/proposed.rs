//! How the evidence would stand to a rule that is proposed and not in force.

use serde::{Deserialize, Serialize};

use super::{StateCounts, counts};
use crate::model::finding::Readiness;

/// How the evidence would stand to a duty that is proposed and not in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The duty.
    pub duty: String,
    /// How well its text is known.
    pub confidence: String,
    /// The test that was run under its limit.
    pub test: String,
    /// What it would come to.
    pub state: String,
    /// Items by state.
    pub counts: StateCounts,
}

/// One entry.
pub(super) fn encode(readiness: &Readiness) -> Proposed {
    Proposed {
        duty: readiness.duty.clone(),
        confidence: readiness.confidence.clone(),
        test: readiness.test.to_string(),
        state: readiness.state.to_string(),
        counts: counts(&readiness.counts),
    }
}
