//! Appendix C: restore tests as the log has them, and how much each of them proves.

use crate::model::finding::{Evidence, Hold, RestoreProof, Rung, State};
use crate::model::records::Observed;
use crate::model::records::governance::{ComparisonMethod, RestoreTest};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, grey, strong};
use crate::report::view::say::{mark, utc};
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
    doc.table("restores/summary", columns, rows, "restores/none")?;
    proofs(doc, input)
}

/// The proof of each test, rung by rung.
fn proofs(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("restores/proof-title")?;
    doc.wide("restores/proof-lead", &[])?;
    let mut columns = vec![Column::new("Test", 1.25), Column::new("Reached", 0.85)];
    for rung in Rung::ALL {
        let title = doc.say(&format!("restores/rung-{}", rung.level()), &[])?;
        columns.push(Column::new(&title, 0.9));
    }
    columns.push(Column::new("Missing for the next level", 2.6));
    let mut rows = Vec::new();
    for proof in &input.evaluation.restore_proofs {
        rows.push(proof_row(doc, proof)?);
    }
    doc.table("restores/proof-summary", columns, rows, "restores/proof-none")
}

fn proof_row(doc: &Doc<'_>, proof: &RestoreProof) -> Result<Row, WordingError> {
    let reached = match proof.reached() {
        Some(rung) => doc.say("restores/proof-reached", &[("level", &rung.level())])?,
        None => doc.say("restores/proof-reached-none", &[])?,
    };
    let mut cells = vec![strong(proof.test.clone()), strong(reached)];
    for (_, hold) in proof.rungs() {
        // The marks of states, for what they stand for here as well: shown, contradicted, not looked at.
        let state = match hold {
            Hold::Holds => State::Supported,
            Hold::Fails(_) => State::Exception,
            Hold::Unshown(_) => State::NotTested,
        };
        let word = doc.say(&format!("restores/proof-{}", hold.as_str()), &[])?;
        let span = Span::new(word, theme::CELL).marked(mark(state));
        cells.push(Cell::paragraphs(vec![vec![span]]));
    }
    cells.push(grey(match proof.missing() {
        Some((rung, why)) => doc.say(
            "restores/proof-missing",
            &[("level", &rung.level()), ("why", &why)],
        )?,
        None => doc.say("restores/proof-whole", &[])?,
    }));
    Ok(Row::of(cells))
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
