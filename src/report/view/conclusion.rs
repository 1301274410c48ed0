//! The conclusion on one page: how tests ended, each control's counts, exceptions by severity, what would settle the
//! indeterminate items. No grade and no share of anything.

use std::collections::BTreeMap;

use crate::model::finding::{Conclusion, ControlResult, Counts, Finding, Severity, State};
use crate::model::ids::TestId;
use crate::report::canvas::Face;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Row, Table};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, links};
use crate::report::view::say::{count, mark, period};
use crate::report::words::WordingError;

/// The page holds much: its tables are set small.
const SMALL: Style = theme::style(Face::Regular, 6.7, theme::BLACK);
/// How many ways to settle indeterminate items fit beside the matrix; the rest stands in section 9.
const SETTLE_SHOWN: usize = 5;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let findings = &input.evaluation.findings;
    let run = findings.iter().filter(|f| f.state() != State::NotTested).count();
    doc.section("1", "conclusion", Start::Page)?;
    doc.lead(
        "conclusion/lead",
        &[
            ("tests", &run),
            ("all", &findings.len()),
            ("period", &period(input)),
        ],
    )?;
    let counts = Counts::of(findings.iter().map(Finding::state));
    let mut numbers = Vec::new();
    for state in State::ALL {
        numbers.push((counts.get(state), doc.state(state, theme::CELL_STRONG)?));
    }
    doc.push(Block::Tally(numbers));
    severities(doc, findings)?;
    matrix(doc, input)?;
    settle(doc, findings)
}

fn severities(doc: &mut Doc<'_>, findings: &[Finding]) -> Result<(), WordingError> {
    let mut found: BTreeMap<Severity, usize> = BTreeMap::new();
    for item in findings.iter().flat_map(Finding::items) {
        if let Conclusion::Exception { severity, .. } = item.conclusion() {
            *found.entry(*severity).or_default() += 1;
        }
    }
    let list: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| {
            format!(
                "{} {}",
                found.get(severity).copied().unwrap_or(0),
                severity.as_str()
            )
        })
        .collect();
    let passage = if found.is_empty() {
        "conclusion/severity-none"
    } else {
        "conclusion/severity-where"
    };
    let place = doc.say(passage, &[])?;
    doc.wide(
        "conclusion/severity",
        &[("list", &list.join(", ")), ("where", &place)],
    )
}

/// The controls of the first framework beside those of the others.
fn matrix(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let controls = &input.evaluation.controls;
    let Some(first) = controls.first() else {
        return Ok(());
    };
    let (one, others): (Vec<_>, Vec<_>) = controls
        .iter()
        .partition(|control| framework(control) == framework(first));
    let left = half(doc, input, &one)?;
    if others.is_empty() {
        doc.push(Block::Table(left));
        return Ok(());
    }
    let right = half(doc, input, &others)?;
    doc.push(Block::Pair(Box::new([left, right])));
    Ok(())
}

fn framework(control: &ControlResult) -> &str {
    control.id.as_str().split(':').next().unwrap_or_default()
}

/// Reference and title, then the number of the control's statements in each state under the state's mark.
fn half(doc: &Doc<'_>, input: &ReportInput<'_>, controls: &[&ControlResult]) -> Result<Table, WordingError> {
    let name = controls.first().map_or("", |control| framework(control));
    let title = input
        .catalogue
        .framework(name)
        .map_or("", |framework| &framework.title);
    let mut columns = vec![Column::new(title, 8.2)];
    columns.extend(["Exc.", "Ind.", "N.t.", "Sup.", "N.o.", "N/A"].map(|title| Column::number(title, 0.95)));
    let mut rows = Vec::new();
    for control in controls {
        let (_, reference) = control.id.as_str().split_once(':').unwrap_or_default();
        let reference = Span::new(
            reference,
            Style {
                ink: theme::BLUE,
                ..SMALL
            },
        )
        .linked(format!("control-{}", control.id))
        .marked(mark(control.state));
        let title = Span::new(format!("  {}", input.control_title(&control.id)), SMALL);
        let mut cells = vec![Cell::of(vec![reference, title]).heading()];
        for state in State::ALL {
            let (text, face, ink) = match control.counts.get(state) {
                0 => ("0".to_owned(), Face::Light, theme::GREY),
                number => (number.to_string(), Face::SemiBold, mark(state).ink),
            };
            cells.push(Cell::of(vec![Span::new(
                text,
                theme::style(face, SMALL.size, ink),
            )]));
        }
        rows.push(Row::of(cells));
    }
    let summary = doc.say("conclusion/matrix-summary", &[])?;
    Ok(Table {
        summary,
        columns,
        rows,
        dense: true,
    })
}

/// Indeterminate items by what would settle them, the most frequent first.
fn settle(doc: &mut Doc<'_>, findings: &[Finding]) -> Result<(), WordingError> {
    let mut ways: BTreeMap<&str, (usize, Vec<&TestId>)> = BTreeMap::new();
    for finding in findings {
        for item in finding.items() {
            if let Conclusion::Indeterminate { resolves, .. } = item.conclusion() {
                let way = ways.entry(resolves).or_default();
                way.0 += 1;
                if way.1.last() != Some(&finding.test()) {
                    way.1.push(finding.test());
                }
            }
        }
    }
    if ways.is_empty() {
        return doc.wide("conclusion/settle-none", &[]);
    }
    let mut ways: Vec<(&str, (usize, Vec<&TestId>))> = ways.into_iter().collect();
    ways.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let more = ways.len().saturating_sub(SETTLE_SHOWN);
    let mut rows = Vec::new();
    for (way, (number, tests)) in ways.into_iter().take(SETTLE_SHOWN) {
        let tests = links(tests.iter().map(|t| t.as_str()), SMALL, |id| {
            format!("indeterminate-{id}")
        });
        let number = Span::new(count(number, "item", "items"), SMALL);
        let way = Cell::of(vec![Span::new(way, SMALL)]).heading();
        rows.push(Row::of(vec![way, Cell::of(vec![number]), Cell::of(tests)]));
    }
    if more > 0 {
        let words = doc.spans("conclusion/settle-more", &[("more", &more)], SMALL)?;
        rows.push(Row::of(vec![Cell::of(words).over(3)]));
    }
    let columns = vec![
        Column::new(&doc.say("conclusion/settle-column", &[])?, 5.0),
        Column::new("Items", 0.7),
        Column::new("Tests", 1.3),
    ];
    let summary = doc.say("conclusion/settle-title", &[])?;
    doc.push(Block::Table(Table {
        summary,
        columns,
        rows,
        dense: true,
    }));
    Ok(())
}
