//! When an automated backup was assigned to a resource: by the versions of plans and selections in AWS, by the schedule
//! in Atlas. What is certain is kept apart from what nobody can tell.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::grounds::examined;
use super::place::Place;
use super::procedure::Context;
use super::selects::{Choice, chooses};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{PlanVersion, Selection};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval};

/// When an automated backup was assigned.
#[derive(Debug, Default)]
pub struct Assigned<'a> {
    /// For certain.
    pub surely: Vec<Interval>,
    /// Perhaps: why nobody can tell.
    pub perhaps: Vec<(Interval, String)>,
    /// The records that say so.
    pub records: BTreeSet<&'a Citation>,
}

/// Plans with what they select.
#[derive(Debug)]
pub struct Plans<'a> {
    context: &'a Context<'a>,
    versions: BTreeMap<&'a str, Vec<&'a Observed<PlanVersion>>>,
    tags: BTreeMap<&'a ResourceId, &'a BTreeMap<String, String>>,
    /// Resources of which a job exists: their type is opted in.
    backed_up: BTreeSet<&'a ResourceId>,
    conflicted: BTreeSet<&'a str>,
}

impl<'a> Plans<'a> {
    /// Indexes plans, tags and jobs.
    pub fn of(context: &'a Context<'a>) -> Self {
        let records = context.records;
        let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for version in &records.plans {
            versions
                .entry(version.value.plan.as_str())
                .or_default()
                .push(version);
        }
        let jobs = records
            .jobs
            .iter()
            .filter(|job| examined(context.scope).contains(job.value.created));
        Self {
            context,
            versions,
            tags: records
                .resources
                .iter()
                .map(|resource| (&resource.value.id, &resource.value.tags))
                .collect(),
            backed_up: jobs.filter_map(|job| job.value.resource.as_ref()).collect(),
            conflicted: records
                .conflicts
                .iter()
                .map(|conflict| conflict.id.as_str())
                .collect(),
        }
    }

    /// When plans of the place select the resource.
    pub fn assigned(&self, resource: &ResourceId, place: &Place, period: Interval) -> Assigned<'a> {
        let mut assigned = Assigned::default();
        let here = |selection: &&'a Observed<Selection>| {
            selection.value.account == place.account && selection.value.region == place.region
        };
        for selection in self.context.records.selections.iter().filter(here) {
            let doubt = match chooses(&selection.value, resource, self.tags.get(resource).copied()) {
                Choice::No => continue,
                Choice::ByName => None,
                Choice::ByRule if self.backed_up.contains(resource) => None,
                Choice::ByRule => Some("whether the resource's type is opted in is not known"),
                Choice::Unknown => Some("the selection goes by tags that no listing shows"),
            };
            let (sure_until, open_until) = self.end_of(selection);
            let versions = self
                .versions
                .get(selection.value.plan.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            for version in versions
                .iter()
                .filter(|version| version.value.rules.as_ref().is_none_or(|r| !r.is_empty()))
            {
                let unread = version.value.rules.is_none();
                let contradicted = [&selection.value.id, &version.value.version, &version.value.plan]
                    .iter()
                    .any(|id| self.conflicted.contains(id.as_str()));
                let doubt = match doubt {
                    _ if unread => Some("the plan version's rules were not collected"),
                    _ if contradicted => Some("records of the plan contradict each other"),
                    doubt => doubt,
                };
                let from = selection.value.from.max(version.value.from).max(period.start());
                let until = version
                    .value
                    .until
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
                    .min(period.end());
                let surely = Interval::new(from, until.min(sure_until));
                let perhaps = Interval::new(from.max(sure_until), until.min(open_until));
                assigned
                    .records
                    .extend((surely.is_some() || perhaps.is_some()).then_some(&selection.citation));
                assigned.records.extend(surely.map(|_| &version.citation));
                match doubt {
                    None => assigned.surely.extend(surely),
                    Some(why) => assigned.perhaps.extend(surely.map(|span| (span, why.to_owned()))),
                }
                let gone = format!(
                    "selection {} was removed at a time that is not known",
                    selection.value.id
                );
                assigned.perhaps.extend(perhaps.map(|span| (span, gone)));
            }
        }
        assigned
    }

    /// Until when a selection was there for certain, and until when perhaps.
    fn end_of(&self, selection: &Observed<Selection>) -> (Instant, Instant) {
        let never = DateTime::<Utc>::MAX_UTC;
        let Some(last_seen) = selection.value.gone_after else {
            return (never, never);
        };
        let removals = self.context.records.events.iter().filter(|event| {
            event.value.name == "DeleteBackupSelection"
                && event.value.error.is_none()
                && event.value.at >= last_seen
                && event.value.resources.contains(&selection.value.id)
        });
        if let Some(at) = removals.map(|event| event.value.at).min() {
            return (at, at);
        }
        let later = self.context.records.listings.iter().filter(|listing| {
            listing.key.source == Source::AwsBackupPlans
                && listing.key.account == selection.value.account
                && listing.key.region == selection.value.region
                && listing.at > last_seen
        });
        (last_seen, later.map(|listing| listing.at).min().unwrap_or(never))
    }
}

/// When a cluster's schedule had a policy item: from each listing until the next, and before the first as at the first.
pub fn scheduled<'a>(context: &Context<'a>, resource: &ResourceId) -> Assigned<'a> {
    let observed = context
        .records
        .atlas_schedules
        .iter()
        .filter(|schedule| schedule.value.resource == *resource);
    let mut states: Vec<_> = observed.collect();
    states.sort_by_key(|state| {
        (
            state.value.at,
            std::cmp::Reverse(state.value.items.len()),
            &state.citation,
        )
    });
    let mut assigned = Assigned::default();
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    for (number, state) in states.iter().enumerate() {
        assigned.records.insert(&state.citation);
        let from = if number == 0 { first } else { state.value.at };
        let until = states.get(number + 1).map_or(last, |next| next.value.at);
        if !state.value.items.is_empty() {
            assigned.surely.extend(Interval::new(from, until));
        }
    }
    assigned
}
