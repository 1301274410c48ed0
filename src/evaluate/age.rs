//! The age rule of policy 13.4, "annually (within 365 days)", in differences of dates.
//!
//! Exactly the limit passes, one day more fails, and leap years change nothing. What is on record with a doubt may be
//! true or not: only what holds either way is concluded.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use crate::model::time::days_between;

/// The days over which age is judged, and the limit.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// First day judged.
    pub first: NaiveDate,
    /// Last day judged.
    pub last: NaiveDate,
    /// Largest age and largest gap in days.
    pub max_days: i64,
}

/// What the dates say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Age {
    /// Age on the last day and every gap that overlaps the days judged are within the limit.
    Within {
        /// On the last day.
        at_end: i64,
        /// The largest gap between two dates that overlaps the days judged, where there is one.
        largest_gap: Option<i64>,
    },
    /// The limit is exceeded, whatever the doubtful dates are worth. In words.
    Over(String),
    /// Nothing is on record, and nothing was due before this day.
    NotDueBefore(NaiveDate),
    /// Nobody can tell. In words.
    Open(String),
}

impl Limit {
    /// Judges the dates on which something was done: `sound` ones, and `doubtful` ones that may or may not count.
    /// `in_use` is the day since which it can have been due.
    ///
    /// A gap counts when its later date is in the days judged: also on the first, since it was late that day.
    pub fn judge(
        &self,
        sound: &BTreeSet<NaiveDate>,
        doubtful: &BTreeSet<NaiveDate>,
        in_use: Option<NaiveDate>,
    ) -> Age {
        let surely = self.rule(sound, in_use);
        if doubtful.is_empty() {
            return surely;
        }
        if let Age::Within { .. } = surely {
            // A doubtful date before the first sound one opens a gap, if it is true and the others are not.
            let opened = doubtful.iter().find_map(|date| {
                let with = sound.iter().chain([date]).copied().collect();
                match self.rule(&with, in_use) {
                    Age::Over(text) => Some(text),
                    _ => None,
                }
            });
            return opened.map_or(surely, Age::Open);
        }
        match (surely, self.rule(&(sound | doubtful), in_use)) {
            (Age::Over(_), Age::Over(at_best)) => Age::Over(at_best),
            (Age::NotDueBefore(day), _) => Age::NotDueBefore(day),
            (Age::Over(without) | Age::Open(without), _) => Age::Open(without),
            (within @ Age::Within { .. }, _) => within,
        }
    }

    fn rule(&self, dates: &BTreeSet<NaiveDate>, in_use: Option<NaiveDate>) -> Age {
        let dates: Vec<NaiveDate> = dates.range(..=self.last).copied().collect();
        let Some(newest) = dates.last() else {
            return self.nothing(in_use);
        };
        let at_end = days_between(*newest, self.last);
        let gaps = dates.windows(2).filter(|pair| self.first <= pair[1]);
        let largest = gaps
            .map(|pair| (days_between(pair[0], pair[1]), pair[0], pair[1]))
            .max();
        if at_end > self.max_days {
            return Age::Over(format!(
                "the newest is of {newest}: {at_end} days old on {}",
                self.last
            ));
        }
        if let Some((gap, from, to)) = largest
            && gap > self.max_days
        {
            return Age::Over(format!("{gap} days lie between {from} and {to}"));
        }
        let oldest = dates[0];
        let covered = in_use.is_some_and(|since| days_between(since, oldest) <= self.max_days);
        if oldest >= self.first && !covered {
            return Age::Open(format!(
                "none before {oldest} is on record, so that the gap before it can't be computed"
            ));
        }
        Age::Within {
            at_end,
            largest_gap: largest.map(|(gap, ..)| gap),
        }
    }

    fn nothing(&self, in_use: Option<NaiveDate>) -> Age {
        let Some(since) = in_use else {
            return Age::Open("none is on record, and since when it is due is not known".to_owned());
        };
        let elapsed = days_between(since, self.last);
        if elapsed > self.max_days {
            return Age::Over(format!("none is on record, {elapsed} days after {since}"));
        }
        let days = Days::new(u64::try_from(self.max_days).unwrap_or(0));
        Age::NotDueBefore(since.checked_add_days(days).unwrap_or(NaiveDate::MAX))
    }

    /// The largest age on any day judged on which there is one: the days since the newest date not after it.
    pub fn worst_age(&self, dates: &BTreeSet<NaiveDate>) -> Option<i64> {
        let ends = dates.iter().filter_map(NaiveDate::pred_opt).chain([self.last]);
        ends.filter(|day| (self.first..=self.last).contains(day))
            .filter_map(|day| {
                dates
                    .range(..=day)
                    .next_back()
                    .map(|date| days_between(*date, day))
            })
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> BTreeSet<NaiveDate> {
        texts.iter().map(|text| text.parse().expect("a date")).collect()
    }

    fn limit(first: &str, last: &str) -> Limit {
        Limit {
            first: first.parse().expect("a date"),
            last: last.parse().expect("a date"),
            max_days: 365,
        }
    }

    /// Judges sound and doubtful dates in 2028-01-01..=2028-03-31 and gives the verdict in short.
    #[track_caller]
    fn check(sound: &[&str], doubtful: &[&str], in_use: Option<&str>, expected: &str) {
        let limit = limit("2028-01-01", "2028-03-31");
        let in_use = in_use.map(|text| text.parse().expect("a date"));
        let found = match limit.judge(&days(sound), &days(doubtful), in_use) {
            Age::Within { at_end, largest_gap } => format!("within {at_end} {largest_gap:?}"),
            Age::Over(text) => format!("over: {text}"),
            Age::NotDueBefore(day) => format!("not due before {day}"),
            Age::Open(text) => format!("open: {text}"),
        };
        assert!(found.starts_with(expected), "expected {expected}, found {found}");
    }

    #[test]
    fn a_gap_of_exactly_365_days_passes_and_leap_years_allow_nothing() {
        check(&["2027-03-01", "2028-02-29"], &[], None, "within 31 Some(365)");
        check(&["2027-03-01", "2028-03-01"], &[], None, "over: 366 days");
        let q1 = limit("2027-01-01", "2027-03-31");
        let age = q1.judge(&days(&["2026-03-01", "2027-03-01"]), &days(&[]), None);
        assert_eq!(
            age,
            Age::Within {
                at_end: 30,
                largest_gap: Some(365)
            }
        );
    }

    #[test]
    fn the_age_counts_on_the_last_day() {
        check(&["2027-04-01"], &[], None, "within 365 None");
        check(
            &["2027-03-31"],
            &[],
            None,
            "over: the newest is of 2027-03-31: 366 days old",
        );
    }

    #[test]
    fn a_gap_counts_when_its_end_is_judged_and_only_then() {
        check(&["2026-12-31", "2028-01-01"], &[], None, "over: 366 days");
        check(&["2026-12-30", "2027-12-31"], &[], None, "within 91 None");
        check(&["2027-12-31", "2029-12-31"], &[], None, "within 91 None");
        // The largest of several counts.
        let three = ["2027-01-01", "2028-01-02", "2028-01-03"];
        check(&three, &[], None, "over: 366 days");
        check(
            &["2027-03-01", "2028-01-02", "2028-01-03"],
            &[],
            None,
            "within 88 Some(307)",
        );
    }

    #[test]
    fn without_an_earlier_one_the_first_gap_is_open_unless_it_was_not_due() {
        check(&["2028-02-01"], &[], None, "open: none before 2028-02-01");
        check(&["2028-01-01"], &[], None, "open: none before 2028-01-01");
        check(&["2027-12-31"], &[], None, "within 91 None");
        check(&["2028-02-01"], &[], Some("2027-02-01"), "within 59");
        check(&["2028-02-01"], &[], Some("2027-01-31"), "open: none before");
        check(&[], &[], Some("2027-04-01"), "not due before 2028-03-31");
        check(&[], &[], Some("2027-03-31"), "over: none is on record, 366 days");
        check(&[], &[], None, "open: none is on record");
    }

    #[test]
    fn doubtful_dates_decide_nothing_alone() {
        check(&["2027-12-01"], &["2028-02-01"], None, "within 121 None");
        check(
            &["2028-02-01"],
            &["2027-01-01"],
            Some("2027-06-01"),
            "open: 396 days lie",
        );
        check(&["2028-02-01"], &["2027-03-01"], Some("2027-06-01"), "within");
        check(&["2027-01-01"], &["2027-11-01"], None, "open");
        check(
            &["2027-01-01"],
            &["2028-02-01"],
            None,
            "over: 396 days lie between",
        );
        check(
            &["2026-01-01"],
            &["2026-02-01"],
            None,
            "over: the newest is of 2026-02-01",
        );
        check(&["2028-02-01"], &["2026-02-01"], None, "open");
        check(&[], &["2028-02-01"], Some("2020-01-01"), "open");
    }

    #[test]
    fn the_worst_age_is_that_of_the_day_before_the_next() {
        let limit = limit("2028-01-01", "2028-03-31");
        assert_eq!(limit.worst_age(&days(&["2027-12-01", "2028-03-30"])), Some(119));
        assert_eq!(limit.worst_age(&days(&["2027-12-01", "2028-01-02"])), Some(89));
        assert_eq!(limit.worst_age(&days(&["2028-03-30"])), Some(1));
        assert_eq!(limit.worst_age(&days(&["2028-04-30"])), None);
    }
}
