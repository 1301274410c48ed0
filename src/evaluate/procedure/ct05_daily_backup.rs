//! CT-05: a completed backup exists for every system-day (policy 6.2(1), "perform daily snapshot backups").
//!
//! Population: each resource of each system that owes backups, times each whole day of the policy's calendar on which it
//! owes them. Two checks: a backup on each day, and no gap between consistency points, as UTC instants, longer than
//! the interval and its tolerance. A missing day and the gap that it makes are one exception, on the missing day. A gap
//! that skips no day counts on the day on which it ends, and one that is open at the end on the last day; backups before
//! the period count as the start of a gap, for otherwise a gap across two periods would be in neither report.
//!
//! A day is missing only where the list of jobs is proven complete over it; elsewhere nobody can tell. A continuous
//! backup is no daily snapshot. What was lost later by a key (CT-10) or a deletion (CT-13) was still backed up that day.

mod line;
mod verdict;

use self::line::Line;
use crate::evaluate::context::Context;
use crate::evaluate::duty::{Due, for_each_due, for_each_resource, mark_exempt, mark_native, whole_days};
use crate::evaluate::taken::{Histories, History, histories};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::System;
use crate::model::source::Source;
use crate::model::time::Instant;

/// Concludes CT-05.
pub(super) fn daily_backup(context: &Context<'_>, test: TestId) -> Finding {
    let register = context
        .records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let mut builder = FindingBuilder::new(test, "system-days on which a backup is due", register);
    let histories = histories(context);
    for_each_due(context, &mut builder, |row, due, builder| {
        examine_system(context, &histories, row, due, builder)
    });
    observe_fallbacks(context, &mut builder);
    builder.finish("no system owed a backup")
}

fn examine_system(
    context: &Context<'_>,
    histories: &Histories<'_>,
    row: &Observed<System>,
    due: &Due<'_>,
    builder: &mut FindingBuilder,
) {
    mark_exempt(row, due, builder);
    let days: Vec<_> = due
        .spans
        .iter()
        .map(|span| whole_days(context.scope, span))
        .collect();
    if days.iter().all(Vec::is_empty) {
        if due.exemption.is_none() {
            no_whole_day(row, builder);
        }
        return;
    }
    if mark_native(row, builder) {
        return;
    }
    let empty = History::default();
    for_each_resource(row, builder, |prefix, resource, place, builder| {
        let history = histories.get(&Some(resource)).unwrap_or(&empty);
        let unplaced = histories.get(&None).unwrap_or(&empty);
        let line = Line {
            context,
            row,
            resource,
            prefix,
            place,
            history,
            unplaced,
        };
        for (span, days) in due.spans.iter().zip(&days) {
            for (number, day) in days.iter().enumerate() {
                line.examine_day(span, *day, number + 1 == days.len(), builder);
            }
        }
    });
}

fn no_whole_day(row: &Observed<System>, builder: &mut FindingBuilder) {
    let (system, evidence) = (&row.value, Evidence::of(&row.citation));
    let reason = "no whole day of the period lies between onboarding with its grace and decommissioning";
    match &system.approved_by {
        Some(by) => builder.not_applicable(system.id.as_str(), reason, by.as_str(), system.as_of, evidence),
        None => {
            let reason = format!("{reason}, but nobody approved the inventory's row");
            builder.indeterminate(system.id.as_str(), reason, "the row's approval", evidence);
        }
    }
}

fn observe_fallbacks(context: &Context<'_>, builder: &mut FindingBuilder) {
    let inside = |at: Instant| context.scope.period.interval().contains(at);
    let jobs = context.records.jobs.iter();
    let fallbacks: Vec<_> = jobs
        .filter(|job| job.value.fallback && inside(job.value.created))
        .collect();
    if let Some(evidence) = Evidence::all(fallbacks.iter().map(|job| &job.citation)) {
        let text = format!(
            "{} Atlas snapshots of the period are fallback snapshots",
            fallbacks.len()
        );
        builder.observe(text, evidence);
    }
}

#[cfg(test)]
mod tests;
