//! The recovery objectives that bind a system at an instant: those of the business impact analysis in force then, else
//! the goals, where the policy gives them or management approved them (policy 13.4, 13.5.3).
//!
//! An analysis is in force from its approval until the next one is approved. A draft binds nobody.

use chrono::TimeDelta;

use super::context::Context;
use super::criteria::Goal;
use super::facts::{Doubt, doubt};
use crate::model::finding::Evidence;
use crate::model::ids::SystemId;
use crate::model::records::Observed;
use crate::model::records::governance::{Bia, BiaSystem};
use crate::model::time::{Instant, show_delta};

/// What an objective is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Time until the service is usable again.
    RecoveryTime,
    /// Time whose data is lost.
    DataLoss,
}

/// An objective, and where it comes from.
#[derive(Debug)]
pub struct Target {
    /// Longest time allowed.
    pub length: TimeDelta,
    /// Length and origin in words.
    pub said: String,
    /// The analysis, where one sets it.
    pub evidence: Option<Evidence>,
}

impl Objective {
    fn of(self, rated: &BiaSystem) -> Option<i64> {
        match self {
            Self::RecoveryTime => rated.rto_minutes,
            Self::DataLoss => rated.rpo_minutes,
        }
    }

    /// The parameter that stands in where no analysis sets the objective.
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::RecoveryTime => "rto_goal",
            Self::DataLoss => "rpo_goal",
        }
    }

    fn goal(self, context: &Context<'_>) -> Goal {
        match self {
            Self::RecoveryTime => context.criteria.rto_goal,
            Self::DataLoss => context.criteria.rpo_goal,
        }
    }
}

/// The objective that binds `system` at `at`; or why it is not known. `record` is what is held against it.
pub fn target(
    context: &Context<'_>,
    system: &SystemId,
    at: Instant,
    objective: Objective,
    record: &Evidence,
) -> Result<Target, Doubt> {
    if let Some(analysis) = in_force(context, at)? {
        let bia = &analysis.value;
        let seen = Evidence::of(&analysis.citation);
        let name = format!("analysis {} {}", bia.id, bia.version);
        let open = |reason: String, resolves: &str| Doubt {
            reason,
            resolves: resolves.to_owned(),
            evidence: record.clone().and(seen.clone()),
        };
        let mut rated = bia.systems.iter().filter(|rated| rated.system == *system);
        let (first, again) = (rated.next(), rated.next().is_some());
        if again {
            let reason = format!("{name} rates {system} more than once");
            return Err(open(reason, "one rating of the system"));
        }
        if let Some(minutes) = first.and_then(|rated| objective.of(rated)) {
            let Some(length) = TimeDelta::try_minutes(minutes).filter(|_| minutes >= 0) else {
                let reason = format!("{name} gives {system} an objective of {minutes} minutes");
                return Err(open(reason, "the objective as it was approved"));
            };
            let goal = objective.goal(context).length;
            let longer = match objective {
                Objective::RecoveryTime if length > goal => {
                    format!(", longer than the goal of {}", show_delta(goal))
                }
                _ => String::new(),
            };
            return Ok(Target {
                length,
                said: format!("{} by {name}{longer}", show_delta(length)),
                evidence: Some(seen),
            });
        }
    }
    let (goal, parameter) = (objective.goal(context), objective.parameter());
    if !goal.settled {
        return Err(Doubt {
            reason: format!(
                "no analysis in force sets an objective for {system}, and the default of {parameter} is neither the \
                 policy's nor approved"
            ),
            resolves: format!("an objective in the analysis, or an approved value of {parameter}"),
            evidence: record.clone(),
        });
    }
    Ok(Target {
        length: goal.length,
        said: format!(
            "{} by {parameter}, the default where no analysis sets one",
            show_delta(goal.length)
        ),
        evidence: None,
    })
}

/// The analysis in force at `at`: the one that was approved last before it.
fn in_force<'a>(context: &Context<'a>, at: Instant) -> Result<Option<&'a Observed<Bia>>, Doubt> {
    let mut approved: Vec<(Instant, &Observed<Bia>)> = Vec::new();
    for record in &context.records.bias {
        let bia = &record.value;
        let name = format!("{} {}", bia.id, bia.version);
        if let Some(doubt) = doubt(context.records, record, &[&bia.id, &name]) {
            return Err(doubt);
        }
        let by_somebody = bia.approved_by.as_deref().is_some_and(|by| !by.trim().is_empty());
        let Some(when) = bia.approved_at.filter(|_| by_somebody) else {
            continue;
        };
        if when > record.last_seen + context.criteria.clock_skew {
            return Err(Doubt::ahead(
                &format!("the approval of analysis {name}"),
                when,
                record,
            ));
        }
        if when <= at {
            approved.push((when, record));
        }
    }
    let order = |(when, record): &(Instant, &'a Observed<Bia>)| {
        (*when, record.value.version.clone(), record.citation.clone())
    };
    Ok(approved.into_iter().max_by_key(order).map(|(_, record)| record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, key, observed};
    use crate::evaluate::testing_rehearsals::bia;
    use crate::model::source::Source;

    fn said(world: &World, objective: Objective) -> String {
        let record = observed(key(Source::RestoreTests, ""), world.collected(), "test", ());
        let record = Evidence::of(&record.citation);
        let system = "orders".parse().expect("a system");
        world.with_context(
            |context| match target(context, &system, at("2026-07-03"), objective, &record) {
                Ok(target) => target.said,
                Err(doubt) => doubt.reason,
            },
        )
    }

    fn within(minutes: i64) -> World {
        let mut world = World::new();
        let mut analysis = bia("1", "2026-02-01");
        analysis.systems[0].rto_minutes = Some(minutes);
        world.add_bia(analysis);
        world
    }

    #[test]
    fn an_objective_of_no_time_is_one_and_a_negative_one_is_none() {
        assert!(said(&within(0), Objective::RecoveryTime).starts_with("0 "));
        assert!(said(&within(-1), Objective::RecoveryTime).contains("an objective of -1 minutes"));
    }

    #[test]
    fn only_what_is_longer_than_the_goal_is_called_so() {
        let goal = World::new().criteria.rto_goal.length.num_minutes();
        assert!(!said(&within(goal), Objective::RecoveryTime).contains("longer"));
        assert!(said(&within(goal + 1), Objective::RecoveryTime).contains(", longer than the goal"));
    }

    #[test]
    fn an_approval_within_the_clocks_skew_of_its_listing_counts() {
        let listed = |when: &str| {
            let mut world = within(60);
            world.records.bias[0].value.approved_at = Some(at("2026-02-02"));
            world.records.bias[0].last_seen = at(when);
            said(&world, Objective::RecoveryTime)
        };
        assert!(listed("2026-02-01T23:55").starts_with("1 h"));
        assert!(listed("2026-02-01T23:54:59Z").contains("after the answer that holds it"));
    }
}
