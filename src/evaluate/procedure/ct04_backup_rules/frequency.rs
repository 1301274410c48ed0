//! The longest time that the rules which apply together let pass between two runs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{Offset, TimeDelta};
use chrono_tz::Tz;

use crate::evaluate::criteria::Criteria;
use crate::evaluate::rules_in_force::{NoRuns, RuleInForce};
use crate::evaluate::schedule::{ScheduleError, Timetable};
use crate::model::time::{Instant, Interval, show, show_delta};

/// What a set of rules comes to.
pub(super) enum Design {
    /// Daily.
    Daily,
    /// Not daily: the longest time between two runs, in words.
    TooSlow(String),
    /// Nobody can tell, and why.
    Unknown(String),
}

/// Judges the rules that apply together, expanded over the whole of `period`.
pub(super) fn judge(criteria: &Criteria, rules: &[&RuleInForce<'_>], period: Interval) -> Design {
    let mut unknown = Vec::new();
    let mut timetables = Vec::new();
    for rule in rules {
        match (&rule.timetable, &rule.doubt) {
            (Err(NoRuns::Continuous), _) => {}
            (Err(why), _) => unknown.push(format!("{}: {why}", rule.by)),
            (Ok(_), Some(doubt)) => unknown.push(format!("{}: {doubt}", rule.by)),
            (Ok(timetable), None) => timetables.push(timetable),
        }
    }
    let longest = match longest(criteria, &timetables, period) {
        Ok(None) => return Design::Daily,
        Ok(Some(longest)) => longest,
        Err(error) => {
            unknown.push(error.to_string());
            String::new()
        }
    };
    // What is not known may be what makes it daily.
    match unknown.is_empty() {
        true => Design::TooSlow(longest),
        false => Design::Unknown(unknown.join("; ")),
    }
}

/// The longest time without a run, in words, where it is too long.
fn longest(
    criteria: &Criteria,
    timetables: &[&Timetable],
    period: Interval,
) -> Result<Option<String>, ScheduleError> {
    let rates: Vec<TimeDelta> = timetables
        .iter()
        .filter_map(|timetable| timetable.rate())
        .collect();
    let fastest = rates.iter().min();
    if fastest.is_some_and(|every| *every <= criteria.backup_interval) {
        return Ok(None);
    }
    let edge = criteria.backup_interval + criteria.backup_interval_tolerance;
    let around = Interval::new(period.start() - edge, period.end() + edge);
    let around = around.expect("invariant: longer than the period");
    let mut marks = BTreeMap::from([(around.start(), None), (around.end(), None)]);
    for timetable in timetables.iter().filter(|timetable| timetable.rate().is_none()) {
        let zone = Some(timetable.zone());
        marks.extend(timetable.runs(around)?.into_iter().map(|at| (at, zone)));
    }
    let pairs = marks.iter().zip(marks.iter().skip(1));
    let too_long = pairs.filter(|((from, _), (until, zone))| {
        let inside = **from < period.end() && period.start() < **until;
        inside && !is_short(criteria, **from, **until, **zone)
    });
    let worst = too_long.max_by_key(|((from, _), (until, _))| (**until - **from, Reverse(**from)));
    let Some(((from, before), (until, after))) = worst else {
        return Ok(None);
    };
    match fastest {
        Some(every) if rates.len() == timetables.len() => {
            return Ok(Some(format!("a run every {}", show_delta(*every))));
        }
        // When a rate fires is not known: it may be in what the others leave open.
        Some(_) => return Err(ScheduleError::NoAnchor),
        None => {}
    }
    Ok(Some(match (before, after) {
        (None, None) => "no run in the whole period".to_owned(),
        (_, None) => format!("no run after {}", show(*from)),
        (None, _) => format!("no run before {}", show(*until)),
        _ => {
            let length = show_delta(*until - *from);
            format!("no run between {} and {}: {length}", show(*from), show(*until))
        }
    }))
}

/// Whether the time between two runs is short enough. A clock set back may add its shift, within the tolerance.
fn is_short(criteria: &Criteria, from: Instant, until: Instant, zone: Option<Tz>) -> bool {
    let (length, interval) = (until - from, criteria.backup_interval);
    let set_back = match zone {
        // The edges of what was looked at are no runs.
        None => criteria.backup_interval_tolerance,
        Some(zone) => {
            let seconds = |at: Instant| at.with_timezone(&zone).offset().fix().local_minus_utc();
            let shift = TimeDelta::seconds(i64::from(seconds(from) - seconds(until)));
            shift.clamp(TimeDelta::zero(), criteria.backup_interval_tolerance)
        }
    };
    length <= interval + set_back
}
