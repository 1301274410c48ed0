//! Whether the plan was to be activated, whether it was, and by whom (policy 13.5.1, 13.2).

use super::{Event, STEPS, about};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, register};
use crate::evaluate::roles::{Answer, Office, Roster, roles};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::governance::Incident;
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show, show_delta};
use chrono::TimeDelta;

/// How an incident stands to the criterion of activation. In words.
pub(super) enum Criterion {
    /// The predicted outage is above it.
    Met(String),
    /// It is not, and nobody activated the plan.
    NotMet(String),
    /// The plan was activated without it: the policy allows other criteria.
    Else,
    /// Nobody can tell.
    Open(String),
}

/// Holds the outage that was predicted, not the one that came, against the criterion.
pub(super) fn criterion(context: &Context<'_>, incident: &Incident) -> Criterion {
    let Incident {
        id,
        activated,
        hosting_outage,
        ..
    } = incident;
    let criteria = context.criteria;
    let activated = activated.is_some_and(|at| at < context.scope.as_of);
    let predicted = incident.predicted_minutes.filter(|minutes| *minutes >= 0);
    let Some(predicted) = predicted.and_then(TimeDelta::try_minutes) else {
        return match activated {
            true => Criterion::Else,
            false => Criterion::Open(format!(
                "incident {id} records no prediction of how long the outage would be"
            )),
        };
    };
    let limits = [
        ("an outage", criteria.activation_outage, true),
        (
            "a hosting outage",
            criteria.activation_hosting_outage,
            *hosting_outage,
        ),
    ];
    let of_concern = || limits.into_iter().filter(|(.., concerns)| *concerns);
    let above = of_concern().find(|(_, goal, _)| predicted > goal.length);
    let said = format!("the outage was predicted to last {}", show_delta(predicted));
    match above {
        Some((_, goal, _)) if !goal.settled && !activated => Criterion::Open(format!(
            "{said}, above a limit of {} that is neither the policy's nor approved",
            show_delta(goal.length)
        )),
        Some((what, goal, _)) => Criterion::Met(format!(
            "{said}; {what} of more than {} activates the plan",
            show_delta(goal.length)
        )),
        None if activated => Criterion::Else,
        None => match of_concern().find(|(_, goal, _)| !goal.settled) {
            Some((_, goal, _)) => Criterion::Open(format!(
                "{said}, within a limit of {} that is neither the policy's nor approved",
                show_delta(goal.length)
            )),
            None => Criterion::NotMet(said),
        },
    }
}

/// Adds `<incident>/activation`, and `<incident>/activated-by` where the plan was activated.
pub(super) fn judge(event: &Event<'_>, builder: &mut FindingBuilder) {
    let Event {
        incident, context, ..
    } = event;
    let id = event.item("activation");
    let seen = event.seen.clone();
    let at = incident.activated.filter(|at| *at < event.as_of);
    let when = at.map(|at| (at, event.restored().filter(|restored| *restored <= at)));
    match (criterion(context, incident), when) {
        (Criterion::Open(reason), _) => {
            let resolves = "the prediction on which the decision rested, and the approved limits";
            builder.indeterminate(&*id, reason, resolves, seen);
            builder.only_about(&id, &about(&STEPS));
        }
        (Criterion::NotMet(said), _) => {
            builder.observe(
                format!("incident {}: {said}: no reason to activate the plan", incident.id),
                seen.clone(),
            );
            builder.supported_if(&*id, event.register, seen);
            builder.only_about(&id, &about(&["DR-13.5.1-2"]));
        }
        (Criterion::Met(said), None) => {
            let condition = format!("{said}, and nobody activated it");
            let rule = "the plan is activated when the predicted outage meets the criterion";
            builder.exception(&*id, Severity::High, condition, rule, seen);
            builder.only_about(&id, &about(&["DR-13.5.1-2", "DR-13.5.1-3"]));
        }
        (Criterion::Met(said), Some((at, Some(restored)))) => {
            let condition = format!(
                "{said}; it was activated at {}, when the service was usable again since {}",
                show(at),
                show(restored)
            );
            let rule = "the plan is activated when the predicted outage meets the criterion";
            builder.exception(&*id, Severity::High, condition, rule, seen);
            builder.only_about(&id, &about(&["DR-13.5.1-2"]));
            by_whom(event, at, builder);
        }
        (Criterion::Met(_) | Criterion::Else, when) => {
            builder.supported_if(&*id, event.register, seen);
            builder.only_about(&id, &about(&["DR-13.5.1-2"]));
            if let Some((at, _)) = when {
                by_whom(event, at, builder);
            }
        }
    }
}

/// The CTO activates, or a successor of 13.2 for a recorded reason.
fn by_whom(event: &Event<'_>, at: Instant, builder: &mut FindingBuilder) {
    let Event {
        incident, context, ..
    } = event;
    let id = event.item("activated-by");
    let seen = event.seen.clone();
    let roster = Roster::of(context);
    let day = day_of(at, context.scope.period.zone());
    let person = incident
        .activated_by
        .as_deref()
        .filter(|by| !by.trim().is_empty());
    let proof = both(event.register.clone(), register(context, Source::RoleRoster));
    let reason = incident.activation_reason.as_deref().unwrap_or_default();
    match person.map(|person| (person, roster.holds(person, day, &[Office::Cto]))) {
        None => {
            let reason = format!("incident {} does not say who activated the plan", incident.id);
            builder.indeterminate(&*id, reason, "who activated it", seen);
        }
        Some((_, Answer::Yes(row))) => {
            builder.supported_if(&*id, &proof, seen.and(Evidence::of(&row.citation)));
        }
        Some((_, Answer::Unclear { reason, evidence })) => {
            let seen = evidence.map_or(seen.clone(), |rows| seen.and(rows));
            builder.indeterminate(&*id, reason, "the roster's row of who activated it", seen);
        }
        Some((person, Answer::No(rows))) => {
            let held = Evidence::all(rows.iter().map(|row| &row.citation));
            let seen = held.map_or(seen.clone(), |rows| seen.and(rows));
            match (roster.holds(person, day, &Office::SUCCESSORS), reason.trim()) {
                (Answer::Yes(_), "") => {
                    let why = format!(
                        "{person}, {}, activated the plan, and no reason is recorded",
                        roles(&rows)
                    );
                    builder.indeterminate(&*id, why, "why the CTO did not", seen);
                }
                (Answer::Yes(_), reason) => {
                    let text = format!("incident {}: {person} activated the plan: {reason}", incident.id);
                    builder.observe(text, seen.clone());
                    builder.supported_if(&*id, &proof, seen);
                }
                _ => {
                    let condition = format!("the plan was activated by {person}, {}", roles(&rows));
                    let rule = "the plan is activated by the CTO, or by a successor for a recorded reason";
                    builder.exception(&*id, Severity::High, condition, rule, seen);
                }
            }
        }
    }
    builder.only_about(&id, &about(&["DR-13.5.1-3"]));
}
