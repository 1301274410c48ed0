//! Exceptions, worst first, each with the places for management's response.

use crate::model::finding::{Conclusion, Finding, Item, Severity};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Column, Heading, Row, Table};
use crate::report::layout::mark::{Mark, Shape};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, fact, links, plain};
use crate::report::view::say::count;
use crate::report::words::WordingError;

/// How many records an exception lists before it refers to the data files.
const CITED: usize = 4;

/// An exception with everything that its card says.
struct Card<'a> {
    id: String,
    severity: Severity,
    condition: &'a str,
    criterion: &'a str,
    finding: &'a Finding,
    item: &'a Item,
}

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("8", "exceptions", Start::Page)?;
    let mut cards = Vec::new();
    for finding in &input.evaluation.findings {
        for (id, item) in finding.exceptions() {
            if let Conclusion::Exception {
                condition,
                criterion,
                severity,
            } = item.conclusion()
            {
                cards.push(Card {
                    id,
                    severity: *severity,
                    condition,
                    criterion,
                    finding,
                    item,
                });
            }
        }
    }
    if cards.is_empty() {
        return doc.lead("exceptions/none", &[]);
    }
    // The order of tests and items is kept within a severity.
    cards.sort_by_key(|card| card.severity);
    doc.lead(
        "exceptions/lead",
        &[("count", &count(cards.len(), "exception", "exceptions"))],
    )?;
    for card in &cards {
        write_card(doc, input, card)?;
    }
    Ok(())
}

fn write_card(doc: &mut Doc<'_>, input: &ReportInput<'_>, card: &Card<'_>) -> Result<(), WordingError> {
    let mark = Mark {
        shape: Shape::Triangle,
        ink: theme::VERMILION,
    };
    let style = Style {
        ink: theme::VERMILION,
        ..theme::STRONG
    };
    let mut card_blocks = vec![Block::Heading(Heading {
        level: 2,
        number: card.id.clone(),
        title: card.item.id().to_owned(),
        anchor: format!("item-{}", card.id),
        aside: Some(Span::new(card.severity.as_str(), style).marked(mark)),
        listed: true,
        fresh: false,
    })];
    let test = card.finding.test();
    let title = input.test_title(test);
    let link = Style {
        ink: theme::BLUE,
        ..theme::BODY
    };
    let mut facts = vec![
        plain(doc.say("exceptions/key-condition", &[])?, card.condition),
        plain(doc.say("exceptions/key-criterion", &[])?, card.criterion),
    ];
    let test_spans = vec![
        Span::new(test.as_str(), link).linked(format!("test-{test}")),
        Span::new(format!("  {title}"), theme::BODY),
    ];
    facts.push(fact(doc.say("exceptions/key-test", &[])?, test_spans));
    let statements = statements(input, card);
    let statements = links(statements.iter().map(String::as_str), theme::BODY, |id| {
        format!("statement-{id}")
    });
    if !statements.is_empty() {
        facts.push(fact(doc.say("exceptions/key-statements", &[])?, statements));
    }
    let evidence = doc.evidence(card.item.evidence(), CITED, theme::BODY)?;
    facts.push(fact(doc.say("exceptions/key-evidence", &[])?, evidence));
    card_blocks.push(Block::Facts(facts));
    let summary = doc.say("exceptions/response-summary", &[("id", &card.id)])?;
    card_blocks.push(Block::Table(response(summary)));
    doc.push(Block::Together(card_blocks));
    Ok(())
}

/// The statements that the item speaks about.
fn statements(input: &ReportInput<'_>, card: &Card<'_>) -> Vec<String> {
    let text = input.catalogue.test(card.finding.test());
    text.map(|t| {
        t.statements
            .iter()
            .filter(|s| card.item.speaks_about(s))
            .map(ToString::to_string)
            .collect()
    })
    .unwrap_or_default()
}

fn response(summary: String) -> Table {
    let columns = vec![
        Column::new("Management response", 3.2),
        Column::new("Owner", 1.3),
        Column::new("Due date", 1.0),
        Column::new("Ticket", 1.0),
    ];
    let row = Row {
        cells: (0..4).map(|_| cell("")).collect(),
        height_min: 24.0,
        ..Row::default()
    };
    Table {
        summary,
        columns,
        rows: vec![row],
        dense: false,
    }
}
