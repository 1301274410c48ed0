//! Recovery points in AWS: their storage, and their copies.

use super::{Reached, Trial};
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::facts::both;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::taken::seen;
use crate::evaluate::usable::Verdict;
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{CopyJob, JobState, PointState, RecoveryPoint};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Interval, show, show_delta};

impl<'a> Trial<'a> {
    pub(super) fn in_aws(&self, point: &'a Observed<RecoveryPoint>) -> Reached {
        match self.level() {
            LocationLevel::AvailabilityZone => {
                let own = self.stored(point);
                if matches!(own, Reached::Held(Ok(_), _)) {
                    return own;
                }
                // A copy in another region is further away than another zone.
                match self.copied(point, LocationLevel::Region) {
                    held @ Reached::Held(Ok(_), _) => held,
                    _ => own,
                }
            }
            level => self.copied(point, level),
        }
    }

    /// By its own storage class.
    fn stored(&self, point: &Observed<RecoveryPoint>) -> Reached {
        let id = tail(&point.value.id);
        match point.value.storage_class.as_deref() {
            Some("WARM" | "COLD") => self.across_zones(point, &self.aws),
            Some(word)
                if ["ONE_ZONE", "ONEZONE", "ONE-ZONE"]
                    .iter()
                    .any(|one| word.contains(one)) =>
            {
                Reached::Missing(format!("{id} is stored in one zone ({word})"))
            }
            Some(word) => Reached::Open(format!(
                "storage class {word} of {id} does not say in how many zones"
            )),
            None => Reached::Open(format!("no listing says how {id} is stored")),
        }
    }

    /// By its copies to another region, or another account.
    fn copied(&self, point: &'a Observed<RecoveryPoint>, level: LocationLevel) -> Reached {
        let (value, criteria) = (&point.value, self.context.criteria);
        let (mut open, mut missing) = (None, None);
        for copy in self.copies.get(value.id.as_str()).into_iter().flatten() {
            match self.copy(point, copy, level) {
                None => {}
                Some(held @ Reached::Held(Ok(_), _)) => return held,
                Some(Reached::Missing(why)) => missing = missing.or(Some(why)),
                Some(other) => open = open.or(Some(other)),
            }
        }
        if let Some(open) = open {
            return open;
        }
        // What is missing has to be missing from a whole list of copy jobs.
        let due = value.created + criteria.copy_lag_max;
        let key = SourceKey {
            source: Source::AwsCopyJobs,
            ..point.key.clone()
        };
        let until = due.min(self.context.scope.as_of);
        let listed =
            Interval::new(value.created, until).map(|span| self.context.records.coverage.prove(&key, span));
        let id = tail(&value.id);
        match (listed, missing) {
            (Some(Err(gaps)), _) => Reached::Held(Err(gaps), None),
            (_, Some(why)) => Reached::Missing(why),
            _ if self.context.scope.as_of < due => {
                Reached::Open(format!("the copy of {id} is not due before {}", show(due)))
            }
            _ => {
                let place = match level {
                    LocationLevel::Account => format!("outside of account {}", value.account),
                    _ => format!("outside of {}", value.region),
                };
                let lag = show_delta(criteria.copy_lag_max);
                Reached::Missing(format!(
                    "{id} of {} has no copy {place} within {lag}",
                    show(value.created)
                ))
            }
        }
    }

    /// What one copy job comes to; `None` where it goes nowhere that counts.
    fn copy(
        &self,
        point: &Observed<RecoveryPoint>,
        copy: &Observed<CopyJob>,
        level: LocationLevel,
    ) -> Option<Reached> {
        let (value, job, criteria) = (&point.value, &copy.value, self.context.criteria);
        let open = |why: &str| {
            Some(Reached::Open(format!(
                "copy {} of {}: {why}",
                job.id,
                tail(&value.id)
            )))
        };
        let conflicts = &self.context.records.conflicts;
        if conflicts.iter().any(|conflict| conflict.id == job.id) {
            return open("its records contradict each other");
        }
        if job.state != JobState::Completed {
            return None;
        }
        let place = job
            .destination_vault
            .as_deref()
            .and_then(|vault| vault.parse::<ResourceId>().ok());
        let Some(place) = place.and_then(|vault| Place::of(&vault, None)) else {
            return open("where it went is not known");
        };
        let far = match level {
            LocationLevel::Account => place.account != value.account,
            _ => place.region != value.region,
        };
        if !far {
            return None;
        }
        let Some(completed) = job.completed else {
            return open("when it completed is not known");
        };
        if completed >= self.context.scope.as_of {
            return None;
        }
        let lag = completed - value.created;
        if lag > criteria.copy_lag_max {
            let (took, most) = (show_delta(lag), show_delta(criteria.copy_lag_max));
            let why = format!(
                "the copy of {} completed after {took}, more than {most}",
                tail(&value.id)
            );
            return Some(Reached::Missing(why));
        }
        let target = job
            .destination_point
            .as_deref()
            .and_then(|target| self.points.get(target).copied());
        let Some(target) = target else {
            return open("it completed, but no listing shows it");
        };
        Some(self.passes(copy, target))
    }

    /// Whether a copy passes the ideas of CT-09 and CT-10.
    fn passes(&self, copy: &Observed<CopyJob>, target: &Observed<RecoveryPoint>) -> Reached {
        let (value, records) = (&target.value, self.context.records);
        let id = tail(&value.id);
        if records.conflicts.iter().any(|conflict| conflict.id == value.id) {
            return Reached::Open(format!("revisions of the copy {id} contradict each other"));
        }
        match (value.encrypted, &value.key, value.state) {
            (Some(false), _, _) => return Reached::Missing(format!("the copy {id} is not encrypted")),
            (Some(true), Some(_), PointState::Usable) => {}
            _ => {
                return Reached::Open(format!(
                    "the listing of the copy {id} does not show it encrypted and complete"
                ));
            }
        }
        let as_of = self.context.scope.as_of;
        let decrypts = if self.listings.alive(value, as_of) {
            match self.keys.point(value) {
                Verdict::Usable(None) => None,
                Verdict::Usable(Some((proof, _))) => Some(proof),
                Verdict::Unusable { why, .. } => {
                    return Reached::Missing(format!("the copy {id} is of no use: {why}"));
                }
                Verdict::Unknown { why, .. } => return Reached::Open(format!("the copy {id}: {why}")),
                Verdict::Unproven(gaps) => return Reached::Held(Err(gaps), None),
            }
        } else {
            None
        };
        let coverage = &records.coverage;
        let listed = both(
            seen(coverage, target),
            coverage.prove(&copy.key, moment(copy.value.created)),
        );
        let proof = listed.map(|proof| {
            decrypts
                .into_iter()
                .fold(proof, crate::model::coverage::Proof::and)
        });
        let evidence = Evidence::of(&copy.citation).and(Evidence::of(&target.citation));
        Reached::Held(proof, Some(evidence))
    }
}
