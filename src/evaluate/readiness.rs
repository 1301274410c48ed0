//! The readiness column: how the evidence would stand if the rule proposed in 2025 (90 FR 898, RIN 0945-AA22) were in force.
//!
//! It is not in force. The column is off unless `profile_nprm_2025` switches it on; it runs procedures a second time under
//! other limits, and changes nothing of what was concluded.

use chrono::TimeDelta;

use super::context::Context;
use super::criteria::{Criteria, Goal};
use super::procedure::PROCEDURES;
use crate::catalogue::Confidence;
use crate::model::finding::{Counts, Readiness, State};
use crate::model::records::Records;

/// A duty of the proposed rule that a test can speak about.
struct Duty {
    text: &'static str,
    /// How well the proposed text is known: not all of it was read in the source itself.
    confidence: Confidence,
    test: &'static str,
    /// The limits of the duty in place of those in force.
    limits: fn(&mut Criteria),
    /// Which items of the test count, by how their ids end; all where it is empty.
    ending: &'static str,
    /// Whether the duty's limit goes before the objectives of the entity's own analyses.
    over_analyses: bool,
}

const DUTIES: [Duty; 6] = [
    Duty {
        text: "The newest copy of a backup is at most 48 hours old.",
        confidence: Confidence::SecondarySource,
        test: "CT-06",
        limits: |criteria| {
            criteria.backup_interval = TimeDelta::hours(48);
            criteria.backup_interval_tolerance = TimeDelta::zero();
        },
        ending: "",
        over_analyses: false,
    },
    Duty {
        text: "Backups are encrypted.",
        confidence: Confidence::Verified,
        test: "CT-09",
        limits: |_| {},
        ending: "",
        over_analyses: false,
    },
    Duty {
        text: "Restoring from backups is tested monthly.",
        confidence: Confidence::SecondarySource,
        test: "CT-17",
        limits: |criteria| criteria.restore_test_max_age_days = 31,
        ending: "",
        over_analyses: false,
    },
    Duty {
        text: "Critical systems and data are restored within 72 hours.",
        confidence: Confidence::Verified,
        test: "CT-19",
        limits: |criteria| {
            criteria.rto_goal = Goal {
                length: TimeDelta::hours(72),
                settled: true,
            };
        },
        ending: "/rto",
        over_analyses: true,
    },
    Duty {
        text: "Contingency plans are tested at least every 12 months: around a table.",
        confidence: Confidence::Recalled,
        test: "CT-23",
        limits: |criteria| criteria.exercise_max_age_days = 365,
        ending: "",
        over_analyses: false,
    },
    Duty {
        text: "Contingency plans are tested at least every 12 months: with real restores.",
        confidence: Confidence::Recalled,
        test: "CT-24",
        limits: |criteria| criteria.exercise_max_age_days = 365,
        ending: "",
        over_analyses: false,
    },
];

/// How the evidence stands to each duty of the proposed rule.
pub fn readiness(context: &Context<'_>) -> Vec<Readiness> {
    DUTIES.iter().filter_map(|duty| duty.judge(context)).collect()
}

impl Duty {
    fn judge(&self, context: &Context<'_>) -> Option<Readiness> {
        let (_, procedure) = PROCEDURES.iter().find(|(id, _)| *id == self.test)?;
        let mut criteria = context.criteria.clone();
        (self.limits)(&mut criteria);
        let test = self.test.parse().expect("invariant: a test of the catalogue");
        let without_analyses;
        let records = if self.over_analyses {
            without_analyses = Records {
                bias: Vec::new(),
                ..context.records.clone()
            };
            &without_analyses
        } else {
            context.records
        };
        let proposed = Context {
            criteria: &criteria,
            records,
            ..*context
        };
        let finding = procedure(&proposed, test);
        let items = finding.items().iter();
        let states = items
            .filter(|item| item.id().ends_with(self.ending))
            .map(|item| item.state());
        let states: Vec<State> = states.collect();
        Some(Readiness {
            duty: self.text.to_owned(),
            confidence: self.confidence.as_str().to_owned(),
            test: finding.test().clone(),
            state: State::rollup(states.iter().copied()).unwrap_or(State::Indeterminate),
            counts: Counts::of(states),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::World;

    /// Every duty has its procedure: a column that silently lacks a row would say less than it seems to.
    #[test]
    fn every_duty_is_judged_and_nothing_in_force_changes() {
        let world = World::with_system();
        let before = world.criteria.clone();
        let rows = world.with_context(readiness);
        assert_eq!(rows.len(), DUTIES.len());
        assert_eq!(world.criteria, before);
        assert!(
            rows.iter()
                .all(|row| row.counts.total() > 0 || row.state == State::Indeterminate)
        );
    }

    #[test]
    fn a_duty_counts_the_items_of_its_own_test_that_it_speaks_of() {
        let mut world = World::daily();
        world.add_test(crate::evaluate::testing_rehearsals::restore_test(
            "RT-1",
            "2026-07-02T09:00",
        ));
        let rows = world.with_context(readiness);
        let total = |text: &str| {
            let row = rows.iter().find(|row| row.duty.contains(text));
            row.expect("a duty").counts.total()
        };
        // One resource, twelve recovery points, and of the recovery its time only.
        let counted = ["48 hours", "encrypted", "72 hours"].map(total);
        assert_eq!(counted, [1, 12, 1]);
    }

    #[test]
    fn the_proposed_limits_are_their_own() {
        let tried = |text: &str| {
            let duty = DUTIES
                .iter()
                .find(|duty| duty.text.contains(text))
                .expect("a duty");
            let mut criteria = Criteria::default();
            (duty.limits)(&mut criteria);
            criteria
        };
        let copies = tried("48 hours");
        assert_eq!(
            copies.backup_interval + copies.backup_interval_tolerance,
            TimeDelta::hours(48)
        );
        assert_eq!(tried("monthly").restore_test_max_age_days, 31);
        assert_eq!(tried("72 hours").rto_goal.length, TimeDelta::hours(72));
    }
}
