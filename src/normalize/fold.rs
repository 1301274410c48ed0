//! Several observations of one thing become its latest revision. Revisions that can't both be true become a conflict;
//! the record stays, so that whoever uses it can see the conflict by its id.
//!
//! The result depends on what was observed and when, never on the order in which it was read.

use std::collections::{BTreeMap, BTreeSet};

use super::pull::clocks_differ;
use crate::model::estate::RECORD_SOURCES;
use crate::model::ids::AcquisitionId;
use crate::model::records::{Citation, Conflict, Moved, Observed};
use crate::model::source::SourceKey;
use crate::model::time::{Instant, show};

/// A thing that can be observed several times.
pub(super) trait Folded: Clone + PartialEq {
    /// Its id as readers know it.
    fn id(&self) -> String;

    /// What a contradiction is called by: of a state at a time, the thing whose state it is.
    fn subject(&self) -> String {
        self.id()
    }

    /// Why `later` can't be a later revision of `earlier`.
    fn clash(earlier: &Self, later: &Self) -> Option<String>;

    /// Why `later` can't be true of the time before `seen`, when `earlier` was read last: a past that was written anew.
    fn rewrites(_earlier: &Self, _seen: Instant, _later: &Self) -> Option<String> {
        None
    }

    /// When it says that it was entered into its register, in words and as an instant. No complete export since can lack it.
    fn entered(&self) -> Option<(&'static str, Instant)> {
        None
    }

    /// How two that contradict each other differ in what puts them into a population.
    fn moved(_earlier: &Self, _later: &Self) -> Moved {
        Moved::default()
    }

    /// Takes over from an earlier revision what the latest one no longer tells.
    fn remember(&mut self, _earlier: &Self) {}
}

/// One observation of a thing.
struct Seen<T> {
    /// The thing's id within its account and region.
    identity: String,
    pull: AcquisitionId,
    observed: Observed<T>,
}

/// A complete export of a register.
pub(super) struct Export {
    pub(super) pull: AcquisitionId,
    /// When it was asked for, and when its last answer came.
    pub(super) started: Instant,
    pub(super) at: Instant,
    /// Where its rows stand.
    pub(super) rows: Citation,
}

/// What folding is told of the registers, and the conflicts that it finds.
pub(super) struct Folding {
    /// The complete exports of each register, the newest last.
    pub(super) exports: BTreeMap<SourceKey, Vec<Export>>,
    /// Revisions that can't both be true.
    pub(super) conflicts: Vec<Conflict>,
}

impl Folding {
    /// Whether the newest complete export of the register holds `last` as one of its `revisions`. What no register keeps
    /// always stands.
    fn stands<T: PartialEq>(&self, last: &Observed<T>, revisions: &[&Seen<T>]) -> bool {
        let exported = |seen: &&Seen<T>| {
            let newest = self.exports.get(&last.key).and_then(|all| all.last());
            newest.is_some_and(|export| export.pull == seen.pull) && seen.observed.value == last.value
        };
        !RECORD_SOURCES.contains(&last.key.source) || revisions.iter().any(exported)
    }

    /// The contradiction between what a record that was `first` read so says of its entry, and an earlier export that does
    /// not hold it: it was dated back.
    fn dated_back<T: Folded>(&self, first: &Observed<T>, last: &Observed<T>) -> Option<Conflict> {
        let (what, at) = last.value.entered()?;
        let exports = self.exports.get(&last.key)?.iter();
        let mut since = exports.filter(|export| at + clocks_differ() < export.started);
        let lacking = since.find(|export| export.at < first.first_seen)?;
        Some(Conflict {
            source: last.key.source,
            id: last.value.subject(),
            difference: format!(
                "{what} at {}, and the complete export of {} does not hold it",
                show(at),
                show(lacking.at)
            ),
            moved: Moved {
                when: true,
                about: false,
            },
            citations: vec![lacking.rows.clone(), last.citation.clone()],
        })
    }
}

/// Observations of one kind.
pub(super) struct Fold<T>(Vec<Seen<T>>);

impl<T> Default for Fold<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Folded> Fold<T> {
    /// Adds an observation made by `pull`.
    pub(super) fn add(&mut self, pull: &AcquisitionId, observed: Observed<T>) {
        let key = &observed.key;
        let identity = format!("{}\n{}\n{}", key.account, key.region, observed.value.id());
        self.0.push(Seen {
            identity,
            pull: pull.clone(),
            observed,
        });
    }

    /// What was observed, in no order.
    pub(super) fn observed(&self) -> impl Iterator<Item = &Observed<T>> {
        self.0.iter().map(|seen| &seen.observed)
    }

    /// The latest revision of each thing that any of `parts` saw, in the order of identity.
    pub(super) fn finish<'p>(
        parts: impl IntoIterator<Item = &'p Self>,
        folding: &mut Folding,
    ) -> Vec<Observed<T>>
    where
        T: 'p,
    {
        let mut things: BTreeMap<&str, Vec<&Seen<T>>> = BTreeMap::new();
        for seen in parts.into_iter().flat_map(|part| &part.0) {
            things.entry(&seen.identity).or_default().push(seen);
        }
        things
            .into_values()
            .filter_map(|revisions| latest(revisions, folding))
            .collect()
    }
}

fn latest<T: Folded>(mut revisions: Vec<&Seen<T>>, folding: &mut Folding) -> Option<Observed<T>> {
    revisions.sort_by(|a, b| {
        let (x, y) = (&a.observed, &b.observed);
        (x.last_seen, &x.citation, &a.pull).cmp(&(y.last_seen, &y.citation, &b.pull))
    });
    // Each value once, with when it was read last.
    let mut distinct: Vec<(&Seen<T>, Instant)> = Vec::new();
    let mut differences = BTreeSet::new();
    let mut conflict = |earlier: &Seen<T>, later: &Seen<T>, difference: String| {
        let moved = T::moved(&earlier.observed.value, &later.observed.value);
        if differences.insert((difference.clone(), moved)) {
            folding.conflicts.push(Conflict {
                source: later.observed.key.source,
                id: later.observed.value.subject(),
                difference,
                moved,
                citations: vec![earlier.observed.citation.clone(), later.observed.citation.clone()],
            });
        }
    };
    for (n, later) in revisions.iter().copied().enumerate() {
        let value = &later.observed.value;
        // Whichever of the two stands first in the answer says nothing.
        let other = |other: &&&Seen<T>| other.observed.value != *value;
        for earlier in revisions[..n].iter().filter(other) {
            if let Some(difference) = at_once(earlier, later) {
                conflict(earlier, later, difference.to_owned());
            }
        }
        let known = distinct
            .iter_mut()
            .find(|(known, _)| known.observed.value == *value);
        if let Some((_, seen)) = known {
            *seen = later.observed.last_seen;
            continue;
        }
        for (earlier, seen) in &distinct {
            let was = &earlier.observed.value;
            let difference = T::clash(was, value).or_else(|| T::rewrites(was, *seen, value));
            if let Some(difference) = difference {
                conflict(earlier, later, difference);
            }
        }
        distinct.push((later, later.observed.last_seen));
    }
    let first_seen = revisions.first()?.observed.first_seen;
    let mut last = revisions.last()?.observed.clone();
    last.stands = folding.stands(&last, &revisions);
    let dated_back = folding.dated_back(&revisions.first()?.observed, &last);
    folding.conflicts.extend(dated_back);
    for (earlier, _) in &distinct {
        last.value.remember(&earlier.observed.value);
    }
    Some(Observed { first_seen, ..last })
}

/// Why two observations can't differ at all: one page, or one export of a register, shows a thing as it is at one time.
fn at_once<T>(first: &Seen<T>, second: &Seen<T>) -> Option<&'static str> {
    let (earlier, later) = (&first.observed, &second.observed);
    let register = RECORD_SOURCES.contains(&later.key.source) && first.pull == second.pull;
    if register || earlier.citation.evidence == later.citation.evidence {
        Some("stands twice in one answer with different content")
    } else {
        let together = earlier.last_seen == later.last_seen;
        together.then_some("was read twice at one time with different content")
    }
}

/// An approval: who gave it and when, as far as the record says.
pub(super) type Approval<'a> = (Option<&'a String>, Option<Instant>);

/// Says that an approval is dated before `seen`, when the record was read without it or with another one.
pub(super) fn backdated(
    what: &str,
    earlier: Approval<'_>,
    seen: Instant,
    later: Approval<'_>,
) -> Option<String> {
    let at = later.1.filter(|at| *at < seen)?;
    (earlier != later).then(|| {
        format!(
            "{what} of {} is not the one of the revision read at {}",
            show(at),
            show(seen)
        )
    })
}

/// Says that `member` differs, unless one of the two does not have it.
pub(super) fn differs<V: PartialEq>(member: &str, earlier: Option<&V>, later: Option<&V>) -> Option<String> {
    match (earlier, later) {
        (Some(earlier), Some(later)) if earlier != later => Some(format!("{member} changed")),
        _ => None,
    }
}
