//! CT-25: the required people took part (policy 13.4, 13.4.1, 13.0).
//!
//! Population: the completed exercises that CT-22 to CT-24 count for the period, that is those of its days and of the
//! exercise_max_age days before, each for every role that has to be there: the CTO or a successor, Ops, Web Services, and
//! InfoSec in a technical test. The roster says who was what on the day. Beside them stands `coordination/external`: that
//! one of the exercises at least shows outside parties being contacted; a record that says nothing of it leaves it open.

mod attendance;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::evaluate::context::Context;
use crate::evaluate::exercises::back;
use crate::evaluate::facts::{
    Doubt, Standing, both, doubt, judged_days, observe_not_yet, register, standing,
};
use crate::evaluate::roles::{Answer, Office, Roster};
use crate::evaluate::statements::about;
use crate::evaluate::team::Team;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{Exercise, RoleHolder};
use crate::model::source::Source;
use crate::model::time::day_of;

/// The task of policy 13.5.2 that reaches beyond the organisation.
const CONTACT: &str = "contact_partners_and_customers";

/// Concludes CT-25.
pub(super) fn attendance(context: &Context<'_>, test: TestId) -> Finding {
    let held = register(context, Source::Exercises);
    let proof = both(held.clone(), register(context, Source::RoleRoster));
    let unit = "required roles in exercises of the period and of the year before";
    let mut builder = FindingBuilder::new(test, unit, held.clone());
    let roster = Roster::of(context);
    let counted = counted(context, &mut builder);
    for row in &counted {
        attendance::examine(context, &roster, row, &proof, &mut builder);
    }
    coordination(&counted, &held, &mut builder);
    observe_coverage(context, &roster, &counted, &mut builder);
    let exercises = context.records.exercises.iter();
    let dated = exercises.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no exercise was completed in the period or the year before")
}

/// The first and the last day on which an exercise counts.
fn window(context: &Context<'_>) -> (NaiveDate, NaiveDate) {
    let (first, last) = judged_days(context);
    (back(context, first), last)
}

/// The completed exercises that count, and against which nothing stands; the others are INDETERMINATE.
fn counted<'a>(context: &Context<'a>, builder: &mut FindingBuilder) -> Vec<&'a Observed<Exercise>> {
    let (first, last) = window(context);
    let mut counted = Vec::new();
    for row in &context.records.exercises {
        let exercise = &row.value;
        let stands = standing(context, exercise.held, row);
        let day = day_of(exercise.held, context.scope.period.zone());
        let doubt = doubt(context.records, row, &[&exercise.id]);
        let moved = context.records.moved(Source::Exercises, &exercise.id).when;
        let counts = moved || (first..=last).contains(&day) && stands != Standing::NotYet;
        // What a disputed record says of its day or its completion may be what is wrong.
        if !counts || (!exercise.completed && doubt.is_none()) {
            continue;
        }
        let ahead = (stands == Standing::AheadOfItsListing)
            .then(|| Doubt::ahead(&format!("exercise {}", exercise.id), exercise.held, row));
        match doubt.or(ahead) {
            Some(doubt) => {
                let id = format!("{}/attendance", exercise.id);
                builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
            }
            None => counted.push(row),
        }
    }
    counted
}

/// Whether an exercise shows that outside parties were contacted.
fn coordination(
    counted: &[&Observed<Exercise>],
    held: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    const ID: &str = "coordination/external";
    let Some(seen) = Evidence::all(counted.iter().map(|row| &row.citation)) else {
        return;
    };
    let contacted = |row: &&&Observed<Exercise>| {
        let mut tasks = row.value.tasks.iter().flatten();
        tasks.any(|task| task == CONTACT)
    };
    match counted.iter().find(contacted) {
        Some(row) => builder.supported_if(ID, held, Evidence::of(&row.citation)),
        None => {
            let reason = "no record of an exercise shows that partners, customers or vendors were contacted";
            let resolves = "the tasks done in the exercises, with the contact of outside parties";
            builder.indeterminate(ID, reason, resolves, seen);
        }
    }
    builder.only_about(ID, &about(&["DR-13.0-4"]));
}

/// Says how many of those with a role in the plan took part in the last year, and who did not.
fn observe_coverage(
    context: &Context<'_>,
    roster: &Roster<'_>,
    counted: &[&Observed<Exercise>],
    builder: &mut FindingBuilder,
) {
    let (_, last) = judged_days(context);
    let since = back(context, last);
    let zone = context.scope.period.zone();
    let recent = counted.iter().filter(|row| day_of(row.value.held, zone) >= since);
    let there: BTreeSet<&str> = recent
        .flat_map(|row| &row.value.participants)
        .map(|(person, _)| person.trim())
        .collect();
    let holders: Vec<_> = roster
        .on(last)
        .filter(|row| has_plan_role(context, &row.value))
        .collect();
    let Some(seen) = Evidence::all(holders.iter().map(|row| &row.citation)) else {
        return;
    };
    let people: BTreeSet<&str> = holders.iter().map(|row| row.value.person.as_str()).collect();
    let absent: Vec<&str> = people
        .iter()
        .filter(|person| !there.contains(*person))
        .copied()
        .collect();
    let absent = if absent.is_empty() {
        String::new()
    } else {
        format!("; not: {}", absent.join(", "))
    };
    let count = people.iter().filter(|person| there.contains(*person)).count();
    let text = format!(
        "{count} of {} persons with a role in the plan took part in an exercise from {since} to {last}{absent}",
        people.len()
    );
    builder.observe(text, seen);
}

/// Whether the plan gives the holder something to do.
fn has_plan_role(context: &Context<'_>, row: &RoleHolder) -> bool {
    let aliases = context.criteria.team_aliases.as_deref();
    let mut teams = [Team::InCharge, Team::WebServices, Team::InfoSec].into_iter();
    let team = row.team.as_deref();
    let may_be = |team: Team, name| team.is(Some(name), aliases) != Some(false);
    Office::of(&row.role).is_some() || team.is_some_and(|name| teams.any(|team| may_be(team, name)))
}

/// The first row among the participants that answers the question with yes, or the answers that are no.
fn first_yes<'a>(answers: Vec<Answer<'a>>) -> Result<&'a Observed<RoleHolder>, Vec<Answer<'a>>> {
    let yes = answers.iter().find_map(|answer| match answer {
        Answer::Yes(row) => Some(*row),
        _ => None,
    });
    yes.ok_or(answers)
}

#[cfg(test)]
mod tests;
