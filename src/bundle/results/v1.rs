//! `data/results.json`, version 1: everything that was concluded, for machines. `docs/spec/results.md` is the
//! specification.

mod proposed;
mod restore_proofs;
mod tally;

pub use proposed::Proposed;
pub use restore_proofs::RestoreProof;
pub use tally::{Counted, Tally};

use serde::{Deserialize, Serialize};

use crate::model::coverage::Coverage;
use crate::model::finding::{Conclusion, Counts, Evaluation, Evidence, Finding, State};
use crate::model::scope::Scope;
use crate::model::time::{Instant, Interval, show};

/// The value of `schema`.
const SCHEMA: &str = "backproof.results/v1";

/// The canonical bytes of the results.
pub fn encode(scope: &Scope, evaluation: &Evaluation, coverage: &Coverage) -> Vec<u8> {
    let results = Results {
        schema: SCHEMA.to_owned(),
        entity: scope.entity.name.clone(),
        entity_slug: scope.entity.slug.to_string(),
        period: Period {
            name: scope.period.name().to_owned(),
            start: show(scope.period.start()),
            end: show(scope.period.end()),
            time_zone: scope.period.zone().name().to_owned(),
        },
        as_of: show(scope.as_of),
        tests: evaluation.findings.iter().map(test).collect(),
        statements: evaluation
            .statements
            .iter()
            .map(|statement| Statement {
                id: statement.id.to_string(),
                state: statement.state.to_string(),
                counts: counts(&statement.counts),
                tests: statement.tests.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        controls: evaluation
            .controls
            .iter()
            .map(|control| Control {
                id: control.id.to_string(),
                state: control.state.to_string(),
                counts: counts(&control.counts),
                statements: control.statements.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        proposed_rule: evaluation.readiness.iter().map(proposed::encode).collect(),
        restore_proofs: restore_proofs::encode(&evaluation.restore_proofs),
        coverage: coverage_of(coverage, &scope.period.interval()),
    };
    backproof_verify::canonical::encode(&results)
        .expect("invariant: results hold text and small integers only")
}

/// Everything that was concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    schema: String,
    /// Name of the entity.
    pub entity: String,
    /// Its short name.
    pub entity_slug: String,
    /// The period.
    pub period: Period,
    /// The instant as of which states were judged.
    pub as_of: String,
    /// One a test, in the order of the catalogue.
    pub tests: Vec<Test>,
    /// One a statement.
    pub statements: Vec<Statement>,
    /// One a control.
    pub controls: Vec<Control>,
    /// One a duty of the rule that is proposed and not in force; empty unless it was asked for.
    pub proposed_rule: Vec<Proposed>,
    /// One a restore test.
    pub restore_proofs: Vec<RestoreProof>,
    /// One a source in one place.
    pub coverage: Vec<Place>,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// As the user wrote it.
    pub name: String,
    /// First instant inside.
    pub start: String,
    /// First instant after.
    pub end: String,
    /// The policy's time zone.
    pub time_zone: String,
}

/// The conclusion of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Id.
    pub id: String,
    /// State.
    pub state: String,
    /// Items by state.
    pub counts: StateCounts,
    /// Number of items examined.
    pub population: u64,
    /// What an item is.
    pub population_unit: String,
    /// Whether these are proven to be all.
    pub population_proven: bool,
    /// Why it was not run, if it was not.
    pub not_tested_reason: Option<String>,
    /// Exceptions with their words.
    pub exceptions: Vec<Exception>,
    /// Open items with their words.
    pub indeterminate: Vec<Indeterminate>,
    /// All items.
    pub items: Vec<Item>,
    /// Observations.
    pub observations: Vec<Observation>,
}

/// Numbers by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateCounts {
    /// SUPPORTED.
    pub supported: u64,
    /// EXCEPTION.
    pub exception: u64,
    /// INDETERMINATE.
    pub indeterminate: u64,
    /// NO_OCCURRENCE.
    pub no_occurrence: u64,
    /// NOT_APPLICABLE.
    pub not_applicable: u64,
    /// NOT_TESTED.
    pub not_tested: u64,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Id within the report.
    pub id: String,
    /// Item.
    pub item: String,
    /// What was found.
    pub condition: String,
    /// What should have been found.
    pub criterion: String,
    /// How much it matters.
    pub severity: String,
    /// Citations.
    pub evidence: Vec<String>,
}

/// An item that nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indeterminate {
    /// Id within the report.
    pub id: String,
    /// Item.
    pub item: String,
    /// Why.
    pub reason: String,
    /// What would settle it.
    pub resolves: String,
    /// Citations.
    pub evidence: Vec<String>,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Id within the test.
    pub item: String,
    /// State.
    pub state: String,
    /// Citations.
    pub evidence: Vec<String>,
    /// Two numbers that have to tie; on items that reconcile two sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// An observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// In words.
    pub text: String,
    /// Citations.
    pub evidence: Vec<String>,
}

/// The result of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Id.
    pub id: String,
    /// State.
    pub state: String,
    /// Items by state.
    pub counts: StateCounts,
    /// Its tests.
    pub tests: Vec<String>,
}

/// The result of a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Id.
    pub id: String,
    /// State.
    pub state: String,
    /// Statements by state.
    pub counts: StateCounts,
    /// Its statements.
    pub statements: Vec<String>,
}

/// What is proven of a source in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Source.
    pub source: String,
    /// Account, project or database.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Whether it has to be covered.
    pub expected: bool,
    /// What is proven of the period.
    pub covered: Vec<Span>,
    /// What is not.
    pub gaps: Vec<GapSpan>,
}

/// A half-open span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First instant inside.
    pub start: String,
    /// First instant after.
    pub end: String,
}

/// A span that is not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapSpan {
    /// First instant inside.
    pub start: String,
    /// First instant after.
    pub end: String,
    /// Why.
    pub reason: String,
}

/// Why bytes are no results of this version.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// Not the JSON that is expected.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("the schema is {found:?}, this version reads {SCHEMA:?}")]
    Schema {
        /// What it names.
        found: String,
    },
    /// Another spelling of the same content.
    #[error("not in canonical form")]
    NotCanonical,
}

/// Reads results strictly: what is read encodes to the same bytes.
///
/// # Errors
/// See [`ResultsError`].
pub fn decode(bytes: &[u8]) -> Result<Results, ResultsError> {
    let results: Results = serde_json::from_slice(bytes)?;
    if results.schema != SCHEMA {
        return Err(ResultsError::Schema {
            found: results.schema,
        });
    }
    match backproof_verify::canonical::encode(&results) {
        Ok(again) if again == bytes => Ok(results),
        _ => Err(ResultsError::NotCanonical),
    }
}

/// A citation as text: `<sha256>#<JSON pointer>`, or `searched:<source>/<account>/<region>`.
pub fn cite(evidence: &Evidence) -> Vec<String> {
    let records = evidence
        .records()
        .iter()
        .map(|citation| format!("{}#{}", citation.evidence, citation.locator));
    let searched = evidence
        .searched()
        .iter()
        .map(|key| format!("searched:{}/{}/{}", key.source, key.account, key.region));
    records.chain(searched).collect()
}

fn counts(counts: &Counts) -> StateCounts {
    StateCounts {
        supported: counts.get(State::Supported),
        exception: counts.get(State::Exception),
        indeterminate: counts.get(State::Indeterminate),
        no_occurrence: counts.get(State::NoOccurrence),
        not_applicable: counts.get(State::NotApplicable),
        not_tested: counts.get(State::NotTested),
    }
}

fn test(finding: &Finding) -> Test {
    let exceptions = finding
        .exceptions()
        .filter_map(|(id, item)| match item.conclusion() {
            Conclusion::Exception {
                condition,
                criterion,
                severity,
            } => Some(Exception {
                id,
                item: item.id().to_owned(),
                condition: condition.clone(),
                criterion: criterion.clone(),
                severity: severity.as_str().to_owned(),
                evidence: cite(item.evidence()),
            }),
            _ => None,
        });
    let indeterminate = finding
        .indeterminates()
        .filter_map(|(id, item)| match item.conclusion() {
            Conclusion::Indeterminate { reason, resolves } => Some(Indeterminate {
                id,
                item: item.id().to_owned(),
                reason: reason.clone(),
                resolves: resolves.clone(),
                evidence: cite(item.evidence()),
            }),
            _ => None,
        });
    let population = finding.population();
    Test {
        id: finding.test().to_string(),
        state: finding.state().to_string(),
        counts: counts(&finding.counts()),
        population: population.map_or(0, |population| population.size),
        population_unit: population.map_or_else(|_| String::new(), |population| population.unit.clone()),
        population_proven: population.is_ok_and(|population| population.basis.is_ok()),
        not_tested_reason: population.err().map(str::to_owned),
        exceptions: exceptions.collect(),
        indeterminate: indeterminate.collect(),
        items: finding
            .items()
            .iter()
            .map(|item| Item {
                item: item.id().to_owned(),
                state: item.state().to_string(),
                evidence: cite(item.evidence()),
                tally: item.tally().map(Tally::of),
            })
            .collect(),
        observations: finding
            .observations()
            .iter()
            .map(|observation| Observation {
                text: observation.text.clone(),
                evidence: cite(&observation.evidence),
            })
            .collect(),
    }
}

fn coverage_of(coverage: &Coverage, period: &Interval) -> Vec<Place> {
    let instant = |at: Instant| show(at);
    coverage
        .keys()
        .into_iter()
        .map(|key| Place {
            source: key.source.to_string(),
            account: key.account.to_string(),
            region: key.region.to_string(),
            expected: coverage.expected().contains(key),
            covered: coverage
                .spans(key)
                .within(period)
                .iter()
                .map(|span| Span {
                    start: instant(span.start()),
                    end: instant(span.end()),
                })
                .collect(),
            gaps: coverage
                .prove(key, *period)
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|gap| GapSpan {
                    start: instant(gap.interval.start()),
                    end: instant(gap.interval.end()),
                    reason: gap.reason,
                })
                .collect(),
        })
        .collect()
}
