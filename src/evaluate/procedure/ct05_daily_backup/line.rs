//! One resource with its history, judged day by day.

use std::fmt::Write as _;

use chrono::{NaiveDate, TimeDelta};

use crate::evaluate::absence::Absence;
use crate::evaluate::context::Context;
use crate::evaluate::criteria::DailyMode;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::taken::{History, Taken};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, StatementId};
use crate::model::records::backups::Trigger;
use crate::model::records::governance::System;
use crate::model::records::{Citation, Observed};
use crate::model::time::{Interval, day_of, day_start, show, show_delta};

/// The statement that only a scheduled backup meets, and the others of this test.
const AUTOMATED: &str = "DM-6.2-1c";
const PERFORMED: [&str; 4] = ["DM-6.2-1a", "DM-6.0-1", "DM-6.0-2", "DM-6.0-3"];

/// What was found about a day.
enum Verdict<'a> {
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

/// One resource with its history.
pub(super) struct Line<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) row: &'a Observed<System>,
    pub(super) resource: &'a ResourceId,
    pub(super) prefix: String,
    pub(super) place: Place,
    pub(super) history: &'a History<'a>,
    /// Attempts that name no resource: they may have been of this one.
    pub(super) unplaced: &'a History<'a>,
}

impl<'a> Line<'a> {
    /// Concludes one day of a due `span`; `last` is the last whole day in it.
    pub(super) fn examine_day(
        &'a self,
        span: &Interval,
        (date, day): (NaiveDate, Interval),
        last: bool,
        builder: &mut FindingBuilder,
    ) {
        let id = format!("{}/{date}", self.prefix);
        let severity = if self.row.value.critical {
            Severity::Critical
        } else {
            Severity::High
        };
        let row = Evidence::of(&self.row.citation);
        match self.judge(span, day, last) {
            Verdict::Met { by, after } => {
                let taken = self.history.taken_in(day).map(|(_, taken)| taken);
                let evidence = Evidence::all(taken.flat_map(Taken::citations)).unwrap_or(row);
                let coverage = &self.context.records.coverage;
                let proof = match after.map(|before| before.proof(coverage)) {
                    None => by.proof(coverage),
                    Some(before) => before.and_then(|before| Ok(by.proof(coverage)?.and(before))),
                };
                builder.supported_if(&id, &proof, evidence);
                self.examine_trigger(&id, day, severity, builder);
            }
            Verdict::Failed {
                condition,
                searched,
                records,
            } => {
                let mut evidence = Evidence::absence_in(&searched).and(row);
                evidence = match records {
                    Some(records) => evidence.and(records),
                    None => evidence,
                };
                builder.exception(id, severity, condition, self.criterion(), evidence);
            }
            Verdict::Doubtful { reason, record } => {
                let resolves = "a later collection that shows how the backup ended, or a corrected record";
                builder.indeterminate(id, reason, resolves, row.and(Evidence::of(record)));
            }
            Verdict::Unproven(gaps) => builder.gap(id, &gaps, Some(row)),
        }
    }

    fn criterion(&self) -> String {
        let criteria = self.context.criteria;
        let limit = show_delta(self.limit());
        let tolerance = show_delta(criteria.backup_interval_tolerance);
        let zone = self.context.scope.period.zone();
        match criteria.daily_mode {
            DailyMode::CalendarDay => format!("at least one completed backup on each day ({zone})"),
            DailyMode::MaxGap => {
                format!("no more than {limit} between backups ({tolerance} tolerance included)")
            }
            DailyMode::Both => format!(
                "at least one completed backup on each day ({zone}), and no more than {limit} between backups \
                 ({tolerance} tolerance included)"
            ),
        }
    }

    /// The resource's own history, and the attempts that name none.
    fn histories(&self) -> [&'a History<'a>; 2] {
        [self.history, self.unplaced]
    }

    fn limit(&self) -> TimeDelta {
        self.context.criteria.backup_interval + self.context.criteria.backup_interval_tolerance
    }

    fn judge(&'a self, span: &Interval, day: Interval, last: bool) -> Verdict<'a> {
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

    /// A day met only by backups on demand does not meet "as automated by AWS' Backup Service".
    fn examine_trigger(&self, id: &str, day: Interval, severity: Severity, builder: &mut FindingBuilder) {
        let taken: Vec<_> = self.history.taken_in(day).map(|(_, taken)| taken).collect();
        let evidence = Evidence::all(taken.iter().flat_map(|taken| taken.citations()));
        let scheduled = taken
            .iter()
            .any(|taken| matches!(taken.trigger(), Trigger::Scheduled { .. }));
        let Some(evidence) = evidence.filter(|_| !scheduled) else {
            return;
        };
        let unknown = taken
            .iter()
            .any(|taken| matches!(taken.trigger(), Trigger::Unknown));
        let automated = format!("{id}/automated");
        match self.context.records.coverage.prove(&self.place.jobs(), day) {
            _ if unknown => {
                let reason = "the record of the day's backup does not say what started it";
                builder.indeterminate(&automated, reason, "the backup job with its plan rule", evidence);
            }
            Err(gaps) => builder.gap(&automated, &gaps, Some(evidence)),
            Ok(searched) => {
                let ids: Vec<_> = taken.iter().map(|taken| tail(taken.id())).collect();
                let condition = format!("the day's only backup was started on demand: {}", ids.join(", "));
                let criterion = "a backup that a plan's rule or an Atlas policy started";
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(&automated, severity, condition, criterion, evidence);
            }
        }
        builder.only_about(&automated, &[statement(AUTOMATED)]);
        builder.only_about(id, &PERFORMED.map(statement));
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

fn statement(id: &str) -> StatementId {
    id.parse().expect("invariant: a statement id of the catalogue")
}
