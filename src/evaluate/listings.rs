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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::backups::{VAULT, point};
    use crate::evaluate::testing::protection::vault;
    use crate::evaluate::testing::{World, at, key, observed};
    use crate::model::records::CompleteListing;

    #[test]
    fn a_point_is_there_from_when_it_was_made_until_it_is_due_or_missing() {
        let mut world = World::new();
        world.add_listing(VAULT, at("2026-07-05"));
        let mut point = point("p", "2026-07-03T03:00");
        point.sightings = vec![at("2026-07-04")];
        let alive = |point: &RecoveryPoint, when: &str| Listings::of(&world.records).alive(point, at(when));
        assert!(!alive(&point, "2026-07-03T02:59:59Z") && alive(&point, "2026-07-03T03:00"));
        assert!(alive(&point, "2026-07-04T23:59:59Z") && !alive(&point, "2026-07-05"));
        point.delete_at = Some(at("2026-07-04T12:00"));
        assert!(alive(&point, "2026-07-04T11:59:59Z") && !alive(&point, "2026-07-04T12:00"));
        point.delete_at = None;
        assert!(alive(&point, "2026-07-04T12:00") && !alive(&point, "2026-07-05"));
    }

    #[test]
    fn the_first_of_a_listing_without_the_point_and_a_list_without_the_vault_counts() {
        let mut point = point("p", "2026-07-03T03:00");
        point.sightings = vec![at("2026-07-04")];
        let mut world = World::new();
        // Two observations of the vault, in any order: after the last one, the lists miss it.
        for seen in ["2026-07-06", "2026-07-04"] {
            let row = observed(
                key(Source::AwsVaults, "us-east-1"),
                at(seen),
                "vault",
                vault(VAULT, at(seen)),
            );
            world.records.vaults.push(row);
        }
        for day in ["2026-07-05", "2026-07-06", "2026-07-07", "2026-07-08"] {
            let key = key(Source::AwsVaults, "us-east-1");
            let (part, at) = (String::new(), at(day));
            world.records.listings.push(CompleteListing { key, part, at });
        }
        let absent = |world: &World| Listings::of(&world.records).absent_from(&point);
        assert_eq!(absent(&world), Some(at("2026-07-07")));
        world.records.vaults.reverse();
        assert_eq!(absent(&world), Some(at("2026-07-07")));
        world.add_listing(VAULT, at("2026-07-09"));
        assert_eq!(absent(&world), Some(at("2026-07-07")));
        world.add_listing(VAULT, at("2026-07-04T00:00:01Z"));
        assert_eq!(absent(&world), Some(at("2026-07-04T00:00:01Z")));
    }
}
