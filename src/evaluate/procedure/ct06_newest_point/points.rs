//! Which recovery points of a resource count at the as-of instant, what each is worth, and backups that left none.

use super::Search;
use crate::evaluate::place::tail;
use crate::evaluate::usable::{Verdict, fresh};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::time::{Interval, show};

impl Search<'_> {
    /// Points of a resource that a listing at the as-of instant shows, newest first.
    pub(super) fn points_of(&self, resource: &ResourceId) -> Vec<&Observed<RecoveryPoint>> {
        let is_of = |point: &&Observed<RecoveryPoint>| {
            let point = &point.value;
            point.resource.as_ref() == Some(resource)
                && point.copied_from.is_none()
                && !point.continuous
                && point.created < self.as_of()
                && point.sightings.iter().any(|at| *at > fresh(self.context))
        };
        let mut points: Vec<_> = self.context.records.points.iter().filter(is_of).collect();
        points.sort_by_key(|point| (std::cmp::Reverse(point.value.created), &point.value.id));
        points
    }

    pub(super) fn judge(&self, point: &Observed<RecoveryPoint>) -> Verdict {
        let id = &point.value.id;
        if self
            .context
            .records
            .conflicts
            .iter()
            .any(|conflict| conflict.id == *id)
        {
            let why = format!("revisions of {} contradict each other", tail(id));
            return Verdict::Unknown { why, evidence: None };
        }
        // Atlas records no completion of a snapshot.
        match (point.value.provider, point.value.completed) {
            (Provider::Aws, None) => Verdict::Unknown {
                why: format!("when {} completed is not known", tail(id)),
                evidence: None,
            },
            (_, Some(at)) if self.as_of() <= at => Verdict::Unusable {
                why: format!("{} completed only at {}", tail(id), show(at)),
                evidence: Evidence::of(&point.citation),
            },
            _ => self.keys.point(&point.value),
        }
    }

    /// A backup young enough whose recovery point no listing at the as-of instant shows: taken, and gone or not yet there.
    pub(super) fn unlisted(
        &self,
        resource: &ResourceId,
        limit: chrono::TimeDelta,
        listed: &[&Observed<RecoveryPoint>],
    ) -> Option<(String, Evidence)> {
        let span = Interval::new(self.as_of() - limit, self.as_of())?;
        let history = self.histories.get(&Some(resource))?;
        let is_listed = |id: &str| listed.iter().any(|point| point.value.id == id);
        let (_, taken) = history.taken_in(span).find(|(_, taken)| {
            let by_job = taken.job.and_then(|job| job.value.point.as_deref());
            !taken
                .point
                .map(|point| point.value.id.as_str())
                .or(by_job)
                .is_some_and(is_listed)
        })?;
        let why = format!(
            "backup {} was taken at {}, but its recovery point is not listed",
            taken.id(),
            show(taken.at)
        );
        Some((why, Evidence::all(taken.citations())?))
    }
}
