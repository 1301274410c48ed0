//! What the schedules in force were to run against the jobs that there are, for every resource of the inventory in a place.
//!
//! That a run was missed or came late is no fault of the evidence, as long as the list of jobs is proven there: it explains
//! the difference, and CT-05 judges the day. A job of a plan that no schedule explains, and a run of which nobody can tell
//! what became of it, are left open.

use std::collections::BTreeMap;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::assignment::Plans;
use crate::evaluate::context::Context;
use crate::evaluate::expected_runs::{Outcome, expected_runs};
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::ids::ResourceId;
use crate::model::records::backups::Provider;
use crate::model::records::governance::System;
use crate::model::source::Source;
use crate::model::time::{Interval, Spans, show};

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let plans = Plans::of(context);
    let (mut expected, mut served) = (0, 0);
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (resource, spans) in resources(context, place) {
        let comparison = expected_runs(context, &plans, resource, place, &spans);
        let name = tail(resource.as_str());
        expected += comparison.runs.len();
        for run in &comparison.runs {
            let said = format!("{} of {name} at {}", run.by, show(run.at));
            match &run.outcome {
                Outcome::Served(..) => {
                    served += 1;
                    continue;
                }
                Outcome::Late(job, _) => {
                    served += 1;
                    explained.push(format!("{said} came late, at {}", show(job.value.created)));
                    cited.push(&job.citation);
                }
                Outcome::Missed(_) => explained.push(format!("{said} was missed")),
                Outcome::Unproven(gaps) => {
                    let jobs = gaps.iter().any(|gap| gap.key == place.jobs());
                    let what = if jobs {
                        "the list of jobs is not proven"
                    } else {
                        "its job came when the plan selected it perhaps, and what was done before is not proven"
                    };
                    open.push(format!("{said}: {what}"));
                }
                Outcome::Unknown(why) => open.push(format!("{said}: {why}")),
            }
            cited.extend(run.records.iter().copied());
        }
        for extra in &comparison.extra {
            served += 1;
            open.push(format!(
                "job {} of {name}, which no schedule in force explains",
                extra.job.value.id
            ));
            cited.push(&extra.job.citation);
        }
        for unreadable in &comparison.unreadable {
            open.push(format!(
                "{} of {name} can't be expanded: {}",
                unreadable.by, unreadable.reason
            ));
            cited.push(unreadable.record);
        }
    }
    let schedules = place.key(match place.provider {
        Provider::Aws => Source::AwsBackupPlans,
        Provider::Atlas => Source::AtlasBackupSchedule,
    });
    let keys = [schedules, place.jobs()];
    (expected > 0 || served > 0 || !open.is_empty()).then(|| Reconciliation {
        name: "expected-runs",
        left: counted(expected, "runs by the schedules in force"),
        right: counted(served, "scheduled jobs"),
        explained,
        open,
        proof: proven(context, &keys, examined(context.scope)),
        evidence: evidence(&keys, cited),
        resolves: "complete plans, schedules and lists of jobs, and the origin of each job that no schedule explains",
    })
}

/// The inventory's resources in a place, each with the part of what is examined in which it was in use.
fn resources<'a>(context: &Context<'a>, place: &Place) -> BTreeMap<&'a ResourceId, Spans> {
    let mut found = BTreeMap::new();
    for row in &context.records.systems {
        for resource in &row.value.resources {
            if Place::of(resource, Some(&row.value)).as_ref() == Some(place) {
                found.insert(resource, in_use(context, &row.value));
            }
        }
    }
    found
}

/// From the end of the grace after onboarding until decommissioning.
fn in_use(context: &Context<'_>, system: &System) -> Spans {
    let span = examined(context.scope);
    let grace = context.criteria.onboarding_grace;
    let from = system
        .onboarded
        .map_or(span.start(), |at| span.start().max(at + grace));
    let until = system.decommissioned.map_or(span.end(), |at| span.end().min(at));
    Spans::of(Interval::new(from, until))
}
