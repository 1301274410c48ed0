//! What a population rests on when several places feed it.
//!
//! A gap in one place must not hide what the others prove, and must never be lost: the population is taken as all that
//! is proven, and every gap becomes an INDETERMINATE item of its own.

use crate::model::coverage::{Coverage, Gap, Proof};
use crate::model::finding::FindingBuilder;
use crate::model::scope::Scope;
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

/// The part of the period that lies before the as-of instant: what can be examined at all.
pub fn examined(scope: &Scope) -> Interval {
    let period = scope.period.interval();
    Interval::new(period.start(), period.end().min(scope.as_of)).unwrap_or(period)
}

/// The millisecond that begins at `at`: the span of a proof that a single record is part of a complete list.
pub fn moment(at: Instant) -> Interval {
    Interval::new(at, at + chrono::TimeDelta::milliseconds(1)).expect("invariant: a millisecond is not empty")
}

/// The proof over everything proven, and the gaps beside it.
#[derive(Debug)]
pub struct Grounds {
    /// Proof over the proven parts; the gaps themselves where nothing is proven anywhere.
    pub basis: Result<Proof, Vec<Gap>>,
    gaps: Vec<Gap>,
}

impl Grounds {
    /// The grounds of a population that `sources` feed over `span`, each in every place where it is expected. Sources
    /// that the estate has no place for feed nothing; when that is all of them, nothing is proven.
    pub fn of(coverage: &Coverage, sources: &[Source], span: Interval) -> Self {
        let mut proof: Option<Proof> = None;
        let mut gaps = Vec::new();
        for key in coverage
            .expected()
            .iter()
            .filter(|key| sources.contains(&key.source))
        {
            gaps.extend(coverage.prove(key, span).err().into_iter().flatten());
            for part in coverage.spans(key).within(&span).iter() {
                let part = coverage
                    .prove(key, *part)
                    .expect("invariant: a covered part is proven");
                proof = Some(match proof {
                    Some(whole) => whole.and(part),
                    None => part,
                });
            }
        }
        let nowhere = || {
            let every = sources
                .iter()
                .filter_map(|source| coverage.prove_everywhere(*source, span).err());
            every.flatten().collect()
        };
        Self {
            basis: proof.ok_or_else(nowhere),
            gaps,
        }
    }

    /// Adds an INDETERMINATE item for each gap beside a proven basis. (The builder itself does so for an unproven one.)
    pub fn mark(&self, builder: &mut FindingBuilder) {
        if self.basis.is_ok() {
            self.mark_beside(builder);
        }
    }

    /// The same of a population that rests on something else: an INDETERMINATE item for each gap, also where nothing is proven.
    pub fn mark_beside(&self, builder: &mut FindingBuilder) {
        for gap in &self.gaps {
            let id = format!("population/{}/{}", gap.key, show(gap.interval.start())).replace(' ', "/");
            builder.gap(id, std::slice::from_ref(gap), None);
        }
    }
}
