//! Criteria: policies, parameters with their approvals, and the statements.

use crate::catalogue::{Approval, ParameterInForce, PolicyDefines, Standing};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, grey, mono, strong};
use crate::report::view::say::{all_counts, day};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("4", "criteria", Start::Page)?;
    doc.lead("criteria/lead", &[])?;
    policies(doc, input)?;
    parameters(doc, input)?;
    statements(doc, input)
}

/// The documents whose version was in force at some time within the period.
fn policies(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("criteria/policies-title")?;
    let period = &input.scope.period;
    let in_force = input.records.documents.iter().map(|d| &d.value).filter(|d| {
        d.effective < period.day_after() && d.superseded.is_none_or(|day| day > period.first_day())
    });
    let rows = in_force.map(|d| {
        let approved = d
            .approved_by
            .clone()
            .unwrap_or_else(|| "nobody recorded".to_owned());
        let title = Cell::paragraphs(vec![
            vec![Span::new(d.title.clone(), theme::CELL_STRONG)],
            vec![Span::new(
                format!("version {}, from {}", d.version, day(d.effective)),
                theme::CELL_GREY,
            )],
        ]);
        Row::of(vec![title.heading(), mono(&*d.digest), cell(approved)])
    });
    let rows = rows.collect();
    let columns = vec![
        Column::new("Document", 2.4),
        Column::new("SHA-256", 3.4),
        Column::new("Approved by", 1.1),
    ];
    doc.table(
        "criteria/policies-summary",
        columns,
        rows,
        "criteria/policies-none",
    )?;
    let catalogue = input.catalogue;
    let digest = catalogue.digest().to_hex();
    doc.wide(
        "criteria/catalogue",
        &[("subject", &catalogue.about().subject), ("digest", &digest)],
    )
}

fn parameters(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("criteria/parameters-title")?;
    doc.wide("criteria/parameters", &[])?;
    let mut rows = Vec::new();
    for parameter in input.parameters.iter() {
        let definition = input.catalogue.parameter(&parameter.id);
        let mut paragraphs = vec![vec![Span::new(parameter.id.as_str(), theme::CELL_MONO)]];
        if let Some(definition) = definition {
            paragraphs.insert(0, vec![Span::new(definition.title.clone(), theme::CELL_STRONG)]);
        }
        let value = match &parameter.value {
            Some(value) => Cell::of(vec![Span::new(value.to_string(), theme::CELL_STRONG)]),
            None => grey(doc.say("criteria/unset", &[])?),
        };
        let source = definition.and_then(|d| d.source.as_deref()).unwrap_or_default();
        let row = vec![
            Cell::paragraphs(paragraphs).heading(),
            value,
            defined(doc, parameter, source)?,
            standing(doc, parameter)?,
        ];
        rows.push(Row::of(row).anchored(format!("parameter-{}", parameter.id)));
    }
    let columns = vec![
        Column::new("Parameter", 2.5),
        Column::new("In force", 1.3),
        Column::new("Defined", 1.9),
        Column::new("Approved by, when", 1.7),
    ];
    doc.table("criteria/parameters-summary", columns, rows, "criteria/unset")
}

/// Whether the policy gives the value, and where.
fn defined(doc: &Doc<'_>, parameter: &ParameterInForce, source: &str) -> Result<Cell, WordingError> {
    let passage = match parameter.policy_defines {
        PolicyDefines::Yes => "criteria/by-policy",
        PolicyDefines::Partly => "criteria/partly-by-policy",
        PolicyDefines::No => "criteria/not-by-policy",
    };
    let mut paragraphs = vec![vec![Span::new(doc.say(passage, &[])?, theme::CELL)]];
    if !source.is_empty() {
        paragraphs.push(vec![Span::new(source, theme::CELL_GREY)]);
    }
    Ok(Cell::paragraphs(paragraphs))
}

/// Who approved the value, or that it is an assumption.
fn standing(doc: &Doc<'_>, parameter: &ParameterInForce) -> Result<Cell, WordingError> {
    if let Some(Approval {
        by,
        role,
        on,
        reference,
    }) = &parameter.approval
    {
        let mut paragraphs = vec![vec![Span::new(format!("{by}, {role}"), theme::CELL)]];
        let reference = reference.as_ref().map_or_else(String::new, |r| format!(", {r}"));
        paragraphs.push(vec![Span::new(
            format!("{}{reference}", day(*on)),
            theme::CELL_GREY,
        )]);
        return Ok(Cell::paragraphs(paragraphs));
    }
    Ok(match parameter.standing() {
        Standing::Approved | Standing::DefinedByPolicy => grey(doc.say("criteria/as-policy", &[])?),
        Standing::NotSet => grey("–"),
        Standing::Assumed => {
            let style = Style {
                ink: theme::AMBER,
                ..theme::CELL
            };
            Cell::of(vec![Span::new(doc.say("criteria/assumed", &[])?, style)])
        }
    })
}

fn statements(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("criteria/statements-title")?;
    doc.wide("criteria/statements", &[])?;
    let mut rows = Vec::new();
    for statement in input.catalogue.statements() {
        let result = input.evaluation.statements.iter().find(|s| s.id == statement.id);
        let mut text = vec![vec![Span::new(statement.paraphrase.clone(), theme::CELL)]];
        let state = match result {
            Some(result) => {
                text.push(all_counts(&result.counts));
                Cell::of(vec![doc.state(result.state, theme::CELL)?])
            }
            None => grey("–"),
        };
        let text = Cell::paragraphs(text);
        let row = vec![
            strong(statement.id.as_str()),
            grey(statement.section.clone()),
            text,
            state,
        ];
        rows.push(Row::of(row).anchored(format!("statement-{}", statement.id)));
    }
    let columns = vec![
        Column::new("Statement", 1.1),
        Column::new("Section", 1.3),
        Column::new("In short", 3.6),
        Column::new("State", 1.4),
    ];
    doc.table(
        "criteria/statements-summary",
        columns,
        rows,
        "criteria/policies-none",
    )
}
