//! The six states with their precedence, severities, and counts.

use std::collections::BTreeMap;
use std::fmt;

/// The six states, in their order of precedence: the first one present wins a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Evidence contradicts the criterion.
    Exception,
    /// Evidence is absent, partial, stale, unverifiable or conflicting. Never a pass.
    Indeterminate,
    /// The test was not run.
    NotTested,
    /// All items conclusive, no exception.
    Supported,
    /// The population is proven empty.
    NoOccurrence,
    /// Out of scope by a recorded, approved, dated rationale.
    NotApplicable,
}

impl State {
    /// Every state, in order of precedence.
    pub const ALL: [Self; 6] = [
        Self::Exception,
        Self::Indeterminate,
        Self::NotTested,
        Self::Supported,
        Self::NoOccurrence,
        Self::NotApplicable,
    ];

    /// The word used in every format and report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exception => "EXCEPTION",
            Self::Indeterminate => "INDETERMINATE",
            Self::NotTested => "NOT_TESTED",
            Self::Supported => "SUPPORTED",
            Self::NoOccurrence => "NO_OCCURRENCE",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }

    /// The state of a whole from the states of its parts; `None` of nothing.
    pub fn rollup(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        parts.into_iter().min()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much an exception matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Backups are missing or can't be restored.
    Critical,
    /// A control does not work as the policy says.
    High,
    /// Documentation or follow-up is missing.
    Medium,
    /// Minor.
    Low,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in every format and report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// How many items are in each state. A state without items counts 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<State, u64>);

impl Counts {
    /// Counts states.
    pub fn of(states: impl IntoIterator<Item = State>) -> Self {
        let mut counts = BTreeMap::new();
        for state in states {
            *counts.entry(state).or_insert(0) += 1;
        }
        Self(counts)
    }

    /// The number in `state`.
    pub fn get(&self, state: State) -> u64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// The number of all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_as_specified() {
        use State::*;
        for (n, worse) in State::ALL.iter().enumerate() {
            for better in &State::ALL[n..] {
                assert_eq!(State::rollup([*better, *worse]), Some(*worse));
            }
        }
        assert_eq!(
            State::ALL,
            [
                Exception,
                Indeterminate,
                NotTested,
                Supported,
                NoOccurrence,
                NotApplicable
            ]
        );
    }
}
