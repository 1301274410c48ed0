//! What the evidence proves complete, and what it leaves open.
//!
//! A [`Proof`] can be had only from [`Coverage`], and only for a span that is covered from end to end. Findings ask for
//! a proof wherever they say SUPPORTED or NO_OCCURRENCE, so that a partial population can't give either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::source::{Source, SourceKey};
use super::time::{Instant, Interval, Spans};

/// A gap names this many of its reasons; the receipts have them all.
const REASONS_SHOWN: usize = 2;

/// A stretch of time for which a source in one place proves nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The source in one place.
    pub key: SourceKey,
    /// What is not covered.
    pub interval: Interval,
    /// Why, as far as it is known: no pull, access denied, a page missing.
    pub reason: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not proven for {}: {}",
            self.key, self.interval, self.reason
        )
    }
}

/// Evidence that sources are complete over spans. Only [`Coverage`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    spans: Vec<(SourceKey, Interval)>,
}

impl Proof {
    /// What was proven: each source in one place with its span.
    pub fn spans(&self) -> &[(SourceKey, Interval)] {
        &self.spans
    }

    /// Both proofs together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self.spans.sort();
        self.spans.dedup();
        self
    }
}

/// Why a pull, or part of it, proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shortfall {
    /// The source in one place.
    pub key: SourceKey,
    /// The span that it would have proven.
    pub interval: Interval,
    /// What went wrong, naming the pull.
    pub reason: String,
}

/// The proven spans of every source in every place, the expected places included that were never collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    expected: BTreeSet<SourceKey>,
    spans: BTreeMap<SourceKey, Spans>,
    shortfalls: Vec<Shortfall>,
}

impl Coverage {
    /// `expected` are the places that have to be covered, `proven` what complete pulls prove, `shortfalls` what
    /// incomplete or failed ones would have proven.
    pub fn new(
        expected: BTreeSet<SourceKey>,
        proven: impl IntoIterator<Item = (SourceKey, Interval)>,
        mut shortfalls: Vec<Shortfall>,
    ) -> Self {
        let mut by_key: BTreeMap<SourceKey, Vec<Interval>> = BTreeMap::new();
        for (key, interval) in proven {
            by_key.entry(key).or_default().push(interval);
        }
        shortfalls.sort();
        shortfalls.dedup();
        let spans = by_key
            .into_iter()
            .map(|(key, intervals)| (key, Spans::of(intervals)))
            .collect();
        Self {
            expected,
            spans,
            shortfalls,
        }
    }

    /// The places that have to be covered.
    pub fn expected(&self) -> &BTreeSet<SourceKey> {
        &self.expected
    }

    /// Every place that is expected or was collected, in order.
    pub fn keys(&self) -> BTreeSet<&SourceKey> {
        self.expected.iter().chain(self.spans.keys()).collect()
    }

    /// The proven spans of one place.
    pub fn spans(&self, key: &SourceKey) -> Spans {
        self.spans.get(key).cloned().unwrap_or_default()
    }

    /// What incomplete or failed pulls left open.
    pub fn shortfalls(&self) -> &[Shortfall] {
        &self.shortfalls
    }

    /// Proof that `key` is complete over the whole of `interval`, or every gap in it.
    pub fn prove(&self, key: &SourceKey, interval: Interval) -> Result<Proof, Vec<Gap>> {
        let missing = self.spans(key).missing_in(&interval);
        if missing.is_empty() {
            return Ok(Proof {
                spans: vec![(key.clone(), interval)],
            });
        }
        Err(missing.iter().map(|gap| self.gap(key, *gap)).collect())
    }

    /// Proof that a source is complete over `interval` in every place where it is expected, or every gap.
    ///
    /// A source that is expected nowhere can't be proven: the gap then names no place of the estate.
    pub fn prove_everywhere(&self, source: Source, interval: Interval) -> Result<Proof, Vec<Gap>> {
        let keys: Vec<_> = self.expected.iter().filter(|key| key.source == source).collect();
        let mut proof: Option<Proof> = None;
        let mut gaps = Vec::new();
        for key in &keys {
            match self.prove(key, interval) {
                Ok(part) => proof = Some(proof.map_or_else(|| part.clone(), |whole| whole.and(part.clone()))),
                Err(part) => gaps.extend(part),
            }
        }
        match proof {
            Some(proof) if gaps.is_empty() => Ok(proof),
            None if gaps.is_empty() => Err(vec![self.nowhere(source, interval)]),
            _ => Err(gaps),
        }
    }

    /// Proof that a register was exported at `through` or later, in every place where it is expected.
    pub fn prove_register(&self, source: Source, through: Instant) -> Result<Proof, Vec<Gap>> {
        let last_moment = Interval::new(through - chrono::TimeDelta::milliseconds(1), through)
            .expect("invariant: a millisecond is not empty");
        self.prove_everywhere(source, last_moment)
    }

    fn gap(&self, key: &SourceKey, interval: Interval) -> Gap {
        let reasons: BTreeSet<&str> = self
            .shortfalls
            .iter()
            .filter(|shortfall| shortfall.key == *key && shortfall.interval.intersect(&interval).is_some())
            .map(|shortfall| shortfall.reason.as_str())
            .collect();
        // What went wrong in a pull says more than what is missing without it.
        let mut reasons: Vec<&str> = reasons.into_iter().collect();
        reasons.sort_by_key(|reason| !reason.starts_with("pull "));
        let shown = reasons
            .iter()
            .take(REASONS_SHOWN)
            .copied()
            .collect::<Vec<_>>()
            .join("; ");
        let reason = match reasons.len() {
            0 => "no complete pull covers it".to_owned(),
            1..=REASONS_SHOWN => shown,
            n => format!("{shown}; and {} more like it", n - REASONS_SHOWN),
        };
        Gap {
            key: key.clone(),
            interval,
            reason,
        }
    }

    fn nowhere(&self, source: Source, interval: Interval) -> Gap {
        let key = SourceKey {
            source,
            account: "none".parse().expect("invariant: none is an account name"),
            region: "none".parse().expect("invariant: none is a region name"),
        };
        Gap {
            key,
            interval,
            reason: "no place of the estate is configured for this source".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(region: &str) -> SourceKey {
        SourceKey {
            source: Source::AwsBackupJobs,
            account: "111122223333".parse().expect("an account"),
            region: region.parse().expect("a region"),
        }
    }

    fn days(from: u32, to: u32) -> Interval {
        let at = |day: u32| format!("2026-07-{day:02}T00:00:00Z").parse().expect("an instant");
        Interval::new(at(from), at(to)).expect("not empty")
    }

    #[test]
    fn a_proof_needs_the_whole_span_in_every_expected_place() {
        let expected = BTreeSet::from([key("us-east-1"), key("us-west-2")]);
        let proven = [
            (key("us-east-1"), days(1, 5)),
            (key("us-east-1"), days(5, 9)),
            (key("us-west-2"), days(1, 4)),
        ];
        let denied = Shortfall {
            key: key("us-west-2"),
            interval: days(3, 9),
            reason: "AccessDenied".to_owned(),
        };
        let coverage = Coverage::new(expected, proven, vec![denied]);
        assert!(coverage.prove(&key("us-east-1"), days(2, 8)).is_ok());
        let gaps = coverage
            .prove_everywhere(Source::AwsBackupJobs, days(2, 8))
            .expect_err("us-west-2 ends early");
        assert_eq!(
            gaps,
            [Gap {
                key: key("us-west-2"),
                interval: days(4, 8),
                reason: "AccessDenied".to_owned()
            }]
        );
        assert!(
            coverage.prove_everywhere(Source::Tickets, days(2, 8)).is_err(),
            "a source expected nowhere is unproven"
        );
    }
}
