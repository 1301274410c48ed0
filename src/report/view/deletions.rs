//! Appendix E: deletions with their actors.

use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::{Actor, Event};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell};
use crate::report::view::say::utc;
use crate::report::words::{WordingError, spans};

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("E", "deletions", Start::Flow)?;
    doc.lead("deletions/lead", &[])?;
    let interval = input.scope.period.interval();
    let mut events: Vec<&Observed<Event>> = input
        .records
        .events
        .iter()
        .filter(|event| interval.contains(event.value.at) && deletes(&event.value))
        .collect();
    events.sort_by(|a, b| (a.value.at, &a.value.id).cmp(&(b.value.at, &b.value.id)));
    let mut rows = Vec::new();
    for event in events {
        rows.push(row(doc, input, event)?);
    }
    let columns = vec![
        Column::new("When, event", 1.7),
        Column::new("Actor", 2.0),
        Column::new("Object", 2.6),
        Column::new("Ticket", 1.2),
    ];
    doc.table("deletions/summary", columns, rows, "deletions/none")
}

/// `DeleteRecoveryPoint`, `ScheduleKeyDeletion`, `BackupDeleted`, `CPS_SNAPSHOT_DELETED`.
fn deletes(event: &Event) -> bool {
    let name = event.name.to_ascii_lowercase();
    name.contains("delete") || name.contains("deletion")
}

fn row(doc: &mut Doc<'_>, input: &ReportInput<'_>, event: &Observed<Event>) -> Result<Row, WordingError> {
    let value = &event.value;
    let evidence = doc.evidence(&Evidence::of(&event.citation), 1, theme::CELL)?;
    let tickets: Vec<&str> = input
        .records
        .tickets
        .iter()
        .filter(|t| {
            t.value
                .refs
                .iter()
                .any(|r| *r == value.id || value.resources.contains(r))
        })
        .map(|t| t.value.id.as_str())
        .collect();
    let ticket = if tickets.is_empty() {
        doc.say("deletions/no-ticket", &[])?
    } else {
        tickets.join(", ")
    };
    let mono = |text: &str| vec![Span::new(text, theme::CELL_MONO)];
    let mut name = vec![
        vec![Span::new(utc(value.at), theme::CELL)],
        vec![Span::new(value.name.clone(), theme::CELL_STRONG)],
    ];
    if let Some(error) = &value.error {
        let refused = doc.say("deletions/refused", &[("error", error)])?;
        name.push(spans(&refused, theme::CELL_GREY));
    }
    name.push(evidence);
    Ok(Row::of(vec![
        Cell::paragraphs(name).heading(),
        actor(&value.actor),
        Cell::paragraphs(value.resources.iter().map(|r| mono(r)).collect()),
        cell(ticket),
    ]))
}

fn actor(actor: &Actor) -> Cell {
    let mono = |text: &str| vec![Span::new(text, theme::CELL_MONO)];
    match actor {
        Actor::Identity {
            arn,
            session: Some(session),
            ..
        } => Cell::paragraphs(vec![
            vec![Span::new(session.clone(), theme::CELL_STRONG)],
            mono(arn),
        ]),
        Actor::Identity { arn, .. } => Cell::of(mono(arn)),
        Actor::Root => cell("the account's root user"),
        Actor::Service { name } => cell(name.clone()),
        Actor::Unknown => cell("the event does not say"),
    }
}
