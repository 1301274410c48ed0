//! How the report writes dates, numbers and states.

use chrono::{Datelike, NaiveDate};

use crate::model::finding::{Counts, State};
use crate::model::time::{Instant, Interval, show};
use crate::report::canvas::{Face, Ink};
use crate::report::input::ReportInput;
use crate::report::layout::mark::{Mark, Shape};
use crate::report::layout::text::Span;
use crate::report::layout::theme;

/// `1 item`, `2 items`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

/// `1 July 2026`.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// An instant with a blank to break at: `2026-07-01 00:00:00Z`, a fraction only where there is one.
pub(super) fn utc(at: Instant) -> String {
    show(at).replace('T', " ")
}

/// A half-open interval in words; a register is proven at a moment, not over a span.
pub(super) fn from_to(interval: &Interval) -> String {
    if interval.end() - interval.start() <= chrono::TimeDelta::milliseconds(1) {
        return format!("as of {}", utc(interval.end()));
    }
    format!("{} to {}", utc(interval.start()), utc(interval.end()))
}

/// The first and the last day of the period.
pub(super) fn first_and_last(input: &ReportInput<'_>) -> (String, String) {
    let period = &input.scope.period;
    (day(period.first_day()), day(last_day(input)))
}

/// The last day of the period.
pub(super) fn last_day(input: &ReportInput<'_>) -> NaiveDate {
    input
        .scope
        .period
        .day_after()
        .pred_opt()
        .unwrap_or(NaiveDate::MIN)
}

/// `1 July to 30 September 2026`.
pub(crate) fn period(input: &ReportInput<'_>) -> String {
    let (first, last) = (input.scope.period.first_day(), last_day(input));
    let head = if first.year() == last.year() {
        first.format("%-d %B").to_string()
    } else {
        day(first)
    };
    format!("{head} to {}", day(last))
}

/// The mark of a state: silhouettes differ, so do inks.
pub(super) fn mark(state: State) -> Mark {
    const PALE_GREY: Ink = Ink(0x6b, 0x74, 0x7e);
    let (shape, ink) = match state {
        State::Exception => (Shape::Triangle, theme::VERMILION),
        State::Indeterminate => (Shape::HollowDiamond, theme::AMBER),
        State::NotTested => (Shape::HollowDisc, PALE_GREY),
        State::Supported => (Shape::Disc, theme::BLUE),
        State::NoOccurrence => (Shape::Dash, theme::BLUE),
        State::NotApplicable => (Shape::Slash, PALE_GREY),
    };
    Mark { shape, ink }
}

/// All six counts, none left out, each with its mark; the zeros stand back.
pub(super) fn all_counts(counts: &Counts) -> Vec<Span> {
    let mut spans = Vec::new();
    for state in State::ALL {
        let (number, mark) = (counts.get(state), mark(state));
        let word = state.as_str().to_lowercase().replace('_', "\u{a0}");
        let small = |face, ink| theme::style(face, 7.3, ink);
        let (style, mark) = match number {
            0 => (
                small(Face::Regular, theme::GREY),
                Mark {
                    ink: theme::HAIRLINE,
                    ..mark
                },
            ),
            _ => (small(Face::SemiBold, theme::BLACK), mark),
        };
        spans.push(Span::new(format!("{number}\u{a0}{word}"), style).marked(mark));
        spans.push(Span::new("  ", style));
    }
    spans.pop();
    spans
}

/// `text` of at most `max` characters, cut between words with an ellipsis.
pub(super) fn shorten(text: &str, max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max) else {
        return text.to_owned();
    };
    let cut = text[..end].rfind(' ').unwrap_or(end);
    format!("{} …", &text[..cut])
}

/// At most `shown` of `names`, and how many more there are.
pub(super) fn some(names: &[String], shown: usize) -> String {
    let head = names.iter().take(shown).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(shown) {
        0 => head,
        more => format!("{head} and {more} more"),
    }
}
