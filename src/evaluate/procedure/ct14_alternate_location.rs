//! CT-14: backups are held at an alternate location (policy 6.2(5), 6.2(6)).
//!
//! Population: the recovery points made in the period, by system; copies, and members of a composite that is listed
//! itself, are none. Each needs the required level ([`aws`], [`atlas`]): for AZ, storage across zones by the vendor's
//! documentation, which a reviewed assurance has to back; for REGION and ACCOUNT, a copy there that completed within
//! `copy_lag_max`, that a listing showed, and that passes the ideas of CT-09 and CT-10. One item a system tells how many
//! points lack it; those of which nobody can tell are an INDETERMINATE item beside it. An item a vendor is about
//! environmental damage, against which only its assurance speaks. Failed copy jobs are observations.

mod atlas;
mod aws;
mod tally;
mod vendor;

use std::collections::BTreeMap;

use self::tally::{Reached, Tally};

use crate::evaluate::assurance::Assurance;
use crate::evaluate::context::Context;
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::facts::may_lie_in;
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::usable::Keys;
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::{CopyJob, JobState, Provider, RecoveryPoint};
use crate::model::source::Source;
use crate::model::time::show;

/// Concludes CT-14.
pub(super) fn alternate_location(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    // A job tells of a recovery point that no listing shows.
    let sources = [
        Source::AwsBackupJobs,
        Source::AwsRecoveryPoints,
        Source::AtlasSnapshots,
    ];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let unit = "systems with recovery points of the period";
    let mut builder = FindingBuilder::new(test, unit, grounds.basis.clone());
    let trial = Trial::of(context);
    let mut systems: BTreeMap<String, Tally> = BTreeMap::new();
    let mut providers: BTreeMap<Provider, Evidence> = BTreeMap::new();
    for point in trial.population() {
        let value = &point.value;
        let tally = systems.entry(trial.system(value.resource.as_ref())).or_default();
        let evidence = Evidence::of(&point.citation);
        providers
            .entry(value.provider)
            .or_insert_with(|| evidence.clone());
        let reached = match trial.reached(point) {
            Reached::Held(..) if !trial.is_known(value.resource.as_ref()) => Reached::Open(format!(
                "no system of the inventory has the resource of {}",
                tail(&value.id)
            )),
            reached => reached,
        };
        tally.add(evidence, reached);
        tally.lists.insert(Place::at(value.provider, &point.key).jobs());
    }
    trial.unlisted(&mut systems);
    for (id, tally) in systems {
        tally.conclude(&id, context, &mut builder);
    }
    for (provider, evidence) in providers {
        trial.vendor(provider, evidence, &mut builder);
    }
    trial.observe_failed_copies(&mut builder);
    grounds.mark(&mut builder);
    builder.finish("no recovery point was made in the period")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    listings: Listings<'a>,
    keys: Keys<'a>,
    /// Copy jobs by the point that they copy.
    copies: BTreeMap<&'a str, Vec<&'a Observed<CopyJob>>>,
    points: BTreeMap<&'a str, &'a Observed<RecoveryPoint>>,
    aws: Assurance<'a>,
    atlas: Assurance<'a>,
}

impl<'a> Trial<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        let records = context.records;
        let mut copies: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for copy in &records.copies {
            if let Some(source) = copy.value.source_point.as_deref() {
                copies.entry(source).or_default().push(copy);
            }
        }
        Self {
            context,
            listings: Listings::of(records),
            keys: Keys::of(context),
            copies,
            points: records
                .points
                .iter()
                .map(|point| (point.value.id.as_str(), point))
                .collect(),
            aws: Assurance::of(context, Provider::Aws),
            atlas: Assurance::of(context, Provider::Atlas),
        }
    }

    fn population(&self) -> impl Iterator<Item = &'a Observed<RecoveryPoint>> {
        let period = examined(self.context.scope);
        let mut all: Vec<_> = self.context.records.points.iter().collect();
        // That a provider holds anything is not shown by a disputed point where there is another.
        let disputed = |point: &Observed<RecoveryPoint>| {
            self.context
                .records
                .is_disputed(point.key.source, &point.value.id)
        };
        all.sort_by_key(|point| (disputed(point), point.value.created, &point.value.id));
        all.into_iter().filter(move |point| {
            let value = &point.value;
            let parent = value
                .parent
                .as_deref()
                .is_some_and(|parent| self.points.contains_key(parent));
            let made = may_lie_in(self.context, point, (&value.id, value.created), period);
            made && value.copied_from.is_none() && !parent
        })
    }

    /// The system that a resource is of, by the inventory; the resource itself where none is.
    fn system(&self, resource: Option<&ResourceId>) -> String {
        let Some(resource) = resource else {
            return "unnamed resource".to_owned();
        };
        let mut rows = self.context.records.systems.iter();
        let row = rows.find(|row| row.value.resources.contains(resource));
        row.map_or_else(
            || format!("resource/{}", tail(resource.as_str())),
            |row| row.value.id.to_string(),
        )
    }

    fn is_known(&self, resource: Option<&ResourceId>) -> bool {
        let mut rows = self.context.records.systems.iter();
        resource.is_some_and(|resource| rows.any(|row| row.value.resources.contains(resource)))
    }

    fn level(&self) -> LocationLevel {
        self.context.criteria.alternate_location_level
    }

    fn reached(&self, point: &'a Observed<RecoveryPoint>) -> Reached {
        let disputed = |id: &str| {
            self.context
                .records
                .conflicts
                .iter()
                .any(|conflict| conflict.id == id)
        };
        if disputed(&point.value.id) {
            return Reached::Open(format!(
                "revisions of {} contradict each other",
                tail(&point.value.id)
            ));
        }
        match point.value.provider {
            Provider::Aws => self.in_aws(point),
            Provider::Atlas => self.in_atlas(point),
        }
    }

    /// Completed jobs of the period whose recovery point no listing shows.
    fn unlisted(&self, systems: &mut BTreeMap<String, Tally>) {
        let period = examined(self.context.scope);
        for job in &self.context.records.jobs {
            let value = &job.value;
            let completed = matches!(value.state, JobState::Completed | JobState::CompletedWithIssues);
            let listed = value
                .point
                .as_deref()
                .is_some_and(|point| self.points.contains_key(point));
            if completed && !listed && value.provider == Provider::Aws && period.contains(value.created) {
                let tally = systems.entry(self.system(value.resource.as_ref())).or_default();
                let why = format!(
                    "job {} completed, but no listing shows its recovery point",
                    value.id
                );
                tally.add(Evidence::of(&job.citation), Reached::Open(why));
            }
        }
    }

    fn observe_failed_copies(&self, builder: &mut FindingBuilder) {
        let period = examined(self.context.scope);
        for copy in &self.context.records.copies {
            let value = &copy.value;
            let failed = !matches!(value.state, JobState::Completed | JobState::Unfinished);
            if failed && period.contains(value.created) {
                let text = format!(
                    "copy job {} of {} at {}: {}",
                    value.id,
                    value.source_point.as_deref().map_or("an unnamed point", tail),
                    show(value.created),
                    value.state.as_str()
                );
                builder.observe(text, Evidence::of(&copy.citation));
            }
        }
    }
}

#[cfg(test)]
mod tests;
