//! How the process ends.

use super::shards::BadIndex;
use crate::bundle::checked::CheckedError;
use crate::bundle::results::v1::{Results, StateCounts};
use crate::model::finding::{Evaluation, State};

/// Shown under `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  done, nothing adverse
  1  error of the tool or its input
  2  usage
  3  exceptions noted
  4  indeterminate items or gaps, no exception
  5  verification failed: altered, or not kept as it was archived
  6  verification undecided, for instance no trust root";

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing adverse.
    Done,
    /// An error of the tool or its input.
    ToolError,
    /// Wrong usage.
    Usage,
    /// Exceptions noted.
    Exceptions,
    /// Indeterminate items or gaps, no exception.
    Indeterminate,
    /// Verification failed.
    Altered,
    /// Verification could not decide.
    Undecided,
}

impl Exit {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::ToolError => 1,
            Self::Usage => 2,
            Self::Exceptions => 3,
            Self::Indeterminate => 4,
            Self::Altered => 5,
            Self::Undecided => 6,
        }
    }

    /// What a bundle's results end with.
    pub(super) fn of_results(results: &Results) -> Self {
        let any = |count: fn(&StateCounts) -> u64| results.tests.iter().any(|test| count(&test.counts) > 0);
        if any(|counts| counts.exception) {
            Self::Exceptions
        } else if any(|counts| counts.indeterminate)
            || !any(|counts| counts.supported + counts.no_occurrence + counts.not_applicable)
        {
            Self::Indeterminate
        } else {
            Self::Done
        }
    }

    /// What several things end with: an error before what was altered, an exception before what nobody can tell.
    pub(super) fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let weight = |exit: &Self| match exit {
            Self::Done => 0,
            Self::Undecided => 1,
            Self::Indeterminate => 2,
            Self::Exceptions => 3,
            Self::Altered => 4,
            Self::ToolError | Self::Usage => 5,
        };
        exits.into_iter().max_by_key(weight).unwrap_or(Self::Done)
    }

    /// What an error ends with: a bundle that does not verify was altered, everything else is an error of the tool or its
    /// input.
    pub fn of_error(error: &anyhow::Error) -> Self {
        let altered = |cause: &(dyn std::error::Error + 'static)| {
            matches!(cause.downcast_ref(), Some(CheckedError::Failed(_)))
        };
        if error.chain().any(altered) {
            Self::Altered
        } else if error.chain().any(|cause| cause.is::<BadIndex>()) {
            // What Kubernetes or AWS Batch set stands for what nobody wrote on the command line.
            Self::Usage
        } else {
            Self::ToolError
        }
    }

    /// What an evaluation ends with. A test that was not run is not adverse by itself, and the report says so; but
    /// where no test was run at all, nobody can tell anything.
    pub fn of(evaluation: &Evaluation) -> Self {
        let any = |state| {
            evaluation
                .findings
                .iter()
                .any(|finding| finding.counts().get(state) > 0)
        };
        let tested = evaluation
            .findings
            .iter()
            .any(|finding| finding.population().is_ok());
        if any(State::Exception) {
            Self::Exceptions
        } else if any(State::Indeterminate) || !tested {
            Self::Indeterminate
        } else {
            Self::Done
        }
    }
}
