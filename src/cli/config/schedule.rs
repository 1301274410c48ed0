//! `[schedule]`: from which month on periods are packaged, and how long they wait for the last word of a source.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

/// Days that a period waits when nobody says.
const WAIT_DAYS: u32 = 3;
/// The service's own counts of a day are told for fourteen days: who waits longer waits for nothing.
const WAIT_DAYS_MAX: u32 = 14;

/// When periods are packaged by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The first day of the first month; `None`: the month of the ledger's first pull.
    pub first: Option<NaiveDate>,
    /// How long after its end a period waits for what is missing of its last moment.
    pub wait: TimeDelta,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSchedule {
    first_month: Option<String>,
    wait_days: Option<u32>,
}

impl WireSchedule {
    /// The schedule; else what is wrong.
    pub(super) fn checked(self) -> Result<Schedule, String> {
        let month = |text: &String| {
            let day = format!("{text}-01").parse::<NaiveDate>().ok();
            let written = |day: &NaiveDate| day.format("%Y-%m").to_string() == *text;
            day.filter(written)
                .ok_or_else(|| format!("schedule.first_month {text:?} is no month: write 2026-07"))
        };
        let wait = self.wait_days.unwrap_or(WAIT_DAYS);
        if wait > WAIT_DAYS_MAX {
            return Err(format!(
                "schedule.wait_days is {wait}: services tell of a day's counts for {WAIT_DAYS_MAX} days, so write 0 to {WAIT_DAYS_MAX}"
            ));
        }
        Ok(Schedule {
            first: self.first_month.as_ref().map(month).transpose()?,
            wait: TimeDelta::days(i64::from(wait)),
        })
    }
}
