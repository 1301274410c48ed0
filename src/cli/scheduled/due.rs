//! Which periods are due: each month and each quarter that is over, once every source has said its last word on it.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::model::coverage::{Coverage, Gap};
use crate::model::time::{Instant, Interval, Period, day_of};

/// The months and quarters from the one of `first` on that are over at `now`, in the order of their ends, a month before
/// the quarter that ends with it. A quarter counts that began with that month or later.
pub(super) fn over(first: NaiveDate, now: Instant, zone: Tz) -> Vec<Period> {
    let today = day_of(now, zone);
    let (mut year, mut month) = (first.year(), first.month());
    let began = (year, month);
    let mut periods = Vec::new();
    while (year, month) < (today.year(), today.month()) {
        let quarter = month.div_ceil(3);
        let mut names = vec![format!("{year:04}-{month:02}")];
        if month == quarter * 3 && began <= (year, month - 2) {
            names.push(format!("{year:04}-Q{quarter}"));
        }
        periods.extend(names.iter().filter_map(|name| Period::parse(name, zone).ok()));
        (year, month) = if month == 12 {
            (year + 1, 1)
        } else {
            (year, month + 1)
        };
    }
    periods
}

/// How a period that is over stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Every source reaches to its end.
    Complete,
    /// Some do not yet.
    Waiting {
        /// Where, and why.
        gaps: Vec<Gap>,
        /// It is packaged then, whatever is missing.
        until: Instant,
    },
    /// Some never did, and it was waited for long enough: what they lack is said in the package.
    Overdue(Vec<Gap>),
}

impl Standing {
    /// Of `period` at `now`, where sources have `wait` after its end to say their last word.
    pub(super) fn of(coverage: &Coverage, period: &Period, now: Instant, wait: TimeDelta) -> Self {
        let end = period.end();
        let last = Interval::new(end - TimeDelta::milliseconds(1), end)
            .expect("invariant: a millisecond is not empty");
        let keys = coverage.expected().iter();
        let gaps: Vec<Gap> = keys
            .filter_map(|key| coverage.prove(key, last).err())
            .flatten()
            .collect();
        let until = end + wait;
        if gaps.is_empty() {
            Self::Complete
        } else if now < until {
            Self::Waiting { gaps, until }
        } else {
            Self::Overdue(gaps)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::source::{Source, SourceKey};

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    fn names(first: &str, now: &str, zone: Tz) -> Vec<String> {
        let first = first.parse().expect("a day");
        let periods = over(first, at(now), zone);
        periods.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn months_and_quarters_that_are_over_come_in_the_order_of_their_ends() {
        let utc = Tz::UTC;
        assert_eq!(
            names("2026-10-05", "2027-02-01T00:00:00Z", utc),
            ["2026-10", "2026-11", "2026-12", "2026-Q4", "2027-01"]
        );
        assert_eq!(
            names("2026-11-01", "2027-04-01T00:00:00Z", utc),
            ["2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-Q1"],
            "of the fourth quarter October was not asked for"
        );
        assert!(names("2026-10-01", "2026-10-31T23:59:59Z", utc).is_empty());
        assert!(names("2026-12-01", "2026-10-31T00:00:00Z", utc).is_empty());
    }

    #[test]
    fn a_month_is_over_when_it_is_in_the_policys_time_zone() {
        let zone = Tz::America__Los_Angeles;
        assert!(names("2026-10-01", "2026-11-01T06:59:59Z", zone).is_empty());
        assert_eq!(names("2026-10-01", "2026-11-01T07:00:00Z", zone), ["2026-10"]);
    }

    #[test]
    fn a_period_waits_for_the_last_word_of_each_source_and_not_for_ever() {
        let key = |region: &str| SourceKey {
            source: Source::CloudtrailDigests,
            account: "111122223333".parse().expect("an account"),
            region: region.parse().expect("a region"),
        };
        let keys = ["us-east-1", "us-west-2"].map(key);
        let period = Period::parse("2026-09", Tz::UTC).expect("a period");
        let coverage = |ends: [&str; 2]| {
            let spans = keys.iter().zip(ends).map(|(key, end)| {
                let span = Interval::new(at("2026-08-01T00:00:00Z"), at(end)).expect("a span");
                (key.clone(), span)
            });
            Coverage::new(keys.clone().into(), spans, Vec::new())
        };
        let standing = |ends, now: &str| Standing::of(&coverage(ends), &period, at(now), TimeDelta::days(3));
        let (whole, short) = ("2026-10-01T00:00:00Z", "2026-09-30T23:59:59.999Z");
        assert_eq!(
            standing([whole, whole], "2026-10-01T00:00:00Z"),
            Standing::Complete
        );
        match standing([whole, short], "2026-10-03T23:59:59Z") {
            Standing::Waiting { gaps, until } => {
                assert_eq!(gaps.iter().map(|gap| &gap.key).collect::<Vec<_>>(), [&keys[1]]);
                assert_eq!(until, at("2026-10-04T00:00:00Z"));
            }
            other => panic!("{other:?}"),
        }
        assert!(
            matches!(standing([short, whole], "2026-10-04T00:00:00Z"), Standing::Overdue(gaps) if gaps.len() == 1)
        );
    }
}
