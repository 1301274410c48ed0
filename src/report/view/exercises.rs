//! Appendix D: exercises, planned and held.

use crate::model::finding::Evidence;
use crate::model::records::governance::PlannedExercise;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, grey, strong};
use crate::report::view::say::{day, utc};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("D", "exercises", Start::Flow)?;
    doc.lead("exercises/lead", &[])?;
    planned(doc, input)?;
    held(doc, input)
}

fn planned(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("exercises/planned-title")?;
    let mut rows = Vec::new();
    for schedule in &input.records.exercise_schedules {
        for item in &schedule.value.items {
            let systems: Vec<&str> = item.systems.iter().map(|s| s.as_str()).collect();
            rows.push(Row::of(vec![
                strong(item.id.clone()),
                cell(item.kind.as_str()),
                cell(day(item.planned)),
                grey(change(doc, item)?),
                cell(systems.join(", ")),
            ]));
        }
    }
    let columns = vec![
        Column::new("Exercise", 1.3),
        Column::new("Kind", 0.9),
        Column::new("Planned for", 1.3),
        Column::new("Change of date", 2.0),
        Column::new("Systems", 2.0),
    ];
    doc.table(
        "exercises/planned-summary",
        columns,
        rows,
        "exercises/planned-none",
    )
}

fn change(doc: &Doc<'_>, item: &PlannedExercise) -> Result<String, WordingError> {
    let Some(date) = item.rescheduled_to.map(day) else {
        return Ok("–".to_owned());
    };
    match (&item.reschedule_approved_by, item.reschedule_approved_at) {
        (Some(who), Some(when)) => {
            let who = format!("{who} on {}", utc(when));
            doc.say("exercises/rescheduled", &[("date", &date), ("who", &who)])
        }
        _ => doc.say("exercises/rescheduled-unapproved", &[("date", &date)]),
    }
}

fn held(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("exercises/held-title")?;
    let mut rows = Vec::new();
    for exercise in &input.records.exercises {
        let value = &exercise.value;
        let evidence = doc.evidence(&Evidence::of(&exercise.citation), 1, theme::CELL)?;
        let systems: Vec<&str> = value.systems.iter().map(|s| s.as_str()).collect();
        let result = value.result.as_deref().unwrap_or("no result recorded");
        let completed = if value.completed {
            "completed"
        } else {
            "not completed"
        };
        let id = vec![Span::new(value.id.clone(), theme::CELL_STRONG)];
        rows.push(Row::of(vec![
            Cell::paragraphs(vec![id, evidence]).heading(),
            cell(value.kind.as_str()),
            cell(utc(value.held)),
            cell(systems.join(", ")),
            cell(value.participants.len().to_string()),
            cell(format!("{completed}; {result}")),
        ]));
    }
    let columns = vec![
        Column::new("Exercise", 1.5),
        Column::new("Kind", 0.9),
        Column::new("Held", 1.6),
        Column::new("Systems", 2.2),
        Column::number("People", 0.6),
        Column::new("Result", 1.8),
    ];
    doc.table("exercises/held-summary", columns, rows, "exercises/held-none")
}
