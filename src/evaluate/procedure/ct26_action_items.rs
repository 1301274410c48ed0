//! CT-26: after-action items are owned, due and closed (policy 13.4).
//!
//! Population: the action items of the exercises of the period, and those of the exercise_max_age before it that were
//! still open when it began; an item is opened by its exercise. Closed means: by the day it was due, with evidence, which
//! is a closed ticket where it names one; an item that changes the plan needs a later approved version whose note of
//! changes names it. No items prove nothing unless a report was signed that has none: an exercise without report, list
//! or signature is INDETERMINATE (`<exercise>/actions`). What restore tests brought to light is followed up in CT-20.

mod closing;

use crate::evaluate::context::Context;
use crate::evaluate::exercises::back;
use crate::evaluate::facts::{Doubt, Standing, doubt, judged_days, observe_not_yet, register, standing};
use crate::evaluate::grounds::examined;
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{ActionItem, Exercise};
use crate::model::source::Source;
use crate::model::time::{day_of, show};

/// Concludes CT-26.
pub(super) fn action_items(context: &Context<'_>, test: TestId) -> Finding {
    let unit = "action items opened in the period or open when it began";
    let mut builder = FindingBuilder::new(test, unit, register(context, Source::Exercises));
    let (first, last) = judged_days(context);
    let since = back(context, first);
    for row in &context.records.exercises {
        let stands = standing(context, row.value.held, row);
        let day = day_of(row.value.held, context.scope.period.zone());
        // By another revision it may be of another day.
        let moved = context.records.moved(Source::Exercises, &row.value.id).when;
        if !moved && (stands == Standing::NotYet || !(since..=last).contains(&day)) {
            continue;
        }
        let ahead = (stands == Standing::AheadOfItsListing)
            .then(|| Doubt::ahead(&format!("exercise {}", row.value.id), row.value.held, row));
        match doubt(context.records, row, &[&row.value.id]).or(ahead) {
            Some(doubt) => {
                let id = format!("{}/actions", row.value.id);
                builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
            }
            None => examine(context, row, &mut builder),
        }
    }
    let exercises = context.records.exercises.iter();
    let dated = exercises.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no action item was opened in the period or open when it began")
}

fn examine(context: &Context<'_>, row: &Observed<Exercise>, builder: &mut FindingBuilder) {
    if let Some(reason) = nothing_shown(context, row) {
        let id = format!("{}/actions", row.value.id);
        let resolves = "the signed report of the exercise, with its action items";
        builder.indeterminate(id, reason, resolves, Evidence::of(&row.citation));
    }
    let start = examined(context.scope).start();
    let items = row.value.actions.iter().flatten();
    let open = |item: &&ActionItem| {
        // What is dated closed before the exercise was not closed by that.
        let was_closed = item.closed.filter(|at| row.value.held <= *at);
        let was_closed = was_closed.filter(|at| standing(context, *at, row) == Standing::Fact);
        was_closed.is_none_or(|at| at >= start)
    };
    for item in items.filter(open) {
        closing::examine(context, row, item, builder);
    }
}

/// Why the record does not show which action items there are.
fn nothing_shown(context: &Context<'_>, row: &Observed<Exercise>) -> Option<String> {
    let exercise = &row.value;
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if blank(&exercise.report) {
        return Some("the exercise has no report: zero action items then prove nothing".to_owned());
    }
    let Some(items) = &exercise.actions else {
        return Some("the record has no list of action items".to_owned());
    };
    if !items.is_empty() {
        return None;
    }
    match exercise.report_signed_at {
        Some(at) if !blank(&exercise.report_signed_by) => match standing(context, at, row) {
            Standing::Fact if at >= exercise.held => None,
            _ => Some(format!(
                "the record lists no action item, and its report was signed at {}, before the exercise or not before \
                 the as-of instant",
                show(at)
            )),
        },
        _ => Some("the record lists no action item, and nobody signed its report".to_owned()),
    }
}

#[cfg(test)]
mod tests;
