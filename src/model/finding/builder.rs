//! The one way to a finding. It refuses what has no proof or no citation.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::state::Severity;
use super::{Conclusion, Finding, Item, Observation, Population, Tally};
use crate::model::coverage::{Gap, Proof};
use crate::model::ids::{StatementId, TestId};
use crate::model::time::{Instant, show};

/// Begins the id of an item that stands for a gap of the population itself: such items are not part of its size.
const GAP_PREFIX: &str = "population/";

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

    /// A part of the population that `proof` shows to be empty, beside others that are not; its id begins with
    /// `population/`, for it is no item of it.
    pub fn part_did_not_occur(
        &mut self,
        id: impl Into<String>,
        proof: &Result<Proof, Vec<Gap>>,
        nothing: impl Into<String>,
    ) {
        match (proof, self.basis.clone()) {
            (Ok(proof), Ok(_)) => {
                let conclusion = Conclusion::NoOccurrence {
                    statement: nothing.into(),
                };
                self.put(id.into(), Vec::new(), conclusion, Evidence::absence_in(proof));
            }
            (Err(gaps), _) => self.gap(id, gaps, None),
            (Ok(_), Err(gaps)) => self.gap(id, &gaps, None),
        }
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

    /// Gives the item just added the two numbers that it reconciles.
    ///
    /// # Panics
    /// When no item of that id was added: a fault of the procedure.
    pub fn reconciles(&mut self, id: &str, tally: Tally) {
        let item = self
            .items
            .get_mut(id)
            .expect("invariant: the item was just added");
        item.tally = Some(tally);
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
        self.size = self.items.keys().filter(|id| !id.starts_with(GAP_PREFIX)).count() as u64;
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
                    let id = format!("{GAP_PREFIX}{}", gap.key).replace(' ', "/");
                    let id = format!("{id}/{}", show(gap.interval.start()));
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
                tally: old.tally,
            },
            None => Item {
                id: id.clone(),
                statements,
                conclusion,
                evidence,
                tally: None,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::coverage::Coverage;
    use crate::model::finding::State;
    use crate::model::source::Source;
    use crate::model::source::SourceKey;
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
}
