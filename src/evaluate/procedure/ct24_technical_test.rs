//! CT-24: a technical test within 365 days, with its three mandatory parts (policy 13.4, 13.4.2, 13.5.2).
//!
//! Population: critical systems in use at the end of the period. `<system>/age` applies the age rule; where it is not met
//! it speaks about every statement, for then no test counts whose parts could be judged. Otherwise each part of the
//! newest test is an item of its own: what a record calls done has to be corroborated by the provider, within a day.
//!
//! DR-13.4.2-4 (within the requirements, CT-19) and DR-13.5.3-2 (scripts) are not shown by any item here.

mod corroborate;
mod parts;

use crate::evaluate::age::{Age, Limit};
use crate::evaluate::context::Context;
use crate::evaluate::exercises::{Demand, candidates, days, doubts, evidence};
use crate::evaluate::facts::{judged_days, observe_not_yet, register};
use crate::evaluate::statements::about;
use crate::evaluate::systems::{in_use_at_end, refuse_empty_inventory, row_is_in_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{ExerciseKind, System};
use crate::model::source::Source;
use crate::model::time::day_of;

use parts::parts;

/// Concludes CT-24.
pub(super) fn technical_test(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::SystemsInventory);
    let held = register(context, Source::Exercises);
    let unit = "critical systems, for the age of their technical test and for each of its parts";
    let mut builder = FindingBuilder::new(test, unit, basis.clone());
    refuse_empty_inventory(&mut builder, context, &basis);
    for row in in_use_at_end(context) {
        let doubtful = row_is_in_doubt(&mut builder, context, row, &format!("{}/age", row.value.id));
        if row.value.critical && !doubtful {
            examine(context, row, &held, &mut builder);
        }
    }
    let exercises = context.records.exercises.iter();
    let technical = exercises.filter(|record| record.value.kind == ExerciseKind::Technical);
    let dated = technical.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no critical system is in use")
}

fn examine(
    context: &Context<'_>,
    row: &Observed<System>,
    held: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = format!("{}/age", system.id);
    let seen = Evidence::of(&row.citation);
    let candidates = candidates(context, &system.id, &[ExerciseKind::Technical], Demand::Technical);
    let seen = evidence(&candidates).map_or(seen.clone(), |found| seen.and(found));
    if let Some(doubt) = candidates.iter().find_map(|candidate| candidate.doubt.as_ref()) {
        return builder.indeterminate(
            id,
            &*doubt.reason,
            &*doubt.resolves,
            seen.and(doubt.evidence.clone()),
        );
    }
    let (first, last) = judged_days(context);
    let max_days = context.criteria.exercise_max_age_days;
    let limit = Limit {
        first,
        last,
        max_days,
    };
    let (sound, doubtful) = days(&candidates);
    let in_use = system
        .onboarded
        .map(|from| day_of(from, context.scope.period.zone()));
    let criterion = format!("a technical test naming the system, at most {max_days} days old throughout");
    match (limit.judge(&sound, &doubtful, in_use), held) {
        (Age::Within { .. }, _) => {
            builder.supported_if(&*id, held, seen.clone());
            builder.only_about(&id, &about(&["DR-13.4-5", "DR-13.4-6"]));
            let newest = candidates.iter().rfind(|candidate| candidate.is_sound());
            let newest = newest.expect("invariant: within the limit only by a sound test");
            parts(context, row, newest, held, builder);
        }
        (Age::Over(condition), Ok(proof)) => {
            let evidence = seen.and(Evidence::absence_in(proof));
            builder.exception(
                id,
                Severity::High,
                format!("technical tests: {condition}"),
                criterion,
                evidence,
            );
        }
        (Age::Open(reason), Ok(_)) => {
            let reason = doubts(&candidates).map_or(reason.clone(), |doubts| format!("{reason}; {doubts}"));
            let resolves = "the records of earlier technical tests, and reports of those held";
            builder.indeterminate(id, format!("technical tests: {reason}"), resolves, seen);
        }
        (Age::NotDueBefore(day), Ok(_)) => match system.approved_by.as_deref() {
            Some(by) if !by.trim().is_empty() => {
                let rationale = format!(
                    "in use by the inventory for too short a time: the first technical test is due by {day}"
                );
                builder.not_applicable(id, rationale, by, system.as_of, seen);
            }
            _ => {
                let reason =
                    "the first technical test is not due yet by an inventory row that nobody approved";
                builder.indeterminate(id, reason, "an approved row of the inventory", seen);
            }
        },
        (_, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
    }
}

#[cfg(test)]
mod tests;
