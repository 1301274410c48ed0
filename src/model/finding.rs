//! Findings: what a test concluded about each item of its population, with its evidence.
//!
//! The rule above all is built in here. An item becomes SUPPORTED or NO_OCCURRENCE only against a [`Proof`], a test whose
//! population is not proven can't support anything, and nothing is concluded without a citation.

use std::collections::BTreeMap;
use std::fmt;

use super::coverage::{Gap, Proof};
use super::ids::{ControlId, StatementId, TestId};
use super::records::Citation;
use super::source::SourceKey;
use super::time::Instant;

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

/// What a conclusion rests on. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    records: Vec<Citation>,
    searched: Vec<SourceKey>,
}

impl Evidence {
    /// A record that was found.
    pub fn of(record: &Citation) -> Self {
        Self {
            records: vec![record.clone()],
            searched: Vec::new(),
        }
    }

    /// Records that were found; `None` of none.
    pub fn all<'a>(records: impl IntoIterator<Item = &'a Citation>) -> Option<Self> {
        let records: Vec<_> = records.into_iter().cloned().collect();
        (!records.is_empty()).then_some(Self {
            records,
            searched: Vec::new(),
        })
    }

    /// An absence: the sources that were searched. A gap counts too: it names where nobody could look.
    pub fn absence_in(proof: &Proof) -> Self {
        let mut searched: Vec<_> = proof.spans().iter().map(|(key, _)| key.clone()).collect();
        searched.sort();
        searched.dedup();
        Self {
            records: Vec::new(),
            searched,
        }
    }

    /// Gaps: the sources that should have been searched. `None` of none.
    pub fn gaps(gaps: &[Gap]) -> Option<Self> {
        let mut searched: Vec<_> = gaps.iter().map(|gap| gap.key.clone()).collect();
        searched.sort();
        searched.dedup();
        (!searched.is_empty()).then_some(Self {
            records: Vec::new(),
            searched,
        })
    }

    /// A source in one place, searched or to be searched.
    pub fn place(key: &SourceKey) -> Self {
        Self {
            records: Vec::new(),
            searched: vec![key.clone()],
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.records.extend(other.records);
        self.searched.extend(other.searched);
        self.searched.sort();
        self.searched.dedup();
        let mut seen = std::collections::BTreeSet::new();
        self.records.retain(|citation| seen.insert(citation.clone()));
        self
    }

    /// The cited records, in the order in which they were cited.
    pub fn records(&self) -> &[Citation] {
        &self.records
    }

    /// The sources searched.
    pub fn searched(&self) -> &[SourceKey] {
        &self.searched
    }
}

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

/// One item of a test's population with its conclusion. Built by [`FindingBuilder`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    id: String,
    statements: Vec<StatementId>,
    conclusion: Conclusion,
    evidence: Evidence,
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

/// Collects the items of one test.
#[derive(Debug)]
pub struct FindingBuilder {
    test: TestId,
    unit: String,
    basis: Result<Proof, Vec<Gap>>,
    size: u64,
    items: BTreeMap<String, Item>,
    observations: Vec<Observation>,
}

impl FindingBuilder {
    /// `unit` says what an item is. `basis` proves that the population holds all items, or names the gaps; with gaps no
    /// item can be SUPPORTED, because the record that contradicts it may be the one that is missing.
    pub fn new(test: TestId, unit: impl Into<String>, basis: Result<Proof, Vec<Gap>>) -> Self {
        Self {
            test,
            unit: unit.into(),
            basis,
            size: 0,
            items: BTreeMap::new(),
            observations: Vec::new(),
        }
    }

    /// The criterion is met, over a span that `proof` covers.
    pub fn supported(&mut self, id: impl Into<String>, proof: &Proof, evidence: Evidence) {
        let evidence = evidence.and(Evidence::absence_in(proof));
        match &self.basis {
            Ok(_) => self.put(id.into(), Vec::new(), Conclusion::Supported, evidence),
            Err(gaps) => {
                let conclusion = Conclusion::Indeterminate {
                    reason: format!("the population itself is not proven complete: {}", list(gaps)),
                    resolves: resolves(gaps),
                };
                self.put(id.into(), Vec::new(), conclusion, evidence);
            }
        }
    }

    /// The criterion is met if `proof` is one; otherwise INDETERMINATE for its gaps.
    pub fn supported_if(
        &mut self,
        id: impl Into<String>,
        proof: &Result<Proof, Vec<Gap>>,
        evidence: Evidence,
    ) {
        match proof {
            Ok(proof) => self.supported(id, proof, evidence),
            Err(gaps) => self.gap(id, gaps, Some(evidence)),
        }
    }

    /// The criterion is not met.
    pub fn exception(
        &mut self,
        id: impl Into<String>,
        severity: Severity,
        condition: impl Into<String>,
        criterion: impl Into<String>,
        evidence: Evidence,
    ) {
        let (condition, criterion) = (condition.into(), criterion.into());
        self.put(
            id.into(),
            Vec::new(),
            Conclusion::Exception {
                condition,
                criterion,
                severity,
            },
            evidence,
        );
    }

    /// Nobody can tell.
    pub fn indeterminate(
        &mut self,
        id: impl Into<String>,
        reason: impl Into<String>,
        resolves: impl Into<String>,
        evidence: Evidence,
    ) {
        let conclusion = Conclusion::Indeterminate {
            reason: reason.into(),
            resolves: resolves.into(),
        };
        self.put(id.into(), Vec::new(), conclusion, evidence);
    }

    /// Nobody can tell, because a source is not proven.
    pub fn gap(&mut self, id: impl Into<String>, gaps: &[Gap], evidence: Option<Evidence>) {
        let places = Evidence::gaps(gaps);
        let evidence = match (evidence, places) {
            (Some(records), Some(places)) => records.and(places),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => panic!("invariant: an unproven span names its gaps"),
        };
        self.indeterminate(id, list(gaps), resolves(gaps), evidence);
    }

    /// Out of scope by an approved rationale.
    pub fn not_applicable(
        &mut self,
        id: impl Into<String>,
        rationale: impl Into<String>,
        approved_by: impl Into<String>,
        approved_at: Instant,
        evidence: Evidence,
    ) {
        let conclusion = Conclusion::NotApplicable {
            rationale: rationale.into(),
            approved_by: approved_by.into(),
            approved_at,
        };
        self.put(id.into(), Vec::new(), conclusion, evidence);
    }

    /// Says that the item just added speaks about these statements only.
    ///
    /// # Panics
    /// When no item of that id was added: a fault of the procedure.
    pub fn only_about(&mut self, id: &str, statements: &[StatementId]) {
        let item = self
            .items
            .get_mut(id)
            .expect("invariant: the item was just added");
        item.statements = statements.to_vec();
    }

    /// Something worth saying that decides nothing.
    pub fn observe(&mut self, text: impl Into<String>, evidence: Evidence) {
        self.observations.push(Observation {
            text: text.into(),
            evidence,
        });
    }

    /// The finding. A proven population without items is NO_OCCURRENCE, with `nothing` saying what did not happen; an
    /// unproven one gets an item of its own for each gap.
    pub fn finish(mut self, nothing: impl Into<String>) -> Finding {
        self.size = self.items.len() as u64;
        match self.basis.clone() {
            Ok(proof) if self.items.is_empty() => {
                let conclusion = Conclusion::NoOccurrence {
                    statement: nothing.into(),
                };
                self.put(
                    "population".to_owned(),
                    Vec::new(),
                    conclusion,
                    Evidence::absence_in(&proof),
                );
            }
            Ok(_) => {}
            Err(gaps) => {
                for gap in &gaps {
                    let id = format!("population/{}", gap.key).replace(' ', "/");
                    let id = format!("{id}/{}", super::time::show(gap.interval.start()));
                    self.gap(id, std::slice::from_ref(gap), None);
                }
            }
        }
        Finding {
            test: self.test,
            tested: Ok(Population {
                unit: self.unit,
                size: self.size,
                basis: self.basis,
            }),
            items: self.items.into_values().collect(),
            observations: self.observations,
        }
    }

    fn put(&mut self, id: String, statements: Vec<StatementId>, conclusion: Conclusion, evidence: Evidence) {
        // Two conclusions about one item: the worse one stands, with the evidence of both.
        let merged = match self.items.remove(&id) {
            Some(old) if old.conclusion.state() <= conclusion.state() => Item {
                evidence: old.evidence.and(evidence),
                ..old
            },
            Some(old) => Item {
                id: id.clone(),
                statements,
                conclusion,
                evidence: evidence.and(old.evidence),
            },
            None => Item {
                id: id.clone(),
                statements,
                conclusion,
                evidence,
            },
        };
        self.items.insert(id, merged);
    }
}

fn list(gaps: &[Gap]) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<_> = gaps.iter().take(SHOWN).map(ToString::to_string).collect();
    if gaps.len() > SHOWN {
        parts.push(format!("and {} more", gaps.len() - SHOWN));
    }
    parts.join("; ")
}

fn resolves(gaps: &[Gap]) -> String {
    let places: std::collections::BTreeSet<_> = gaps.iter().map(|gap| gap.key.to_string()).collect();
    format!(
        "a complete pull of {} over the missing span",
        places.into_iter().collect::<Vec<_>>().join(", ")
    )
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

/// Everything that was concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// One finding a test of the catalogue, in its order.
    pub findings: Vec<Finding>,
    /// One result a statement of the catalogue, in its order.
    pub statements: Vec<StatementResult>,
    /// One result a control of the catalogue, in its order.
    pub controls: Vec<ControlResult>,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::coverage::Coverage;
    use crate::model::source::Source;
    use crate::model::time::Interval;

    fn key() -> SourceKey {
        SourceKey {
            source: Source::Tickets,
            account: "compliance".parse().expect("an account"),
            region: "global".parse().expect("a region"),
        }
    }

    fn span(from: u32, to: u32) -> Interval {
        let at = |day: u32| format!("2026-07-{day:02}T00:00:00Z").parse().expect("an instant");
        Interval::new(at(from), at(to)).expect("not empty")
    }

    fn coverage() -> Coverage {
        Coverage::new(BTreeSet::from([key()]), [(key(), span(1, 5))], Vec::new())
    }

    fn test() -> TestId {
        "CT-07".parse().expect("a test id")
    }

    #[test]
    fn an_unproven_population_supports_nothing() {
        let coverage = coverage();
        let proof = coverage.prove(&key(), span(1, 2)).expect("covered");
        let mut builder = FindingBuilder::new(test(), "jobs", coverage.prove(&key(), span(1, 9)));
        builder.supported("a", &proof, Evidence::absence_in(&proof));
        let finding = builder.finish("none");
        assert_eq!(finding.state(), State::Indeterminate);
        assert_eq!(finding.counts().get(State::Supported), 0);
        assert_eq!(
            finding.counts().get(State::Indeterminate),
            2,
            "the item, and the gap itself"
        );
        assert_eq!(finding.population().map(|population| population.size), Ok(1));
    }

    #[test]
    fn a_proven_empty_population_did_not_occur() {
        let builder = FindingBuilder::new(test(), "jobs", coverage().prove(&key(), span(1, 5)));
        let finding = builder.finish("no job failed");
        assert_eq!(
            (finding.state(), finding.population().map(|p| p.size)),
            (State::NoOccurrence, Ok(0))
        );
        let unproven =
            FindingBuilder::new(test(), "jobs", coverage().prove(&key(), span(1, 6))).finish("no job failed");
        assert_eq!(unproven.state(), State::Indeterminate);
    }

    #[test]
    fn of_two_conclusions_about_one_item_the_worse_stands() {
        let coverage = coverage();
        let proof = coverage.prove(&key(), span(1, 5)).expect("covered");
        let mut builder = FindingBuilder::new(test(), "jobs", Ok(proof.clone()));
        builder.exception("a", Severity::High, "missing", "present", Evidence::place(&key()));
        builder.supported("a", &proof, Evidence::place(&key()));
        assert_eq!(builder.finish("none").state(), State::Exception);
    }

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
