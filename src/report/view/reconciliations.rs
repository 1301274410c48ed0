//! Reconciliations: the numbers that come by different ways, side by side, whether they tie or not.

use std::collections::BTreeMap;

use crate::model::finding::{Item, Tally};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, cell, group};
use crate::report::words::WordingError;

/// How many columns the table has.
const COLUMNS: usize = 5;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("evidence/reconciliations-title")?;
    doc.wide("evidence/reconciliations", &[])?;
    let items = input
        .evaluation
        .findings
        .iter()
        .flat_map(|finding| finding.items());
    let mut by_name: BTreeMap<&str, Vec<(&Item, &Tally, String)>> = BTreeMap::new();
    for item in items {
        let Some(tally) = item.tally() else { continue };
        let mut parts = item.id().splitn(3, '/').skip(1);
        let (name, place) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let place = place.replace('/', " ");
        by_name.entry(name).or_default().push((item, tally, place));
    }
    let mut rows = Vec::new();
    for (name, items) in by_name {
        for (number, (item, tally, place)) in items.into_iter().enumerate() {
            if number == 0 {
                rows.push(group(COLUMNS, title(name, tally)));
            }
            rows.push(row(doc, item, tally, &place)?);
        }
    }
    let columns = vec![
        Column::new("Place", 1.6),
        Column::number("First", 0.6),
        Column::number("Second", 0.65),
        Column::new("Difference", 3.1),
        Column::new("State", 1.5),
    ];
    doc.table(
        "evidence/reconciliations-summary",
        columns,
        rows,
        "evidence/reconciliations-none",
    )
}

/// What is reconciled: `Job summaries: job rows against jobs by the service's daily counts`.
fn title(name: &str, tally: &Tally) -> Vec<Span> {
    let mut name = name.replace('-', " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let sides = format!("   {} against {}", tally.left.what, tally.right.what);
    vec![
        Span::new(name, theme::CELL_STRONG),
        Span::new(sides, theme::CELL_GREY),
    ]
}

fn row(doc: &mut Doc<'_>, item: &Item, tally: &Tally, place: &str) -> Result<Row, WordingError> {
    let place = vec![Span::new(place, theme::CELL_MONO)];
    let state = doc.state(item.state(), theme::CELL_STRONG)?;
    let difference = tally.difference();
    Ok(Row::of(vec![
        Cell::of(place).heading(),
        cell(tally.left.number.to_string()),
        cell(tally.right.number.to_string()),
        cell(difference),
        Cell::of(vec![state]),
    ]))
}
