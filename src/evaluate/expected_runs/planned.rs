//! The runs of each plan that selects a resource, as its versions in force say.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::assignment::Plans;
use crate::evaluate::context::Context;
use crate::evaluate::place::Place;
use crate::evaluate::rules_in_force::{NoRuns, RuleInForce, rules_in_force};
use crate::model::ids::ResourceId;
use crate::model::records::Citation;
use crate::model::time::{Instant, Interval};

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
    /// Why nobody can tell whether the plan selected the resource, and since when.
    pub(super) doubt: Option<(String, Instant)>,
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

impl<'a> Plan<'a> {
    fn add(&mut self, context: &Context<'_>, rule: RuleInForce<'a>) {
        let runs = rule.timetable.and_then(|timetable| {
            let runs = timetable.runs(rule.span);
            runs.map_err(NoRuns::Schedule)
        });
        let runs = match runs {
            Ok(runs) => runs,
            Err(why) => {
                self.unreadable.push(Unexpanded {
                    by: rule.by,
                    reason: why.to_string(),
                    span: rule.span,
                    record: rule.record,
                });
                return;
            }
        };
        let window = rule
            .start_window
            .unwrap_or(context.criteria.backup_interval_tolerance);
        for at in runs {
            let due = at + window;
            let doubt = rule.doubt.clone().map(|why| (why, rule.span.start()));
            let planned = self.runs.entry(at).or_insert_with(|| Planned {
                due,
                by: BTreeSet::new(),
                doubt: doubt.clone(),
                records: BTreeSet::new(),
            });
            planned.by.insert(rule.by.clone());
            planned.due = planned.due.max(due);
            // One selection that is certain is enough.
            planned.doubt = planned.doubt.take().filter(|_| doubt.is_some());
            planned.records.extend(&rule.records);
        }
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
    let mut all: BTreeMap<&str, Plan<'a>> = BTreeMap::new();
    for rule in rules_in_force(context, plans, resource, place, look) {
        all.entry(rule.plan).or_default().add(context, rule);
    }
    all
}
