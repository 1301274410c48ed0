//! Observations: from the tests, and on the policies themselves.

use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Fact, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, links};
use crate::report::view::say::all_counts;
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("10", "observations", Start::Flow)?;
    doc.lead("observations/lead", &[])?;
    doc.heading("observations/tests-title")?;
    let mut rows = Vec::new();
    for finding in &input.evaluation.findings {
        for observation in finding.observations() {
            let test = finding.test().as_str();
            let link = links([test], theme::CELL_STRONG, |id| format!("test-{id}"));
            let evidence = doc.evidence(&observation.evidence, 2, theme::CELL)?;
            let text = vec![Span::new(observation.text.clone(), theme::CELL)];
            rows.push(Row::of(vec![
                Cell::of(link).heading(),
                Cell::paragraphs(vec![text, evidence]),
            ]));
        }
    }
    let columns = vec![
        Column::new("Test", 0.6),
        Column::new("Observation, evidence", 6.0),
    ];
    doc.table(
        "observations/tests-summary",
        columns,
        rows,
        "observations/tests-none",
    )?;
    proposed_rule(doc, input)?;
    doc.heading("observations/policy-title")?;
    doc.body("observations/policy", &[])?;
    let policy = input.catalogue.observations();
    if policy.is_empty() {
        return doc.body("observations/policy-none", &[]);
    }
    let facts = policy.iter().map(|o| Fact {
        key: vec![Span::new(o.id.clone(), theme::KEY)],
        value: vec![
            vec![Span::new(o.title.clone(), theme::STRONG)],
            vec![Span::new(o.text.clone(), theme::BODY)],
        ],
    });
    doc.push(Block::Facts(facts.collect()));
    Ok(())
}

/// The readiness column, where it was asked for: its title says that the rule is not in force.
fn proposed_rule(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    if input.evaluation.readiness.is_empty() {
        return Ok(());
    }
    doc.heading("observations/proposed-title")?;
    doc.body("observations/proposed", &[])?;
    let mut rows = Vec::new();
    for row in &input.evaluation.readiness {
        let link = links([row.test.as_str()], theme::CELL_STRONG, |id| format!("test-{id}"));
        let known = doc.say(&format!("observations/known-{}", row.confidence), &[])?;
        let duty = vec![
            vec![Span::new(row.duty.clone(), theme::CELL)],
            vec![Span::new(known, theme::CELL_GREY)],
        ];
        rows.push(Row::of(vec![
            Cell::of(link).heading(),
            Cell::paragraphs(duty),
            Cell::of(all_counts(&row.counts)),
            Cell::of(vec![doc.state(row.state, theme::CELL)?]),
        ]));
    }
    let columns = vec![
        Column::new("Test", 0.6),
        Column::new("Proposed duty", 2.6),
        Column::new("Items under its limit", 2.4),
        Column::new("Would be", 1.1),
    ];
    doc.table(
        "observations/proposed-summary",
        columns,
        rows,
        "observations/tests-none",
    )
}
