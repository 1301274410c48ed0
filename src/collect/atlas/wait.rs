//! How long to wait before a request is made again: as long as Atlas says, or twice as long each time, and never for ever.

use std::time::Duration;

/// Attempts for one request, unless the source's `max_attempts` says otherwise: with the waits between them, a minute. By
/// then the buckets that Atlas counts requests in have been filled again.
pub(super) const ATTEMPTS: u32 = 7;
/// The first wait where nobody says how long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait of our own choosing.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest wait that a service may ask for; a longer one is a gap, and the next run's business.
const ASKED_LONGEST: Duration = Duration::from_secs(120);

/// The wait after the attempt of this number, from 1, of which the service asked to wait for `asked` at least. `None`
/// where it asks for too long. Half of the wait is drawn by `dice`, so that collectors that were refused together don't
/// come back together.
pub(super) fn after(attempt: u32, asked: Option<Duration>, dice: u32) -> Option<Duration> {
    if asked.is_some_and(is_too_long) {
        return None;
    }
    let doubled = FIRST
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(LONGEST);
    let half = doubled / 2;
    // Of so many parts, `dice` are waited for.
    let parts = u64::from(u32::MAX);
    let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX / parts);
    let drawn = Duration::from_millis(millis * u64::from(dice) / parts);
    Some((half + drawn).max(asked.map_or(Duration::ZERO, |asked| asked + drawn)))
}

/// Whether a service asks to be left alone for longer than a run can wait.
pub(super) fn is_too_long(asked: Duration) -> bool {
    asked > ASKED_LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attempt: u32, asked: Option<u64>, dice: u32, millis: Option<u128>) {
        let asked = asked.map(Duration::from_secs);
        assert_eq!(after(attempt, asked, dice).map(|wait| wait.as_millis()), millis);
    }

    #[test]
    fn waits_double_up_to_a_minute() {
        check(1, None, 0, Some(500));
        check(1, None, u32::MAX, Some(1_000));
        check(4, None, u32::MAX, Some(8_000));
        check(7, None, u32::MAX, Some(60_000));
        check(4_000_000_000, None, 0, Some(30_000));
    }

    #[test]
    fn a_service_is_given_the_time_that_it_asks_for_but_not_any() {
        check(1, Some(55), 0, Some(55_000));
        check(1, Some(55), u32::MAX, Some(55_500));
        check(5, Some(0), u32::MAX, Some(16_000));
        check(1, Some(120), 0, Some(120_000));
        check(1, Some(121), 0, None);
    }
}
