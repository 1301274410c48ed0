//! Several observations of one thing become its latest revision. Revisions that can't both be true become a conflict;
//! the record stays, so that whoever uses it can see the conflict by its id.
//!
//! The result depends on what was observed and when, never on the order in which it was read.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::estate::RECORD_SOURCES;
use crate::model::ids::AcquisitionId;
use crate::model::records::{Conflict, Observed};

/// A thing that can be observed several times.
pub(super) trait Folded: Clone + PartialEq {
    /// Its id as readers know it.
    fn id(&self) -> String;

    /// Why `later` can't be a later revision of `earlier`.
    fn clash(earlier: &Self, later: &Self) -> Option<String>;
}

/// The observations of one kind, by identity.
pub(super) struct Fold<T> {
    seen: BTreeMap<String, Vec<(AcquisitionId, Observed<T>)>>,
}

impl<T> Default for Fold<T> {
    fn default() -> Self {
        Self {
            seen: BTreeMap::new(),
        }
    }
}

impl<T: Folded> Fold<T> {
    /// Adds an observation made by `pull`. Identity is the id within its account and region.
    pub(super) fn add(&mut self, pull: &AcquisitionId, observed: Observed<T>) {
        let key = &observed.key;
        let identity = format!("{}\n{}\n{}", key.account, key.region, observed.value.id());
        self.seen
            .entry(identity)
            .or_default()
            .push((pull.clone(), observed));
    }

    /// The latest revision of each, in the order of identity.
    pub(super) fn finish(self, conflicts: &mut Vec<Conflict>) -> Vec<Observed<T>> {
        self.seen
            .into_values()
            .filter_map(|revisions| latest(revisions, conflicts))
            .collect()
    }
}

fn latest<T: Folded>(
    mut revisions: Vec<(AcquisitionId, Observed<T>)>,
    conflicts: &mut Vec<Conflict>,
) -> Option<Observed<T>> {
    revisions.sort_by(|(a, x), (b, y)| (x.last_seen, &x.citation, a).cmp(&(y.last_seen, &y.citation, b)));
    let mut distinct: Vec<&(AcquisitionId, Observed<T>)> = Vec::new();
    let mut differences = BTreeSet::new();
    for later in &revisions {
        if distinct.iter().any(|(_, known)| known.value == later.1.value) {
            continue;
        }
        for earlier in &distinct {
            let Some(difference) = difference(earlier, later) else {
                continue;
            };
            if differences.insert(difference.clone()) {
                conflicts.push(Conflict {
                    source: later.1.key.source,
                    id: later.1.value.id(),
                    difference,
                    citations: vec![earlier.1.citation.clone(), later.1.citation.clone()],
                });
            }
        }
        distinct.push(later);
    }
    let first_seen = revisions.first()?.1.first_seen;
    let (_, last) = revisions.pop()?;
    Some(Observed { first_seen, ..last })
}

fn difference<T: Folded>(
    (first_pull, earlier): &(AcquisitionId, Observed<T>),
    (second_pull, later): &(AcquisitionId, Observed<T>),
) -> Option<String> {
    // One page, or one export of a register, shows a thing as it is at one time.
    let register = RECORD_SOURCES.contains(&later.key.source) && first_pull == second_pull;
    if register || earlier.citation.evidence == later.citation.evidence {
        return Some("stands twice in one answer with different content".to_owned());
    }
    T::clash(&earlier.value, &later.value)
}

/// Says that `member` differs, unless one of the two does not have it.
pub(super) fn differs<V: PartialEq>(member: &str, earlier: Option<&V>, later: Option<&V>) -> Option<String> {
    match (earlier, later) {
        (Some(earlier), Some(later)) if earlier != later => Some(format!("{member} changed")),
        _ => None,
    }
}
