//! By whom and when a version of the schedule was approved.

use chrono::NaiveDate;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, both, register, standing};
use crate::evaluate::roles::{Answer, Office, Roster, roles};
use crate::evaluate::statements::about;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{ExerciseSchedule, PlannedExercise, RoleHolder};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

const CRITERION: &str =
    "approved by the CTO, or by a successor to whom the CTO delegated, on a day before its first exercise";

/// What an approval comes to.
enum Verdict {
    /// By the right person: the rows that show it.
    Right(Evidence),
    /// By another: in words, and the rows.
    Wrong(String, Evidence),
    /// Nobody can tell: in words, and the rows, where there are any.
    Unclear(String, Option<Evidence>),
}

/// Concludes the approval of one version among all versions `of_year`.
pub(super) fn examine(
    context: &Context<'_>,
    roster: &Roster<'_>,
    year: i32,
    row: &Observed<ExerciseSchedule>,
    of_year: &[&Observed<ExerciseSchedule>],
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let schedule = &row.value;
    let id = format!("{year}/approval/{}/{}", schedule.id, schedule.version);
    let seen = Evidence::of(&row.citation);
    let approved = is_approved(context, row);
    if approved.is_none() && of_year.iter().any(|other| replaces(context, other, row)) {
        let text = format!(
            "version {} of {} is a draft: left out",
            schedule.version, schedule.id
        );
        return builder.observe(text, seen);
    }
    let by = schedule.approved_by.as_deref().map(str::trim);
    match (by.filter(|by| !by.is_empty()), schedule.approved_at) {
        (Some(by), Some(at)) => {
            let first = first_new(context, row, of_year);
            judge(context, roster, (by, at), (row, first), &id, schedules, builder);
        }
        _ => {
            let reason = "the schedule does not say who approved it, or when";
            builder.indeterminate(&id, reason, "the approval of the schedule, with its date", seen);
        }
    }
    builder.only_about(&id, &about(&["DR-13.4-1", "DR-13.4-2"]));
}

/// When a version was approved, if that is a fact.
fn is_approved(context: &Context<'_>, row: &Observed<ExerciseSchedule>) -> Option<Instant> {
    let approved = row
        .value
        .approved_at
        .filter(|_| row.value.approved_by.is_some())?;
    (standing(context, approved, row) == Standing::Fact).then_some(approved)
}

/// Whether `other` is an approved version of the same schedule.
fn replaces(
    context: &Context<'_>,
    other: &Observed<ExerciseSchedule>,
    row: &Observed<ExerciseSchedule>,
) -> bool {
    other.value.id == row.value.id && is_approved(context, other).is_some()
}

/// The first day for which the version plans something that no version approved before it planned alike.
fn first_new(
    context: &Context<'_>,
    row: &Observed<ExerciseSchedule>,
    of_year: &[&Observed<ExerciseSchedule>],
) -> Option<NaiveDate> {
    let approved = row.value.approved_at;
    let before = of_year.iter().filter(|other| {
        let earlier = is_approved(context, other).is_some_and(|at| Some(at) < approved);
        other.value.id == row.value.id && earlier
    });
    let known: Vec<&PlannedExercise> = before.flat_map(|other| &other.value.items).collect();
    let alike = |item: &PlannedExercise| {
        let plan = (&item.id, item.kind, item.planned, &item.systems);
        known
            .iter()
            .any(|known| (&known.id, known.kind, known.planned, &known.systems) == plan)
    };
    let new = row.value.items.iter().filter(|item| !alike(item));
    new.map(|item| item.planned).min()
}

fn judge(
    context: &Context<'_>,
    roster: &Roster<'_>,
    (by, at): (&str, Instant),
    (row, first): (&Observed<ExerciseSchedule>, Option<NaiveDate>),
    id: &str,
    schedules: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let day = day_of(at, context.scope.period.zone());
    let seen = Evidence::of(&row.citation);
    if standing(context, at, row) == Standing::AheadOfItsListing {
        let doubt = Doubt::ahead("the approval", at, row);
        return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    if let Some(first) = first.filter(|first| *first <= day) {
        let condition = format!("approved on {day}, its first exercise was planned for {first}");
        return builder.exception(id, Severity::Medium, condition, CRITERION, seen);
    }
    if standing(context, at, row) == Standing::NotYet {
        let reason = format!("approved at {}, not before the as-of instant", show(at));
        return builder.indeterminate(id, reason, "the next period's report", seen);
    }
    let people = register(context, Source::RoleRoster);
    match by_right(context, roster, &row.value, by, at) {
        Verdict::Right(rows) => {
            builder.supported_if(id, &both(schedules.clone(), people), seen.and(rows));
        }
        Verdict::Wrong(condition, rows) => match people {
            Ok(_) => builder.exception(id, Severity::Medium, condition, CRITERION, seen.and(rows)),
            Err(gaps) => builder.gap(id, &gaps, Some(seen.and(rows))),
        },
        Verdict::Unclear(reason, rows) => {
            let seen = rows.map_or(seen.clone(), |rows| seen.and(rows));
            let resolves = "who held the office of the CTO on that day, and any delegation";
            builder.indeterminate(id, reason, resolves, seen);
        }
    }
}

/// Whether the approver was the CTO that day, or a successor with leave.
fn by_right(
    context: &Context<'_>,
    roster: &Roster<'_>,
    schedule: &ExerciseSchedule,
    by: &str,
    at: Instant,
) -> Verdict {
    let day = day_of(at, context.scope.period.zone());
    let rows = match roster.holds(by, day, &[Office::Cto]) {
        Answer::Yes(row) => return claimed(schedule, row, Office::Cto),
        Answer::Unclear { reason, evidence } => return Verdict::Unclear(reason, evidence),
        Answer::No(rows) => rows,
    };
    let held = Evidence::all(rows.iter().map(|row| &row.citation));
    let held = held.expect("invariant: an answer of no rests on rows");
    match roster.holds(by, day, &Office::SUCCESSORS) {
        Answer::Yes(row) => delegated(context, roster, schedule, row, at),
        Answer::No(_) | Answer::Unclear { .. } => {
            let condition = format!("approved by {by}, who was {} that day", roles(&rows));
            Verdict::Wrong(condition, held)
        }
    }
}

/// The role that the schedule itself gives for the approver must not contradict the roster.
fn claimed(schedule: &ExerciseSchedule, row: &Observed<RoleHolder>, office: Office) -> Verdict {
    let rows = Evidence::of(&row.citation);
    match schedule.approved_role.as_deref() {
        Some(role) if Office::of(role) != Some(office) => {
            let reason = format!(
                "the schedule says that it was approved by the {role}, the roster that {} was {} that day",
                row.value.person, row.value.role
            );
            Verdict::Unclear(reason, Some(rows))
        }
        _ => Verdict::Right(rows),
    }
}

fn delegated(
    context: &Context<'_>,
    roster: &Roster<'_>,
    schedule: &ExerciseSchedule,
    successor: &Observed<RoleHolder>,
    at: Instant,
) -> Verdict {
    let RoleHolder { person, role, .. } = &successor.value;
    let rows = Evidence::of(&successor.citation);
    let Some(leave) = &schedule.delegation else {
        let condition = format!("approved by {person}, the {role}, without a delegation by the CTO");
        return Verdict::Wrong(condition, rows);
    };
    if leave.at > at {
        let condition = format!(
            "approved by {person}, the {role}, to whom the CTO delegated only at {}",
            show(leave.at)
        );
        return Verdict::Wrong(condition, rows);
    }
    let day = day_of(leave.at, context.scope.period.zone());
    match roster.holds(leave.by.trim(), day, &[Office::Cto]) {
        Answer::Yes(cto) => {
            let office = Office::of(role).unwrap_or(Office::Cto);
            match claimed(schedule, successor, office) {
                Verdict::Right(rows) => Verdict::Right(rows.and(Evidence::of(&cto.citation))),
                other => other,
            }
        }
        Answer::No(others) => {
            let condition = format!(
                "the delegation to {person}, the {role}, is by {}, who was {} that day",
                leave.by,
                roles(&others)
            );
            Verdict::Wrong(condition, rows)
        }
        Answer::Unclear { reason, evidence } => {
            Verdict::Unclear(format!("who delegated is not known: {reason}"), evidence)
        }
    }
}
