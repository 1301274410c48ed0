//! How long the outage was, and how soon recovery began (policy 13.5.3, 13.0).

use super::{Event, about};
use crate::evaluate::facts::{both, register};
use crate::evaluate::recovery_tasks::{BEGIN_TASK, plain};
use crate::evaluate::systems::row_doubt;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::source::Source;
use crate::model::time::{Instant, show, show_delta};

/// Adds `<incident>/duration`: full operations within the goal, whatever the cause.
pub(super) fn duration(event: &Event<'_>, builder: &mut FindingBuilder) {
    let id = event.item("duration");
    let incident = event.incident;
    let goal = event.context.criteria.rto_goal;
    let seen = event.seen.clone();
    let resolves = "when the service was affected and when it was usable again";
    let rule = format!(
        "full operations within {} of an outage (rto_goal)",
        show_delta(goal.length)
    );
    let over = |from: Instant, until: Instant| until - from > goal.length;
    match (incident.impact_start, event.restored()) {
        _ if !goal.settled => {
            let reason = "rto_goal is neither the policy's nor approved";
            builder.indeterminate(&*id, reason, "an approved value of rto_goal", seen);
        }
        (None, _) => {
            let reason = format!(
                "incident {} does not say since when the service was affected",
                incident.id
            );
            builder.indeterminate(&*id, reason, resolves, seen);
        }
        (Some(from), Some(until)) if over(from, until) => {
            let condition = format!(
                "goal not met: the service was affected from {} to {}: {}",
                show(from),
                show(until),
                length(from, until)
            );
            builder.exception(&*id, Severity::High, condition, rule, seen);
        }
        (Some(_), Some(_)) => builder.supported_if(&*id, event.register, seen),
        (Some(from), None) if over(from, event.as_of) && event.register.is_ok() => {
            let condition = format!(
                "goal not met: the service is affected since {} and not restored by the as-of instant",
                show(from)
            );
            builder.exception(&*id, Severity::High, condition, rule, seen);
        }
        (Some(from), None) => {
            let reason = format!(
                "incident {} affects a service since {}, and does not say when it was usable again",
                incident.id,
                show(from)
            );
            builder.indeterminate(&*id, reason, resolves, seen);
        }
    }
    builder.only_about(&id, &about(&["DR-13.5.3-1"]));
}

/// Adds `<incident>/recovery-start` where a critical system is affected, or may be; says whether it did.
pub(super) fn start_of_recovery(event: &Event<'_>, builder: &mut FindingBuilder) -> bool {
    let id = event.item("recovery-start");
    let incident = event.incident;
    let records = event.context.records;
    let (mut seen, mut critical, mut unclear) = (event.seen.clone(), false, None);
    if incident.systems.is_empty() {
        unclear = Some(format!("incident {} names no system", incident.id));
    }
    for system in &incident.systems {
        let Some(row) = records.system(system) else {
            unclear = Some(format!("the inventory has no system {system}"));
            continue;
        };
        seen = seen.and(Evidence::of(&row.citation));
        match row_doubt(event.context, row) {
            Some(doubt) => unclear = Some(doubt.reason),
            None => critical |= row.value.critical,
        }
    }
    let inventory = register(event.context, Source::SystemsInventory);
    let proof = both(event.register.clone(), inventory);
    if !critical {
        match (unclear, &proof) {
            (None, Ok(_)) => return false,
            (None, Err(gaps)) => builder.gap(&*id, gaps, Some(seen)),
            (Some(reason), _) => {
                let resolves = "which systems were affected, and whether they are critical";
                builder.indeterminate(&*id, reason, resolves, seen);
            }
        }
        builder.only_about(&id, &about(&["DR-13.0-7"]));
        return true;
    }
    match begun(event) {
        Begun::In(true) => builder.supported_if(&*id, &proof, seen),
        Begun::In(false) => {
            let limit = event.context.criteria.recovery_start_max;
            let limit = limit.map_or_else(String::new, |limit| show_delta(limit.length));
            let started = incident.recovery_started.map_or_else(String::new, show);
            let condition =
                format!("a critical system was affected, and its recovery began only at {started}");
            let rule = format!("recovery of critical systems begins within {limit} (recovery_start_max)");
            builder.exception(&*id, Severity::High, condition, rule, seen);
        }
        Begun::Open(reason, resolves) => builder.indeterminate(&*id, reason, resolves, seen),
    }
    builder.only_about(&id, &about(&["DR-13.0-7"]));
    true
}

enum Begun {
    In(bool),
    Open(String, &'static str),
}

/// Whether recovery began in time. That its first task was done in time shows it too, that it was done late shows nothing.
fn begun(event: &Event<'_>) -> Begun {
    let incident = event.incident;
    let limit = event.context.criteria.recovery_start_max;
    let Some(limit) = limit.filter(|limit| limit.settled) else {
        let reason = "the policy says 'immediately', and management approved no number for it";
        return Begun::Open(reason.to_owned(), "an approved value of recovery_start_max");
    };
    let Some(from) = incident.impact_start else {
        let reason = format!(
            "incident {} does not say since when the service was affected",
            incident.id
        );
        return Begun::Open(reason, "since when the service was affected");
    };
    let by_then = |at: &Instant| *at < event.as_of;
    if let Some(started) = incident.recovery_started.filter(by_then) {
        return Begun::In(started - from <= limit.length);
    }
    let first = incident
        .tasks
        .iter()
        .filter(|task| plain(&task.name) == BEGIN_TASK);
    let done = first.filter_map(|task| task.done.filter(by_then)).min();
    match done {
        Some(done) if done - from <= limit.length => Begun::In(true),
        _ => Begun::Open(
            format!("incident {} does not say when recovery began", incident.id),
            "when recovery began",
        ),
    }
}

/// A length to the second.
fn length(from: Instant, until: Instant) -> String {
    let length = until - from;
    match length.num_seconds() % 60 {
        0 => show_delta(length),
        seconds => format!("{} {seconds} s", show_delta(length)),
    }
}
