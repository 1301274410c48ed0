//! `status`: what the evidence covers of a period, per source and place, as a line of days; and how long what is missing
//! can still be had.

mod deadline;

use anyhow::Result;
use chrono::TimeDelta;

use self::deadline::Deadline;
use super::job::{Covered, Job};
use super::terminal::{Terminal, Tone};
use super::{Exit, PeriodArguments};
use crate::ledger::store::EvidenceStore as _;
use crate::model::coverage::{Coverage, Gap};
use crate::model::source::SourceKey;
use crate::model::time::{Instant, Interval, Period, show};

/// A place with what is missing there.
struct Place<'a> {
    key: &'a SourceKey,
    gaps: Vec<(Gap, Deadline)>,
}

pub(super) fn status(arguments: &PeriodArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let now = job.clock.now;
    let covered = job.covered_so_far(arguments)?;
    let (coverage, period) = (&covered.records.coverage, &covered.scope.period);
    // Nothing can be known yet of what is still to come.
    let past = Interval::new(period.start(), period.end().min(now)).unwrap_or(period.interval());
    let places: Vec<_> = coverage
        .keys()
        .into_iter()
        .map(|key| Place::of(key, coverage, past, now))
        .collect();
    if arguments.job.json {
        let json = serde_json::json!({
            "ledger_head": covered.evidence.ledger().head().to_hex(),
            "pulls": covered.evidence.acquisitions().len(),
            "over": period.end() <= now,
            "places": places.iter().map(Place::json).collect::<Vec<_>>(),
        });
        terminal.line(json.to_string());
    } else {
        print(&covered, &places, now, terminal);
    }
    let gaps = || places.iter().flat_map(|place| &place.gaps);
    let certain = gaps().any(|(_, deadline)| *deadline == Deadline::Gone);
    let over = period.end() <= now;
    Ok(if certain || over && gaps().next().is_some() {
        Exit::Indeterminate
    } else {
        Exit::Done
    })
}

impl<'a> Place<'a> {
    fn of(key: &'a SourceKey, coverage: &Coverage, past: Interval, now: Instant) -> Self {
        let gaps = coverage.prove(key, past).err().unwrap_or_default().into_iter();
        let gaps = gaps.map(|gap| {
            let deadline = Deadline::of(&gap, coverage, now);
            (gap, deadline)
        });
        Self {
            key,
            gaps: gaps.collect(),
        }
    }

    fn json(&self) -> serde_json::Value {
        let gaps: Vec<_> = self
            .gaps
            .iter()
            .map(|(gap, deadline)| {
                let fill_before = match deadline {
                    Deadline::Until(at) => Some(show(*at)),
                    Deadline::Gone | Deadline::AnyTime => None,
                };
                serde_json::json!({
                    "start": show(gap.interval.start()), "end": show(gap.interval.end()), "reason": gap.reason,
                    "gone": *deadline == Deadline::Gone, "fill_before": fill_before,
                })
            })
            .collect();
        let key = self.key;
        serde_json::json!({
            "source": key.source.as_str(), "account": key.account.as_str(), "region": key.region.as_str(), "gaps": gaps,
        })
    }
}

fn print(covered: &Covered, places: &[Place<'_>], now: Instant, terminal: &mut Terminal) {
    let (coverage, period) = (&covered.records.coverage, &covered.scope.period);
    terminal.line(format!(
        "{} {}: {} pulls in {} speak about it",
        covered.scope.entity.name,
        period.name(),
        covered.evidence.acquisitions().len(),
        covered.evidence.ledger().dir().display(),
    ));
    terminal.line("each mark is a day: # covered  - in part  . not at all  _ to come\n");
    let mut last = None;
    for place in places {
        let key = place.key;
        if last != Some(key.source) {
            terminal.line(terminal.tone(Tone::Strong, key.source.as_str()));
            last = Some(key.source);
        }
        let tone = match place.gaps.is_empty() {
            true => Tone::Good,
            false => Tone::Unclear,
        };
        terminal.line(format!(
            "  {:<26} {:<10} {}",
            key.account.as_str(),
            key.region.as_str(),
            terminal.tone(tone, &days(key, coverage, period, now))
        ));
        for (gap, deadline) in &place.gaps {
            terminal.line(format!(
                "      gap {} to {}: {}; {}",
                show(gap.interval.start()),
                show(gap.interval.end()),
                gap.reason,
                said(*deadline, now, terminal)
            ));
        }
    }
    terminal.line(format!("\n{}", bottom_line(places, now, terminal)));
}

/// A mark a day.
fn days(key: &SourceKey, coverage: &Coverage, period: &Period, now: Instant) -> String {
    let mark = |day: Interval| match Interval::new(day.start(), day.end().min(now)) {
        None => '_',
        Some(past) => match coverage.spans(key).within(&past) {
            spans if spans.covers(&past) => '#',
            spans if spans.is_empty() => '.',
            _ => '-',
        },
    };
    period.days().map(|(_, day)| mark(day)).collect()
}

fn said(deadline: Deadline, now: Instant, terminal: &Terminal) -> String {
    match deadline {
        Deadline::Gone => terminal.tone(Tone::Bad, "no run can fill it any more"),
        Deadline::Until(at) => format!("{} to fill it, until {}", days_left(at - now), show(at)),
        Deadline::AnyTime => "any run fills it".to_owned(),
    }
}

/// Whole days, rounded down: nobody shall count on hours.
fn days_left(left: TimeDelta) -> String {
    match left.num_days() {
        0 => "less than a day is left".to_owned(),
        1 => "1 day is left".to_owned(),
        days => format!("{days} days are left"),
    }
}

/// What has to be done, and by when.
fn bottom_line(places: &[Place<'_>], now: Instant, terminal: &Terminal) -> String {
    let gaps = || places.iter().flat_map(|place| &place.gaps);
    let gone = gaps().filter(|(_, deadline)| *deadline == Deadline::Gone).count();
    let first = gaps().filter_map(|(gap, deadline)| match deadline {
        Deadline::Until(at) => Some((*at, gap)),
        _ => None,
    });
    let first = first.min_by_key(|(at, gap)| (*at, &gap.key));
    let lost = match gone {
        0 => String::new(),
        1 => format!("{}; ", terminal.tone(Tone::Bad, "1 gap is for good")),
        n => format!(
            "{}; ",
            terminal.tone(Tone::Bad, &format!("{n} gaps are for good"))
        ),
    };
    match first {
        Some((at, gap)) => format!(
            "{lost}{}: collect before {}, when the first evidence is lost ({})",
            terminal.tone(Tone::Unclear, &days_left(at - now)),
            show(at),
            gap.key
        ),
        None if gaps().next().is_none() => terminal.tone(Tone::Good, "nothing is missing so far"),
        None if gone == gaps().count() => format!("{lost}nothing else is missing"),
        None => format!("{lost}what else is missing, any run fills"),
    }
}
