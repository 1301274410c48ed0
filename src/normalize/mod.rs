//! Bytes of the ledger → records of the model, and what they prove complete.
//!
//! Invariants: nothing is believed that the pages do not prove; a record that does not fit never disappears (it is a
//! [`Misfit`](crate::model::records::Misfit), and its pull proves nothing); the result depends on what the ledger holds, not on its order; an
//! absent member gets no default. `docs/spec/recording.md` says which pages make a whole pull.
//!
//! The way: [`pull`] reads and checks the pages of one pull, [`gather`] gives each row to the file of its source family;
//! of all pulls together, [`fold`] makes one record of several observations, [`complete`] puts the proven spans together.

mod arn;
mod atlas;
mod aws;
mod complete;
mod export;
mod fold;
mod form;
mod gather;
mod instant;
mod json;
mod listing;
mod paging;
mod pull;
mod query;
mod registers;
mod request;
mod schedules;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::store::EvidenceStore;
use crate::model::acquisition::Acquisition;
use crate::model::estate::Estate;
use crate::model::records::backups::{CloudResource, Selection};
use crate::model::records::{Citation, CompleteListing, Observed, Records};
use crate::model::source::{Reach, Source, SourceKey};
use crate::model::time::Instant;
use aws::digest;
use fold::Export;
use form::Call;
use gather::Gathering;
use pull::Pull;

/// Everything that `store` says about `estate`. It can't fail: what is wrong with the evidence is part of the result, as
/// shortfalls of coverage, misfits and conflicts.
pub fn normalize(store: &dyn EvidenceStore, estate: &Estate) -> Records {
    let receipts = store.acquisitions();
    let readings: Vec<_> = receipts
        .iter()
        .map(|receipt| Reading::of(store, receipt))
        .collect();
    combine(&readings, estate)
}

/// What one pull says, read by itself. Reading is most of the work and asks nothing of other pulls, so that stores which
/// differ in one pull have all other readings in common.
pub struct Reading<'a> {
    pull: Pull<'a>,
    rows: Gathering,
}

impl<'a> Reading<'a> {
    /// Reads the pages of `receipt` in `store`.
    pub fn of(store: &dyn EvidenceStore, receipt: &'a Acquisition) -> Self {
        let mut pull = Pull::read(store, receipt);
        let mut rows = Gathering::default();
        pull.take_rows(|row| rows.take(row));
        Self { pull, rows }
    }
}

/// Everything that the pulls say together.
pub fn combine<'r, 'a: 'r>(readings: impl IntoIterator<Item = &'r Reading<'a>>, estate: &Estate) -> Records {
    let readings = in_order(readings);
    let rows: Vec<_> = readings.iter().map(|reading| &reading.rows).collect();
    let pulls: Vec<_> = readings.iter().map(|reading| &reading.pull).collect();
    let (mut records, mut known) = gather::finish(&rows, exports(&pulls));
    records.digest_chains = digest::chains(
        readings
            .iter()
            .map(|reading| (&reading.pull, reading.rows.shelf())),
    );
    known.digests = digest::proven(&records.digest_chains);
    known.digest_shortfalls = digest::shortfalls(&records.digest_chains, estate);
    let retentions = schedules::Retentions::of(&pulls, &records.atlas_schedules);
    records.coverage = complete::Completeness::new(estate, &pulls, &known, retentions).coverage();
    records.listings = listings(&pulls);
    records.pulls = pulls.iter().map(|pull| pull.summed_up()).collect();
    gather::sight(&mut records.points, &sightings(&pulls));
    gather::tag(&mut records.resources, tags(&readings));
    end_selections(&mut records.selections, &pulls);
    records
}

/// The pulls in an order of their own, each once: neither order nor repetition in the ledger means anything.
fn in_order<'r, 'a: 'r>(readings: impl IntoIterator<Item = &'r Reading<'a>>) -> Vec<&'r Reading<'a>> {
    let mut all: Vec<_> = readings.into_iter().collect();
    all.sort_by(|a, b| {
        let (a, b) = (a.pull.receipt, b.pull.receipt);
        let rest = || format!("{a:?}").cmp(&format!("{b:?}"));
        (a.started, &a.id).cmp(&(b.started, &b.id)).then_with(rest)
    });
    all.dedup_by(|a, b| a.pull.receipt == b.pull.receipt);
    all
}

fn whole<'p, 'a>(pulls: &[&'p Pull<'a>], call: Call) -> impl Iterator<Item = &'p Pull<'a>> {
    pulls
        .iter()
        .copied()
        .filter(move |pull| pull.is_whole() && pull.call() == Some(call))
}

/// Every whole listing of present state, with the part of the place that it lists.
fn listings(pulls: &[&Pull<'_>]) -> Vec<CompleteListing> {
    let part = |pull: &Pull<'_>| match pull.receipt.key.source {
        Source::AwsRecoveryPoints => complete::vault_of(pull).unwrap_or_default(),
        Source::AtlasSnapshots | Source::AtlasBackupSchedule => {
            format!("{}/{}", pull.receipt.key.account, pull.part().unwrap_or_default())
        }
        Source::KmsKeys if pull.call() == Some(Call::Key) => pull.items.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    // A vault's policy and a resource's description list nothing.
    let silent = [Some(Call::VaultPolicy), Some(Call::ProtectedResource)];
    let lists = |pull: &&&Pull<'_>| !silent.contains(&pull.call());
    let present = |pull: &&&Pull<'_>| pull.is_whole() && pull.receipt.key.source.reach() == Reach::Listing;
    let all: BTreeSet<_> = pulls
        .iter()
        .filter(lists)
        .filter(present)
        .map(|pull| CompleteListing {
            key: pull.receipt.key.clone(),
            part: part(pull),
            at: pull.at(),
        })
        .collect();
    all.into_iter().collect()
}

/// When each recovery point stood in a whole listing of its vault or cluster.
fn sightings(pulls: &[&Pull<'_>]) -> BTreeMap<(SourceKey, String), BTreeSet<Instant>> {
    let mut seen: BTreeMap<_, BTreeSet<Instant>> = BTreeMap::new();
    for pull in whole(pulls, Call::RecoveryPoints).chain(whole(pulls, Call::AtlasSnapshots)) {
        for id in &pull.items {
            seen.entry((pull.receipt.key.clone(), id.clone()))
                .or_default()
                .insert(pull.at());
        }
    }
    seen
}

/// The complete exports of each register that people keep, the newest last: the register as it stands.
fn exports(pulls: &[&Pull<'_>]) -> BTreeMap<SourceKey, Vec<Export>> {
    let mut all: Vec<_> = whole(pulls, Call::Find).collect();
    all.sort_by_key(|pull| (pull.at(), &pull.receipt.id));
    let mut exports: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pull in all {
        let evidence = pull.receipt.pages.iter().find_map(|page| page.evidence);
        let export = evidence.map(|evidence| Export {
            pull: pull.receipt.id.clone(),
            started: pull.receipt.started,
            at: pull.at(),
            rows: Citation {
                evidence,
                locator: "/cursor".to_owned(),
            },
        });
        let of_register = exports.entry(pull.receipt.key.clone()).or_default();
        of_register.extend(export);
    }
    exports
}

/// The rows of each complete independent listing, with its time.
fn tags<'r>(
    readings: &[&'r Reading<'_>],
) -> impl Iterator<Item = (Instant, impl Iterator<Item = Observed<CloudResource>> + 'r)> {
    let listings = [Some(Call::Resources), Some(Call::AtlasClusters)];
    let complete =
        move |reading: &&'r Reading<'_>| reading.pull.is_whole() && listings.contains(&reading.pull.call());
    readings
        .iter()
        .copied()
        .filter(complete)
        .map(|reading| (reading.pull.at(), reading.rows.resources().cloned()))
}

/// A selection that a later whole list of its plan's selections lacks was gone after the last list that had it.
fn end_selections(selections: &mut [Observed<Selection>], pulls: &[&Pull<'_>]) {
    for selection in selections {
        let plan = selection.value.plan.as_str();
        let lists: Vec<_> = whole(pulls, Call::Selections)
            .filter(|pull| pull.receipt.key == selection.key && pull.part() == Some(plan))
            .collect();
        let had_it = lists
            .iter()
            .filter(|list| list.items.contains(&selection.value.id))
            .map(|list| list.at());
        let last = had_it.chain([selection.last_seen]).max();
        let after = lists.iter().map(|list| list.at());
        selection.value.absent_from = after.filter(|at| last.is_some_and(|last| *at > last)).min();
        selection.value.gone_after = last.filter(|_| selection.value.absent_from.is_some());
    }
}
