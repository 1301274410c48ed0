//! Atlas policy items as cron expressions in UTC (Atlas Administration API v2, `policyItems[n].frequencyInterval`): hourly
//! every so many hours, daily every day, weekly on a day of the week with Monday as 1, monthly on a day of the month with
//! 40 as the last one, yearly on the first day of a month.

use std::collections::BTreeSet;

use super::ScheduleError;
use super::cron::{Cron, Days};
use crate::model::records::backups::AtlasPolicyItem;

const HOURS: u32 = 24;
/// Atlas's word for the last day of a month.
const LAST_DAY: u32 = 40;

/// `reference` is the minute of the day.
pub(super) fn cron(item: &AtlasPolicyItem, reference: i64) -> Result<Cron, ScheduleError> {
    let unknown = || ScheduleError::Item {
        frequency: item.frequency.chars().take(80).collect(),
        interval: item.interval,
    };
    let reference = u32::try_from(reference)
        .ok()
        .filter(|minute| *minute < HOURS * 60);
    let reference = reference.ok_or(ScheduleError::NoReference)?;
    let (hour, minute) = (reference / 60, reference % 60);
    let interval = u32::try_from(item.interval).map_err(|_| unknown())?;
    let daily = Days::OfWeek((1..=7).collect());
    let once = |days| Cron::on(days, BTreeSet::from([hour]), minute);
    match (item.frequency.as_str(), interval) {
        // Only what divides the day comes back to the reference time.
        ("hourly", 1 | 2 | 4 | 6 | 8 | 12) => {
            let step = usize::try_from(interval).map_err(|_| unknown())?;
            let hours = (hour..hour + HOURS).step_by(step).map(|hour| hour % HOURS);
            Ok(Cron::on(daily, hours.collect(), minute))
        }
        ("daily", 1) => Ok(once(daily)),
        ("weekly", 1..=7) => Ok(once(Days::OfWeek(BTreeSet::from([interval % 7 + 1])))),
        ("monthly", LAST_DAY) => Ok(once(Days::Last)),
        ("monthly", 1..=28) => Ok(once(Days::OfMonth(BTreeSet::from([interval])))),
        ("yearly", 1..=12) => Ok(Cron {
            months: BTreeSet::from([interval]),
            ..once(Days::OfMonth(BTreeSet::from([1])))
        }),
        _ => Err(unknown()),
    }
}
