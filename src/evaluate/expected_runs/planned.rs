//! The runs of each plan that selects a resource, as its versions in force say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::evaluate::assignment::{Plans, Selecting};
use crate::evaluate::atlas_schedules::schedules;
use crate::evaluate::context::Context;
use crate::evaluate::place::Place;
use crate::evaluate::schedule::{ScheduleError, Timetable};
use crate::model::ids::ResourceId;
use crate::model::records::Citation;
use crate::model::records::backups::{PlanRule, Provider};
use crate::model::time::{Instant, Interval};

/// The one "plan" of an Atlas cluster: its snapshots are taken one at a time, whichever item asks for them.
pub(super) const ATLAS: &str = "Atlas";
const CONTINUOUS: &str = "the rule makes continuous backups: its runs are no snapshots";
const NO_RULES: &str = "the plan version's rules were not collected";

/// The runs of a plan.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// In order of time.
    pub(super) runs: BTreeMap<Instant, Planned<'a>>,
    pub(super) unreadable: Vec<Unexpanded<'a>>,
}

/// A run.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) due: Instant,
    /// The rules or items that fire then.
    pub(super) by: BTreeSet<String>,
    /// Why nobody can tell whether the plan selected the resource.
    pub(super) doubt: Option<String>,
    pub(super) records: BTreeSet<&'a Citation>,
}

/// A rule or item whose runs nobody can tell.
#[derive(Debug)]
pub(super) struct Unexpanded<'a> {
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) span: Interval,
    pub(super) record: &'a Citation,
}

/// One rule or item while it is in force.
struct InForce<'s, 'a> {
    by: String,
    timetable: Result<Timetable, ScheduleError>,
    window: TimeDelta,
    span: Interval,
    doubt: Option<&'s String>,
    records: BTreeSet<&'a Citation>,
    record: &'a Citation,
}

impl<'a> Plan<'a> {
    fn add(&mut self, rule: InForce<'_, 'a>) {
        let runs = rule.timetable.and_then(|timetable| timetable.runs(rule.span));
        let runs = match runs {
            Ok(runs) => runs,
            Err(error) => return self.leave(rule.by, error.to_string(), rule.span, rule.record),
        };
        for at in runs {
            let due = at + rule.window;
            let planned = self.runs.entry(at).or_insert_with(|| Planned {
                due,
                by: BTreeSet::new(),
                doubt: rule.doubt.cloned(),
                records: BTreeSet::new(),
            });
            planned.by.insert(rule.by.clone());
            planned.due = planned.due.max(due);
            // One selection that is certain is enough.
            planned.doubt = planned.doubt.take().filter(|_| rule.doubt.is_some());
            planned.records.extend(&rule.records);
        }
    }

    fn leave(&mut self, by: String, reason: String, span: Interval, record: &'a Citation) {
        self.unreadable.push(Unexpanded {
            by,
            reason,
            span,
            record,
        });
    }
}

/// The plans that select `resource` at some time in `look`, by their ids.
pub(super) fn plans_of<'a>(
    context: &Context<'a>,
    plans: &Plans<'a>,
    resource: &ResourceId,
    place: &Place,
    look: Interval,
) -> BTreeMap<&'a str, Plan<'a>> {
    match place.provider {
        Provider::Aws => {
            let mut all: BTreeMap<&str, Plan<'a>> = BTreeMap::new();
            for selecting in plans.assigned(resource, place, look).by {
                let plan = all.entry(&selecting.version.value.plan).or_default();
                add_version(context, &selecting, plan);
            }
            all
        }
        Provider::Atlas => BTreeMap::from([(ATLAS, items_of(context, resource, look))]),
    }
}

fn add_version<'a>(context: &Context<'a>, selecting: &Selecting<'a>, plan: &mut Plan<'a>) {
    let (version, record) = (&selecting.version.value, &selecting.version.citation);
    let Some(rules) = &version.rules else {
        return plan.leave(
            format!("plan {}", version.name),
            NO_RULES.to_owned(),
            selecting.span,
            record,
        );
    };
    for rule in rules {
        let by = format!("plan {}, rule {}", version.name, rule.name);
        if rule.continuous {
            plan.leave(by, CONTINUOUS.to_owned(), selecting.span, record);
            continue;
        }
        plan.add(InForce {
            by,
            timetable: Timetable::of_rule(rule),
            window: window(context, rule),
            span: selecting.span,
            doubt: selecting.doubt.as_ref(),
            records: BTreeSet::from([record, &selecting.selection.citation]),
            record,
        });
    }
}

/// A negative window is no window.
fn window(context: &Context<'_>, rule: &PlanRule) -> TimeDelta {
    let named = rule.start_window_minutes.and_then(TimeDelta::try_minutes);
    let named = named.filter(|window| *window > TimeDelta::zero());
    named.unwrap_or(context.criteria.backup_interval_tolerance)
}

fn items_of<'a>(context: &Context<'a>, resource: &ResourceId, look: Interval) -> Plan<'a> {
    let mut plan = Plan::default();
    let changed = "the schedule changed between two listings, at a time that is not known".to_owned();
    for listed in schedules(context, resource) {
        let (schedule, record) = (&listed.schedule.value, &listed.schedule.citation);
        let surely = listed.surely.map(|span| (span, None));
        let perhaps = listed.perhaps.map(|span| (span, Some(&changed)));
        for (span, doubt) in surely.into_iter().chain(perhaps) {
            let Some(span) = span.intersect(&look) else {
                continue;
            };
            for item in &schedule.items {
                plan.add(InForce {
                    by: format!("Atlas, {} policy", item.frequency),
                    timetable: Timetable::of_item(item, schedule.reference_minute),
                    window: context.criteria.backup_interval_tolerance,
                    span,
                    doubt,
                    records: BTreeSet::from([record]),
                    record,
                });
            }
        }
    }
    plan
}
