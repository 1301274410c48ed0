//! Evidence: what was pulled, what it covers, and where the gaps are.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::model::source::{Reach, Source, SourceKey};
use crate::model::time::{Instant, Spans, day_start};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, Cell, Column, Row, Timeline, TimelineRow};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell, mono, strong};
use crate::report::view::reconciliations;
use crate::report::view::say::{count, shorten, utc};
use crate::report::words::WordingError;

/// How many characters of a gap's reason are shown; the receipts in the bundle have all.
const REASON_MAX: usize = 260;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("5", "evidence", Start::Page)?;
    let failed = input
        .acquisitions
        .iter()
        .filter(|a| a.failure().is_some())
        .count();
    let pages: usize = input.acquisitions.iter().map(|a| a.pages.len()).sum();
    doc.lead(
        "evidence/lead",
        &[
            ("pulls", &count(input.acquisitions.len(), "pull", "pulls")),
            ("pages", &count(pages, "page", "pages")),
            ("failed", &count(failed, "pull", "pulls")),
        ],
    )?;
    timeline(doc, input)?;
    gaps(doc, input)?;
    conflicts(doc, input)?;
    reconciliations::write(doc, input)?;
    sources(doc, input)
}

fn timeline(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let interval = input.scope.period.interval();
    let coverage = &input.records.coverage;
    let keys = coverage.keys();
    doc.heading("evidence/timeline-title")?;
    doc.wide("evidence/timeline", &[])?;
    let place = |at: Instant| (at - interval.start()).num_seconds();
    let along = |spans: &Spans| {
        spans
            .iter()
            .map(|s| (place(s.start()), place(s.end())))
            .collect::<Vec<_>>()
    };
    let mut by_source: BTreeMap<Source, Vec<&SourceKey>> = BTreeMap::new();
    for key in &keys {
        by_source.entry(key.source).or_default().push(key);
    }
    let mut rows = Vec::new();
    let mut open = 0;
    for (source, keys) in by_source {
        let (with_gaps, covered): (Vec<&SourceKey>, Vec<&SourceKey>) = keys
            .into_iter()
            .partition(|key| !coverage.spans(key).missing_in(&interval).is_empty());
        open += with_gaps.len();
        let name = |key: &SourceKey| format!("{} {}", key.account, key.region);
        let mut bars: Vec<(String, &SourceKey)> = with_gaps.into_iter().map(|key| (name(key), key)).collect();
        // Places that are all covered throughout share one bar.
        match covered.as_slice() {
            [] => {}
            [only] => bars.push((name(only), only)),
            [first, ..] => bars.push((count(covered.len(), "place", "places"), first)),
        }
        for (number, (place, key)) in bars.into_iter().enumerate() {
            let spans = coverage.spans(key);
            let label = if number == 0 {
                source.title().to_owned()
            } else {
                String::new()
            };
            rows.push(TimelineRow {
                label,
                place,
                covered: along(&spans.within(&interval)),
                gaps: along(&spans.missing_in(&interval)),
            });
        }
    }
    let alt = doc.say(
        "evidence/timeline-alt",
        &[
            (
                "places",
                &count(keys.len(), "source in its place", "sources in their places"),
            ),
            ("start", &utc(interval.start())),
            ("end", &utc(interval.end())),
            ("covered", &(keys.len() - open)),
            ("gaps", &open),
        ],
    )?;
    let zone = input.scope.period.zone();
    let divisions = months(input)
        .into_iter()
        .map(|(day, label)| (place(day_start(day, zone)), label))
        .collect();
    let legend = vec![
        (true, doc.say("evidence/covered", &[])?),
        (false, doc.say("evidence/gap", &[])?),
    ];
    doc.push(Block::Timeline(Timeline {
        alt,
        length: place(interval.end()),
        divisions,
        rows,
        legend,
    }));
    Ok(())
}

/// The first day of the period and of each later month in it, with the month's name.
pub(super) fn months(input: &ReportInput<'_>) -> Vec<(NaiveDate, String)> {
    let first = input.scope.period.first_day();
    let days = input.scope.period.days().map(|(day, _)| day);
    days.filter(|day| *day == first || day.day() == 1)
        .map(|day| (day, day.format("%B").to_string()))
        .collect()
}

fn gaps(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let interval = input.scope.period.interval();
    doc.heading("evidence/gaps-title")?;
    let mut rows = Vec::new();
    for key in input.records.coverage.keys() {
        for gap in input
            .records
            .coverage
            .prove(key, interval)
            .err()
            .unwrap_or_default()
        {
            rows.push(Row::of(vec![
                strong(gap.key.source.title()),
                place(&gap.key),
                cell(utc(gap.interval.start())),
                cell(utc(gap.interval.end())),
                cell(shorten(&gap.reason, REASON_MAX)),
            ]));
        }
    }
    let columns = vec![
        Column::new("Source", 1.3),
        Column::new("Place", 1.5),
        Column::new("From", 1.55),
        Column::new("To", 1.55),
        Column::new("Reason", 2.4),
    ];
    doc.table("evidence/gaps-summary", columns, rows, "evidence/gaps-none")
}

fn place(key: &SourceKey) -> Cell {
    Cell::paragraphs(vec![
        vec![Span::new(key.account.as_str(), theme::CELL_MONO)],
        vec![Span::new(key.region.as_str(), theme::CELL_MONO)],
    ])
}

#[derive(Default)]
struct Tally {
    places: std::collections::BTreeSet<SourceKey>,
    complete: usize,
    failed: usize,
    pages: usize,
}

fn sources(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let mut tallies: BTreeMap<Source, Tally> = BTreeMap::new();
    for key in input.records.coverage.keys() {
        tallies.entry(key.source).or_default().places.insert(key.clone());
    }
    for acquisition in input.acquisitions {
        let tally = tallies.entry(acquisition.key.source).or_default();
        tally.places.insert(acquisition.key.clone());
        tally.pages += acquisition.pages.len();
        match acquisition.failure() {
            None => tally.complete += 1,
            Some(_) => tally.failed += 1,
        }
    }
    doc.heading("evidence/sources-title")?;
    let mut rows = Vec::new();
    for source in Source::ALL {
        // A source that is expected nowhere and was never pulled may still be searched for in vain: its row is a target.
        let tally = tallies.remove(source).unwrap_or_default();
        let reach = doc.say(reach(*source), &[])?;
        let name = vec![Span::new(source.title(), theme::CELL_STRONG)];
        let id = vec![Span::new(source.as_str(), theme::CELL_MONO)];
        let number = |number: usize| cell(number.to_string());
        rows.push(
            Row::of(vec![
                Cell::paragraphs(vec![name, id]).heading(),
                number(tally.places.len()),
                number(tally.complete),
                number(tally.failed),
                number(tally.pages),
                cell(reach),
            ])
            .anchored(format!("source-{source}")),
        );
    }
    let columns = vec![
        Column::new("Source", 2.6),
        Column::number("Places", 0.7),
        Column::number("Complete", 0.8),
        Column::number("Failed", 0.7),
        Column::number("Pages", 0.7),
        Column::new("A pull", 3.0),
    ];
    doc.table("evidence/sources-summary", columns, rows, "evidence/gaps-none")
}

fn reach(source: Source) -> &'static str {
    match source.reach() {
        Reach::Window => "evidence/reach-window",
        Reach::Listing => "evidence/reach-listing",
        Reach::Register => "evidence/reach-register",
    }
}

fn conflicts(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let records = input.records;
    if records.conflicts.is_empty() && records.misfits.is_empty() {
        return Ok(());
    }
    doc.heading("evidence/conflicts-title")?;
    doc.wide("evidence/conflicts", &[])?;
    let mut rows = Vec::new();
    for conflict in &records.conflicts {
        let evidence = crate::model::finding::Evidence::all(&conflict.citations);
        let cited = match evidence {
            Some(evidence) => doc.evidence(&evidence, 3, theme::CELL)?,
            None => Vec::new(),
        };
        let (title, id) = (strong(conflict.source.title()), mono(&*conflict.id));
        rows.push(Row::of(vec![
            title,
            id,
            cell(&*conflict.difference),
            Cell::of(cited),
        ]));
    }
    for misfit in &records.misfits {
        let evidence = crate::model::finding::Evidence::of(&misfit.citation);
        let cited = doc.evidence(&evidence, 1, theme::CELL)?;
        let id = misfit.id.clone().unwrap_or_else(|| "–".to_owned());
        let title = strong(misfit.key.source.title());
        rows.push(Row::of(vec![
            title,
            mono(id),
            cell(&*misfit.reason),
            Cell::of(cited),
        ]));
    }
    let columns = vec![
        Column::new("Source", 1.4),
        Column::new("Record", 1.8),
        Column::new("What is wrong", 2.4),
        Column::new("Evidence", 2.0),
    ];
    doc.table("evidence/conflicts-summary", columns, rows, "evidence/gaps-none")
}
