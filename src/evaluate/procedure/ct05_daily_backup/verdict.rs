//! The days and gaps of one resource: met, missed, doubtful, or unproven.

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::line::Line;
use crate::evaluate::absence::Absence;
use crate::evaluate::criteria::DailyMode;
use crate::evaluate::place::tail;
use crate::evaluate::taken::{History, Taken};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Citation;
use crate::model::time::{Interval, day_of, day_start, show, show_delta};

/// What was found about a day.
pub(super) enum Verdict<'a> {
    Met {
        by: &'a Taken<'a>,
        after: Option<&'a Taken<'a>>,
    },
    Failed {
        condition: String,
        searched: Proof,
        records: Option<Evidence>,
    },
    Doubtful {
        reason: String,
        record: &'a Citation,
    },
    Unproven(Vec<Gap>),
}

impl<'a> Line<'a> {
    /// The resource's own history, and the attempts that name none.
    fn histories(&self) -> [&'a History<'a>; 2] {
        [self.history, self.unplaced]
    }

    pub(super) fn limit(&self) -> TimeDelta {
        self.context.criteria.backup_interval + self.context.criteria.backup_interval_tolerance
    }

    pub(super) fn judge(&'a self, span: &Interval, day: Interval, last: bool) -> Verdict<'a> {
        let mode = self.context.criteria.daily_mode;
        let Some((number, first)) = self.history.taken_in(day).next() else {
            return self.judge_empty(span, day);
        };
        if mode == DailyMode::CalendarDay {
            return Verdict::Met {
                by: first,
                after: None,
            };
        }
        let mut met = Verdict::Met {
            by: first,
            after: None,
        };
        for (number, taken) in self.history.taken_in(day) {
            let before = number.checked_sub(1).map(|before| &self.history.taken[before]);
            let before = before.filter(|before| span.start() <= before.at);
            match self.judge_gap(span, before, taken) {
                Verdict::Met { after, .. } if taken.at == first.at => met = Verdict::Met { by: first, after },
                Verdict::Met { .. } => {}
                worse => return worse,
            }
        }
        let after_last = self
            .history
            .taken_in(*span)
            .last()
            .map_or(number, |(number, _)| number);
        let open = Interval::new(self.history.taken[after_last].at, span.end());
        match open.filter(|open| last && length(open) > self.limit()) {
            Some(open) => self.judge_absence(
                open,
                format!("no backup of {} for {}", self.resource, said(&open)),
            ),
            None => met,
        }
    }

    /// A day on which no backup counts.
    fn judge_empty(&'a self, span: &Interval, day: Interval) -> Verdict<'a> {
        let next = self.history.taken.partition_point(|taken| taken.at < day.start());
        let before = next.checked_sub(1).map(|before| &self.history.taken[before]);
        let after = self.history.taken.get(next);
        let from = before.map_or(span.start(), |before| before.at.max(span.start()));
        let until = after.map_or(span.end(), |after| after.at.min(span.end()));
        let gap = Interval::new(from, until).unwrap_or(day);
        if let (DailyMode::MaxGap, Some(by)) = (self.context.criteria.daily_mode, before.or(after))
            && length(&gap) <= self.limit()
        {
            return Verdict::Met { by, after };
        }
        let around = match (before, after) {
            (Some(_), Some(_)) => format!("the backups around it are apart by {}", said(&gap)),
            (Some(_), None) => format!("the last one was taken at {}", show(gap.start())),
            (None, Some(_)) => format!("the first one was taken at {}", show(gap.end())),
            (None, None) => "none at any other time is known".to_owned(),
        };
        self.judge_absence(
            day,
            format!(
                "no completed backup of {} on the day from {}; {around}",
                self.resource,
                show(day.start())
            ),
        )
    }

    /// The gap that ends with `taken`.
    fn judge_gap(
        &'a self,
        span: &Interval,
        before: Option<&'a Taken<'a>>,
        taken: &'a Taken<'a>,
    ) -> Verdict<'a> {
        let from = before.map_or(span.start(), |before| before.at);
        let met = Verdict::Met {
            by: taken,
            after: before,
        };
        let Some(gap) = Interval::new(from, taken.at).filter(|gap| length(gap) > self.limit()) else {
            return met;
        };
        let (zone, period) = (self.context.scope.period.zone(), &self.context.scope.period);
        let skipped = day_of(from, zone).succ_opt();
        let skipped_from = skipped.map_or(from, |day| day_start(day, zone));
        let skipped_until = day_start(day_of(taken.at, zone), zone);
        let Some(skipped) = Interval::new(skipped_from, skipped_until) else {
            let what = format!("the backups of {} are apart by {}", self.resource, said(&gap));
            return self.judge_absence(gap, what);
        };
        if period.interval().intersect(&skipped).is_some() {
            // Those days have items of their own.
            return Verdict::Met {
                by: taken,
                after: None,
            };
        }
        // The skipped days lie before the period: its last one has to be proven missing, or nobody knows this gap.
        let last_skipped = day_of(skipped_until - TimeDelta::milliseconds(1), zone);
        let since = day_start(last_skipped, zone).max(from);
        let unknown = Interval::new(since, skipped_until).unwrap_or(skipped);
        match self.context.records.coverage.prove(&self.place.jobs(), unknown) {
            Ok(_) => Verdict::Met {
                by: taken,
                after: None,
            },
            Err(gaps) => Verdict::Unproven(gaps),
        }
    }

    /// No backup counts in `span`: an exception where the list of jobs is proven, unless something is in doubt.
    fn judge_absence(&'a self, span: Interval, mut condition: String) -> Verdict<'a> {
        let absence = Absence::of(self.context, self.resource, &self.place, self.histories(), span);
        let searched = match absence {
            Absence::Doubtful { reason, record } => return Verdict::Doubtful { reason, record },
            Absence::Unproven(gaps) => return Verdict::Unproven(gaps),
            Absence::Proven(searched) => searched,
        };
        let failed: Vec<_> = self.history.failed_in(span).collect();
        for job in &failed {
            let _ = write!(condition, "; job {} {}", job.value.id, job.value.state.as_str());
        }
        let continuous = self
            .history
            .continuous
            .iter()
            .filter(|point| point.value.created < span.end());
        let continuous: Vec<_> = continuous
            .filter(|point| span.start() <= point.last_seen)
            .collect();
        for point in &continuous {
            let (name, from, to) = (
                tail(&point.value.id),
                show(point.value.created),
                show(point.last_seen),
            );
            let _ = write!(
                condition,
                "; continuous backup {name}, {from} to {to}, is no daily snapshot"
            );
        }
        let records = failed.iter().map(|job| &job.citation);
        let records = Evidence::all(records.chain(continuous.iter().map(|point| &point.citation)));
        Verdict::Failed {
            condition,
            searched,
            records,
        }
    }
}

fn length(gap: &Interval) -> TimeDelta {
    gap.end() - gap.start()
}

fn said(gap: &Interval) -> String {
    format!(
        "{}, from {} to {}",
        show_delta(length(gap)),
        show(gap.start()),
        show(gap.end())
    )
}
