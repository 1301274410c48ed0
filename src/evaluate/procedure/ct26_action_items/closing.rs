//! One action item: owner, due day, closing, evidence, and the change of the plan.

use crate::evaluate::context::Context;
use crate::evaluate::documents::{name, version_doubt};
use crate::evaluate::facts::{Doubt, Standing, both, judged_days, register, standing};
use crate::evaluate::overdue::Done;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{ActionItem, Exercise, PlanDocument};
use crate::model::source::Source;
use crate::model::time::{day_of, show};

const CRITERION: &str = "closed by the day it is due, with evidence and the change of the plan where it needs one; or not overdue";

/// What an item comes to so far.
enum Verdict {
    /// Met, by these records.
    Met(Evidence),
    /// Not met: in words, and the places that were searched, where an absence says so.
    NotMet(String, Option<Source>),
    /// Nobody can tell: in words, and what would settle it.
    Open(String, &'static str),
}

/// Concludes `<exercise>/<item>`.
pub(super) fn examine(
    context: &Context<'_>,
    row: &Observed<Exercise>,
    item: &ActionItem,
    builder: &mut FindingBuilder,
) {
    let id = format!("{}/{}", row.value.id, item.id);
    let seen = Evidence::of(&row.citation);
    let closed = item.closed.map(|at| (at, standing(context, at, row)));
    if let Some((at, Standing::AheadOfItsListing)) = closed {
        let doubt = Doubt::ahead("the closing", at, row);
        return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    if let Some(early) = item.closed.filter(|closed| *closed < row.value.held) {
        let reason = format!(
            "closed at {}, before the exercise that brought it up",
            show(early)
        );
        return builder.indeterminate(id, reason, "when the item was closed", seen);
    }
    let is_closed = matches!(closed, Some((_, Standing::Fact)));
    match verdict(context, row, item, is_closed) {
        Verdict::Met(records) => {
            let mut proof = register(context, Source::Exercises);
            // What is not closed rests on its exercise alone.
            if is_closed {
                proof = both(proof, register(context, Source::Tickets));
            }
            if is_closed && item.plan_change == Some(true) {
                proof = both(proof, register(context, Source::PlanDocuments));
            }
            builder.supported_if(id, &proof, seen.and(records));
        }
        Verdict::NotMet(condition, None) => {
            builder.exception(id, Severity::Medium, condition, CRITERION, seen);
        }
        Verdict::NotMet(condition, Some(source)) => match register(context, source) {
            Ok(proof) => {
                let seen = seen.and(Evidence::absence_in(&proof));
                builder.exception(id, Severity::Medium, condition, CRITERION, seen);
            }
            Err(gaps) => builder.gap(id, &gaps, Some(seen)),
        },
        Verdict::Open(reason, resolves) => builder.indeterminate(id, reason, resolves, seen),
    }
}

fn verdict(context: &Context<'_>, row: &Observed<Exercise>, item: &ActionItem, is_closed: bool) -> Verdict {
    let zone = context.scope.period.zone();
    let (_, last) = judged_days(context);
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    let closed = item.closed.filter(|_| is_closed).map(|at| day_of(at, zone));
    let done = Done::by(item.due, closed, last);
    match done {
        Done::Overdue { days } => {
            return Verdict::NotMet(format!("open, {days} days overdue"), None);
        }
        Done::Late { days } => {
            return Verdict::NotMet(format!("closed {days} days after it was due"), None);
        }
        _ if is_closed && blank(&item.evidence) => {
            return Verdict::NotMet("closed without evidence".to_owned(), None);
        }
        _ => {}
    }
    let changed = match changed(context, row, item).filter(|_| is_closed) {
        Some(Verdict::Met(records)) => Some(records),
        Some(other) => return other,
        None => None,
    };
    if done == Done::Undated || blank(&item.owner) {
        let lacks = match (done, blank(&item.owner)) {
            (Done::Undated, true) => "neither an owner nor a due day",
            (Done::Undated, false) => "no due day",
            _ => "no owner",
        };
        return Verdict::Open(format!("the item names {lacks}"), "owner and due day of the item");
    }
    let records = changed.unwrap_or_else(|| Evidence::of(&row.citation));
    let evidence = item.evidence.as_deref().unwrap_or_default().trim();
    match ticket(context, evidence).filter(|_| is_closed) {
        Some(Verdict::Met(ticket)) => Verdict::Met(records.and(ticket)),
        Some(other) => other,
        None => Verdict::Met(records),
    }
}

/// How the ticket that the evidence names stands; `None` where it names none that anybody knows.
fn ticket(context: &Context<'_>, evidence: &str) -> Option<Verdict> {
    let named = |id: &str| id == evidence;
    let known = context
        .records
        .tickets
        .iter()
        .find(|ticket| named(&ticket.value.id))?;
    let mut standing_tickets = context.records.standing_tickets();
    let stands = standing_tickets.any(|ticket| named(&ticket.value.id));
    let closed = known
        .value
        .closed
        .filter(|at| standing(context, *at, known) == Standing::Fact);
    Some(match (stands, closed) {
        (true, Some(_)) => Verdict::Met(Evidence::of(&known.citation)),
        (true, None) => Verdict::Open(
            format!("closed by ticket {evidence}, which is open itself"),
            "the closing of the ticket",
        ),
        (false, _) => Verdict::Open(
            format!("closed by ticket {evidence}, for which the register does not vouch"),
            "the ticket as the register holds it",
        ),
    })
}

/// Whether the plan was changed as a closed item says it has to be; `None` where it asks for no change.
fn changed(context: &Context<'_>, row: &Observed<Exercise>, item: &ActionItem) -> Option<Verdict> {
    if item.plan_change != Some(true) {
        return None;
    }
    let held = day_of(row.value.held, context.scope.period.zone());
    let later = context.records.documents.iter();
    let later: Vec<_> = later.filter(|version| version.value.effective >= held).collect();
    let note = |version: &PlanDocument| version.change_note.clone().unwrap_or_default();
    let naming = later
        .iter()
        .filter(|version| names(&note(&version.value), &item.id));
    let mut unsound = None;
    for version in naming {
        match unsoundness(context, row, version) {
            None => return Some(Verdict::Met(Evidence::of(&version.citation))),
            Some(reason) => unsound = Some(reason),
        }
    }
    let silent = later
        .iter()
        .find(|version| note(&version.value).trim().is_empty());
    Some(match (unsound, silent) {
        (Some(reason), _) => Verdict::Open(reason, "the approved version with the change"),
        (None, Some(version)) => Verdict::Open(
            format!("{} is later and has no note of its changes", name(&version.value)),
            "the note of changes of each later version",
        ),
        (None, None) => Verdict::NotMet(
            format!("closed, and no version of a plan since {held} names the change"),
            Some(Source::PlanDocuments),
        ),
    })
}

/// Why a version that names the item does not count.
fn unsoundness(
    context: &Context<'_>,
    row: &Observed<Exercise>,
    version: &Observed<PlanDocument>,
) -> Option<String> {
    let document = &version.value;
    let approved = document.approved_at.filter(|_| document.approved_by.is_some());
    if let Some(doubt) = version_doubt(context, version) {
        return Some(doubt.reason);
    }
    match approved.map(|at| (at, standing(context, at, version))) {
        Some((at, Standing::Fact)) if at >= row.value.held => None,
        _ => Some(format!(
            "{} names the change, and no approval since the exercise by the as-of instant",
            name(document)
        )),
    }
}

/// Whether a note names an id as a word of its own.
fn names(note: &str, id: &str) -> bool {
    let part_of_id = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    note.split(|letter| !part_of_id(letter)).any(|word| word == id)
}
