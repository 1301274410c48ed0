//! When the complete listings of a vault or cluster were taken: what is not in one of them was not there.

use std::collections::BTreeMap;

use crate::model::records::Records;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::source::Source;
use crate::model::time::Instant;

/// The instants of the complete listings of each vault (by ARN) and cluster (`<project>/<cluster>`).
#[derive(Debug)]
pub struct Listings<'a>(BTreeMap<&'a str, Vec<Instant>>);

impl<'a> Listings<'a> {
    /// The listings of recovery points and snapshots among the records.
    pub fn of(records: &'a Records) -> Self {
        let mut parts: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
        for listing in &records.listings {
            if matches!(
                listing.key.source,
                Source::AwsRecoveryPoints | Source::AtlasSnapshots
            ) {
                parts.entry(&listing.part).or_default().push(listing.at);
            }
        }
        for instants in parts.values_mut() {
            instants.sort();
        }
        Self(parts)
    }

    /// The first listing of `part` after `at`.
    pub fn first_after(&self, part: &str, at: Instant) -> Option<Instant> {
        let instants = self.0.get(part)?;
        instants
            .get(instants.partition_point(|listing| *listing <= at))
            .copied()
    }

    /// The first listing of a point's vault or cluster in which it stood no more.
    pub fn absent_from(&self, point: &RecoveryPoint) -> Option<Instant> {
        self.first_after(part_of(point)?, *point.sightings.iter().max()?)
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
