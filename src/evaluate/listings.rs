//! When the complete listings of a vault or cluster were taken: what is not in one of them was not there. What stood in a
//! vault or cluster that a later complete list of vaults or clusters lacks is not there either.

use std::collections::BTreeMap;

use crate::model::records::Records;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::source::{Source, SourceKey};
use crate::model::time::Instant;

/// The instants of the complete listings of each vault (by ARN) and cluster (`<project>/<cluster>`).
#[derive(Debug)]
pub struct Listings<'a> {
    parts: BTreeMap<&'a str, Vec<Instant>>,
    /// Complete lists of the vaults or clusters of a place.
    lists: BTreeMap<&'a SourceKey, Vec<Instant>>,
    /// When each vault or cluster was last in one.
    last_listed: BTreeMap<&'a str, Instant>,
}

impl<'a> Listings<'a> {
    /// The listings of recovery points and snapshots among the records, and those of vaults and clusters.
    pub fn of(records: &'a Records) -> Self {
        let mut parts: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
        let mut lists: BTreeMap<&SourceKey, Vec<Instant>> = BTreeMap::new();
        for listing in &records.listings {
            match listing.key.source {
                Source::AwsRecoveryPoints | Source::AtlasSnapshots => {
                    parts.entry(&listing.part).or_default().push(listing.at);
                }
                Source::AwsVaults | Source::CloudResourceListing => {
                    lists.entry(&listing.key).or_default().push(listing.at);
                }
                _ => {}
            }
        }
        for instants in parts.values_mut().chain(lists.values_mut()) {
            instants.sort();
        }
        let vaults = records.vaults.iter();
        let vaults = vaults.map(|vault| (vault.value.arn.as_str(), vault.last_seen));
        let clusters = records.resources.iter().filter_map(|resource| {
            let cluster = resource.value.id.as_str().strip_prefix("atlas:")?;
            Some((cluster, resource.last_seen))
        });
        let mut last_listed: BTreeMap<&str, Instant> = BTreeMap::new();
        for (part, seen) in vaults.chain(clusters) {
            let last = last_listed.entry(part).or_insert(seen);
            *last = seen.max(*last);
        }
        Self {
            parts,
            lists,
            last_listed,
        }
    }

    /// The first listing of `part` after `at`.
    pub fn first_after(&self, part: &str, at: Instant) -> Option<Instant> {
        let instants = self.parts.get(part)?;
        instants
            .get(instants.partition_point(|listing| *listing <= at))
            .copied()
    }

    /// The first listing of a point's vault or cluster in which it stood no more.
    pub fn absent_from(&self, point: &RecoveryPoint) -> Option<Instant> {
        let (part, seen) = (part_of(point)?, *point.sightings.iter().max()?);
        let absent = [self.first_after(part, seen), self.without(part, point, seen)];
        absent.into_iter().flatten().min()
    }

    /// The first complete list of vaults or clusters after `seen`, and after the last one that had `part`, if there is
    /// one: the vault or cluster was gone then.
    fn without(&self, part: &str, point: &RecoveryPoint, seen: Instant) -> Option<Instant> {
        let key = SourceKey {
            source: match point.provider {
                Provider::Aws => Source::AwsVaults,
                Provider::Atlas => Source::CloudResourceListing,
            },
            account: point.account.clone(),
            region: point.region.clone(),
        };
        // A vault that no list ever had is one of another place: its lists say nothing.
        let gone_after = seen.max(*self.last_listed.get(part)?);
        let instants = self.lists.get(&key)?;
        let later = instants.partition_point(|listing| *listing <= gone_after);
        instants.get(later).copied()
    }

    /// Whether a point was there at `at` for all that is known: made before, not due to be deleted, and missing in no
    /// listing until then.
    pub fn alive(&self, point: &RecoveryPoint, at: Instant) -> bool {
        point.created <= at
            && point.delete_at.is_none_or(|due| at < due)
            && self.absent_from(point).is_none_or(|absent| at < absent)
    }
}

/// The vault or cluster that a point stands in, by the name that listings have for it.
pub fn part_of(point: &RecoveryPoint) -> Option<&str> {
    match point.provider {
        Provider::Aws => point.vault.as_deref(),
        Provider::Atlas => point.resource.as_ref()?.as_str().strip_prefix("atlas:"),
    }
}
