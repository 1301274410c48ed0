//! Appendix C: restore tests as the log has them.

use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::{ComparisonMethod, RestoreTest};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell};
use crate::report::view::say::utc;
use crate::report::words::{WordingError, spans};

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("C", "restores", Start::Flow)?;
    doc.lead("restores/lead", &[])?;
    let mut rows = Vec::new();
    let mut tests: Vec<&Observed<RestoreTest>> = input.records.restore_tests.iter().collect();
    tests.sort_by(|a, b| (a.value.started, &a.value.id).cmp(&(b.value.started, &b.value.id)));
    for test in tests {
        rows.push(row(doc, test)?);
    }
    let columns = vec![
        Column::new("Test", 1.45),
        Column::new("System and backup", 2.6),
        Column::new("Started, finished", 1.75),
        Column::new("Comparison, people", 1.5),
        Column::new("Outcome", 1.4),
    ];
    doc.table("restores/summary", columns, rows, "restores/none")
}

fn row(doc: &mut Doc<'_>, test: &Observed<RestoreTest>) -> Result<Row, WordingError> {
    let RestoreTest {
        id,
        system,
        backup,
        restore_job,
        started,
        finished,
        tester,
        reviewer,
        ..
    } = &test.value;
    let evidence = doc.evidence(&Evidence::of(&test.citation), 1, theme::CELL)?;
    let job = match restore_job {
        Some(job) => doc.say("restores/job", &[("job", job)])?,
        None => doc.say("restores/no-job", &[])?,
    };
    let outcome = if test.value.success {
        "restores/success"
    } else {
        "restores/failure"
    };
    let finished = finished.map_or_else(|| "not finished".to_owned(), utc);
    let reviewer = reviewer.as_deref().unwrap_or("nobody");
    let mono = |text: &str| vec![Span::new(text, theme::CELL_MONO)];
    let plain = |text: String| vec![Span::new(text, theme::CELL)];
    Ok(Row::of(vec![
        Cell::paragraphs(vec![vec![Span::new(id.clone(), theme::CELL_STRONG)], evidence]).heading(),
        Cell::paragraphs(vec![
            plain(system.to_string()),
            mono(backup),
            spans(&job, theme::CELL_GREY),
        ]),
        Cell::paragraphs(vec![plain(utc(*started)), plain(finished)]),
        Cell::paragraphs(vec![
            plain(method(test.value.method).to_owned()),
            plain(format!("by {tester}, reviewed by {reviewer}")),
        ]),
        cell(doc.say(outcome, &[])?),
    ]))
}

fn method(method: ComparisonMethod) -> &'static str {
    match method {
        ComparisonMethod::Checksum => "content digests",
        ComparisonMethod::RowCount => "counts",
        ComparisonMethod::AppCheck => "application tried",
        ComparisonMethod::None => "not compared",
    }
}
