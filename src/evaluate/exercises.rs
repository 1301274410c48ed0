//! Which exercises count for a system, and which only may (policy 13.4, 13.4.1).

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::context::Context;
use super::facts::{Doubt, Standing, doubt, is_disputed, standing};
use crate::model::finding::Evidence;
use crate::model::ids::SystemId;
use crate::model::records::Observed;
use crate::model::records::governance::{Exercise, ExerciseKind};
use crate::model::source::Source;
use crate::model::time::day_of;

/// The day so long before `day` as an exercise counts.
pub fn back(context: &Context<'_>, day: NaiveDate) -> NaiveDate {
    let days = u64::try_from(context.criteria.exercise_max_age_days).unwrap_or(0);
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// What a record has to show so that its exercise counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Scenario, walk-through of notification and activation, timing, result and report.
    Rehearsal,
    /// Result and report: what else a technical test has to show is judged part by part.
    Technical,
}

/// One exercise that names a system.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The record.
    pub record: &'a Observed<Exercise>,
    /// The day on which it was held, in the policy's zone.
    pub day: NaiveDate,
    /// What the record does not show. Empty: it counts.
    pub lacks: Vec<String>,
    /// What stands against the record itself.
    pub doubt: Option<Doubt>,
}

impl Candidate<'_> {
    /// Whether it counts without any doubt.
    pub fn is_sound(&self) -> bool {
        self.record.value.completed && self.lacks.is_empty() && self.doubt.is_none()
    }

    /// Whether it may count.
    pub fn is_doubtful(&self) -> bool {
        self.record.value.completed && !self.is_sound()
    }
}

/// The exercises that name a system, or name none at all and so may have been about it, oldest first. Exercises dated
/// at the as-of instant or later are left out; those dated after their own listing are in doubt.
pub fn candidates<'a>(
    context: &Context<'a>,
    system: &SystemId,
    kinds: &[ExerciseKind],
    demand: Demand,
) -> Vec<Candidate<'a>> {
    let zone = context.scope.period.zone();
    let mut found = Vec::new();
    for record in &context.records.exercises {
        let exercise = &record.value;
        // What another revision says of its systems, its kind or its day may make it one of theirs.
        let moved = context.records.moved(Source::Exercises, &exercise.id);
        let named = exercise.systems.is_empty() || exercise.systems.contains(system);
        let about = named && kinds.contains(&exercise.kind);
        let when = standing(context, exercise.held, record);
        if !(about || moved.about) || (when == Standing::NotYet && !moved.when) {
            continue;
        }
        let lacks = match shortcomings(exercise, demand) {
            Some(lacks) => lacks,
            // So may what it says of its parts.
            None if is_disputed(context.records, Source::Exercises, &exercise.id) => Vec::new(),
            None => continue,
        };
        let ahead = (when == Standing::AheadOfItsListing)
            .then(|| Doubt::ahead(&format!("exercise {}", exercise.id), exercise.held, record));
        found.push(Candidate {
            record,
            day: day_of(exercise.held, zone),
            lacks,
            doubt: ahead.or_else(|| doubt(context.records, record, &[&exercise.id])),
        });
    }
    found.sort_by(|a, b| {
        let key = |candidate: &Candidate<'_>| candidate.record.value.held;
        (key(a), &a.record.value.id).cmp(&(key(b), &b.record.value.id))
    });
    found
}

/// What the record does not show; `None` when it says that something demanded was left out, so that it never counts.
fn shortcomings(exercise: &Exercise, demand: Demand) -> Option<Vec<String>> {
    let text = |text: &Option<String>| text.as_ref().map(|text| !text.trim().is_empty());
    let mut shown = vec![
        ("result", text(&exercise.result)),
        ("report", text(&exercise.report)),
    ];
    if demand == Demand::Rehearsal {
        shown.extend([
            ("scenario", text(&exercise.scenario)),
            ("timing", exercise.timing.map(|(from, to)| from <= to)),
        ]);
        for walked in [exercise.walked_notification, exercise.walked_activation] {
            if walked == Some(false) {
                return None;
            }
        }
        shown.extend([
            ("walk-through of notification", exercise.walked_notification),
            ("walk-through of activation", exercise.walked_activation),
        ]);
    }
    let mut lacks: Vec<String> = shown
        .into_iter()
        .filter(|(_, shows)| *shows != Some(true))
        .map(|(what, _)| format!("exercise {} shows no {what}", exercise.id))
        .collect();
    if exercise.systems.is_empty() {
        lacks.push(format!("exercise {} names no system in scope", exercise.id));
    }
    Some(lacks)
}

/// The days of sound and of doubtful candidates.
pub fn days(candidates: &[Candidate<'_>]) -> (BTreeSet<NaiveDate>, BTreeSet<NaiveDate>) {
    let sound = candidates.iter().filter(|candidate| candidate.is_sound());
    let doubtful = candidates.iter().filter(|candidate| candidate.is_doubtful());
    (
        sound.map(|candidate| candidate.day).collect(),
        doubtful.map(|candidate| candidate.day).collect(),
    )
}

/// What the doubtful candidates lack, in words; `None` when there is none in doubt.
pub fn doubts(candidates: &[Candidate<'_>]) -> Option<String> {
    let texts: Vec<String> = candidates
        .iter()
        .filter(|candidate| candidate.is_doubtful())
        .flat_map(|candidate| {
            let reason = candidate.doubt.as_ref().map(|doubt| doubt.reason.clone());
            candidate.lacks.iter().cloned().chain(reason)
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// The records of the candidates as evidence.
pub fn evidence(candidates: &[Candidate<'_>]) -> Option<Evidence> {
    Evidence::all(candidates.iter().map(|candidate| &candidate.record.citation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::at;
    use crate::evaluate::testing_rehearsals::exercise;
    use crate::model::records::governance::ExerciseKind;

    #[test]
    fn a_timing_that_ends_as_it_begins_is_one_and_one_that_ends_before_is_none() {
        let lacks = |until: &str| {
            let mut exercise = exercise("EX-1", ExerciseKind::Tabletop, "2026-07-05T10:00");
            exercise.timing = Some((at("2026-07-05T10:00"), at(until)));
            shortcomings(&exercise, Demand::Rehearsal).expect("nothing was left out")
        };
        assert!(lacks("2026-07-05T10:00").is_empty());
        assert_eq!(lacks("2026-07-05T09:59:59Z"), ["exercise EX-1 shows no timing"]);
    }
}
