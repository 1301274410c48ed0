//! Whether a medium leads to a person who is there (policy 6.3(6)).

use super::Part;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, doubt, register};
use crate::evaluate::roles::{Answer, Roster};
use crate::evaluate::systems::last_moment;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::{Medium, Movement, RoleHolder};
use crate::model::source::Source;
use crate::model::time::day_of;
use chrono::NaiveDate;

const CRITERION: &str = "each medium and device leads to a person of the roster";

/// Whether a person is in the roster on a day.
enum There<'a> {
    Yes(&'a Observed<RoleHolder>),
    No,
    Unclear(Doubt),
}

fn there<'a>(context: &Context<'a>, roster: &Roster<'a>, person: &str, day: NaiveDate) -> There<'a> {
    if let Answer::Yes(row) = roster.ask(person, day, |_| Some(true)) {
        return There::Yes(row);
    }
    let rows = context
        .records
        .roster
        .iter()
        .filter(|row| row.value.person == person);
    let mut doubts = rows.filter_map(|row| doubt(context.records, row, &[&row.value.id]));
    doubts.next().map_or(There::No, There::Unclear)
}

/// The owner is in the roster at the end of what is judged, or handed the medium over to somebody who is.
pub(super) fn owner(context: &Context<'_>, row: &Observed<Medium>) -> Part {
    let medium = &row.value;
    let Some(owner) = medium.owner.as_deref().filter(|owner| !owner.trim().is_empty()) else {
        return Part::Bad(format!("{} is assigned to nobody", medium.id), CRITERION);
    };
    let until = last_moment(context);
    let until = medium
        .disposal
        .as_ref()
        .and_then(|disposal| disposal.at)
        .map_or(until, |at| at.min(until));
    let day = day_of(until, context.scope.period.zone());
    let roster = Roster::of(context);
    let proof = register(context, Source::RoleRoster);
    let open = |doubt: Doubt| Part::Open(doubt.reason, "the roster's row of the owner");
    match there(context, &roster, owner, day) {
        There::Yes(holder) => return Part::Good(proof, Evidence::of(&holder.citation)),
        There::Unclear(doubt) => return open(doubt),
        There::No => {}
    }
    if let Err(gaps) = &proof {
        return Part::Good(Err(gaps.clone()), Evidence::of(&row.citation));
    }
    let by_then = medium.movements.iter().filter(|movement| movement.at <= until);
    let last: Option<&Movement> = by_then.max_by_key(|movement| movement.at);
    match last
        .filter(|movement| movement.from == owner)
        .map(|movement| movement.to.as_str())
    {
        None => Part::Bad(
            format!(
                "{} is assigned to {owner}, whom the roster does not have on {day}",
                medium.id
            ),
            CRITERION,
        ),
        Some(to) => match there(context, &roster, to, day) {
            There::Yes(holder) => Part::Good(proof, Evidence::of(&holder.citation)),
            There::Unclear(doubt) => open(doubt),
            There::No => Part::Bad(
                format!(
                    "{} is assigned to {owner}, whom the roster does not have on {day}, and went to {to}",
                    medium.id
                ),
                CRITERION,
            ),
        },
    }
}
