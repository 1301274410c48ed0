//! One resource with its history, judged day by day.

use chrono::NaiveDate;

use super::verdict::Verdict;
use crate::evaluate::context::Context;
use crate::evaluate::criteria::DailyMode;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::taken::{History, Taken};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, StatementId};
use crate::model::records::Observed;
use crate::model::records::backups::Trigger;
use crate::model::records::governance::System;
use crate::model::time::{Interval, show_delta};

/// The statement that only a scheduled backup meets, and the others of this test.
const AUTOMATED: &str = "DM-6.2-1c";
const PERFORMED: [&str; 4] = ["DM-6.2-1a", "DM-6.0-1", "DM-6.0-2", "DM-6.0-3"];

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
                let proof = match after.map(|before| before.proof(self.context)) {
                    None => by.proof(self.context),
                    Some(before) => before.and_then(|before| Ok(by.proof(self.context)?.and(before))),
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

fn statement(id: &str) -> StatementId {
    id.parse().expect("invariant: a statement id of the catalogue")
}
