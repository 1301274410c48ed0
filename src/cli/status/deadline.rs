//! Until when a gap can still be filled.
//!
//! Services forget: what happened is told for so many days, a present state only while a listing before it is no older than
//! [`LISTING_REACH_DAYS`]. Registers keep their history, and can be read at any time.

use chrono::TimeDelta;

use crate::model::coverage::{Coverage, Gap};
use crate::model::source::{LISTING_REACH_DAYS, Reach};
use crate::model::time::{Instant, Interval};

/// What can be done about a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deadline {
    /// Nothing: the services no longer tell.
    Gone,
    /// A run before this instant fills it.
    Until(Instant),
    /// Any run fills it.
    AnyTime,
}

impl Deadline {
    /// The deadline of a gap, as things are at `now`.
    pub(super) fn of(gap: &Gap, coverage: &Coverage, now: Instant) -> Self {
        let start = gap.interval.start();
        let days = match gap.key.source.reach() {
            Reach::Register => None,
            Reach::Window => gap.key.source.memory_days(),
            Reach::Listing if seen_before_and_not_since(gap, coverage, now) => Some(LISTING_REACH_DAYS),
            Reach::Listing => return Self::Gone,
        };
        match days.map(|days| start + TimeDelta::days(days)) {
            None => Self::AnyTime,
            Some(end) if end <= now => Self::Gone,
            Some(end) => Self::Until(end),
        }
    }
}

/// Whether a listing reaches up to the gap, and none was made after it: then the next one speaks about it.
fn seen_before_and_not_since(gap: &Gap, coverage: &Coverage, now: Instant) -> bool {
    let spans = coverage.spans(&gap.key);
    let before = spans.iter().any(|span| span.end() == gap.interval.start());
    let after = Interval::new(gap.interval.end(), now).is_some_and(|after| !spans.within(&after).is_empty());
    before && !after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::source::{Source, SourceKey};

    fn at(text: &str) -> Instant {
        format!("{text}T00:00:00Z").parse().expect("an instant")
    }

    fn check(source: Source, proven: &[(&str, &str)], gap: (&str, &str), now: &str, expected: Deadline) {
        let span = |(from, to): (&str, &str)| Interval::new(at(from), at(to)).expect("a span");
        let key = SourceKey {
            source,
            account: "111122223333".parse().expect("an account"),
            region: "us-east-1".parse().expect("a region"),
        };
        let proven = proven.iter().map(|proven| (key.clone(), span(*proven)));
        let coverage = Coverage::new([key.clone()].into(), proven, Vec::new());
        let gap = Gap {
            key: key.clone(),
            interval: span(gap),
            reason: String::new(),
        };
        assert_eq!(Deadline::of(&gap, &coverage, at(now)), expected);
    }

    #[test]
    fn what_happened_is_told_for_so_many_days() {
        let gap = ("2026-07-01", "2026-07-03");
        let jobs = Source::AwsBackupJobs;
        check(jobs, &[], gap, "2026-07-30", Deadline::Until(at("2026-07-31")));
        check(jobs, &[], gap, "2026-07-31", Deadline::Gone);
        let summaries = Source::AwsBackupJobSummaries;
        check(
            summaries,
            &[],
            gap,
            "2026-07-14",
            Deadline::Until(at("2026-07-15")),
        );
        check(summaries, &[], gap, "2026-07-15", Deadline::Gone);
        check(
            Source::Cloudtrail,
            &[],
            gap,
            "2026-07-31",
            Deadline::Until(at("2026-09-29")),
        );
        check(Source::AtlasEvents, &[], gap, "2026-12-31", Deadline::AnyTime);
    }

    #[test]
    fn a_state_is_told_while_the_listing_before_is_young() {
        let (vaults, gap) = (Source::AwsVaults, ("2026-07-10", "2026-07-12"));
        let before = ("2026-07-02", "2026-07-10");
        check(
            vaults,
            &[before],
            gap,
            "2026-07-12",
            Deadline::Until(at("2026-07-18")),
        );
        check(vaults, &[before], gap, "2026-07-18", Deadline::Gone);
        check(
            vaults,
            &[before, ("2026-07-12", "2026-07-13")],
            gap,
            "2026-07-14",
            Deadline::Gone,
        );
        check(vaults, &[], gap, "2026-07-12", Deadline::Gone);
        check(
            vaults,
            &[("2026-07-01", "2026-07-09")],
            gap,
            "2026-07-12",
            Deadline::Gone,
        );
    }

    #[test]
    fn registers_can_be_read_at_any_time() {
        check(
            Source::Tickets,
            &[],
            ("2020-01-01", "2026-07-01"),
            "2026-07-02",
            Deadline::AnyTime,
        );
    }
}
