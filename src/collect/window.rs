//! Which creation times a run asks for: the last days again, because jobs change after they were first seen, and
//! everything that no run has got yet, as far back as the service remembers.

use chrono::{DurationRound as _, TimeDelta};

use super::{CollectError, NothingToAsk, Sink};
use crate::model::acquisition::{Acquisition, PullOutcome};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans};

/// How far each run looks back at least, so that one missed run leaves no hole.
const LOOK_BACK_DAYS: i64 = 8;
/// How much of what was asked for before is asked for again.
const OVERLAP_DAYS: i64 = 1;

/// How far the first run looks back where nobody says how long a service remembers.
const FIRST_DAYS: i64 = 90;

/// The window to ask for now: the one that somebody named, or what the ledger lacks by what complete pulls of `operation` asked
/// for, whose ids end in `part`.
pub(super) fn lacking(
    sink: &Sink<'_>,
    key: SourceKey,
    operation: &str,
    part: &str,
) -> Result<Interval, CollectError> {
    to_ask(sink, key, |held, key| created(held, key, operation, part))
}

/// The same by what was `asked` for before in a place.
pub(super) fn to_ask(
    sink: &Sink<'_>,
    place: SourceKey,
    asked: impl FnOnce(&[Acquisition], &SourceKey) -> Spans,
) -> Result<Interval, CollectError> {
    let asked = sink.held(|held| asked(held, &place));
    let usual = since_last(&asked, place.source, sink.now());
    let narrowed = sink.narrowed();
    let since = narrowed.since.unwrap_or(usual.start());
    let until = narrowed.until.unwrap_or(usual.end()).min(usual.end());
    Interval::new(since, until).ok_or_else(|| NothingToAsk::Before { place, since, until }.into())
}

/// The window of a run at `now`, given what was `asked` for before: all that the service remembers the first time.
fn since_last(asked: &Spans, source: Source, now: Instant) -> Interval {
    let end = whole_second(now);
    let oldest = end - TimeDelta::days(source.memory_days().unwrap_or(FIRST_DAYS));
    let remembered = Interval::new(oldest, end).expect("invariant: services remember some days");
    let back = end - TimeDelta::days(LOOK_BACK_DAYS);
    let since = first_lacking(asked, &remembered).map_or(back, |lacking| {
        (lacking - TimeDelta::days(OVERLAP_DAYS)).min(back)
    });
    Interval::new(since.max(oldest), end).expect("invariant: at least some days are asked for")
}

/// Where the first hole of `asked` in `wanted` begins. What a narrow run asked for leaves the hole before it as it is.
pub(super) fn first_lacking(asked: &Spans, wanted: &Interval) -> Option<Instant> {
    asked.missing_in(wanted).iter().map(Interval::start).min()
}

/// The creation times that complete pulls of `operation` asked for, whose ids end in `part`.
pub(super) fn created(held: &[Acquisition], key: &SourceKey, operation: &str, part: &str) -> Spans {
    let asked = complete(held, key, operation).filter(|pull| pull.id.as_str().ends_with(part));
    Spans::of(asked.filter_map(|pull| pull.window))
}

/// The completion times that complete pulls of `operation` asked for.
pub(super) fn completed(held: &[Acquisition], key: &SourceKey, operation: &str) -> Spans {
    Spans::of(complete(held, key, operation).filter_map(Acquisition::completions))
}

fn complete<'h>(
    held: &'h [Acquisition],
    key: &'h SourceKey,
    operation: &'h str,
) -> impl Iterator<Item = &'h Acquisition> {
    held.iter().filter(move |pull| {
        &pull.key == key && pull.operation == operation && pull.outcome == PullOutcome::Complete
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::show;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    fn key() -> SourceKey {
        SourceKey {
            source: Source::Cloudtrail,
            account: "111122223333".parse().expect("an account"),
            region: "us-east-1".parse().expect("a region"),
        }
    }

    fn held(part: &str, until: &str, outcome: PullOutcome) -> Acquisition {
        Acquisition {
            id: format!("run/cloudtrail/{part}").parse().expect("an id"),
            key: key(),
            operation: "op".to_owned(),
            parameters: std::collections::BTreeMap::new(),
            window: Interval::new(at(until) - TimeDelta::days(100), at(until)),
            started: at(until),
            finished: at(until),
            caller: "caller".to_owned(),
            tool: "tool".to_owned(),
            pages: Vec::new(),
            outcome,
        }
    }

    #[track_caller]
    fn check(held: &[Acquisition], expected: &str) {
        let asked = created(held, &key(), "op", "/kms");
        let window = since_last(&asked, Source::Cloudtrail, at("2026-11-27T05:00:00.250Z"));
        assert_eq!(show(window.start()), expected);
        assert_eq!(
            show(window.end()),
            "2026-11-27T05:00:00Z",
            "in whole seconds, and never after now"
        );
    }

    #[test]
    fn the_first_run_asks_for_all_that_is_remembered() {
        check(&[], "2026-08-29T05:00:00Z");
        let failed = PullOutcome::Failed {
            code: "AccessDenied".to_owned(),
            message: String::new(),
        };
        check(
            &[held("kms", "2026-11-20T05:00:00Z", failed)],
            "2026-08-29T05:00:00Z",
        );
        check(
            &[held("rds", "2026-11-20T05:00:00Z", PullOutcome::Complete)],
            "2026-08-29T05:00:00Z",
        );
    }

    #[test]
    fn later_runs_look_back_eight_days_or_to_what_is_lacking() {
        let whole = |until: &str| held("kms", until, PullOutcome::Complete);
        check(&[whole("2026-11-26T05:00:00Z")], "2026-11-19T05:00:00Z");
        check(&[whole("2026-11-20T04:59:00Z")], "2026-11-19T04:59:00Z");
        check(&[whole("2026-11-01T00:00:00Z")], "2026-10-31T00:00:00Z");
        check(&[whole("2026-01-01T00:00:00Z")], "2026-08-29T05:00:00Z");
        // A narrow run leaves what lies before it lacking.
        let mut narrow = whole("2026-11-26T05:00:00Z");
        narrow.window = Interval::new(at("2026-11-25T00:00:00Z"), at("2026-11-26T05:00:00Z"));
        check(&[whole("2026-11-01T00:00:00Z"), narrow], "2026-10-31T00:00:00Z");
    }

    #[test]
    fn closed_days_end_with_the_day_before() {
        let days = closed_days(14, at("2026-11-27T05:00:00Z")).expect("days");
        assert_eq!(days.to_string(), "2026-11-13T00:00:00Z..2026-11-27T00:00:00Z");
    }
}
