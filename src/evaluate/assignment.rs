//! When an automated backup was assigned to a resource: by the versions of plans and selections in AWS (in Atlas by
//! [`super::atlas_schedules`]). What is certain is kept apart from what nobody can tell: what two neighbouring listings
//! show alike held between them; where they differ, or where there is none, it held perhaps, but for the days on which the
//! plan started a job of the resource.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::context::Context;
use super::grounds::{examined, moment};
use super::place::Place;
use super::selects::{Choice, chooses};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{PlanVersion, Selection, Trigger};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, day_interval, day_of};

/// Tags by key.
type Tags = BTreeMap<String, String>;

/// When an automated backup was assigned.
#[derive(Debug, Default)]
pub struct Assigned<'a> {
    /// For certain.
    pub surely: Vec<Interval>,
    /// Perhaps: why nobody can tell.
    pub perhaps: Vec<(Interval, String)>,
    /// The records that say so.
    pub records: BTreeSet<&'a Citation>,
    /// The plan versions that do it, each with the selection by which it does; none in Atlas.
    pub by: Vec<Selecting<'a>>,
}

/// A plan version while it selects a resource.
#[derive(Debug, Clone)]
pub struct Selecting<'a> {
    /// The version.
    pub version: &'a Observed<PlanVersion>,
    /// The selection.
    pub selection: &'a Observed<Selection>,
    /// From when until when.
    pub span: Interval,
    /// Why nobody can tell whether it does; `None` where it does for certain.
    pub doubt: Option<String>,
}

/// A job that a plan started.
#[derive(Debug)]
struct Started<'a> {
    by: &'a str,
    day: Interval,
    job: &'a Citation,
}

/// Plans with what they select.
#[derive(Debug)]
pub struct Plans<'a> {
    context: &'a Context<'a>,
    versions: BTreeMap<&'a str, Vec<&'a Observed<PlanVersion>>>,
    tags: BTreeMap<&'a ResourceId, &'a [(Instant, Tags)]>,
    /// Resources that a plan started a job of in the period: their type is opted in. With
    /// the plan and the day.
    backed_up: BTreeMap<&'a ResourceId, Vec<Started<'a>>>,
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
        let mut backed_up: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for job in &records.jobs {
            let value = &job.value;
            // A row of a partial pull vouches for nothing.
            let counts = examined(context.scope).contains(value.created)
                && records.coverage.prove(&job.key, moment(value.created)).is_ok();
            if let (true, Trigger::Scheduled { by }, Some(resource)) =
                (counts, &value.trigger, &value.resource)
            {
                let zone = context.scope.period.zone();
                let day = day_interval(day_of(value.created, zone), zone);
                backed_up.entry(resource).or_default().push(Started {
                    by,
                    day,
                    job: &job.citation,
                });
            }
        }
        Self {
            context,
            versions,
            tags: records
                .resources
                .iter()
                .map(|resource| (&resource.value.id, resource.value.tag_history.as_slice()))
                .collect(),
            backed_up,
            conflicted: records
                .conflicts
                .iter()
                .filter(|conflict| conflict.source == Source::AwsBackupPlans)
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
            for (span, choice) in self.choices(&selection.value, resource, period) {
                let doubt = match choice {
                    Choice::No => continue,
                    Choice::ByName => None,
                    Choice::ByRule if self.backed_up.contains_key(resource) => None,
                    Choice::ByRule => Some("whether the resource's type is opted in is not known"),
                    Choice::Unknown => {
                        Some("the selection goes by tags that no listing shows, or that changed")
                    }
                };
                self.add(selection, span, doubt, &mut assigned);
                if choice == Choice::Unknown {
                    self.add_started(selection, resource, span, &mut assigned);
                }
            }
        }
        assigned
    }

    /// What a selection chooses over the period, span by span, by the tags that each listing shows.
    fn choices(
        &self,
        selection: &Selection,
        resource: &ResourceId,
        period: Interval,
    ) -> Vec<(Interval, Choice)> {
        let regardless = chooses(selection, resource, None);
        if regardless != Choice::Unknown {
            return vec![(period, regardless)];
        }
        let history = self.tags.get(resource).copied().unwrap_or_default();
        let mut spans = Vec::new();
        let mut before: Option<Choice> = None;
        let mut from = period.start();
        for (at, tags) in history {
            let now = chooses(selection, resource, Some(tags));
            let choice = before.filter(|before| *before == now).unwrap_or(Choice::Unknown);
            let until = (*at).min(period.end());
            spans.extend(Interval::new(from, until).map(|span| (span, choice)));
            (before, from) = (Some(now), from.max(until));
        }
        spans.extend(Interval::new(from, period.end()).map(|span| (span, Choice::Unknown)));
        spans
    }

    /// Adds the days within `span` on which the selection's plan started a job of the resource: it selected it then. A
    /// resource that no listing ever showed stays unknown.
    fn add_started(
        &self,
        selection: &'a Observed<Selection>,
        resource: &ResourceId,
        span: Interval,
        assigned: &mut Assigned<'a>,
    ) {
        let listed = self.tags.get(resource).is_some_and(|history| !history.is_empty());
        let jobs = self.backed_up.get(resource).into_iter().flatten();
        for started in jobs.filter(|started| listed && started.by == selection.value.plan) {
            if let Some(day) = started.day.intersect(&span) {
                assigned.records.insert(started.job);
                self.add(selection, day, None, assigned);
            }
        }
    }

    /// Adds what the versions of a selection's plan do within `span`.
    fn add(
        &self,
        selection: &'a Observed<Selection>,
        span: Interval,
        doubt: Option<&'static str>,
        assigned: &mut Assigned<'a>,
    ) {
        let (sure_until, open_until) = self.end_of(selection);
        let versions = self.versions.get(selection.value.plan.as_str());
        let versions = versions.map(Vec::as_slice).unwrap_or_default();
        for version in versions
            .iter()
            .filter(|version| version.value.rules.as_ref().is_none_or(|r| !r.is_empty()))
        {
            let plan = version.value.plan.as_str();
            let [of_version, of_selection] =
                [&version.value.version, &selection.value.id].map(|part| format!("{plan}/{part}"));
            let mut names = [plan, of_version.as_str(), of_selection.as_str()].into_iter();
            let contradicted = names.any(|name| self.conflicted.contains(name));
            let doubt = match doubt {
                _ if version.value.rules.is_none() => Some("the plan version's rules were not collected"),
                _ if contradicted => Some("records of the plan contradict each other"),
                doubt => doubt,
            };
            let from = selection.value.from.max(version.value.from).max(span.start());
            let until = version.value.until.unwrap_or(DateTime::<Utc>::MAX_UTC);
            let until = until.min(span.end());
            let surely = Interval::new(from, until.min(sure_until));
            let perhaps = Interval::new(from.max(sure_until), until.min(open_until));
            assigned.records.extend(surely.map(|_| &version.citation));
            let gone = || {
                let id = &selection.value.id;
                format!("selection {id} was removed at a time that is not known")
            };
            let surely = surely.map(|span| (span, doubt.map(str::to_owned)));
            let perhaps = perhaps.map(|span| (span, Some(gone())));
            for (span, doubt) in surely.into_iter().chain(perhaps) {
                assigned.records.insert(&selection.citation);
                match &doubt {
                    None => assigned.surely.push(span),
                    Some(why) => assigned.perhaps.push((span, why.clone())),
                }
                assigned.by.push(Selecting {
                    version,
                    selection,
                    span,
                    doubt,
                });
            }
        }
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
        (last_seen, selection.value.absent_from.unwrap_or(never))
    }
}
