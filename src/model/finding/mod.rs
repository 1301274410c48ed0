//! Findings: what a test concluded about each item of its population, with its evidence.
//!
//! The rule above all is built in here. An item becomes SUPPORTED or NO_OCCURRENCE only against a [`Proof`], a test whose
//! population is not proven can't support anything, and nothing is concluded without a citation.

pub mod builder;
pub mod evidence;
pub mod restore_proof;
pub mod state;

use super::coverage::{Gap, Proof};
use super::ids::{ControlId, StatementId, TestId};
use super::time::Instant;

pub use builder::FindingBuilder;
pub use evidence::Evidence;
pub use restore_proof::{Hold, RestoreProof, Rung};
pub use state::{Counts, Severity, State};

/// What was concluded about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conclusion {
    /// The criterion is met.
    Supported,
    /// The criterion is not met.
    Exception {
        /// What was found.
        condition: String,
        /// What should have been found.
        criterion: String,
        /// How much it matters.
        severity: Severity,
    },
    /// Nobody can tell.
    Indeterminate {
        /// Why.
        reason: String,
        /// What evidence would settle it.
        resolves: String,
    },
    /// Nothing happened.
    NoOccurrence {
        /// What did not happen, where it was looked for.
        statement: String,
    },
    /// Out of scope.
    NotApplicable {
        /// Why.
        rationale: String,
        /// Who approved it.
        approved_by: String,
        /// When.
        approved_at: Instant,
    },
}

impl Conclusion {
    /// The state of the item.
    pub const fn state(&self) -> State {
        match self {
            Self::Supported => State::Supported,
            Self::Exception { .. } => State::Exception,
            Self::Indeterminate { .. } => State::Indeterminate,
            Self::NoOccurrence { .. } => State::NoOccurrence,
            Self::NotApplicable { .. } => State::NotApplicable,
        }
    }
}

/// A number, and what it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub number: u64,
    /// Of what, for instance `completed jobs`.
    pub what: String,
}

/// Two numbers that come to the auditor by different ways and have to tie, with every member of their difference named.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Tally {
    /// Both numbers in words: `248 completed jobs, 247 recovery points`.
    pub fn numbers(&self) -> String {
        let Self { left, right, .. } = self;
        format!("{} {}, {} {}", left.number, left.what, right.number, right.what)
    }

    /// The difference in words: `none`, or how many members are explained and how many are not.
    pub fn difference(&self) -> String {
        let parts = [(&self.open, "unexplained"), (&self.explained, "explained")];
        let parts = parts.iter().filter(|(members, _)| !members.is_empty());
        let parts: Vec<_> = parts
            .map(|(members, word)| format!("{} {word}: {}", members.len(), some(members)))
            .collect();
        match parts.is_empty() {
            true => "none".to_owned(),
            false => parts.join("; "),
        }
    }
}

/// The first three members, and how many more there are.
fn some(members: &[String]) -> String {
    const SHOWN: usize = 3;
    let head = members[..members.len().min(SHOWN)].join(", ");
    match members.len().saturating_sub(SHOWN) {
        0 => head,
        more => format!("{head} and {more} more"),
    }
}

/// One item of a test's population with its conclusion. Built by [`FindingBuilder`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    id: String,
    statements: Vec<StatementId>,
    conclusion: Conclusion,
    evidence: Evidence,
    tally: Option<Tally>,
}

impl Item {
    /// What it is: stable parts joined by `/`, for instance `db-main/2026-07-14`. Unique within a finding.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The statements that it speaks about; empty for all of the test's.
    pub fn statements(&self) -> &[StatementId] {
        &self.statements
    }

    /// Whether it speaks about `statement`, one of the test's.
    pub fn speaks_about(&self, statement: &StatementId) -> bool {
        self.statements.is_empty() || self.statements.contains(statement)
    }

    /// The conclusion.
    pub fn conclusion(&self) -> &Conclusion {
        &self.conclusion
    }

    /// The state.
    pub fn state(&self) -> State {
        self.conclusion.state()
    }

    /// The two numbers, where the item reconciles two sources.
    pub fn tally(&self) -> Option<&Tally> {
        self.tally.as_ref()
    }

    /// What it rests on.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// Something worth saying that decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// In words.
    pub text: String,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What a test examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// What an item is, for instance `system-days in scope`.
    pub unit: String,
    /// How many there are; items that stand for gaps in the population are not counted.
    pub size: u64,
    /// Whether it is proven to be all of them: the proof, or the gaps.
    pub basis: Result<Proof, Vec<Gap>>,
}

/// The conclusion of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    test: TestId,
    tested: Result<Population, String>,
    items: Vec<Item>,
    observations: Vec<Observation>,
}

impl Finding {
    /// A test that was not run, and why.
    pub fn not_tested(test: TestId, reason: impl Into<String>) -> Self {
        Self {
            test,
            tested: Err(reason.into()),
            items: Vec::new(),
            observations: Vec::new(),
        }
    }

    /// The test.
    pub fn test(&self) -> &TestId {
        &self.test
    }

    /// What was examined; `Err` with the reason when the test was not run.
    pub fn population(&self) -> Result<&Population, &str> {
        self.tested.as_ref().map_err(String::as_str)
    }

    /// The items, ordered by id.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Observations.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// How many items are in each state; one NOT_TESTED for a test that was not run.
    pub fn counts(&self) -> Counts {
        match self.tested {
            Ok(_) => Counts::of(self.items.iter().map(Item::state)),
            Err(_) => Counts::of([State::NotTested]),
        }
    }

    /// The state: derived from the items, never set.
    pub fn state(&self) -> State {
        // A run test without items can't be built; were it, it would have told nothing.
        match self.tested {
            Ok(_) => State::rollup(self.items.iter().map(Item::state)).unwrap_or(State::Indeterminate),
            Err(_) => State::NotTested,
        }
    }
}

/// The stable id of an exception: its test and a running number in the order of items, `CT-05.E03`.
pub fn exception_id(test: &TestId, number: usize) -> String {
    format!("{test}.E{number:02}")
}

/// The stable id of an indeterminate item, `CT-05.I03`.
pub fn indeterminate_id(test: &TestId, number: usize) -> String {
    format!("{test}.I{number:02}")
}

impl Finding {
    /// The exceptions with their stable ids.
    pub fn exceptions(&self) -> impl Iterator<Item = (String, &Item)> {
        let exceptions = self.items.iter().filter(|item| item.state() == State::Exception);
        exceptions
            .enumerate()
            .map(|(n, item)| (exception_id(&self.test, n + 1), item))
    }

    /// The indeterminate items with their stable ids.
    pub fn indeterminates(&self) -> impl Iterator<Item = (String, &Item)> {
        let unclear = self
            .items
            .iter()
            .filter(|item| item.state() == State::Indeterminate);
        unclear
            .enumerate()
            .map(|(n, item)| (indeterminate_id(&self.test, n + 1), item))
    }
}

/// The rolled-up state of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementResult {
    /// The statement.
    pub id: StatementId,
    /// Its state.
    pub state: State,
    /// Items of its tests that speak about it, by state.
    pub counts: Counts,
    /// The tests that speak about it.
    pub tests: Vec<TestId>,
}

/// The rolled-up state of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlResult {
    /// The control.
    pub id: ControlId,
    /// Its state.
    pub state: State,
    /// Its statements by state.
    pub counts: Counts,
    /// The statements mapped to it.
    pub statements: Vec<StatementId>,
}

/// How the evidence would stand to a duty that is proposed and not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The duty, in our own words.
    pub duty: String,
    /// How well the proposed text is known: a word of the catalogue.
    pub confidence: String,
    /// The test that was run under the proposed limit.
    pub test: TestId,
    /// What it would come to.
    pub state: State,
    /// Its items by state.
    pub counts: Counts,
}

/// Everything that was concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// One finding a test of the catalogue, in its order.
    pub findings: Vec<Finding>,
    /// One result a statement of the catalogue, in its order.
    pub statements: Vec<StatementResult>,
    /// One result a control of the catalogue, in its order.
    pub controls: Vec<ControlResult>,
    /// How the evidence would stand to a rule that is proposed and not in force; empty unless it was asked for. It decides
    /// nothing.
    pub readiness: Vec<Readiness>,
    /// What each restore test proves, in order of their start.
    pub restore_proofs: Vec<RestoreProof>,
}
