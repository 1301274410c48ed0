//! The rules of plans and the policy items of Atlas that apply to a resource, each with the time for which it does.

use std::collections::BTreeSet;
use std::fmt;

use chrono::TimeDelta;

use super::assignment::{Plans, Selecting};
use super::atlas_schedules::schedules;
use super::context::Context;
use super::place::Place;
use super::schedule::{ScheduleError, Timetable};
use crate::model::ids::ResourceId;
use crate::model::records::Citation;
use crate::model::records::backups::{AtlasPolicyItem, PlanRule, Provider};
use crate::model::time::Interval;

/// The one "plan" of an Atlas cluster: its snapshots are taken one at a time, whichever item asks for them.
pub const ATLAS: &str = "Atlas";

/// Why a rule has no runs that could be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoRuns {
    /// Its schedule can't be read or expanded.
    Schedule(ScheduleError),
    /// It makes continuous backups: their runs are no snapshots.
    Continuous,
    /// The plan version's rules were not collected.
    NotCollected,
}

impl fmt::Display for NoRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule(error) => error.fmt(f),
            Self::Continuous => f.write_str("the rule makes continuous backups: its runs are no snapshots"),
            Self::NotCollected => f.write_str("the plan version's rules were not collected"),
        }
    }
}

/// A rule or policy item while it applies.
#[derive(Debug, Clone)]
pub struct RuleInForce<'a> {
    /// The plan's id, or [`ATLAS`].
    pub plan: &'a str,
    /// Plan and rule, or the policy item, for readers.
    pub by: String,
    /// The same for ids: `plan/rule`, or the frequency.
    pub name: String,
    /// When it starts backups.
    pub timetable: Result<Timetable, NoRuns>,
    /// The time after a run within which its job must start, where the rule names one.
    pub start_window: Option<TimeDelta>,
    /// The time within which it must complete, where the rule names one.
    pub completion_window: Option<TimeDelta>,
    /// Days for which it keeps what it makes; `None` for ever. Not known where the rules were not collected.
    pub keep_days: Option<i64>,
    /// From when until when.
    pub span: Interval,
    /// Why nobody can tell whether it applies; `None` where it does for certain.
    pub doubt: Option<String>,
    /// The plan version, or the schedule.
    pub record: &'a Citation,
    /// That and, in AWS, the selection.
    pub records: BTreeSet<&'a Citation>,
}

/// The rules that apply to `resource` at some time in `look`.
pub fn rules_in_force<'a>(
    context: &Context<'a>,
    plans: &Plans<'a>,
    resource: &ResourceId,
    place: &Place,
    look: Interval,
) -> Vec<RuleInForce<'a>> {
    match place.provider {
        Provider::Aws => {
            let by = plans.assigned(resource, place, look).by;
            by.iter().flat_map(of_version).collect()
        }
        Provider::Atlas => of_schedules(context, resource, look),
    }
}

fn of_version<'a>(selecting: &Selecting<'a>) -> Vec<RuleInForce<'a>> {
    let (version, record) = (&selecting.version.value, &selecting.version.citation);
    let apply = |timetable, rule: Option<&PlanRule>| {
        // A window of no length is none.
        let window = |minutes: fn(&PlanRule) -> Option<i64>| {
            let window = rule.and_then(minutes).and_then(TimeDelta::try_minutes);
            window.filter(|window| *window > TimeDelta::zero())
        };
        let (by, name) = match rule {
            Some(rule) => (
                format!("plan {}, rule {}", version.name, rule.name),
                format!("{}/{}", version.name, rule.name),
            ),
            None => (format!("plan {}", version.name), version.name.clone()),
        };
        RuleInForce {
            plan: &version.plan,
            by,
            name,
            timetable,
            start_window: window(|rule| rule.start_window_minutes),
            completion_window: window(|rule| rule.completion_window_minutes),
            keep_days: rule.and_then(|rule| rule.delete_after_days),
            span: selecting.span,
            doubt: selecting.doubt.clone(),
            record,
            records: BTreeSet::from([record, &selecting.selection.citation]),
        }
    };
    let Some(rules) = &version.rules else {
        return vec![apply(Err(NoRuns::NotCollected), None)];
    };
    let of_rule = |rule: &PlanRule| {
        let timetable = if rule.continuous {
            Err(NoRuns::Continuous)
        } else {
            Timetable::of_rule(rule).map_err(NoRuns::Schedule)
        };
        apply(timetable, Some(rule))
    };
    rules.iter().map(of_rule).collect()
}

fn of_schedules<'a>(context: &Context<'a>, resource: &ResourceId, look: Interval) -> Vec<RuleInForce<'a>> {
    let mut rules = Vec::new();
    for listed in schedules(context, resource) {
        let (schedule, record) = (&listed.schedule.value, &listed.schedule.citation);
        let surely = listed.surely.map(|span| (span, None));
        let perhaps = listed.perhaps.map(|(span, why)| (span, Some(why.to_owned())));
        for (span, doubt) in surely.into_iter().chain(perhaps) {
            let Some(span) = span.intersect(&look) else {
                continue;
            };
            rules.extend(schedule.items.iter().map(|item: &AtlasPolicyItem| RuleInForce {
                plan: ATLAS,
                by: format!("Atlas, {} policy", item.frequency),
                name: item.frequency.clone(),
                timetable: Timetable::of_item(item, schedule.reference_minute).map_err(NoRuns::Schedule),
                start_window: None,
                completion_window: None,
                keep_days: Some(item.retention_days),
                span,
                doubt: doubt.clone(),
                record,
                records: BTreeSet::from([record]),
            }));
        }
    }
    rules
}
