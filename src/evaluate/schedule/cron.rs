//! `minute hour day-of-month month day-of-week year`, with the wildcards that AWS documents for each field
//! (EventBridge user guide, "Cron expressions reference"). What it does not document is refused: a range that runs
//! backwards, `LW`, `L`, `W` or `#` within a list, a step in day-of-week.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::ScheduleError;

/// The days of the month on which it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    /// Days of the month.
    OfMonth(BTreeSet<u32>),
    /// The last day of the month.
    Last,
    /// The working day, Monday to Friday, nearest to a day within its month. A month without that day has none.
    Nearest(u32),
    /// Days of the week, 1 (Sunday) to 7.
    OfWeek(BTreeSet<u32>),
    /// The last such day of the week in the month.
    LastOfWeek(u32),
    /// The nth such day of the week in the month.
    Nth(u32, u32),
}

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    pub(super) minutes: BTreeSet<u32>,
    pub(super) hours: BTreeSet<u32>,
    pub(super) days: Days,
    pub(super) months: BTreeSet<u32>,
    pub(super) years: BTreeSet<u32>,
}

/// A field: what it may hold, and the names of its values from the first one on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
    stepped: bool,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SATURDAY: u32 = 7;
/// There is no sixth Monday in any month.
const NTH_MAX: u32 = 5;

const MINUTE: Field = Field::new("minute", 0, 59, &[]);
const HOUR: Field = Field::new("hour", 0, 23, &[]);
const DAY_OF_MONTH: Field = Field::new("day-of-month", 1, 31, &[]);
const MONTH: Field = Field::new("month", 1, 12, &MONTHS);
const DAY_OF_WEEK: Field = Field {
    stepped: false,
    ..Field::new("day-of-week", 1, 7, &WEEKDAYS)
};
const YEAR: Field = Field::new("year", 1970, 2199, &[]);

impl Cron {
    pub(super) fn parse([minute, hour, day, month, weekday, year]: [&str; 6]) -> Result<Self, ScheduleError> {
        let days = match (day, weekday) {
            ("?", "?") => return Err(ScheduleError::Days),
            ("?", weekday) => by_weekday(weekday)?,
            (day, "?") => by_day(day)?,
            _ => return Err(ScheduleError::Days),
        };
        Ok(Self {
            minutes: MINUTE.values(minute)?,
            hours: HOUR.values(hour)?,
            days,
            months: MONTH.values(month)?,
            years: YEAR.values(year)?,
        })
    }

    /// One that fires at a minute of some hours on `days` of each month and year, unless told otherwise.
    pub(super) fn on(days: Days, hours: BTreeSet<u32>, minute: u32) -> Self {
        Self {
            minutes: BTreeSet::from([minute]),
            hours,
            days,
            months: MONTH.every(),
            years: YEAR.every(),
        }
    }

    /// Whether it fires on a day of its calendar.
    pub(super) fn fires_on(&self, day: NaiveDate) -> bool {
        let year = u32::try_from(day.year()).is_ok_and(|year| self.years.contains(&year));
        let weekday = day.weekday().num_days_from_sunday() + 1;
        let last = u32::from(day.num_days_in_month());
        year && self.months.contains(&day.month())
            && match &self.days {
                Days::OfMonth(days) => days.contains(&day.day()),
                Days::Last => day.day() == last,
                Days::Nearest(wanted) => day.with_day(*wanted).map(nearest_working_day) == Some(day),
                Days::OfWeek(days) => days.contains(&weekday),
                Days::LastOfWeek(wanted) => weekday == *wanted && day.day() + 7 > last,
                Days::Nth(wanted, n) => weekday == *wanted && day.day().div_ceil(7) == *n,
            }
    }

    /// The times of such a day, in order.
    pub(super) fn times(&self) -> impl Iterator<Item = NaiveTime> {
        let minutes = |hour: u32| {
            let minutes = self.minutes.iter();
            minutes.filter_map(move |minute| NaiveTime::from_hms_opt(hour, *minute, 0))
        };
        self.hours.iter().flat_map(move |hour| minutes(*hour))
    }
}

/// Saturday goes back to Friday and Sunday on to Monday, unless that leaves the month: then the other way.
fn nearest_working_day(day: NaiveDate) -> NaiveDate {
    let days = match day.weekday() {
        Weekday::Sat if day.day() == 1 => 2,
        Weekday::Sat => -1,
        Weekday::Sun if day.day() == u32::from(day.num_days_in_month()) => -2,
        Weekday::Sun => 1,
        _ => 0,
    };
    day + chrono::TimeDelta::days(days)
}

fn by_day(text: &str) -> Result<Days, ScheduleError> {
    match text.strip_suffix('W') {
        _ if text == "L" => Ok(Days::Last),
        Some(day) => Ok(Days::Nearest(DAY_OF_MONTH.value(text, day)?)),
        None => DAY_OF_MONTH.values(text).map(Days::OfMonth),
    }
}

fn by_weekday(text: &str) -> Result<Days, ScheduleError> {
    if text == "L" {
        return Ok(Days::OfWeek(BTreeSet::from([SATURDAY])));
    }
    if let Some((weekday, nth)) = text.split_once('#') {
        let weekday = DAY_OF_WEEK.value(text, weekday)?;
        let nth = digits(nth).filter(|nth| (1..=NTH_MAX).contains(nth));
        return Ok(Days::Nth(
            weekday,
            nth.ok_or_else(|| DAY_OF_WEEK.unreadable(text))?,
        ));
    }
    match text.strip_suffix('L') {
        Some(weekday) => Ok(Days::LastOfWeek(DAY_OF_WEEK.value(text, weekday)?)),
        None => DAY_OF_WEEK.values(text).map(Days::OfWeek),
    }
}

impl Field {
    const fn new(name: &'static str, min: u32, max: u32, names: &'static [&'static str]) -> Self {
        Self {
            name,
            min,
            max,
            names,
            stepped: true,
        }
    }

    fn every(&self) -> BTreeSet<u32> {
        (self.min..=self.max).collect()
    }

    fn unreadable(&self, text: &str) -> ScheduleError {
        ScheduleError::Field {
            field: self.name,
            text: text.chars().take(80).collect(),
        }
    }

    /// The values of a list of values, ranges and steps.
    fn values(&self, text: &str) -> Result<BTreeSet<u32>, ScheduleError> {
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            values.extend(self.part(text, part)?);
        }
        Ok(values)
    }

    fn part(&self, text: &str, part: &str) -> Result<impl Iterator<Item = u32> + use<>, ScheduleError> {
        let unreadable = || self.unreadable(text);
        let (range, step) = match part.split_once('/') {
            Some(_) if !self.stepped => return Err(unreadable()),
            Some((range, step)) => {
                let step = digits(step).filter(|step| *step > 0).ok_or_else(unreadable)?;
                (range, Some(step))
            }
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.min, self.max),
            Some((from, to)) => (self.value(text, from)?, self.value(text, to)?),
            // A step from one value on goes to the end of the field.
            None => {
                let from = self.value(text, range)?;
                (from, if step.is_some() { self.max } else { from })
            }
        };
        if from > to {
            return Err(unreadable());
        }
        let step = usize::try_from(step.unwrap_or(1)).map_err(|_| unreadable())?;
        Ok((from..=to).step_by(step))
    }

    /// One value, by number or name; `text` is the whole field, for the message.
    fn value(&self, text: &str, value: &str) -> Result<u32, ScheduleError> {
        let mut names = (self.min..).zip(self.names);
        let by_name = names.find(|(_, name)| name.eq_ignore_ascii_case(value));
        by_name
            .map(|(number, _)| number)
            .or_else(|| digits(value).filter(|number| (self.min..=self.max).contains(number)))
            .ok_or_else(|| self.unreadable(text))
    }
}

/// A number of one to four digits, without a sign.
pub(super) fn digits(text: &str) -> Option<u32> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
