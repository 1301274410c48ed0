//! `data/results.json`, version 1: everything that was concluded, for machines. `docs/spec/results.md` is the
//! specification.

use serde::Serialize;

use crate::model::coverage::Coverage;
use crate::model::finding::{Conclusion, Counts, Evaluation, Evidence, Finding, State};
use crate::model::scope::Scope;
use crate::model::time::{Instant, Interval, show};

/// The value of `schema`.
const SCHEMA: &str = "backproof.results/v1";

/// The canonical bytes of the results.
pub fn encode(scope: &Scope, evaluation: &Evaluation, coverage: &Coverage) -> Vec<u8> {
    let results = Results {
        schema: SCHEMA,
        entity: &scope.entity.name,
        entity_slug: scope.entity.slug.as_str(),
        period: Period {
            name: scope.period.name(),
            start: show(scope.period.start()),
            end: show(scope.period.end()),
            time_zone: scope.period.zone().name(),
        },
        as_of: show(scope.as_of),
        tests: evaluation.findings.iter().map(test).collect(),
        statements: evaluation
            .statements
            .iter()
            .map(|statement| Statement {
                id: statement.id.as_str(),
                state: statement.state.as_str(),
                counts: counts(&statement.counts),
                tests: statement.tests.iter().map(|test| test.as_str()).collect(),
            })
            .collect(),
        controls: evaluation
            .controls
            .iter()
            .map(|control| Control {
                id: control.id.as_str(),
                state: control.state.as_str(),
                counts: counts(&control.counts),
                statements: control
                    .statements
                    .iter()
                    .map(|statement| statement.as_str())
                    .collect(),
            })
            .collect(),
        coverage: coverage_of(coverage, &scope.period.interval()),
    };
    backproof_verify::canonical::encode(&results)
        .expect("invariant: results hold text and small integers only")
}

#[derive(Serialize)]
struct Results<'a> {
    schema: &'a str,
    entity: &'a str,
    entity_slug: &'a str,
    period: Period<'a>,
    as_of: String,
    tests: Vec<Test<'a>>,
    statements: Vec<Statement<'a>>,
    controls: Vec<Control<'a>>,
    coverage: Vec<Place>,
}

#[derive(Serialize)]
struct Period<'a> {
    name: &'a str,
    start: String,
    end: String,
    time_zone: &'a str,
}

#[derive(Serialize)]
struct Test<'a> {
    id: &'a str,
    state: &'static str,
    counts: StateCounts,
    population: u64,
    population_unit: &'a str,
    population_proven: bool,
    not_tested_reason: Option<&'a str>,
    exceptions: Vec<Exception<'a>>,
    indeterminate: Vec<Indeterminate<'a>>,
    items: Vec<Item<'a>>,
    observations: Vec<Observation<'a>>,
}

#[derive(Serialize)]
struct StateCounts {
    supported: u64,
    exception: u64,
    indeterminate: u64,
    no_occurrence: u64,
    not_applicable: u64,
    not_tested: u64,
}

#[derive(Serialize)]
struct Exception<'a> {
    id: String,
    item: &'a str,
    condition: &'a str,
    criterion: &'a str,
    severity: &'static str,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct Indeterminate<'a> {
    id: String,
    item: &'a str,
    reason: &'a str,
    resolves: &'a str,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct Item<'a> {
    item: &'a str,
    state: &'static str,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct Observation<'a> {
    text: &'a str,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct Statement<'a> {
    id: &'a str,
    state: &'static str,
    counts: StateCounts,
    tests: Vec<&'a str>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    state: &'static str,
    counts: StateCounts,
    statements: Vec<&'a str>,
}

#[derive(Serialize)]
struct Place {
    source: &'static str,
    account: String,
    region: String,
    expected: bool,
    covered: Vec<Span>,
    gaps: Vec<GapSpan>,
}

#[derive(Serialize)]
struct Span {
    start: String,
    end: String,
}

#[derive(Serialize)]
struct GapSpan {
    start: String,
    end: String,
    reason: String,
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

fn test(finding: &Finding) -> Test<'_> {
    let exceptions = finding
        .exceptions()
        .filter_map(|(id, item)| match item.conclusion() {
            Conclusion::Exception {
                condition,
                criterion,
                severity,
            } => Some(Exception {
                id,
                item: item.id(),
                condition,
                criterion,
                severity: severity.as_str(),
                evidence: cite(item.evidence()),
            }),
            _ => None,
        });
    let indeterminate = finding
        .indeterminates()
        .filter_map(|(id, item)| match item.conclusion() {
            Conclusion::Indeterminate { reason, resolves } => Some(Indeterminate {
                id,
                item: item.id(),
                reason,
                resolves,
                evidence: cite(item.evidence()),
            }),
            _ => None,
        });
    let population = finding.population();
    Test {
        id: finding.test().as_str(),
        state: finding.state().as_str(),
        counts: counts(&finding.counts()),
        population: population.map_or(0, |population| population.size),
        population_unit: population.map_or("", |population| population.unit.as_str()),
        population_proven: population.is_ok_and(|population| population.basis.is_ok()),
        not_tested_reason: population.err(),
        exceptions: exceptions.collect(),
        indeterminate: indeterminate.collect(),
        items: finding
            .items()
            .iter()
            .map(|item| Item {
                item: item.id(),
                state: item.state().as_str(),
                evidence: cite(item.evidence()),
            })
            .collect(),
        observations: finding
            .observations()
            .iter()
            .map(|observation| Observation {
                text: &observation.text,
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
            source: key.source.as_str(),
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
