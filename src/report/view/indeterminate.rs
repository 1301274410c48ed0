//! Indeterminate items: why nobody can tell, and what would settle it.

use std::collections::BTreeMap;

use crate::model::finding::{Conclusion, Finding, Item};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Row, Table};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, group};
use crate::report::view::say::{count, shorten};
use crate::report::words::WordingError;

/// How many items and records a group lists before it refers to the data files.
const SHOWN: usize = 4;
/// How many characters of a reason are shown; the data files have all.
const REASON_MAX: usize = 420;

/// Items of one test whose reason and remedy are the same.
type Groups<'a> = BTreeMap<(&'a str, &'a str), Vec<(String, &'a Item)>>;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("9", "indeterminate", Start::Flow)?;
    let findings = &input.evaluation.findings;
    let total: usize = findings.iter().map(|f| f.indeterminates().count()).sum();
    if total == 0 {
        return doc.lead("indeterminate/none", &[]);
    }
    doc.lead(
        "indeterminate/lead",
        &[(
            "count",
            &count(total, "indeterminate item", "indeterminate items"),
        )],
    )?;
    let mut rows = Vec::new();
    for finding in findings {
        rows.extend(group_rows(doc, input, finding)?);
    }
    let columns = vec![
        Column::new("Id and items", 1.9),
        Column::new("Why nobody can tell, and what would settle it", 4.1),
    ];
    let summary = doc.say("indeterminate/summary", &[("test", &"every test")])?;
    doc.push(Block::Table(Table {
        summary,
        columns,
        rows,
        dense: false,
    }));
    Ok(())
}

fn group_rows(
    doc: &mut Doc<'_>,
    input: &ReportInput<'_>,
    finding: &Finding,
) -> Result<Vec<Row>, WordingError> {
    let mut groups: Groups<'_> = BTreeMap::new();
    for (id, item) in finding.indeterminates() {
        if let Conclusion::Indeterminate { reason, resolves } = item.conclusion() {
            groups.entry((reason, resolves)).or_default().push((id, item));
        }
    }
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let test = finding.test();
    let title = input.test_title(test);
    let style = theme::style(theme::CELL_STRONG.face, theme::CELL_STRONG.size, theme::BLUE);
    let link = Span::new(test.as_str(), style).linked(format!("test-{test}"));
    let words = Span::new(format!("  {title}"), theme::CELL_STRONG);
    let mut rows = vec![group(2, vec![link, words]).anchored(format!("indeterminate-{test}"))];
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| a.1[0].1.id().cmp(b.1[0].1.id()));
    for ((reason, resolves), items) in groups {
        let evidence = items
            .iter()
            .skip(1)
            .take(SHOWN - 1)
            .fold(items[0].1.evidence().clone(), |all, (_, item)| {
                all.and(item.evidence().clone())
            });
        let evidence = doc.evidence(&evidence, SHOWN, theme::CELL)?;
        let label = |words: &str| Span::new(format!("{words}  "), theme::CELL_GREY);
        let mut source = vec![label(&doc.say("indeterminate/evidence", &[])?)];
        source.extend(evidence);
        let settled = vec![
            label(&doc.say("indeterminate/settled", &[])?),
            Span::new(resolves, theme::CELL),
        ];
        let reason = vec![Span::new(shorten(reason, REASON_MAX), theme::CELL)];
        rows.push(Row::of(vec![
            ids(doc, &items)?,
            Cell::paragraphs(vec![reason, settled, source]),
        ]));
    }
    Ok(rows)
}

fn ids(doc: &Doc<'_>, items: &[(String, &Item)]) -> Result<Cell, WordingError> {
    let mut paragraphs = Vec::new();
    for (id, item) in items.iter().take(SHOWN) {
        let id = Span::new(format!("{id}  "), theme::CELL_STRONG);
        paragraphs.push(vec![id, Span::new(item.id(), theme::CELL_MONO)]);
    }
    let more = items.len().saturating_sub(SHOWN);
    if more > 0 {
        paragraphs.push(doc.spans("indeterminate/more", &[("n", &more)], theme::CELL_GREY)?);
    }
    Ok(Cell::paragraphs(paragraphs).heading())
}
