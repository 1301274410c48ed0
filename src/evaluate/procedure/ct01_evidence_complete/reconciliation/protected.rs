//! What AWS Backup lists as protected against the recovery points that its vaults list, the inventory's systems, and the
//! listing that does not depend on AWS Backup.
//!
//! The list names a resource whatever the states of its recovery points, so that it never vouches for a backup: that none
//! can be restored from is said, and judged by CT-05 and CT-06. That a resource has no recovery point at all explains why
//! the list does not name it; whether it should have one is CT-03's to say.

pub(super) mod inventory;
pub(super) mod listing;

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{PointState, RecoveryPoint};
use crate::model::records::governance::{Hosting, System};
use crate::model::records::{Citation, Observed};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, show};

/// What the three comparisons of one place have in common.
struct Known<'a> {
    protected: BTreeMap<&'a ResourceId, &'a Citation>,
    /// The recovery points of each resource that vaults of the place list; copies come from elsewhere.
    points: BTreeMap<&'a ResourceId, Vec<&'a Observed<RecoveryPoint>>>,
    /// The inventory's rows of each resource of the place, whenever they were in use.
    systems: BTreeMap<&'a ResourceId, Vec<&'a Observed<System>>>,
    key: SourceKey,
}

impl<'a> Known<'a> {
    fn of(context: &Context<'a>, place: &Place) -> Self {
        let (records, span) = (context.records, examined(context.scope));
        let key = place.key(Source::AwsProtectedResources);
        let listed = records.protected.iter();
        let listed = listed.filter(|row| row.key == key && row.value.at >= span.start());
        let mut points: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for point in records.points.iter().filter(|point| point.key == place.points()) {
            let seen = point.value.sightings.iter().any(|at| *at >= span.start());
            if let Some(resource) = point.value.resource.as_ref().filter(|_| seen) {
                points.entry(resource).or_default().push(point);
            }
        }
        let mut systems: BTreeMap<_, Vec<_>> = BTreeMap::new();
        // What the inventory holds no more explains nothing.
        let standing = records.systems.iter().filter(|row| row.stands);
        for row in standing.filter(|row| row.value.hosting == Hosting::Aws) {
            for resource in &row.value.resources {
                if Place::of(resource, Some(&row.value)).as_ref() == Some(place) {
                    systems.entry(resource).or_default().push(row);
                }
            }
        }
        Self {
            protected: listed.map(|row| (&row.value.resource, &row.citation)).collect(),
            points,
            systems,
            key,
        }
    }

    /// Whether the resource has a recovery point for which the list has to name it: its own, and no part of a composite.
    fn is_backed_up(&self, resource: &ResourceId) -> bool {
        let points = self.points.get(resource).into_iter().flatten();
        let own = |point: &RecoveryPoint| point.copied_from.is_none() && point.parent.is_none();
        points.into_iter().any(|point| own(&point.value))
    }

    /// When the inventory says that the resource was given up.
    fn given_up(&self, resource: &ResourceId) -> Option<Instant> {
        let rows = self.systems.get(resource)?;
        let last = rows.iter().map(|row| row.value.decommissioned);
        last.reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)))?
    }
}

/// That a resource which was given up still has recovery points.
fn still(name: &str, given_up: Instant) -> String {
    format!(
        "{name} is still protected: the inventory has it decommissioned at {}",
        show(given_up)
    )
}

/// The list against the recovery points.
pub(super) fn points(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let known = Known::of(context, place);
    let held = known.points.keys().copied();
    let held: BTreeSet<_> = held
        .filter(|resource| known.is_backed_up(resource) || known.protected.contains_key(resource))
        .collect();
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (resource, citation) in &known.protected {
        let name = tail(resource.as_str());
        match known.points.get(resource) {
            None => open.push(format!(
                "{name} is protected, and no listing has a recovery point of it"
            )),
            Some(points) if points.iter().all(|point| point.value.state != PointState::Usable) => {
                let number = points.len();
                explained.push(format!(
                    "{name} is listed, and none of its {number} recovery points is usable"
                ));
            }
            Some(_) => continue,
        }
        cited.push(*citation);
    }
    for resource in held
        .iter()
        .filter(|resource| !known.protected.contains_key(*resource))
    {
        let points = &known.points[resource];
        let (name, number) = (tail(resource.as_str()), points.len());
        open.push(format!(
            "{name} is not listed as protected and has {number} recovery points"
        ));
        cited.extend(points.first().map(|point| &point.citation));
    }
    let keys = [known.key.clone(), place.points()];
    (!known.protected.is_empty() || !held.is_empty()).then(|| Reconciliation {
        name: "protected-points",
        left: counted(
            known.protected.len(),
            "resources that AWS Backup lists as protected",
        ),
        right: counted(held.len(), "resources with recovery points in its vaults"),
        explained,
        open,
        proof: proven(context, &keys, examined(context.scope)),
        evidence: evidence(&keys, cited),
        resolves: "complete lists of vaults, recovery points and protected resources of the same time",
    })
}
