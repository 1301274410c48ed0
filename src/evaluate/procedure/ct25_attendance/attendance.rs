//! Who was there: one item for each required role of one exercise.

use chrono::NaiveDate;

use super::first_yes;
use crate::evaluate::context::Context;
use crate::evaluate::roles::{Answer, Office, Roster};
use crate::evaluate::statements::about;
use crate::evaluate::team::Team;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{Exercise, ExerciseKind};
use crate::model::time::day_of;

/// Who has the authority of policy 13.2.
const AUTHORITY: [Office; 3] = [Office::Cto, Office::SUCCESSORS[0], Office::SUCCESSORS[1]];

/// A role that has to take part.
#[derive(Clone, Copy)]
enum Required {
    Authority,
    Member(Team),
}

impl Required {
    /// The end of the item's id, and the name for readers.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Authority => ("authority", "the CTO or a successor"),
            Self::Member(Team::WebServices) => ("web-services", "Web Services"),
            Self::Member(Team::InfoSec) => ("infosec", "InfoSec"),
            Self::Member(Team::InCharge) => ("ops", "Ops or DevOps"),
        }
    }

    fn ask<'a>(self, roster: &Roster<'a>, person: &str, day: NaiveDate) -> Answer<'a> {
        match self {
            Self::Authority => roster.holds(person, day, &AUTHORITY),
            Self::Member(team) => roster.is_in(person, day, team),
        }
    }
}

/// Concludes `<exercise>/<role>` for each role that has to take part.
pub(super) fn examine(
    context: &Context<'_>,
    roster: &Roster<'_>,
    row: &Observed<Exercise>,
    proof: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let exercise = &row.value;
    let day = day_of(exercise.held, context.scope.period.zone());
    if exercise.participants.is_empty() {
        let id = format!("{}/attendance", exercise.id);
        let reason = "the record names no participant";
        let seen = Evidence::of(&row.citation);
        return builder.indeterminate(id, reason, "the list of those who took part", seen);
    }
    let mut required = vec![
        Required::Authority,
        Required::Member(Team::InCharge),
        Required::Member(Team::WebServices),
    ];
    if exercise.kind == ExerciseKind::Technical {
        required.push(Required::Member(Team::InfoSec));
    }
    for role in required {
        conclude(roster, row, day, role, proof, builder);
    }
    observe_security_officer(roster, row, day, builder);
}

fn conclude(
    roster: &Roster<'_>,
    row: &Observed<Exercise>,
    day: NaiveDate,
    role: Required,
    proof: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let exercise = &row.value;
    let (end, name) = role.names();
    let id = format!("{}/{end}", exercise.id);
    let seen = Evidence::of(&row.citation);
    let people = exercise.participants.iter().map(|(person, _)| person.trim());
    let answers = people.map(|person| role.ask(roster, person, day)).collect();
    match (first_yes(answers), proof) {
        (Ok(found), _) => {
            builder.supported_if(&id, proof, seen.and(Evidence::of(&found.citation)));
        }
        (Err(answers), proof) => absent(roster, row, day, (role, name), answers, (&id, proof), builder),
    }
    let mut statements = about(&["DR-13.4-4", "DR-13.0-4"]);
    if exercise.kind == ExerciseKind::Tabletop {
        statements.extend(about(&["DR-13.4.1-1"]));
    }
    builder.only_about(&id, &statements);
}

/// Nobody among the participants is known to hold the role: absent, unless one of them can't be told.
fn absent(
    roster: &Roster<'_>,
    row: &Observed<Exercise>,
    day: NaiveDate,
    (role, name): (Required, &str),
    answers: Vec<Answer<'_>>,
    (id, proof): (&str, &Result<Proof, Vec<Gap>>),
    builder: &mut FindingBuilder,
) {
    let mut seen = Evidence::of(&row.citation);
    let mut open = Vec::new();
    for answer in answers {
        match answer {
            Answer::Unclear { reason, evidence } => {
                open.push(reason);
                seen = evidence.map_or(seen.clone(), |rows| seen.and(rows));
            }
            Answer::No(rows) => {
                let rows = Evidence::all(rows.iter().map(|row| &row.citation));
                seen = rows.map_or(seen.clone(), |rows| seen.and(rows));
            }
            Answer::Yes(_) => {}
        }
    }
    let facilitator = row.value.facilitator.trim();
    let led = role.ask(roster, facilitator, day);
    if open.is_empty() && !matches!(led, Answer::No(_)) {
        open.push(format!(
            "{facilitator} only led the exercise and is not among the participants"
        ));
    }
    match proof {
        _ if !open.is_empty() => {
            let reason = format!("whether {name} took part is open: {}", open.join("; "));
            builder.indeterminate(id, reason, "the participants as the roster has them", seen);
        }
        Ok(_) => {
            let condition = format!("nobody of {name} took part on {day}");
            let criterion = "each required role takes part in each exercise";
            builder.exception(id, Severity::Medium, condition, criterion, seen);
        }
        Err(gaps) => builder.gap(id, gaps, Some(seen)),
    }
}

/// The Security Officer is recommended, not required.
fn observe_security_officer(
    roster: &Roster<'_>,
    row: &Observed<Exercise>,
    day: NaiveDate,
    builder: &mut FindingBuilder,
) {
    let exercise = &row.value;
    let is_there = exercise.participants.iter().any(|(person, _)| {
        let answer = roster.holds(person.trim(), day, &[Office::SecurityOfficer]);
        matches!(answer, Answer::Yes(_))
    });
    if !is_there {
        let text = format!(
            "the Security Officer, whose presence is recommended, is not among the participants of {}",
            exercise.id
        );
        builder.observe(text, Evidence::of(&row.citation));
    }
}
