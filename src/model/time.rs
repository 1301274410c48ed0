//! Instants, half-open intervals, sets of intervals, and the policy's day.
//!
//! Facts are compared as UTC instants. A *day* exists only in the policy's time zone, and a difference of dates is a
//! difference of dates, never of hours.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// An instant, UTC.
pub type Instant = DateTime<Utc>;

/// Prints an instant as reports and formats show it: `2026-07-01T00:00:00Z`, with a fraction only where there is one.
pub fn show(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A half-open interval `[start, end)` that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    start: Instant,
    end: Instant,
}

impl Interval {
    /// `None` when `end` is not after `start`.
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// First instant inside.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// First instant after.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// The part that both share.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", show(self.start), show(self.end))
    }
}

/// A set of instants as sorted, disjoint, non-touching intervals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Interval>);

impl Spans {
    /// The union of `intervals`.
    pub fn of(intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut all: Vec<_> = intervals.into_iter().collect();
        all.sort();
        let mut merged: Vec<Interval> = Vec::with_capacity(all.len());
        for next in all {
            match merged.last_mut() {
                Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
                _ => merged.push(next),
            }
        }
        Self(merged)
    }

    /// The intervals in order.
    pub fn iter(&self) -> impl Iterator<Item = &Interval> {
        self.0.iter()
    }

    /// Whether no instant is inside.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the whole of `interval` is inside.
    pub fn covers(&self, interval: &Interval) -> bool {
        self.0
            .iter()
            .any(|span| span.start <= interval.start && interval.end <= span.end)
    }

    /// The part inside `interval`.
    pub fn within(&self, interval: &Interval) -> Self {
        Self(
            self.0
                .iter()
                .filter_map(|span| span.intersect(interval))
                .collect(),
        )
    }

    /// What `interval` has and this set lacks.
    pub fn missing_in(&self, interval: &Interval) -> Self {
        let mut missing = Vec::new();
        let mut from = interval.start;
        for span in self.within(interval).0 {
            missing.extend(Interval::new(from, span.start));
            from = span.end;
        }
        missing.extend(Interval::new(from, interval.end));
        Self(missing)
    }

    /// The instants that both have.
    pub fn intersect(&self, other: &Self) -> Self {
        Self::of(other.0.iter().flat_map(|span| self.within(span).0))
    }
}

impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(
            if parts.is_empty() {
                "nothing".to_owned()
            } else {
                parts.join(", ")
            }
            .as_str(),
        )
    }
}

/// The text does not name a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a period: write 2026-Q3, 2026-09 or 2026-07-01..2026-10-01 (the end is the first day after)"
)]
pub struct BadPeriod(pub String);

/// The period of a report: whole days of the policy's time zone, half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    name: String,
    first: NaiveDate,
    after: NaiveDate,
    zone: Tz,
}

impl Period {
    /// Reads `2026-Q3`, `2026-09` or `2026-07-01..2026-10-01`.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, BadPeriod> {
        let bad = || BadPeriod(text.chars().take(60).collect());
        let month = |year: i32, month: u32| NaiveDate::from_ymd_opt(year, month, 1);
        let (first, after) = if let Some((from, to)) = text.split_once("..") {
            let day = |text: &str| {
                let date = text.parse::<NaiveDate>().ok()?;
                (date.to_string() == text).then_some(date)
            };
            (day(from), day(to))
        } else if let Some((year, quarter)) = text.split_once("-Q") {
            let quarter = match quarter {
                "1" => 0,
                "2" => 1,
                "3" => 2,
                "4" => 3,
                _ => return Err(bad()),
            };
            let year = four_digits(year).ok_or_else(bad)?;
            let next = if quarter == 3 {
                month(year + 1, 1)
            } else {
                month(year, quarter * 3 + 4)
            };
            (month(year, quarter * 3 + 1), next)
        } else {
            let (year, m) = text
                .split_once('-')
                .filter(|(_, m)| m.len() == 2)
                .ok_or_else(bad)?;
            let year = four_digits(year).ok_or_else(bad)?;
            let m: u32 = m
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| m.parse().ok())
                .flatten()
                .ok_or_else(bad)?;
            (
                month(year, m),
                if m == 12 {
                    month(year + 1, 1)
                } else {
                    month(year, m + 1)
                },
            )
        };
        match (first, after) {
            (Some(first), Some(after)) if first < after => Ok(Self {
                name: text.to_owned(),
                first,
                after,
                zone,
            }),
            _ => Err(bad()),
        }
    }

    /// As the user wrote it: part of file names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The policy's time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// First day inside.
    pub fn first_day(&self) -> NaiveDate {
        self.first
    }

    /// First day after.
    pub fn day_after(&self) -> NaiveDate {
        self.after
    }

    /// The period as UTC instants.
    pub fn interval(&self) -> Interval {
        Interval {
            start: day_start(self.first, self.zone),
            end: day_start(self.after, self.zone),
        }
    }

    /// First instant inside.
    pub fn start(&self) -> Instant {
        self.interval().start
    }

    /// First instant after.
    pub fn end(&self) -> Instant {
        self.interval().end
    }

    /// Each day inside, with its interval (23, 24 or 25 hours long where clocks change).
    pub fn days(&self) -> impl Iterator<Item = (NaiveDate, Interval)> {
        let zone = self.zone;
        self.first
            .iter_days()
            .take_while(move |day| *day < self.after)
            .map(move |day| (day, day_interval(day, zone)))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn four_digits(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// The first instant of `day` in `zone`. Where midnight is skipped by a clock change, the first instant that exists;
/// where it happens twice, the earlier one.
pub fn day_start(day: NaiveDate, zone: Tz) -> Instant {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    (0..=24 * 4)
        .find_map(|quarters| {
            zone.from_local_datetime(&(midnight + TimeDelta::minutes(quarters * 15)))
                .earliest()
        })
        .map_or_else(
            || Utc.from_utc_datetime(&midnight),
            |local| local.with_timezone(&Utc),
        )
}

/// The whole of `day` in `zone`.
pub fn day_interval(day: NaiveDate, zone: Tz) -> Interval {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    Interval {
        start: day_start(day, zone),
        end: day_start(next, zone),
    }
}

/// The day of the policy's calendar on which `at` falls.
pub fn day_of(at: Instant, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Whole days from `earlier` to `later`: a difference of dates, so that 28 February to 1 March is 2 in a leap year.
pub fn days_between(earlier: NaiveDate, later: NaiveDate) -> i64 {
    i64::from(later.num_days_from_ce() - earlier.num_days_from_ce())
}

/// A length of time for readers: `25 h`, `1 d 23 h`, `90 min`. Exact to the minute.
pub fn show_delta(delta: TimeDelta) -> String {
    let minutes = delta.num_minutes();
    let (sign, minutes) = if minutes < 0 {
        ("-", -minutes)
    } else {
        ("", minutes)
    };
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, m) => format!("{sign}{m} min"),
        (h, 0) => format!("{sign}{h} h"),
        (h, m) => format!("{sign}{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an RFC 3339 instant")
    }

    #[test]
    fn periods_are_half_open_and_strictly_read() {
        let quarter = Period::parse("2026-Q3", Tz::UTC).expect("a quarter");
        assert_eq!(
            quarter.interval().to_string(),
            "2026-07-01T00:00:00Z..2026-10-01T00:00:00Z"
        );
        assert_eq!(quarter.days().count(), 92);
        assert_eq!(
            Period::parse("2026-Q4", Tz::UTC).expect("a quarter").end(),
            at("2027-01-01T00:00:00Z")
        );
        assert_eq!(
            Period::parse("2026-12", Tz::UTC).expect("a month").end(),
            at("2027-01-01T00:00:00Z")
        );
        assert!(Period::parse("2026-07-01..2026-10-01", Tz::UTC).is_ok());
        for bad in [
            "",
            "2026",
            "2026-Q5",
            "2026-13",
            "26-Q1",
            "2026-7",
            "2026-07-01..2026-07-01",
            "2026-7-1..2026-08-01",
            "2026-02-30..2026-03-01",
            "2026-Q3 ",
        ] {
            assert!(Period::parse(bad, Tz::UTC).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn days_follow_the_policy_time_zone() {
        let zone = Tz::America__Los_Angeles;
        assert_eq!(day_of(at("2026-06-02T03:00:00Z"), zone).to_string(), "2026-06-01");
        assert_eq!(
            day_of(at("2026-06-02T03:00:00Z"), Tz::UTC).to_string(),
            "2026-06-02"
        );
        let fall_back = day_interval("2026-11-01".parse().expect("a date"), zone);
        assert_eq!(show_delta(fall_back.end() - fall_back.start()), "25 h");
        let spring = day_interval("2026-03-08".parse().expect("a date"), zone);
        assert_eq!(show_delta(spring.end() - spring.start()), "23 h");
        // Midnight does not exist on this day in Cairo: clocks went from 23:59:59 to 01:00.
        let cairo = day_start("2026-04-24".parse().expect("a date"), Tz::Africa__Cairo);
        assert_eq!(
            cairo.with_timezone(&Tz::Africa__Cairo).to_string(),
            "2026-04-24 01:00:00 EEST"
        );
    }

    #[test]
    fn a_date_difference_is_a_date_difference() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(days_between(date("2027-03-01"), date("2028-02-29")), 365);
        assert_eq!(days_between(date("2027-03-01"), date("2028-03-01")), 366);
        assert_eq!(days_between(date("2026-03-01"), date("2027-03-01")), 365);
    }

    #[test]
    fn spans_merge_and_tell_what_is_missing() {
        let day = |from: u32, to: u32| {
            Interval::new(
                at(&format!("2026-07-{from:02}T00:00:00Z")),
                at(&format!("2026-07-{to:02}T00:00:00Z")),
            )
            .expect("not empty")
        };
        let spans = Spans::of([day(5, 8), day(1, 3), day(3, 4)]);
        assert_eq!(spans, Spans::of([day(1, 4), day(5, 8)]));
        assert!(spans.covers(&day(1, 4)) && !spans.covers(&day(3, 6)));
        assert_eq!(spans.missing_in(&day(2, 9)), Spans::of([day(4, 5), day(8, 9)]));
        assert_eq!(Spans::default().missing_in(&day(1, 2)), Spans::of([day(1, 2)]));
    }
}
