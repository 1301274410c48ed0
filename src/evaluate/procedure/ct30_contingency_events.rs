//! CT-30: real contingency events were handled as the plan says (policy 13.0, 13.5.1, 13.5.2, 13.5.3).
//!
//! Population: incidents by which a service was affected at some time in the period, step by step. What the plan demands
//! of notification, activation and tasks holds for an event whose *predicted* outage meets the criterion of activation, or
//! for which the plan was activated all the same; the goal of 24 hours holds for every outage, and the start of recovery
//! for every outage of a critical system.
//!
//! Indeterminate: an incident of which nobody said whether a service was affected, or no prediction; times that are missing
//! or contradict each other; a limit that management did not set.

mod activation;
mod notifications;
mod outage;
mod tasks;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, doubt, register, standing};
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::Incident;
use crate::model::source::Source;
use crate::model::time::{Instant, show};

use activation::{Criterion, criterion};

/// What the plan demands once it is to be activated.
const STEPS: [&str; 5] = [
    "DR-13.5.1-1",
    "DR-13.5.1-2",
    "DR-13.5.1-3",
    "DR-13.5.2-2",
    "DR-13.0-5",
];

/// Concludes CT-30.
pub(super) fn contingency_events(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::Incidents);
    let unit = "incidents that affected a service in the period, each step of their handling";
    let mut builder = FindingBuilder::new(test, unit, basis.clone());
    let (mut any, mut handled, mut critical) = (false, false, false);
    for row in &context.records.incidents {
        let event = match part(context, row) {
            Part::None => continue,
            Part::Open(doubt) => {
                let id = row.value.id.as_str();
                builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
                (any, handled, critical) = (true, true, true);
                continue;
            }
            Part::Whole => Event::of(context, row, &basis),
        };
        any = true;
        match criterion(context, &row.value) {
            Criterion::Met(_) | Criterion::Else => {
                handled = true;
                activation::judge(&event, &mut builder);
                notifications::judge(&event, &mut builder);
                tasks::judge(&event, &mut builder);
            }
            Criterion::NotMet(_) => activation::judge(&event, &mut builder),
            Criterion::Open(_) => {
                handled = true;
                activation::judge(&event, &mut builder);
            }
        }
        outage::duration(&event, &mut builder);
        critical |= outage::start_of_recovery(&event, &mut builder);
    }
    if any && !handled {
        let id = "population/activations";
        let nothing =
            "no incident of the period met the criterion for activating the plan, and nobody activated it";
        builder.part_did_not_occur(id, &basis, nothing);
        builder.only_about(
            id,
            &about(&["DR-13.5.1-1", "DR-13.5.1-3", "DR-13.5.2-2", "DR-13.0-5"]),
        );
    }
    if any && !critical {
        let id = "population/critical";
        builder.part_did_not_occur(id, &basis, "no incident of the period affected a critical system");
        builder.only_about(id, &about(&["DR-13.0-7"]));
    }
    builder.finish("no incident affected a service in the period")
}

/// Whether an incident belongs to the population.
enum Part {
    None,
    Open(Doubt),
    Whole,
}

fn part(context: &Context<'_>, row: &Observed<Incident>) -> Part {
    let incident = &row.value;
    let Incident {
        id,
        detected,
        impact_start,
        restored,
        ..
    } = incident;
    let start = impact_start.unwrap_or(*detected);
    let span = examined(context.scope);
    let over = restored.is_some_and(|at| at <= span.start() && start < span.start());
    if context.records.moved(Source::Incidents, id).when
        && let Some(doubt) = doubt(context.records, row, &[id])
    {
        return Part::Open(doubt);
    }
    match standing(context, start, row) {
        // One whose beginning was written wrong may belong to the period.
        Standing::AheadOfItsListing if context.scope.period.interval().contains(start) => {
            return Part::Open(Doubt::ahead(&format!("incident {id}"), start, row));
        }
        Standing::AheadOfItsListing | Standing::NotYet => return Part::None,
        Standing::Fact if over || start >= span.end() => return Part::None,
        Standing::Fact => {}
    }
    if let Some(doubt) = doubt(context.records, row, &[id]) {
        return Part::Open(doubt);
    }
    let open = |reason: String, resolves: &str| {
        Part::Open(Doubt {
            reason,
            resolves: resolves.to_owned(),
            evidence: Evidence::of(&row.citation),
        })
    };
    match (incident.service_impact, impact_start) {
        (Some(false), None) => Part::None,
        (Some(false), Some(at)) => open(
            format!("incident {id} affected no service, and one since {}", show(*at)),
            "whether a service was affected",
        ),
        (None, None) => open(
            format!("incident {id} does not say whether a service was affected"),
            "whether a service was affected, and since when",
        ),
        _ => match out_of_order(context, row) {
            Some(reason) => open(reason, "the times as they were"),
            None => Part::Whole,
        },
    }
}

/// Why the times of an incident can't all be true.
fn out_of_order(context: &Context<'_>, row: &Observed<Incident>) -> Option<String> {
    let incident = &row.value;
    let skew = context.criteria.clock_skew;
    let id = &incident.id;
    let start = incident
        .impact_start
        .map_or(incident.detected, |at| at.min(incident.detected));
    let tasks = incident
        .tasks
        .iter()
        .filter_map(|task| Some(("a task done", task.done?)));
    let notified = incident
        .notifications
        .iter()
        .map(|told| ("a notification", told.at));
    if let Some((from, until)) = incident.impact_start.zip(incident.restored)
        && until < from
    {
        let (from, until) = (show(from), show(until));
        return Some(format!("incident {id} affected a service from {from} to {until}"));
    }
    let once = [
        ("its detection", Some(incident.detected)),
        ("the restored service", incident.restored),
        ("the activation", incident.activated),
        ("the start of recovery", incident.recovery_started),
    ];
    let once = once.into_iter().filter_map(|(what, at)| Some((what, at?)));
    let mut times = once.chain(tasks).chain(notified);
    times.find_map(|(what, at)| {
        if at + skew < start {
            return Some(format!(
                "incident {id} dates {what} {}, before it began at {}",
                show(at),
                show(start)
            ));
        }
        (at > row.last_seen + skew).then(|| {
            format!(
                "incident {id} dates {what} {}, after the answer that holds it ({})",
                show(at),
                show(row.last_seen)
            )
        })
    })
}

/// An incident of the population, with what its steps are judged by.
struct Event<'a> {
    context: &'a Context<'a>,
    incident: &'a Incident,
    /// What happened at the as-of instant or later is no fact yet.
    as_of: Instant,
    seen: Evidence,
    register: &'a Result<Proof, Vec<Gap>>,
}

impl<'a> Event<'a> {
    fn of(
        context: &'a Context<'a>,
        row: &'a Observed<Incident>,
        register: &'a Result<Proof, Vec<Gap>>,
    ) -> Self {
        Self {
            context,
            incident: &row.value,
            as_of: context.scope.as_of,
            seen: Evidence::of(&row.citation),
            register,
        }
    }

    fn item(&self, step: &str) -> String {
        format!("{}/{step}", self.incident.id)
    }

    /// When the service was usable again, if that is a fact.
    fn restored(&self) -> Option<Instant> {
        self.incident.restored.filter(|at| *at < self.as_of)
    }

    /// Why a step that is not on record may still come: the outage goes on.
    fn still_open(&self) -> Option<String> {
        self.restored().is_none().then(|| {
            format!(
                "incident {} is not over at the as-of instant by its record",
                self.incident.id
            )
        })
    }
}

#[cfg(test)]
mod tests;
