//! Which creation times a run asks for: the last days again, because jobs change after they were first seen, and
//! everything since the last run that succeeded, as far back as the service remembers.

use chrono::{DurationRound as _, TimeDelta};

use crate::model::acquisition::{Acquisition, PullOutcome};
use crate::model::source::SourceKey;
use crate::model::time::{Instant, Interval};

/// How far each run looks back at least, so that one missed run leaves no hole.
const LOOK_BACK_DAYS: i64 = 8;
/// How much of the last window is asked for again.
const OVERLAP_DAYS: i64 = 1;

/// The window of a run at `now` for a service that remembers `memory_days`: the whole memory the first time.
pub(super) fn since_last(
    held: &[Acquisition],
    key: &SourceKey,
    operation: &str,
    part: &str,
    memory_days: i64,
    now: Instant,
) -> Option<Interval> {
    let end = whole_second(now);
    let oldest = end - TimeDelta::days(memory_days);
    let last = held
        .iter()
        .filter(|pull| &pull.key == key && pull.operation == operation)
        .filter(|pull| pull.outcome == PullOutcome::Complete && pull.id.as_str().ends_with(part))
        .filter_map(|pull| pull.window)
        .map(|window| window.end())
        .max();
    let since = match last {
        None => oldest,
        Some(last) => (last - TimeDelta::days(OVERLAP_DAYS)).min(end - TimeDelta::days(LOOK_BACK_DAYS)),
    };
    Interval::new(since.max(oldest), end)
}

/// The `days` closed days before the day of `now`, in UTC.
pub(super) fn closed_days(days: i64, now: Instant) -> Option<Interval> {
    let today = now.duration_trunc(TimeDelta::days(1)).ok()?;
    Interval::new(today - TimeDelta::days(days), today)
}

/// Services take bounds in seconds.
fn whole_second(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::seconds(1)).unwrap_or(at)
}
