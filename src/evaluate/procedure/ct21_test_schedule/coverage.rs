//! Whether the schedules of a year together name every application system.

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::evaluate::systems::{is_application, row_is_in_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{ExerciseSchedule, System};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, day_of, day_start};

use super::{cited, new_year, planned};
use crate::evaluate::facts::{both, register};

/// Concludes `<year>/<system>` for each application system in use in the year, as far as it is judged.
pub(super) fn examine(
    context: &Context<'_>,
    year: i32,
    current: &[&Observed<ExerciseSchedule>],
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let Some(span) = span(context, year) else {
        return;
    };
    let inventory = register(context, Source::SystemsInventory);
    let proof = both(schedules.clone(), inventory);
    for row in &context.records.systems {
        let id = format!("{year}/{}", row.value.id);
        if row_is_in_doubt(builder, context, row, &id) {
            builder.only_about(&id, &about(&["DR-13.4-2"]));
        } else if is_application(&row.value) && was_in_use(&row.value, &span) {
            named(context, year, (row, &id), current, &proof, builder);
            builder.only_about(&id, &about(&["DR-13.4-2"]));
        }
    }
}

/// The part of the year that is judged.
fn span(context: &Context<'_>, year: i32) -> Option<Interval> {
    let zone = context.scope.period.zone();
    let [from, until] = [new_year(year)?, new_year(year + 1)?].map(|day| day_start(day, zone));
    examined(context.scope).intersect(&Interval::new(from, until)?)
}

fn was_in_use(system: &System, span: &Interval) -> bool {
    let last = span.end() - TimeDelta::milliseconds(1);
    system.onboarded.is_none_or(|from| from <= last)
        && system.decommissioned.is_none_or(|until| span.start() < until)
}

fn named(
    context: &Context<'_>,
    year: i32,
    (row, id): (&Observed<System>, &str),
    current: &[&Observed<ExerciseSchedule>],
    proof: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let seen = Evidence::of(&row.citation);
    let mut items = planned(year, current);
    if let Some((_, schedule)) = items.find(|(item, _)| item.systems.contains(&system.id)) {
        return builder.supported_if(id, proof, seen.and(Evidence::of(&schedule.citation)));
    }
    let seen = seen.and(cited(current));
    if let Some((item, _)) = planned(year, current).find(|(item, _)| item.systems.is_empty()) {
        let reason = format!("no exercise names the system, and {} names none at all", item.id);
        return builder.indeterminate(id, reason, "the systems of each planned exercise", seen);
    }
    let zone = context.scope.period.zone();
    let approved: Vec<Instant> = current.iter().filter_map(|row| row.value.approved_at).collect();
    match (system.onboarded, approved.iter().max(), proof) {
        (_, _, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
        (None, _, _) => {
            let reason = "no exercise names the system, whose day of onboarding is unknown";
            builder.indeterminate(id, reason, "the day since which the system is in use", seen);
        }
        (Some(since), Some(approved), _) if since > *approved => {
            let reason = format!(
                "the schedule was approved on {}, before the system came into use on {}; the policy does not say when a \
                 new system has to be scheduled",
                day_of(*approved, zone),
                day_of(since, zone)
            );
            builder.indeterminate(id, reason, "a schedule that names the system", seen);
        }
        (Some(_), _, Ok(proof)) => {
            let condition = format!("no exercise planned for {year} names the system");
            let seen = seen.and(Evidence::absence_in(proof));
            let criterion = "the exercises together cover every application system";
            builder.exception(id, Severity::Medium, condition, criterion, seen);
        }
    }
}
