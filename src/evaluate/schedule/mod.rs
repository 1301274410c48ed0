//! When a schedule as written makes backups start: the expressions of AWS Backup's rules and the policy items of Atlas,
//! expanded to instants.
//!
//! AWS Backup takes `cron(minute hour day-of-month month day-of-week year)` as EventBridge does, in the rule's own time
//! zone, UTC where the rule names none. What it does when clocks change is not in its documentation. EventBridge
//! Scheduler's is assumed: a local time that is skipped does not fire, and one that comes twice fires once; the first of
//! the two is taken. A `rate(…)` counts from a moment that no answer of the service holds: how often it fires is known,
//! when is not. Atlas items fire at the schedule's reference time, UTC.
//!
//! What can't be read is an error with a name, never a schedule without runs. Work is bounded by the span asked for and by
//! [`RUNS_MAX`]: a schedule that never fires ends like any other.

mod atlas;
mod cron;

use std::collections::BTreeSet;

use chrono::{TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use self::cron::{Cron, digits};
use crate::model::records::backups::{AtlasPolicyItem, PlanRule};
use crate::model::time::{Instant, Interval, day_of};

/// A schedule may fire so often within the span that is asked for: every minute for more than two months.
pub const RUNS_MAX: usize = 100_000;
/// An expression that is longer is none.
const EXPRESSION_CHARS_MAX: usize = 256;

/// Why nobody can tell when a schedule fires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ScheduleError {
    /// No expression.
    #[error("the rule names no schedule")]
    Absent,
    /// Neither form.
    #[error("the schedule {0:?} is neither cron(…) of six fields nor rate(…)")]
    Form(String),
    /// A field that can't be read.
    #[error("the schedule's {field} {text:?} can't be read")]
    Field {
        /// Which field.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// Both days, or neither.
    #[error("of the schedule's day-of-month and day-of-week exactly one has to be ?")]
    Days,
    /// No such time zone.
    #[error("the schedule's time zone {0:?} is unknown")]
    Zone(String),
    /// An Atlas item without the time at which it fires.
    #[error("the schedule does not say its reference time")]
    NoReference,
    /// An Atlas item that means nothing.
    #[error("a policy item of every {interval} of frequency {frequency:?} is unknown")]
    Item {
        /// The word.
        frequency: String,
        /// Every how many.
        interval: i64,
    },
    /// A rate: nobody knows since when it counts.
    #[error(
        "a rate counts from a moment that the service does not tell: how often it fires is known, when is not"
    )]
    NoAnchor,
    /// More than [`RUNS_MAX`] runs.
    #[error("the schedule fires more than {RUNS_MAX} times in the time that was looked at")]
    TooMany,
}

/// When backups are to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable(Times);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Times {
    Cron(Cron, Tz),
    Rate(TimeDelta),
}

impl Timetable {
    /// The timetable of a plan's rule.
    ///
    /// # Errors
    /// The rule has no schedule, or one that can't be read, or a time zone that is unknown.
    pub fn of_rule(rule: &PlanRule) -> Result<Self, ScheduleError> {
        Self::written(rule.schedule.as_deref(), rule.time_zone.as_deref())
    }

    /// The timetable of a schedule as it is written; UTC where it names no time zone.
    ///
    /// # Errors
    /// There is no schedule, or one that can't be read, or a time zone that is unknown.
    pub fn written(schedule: Option<&str>, zone: Option<&str>) -> Result<Self, ScheduleError> {
        let text = schedule.ok_or(ScheduleError::Absent)?;
        let zone = zone.unwrap_or("UTC");
        let zone = zone
            .parse()
            .map_err(|_| ScheduleError::Zone(zone.chars().take(80).collect()))?;
        Self::parse(text, zone)
    }

    /// The timetable of an Atlas policy item; `reference` is the minute of the day, UTC.
    ///
    /// # Errors
    /// The reference time is not known, or the item means nothing.
    pub fn of_item(item: &AtlasPolicyItem, reference: Option<i64>) -> Result<Self, ScheduleError> {
        let reference = reference.ok_or(ScheduleError::NoReference)?;
        atlas::cron(item, reference).map(|cron| Self(Times::Cron(cron, Tz::UTC)))
    }

    /// Reads an expression of AWS Backup.
    ///
    /// # Errors
    /// It can't be read.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let form = || ScheduleError::Form(text.chars().take(80).collect());
        if text.chars().count() > EXPRESSION_CHARS_MAX {
            return Err(form());
        }
        let inside = |name: &str| {
            text.trim()
                .strip_prefix(name)?
                .strip_prefix('(')?
                .strip_suffix(')')
        };
        if let Some(fields) = inside("cron") {
            let fields: Vec<_> = fields.split_ascii_whitespace().collect();
            let fields = fields.try_into().map_err(|_| form())?;
            return Cron::parse(fields).map(|cron| Self(Times::Cron(cron, zone)));
        }
        let words: Vec<_> = inside("rate")
            .ok_or_else(form)?
            .split_ascii_whitespace()
            .collect();
        let [number, unit] = words[..] else {
            return Err(form());
        };
        let number = digits(number).filter(|number| *number > 0).ok_or_else(form)?;
        // The service wants the singular for one, and only then.
        let number_of = |one: &str, several: &str| unit == if number == 1 { one } else { several };
        let number = i64::from(number);
        let every = match () {
            () if number_of("minute", "minutes") => TimeDelta::minutes(number),
            () if number_of("hour", "hours") => TimeDelta::hours(number),
            () if number_of("day", "days") => TimeDelta::days(number),
            () => return Err(form()),
        };
        Ok(Self(Times::Rate(every)))
    }

    /// How long a rate lets pass between two runs; `None` of a timetable that names times.
    pub fn rate(&self) -> Option<TimeDelta> {
        match self.0 {
            Times::Rate(every) => Some(every),
            Times::Cron(..) => None,
        }
    }

    /// The time zone in which times are named; UTC of a rate.
    pub fn zone(&self) -> Tz {
        match self.0 {
            Times::Cron(_, zone) => zone,
            Times::Rate(_) => Tz::UTC,
        }
    }

    /// The runs in `span`, in order.
    ///
    /// # Errors
    /// A rate, or more than [`RUNS_MAX`] runs.
    pub fn runs(&self, span: Interval) -> Result<BTreeSet<Instant>, ScheduleError> {
        let Times::Cron(cron, zone) = &self.0 else {
            return Err(ScheduleError::NoAnchor);
        };
        let mut runs = BTreeSet::new();
        let last = day_of(span.end() - TimeDelta::milliseconds(1), *zone);
        let days = day_of(span.start(), *zone).iter_days();
        for day in days
            .take_while(|day| *day <= last)
            .filter(|day| cron.fires_on(*day))
        {
            let on_the_day = cron.times().filter_map(|time| {
                let local = zone.from_local_datetime(&day.and_time(time));
                Some(local.earliest()?.with_timezone(&Utc))
            });
            runs.extend(on_the_day.filter(|at| span.contains(*at)));
            if runs.len() > RUNS_MAX {
                return Err(ScheduleError::TooMany);
            }
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests;
