//! A rehearsed recovery of one system: a restore test, or a system's part in a technical exercise.

use super::exact;
use crate::evaluate::context::Context;
use crate::evaluate::objectives::Objective;
use crate::evaluate::restores::{Cited, cited_by, look_up};
use crate::model::coverage::Proof;
use crate::model::finding::Evidence;
use crate::model::ids::SystemId;
use crate::model::records::backups::RestoreJob;
use crate::model::records::governance::{Exercise, RestoreTest, System};
use crate::model::records::{Citation, Observed};
use crate::model::time::{Instant, show};
use chrono::TimeDelta;

/// What the record of a rehearsed recovery claims, with what the provider's history says of its restores.
#[derive(Debug)]
pub struct Rehearsed<'a> {
    /// `test RT-1`, `exercise EX-1 for orders`.
    pub(super) name: String,
    pub(super) record: &'a Citation,
    last_seen: Instant,
    pub(super) system: &'a SystemId,
    /// When it was: the objectives in force then bind it.
    pub(super) at: Instant,
    /// The supposed loss.
    pub(super) lost: Option<Instant>,
    /// Start of the restore.
    pub(super) begun: Option<Instant>,
    /// Service usable again.
    pub(super) ready: Option<Instant>,
    /// Minutes of recovery time and of lost data as the record states them.
    stated: [Option<i64>; 2],
    failed: bool,
    /// Restore jobs that the provider bears out.
    pub(super) restores: Vec<(&'a Observed<RestoreJob>, Proof)>,
    /// Why none is borne out.
    against: Option<String>,
    /// Why the cited restore was none.
    pub(super) contradicted: Option<String>,
    /// Jobs that were looked at.
    found: Vec<Citation>,
    /// Backups that were restored.
    pub(super) backups: Vec<String>,
}

impl<'a> Rehearsed<'a> {
    /// A restore test of `system`.
    pub fn test(context: &Context<'a>, row: &'a Observed<RestoreTest>, system: &System) -> Self {
        let test = &row.value;
        let mut rehearsed = Self {
            name: format!("test {}", test.id),
            record: &row.citation,
            last_seen: row.last_seen,
            system: &test.system,
            at: test.started,
            lost: test.simulated_loss,
            begun: Some(test.started),
            ready: test.service_ready,
            stated: [None, None],
            failed: !test.success,
            restores: Vec::new(),
            against: None,
            contradicted: None,
            found: Vec::new(),
            backups: vec![test.backup.clone()],
        };
        rehearsed.take(cited_by(context, system, test));
        rehearsed
    }

    /// The part of `system` in a technical exercise.
    pub fn exercise(context: &Context<'a>, row: &'a Observed<Exercise>, system: &'a System) -> Self {
        let exercise = &row.value;
        let mut rehearsed = Self {
            name: format!("exercise {} for {}", exercise.id, system.id),
            record: &row.citation,
            last_seen: row.last_seen,
            system: &system.id,
            at: exercise.held,
            lost: exercise.simulated_loss,
            begun: None,
            ready: exercise.service_ready,
            stated: [exercise.rto_minutes, exercise.rpo_minutes],
            failed: false,
            restores: Vec::new(),
            against: None,
            contradicted: None,
            found: Vec::new(),
            backups: Vec::new(),
        };
        for cited in &exercise.restore_jobs {
            match look_up(context, system, cited, exercise.held) {
                // Of a drill's many restores this one was of another system.
                Cited::Contradicted { why, .. } => {
                    rehearsed.against.get_or_insert(why);
                }
                other => rehearsed.take(other),
            }
        }
        let points = rehearsed
            .restores
            .iter()
            .filter_map(|(job, _)| job.value.point.clone());
        rehearsed.backups = points.collect();
        let none = || "the record cites no restore job".to_owned();
        rehearsed.against.get_or_insert_with(none);
        rehearsed
    }

    fn take(&mut self, cited: Cited<'a>) {
        match cited {
            Cited::Matched { job, proof } => {
                self.found.push(job.citation.clone());
                self.restores.push((job, proof));
            }
            Cited::Contradicted { job, why } => {
                self.found.push(job.citation.clone());
                self.contradicted = Some(why);
            }
            Cited::Open { why, records } => {
                self.found.extend(records);
                self.against.get_or_insert(why);
            }
        }
    }

    /// The record with the jobs that were looked at.
    pub(super) fn seen(&self) -> Evidence {
        let record = Evidence::of(self.record);
        Evidence::all(&self.found).map_or(record.clone(), |jobs| record.and(jobs))
    }

    pub(super) fn stated_minutes(&self, objective: Objective) -> Option<i64> {
        let [time, loss] = self.stated;
        match objective {
            Objective::RecoveryTime => time,
            Objective::DataLoss => loss,
        }
    }

    /// Says that the record states another number than its times give. Minutes may be rounded either way.
    pub(super) fn disagreement(&self, objective: Objective, measured: TimeDelta) -> Option<String> {
        let minutes = self.stated_minutes(objective)?;
        let apart = measured.num_seconds().abs_diff(minutes.saturating_mul(60));
        (apart >= 60).then(|| {
            format!(
                "{} states {minutes} minutes, by its times it were {}",
                self.name,
                exact(measured)
            )
        })
    }

    /// Why the times of the record can't all be true.
    pub(super) fn out_of_order(&self, context: &Context<'_>, ready: Instant) -> Option<String> {
        let skew = context.criteria.clock_skew;
        let name = &self.name;
        if ready > self.last_seen + skew {
            return Some(format!(
                "{name} says that the service was usable at {}, after the answer that holds it ({})",
                show(ready),
                show(self.last_seen)
            ));
        }
        if ready >= context.scope.as_of {
            return Some(format!(
                "{name} says that the service was usable at {}, not before the as-of instant",
                show(ready)
            ));
        }
        let starts = self.restores.iter().map(|(job, _)| job.value.created);
        if let Some(begun) = self.begun.into_iter().chain(starts).min()
            && let Some(lost) = self.lost.filter(|lost| *lost > begun + skew)
        {
            return Some(format!(
                "{name} supposes a loss at {}, after its restore began at {}",
                show(lost),
                show(begun)
            ));
        }
        let before = [self.lost, self.begun].into_iter().flatten().max()?;
        (ready < before).then(|| {
            format!(
                "{name} says that the service was usable at {}, before {}",
                show(ready),
                show(before)
            )
        })
    }

    /// Why what was restored is not the backup that the record names.
    pub(super) fn other_backup(&self) -> Option<String> {
        let mut strangers = self.restores.iter().filter_map(|(job, _)| {
            let point = job.value.point.as_ref()?;
            (!self.backups.contains(point)).then_some((&job.value.id, point))
        });
        let (job, point) = strangers.next()?;
        Some(format!(
            "{} names backup {}, but restore job {job} restored {point}",
            self.name,
            self.backups.join(", ")
        ))
    }

    /// Why the provider does not bear out what the record claims.
    pub(super) fn unproven(&self, context: &Context<'_>) -> Option<String> {
        let name = &self.name;
        if self.failed {
            return Some(format!("the log calls {name} a failure"));
        }
        if self.restores.is_empty() {
            return Some(format!("{name} is claimed, not corroborated{}", self.why_open()));
        }
        let skew = context.criteria.clock_skew;
        self.restores.iter().find_map(|(job, _)| {
            let job = &job.value;
            let Some(done) = job.completed else {
                return Some(format!("when restore job {} completed is not known", job.id));
            };
            let early = self.ready.is_some_and(|ready| ready + skew < done);
            early.then(|| {
                format!(
                    "{name} says that the service was usable before restore job {} completed at {}",
                    job.id,
                    show(done)
                )
            })
        })
    }

    pub(super) fn why_open(&self) -> String {
        let against = self.against.as_ref().filter(|_| self.restores.is_empty());
        against.map_or_else(String::new, |why| format!(": {why}"))
    }

    /// How long the provider's jobs took, in words that begin with a semicolon; empty where that is not known.
    pub(super) fn jobs_took(&self) -> String {
        let took = self
            .restores
            .iter()
            .filter_map(|(job, _)| Some(job.value.completed? - job.value.created));
        took.max().map_or_else(String::new, |longest| {
            format!(
                "; the provider's job took {}, which is no recovery time",
                exact(longest)
            )
        })
    }
}
