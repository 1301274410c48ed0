//! Which instants evidence may carry: those of the years 1970 to 2199. One beyond them is a mistake, and sums of days with
//! it would leave the calendar.

use chrono::{Datelike as _, NaiveDate};

use crate::model::time::Instant;

/// `at` if it is of a year that evidence may carry.
pub(super) fn plausible(at: Instant) -> Option<Instant> {
    plausible_day(at.date_naive()).map(|_| at)
}

/// `day` if it is of a year that evidence may carry.
pub(super) fn plausible_day(day: NaiveDate) -> Option<NaiveDate> {
    (1970..2200).contains(&day.year()).then_some(day)
}
