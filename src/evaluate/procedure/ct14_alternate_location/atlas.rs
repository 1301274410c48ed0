//! Snapshots in Atlas: the regions that they are copied to, and when the events say that they were.

use super::{Reached, Trial};
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::place::tail;
use crate::evaluate::taken::seen;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::time::show_delta;

impl Trial<'_> {
    pub(super) fn in_atlas(&self, point: &Observed<RecoveryPoint>) -> Reached {
        let id = tail(&point.value.id);
        match self.level() {
            LocationLevel::AvailabilityZone => self.across_zones(point, &self.atlas),
            LocationLevel::Region => self.in_regions(point),
            LocationLevel::Account => {
                Reached::Missing(format!("{id} and its copies lie in one project of Atlas"))
            }
        }
    }

    fn in_regions(&self, point: &Observed<RecoveryPoint>) -> Reached {
        let (value, records) = (&point.value, self.context.records);
        let id = tail(&value.id);
        let Some(copies) = &value.copy_regions else {
            return Reached::Open(format!("no listing says where {id} is copied to"));
        };
        let cluster = records
            .resources
            .iter()
            .find(|resource| Some(&resource.value.id) == value.resource.as_ref());
        let regions = cluster
            .map(|cluster| &cluster.value.cloud_regions)
            .filter(|regions| !regions.is_empty());
        let Some(regions) = regions else {
            return Reached::Open(format!(
                "no listing says in which region the cluster of {id} runs"
            ));
        };
        if !copies.iter().any(|copy| !regions.contains(copy)) {
            // A cluster of several regions keeps a snapshot in one of them, and nobody says in which.
            let shown: Vec<_> = regions.iter().map(String::as_str).collect();
            let why = format!("{id} has no copy outside of {}", shown.join(", "));
            return if copies.is_empty() || regions.len() == 1 {
                Reached::Missing(why)
            } else {
                Reached::Open(why)
            };
        }
        let made = records.events.iter().filter(|event| {
            let of_it = event.value.resources.contains(&value.id);
            event.value.source == "atlas" && event.value.name.contains("COPY_SNAPSHOT_SUCCESSFUL") && of_it
        });
        let Some(made) = made.min_by_key(|event| (event.value.at, &event.value.id)) else {
            return Reached::Open(format!("no event of Atlas says when {id} was copied"));
        };
        let (lag, most) = (made.value.at - value.created, self.context.criteria.copy_lag_max);
        if lag > most {
            let (took, most) = (show_delta(lag), show_delta(most));
            return Reached::Missing(format!(
                "the copy of {id} completed after {took}, more than {most}"
            ));
        }
        Reached::Held(seen(&records.coverage, point), Some(Evidence::of(&made.citation)))
    }
}
