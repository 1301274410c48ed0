//! How long a rehearsed recovery took and how much it lost, against the objectives in force (policy 13.4.2, 13.5.3).
//!
//! The recovery time runs from the loss that the record supposes until the service was usable again; from the start of
//! the restore where it supposes none, which is narrower and said so. The loss of data runs from the consistency point of
//! the backup, as the provider recorded it, to the supposed loss. Times are what the record claims: within the objective
//! counts only where the provider's history bears the restore out; above it is the record's own admission. How long the
//! provider's job took is told beside, and stands for nothing.

mod rehearsed;

use chrono::TimeDelta;

use super::content::backup;
use super::context::Context;
use super::facts::{Doubt, both, register};
use super::objectives::{Objective, Target, target};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::source::Source;
use crate::model::time::{Instant, show, show_delta};

pub use rehearsed::Rehearsed;

/// What a measurement says of its objective.
#[derive(Debug)]
pub enum Verdict {
    /// Not above it, where the proof holds.
    Within(Result<Proof, Vec<Gap>>),
    /// Above it.
    Over {
        /// What was measured.
        condition: String,
        /// The objective.
        criterion: String,
    },
    /// Nobody can tell.
    Open {
        /// Why.
        reason: String,
        /// What would settle it.
        resolves: String,
    },
}

/// A measurement, judged.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What was measured, against what, in words; `None` where nothing was.
    pub said: Option<String>,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Judged {
    fn open(reason: String, resolves: &str, evidence: Evidence) -> Self {
        Self {
            verdict: Verdict::Open {
                reason,
                resolves: resolves.to_owned(),
            },
            said: None,
            evidence,
        }
    }

    fn doubtful(doubt: Doubt) -> Self {
        Self::open(doubt.reason, &doubt.resolves, doubt.evidence)
    }
}

impl Rehearsed<'_> {
    /// The time until the service was usable again.
    pub fn recovery_time(&self, context: &Context<'_>, log: &Result<Proof, Vec<Gap>>) -> Judged {
        let name = &self.name;
        let Some(ready) = self.ready else {
            let reason = format!(
                "{name} does not say when the service was usable again{}",
                self.jobs_took()
            );
            return self.stated(context, Objective::RecoveryTime, reason, log);
        };
        let Some(from) = self.lost.or(self.begun) else {
            let reason = format!("{name} does not say from when the recovery is to be counted");
            return self.stated(context, Objective::RecoveryTime, reason, log);
        };
        if let Some(reason) = self.out_of_order(context, ready) {
            return Judged::open(reason, "the times as they were", self.seen());
        }
        let narrower = match self.lost {
            Some(_) => "",
            None => ", counted from the start of the restore, which is narrower than from a loss",
        };
        let what = format!(
            "{name}: {} until the service was usable again{narrower}",
            exact(ready - from)
        );
        self.against(context, Objective::RecoveryTime, (ready - from, what), log)
    }

    /// The time whose data was lost.
    pub fn data_loss(&self, context: &Context<'_>, log: &Result<Proof, Vec<Gap>>) -> Judged {
        let name = &self.name;
        let Some(lost) = self.lost else {
            let reason =
                format!("{name} supposes no loss, so that how much it would have lost can't be told");
            return self.stated(context, Objective::DataLoss, reason, log);
        };
        if let Some(reason) = self.ready.and_then(|ready| self.out_of_order(context, ready)) {
            return Judged::open(reason, "the times as they were", self.seen());
        }
        if let Some(reason) = self.other_backup() {
            return Judged::open(reason, "the backup that was restored", self.seen());
        }
        let mut oldest: Option<(Instant, Evidence, Proof)> = None;
        for id in &self.backups {
            let (point, proof) = match backup(context, id, name, self.record) {
                Ok(found) => found,
                Err(doubt) => return Judged::doubtful(doubt),
            };
            let (created, seen) = (point.value.created, Evidence::of(&point.citation));
            oldest = Some(match oldest {
                None => (created, seen, proof),
                Some((first, all, proofs)) => (first.min(created), all.and(seen), proofs.and(proof)),
            });
        }
        let Some((created, points, proof)) = oldest else {
            let reason = format!("{name}: no backup that was restored is known{}", self.why_open());
            return Judged::open(reason, "the provider's record of the restore", self.seen());
        };
        if lost + context.criteria.clock_skew < created {
            let reason = format!(
                "{name} supposes a loss at {}, before its backup of {}",
                show(lost),
                show(created)
            );
            return Judged::open(reason, "the times as they were", self.seen().and(points));
        }
        let lost = (lost - created).max(TimeDelta::zero());
        let what = format!(
            "{name}: the data of {} before the supposed loss is gone",
            exact(lost)
        );
        let log = both(log.clone(), Ok(proof));
        let mut judged = self.against(context, Objective::DataLoss, (lost, what), &log);
        judged.evidence = judged.evidence.and(points);
        judged
    }

    /// Holds what was measured against the objective.
    fn against(
        &self,
        context: &Context<'_>,
        objective: Objective,
        (measured, what): (TimeDelta, String),
        log: &Result<Proof, Vec<Gap>>,
    ) -> Judged {
        let seen = self.seen();
        if let Some(why) = &self.contradicted {
            let reason = format!("{} cites a restore that was none: {why}", self.name);
            return Judged::open(
                reason,
                "the provider's record of the restore that was measured",
                seen,
            );
        }
        if let Some(reason) = self.disagreement(objective, measured) {
            return Judged::open(reason, "one measurement", seen);
        }
        let Target {
            length,
            said,
            evidence,
        } = match target(context, self.system, self.at, objective, &seen) {
            Ok(target) => target,
            Err(doubt) => return Judged::doubtful(doubt),
        };
        let seen = evidence.map_or(seen.clone(), |analysis| seen.and(analysis));
        let verdict = if measured > length {
            Verdict::Over {
                condition: what.clone(),
                criterion: format!("at most {said}"),
            }
        } else if let Some(reason) = self.unproven(context) {
            Verdict::Open {
                reason,
                resolves: "the provider's record of this restore, completed before the service was usable"
                    .to_owned(),
            }
        } else {
            let histories = self.restores.iter().map(|(_, proof)| Ok(proof.clone()));
            let registers = both(log.clone(), register(context, Source::Bia));
            Verdict::Within(histories.fold(registers, both))
        };
        Judged {
            verdict,
            said: Some(format!("{what}, allowed are {said}{}", self.jobs_took())),
            evidence: seen,
        }
    }

    /// A number that the record states without the times which it was measured by: above the objective it is an
    /// admission, within it a claim.
    fn stated(
        &self,
        context: &Context<'_>,
        objective: Objective,
        reason: String,
        log: &Result<Proof, Vec<Gap>>,
    ) -> Judged {
        let resolves =
            "the supposed loss, the time when the service was usable again, and the backup restored";
        let Some(minutes) = self.stated_minutes(objective) else {
            return Judged::open(reason, resolves, self.seen());
        };
        let Some(measured) = TimeDelta::try_minutes(minutes).filter(|_| minutes >= 0) else {
            let reason = format!("{reason}; it states {minutes} minutes");
            return Judged::open(reason, resolves, self.seen());
        };
        let what = format!("{} states {}", self.name, exact(measured));
        let judged = self.against(context, objective, (measured, what), log);
        match judged.verdict {
            Verdict::Within(_) => Judged::open(
                format!("{reason}; it states {minutes} minutes without the times"),
                resolves,
                judged.evidence,
            ),
            _ => judged,
        }
    }
}

/// A length to the second.
fn exact(length: TimeDelta) -> String {
    match length.num_seconds() % 60 {
        0 => show_delta(length),
        seconds if length.num_minutes() == 0 => format!("{seconds} s"),
        seconds => format!("{} {seconds} s", show_delta(length)),
    }
}
