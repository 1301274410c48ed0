//! CT-21: an approved yearly test schedule with criteria exists (policy 13.4).
//!
//! Population: each year that the period touches, in its parts. `<year>/approval/<schedule>/<version>`: approved by the
//! CTO of that day, or by a successor of 13.2 to whom the CTO delegated before, on a day before the first exercise that
//! the version plans anew. `<year>/types`: tabletop and technical. `<year>/criteria`: for each exercise; one without is
//! INDETERMINATE. `<year>/<system>`: each application system in use in the year, as far as it is judged, is named by
//! the newest approved versions together. A system that came into use after their approval leaves its item open: the
//! policy does not say when a new system has to be scheduled.

mod approval;
mod coverage;

use chrono::{Datelike, NaiveDate};

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Standing, both, doubt, judged_days, observe_not_yet, register, standing};
use crate::evaluate::roles::Roster;
use crate::evaluate::statements::about;
use crate::evaluate::systems::refuse_empty_inventory;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{ExerciseKind, ExerciseSchedule, PlannedExercise};
use crate::model::source::Source;

/// Concludes CT-21.
pub(super) fn test_schedule(context: &Context<'_>, test: TestId) -> Finding {
    let schedules = register(context, Source::ExerciseSchedule);
    let inventory = register(context, Source::SystemsInventory);
    let unit = "years of the period, each by approval, types, criteria and application systems";
    let mut builder = FindingBuilder::new(test, unit, both(schedules.clone(), inventory.clone()));
    refuse_empty_inventory(&mut builder, context, &inventory);
    let (first, last) = judged_days(context);
    for year in first.year()..=last.year() {
        examine(context, year, &schedules, &mut builder);
    }
    let dated = context.records.exercise_schedules.iter();
    let dated = dated.filter_map(|row| Some((row, row.value.approved_at?, row.value.id.as_str())));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("invariant: one item at least")
}

fn examine(
    context: &Context<'_>,
    year: i32,
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let of_year: Vec<_> = context
        .records
        .exercise_schedules
        .iter()
        .filter(|row| row.value.year == i64::from(year))
        .collect();
    let id = format!("{year}/schedule");
    // A disputed row may be of this year where its last revision names another.
    let disputed = context.records.exercise_schedules.iter().find_map(|row| {
        let name = format!("{} {}", row.value.id, row.value.version);
        let moved = context.records.conflicts.iter().any(|conflict| {
            conflict.source == Source::ExerciseSchedule
                && conflict.id == name
                && conflict.difference.starts_with("the year")
        });
        let about_year = of_year.is_empty() || moved || row.value.year == i64::from(year);
        doubt(context.records, row, &[&name, &row.value.id]).filter(|_| about_year)
    });
    if let Some(doubt) = disputed {
        return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    if of_year.is_empty() {
        let criterion = "a schedule of the year, approved by the CTO before its first exercise";
        return match schedules {
            Ok(proof) => {
                let searched = Evidence::absence_in(proof);
                let condition = format!("no schedule of {year} is on record");
                builder.exception(id, Severity::Medium, condition, criterion, searched);
            }
            Err(gaps) => builder.gap(id, gaps, None),
        };
    }
    let roster = Roster::of(context);
    for row in &of_year {
        approval::examine(context, &roster, year, row, &of_year, schedules, builder);
    }
    let current = current(context, &of_year);
    types(year, &current, schedules, builder);
    criteria(year, &current, schedules, builder);
    coverage::examine(context, year, &current, schedules, builder);
}

/// The newest version of each schedule that was approved by the as-of instant; its newest draft where none was.
fn current<'a>(
    context: &Context<'_>,
    of_year: &[&'a Observed<ExerciseSchedule>],
) -> Vec<&'a Observed<ExerciseSchedule>> {
    let rank = |row: &Observed<ExerciseSchedule>| {
        let approved = row.value.approved_at;
        let approved = approved.filter(|at| standing(context, *at, row) == Standing::Fact);
        (approved, row.value.version.clone(), row.citation.clone())
    };
    let newest = |row: &&&Observed<ExerciseSchedule>| {
        let same = of_year.iter().filter(|other| other.value.id == row.value.id);
        same.map(|other| rank(other)).max() == Some(rank(row))
    };
    of_year.iter().filter(newest).copied().collect()
}

/// The exercises of the year that the schedules plan, each with its schedule.
fn planned<'a>(
    year: i32,
    current: &[&'a Observed<ExerciseSchedule>],
) -> impl Iterator<Item = (&'a PlannedExercise, &'a Observed<ExerciseSchedule>)> {
    let all = current.iter().copied();
    let all = all.flat_map(|row| row.value.items.iter().map(move |item| (item, row)));
    all.filter(move |(item, _)| item.planned.year() == year)
}

fn types(
    year: i32,
    current: &[&Observed<ExerciseSchedule>],
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let id = format!("{year}/types");
    let seen = cited(current);
    let lacks = |kind: &ExerciseKind| planned(year, current).all(|(item, _)| item.kind != *kind);
    let lacking = [ExerciseKind::Tabletop, ExerciseKind::Technical]
        .into_iter()
        .filter(lacks);
    let lacking: Vec<&str> = lacking.map(ExerciseKind::as_str).collect();
    match schedules {
        _ if lacking.is_empty() => builder.supported_if(&id, schedules, seen),
        Ok(proof) => {
            let condition = format!("no {} exercise is planned for {year}", lacking.join(", no "));
            let seen = seen.and(Evidence::absence_in(proof));
            let criterion = "tabletop and technical exercises are planned";
            builder.exception(&id, Severity::Medium, condition, criterion, seen);
        }
        Err(gaps) => builder.gap(&id, gaps, Some(seen)),
    }
    builder.only_about(&id, &about(&["DR-13.4-6"]));
}

fn criteria(
    year: i32,
    current: &[&Observed<ExerciseSchedule>],
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let blank = |item: &PlannedExercise| item.criteria.as_deref().is_none_or(|text| text.trim().is_empty());
    let without = planned(year, current).filter(|(item, _)| blank(item));
    let without: Vec<&str> = without.map(|(item, _)| item.id.as_str()).collect();
    if planned(year, current).next().is_none() {
        return;
    }
    let id = format!("{year}/criteria");
    let seen = cited(current);
    if without.is_empty() {
        builder.supported_if(&id, schedules, seen);
    } else {
        let reason = format!("the schedule sets no criteria for {}", without.join(", "));
        builder.indeterminate(&id, reason, "the criteria, and when they were set", seen);
    }
    builder.only_about(&id, &about(&["DR-13.4-1"]));
}

fn cited(rows: &[&Observed<ExerciseSchedule>]) -> Evidence {
    Evidence::all(rows.iter().map(|row| &row.citation))
        .expect("invariant: a year that is examined has a schedule")
}

/// The first day of a year.
fn new_year(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1)
}

#[cfg(test)]
mod tests;
