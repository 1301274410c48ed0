//! Whether a medium entered the register before anyone used it (policy 6.3(1)).
//!
//! That a register dates an entry back is found where exports are compared: the record is disputed then.

use super::Part;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Standing, standing};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::Medium;
use crate::model::time::{Instant, show};

/// Registered not later than first used. One that was moved before may have been in use then.
pub(super) fn judge(
    context: &Context<'_>,
    register: &Result<Proof, Vec<Gap>>,
    row: &Observed<Medium>,
) -> Part {
    let medium = &row.value;
    let resolves = "when the medium was registered and first used";
    let ahead = |at: Instant| standing(context, at, row) == Standing::AheadOfItsListing;
    match (medium.registered, medium.first_used) {
        (Some(registered), _) if ahead(registered) => Part::Open(
            format!(
                "{} is dated registered at {}, after the answer that holds it",
                medium.id,
                show(registered)
            ),
            resolves,
        ),
        (_, Some(used)) if ahead(used) => Part::Open(
            format!(
                "{} is dated first used at {}, after the answer that holds it",
                medium.id,
                show(used)
            ),
            resolves,
        ),
        (Some(registered), Some(used)) if used < registered => Part::Bad(
            format!(
                "{} was first used at {} and registered only at {}",
                medium.id,
                show(used),
                show(registered)
            ),
            "media enter the register before anyone uses them",
        ),
        (Some(registered), _) if moved_before(medium, registered).is_some() => {
            let at = moved_before(medium, registered).map_or_else(String::new, show);
            Part::Open(
                format!(
                    "{} was moved at {at}, before it was registered at {}: whether it was in use then is not said",
                    medium.id,
                    show(registered)
                ),
                "what the medium was used for before it was registered",
            )
        }
        (Some(_), Some(_)) => Part::Good(register.clone(), Evidence::of(&row.citation)),
        (registered, _) => {
            let what = match registered {
                Some(_) => "first used",
                None => "registered",
            };
            Part::Open(
                format!("the register does not say when {} was {what}", medium.id),
                resolves,
            )
        }
    }
}

/// The first movement before `registered`.
fn moved_before(medium: &Medium, registered: Instant) -> Option<Instant> {
    let moved = medium.movements.iter().map(|movement| movement.at);
    moved.min().filter(|at| *at < registered)
}
