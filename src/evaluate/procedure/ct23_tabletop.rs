//! CT-23: each application system was rehearsed within 365 days, by a tabletop or by a technical test that names it
//! (policy 13.4, 13.4.1).
//!
//! Population: application systems, that is every system of the inventory hosted in AWS or Atlas, critical or not and
//! whatever it does with ePHI. One decommissioned in the period is judged until then.

use chrono::{Days, NaiveDate};

use crate::evaluate::age::{Age, Limit};
use crate::evaluate::context::Context;
use crate::evaluate::exercises::{Candidate, Demand, candidates, days, doubts, evidence};
use crate::evaluate::facts::{judged_days, observe_not_yet, register};
use crate::evaluate::grounds::examined;
use crate::evaluate::systems::{
    in_use, is_application, last_moment, refuse_empty_inventory, row_is_in_doubt,
};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{ExerciseKind, System};
use crate::model::source::Source;
use crate::model::time::day_of;

const KINDS: [ExerciseKind; 2] = [ExerciseKind::Tabletop, ExerciseKind::Technical];

/// Concludes CT-23.
pub(super) fn tabletop(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::SystemsInventory);
    let held = register(context, Source::Exercises);
    let mut builder = FindingBuilder::new(test, "application systems over the period", basis.clone());
    refuse_empty_inventory(&mut builder, context, &basis);
    for row in &context.records.systems {
        if row_is_in_doubt(&mut builder, context, row, row.value.id.as_str()) {
            continue;
        }
        if let Some(last) = last_day(context, &row.value) {
            examine(context, row, last, &held, &mut builder);
        }
    }
    let exercises = context.records.exercises.iter();
    let dated = exercises.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no application system was in use")
}

/// The last day on which the system is judged; `None` when it is no application system of the period.
fn last_day(context: &Context<'_>, system: &System) -> Option<NaiveDate> {
    let (_, last) = judged_days(context);
    if !is_application(system) {
        return None;
    }
    if in_use(system, last_moment(context)) {
        return Some(last);
    }
    let until = system
        .decommissioned
        .filter(|until| examined(context.scope).start() < *until)?;
    // Of the time after the period is what was in use only then.
    if until > last_moment(context) {
        return None;
    }
    let until = until - chrono::TimeDelta::milliseconds(1);
    Some(day_of(until, context.scope.period.zone()))
}

fn examine(
    context: &Context<'_>,
    row: &Observed<System>,
    last: NaiveDate,
    held: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = system.id.as_str();
    let zone = context.scope.period.zone();
    let seen = Evidence::of(&row.citation);
    let candidates = candidates(context, &system.id, &KINDS, Demand::Rehearsal);
    let seen = evidence(&candidates).map_or(seen.clone(), |found| seen.and(found));
    if let Some(doubt) = candidates.iter().find_map(|candidate| candidate.doubt.as_ref()) {
        return builder.indeterminate(
            id,
            &*doubt.reason,
            &*doubt.resolves,
            seen.and(doubt.evidence.clone()),
        );
    }
    let max_days = context.criteria.exercise_max_age_days;
    let limit = Limit {
        first: judged_days(context).0,
        last,
        max_days,
    };
    let criterion = format!(
        "a completed tabletop or technical exercise naming the system, at most {max_days} days old throughout"
    );
    if let Some(aborted) = abandoned(&candidates, &limit) {
        let exercise = &aborted.record.value;
        let condition = format!(
            "the newest exercise, {} of {}, is recorded as not completed",
            exercise.id, aborted.day
        );
        return builder.exception(id, Severity::High, condition, criterion, seen);
    }
    let (sound, doubtful) = days(&candidates);
    let in_use = system.onboarded.map(|from| day_of(from, zone));
    match (limit.judge(&sound, &doubtful, in_use), held) {
        (Age::Within { at_end, largest_gap }, _) => {
            let gap = largest_gap.map_or_else(String::new, |gap| format!("; the largest gap was {gap} days"));
            builder.observe(
                format!("{id}: the newest exercise is {at_end} days old on {last}{gap}"),
                seen.clone(),
            );
            builder.supported_if(id, held, seen);
        }
        (Age::Over(condition), Ok(proof)) => {
            let evidence = seen.and(Evidence::absence_in(proof));
            builder.exception(id, Severity::High, condition, criterion, evidence);
        }
        (Age::Open(reason), Ok(_)) => {
            let reason = doubts(&candidates).map_or(reason.clone(), |doubts| format!("{reason}; {doubts}"));
            let resolves = "the records of earlier exercises, and reports of those held";
            builder.indeterminate(id, reason, resolves, seen);
        }
        (Age::NotDueBefore(day), Ok(_)) => not_due(row, day, max_days, seen, builder),
        (_, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
    }
}

/// The newest exercise of the days judged, where its record says that it was not completed.
fn abandoned<'a, 'b>(candidates: &'b [Candidate<'a>], limit: &Limit) -> Option<&'b Candidate<'a>> {
    let judged = |candidate: &&Candidate<'_>| (limit.first..=limit.last).contains(&candidate.day);
    let newest = candidates.iter().rfind(judged);
    newest.filter(|newest| !newest.record.value.completed)
}

fn not_due(
    row: &Observed<System>,
    day: NaiveDate,
    max_days: i64,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = system.id.as_str();
    let since = day.checked_sub_days(Days::new(u64::try_from(max_days).unwrap_or(0)));
    let since = since.map_or_else(String::new, |since| format!(" since {since}"));
    match system.approved_by.as_deref().filter(|by| !by.trim().is_empty()) {
        Some(by) => {
            let rationale = format!("in use{since} by the inventory: the first exercise is due by {day}");
            builder.not_applicable(id, rationale, by, system.as_of, seen);
        }
        None => {
            let reason = format!("in use{since} by an inventory row that nobody approved");
            builder.indeterminate(id, reason, "an approved row of the inventory", seen);
        }
    }
}

#[cfg(test)]
mod tests;
