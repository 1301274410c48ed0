//! The chain of a medium's movements (policy 6.3(1), 164.310(d)(2)(iii)).

use super::Part;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Standing, standing};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::{Medium, Movement};
use crate::model::time::show;

const CRITERION: &str = "each movement says from where, to whom, by whom and who allowed it, and begins where the one before ended";

/// Each movement begins where the one before it ended, and the last one ended where the register says the medium is.
pub(super) fn chain(
    context: &Context<'_>,
    register: &Result<Proof, Vec<Gap>>,
    row: &Observed<Medium>,
) -> Part {
    let medium = &row.value;
    let id = &medium.id;
    let mut moved: Vec<&Movement> = medium.movements.iter().collect();
    moved.sort_by_key(|movement| movement.at);
    if let Some(ahead) = moved
        .iter()
        .find(|one| standing(context, one.at, row) == Standing::AheadOfItsListing)
    {
        let reason = format!(
            "{id} was moved at {}, after the answer that holds it",
            show(ahead.at)
        );
        return Part::Open(reason, "the movement with its true date");
    }
    let blank = |text: &str| text.trim().is_empty();
    if let Some(bare) = moved
        .iter()
        .find(|one| [&one.from, &one.to, &one.by].iter().any(|text| blank(text)))
    {
        let reason = format!("the movement of {id} at {} lacks from, to or by", show(bare.at));
        return Part::Open(reason, "the whole movement");
    }
    // Of two at one instant nobody knows which came first.
    if let Some(pair) = moved.windows(2).find(|pair| pair[0].at == pair[1].at) {
        let reason = format!("{id} was moved twice at {}", show(pair[0].at));
        return Part::Open(reason, "the order of the movements");
    }
    if let Some(pair) = moved.windows(2).find(|pair| pair[0].to != pair[1].from) {
        let [before, after] = [pair[0], pair[1]];
        let condition = format!(
            "{id} went to {} at {}, and from {} at {}",
            before.to,
            show(before.at),
            after.from,
            show(after.at)
        );
        return Part::Bad(condition, CRITERION);
    }
    if let Some(last) = moved.last() {
        let holders = [&medium.owner, &medium.custodian, &medium.location];
        let ends = holders.iter().any(|holder| holder.as_deref() == Some(&*last.to));
        if !ends && medium.disposal.is_none() {
            let condition = format!(
                "{id} went to {} at {}, and the register has it elsewhere",
                last.to,
                show(last.at)
            );
            return Part::Bad(condition, CRITERION);
        }
    }
    let unauthorised = |movement: &&&Movement| movement.authorised_by.as_deref().is_none_or(blank);
    if let Some(bare) = moved.iter().find(unauthorised) {
        let reason = format!(
            "the register does not say who allowed the movement of {id} at {}",
            show(bare.at)
        );
        return Part::Open(reason, "who allowed the movement");
    }
    Part::Good(register.clone(), Evidence::of(&row.citation))
}
