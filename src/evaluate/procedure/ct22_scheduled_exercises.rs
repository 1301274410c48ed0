//! CT-22: scheduled exercises were held (policy 13.4).
//!
//! Population: exercises planned in the period and due by its last day judged, and earlier ones that were still open when
//! it began. An exercise fills a planned one only when its record names it. A new date counts when it was approved on a
//! day before the planned one.

mod links;
mod unplanned;

use chrono::{Days, NaiveDate};

use crate::evaluate::approval::Reschedule;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt, judged_days, observe_not_yet, register};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{Exercise, ExerciseSchedule, PlannedExercise};
use crate::model::source::Source;
use crate::model::time::{day_of, show};

use links::{Linked, Planned, dispute, fits, linked, planned, unlinked};

/// Concludes CT-22.
pub(super) fn scheduled_exercises(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let schedules = register(context, Source::ExerciseSchedule);
    let proof = both(schedules.clone(), register(context, Source::Exercises));
    let mut builder = FindingBuilder::new(test, "exercises planned and due in the period", schedules);
    for planned in planned(context).into_values() {
        examine(context, &planned, &proof, &mut builder);
    }
    for row in &records.exercise_schedules {
        plans_otherwise(context, row, &mut builder);
    }
    unplanned::observe(context, &mut builder);
    let exercises = records.exercises.iter();
    let dated = exercises.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    let schedules = records.exercise_schedules.iter();
    let dated = schedules.filter_map(|row| Some((row, row.value.approved_at?, row.value.id.as_str())));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no exercise was planned for the period")
}

/// A schedule whose revisions plan other days may plan for the period what its last one does not hold.
fn plans_otherwise(context: &Context<'_>, row: &Observed<ExerciseSchedule>, builder: &mut FindingBuilder) {
    let version = format!("{} {}", row.value.id, row.value.version);
    if context.records.moved(Source::ExerciseSchedule, &version).when
        && let Some(doubt) = doubt(context.records, row, &[&version])
    {
        let id = format!("schedule/{version}");
        builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
}

fn examine(
    context: &Context<'_>,
    planned: &Planned<'_>,
    proof: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let zone = context.scope.period.zone();
    let (first, last) = judged_days(context);
    let item = planned.item;
    let id = item.id.as_str();
    let slip = u64::try_from(context.criteria.schedule_slip_max_days).unwrap_or(0);
    let by_plan = item
        .planned
        .checked_add_days(Days::new(slip))
        .unwrap_or(item.planned);
    let due = due(&Reschedule::of(item, zone), by_plan);
    let linked = linked(context, item);
    let held_before = linked
        .iter()
        .any(|link| link.record.value.completed && link.day < first && !link.is_in_doubt(context));
    if item.planned > last || (item.planned < first && due < first && held_before) {
        return;
    }
    let seen = Evidence::of(&planned.schedule.citation);
    let seen = Evidence::all(linked.iter().map(|link| &link.record.citation))
        .map_or(seen.clone(), |links| seen.and(links));
    if let Some(doubt) = dispute(context, planned, &linked) {
        return builder.indeterminate(id, doubt.reason, doubt.resolves, seen.and(doubt.evidence));
    }
    let held = held(item, &linked);
    if held.is_some_and(|link| link.day <= by_plan) {
        return supported(id, held, proof, seen, builder);
    }
    not_by_plan(context, planned, &linked, by_plan, proof, seen, builder);
}

/// Not held by the planned day: held by a new one, or late, or not at all.
fn not_by_plan(
    context: &Context<'_>,
    planned: &Planned<'_>,
    linked: &[Linked<'_>],
    by_plan: NaiveDate,
    proof: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let zone = context.scope.period.zone();
    let (_, last) = judged_days(context);
    let item = planned.item;
    let id = item.id.as_str();
    let moved = Reschedule::of(item, zone);
    let due = due(&moved, by_plan);
    let held = held(item, linked);
    let found = match held {
        Some(link) => format!("exercise {} was held on {}", link.record.value.id, link.day),
        None => not_held(item, linked),
    };
    match moved {
        Reschedule::Approved { to, .. } if held.is_some_and(|link| link.day <= to) => {
            supported(id, held, proof, seen, builder);
        }
        Reschedule::Approved { to, by, at } if held.is_none() && to > last => {
            let rationale = format!("rescheduled to {to}, not due yet on {last}");
            builder.not_applicable(id, rationale, by, at, seen);
        }
        Reschedule::AfterTheFact { to, at } => {
            let condition = format!(
                "planned for {} and rescheduled to {to} only on {}, after the fact; {found}",
                item.planned,
                day_of(at, zone)
            );
            builder.exception(id, Severity::High, condition, criterion(item, by_plan), seen);
        }
        Reschedule::Unclear { to } => {
            let from = item.planned;
            let reason =
                format!("rescheduled from {from} to {to} without an approver and a date of approval");
            builder.indeterminate(id, reason, "who approved the new date, and when", seen);
        }
        Reschedule::None if held.is_none() && due > last => {
            let text = format!(
                "{id}, planned for {}, is due by {due}: not judged yet",
                item.planned
            );
            builder.observe(text, seen);
        }
        Reschedule::None | Reschedule::Approved { .. } => {
            let condition = format!("planned for {}, due by {due}; {found}", item.planned);
            let maybe = unlinked(context, planned, due).filter(|_| held.is_none());
            late(
                item,
                condition,
                criterion(item, by_plan),
                maybe,
                proof,
                seen,
                builder,
            );
        }
    }
}

/// The last day on which it may be held.
fn due(moved: &Reschedule<'_>, by_plan: NaiveDate) -> NaiveDate {
    match moved {
        Reschedule::Approved { to, .. } => *to,
        _ => by_plan,
    }
}

/// The first completed exercise that serves as the planned one.
fn held<'l, 'a>(item: &PlannedExercise, linked: &'l [Linked<'a>]) -> Option<&'l Linked<'a>> {
    linked
        .iter()
        .find(|link| link.record.value.completed && fits(item, &link.record.value))
}

fn criterion(item: &PlannedExercise, by_plan: NaiveDate) -> String {
    format!(
        "held by {by_plan}, or by a new date approved on a day before {}",
        item.planned
    )
}

/// Held late or not at all, unless an exercise without a planned id may have been it: then nobody can tell.
fn late(
    item: &PlannedExercise,
    condition: String,
    criterion: String,
    maybe: Option<&Observed<Exercise>>,
    proof: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let id = item.id.as_str();
    match (maybe, proof) {
        (Some(maybe), _) => {
            let reason = format!(
                "{condition}; exercise {} names no planned exercise and may be this one",
                maybe.value.id
            );
            let evidence = seen.and(Evidence::of(&maybe.citation));
            builder.indeterminate(id, reason, "the planned id on the exercise's record", evidence);
        }
        (None, Ok(proof)) => {
            let evidence = seen.and(Evidence::absence_in(proof));
            builder.exception(id, Severity::High, condition, criterion, evidence);
        }
        (None, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
    }
}

fn supported(
    id: &str,
    held: Option<&Linked<'_>>,
    proof: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let exercise = held.map(|link| &link.record.value);
    match exercise.filter(|exercise| {
        exercise
            .report
            .as_deref()
            .is_none_or(|text| text.trim().is_empty())
    }) {
        Some(unreported) => {
            let reason = format!(
                "exercise {}, held at {}, names no report",
                unreported.id,
                show(unreported.held)
            );
            builder.indeterminate(id, reason, "the report of the exercise", seen);
        }
        None => builder.supported_if(id, proof, seen),
    }
}

fn not_held(item: &PlannedExercise, linked: &[Linked<'_>]) -> String {
    let say = |link: &Linked<'_>| {
        let exercise = &link.record.value;
        let how = if exercise.completed {
            format!("was a {} exercise", exercise.kind.as_str())
        } else {
            "is recorded as not completed".to_owned()
        };
        format!("exercise {} of {} {how}", exercise.id, link.day)
    };
    match linked {
        [] => format!("no record says that the {} exercise was held", item.kind.as_str()),
        links => links.iter().map(say).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests;
