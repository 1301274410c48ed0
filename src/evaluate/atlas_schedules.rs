//! What an Atlas cluster's schedule was when: as each listing shows it, and between two listings what both show alike.
//! Before the first listing it was as at the first, and after the last as at the last. Between two that differ nobody can
//! tell.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::assignment::Assigned;
use super::context::Context;
use super::facts::is_disputed;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::AtlasSchedule;
use crate::model::source::Source;
use crate::model::time::Interval;

const CHANGED: &str = "the schedule changed between two listings, at a time that is not known";
const DISPUTED: &str = "readings of the schedule at one time contradict each other";

/// A schedule as one listing shows it.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    /// The schedule.
    pub schedule: &'a Observed<AtlasSchedule>,
    /// The time for which it is certain.
    pub surely: Option<Interval>,
    /// The time for which it is not: that up to the next listing, where that one differs, or all time where what was read
    /// at one instant contradicts itself.
    pub perhaps: Option<(Interval, &'static str)>,
}

/// What a cluster's schedule was when, in order of time; `alike` says which listings show the same.
fn listed<'a>(
    context: &Context<'a>,
    resource: &ResourceId,
    alike: impl Fn(&AtlasSchedule, &AtlasSchedule) -> bool,
) -> Vec<Listed<'a>> {
    let schedules = context.records.atlas_schedules.iter();
    let mut states: Vec<_> = schedules
        .filter(|schedule| schedule.value.resource == *resource)
        .collect();
    states.sort_by_key(|state| (state.value.at, Reverse(state.value.items.len()), &state.citation));
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let disputed = is_disputed(
        context.records,
        Source::AtlasBackupSchedule,
        &resource.to_string(),
    );
    let state = |(number, schedule): (usize, &&'a Observed<AtlasSchedule>)| {
        if disputed {
            return Listed {
                schedule,
                surely: None,
                perhaps: Interval::new(first, last).map(|span| (span, DISPUTED)),
            };
        }
        let at = schedule.value.at;
        let from = if number == 0 { first } else { at };
        let next = states.get(number + 1).map(|next| &next.value);
        let (until, changed) = match next {
            None => (last, None),
            Some(next) if alike(&schedule.value, next) => (next.at, None),
            Some(next) => (at, Interval::new(at, next.at)),
        };
        Listed {
            schedule,
            surely: Interval::new(from, until),
            perhaps: changed.map(|span| (span, CHANGED)),
        }
    };
    states.iter().enumerate().map(state).collect()
}

/// When a cluster's schedule had which policy items at which reference time.
pub fn schedules<'a>(context: &Context<'a>, resource: &ResourceId) -> Vec<Listed<'a>> {
    listed(context, resource, |one, other| {
        (&one.items, one.reference_minute) == (&other.items, other.reference_minute)
    })
}

/// When a cluster's schedule had a policy item.
pub fn scheduled<'a>(context: &Context<'a>, resource: &ResourceId) -> Assigned<'a> {
    let mut assigned = Assigned::default();
    for state in listed(context, resource, |one, other| {
        one.items.is_empty() == other.items.is_empty()
    }) {
        assigned.records.insert(&state.schedule.citation);
        if !state.schedule.value.items.is_empty() {
            assigned.surely.extend(state.surely);
        }
        let perhaps = state.perhaps.map(|(span, why)| (span, why.to_owned()));
        assigned.perhaps.extend(perhaps);
    }
    assigned
}
