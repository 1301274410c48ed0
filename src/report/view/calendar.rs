//! Appendix B: the backup calendar, system × day, drawn from the items of the test of daily backups.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::model::finding::{Finding, State};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Block, HeatMap, Square};
use crate::report::view::doc::{Doc, Start};
use crate::report::view::evidence::months;
use crate::report::view::say::count;
use crate::report::words::WordingError;

/// The test whose items are system-days, named `<system>/<day>`.
const DAILY_BACKUP: &str = "CT-05";

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
            ("open", &number(Square::Unknown)),
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
        (Square::Unknown, "open"),
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
    Ok(())
}

/// Each system's days: what the item of that day ended in, or not due where there is none.
fn squares(finding: &Finding, days: &[NaiveDate]) -> BTreeMap<String, Vec<Square>> {
    let mut rows: BTreeMap<String, Vec<Square>> = BTreeMap::new();
    for item in finding.items() {
        let Some((system, day)) = item.id().rsplit_once('/') else {
            continue;
        };
        let Some(place) = day
            .parse()
            .ok()
            .and_then(|day: NaiveDate| days.iter().position(|d| *d == day))
        else {
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
