//! Appendix F: the evidence that the report cites, by digest, with the pull that brought it.

use std::collections::BTreeMap;

use crate::model::acquisition::{Acquisition, Page};
use crate::model::ids::EvidenceId;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell};
use crate::report::view::say::{count, utc};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("F", "citations", Start::Flow)?;
    let number = count(doc.cited.len(), "response is", "responses are");
    doc.lead("citations/lead", &[("count", &number)])?;
    let mut origins: BTreeMap<EvidenceId, (&Acquisition, &Page)> = BTreeMap::new();
    for acquisition in input.acquisitions {
        for page in &acquisition.pages {
            if let Some(id) = page.evidence {
                origins.entry(id).or_insert((acquisition, page));
            }
        }
    }
    let mut rows = Vec::new();
    for id in &doc.cited {
        rows.push(row(doc, *id, origins.get(id).copied())?);
    }
    let columns = vec![
        Column::new("Evidence", 0.76),
        Column::new("SHA-256 and request", 1.9),
        Column::new("Source, place", 1.4),
        Column::new("Received", 0.94),
    ];
    doc.table("citations/summary", columns, rows, "citations/none")
}

fn row(doc: &Doc<'_>, id: EvidenceId, origin: Option<(&Acquisition, &Page)>) -> Result<Row, WordingError> {
    let mono = |text: String| vec![Span::new(text, theme::CELL_MONO)];
    let grey = |text: String| vec![Span::new(text, theme::CELL_GREY)];
    let mut digest = vec![mono(id.to_string())];
    let mut place = Vec::new();
    let mut received = cell("–");
    match origin {
        Some((acquisition, page)) => {
            digest.push(grey(format!("{} {}", acquisition.operation, page.request_id)));
            place.push(vec![Span::new(acquisition.key.source.title(), theme::CELL)]);
            place.push(mono(format!(
                "{} {}",
                acquisition.key.account, acquisition.key.region
            )));
            received = cell(utc(page.received));
        }
        None => place.push(grey(doc.say("citations/unknown", &[])?)),
    }
    let short = Cell::of(vec![Span::new(id.short(), theme::CELL_MONO)]).heading();
    let row = Row::of(vec![
        short,
        Cell::paragraphs(digest),
        Cell::paragraphs(place),
        received,
    ]);
    Ok(row.anchored(format!("evidence-{id}")))
}
