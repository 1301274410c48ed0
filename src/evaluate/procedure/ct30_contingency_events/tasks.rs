//! The recovery tasks of policy 13.5.2, each with its team and time, and the check of security controls by InfoSec.

use std::collections::BTreeMap;

use super::{Event, about};
use crate::evaluate::recovery_tasks::{SECURITY_TASK, TASKS, of_recovery, plain};
use crate::evaluate::team::Team;
use crate::model::finding::{FindingBuilder, Severity};
use crate::model::records::governance::RecoveryTask;
use crate::model::time::Instant;

/// Adds `<incident>/tasks` and `<incident>/security-check`.
pub(super) fn judge(event: &Event<'_>, builder: &mut FindingBuilder) {
    recovery(event, builder);
    security(event, builder);
}

/// The tasks on record by their plain names, the best documented of each.
fn on_record<'a>(event: &Event<'a>) -> BTreeMap<String, &'a RecoveryTask> {
    let mut tasks: BTreeMap<String, &RecoveryTask> = BTreeMap::new();
    for task in &event.incident.tasks {
        let known = tasks.entry(plain(&task.name)).or_insert(task);
        if time(event, known).is_none() {
            *known = task;
        }
    }
    tasks
}

fn time(event: &Event<'_>, task: &RecoveryTask) -> Option<Instant> {
    task.done.filter(|at| *at < event.as_of)
}

fn recovery(event: &Event<'_>, builder: &mut FindingBuilder) {
    let id = event.item("tasks");
    let incident = &event.incident.id;
    let tasks = on_record(event);
    let wanted = of_recovery();
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|name| !tasks.contains_key(*name))
        .collect();
    let undated: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|name| {
            tasks
                .get(*name)
                .is_some_and(|task| time(event, task).is_none() || task.team.trim().is_empty())
        })
        .collect();
    let stranger = tasks.keys().any(|name| !TASKS.contains(&name.as_str()));
    let resolves = "the tasks of policy 13.5.2 by their names, each with its team and time";
    let seen = event.seen.clone();
    if missing.is_empty() && undated.is_empty() {
        builder.supported_if(&*id, event.register, seen);
    } else if missing.is_empty() {
        let reason = format!(
            "incident {incident} gives no time or no team for {}",
            undated.join(", ")
        );
        builder.indeterminate(&*id, reason, resolves, seen);
    } else if let Some(open) = event.still_open() {
        let reason = format!("incident {incident} records no {}; {open}", missing.join(", "));
        builder.indeterminate(&*id, reason, resolves, seen);
    } else if stranger {
        let reason = format!(
            "incident {incident} records no {}, and tasks by names that the policy does not have",
            missing.join(", ")
        );
        builder.indeterminate(&*id, reason, resolves, seen);
    } else {
        let condition = format!("incident {incident} records no {}", missing.join(", "));
        let rule = "each recovery task of policy 13.5.2 is done";
        builder.exception(&*id, Severity::High, condition, rule, seen);
    }
    builder.only_about(&id, &about(&["DR-13.5.2-2"]));
}

fn security(event: &Event<'_>, builder: &mut FindingBuilder) {
    let id = event.item("security-check");
    let incident = &event.incident.id;
    let seen = event.seen.clone();
    let tasks = on_record(event);
    let stranger = tasks.keys().any(|name| !TASKS.contains(&name.as_str()));
    let task = tasks.get(SECURITY_TASK).copied();
    let resolves = "the verification of security controls with its team and time";
    let rule = "InfoSec verifies that the security controls are effective";
    let aliases = event.context.criteria.team_aliases.as_deref();
    let unsaid = |team: &str| team.trim().is_empty() || Team::InCharge.is(Some(team), aliases).is_none();
    let by_infosec = |team: &str| Team::InfoSec.is(Some(team), aliases) == Some(true);
    match task.map(|task| (time(event, task), task.team.as_str())) {
        Some((Some(_), team)) if by_infosec(team) => builder.supported_if(&*id, event.register, seen),
        Some((None, ..)) => {
            let reason = format!("incident {incident} gives no time for {SECURITY_TASK}");
            builder.indeterminate(&*id, reason, resolves, seen);
        }
        Some((Some(_), team)) if !unsaid(team) => {
            let condition = format!("incident {incident}: {SECURITY_TASK} was done by {team}");
            builder.exception(&*id, Severity::High, condition, rule, seen);
        }
        Some((Some(_), ..)) => {
            let reason = format!("incident {incident} does not say that InfoSec did {SECURITY_TASK}");
            builder.indeterminate(&*id, reason, resolves, seen);
        }
        None => match event.still_open() {
            Some(open) => {
                let reason = format!("incident {incident} records no {SECURITY_TASK}; {open}");
                builder.indeterminate(&*id, reason, resolves, seen);
            }
            None if stranger => {
                let reason = format!(
                    "incident {incident} records no {SECURITY_TASK}, and tasks by names that the policy does not have"
                );
                builder.indeterminate(&*id, reason, resolves, seen);
            }
            None => {
                let condition = format!("incident {incident} records no {SECURITY_TASK}");
                builder.exception(&*id, Severity::High, condition, rule, seen);
            }
        },
    }
    builder.only_about(&id, &about(&["DR-13.0-5"]));
}
