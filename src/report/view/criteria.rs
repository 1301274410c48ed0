//! Criteria: policies, parameters with their approvals, and the statements.

use crate::report::input::{ParameterText, ReportInput};
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, cell, grey, mono, strong};
use crate::report::view::say::utc;
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("4", "criteria")?;
    doc.lead("criteria/lead", &[])?;
    doc.heading("criteria/policies-title")?;
    let policies = input.texts.policies.iter();
    let rows = policies.map(|p| Row::of(vec![strong(&*p.title), cell(&*p.version), mono(&*p.digest)])).collect();
    let columns = vec![Column::new("Document", 2.0), Column::new("Version", 0.7), Column::new("SHA-256", 3.2)];
    doc.table("criteria/policies-summary", columns, rows, "criteria/policies-none")?;
    parameters(doc, input)?;
    statements(doc, input)
}

fn parameters(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("criteria/parameters-title")?;
    doc.wide("criteria/parameters", &[])?;
    let mut rows = Vec::new();
    for parameter in &input.texts.parameters {
        let name = Span::new(parameter.id.as_str(), theme::CELL_MONO);
        let meaning = Span::new(parameter.meaning.clone(), theme::CELL_GREY);
        let mut paragraphs = vec![vec![name]];
        if !parameter.meaning.is_empty() {
            paragraphs.push(vec![meaning]);
        }
        let value = match &parameter.value {
            Some(value) => Cell::of(vec![Span::new(value.clone(), theme::CELL_STRONG)]),
            None => grey(doc.say("criteria/unset", &[])?),
        };
        let (policy, approval) = basis(doc, parameter)?;
        let row = Row::of(vec![Cell::paragraphs(paragraphs).heading(), value, policy, approval]);
        rows.push(row.anchored(format!("parameter-{}", parameter.id)));
    }
    let columns = vec![
        Column::new("Parameter", 2.5),
        Column::new("In force", 1.3),
        Column::new("Defined", 1.9),
        Column::new("Approved by, when", 1.7),
    ];
    doc.table("criteria/parameters-summary", columns, rows, "criteria/unset")
}

/// Where the value is defined, and who approved it.
fn basis(doc: &Doc<'_>, parameter: &ParameterText) -> Result<(Cell, Cell), WordingError> {
    let policy = match &parameter.policy {
        Some(policy) => cell(doc.say("criteria/by-policy", &[("policy", policy)])?),
        None => cell(doc.say("criteria/not-by-policy", &[])?),
    };
    let approval = match (&parameter.approval, &parameter.policy) {
        (Some((who, when)), _) => cell(doc.say("criteria/approved", &[("who", who), ("when", &utc(*when))])?),
        (None, Some(_)) => grey(doc.say("criteria/not-approved-policy", &[])?),
        (None, None) if parameter.value.is_none() => grey("–"),
        (None, None) => {
            let words = doc.say("criteria/not-approved", &[])?;
            Cell::of(vec![Span::new(words, theme::style(theme::CELL.face, theme::CELL.size, theme::AMBER))])
        }
    };
    Ok((policy, approval))
}

fn statements(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("criteria/statements-title")?;
    doc.wide("criteria/statements", &[])?;
    let mut rows = Vec::new();
    for statement in &input.texts.statements {
        let result = input.evaluation.statements.iter().find(|s| s.id == statement.id);
        let state = match result {
            Some(result) => Cell::of(vec![doc.state(result.state, theme::CELL)?]),
            None => grey("–"),
        };
        let text = cell(statement.text.clone());
        let row = vec![strong(statement.id.as_str()), grey(statement.section.clone()), text, state];
        rows.push(Row::of(row).anchored(format!("statement-{}", statement.id)));
    }
    let columns = vec![
        Column::new("Statement", 1.1),
        Column::new("Section", 1.3),
        Column::new("In short", 3.6),
        Column::new("State", 1.4),
    ];
    doc.table("criteria/statements-summary", columns, rows, "criteria/policies-none")
}
