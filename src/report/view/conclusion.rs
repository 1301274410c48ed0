//! The conclusion on one page: how tests ended, each control's counts, exceptions by severity, what would settle the
//! open items. No grade and no share of anything.

use std::collections::BTreeMap;

use crate::model::finding::{Conclusion, Counts, Finding, Severity, State};
use crate::model::ids::TestId;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Row, Table};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, links};
use crate::report::view::say::{count, mark, period};
use crate::report::words::{WordingError, spans};

/// How many ways to settle open items fit beside the matrix; the rest stands in section 9.
const SETTLE_SHOWN: usize = 5;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let findings = &input.evaluation.findings;
    let run = findings.iter().filter(|f| f.state() != State::NotTested).count();
    doc.section("1", "conclusion")?;
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

fn matrix(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let style = theme::style(crate::report::canvas::Face::Regular, 6.9, theme::BLACK);
    let mut columns = vec![
        Column::new("Control", 2.5),
        Column::new("", 3.7),
        Column::new("State", 1.9),
    ];
    columns
        .extend(["Exc.", "Open", "N. test.", "No exc.", "No occ.", "N/A"].map(|t| Column::number(t, 0.72)));
    let mut rows = Vec::new();
    for result in &input.evaluation.controls {
        let title = input.control_title(&result.id);
        let anchor = format!("control-{}", result.id);
        let id = Span::new(result.id.as_str(), theme::style(style.face, 6.9, theme::BLUE)).linked(anchor);
        let mut cells = vec![
            Cell::of(vec![id]).heading(),
            Cell::of(vec![Span::new(title, style)]),
        ];
        cells.push(Cell::of(vec![doc.state(result.state, style)?]));
        for state in State::ALL {
            let number = result.counts.get(state);
            let ink = if number == 0 { theme::GREY } else { mark(state).ink };
            let text = if number == 0 {
                "–".to_owned()
            } else {
                number.to_string()
            };
            cells.push(Cell::of(vec![Span::new(
                text,
                theme::style(style.face, 6.9, ink),
            )]));
        }
        rows.push(Row::of(cells));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let summary = doc.say("conclusion/matrix-summary", &[])?;
    doc.push(Block::Table(Table {
        summary,
        columns,
        rows,
        dense: true,
    }));
    Ok(())
}

/// Open items by what would settle them, the most frequent first.
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
    doc.heading("conclusion/settle-title")?;
    if ways.is_empty() {
        return doc.wide("conclusion/settle-none", &[]);
    }
    let mut ways: Vec<(&str, (usize, Vec<&TestId>))> = ways.into_iter().collect();
    ways.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let more = ways.len().saturating_sub(SETTLE_SHOWN);
    let mut items = Vec::new();
    for (way, (number, tests)) in ways.into_iter().take(SETTLE_SHOWN) {
        let mut line = spans(way, theme::BODY);
        line.push(Span::new(
            format!("  {}  ", count(number, "item", "items")),
            theme::NOTE,
        ));
        line.extend(links(tests.iter().map(|t| t.as_str()), theme::NOTE, |id| {
            format!("open-{id}")
        }));
        items.push(line);
    }
    doc.push(Block::List(items));
    if more > 0 {
        doc.body("conclusion/settle-more", &[("more", &more)])?;
    }
    Ok(())
}
