//! Exceptions, worst first, each with the places for management's response.

use crate::model::finding::{Conclusion, Finding, Item, Severity};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Heading};
use crate::report::layout::mark::{Mark, Shape};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, fact, links, plain};
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
    let start = doc.blocks.len();
    doc.section("8", "exceptions", Start::Flow)?;
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
    for (number, card) in cards.iter().enumerate() {
        write_card(doc, input, card)?;
        if number == 0 {
            // The section's title does not stand without its first exception.
            let together = doc.blocks.split_off(start);
            doc.push(Block::Together(together));
        }
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
    let mut tried = vec![
        Span::new(test.as_str(), link).linked(format!("test-{test}")),
        Span::new(format!(" {title}"), theme::BODY),
    ];
    let statements = statements(input, card);
    if !statements.is_empty() {
        tried.push(Span::new("   ", theme::BODY));
        tried.extend(links(statements.iter().map(String::as_str), theme::BODY, |id| {
            format!("statement-{id}")
        }));
    }
    facts.push(fact(doc.say("exceptions/key-test", &[])?, tried));
    let evidence = doc.evidence(card.item.evidence(), CITED, theme::BODY)?;
    facts.push(fact(doc.say("exceptions/key-evidence", &[])?, evidence));
    card_blocks.push(Block::Facts(facts));
    card_blocks.push(Block::Form(vec![
        ("Management response".to_owned(), 3.2),
        ("Owner".to_owned(), 1.3),
        ("Due date".to_owned(), 1.0),
        ("Ticket".to_owned(), 1.0),
    ]));
    doc.push(Block::Together(card_blocks));
    Ok(())
}

/// The statements that the item speaks about.
fn statements(input: &ReportInput<'_>, card: &Card<'_>) -> Vec<String> {
    let test = input.catalogue.test(card.finding.test());
    let statements = test.into_iter().flat_map(|test| &test.statements);
    statements
        .filter_map(|id| input.catalogue.statement(id))
        .filter(|statement| statement.hears(card.item))
        .map(|statement| statement.id.to_string())
        .collect()
}
