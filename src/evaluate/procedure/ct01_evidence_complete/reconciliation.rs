//! Numbers that come by different ways and have to tie: one idea a file, one item a place.
//!
//! Both numbers stand in the item, whether they tie or not. A member of the difference that the evidence explains is said
//! as an observation; one that nothing explains leaves the item INDETERMINATE and is named. They tie only over a span
//! that is proven on both sides. Where there is nothing on either side, nothing was reconciled and there is no item.

mod atlas;
mod closed_days;
mod copies;
mod disappearances;
mod durations;
mod ended;
mod issues;
mod keys;
mod own_calls;
mod places;
mod points;
mod protected;
mod restore_testing;
mod runs;
mod summaries;
mod trail_logs;
mod validations;

use crate::evaluate::context::Context;
use crate::evaluate::facts::both;
use crate::evaluate::place::Place;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Counted, Evidence, FindingBuilder, Tally};
use crate::model::records::Citation;
use crate::model::records::backups::Provider;
use crate::model::source::{Source, SourceKey};
use crate::model::time::Interval;

/// Reconciles one pair of sources in one place; `None` where there is nothing on either side.
type Reconcile = fn(&Context<'_>, &Place) -> Option<Reconciliation>;

/// Every reconciliation of an account and region of AWS, in the order in which readers think of them.
const IN_AWS: &[Reconcile] = &[
    summaries::reconcile,
    issues::reconcile,
    points::reconcile,
    disappearances::reconcile,
    copies::reconcile,
    ended::backups,
    ended::restores,
    durations::reconcile,
    validations::reconcile,
    runs::reconcile,
    restore_testing::reconcile,
    keys::reconcile,
    protected::points,
    protected::inventory::reconcile,
    protected::listing::reconcile,
    own_calls::reconcile,
    trail_logs::reconcile,
];

/// Every reconciliation of a project of Atlas.
const IN_ATLAS: &[Reconcile] = &[
    disappearances::reconcile,
    atlas::counts,
    atlas::snapshots,
    atlas::restores,
    runs::reconcile,
];

/// Two numbers of one place, and what becomes of their difference.
struct Reconciliation {
    /// What is reconciled, as a part of the item's id.
    name: &'static str,
    left: Counted,
    right: Counted,
    /// Members of the difference that the evidence explains.
    explained: Vec<String>,
    /// Members that nothing explains.
    open: Vec<String>,
    /// That both sides are complete.
    proof: Result<Proof, Vec<Gap>>,
    /// The places of both sides, and the members of the difference.
    evidence: Evidence,
    /// What would settle an open difference.
    resolves: &'static str,
}

impl Reconciliation {
    fn conclude(mut self, place: &Place, builder: &mut FindingBuilder) {
        let id = format!("reconciliation/{}/{}/{}", self.name, place.account, place.region);
        let named = !self.explained.is_empty() || !self.open.is_empty();
        if self.left.number != self.right.number && !named {
            self.open.push("the numbers differ".to_owned());
        }
        let tally = Tally {
            left: self.left,
            right: self.right,
            explained: self.explained,
            open: self.open,
        };
        let said = format!("{}; difference: {}", tally.numbers(), tally.difference());
        if !tally.explained.is_empty() {
            builder.observe(format!("{id}: {said}"), self.evidence.clone());
        }
        if tally.open.is_empty() {
            builder.supported_if(&id, &self.proof, self.evidence);
        } else {
            let gap = self.proof.err().and_then(|gaps| gaps.into_iter().next());
            let gap = gap.map_or_else(String::new, |gap| format!("; {gap}"));
            builder.indeterminate(&id, format!("{said}{gap}"), self.resolves, self.evidence);
        }
        builder.reconciles(&id, tally);
    }
}

/// Adds an item for each reconciliation of each place of the estate, and for those of its accounts and regions.
pub(super) fn reconcile(context: &Context<'_>, builder: &mut FindingBuilder) {
    places::unlisted(context, builder);
    for key in context.records.coverage.keys() {
        let reconcile: Reconcile = match key.source {
            Source::AwsAccounts => places::accounts,
            Source::AwsRegions => places::regions,
            _ => continue,
        };
        let place = places::of_account(&key.account);
        if let Some(reconciliation) = reconcile(context, &place) {
            reconciliation.conclude(&place, builder);
        }
    }
    for key in context.records.coverage.expected() {
        let (provider, all) = match key.source {
            Source::AwsBackupJobs => (Provider::Aws, IN_AWS),
            Source::AtlasSnapshots => (Provider::Atlas, IN_ATLAS),
            _ => continue,
        };
        let place = Place {
            provider,
            account: key.account.clone(),
            region: key.region.clone(),
        };
        if provider == Provider::Aws {
            own_calls::concealed(context, &place, builder);
        }
        for reconciliation in all.iter().filter_map(|reconcile| reconcile(context, &place)) {
            reconciliation.conclude(&place, builder);
        }
    }
}

/// A number of `what`.
fn counted(number: usize, what: impl Into<String>) -> Counted {
    Counted {
        number: number as u64,
        what: what.into(),
    }
}

/// Proof that each of `keys` is complete over `span`, or every gap.
fn proven(context: &Context<'_>, keys: &[SourceKey], span: Interval) -> Result<Proof, Vec<Gap>> {
    let proofs = keys.iter().map(|key| context.records.coverage.prove(key, span));
    let proof = proofs.reduce(both);
    proof.unwrap_or_else(|| unreachable!("invariant: a reconciliation has a place"))
}

/// The places of both sides, and the records that make the difference.
fn evidence<'a>(keys: &[SourceKey], records: impl IntoIterator<Item = &'a Citation>) -> Evidence {
    let places = keys.iter().map(Evidence::place).reduce(Evidence::and);
    let places = places.unwrap_or_else(|| unreachable!("invariant: a reconciliation has a place"));
    Evidence::all(records).map_or(places.clone(), |records| records.and(places))
}

#[cfg(test)]
mod tests;
