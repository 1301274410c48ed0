//! Management's assertion and the places for signatures.

use crate::model::finding::Conclusion;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Row};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, links, strong};
use crate::report::view::say::first_and_last;
use crate::report::words::WordingError;

/// Tests whose population was proven empty: that nothing happened is for management to say too, each by itself and dated.
fn zero_populations(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let mut rows = Vec::new();
    for finding in &input.evaluation.findings {
        for item in finding.items() {
            if let Conclusion::NoOccurrence { statement } = item.conclusion() {
                let test = finding.test().as_str();
                let link = links([test], theme::CELL_STRONG, |id| format!("test-{id}"));
                let mut cells = vec![Cell::of(link).heading(), cell(statement.clone())];
                cells.extend([cell(""), cell("")]);
                rows.push(Row::of(cells));
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    doc.heading("assertion/zero-title")?;
    doc.body("assertion/zero", &[])?;
    let columns = vec![
        Column::new("Test", 0.6),
        Column::new("What did not happen, by the evidence", 4.2),
        Column::new("Asserted by", 1.3),
        Column::new("Date", 0.9),
    ];
    doc.table("assertion/zero-summary", columns, rows, "assertion/zero")
}

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let (first, last) = first_and_last(input);
    doc.section("2", "assertion", Start::Page)?;
    doc.lead("assertion/lead", &[])?;
    let entity = &input.scope.entity.name;
    doc.body(
        "assertion/intro",
        &[("entity", entity), ("first", &first), ("last", &last)],
    )?;
    let mut items = Vec::new();
    for number in 1..=5 {
        items.push(doc.spans(&format!("assertion/item-{number}"), &[], theme::BODY)?);
    }
    doc.push(Block::List(items));
    zero_populations(doc, input)?;
    doc.heading("assertion/signoff-title")?;
    doc.wide("assertion/signoff", &[])?;
    let columns = vec![
        Column::new("", 1.0),
        Column::new("Name", 2.0),
        Column::new("Role", 1.6),
        Column::new("Date", 1.0),
        Column::new("Signature", 2.2),
    ];
    let mut rows = Vec::new();
    for who in ["preparer", "reviewer", "approver"] {
        let mut cells = vec![strong(doc.say(&format!("assertion/{who}"), &[])?)];
        cells.extend((0..4).map(|_| cell("")));
        rows.push(Row {
            cells,
            height_min: 44.0,
            ..Row::default()
        });
    }
    doc.table("assertion/signoff-summary", columns, rows, "assertion/signoff")
}
