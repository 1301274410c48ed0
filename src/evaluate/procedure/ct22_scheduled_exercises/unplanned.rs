//! Exercises of the period that fill no planned one: listed, and they decide nothing.

use super::links::planned;
use crate::evaluate::context::Context;
use crate::evaluate::facts::judged_days;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::time::day_of;

/// An observation for each.
pub(super) fn observe(context: &Context<'_>, builder: &mut FindingBuilder) {
    let zone = context.scope.period.zone();
    let (first, last) = judged_days(context);
    let planned = planned(context);
    for row in &context.records.exercises {
        let exercise = &row.value;
        let day = day_of(exercise.held, zone);
        let filled = exercise
            .planned
            .as_ref()
            .is_some_and(|id| planned.contains_key(id.as_str()));
        if (first..=last).contains(&day) && !filled {
            let link = exercise
                .planned
                .as_deref()
                .map_or("no planned id".to_owned(), |id| {
                    format!("the planned id {id}, which no schedule has")
                });
            let text = format!(
                "{} exercise {} of {day} carries {link}: unplanned",
                exercise.kind.as_str(),
                exercise.id
            );
            builder.observe(text, Evidence::of(&row.citation));
        }
    }
}
