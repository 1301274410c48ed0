//! Exceptions, worst first, each with the places for management's response.

use crate::model::finding::{Conclusion, Finding, Item, Severity};
use crate::model::response::Response;
use crate::model::time::day_of;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Fact, Heading};
use crate::report::layout::mark::{Mark, Shape};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, fact, links, plain};
use crate::report::view::say::{count, day};
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
        doc.lead("exceptions/none", &[])?;
        return unmatched(doc, input);
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
    unmatched(doc, input)
}

/// Responses to what is no exception of this report: they are not lost, and they settle nothing.
fn unmatched(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let responses = input.responses.unmatched(input.evaluation);
    let items: Vec<_> = responses
        .map(|(test, item)| vec![Span::new(format!("{test} {item}"), theme::BODY)])
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    doc.heading("exceptions/unmatched-title")?;
    doc.body("exceptions/unmatched", &[])?;
    doc.push(Block::List(items));
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
    match input.responses.to(test, card.item) {
        Some(response) => {
            facts.extend(answer(doc, input, response)?);
            card_blocks.push(Block::Facts(facts));
        }
        None => {
            card_blocks.push(Block::Facts(facts));
            card_blocks.push(Block::Form(vec![
                ("Management response".to_owned(), 3.2),
                ("Owner".to_owned(), 1.3),
                ("Due date".to_owned(), 1.0),
                ("Ticket".to_owned(), 1.0),
            ]));
        }
    }
    doc.push(Block::Together(card_blocks));
    Ok(())
}

/// What management says about it. A remedy that is overdue says so.
fn answer(doc: &Doc<'_>, input: &ReportInput<'_>, response: &Response) -> Result<Vec<Fact>, WordingError> {
    let said = doc.say(
        "exceptions/said",
        &[("by", &response.by), ("on", &day(response.on))],
    )?;
    let text = vec![
        Span::new(response.text.clone(), theme::BODY),
        Span::new(
            format!("   {said}"),
            theme::style(theme::BODY.face, theme::BODY.size, theme::GREY),
        ),
    ];
    let ticket = response.ticket.as_deref().unwrap_or("none");
    let due = day(response.due);
    let remedy = doc.say(
        "exceptions/remedy",
        &[("owner", &response.owner), ("due", &due), ("ticket", &ticket)],
    )?;
    let mut remedy = vec![Span::new(remedy, theme::BODY)];
    let today = day_of(input.run.evidence_until, input.scope.period.zone());
    if response.due < today {
        let style = Style {
            ink: theme::VERMILION,
            ..theme::STRONG
        };
        let overdue = doc.say("exceptions/overdue", &[("day", &day(today))])?;
        remedy.push(Span::new(format!("   {overdue}"), style));
    }
    Ok(vec![
        fact(doc.say("exceptions/key-response", &[])?, text),
        fact(doc.say("exceptions/key-remedy", &[])?, remedy),
    ])
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
