//! The control matrix: control → statements → tests → states.

use crate::model::finding::{ControlResult, State};
use crate::model::ids::TestId;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, grey, group};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("6", "matrix", Start::Page)?;
    doc.lead("matrix/lead", &[])?;
    let mut rows = Vec::new();
    for control in &input.evaluation.controls {
        rows.push(title(doc, input, control)?);
        if control.statements.is_empty() {
            let words = doc.say("matrix/nothing", &[])?;
            rows.push(Row::of(vec![grey(words).over(4)]));
        }
        for id in &control.statements {
            let text = input.statement_text(id);
            let result = input.evaluation.statements.iter().find(|s| s.id == *id);
            let style = theme::style(theme::CELL.face, theme::CELL.size, theme::BLUE);
            let link = Span::new(id.as_str(), style).linked(format!("statement-{id}"));
            let (tests, state) = match result {
                Some(result) => (
                    tests(doc, input, &result.tests)?,
                    vec![doc.state(result.state, theme::CELL)?],
                ),
                None => (Cell::of(Vec::new()), Vec::new()),
            };
            rows.push(Row::of(vec![
                Cell::of(vec![link]).heading(),
                cell(text),
                tests,
                Cell::of(state),
            ]));
        }
    }
    let columns = vec![
        Column::new("Statement", 1.1),
        Column::new("In short", 3.2),
        Column::new("Tests", 1.3),
        Column::new("State", 1.5),
    ];
    doc.table("matrix/summary", columns, rows, "matrix/nothing")
}

fn title(doc: &Doc<'_>, input: &ReportInput<'_>, control: &ControlResult) -> Result<Row, WordingError> {
    let mut spans = vec![Span::new(format!("{}  ", control.id), theme::CELL_STRONG)];
    spans.push(Span::new(input.control_title(&control.id), theme::CELL));
    if let Some(mappings) = input
        .catalogue
        .control(&control.id)
        .and_then(|c| c.mappings.as_ref())
    {
        let nist = mappings.nist_800_53.join(", ");
        spans.push(Span::new(format!("   SP 800-53 {nist}"), theme::CELL_GREY));
    }
    let mut row = group(3, spans);
    row.cells
        .push(Cell::of(vec![doc.state(control.state, theme::CELL_STRONG)?]));
    Ok(row.anchored(format!("control-{}", control.id)))
}

/// The tests with the mark of each one's state; the word stands on its sheet.
fn tests(doc: &Doc<'_>, input: &ReportInput<'_>, tests: &[TestId]) -> Result<Cell, WordingError> {
    let mut lines = Vec::new();
    for test in tests {
        let finding = input.evaluation.findings.iter().find(|f| f.test() == test);
        let state = finding.map_or(State::NotTested, |f| f.state());
        let mut span = doc.state(state, theme::CELL)?.linked(format!("test-{test}"));
        span.text = test.to_string();
        lines.push(span);
        lines.push(Span::new("  ", theme::CELL));
    }
    lines.pop();
    Ok(Cell::of(lines))
}
