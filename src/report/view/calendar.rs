//! Appendix B: the backup calendar, system × day, drawn from the items of the test of daily backups.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::model::finding::{Finding, Item, State};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, HeatMap, Square};
use crate::report::view::doc::{Doc, Start};
use crate::report::view::evidence::months;
use crate::report::view::say::{count, some};
use crate::report::words::WordingError;

/// The test whose items are system-days, named `<system>/<day>`.
const DAILY_BACKUP: &str = "CT-05";
/// How many items that can't be drawn are named.
const UNDRAWN_SHOWN: usize = 12;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("B", "calendar", Start::Flow)?;
    let days: Vec<NaiveDate> = input.scope.period.days().map(|(day, _)| day).collect();
    let finding = input
        .evaluation
        .findings
        .iter()
        .find(|f| f.test().as_str() == DAILY_BACKUP);
    let rows = finding.map(|finding| squares(finding, &days)).unwrap_or_default();
    if rows.is_empty() {
        return doc.lead("calendar/none", &[]);
    }
    doc.lead("calendar/lead", &[("test", &DAILY_BACKUP)])?;
    let number = |square: Square| rows.values().flatten().filter(|s| **s == square).count();
    let alt = doc.say(
        "calendar/alt",
        &[
            ("rows", &count(rows.len(), "system", "systems")),
            ("days", &count(days.len(), "day", "days")),
            ("met", &number(Square::Met)),
            ("missing", &number(Square::NotMet)),
            ("indeterminate", &number(Square::Unknown)),
        ],
    )?;
    let divisions = months(input)
        .into_iter()
        .filter_map(|(day, label)| Some((days.iter().position(|d| *d == day)?, label)))
        .collect();
    let mut legend = Vec::new();
    for (square, passage) in [
        (Square::Met, "met"),
        (Square::NotMet, "missing"),
        (Square::Unknown, "indeterminate"),
        (Square::NotDue, "off"),
    ] {
        legend.push((square, doc.say(&format!("calendar/{passage}"), &[])?));
    }
    let rows = rows.into_iter().collect();
    doc.push(Block::HeatMap(HeatMap {
        alt,
        divisions,
        columns: days.len(),
        rows,
        legend,
    }));
    finding.map_or(Ok(()), |finding| undrawn(doc, finding))
}

/// Items that stand for no single day and are not settled: they can't be drawn.
fn undrawn(doc: &mut Doc<'_>, finding: &Finding) -> Result<(), WordingError> {
    let names: Vec<String> = finding
        .items()
        .iter()
        .filter(|item| day_of(item).is_none() && item.state() != State::Supported)
        .map(|item| item.id().to_owned())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    doc.wide("calendar/undrawn", &[("items", &some(&names, UNDRAWN_SHOWN))])
}

/// The system (and resource) and the day that an item is about, if it is about one.
fn day_of(item: &Item) -> Option<(&str, NaiveDate)> {
    let (system, day) = item.id().rsplit_once('/')?;
    Some((system, day.parse().ok()?))
}

/// Each system's days: what the item of that day ended in, or not due where there is none.
fn squares(finding: &Finding, days: &[NaiveDate]) -> BTreeMap<String, Vec<Square>> {
    let mut rows: BTreeMap<String, Vec<Square>> = BTreeMap::new();
    for item in finding.items() {
        let Some((system, day)) = day_of(item) else {
            continue;
        };
        let Some(place) = days.iter().position(|d| *d == day) else {
            continue;
        };
        let row = rows
            .entry(system.to_owned())
            .or_insert_with(|| vec![Square::NotDue; days.len()]);
        row[place] = match item.state() {
            State::Supported => Square::Met,
            State::Exception => Square::NotMet,
            State::Indeterminate | State::NotTested => Square::Unknown,
            State::NoOccurrence | State::NotApplicable => Square::NotDue,
        };
    }
    rows
}
