//! What was planned, and which exercises are linked to it or may have been it.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, doubt, standing};
use crate::evaluate::grounds::examined;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::{Exercise, ExerciseKind, ExerciseSchedule, PlannedExercise};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

/// A planned exercise with the schedule that plans it.
pub(super) struct Planned<'a> {
    pub(super) item: &'a PlannedExercise,
    pub(super) schedule: &'a Observed<ExerciseSchedule>,
    /// Another version of the schedule plans it otherwise.
    pub(super) disputed: Option<&'a Observed<ExerciseSchedule>>,
    /// When its schedule was approved, if that was not before the period was over and the as-of instant came.
    pub(super) approved_late: Option<Instant>,
}

/// An exercise whose record names the planned one.
pub(super) struct Linked<'a> {
    pub(super) record: &'a Observed<Exercise>,
    pub(super) day: NaiveDate,
}

impl Linked<'_> {
    /// Whether anything stands against its record.
    pub(super) fn is_in_doubt(&self, context: &Context<'_>) -> bool {
        doubt(context.records, self.record, &[&self.record.value.id]).is_some()
    }
}

/// Every planned exercise by its id, over all schedules. One that was approved only after the time examined plans nothing
/// for it that is settled: what only it plans is marked.
pub(super) fn planned<'a>(context: &Context<'a>) -> BTreeMap<&'a str, Planned<'a>> {
    let mut all: BTreeMap<&str, Planned<'_>> = BTreeMap::new();
    let mut schedules: Vec<_> = context.records.exercise_schedules.iter().collect();
    let end = examined(context.scope).end();
    let late = |row: &Observed<ExerciseSchedule>| row.value.approved_at.filter(|at| *at >= end);
    schedules.sort_by_key(|row| (late(row), &row.value.id, &row.value.version, &row.citation));
    for schedule in schedules {
        for item in &schedule.value.items {
            all.entry(&item.id)
                .and_modify(|known| {
                    // A later version replans; it does not dispute what was in force.
                    let replans = late(schedule).is_some() && known.approved_late.is_none();
                    if known.item != item && !replans {
                        known.disputed = Some(schedule);
                    }
                })
                .or_insert(Planned {
                    item,
                    schedule,
                    disputed: None,
                    approved_late: late(schedule),
                });
        }
    }
    all
}

/// The exercises that name the planned one, the earliest first. Those that are not facts yet are left out.
pub(super) fn linked<'a>(context: &Context<'a>, item: &PlannedExercise) -> Vec<Linked<'a>> {
    let zone = context.scope.period.zone();
    let named = context
        .records
        .exercises
        .iter()
        .filter(|row| row.value.planned.as_ref() == Some(&item.id));
    let moved = |row: &Observed<Exercise>| context.records.moved(Source::Exercises, &row.value.id).when;
    let known = named.filter(|row| standing(context, row.value.held, row) != Standing::NotYet || moved(row));
    let mut linked: Vec<_> = known
        .map(|record| Linked {
            record,
            day: day_of(record.value.held, zone),
        })
        .collect();
    linked.sort_by_key(|link| (link.record.value.held, &link.record.value.id));
    linked
}

/// A technical test serves where a tabletop was planned (policy 13.4); a tabletop never serves for a technical one.
pub(super) fn fits(item: &PlannedExercise, exercise: &Exercise) -> bool {
    item.kind == exercise.kind || exercise.kind == ExerciseKind::Technical
}

/// A completed exercise without a planned id that may have been the planned one: of its year and kind, in time, and with
/// a system in common where both name any.
pub(super) fn unlinked<'a>(
    context: &Context<'a>,
    planned: &Planned<'_>,
    due: NaiveDate,
) -> Option<&'a Observed<Exercise>> {
    let zone = context.scope.period.zone();
    let item = planned.item;
    context.records.exercises.iter().find(|row| {
        let exercise = &row.value;
        let day = day_of(exercise.held, zone);
        let shared = exercise.systems.is_empty()
            || item.systems.is_empty()
            || exercise
                .systems
                .iter()
                .any(|system| item.systems.contains(system));
        exercise.planned.is_none()
            && exercise.completed
            && fits(item, exercise)
            && shared
            && i64::from(day.year()) == planned.schedule.value.year
            && day <= due
    })
}

/// What stands against the records that decide.
pub(super) fn dispute(context: &Context<'_>, planned: &Planned<'_>, linked: &[Linked<'_>]) -> Option<Doubt> {
    let schedule = planned.schedule;
    if let Some(other) = planned.disputed {
        return Some(Doubt {
            reason: format!(
                "schedules {} {} and {} {} plan it differently",
                schedule.value.id, schedule.value.version, other.value.id, other.value.version
            ),
            resolves: "which version of the schedule is in force, and who approved the change when"
                .to_owned(),
            evidence: Evidence::of(&other.citation),
        });
    }
    let version = format!("{} {}", schedule.value.id, schedule.value.version);
    if let Some(at) = planned.approved_late {
        return Some(Doubt {
            reason: format!(
                "schedule {version}, which alone plans it, was approved only at {}",
                show(at)
            ),
            resolves: "the schedule that was in force in the period, with its approval".to_owned(),
            evidence: Evidence::of(&schedule.citation),
        });
    }
    let names = [schedule.value.id.as_str(), version.as_str(), &planned.item.id];
    let mut dated = [schedule.value.approved_at, planned.item.reschedule_approved_at]
        .into_iter()
        .flatten();
    let ahead = dated.find(|at| standing(context, *at, schedule) == Standing::AheadOfItsListing);
    if let Some(at) = ahead {
        return Some(Doubt::ahead(
            &format!("an approval in schedule {}", schedule.value.id),
            at,
            schedule,
        ));
    }
    doubt(context.records, schedule, &names).or_else(|| {
        linked.iter().find_map(|link| {
            let exercise = &link.record.value;
            let what = format!("exercise {}", exercise.id);
            (standing(context, exercise.held, link.record) == Standing::AheadOfItsListing)
                .then(|| Doubt::ahead(&what, exercise.held, link.record))
                .or_else(|| doubt(context.records, link.record, &[&exercise.id]))
        })
    })
}
