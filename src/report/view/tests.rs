//! A lead sheet for each test: population, procedure, parameters, results, evidence.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Test;
use crate::model::finding::{Conclusion, Finding, Population, State};
use crate::model::source::Source;
use crate::report::canvas::Face;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Fact, Heading, Paragraph};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, fact, links, plain};
use crate::report::view::say::{all_counts, count, first_and_last, from_to, some};
use crate::report::words::WordingError;

/// How many ids a sheet lists before it says how many more there are.
const SHOWN: usize = 24;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("7", "tests", Start::Page)?;
    doc.lead("tests/lead", &[])?;
    for finding in &input.evaluation.findings {
        let text = input.catalogue.test(finding.test());
        let start = doc.blocks.len();
        let aside = doc.state(finding.state(), theme::STRONG)?;
        doc.push(Block::Heading(Heading {
            level: 2,
            number: finding.test().to_string(),
            title: input.test_title(finding.test()).to_owned(),
            anchor: format!("test-{}", finding.test()),
            aside: Some(aside),
            listed: true,
            fresh: false,
        }));
        match finding.population() {
            Err(reason) => doc.body("tests/NOT_TESTED", &[("reason", &reason)])?,
            Ok(population) => opening(doc, input, finding, population)?,
        }
        let together = doc.blocks.split_off(start);
        doc.push(Block::Together(together));
        if finding.population().is_ok() {
            details(doc, input, finding, text)?;
        }
    }
    Ok(())
}

/// What must be seen at a glance: the verdict, the counts and the population.
fn opening(
    doc: &mut Doc<'_>,
    input: &ReportInput<'_>,
    finding: &Finding,
    population: &Population,
) -> Result<(), WordingError> {
    verdict(doc, input, finding, population)?;
    let counts = all_counts(&finding.counts());
    doc.push(Block::Facts(vec![
        fact(doc.say("tests/key-results", &[])?, counts),
        plain(doc.say("tests/key-population", &[])?, basis(doc, population)?),
    ]));
    Ok(())
}

fn details(
    doc: &mut Doc<'_>,
    input: &ReportInput<'_>,
    finding: &Finding,
    text: Option<&Test>,
) -> Result<(), WordingError> {
    let mut facts = Vec::new();
    if let Some(text) = text {
        facts.extend(definition(doc, text)?);
        facts.extend(parameters(doc, input, text)?);
        let ids = text.statements.iter().map(|s| s.as_str());
        let statements = links(ids, theme::BODY, |id| format!("statement-{id}"));
        if !statements.is_empty() {
            facts.push(fact(doc.say("tests/key-statements", &[])?, statements));
        }
    }
    facts.push(evidence(doc, finding)?);
    facts.extend(listed(
        doc,
        "tests/key-exceptions",
        finding.exceptions().map(|(id, _)| id).collect(),
    )?);
    let (test, link) = (
        finding.test(),
        Style {
            ink: theme::BLUE,
            ..theme::BODY
        },
    );
    let indeterminate = finding.indeterminates().count();
    if indeterminate > 0 {
        let words = format!("{}, section 9", count(indeterminate, "item", "items"));
        let words = Span::new(words, link).linked(format!("indeterminate-{test}"));
        facts.push(fact(doc.say("tests/key-items", &[])?, vec![words]));
    }
    if !finding.observations().is_empty() {
        let words = count(finding.observations().len(), "observation", "observations");
        let words = Span::new(format!("{words}, section 10"), link).linked("section-observations");
        facts.push(fact(doc.say("tests/key-observations", &[])?, vec![words]));
    }
    doc.push(Block::Facts(facts));
    Ok(())
}

/// How the catalogue defines the test.
fn definition(doc: &Doc<'_>, text: &Test) -> Result<Vec<Fact>, WordingError> {
    let steps = text.procedure.iter().enumerate();
    let steps = steps
        .map(|(n, step)| vec![Span::new(format!("{}  {step}", n + 1), theme::BODY)])
        .collect();
    Ok(vec![
        plain(doc.say("tests/key-criterion", &[])?, text.criterion.clone()),
        plain(doc.say("tests/key-definition", &[])?, text.population.clone()),
        Fact {
            key: vec![Span::new(doc.say("tests/key-procedure", &[])?, theme::KEY)],
            value: steps,
        },
        plain(doc.say("tests/key-exception", &[])?, text.exception.clone()),
        plain(
            doc.say("tests/key-indeterminate", &[])?,
            text.indeterminate.clone(),
        ),
    ])
}

/// The sentence that the test ended in.
fn verdict(
    doc: &mut Doc<'_>,
    input: &ReportInput<'_>,
    finding: &Finding,
    population: &Population,
) -> Result<(), WordingError> {
    let counts = finding.counts();
    let (first, last) = first_and_last(input);
    let statement = finding.items().iter().find_map(|item| match item.conclusion() {
        Conclusion::NoOccurrence { statement } => Some(statement.as_str()),
        _ => None,
    });
    let (k, n) = (counts.get(finding.state()), counts.get(State::Supported));
    let mut spans = doc.spans(
        &format!("tests/{}", finding.state()),
        &[
            ("first", &first),
            ("last", &last),
            ("k", &k),
            ("n", &n),
            ("size", &population.size),
            ("items", &counts.total()),
            ("unit", &population.unit),
            ("statement", &statement.unwrap_or_default()),
        ],
        theme::BODY,
    )?;
    let indeterminate = counts.get(State::Indeterminate);
    if finding.state() == State::Exception && indeterminate > 0 {
        let indeterminate = count(to_usize(indeterminate), "item", "items");
        spans.push(Span::new(" ", theme::BODY));
        spans.extend(doc.spans(
            "tests/EXCEPTION-and",
            &[("indeterminate", &indeterminate)],
            theme::BODY,
        )?);
    }
    doc.push(Block::Paragraph(Paragraph {
        spans,
        leading: theme::BODY_LEADING,
        wide: false,
    }));
    Ok(())
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).expect("invariant: items are counted in memory")
}

fn basis(doc: &Doc<'_>, population: &Population) -> Result<String, WordingError> {
    match &population.basis {
        Ok(proof) => {
            let mut places: BTreeMap<Source, BTreeSet<String>> = BTreeMap::new();
            let mut spans = BTreeSet::new();
            for (key, interval) in proof.spans() {
                places.entry(key.source).or_default().insert(key.to_string());
                spans.insert(from_to(interval));
            }
            let parts: Vec<String> = places
                .iter()
                .map(|(source, places)| {
                    format!("{} in {}", source.title(), count(places.len(), "place", "places"))
                })
                .collect();
            // One span can be said; many stand in the section on coverage.
            let span = match spans.first() {
                Some(only) if spans.len() == 1 => only.clone(),
                _ => doc.say("tests/many-spans", &[])?,
            };
            let places = format!("{}: {span}", some(&parts, 6));
            let facts: [(&str, &dyn std::fmt::Display); 3] = [
                ("size", &population.size),
                ("unit", &population.unit),
                ("spans", &places),
            ];
            doc.say("tests/proven", &facts)
        }
        Err(gaps) => {
            let parts: Vec<String> = gaps.iter().map(|gap| gap.key.to_string()).collect();
            let parts: BTreeSet<String> = parts.into_iter().collect();
            let parts: Vec<String> = parts.into_iter().collect();
            let gaps = some(&parts, 6);
            doc.say(
                "tests/unproven",
                &[
                    ("size", &population.size),
                    ("unit", &population.unit),
                    ("gaps", &gaps),
                ],
            )
        }
    }
}

fn parameters(doc: &Doc<'_>, input: &ReportInput<'_>, text: &Test) -> Result<Option<Fact>, WordingError> {
    let mono = theme::style(Face::Mono, theme::BODY.size * 0.89, theme::BLUE);
    let mut spans = Vec::new();
    for id in &text.parameters {
        let Ok(parameter) = input.parameters.get(id.as_str()) else {
            continue;
        };
        if !spans.is_empty() {
            spans.push(Span::new("   ", theme::BODY));
        }
        spans.push(Span::new(id.as_str(), mono).linked(format!("parameter-{id}")));
        let value = match &parameter.value {
            Some(value) => value.to_string(),
            None => doc.say("criteria/unset", &[])?,
        };
        spans.push(Span::new(format!(" {value}"), theme::BODY));
    }
    let key = doc.say("tests/key-parameters", &[])?;
    Ok((!spans.is_empty()).then(|| fact(key, spans)))
}

/// How many responses the items cite, and of which sources they are.
fn evidence(doc: &Doc<'_>, finding: &Finding) -> Result<Fact, WordingError> {
    let (mut pages, mut places) = (BTreeSet::new(), BTreeSet::new());
    for item in finding.items() {
        pages.extend(item.evidence().records().iter().map(|citation| citation.evidence));
        places.extend(item.evidence().searched().iter().map(|key| key.source));
    }
    let key = doc.say("tests/key-evidence", &[])?;
    let mut spans = Vec::new();
    if !pages.is_empty() {
        spans.push(Span::new(
            count(pages.len(), "response cited", "responses cited"),
            theme::BODY,
        ));
    }
    if !places.is_empty() {
        let lead = if spans.is_empty() {
            "searched: "
        } else {
            "; searched: "
        };
        spans.push(Span::new(lead, theme::BODY));
        let ids = places.iter().map(|s| s.as_str());
        spans.extend(links(ids, theme::style(Face::Mono, 8.2, theme::BLUE), |id| {
            format!("source-{id}")
        }));
    }
    Ok(fact(key, spans))
}

/// Links to the exceptions of a test.
fn listed(doc: &Doc<'_>, key: &str, ids: Vec<String>) -> Result<Option<Fact>, WordingError> {
    if ids.is_empty() {
        return Ok(None);
    }
    let mut spans = links(ids.iter().take(SHOWN).map(String::as_str), theme::BODY, |id| {
        format!("item-{id}")
    });
    let more = ids.len().saturating_sub(SHOWN);
    if more > 0 {
        spans.push(Span::new(format!(" and {more} more in section 8"), theme::BODY));
    }
    Ok(Some(fact(doc.say(key, &[])?, spans)))
}
