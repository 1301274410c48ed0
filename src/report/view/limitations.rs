//! Limitations, what the entity does besides, and what came before.

use std::collections::BTreeSet;

use backproof_verify::manifest::v1::AskedAuthority;

use crate::model::finding::State;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Callout};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start};
use crate::report::view::say::{count, utc};
use crate::report::words::WordingError;

pub(super) fn write(
    doc: &mut Doc<'_>,
    input: &ReportInput<'_>,
    replaced: &BTreeSet<char>,
) -> Result<(), WordingError> {
    doc.section("11", "limitations", Start::Flow)?;
    let title = doc.say("limitations/disclaimer-title", &[])?;
    let spans = doc.spans("limitations/disclaimer", &[], theme::BODY)?;
    doc.push(Block::Callout(Callout {
        ink: theme::BLUE,
        title,
        spans,
    }));
    let mut items = Vec::new();
    for passage in ["extent", "vendor", "restore", "parameters"] {
        items.push(doc.spans(&format!("limitations/item-{passage}"), &[], theme::BODY)?);
    }
    let as_of = utc(input.scope.as_of);
    items.push(doc.spans("limitations/item-time", &[("as_of", &as_of)], theme::BODY)?);
    items.extend(time_of_signing(doc, &input.run.time_stamps)?);
    let not_tested = input
        .evaluation
        .findings
        .iter()
        .filter(|f| f.state() == State::NotTested)
        .count();
    if not_tested > 0 {
        let were = if not_tested == 1 { "was" } else { "were" };
        let number = count(not_tested, "test", "tests");
        let facts: [(&str, &dyn std::fmt::Display); 2] = [("count", &number), ("were", &were)];
        items.push(doc.spans("limitations/item-nottested", &facts, theme::BODY)?);
    }
    if !replaced.is_empty() {
        let list: Vec<String> = replaced
            .iter()
            .map(|c| format!("U+{:04X}", u32::from(*c)))
            .collect();
        let facts: [(&str, &dyn std::fmt::Display); 1] = [("list", &list.join(", "))];
        items.push(doc.spans("limitations/item-glyphs", &facts, theme::BODY)?);
    }
    doc.push(Block::List(items));
    doc.heading("limitations/complementary-title")?;
    doc.body("limitations/complementary", &[])?;
    doc.heading("limitations/previous-title")?;
    match &input.run.previous_bundle {
        Some(id) => doc.body("limitations/previous", &[("id", id)]),
        None => doc.body("limitations/previous-none", &[]),
    }
}

/// What is not known of when the report was signed: who was asked and did not say, and what that leaves.
fn time_of_signing(doc: &Doc<'_>, asked: &[AskedAuthority]) -> Result<Vec<Vec<Span>>, WordingError> {
    let Some(last) = asked.last() else {
        return Ok(vec![doc.spans("limitations/item-claimed", &[], theme::BODY)?]);
    };
    let mut items = Vec::new();
    for one in asked {
        if let Some(failure) = &one.failure {
            // The words of whoever was asked are no wording of ours: nothing in them may change how they look.
            let mut spans = doc.spans("limitations/item-authority", &[], theme::BODY)?;
            spans.push(Span::new(format!(" {}", one.authority), theme::MONO));
            spans.push(Span::new(format!(" {failure}."), theme::BODY));
            items.push(spans);
        }
    }
    if last.failure.is_some() {
        items.push(doc.spans("limitations/item-not-stamped", &[], theme::BODY)?);
    }
    Ok(items)
}
