//! How long a bundle is kept. 45 CFR 164.316(b)(2)(i) asks for six years since a document was made or was last in effect; a
//! margin on top keeps a package whose period ended before it was made from falling short.

use chrono::{DurationRound as _, Months, TimeDelta};

use crate::model::time::Instant;

/// The least that the law allows.
pub const YEARS_MIN: u32 = 6;
/// The most that can be asked for.
pub const YEARS_MAX: u32 = 100;
/// Days on top of the years.
pub const MARGIN_DAYS: i64 = 90;
/// By how much the clocks of store and archiver may differ before retention counts as too short.
const CLOCKS_DIFFER_DAYS: i64 = 1;

/// Until when what is stored at `at` is kept, in whole seconds.
pub fn kept_until(at: Instant, years: u32) -> Instant {
    let whole = at.duration_trunc(TimeDelta::seconds(1)).unwrap_or(at);
    whole + Months::new(12 * years) + TimeDelta::days(MARGIN_DAYS)
}

/// The earliest end of retention that will do for what the store took at `stored`.
pub(super) fn at_least(stored: Instant, years: u32) -> Instant {
    kept_until(stored, years) - TimeDelta::days(CLOCKS_DIFFER_DAYS)
}
