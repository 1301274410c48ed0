//! The review of the access to an account, as a ticket of the period tells it.

use super::snapshot::Snapshot;
use crate::evaluate::approval::is_another;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt, register};
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of};

/// Adds the item of the review.
pub(super) fn examine(context: &Context<'_>, snapshot: &Snapshot<'_>, builder: &mut FindingBuilder) {
    let account = snapshot.account;
    let id = format!("{account}/review");
    let period = examined(context.scope);
    let zone = context.scope.period.zone();
    let reviews = context.records.standing_tickets().filter(|ticket| {
        let ticket = &ticket.value;
        let in_roster = |person: &str, at: Instant| {
            let day = day_of(at, zone);
            let rows = context.records.roster.iter();
            let mut sound = rows.filter(|row| doubt(context.records, row, &[&row.value.id]).is_none());
            sound.any(|row| {
                let row = &row.value;
                row.person == person && row.from <= day && row.to.is_none_or(|to| day <= to)
            })
        };
        let by_another = |at| {
            let by = ticket.approved_by.as_deref();
            by.is_some_and(|by| is_another(by, &ticket.opened_by) && in_roster(by, at))
        };
        ticket.kind == "access_review"
            && ticket.refs.iter().any(|reference| reference == account.as_str())
            && ticket
                .approved
                .is_some_and(|at| period.contains(at) && by_another(at))
    });
    let review = reviews.min_by_key(|ticket| (&ticket.value.id, &ticket.citation));
    let registers = both(
        register(context, Source::Tickets),
        register(context, Source::RoleRoster),
    );
    match (review, registers) {
        (Some(ticket), registers) => {
            let proof = both(Ok(snapshot.proof.clone()), registers);
            builder.supported_if(&id, &proof, Evidence::of(&ticket.citation));
        }
        (None, Err(gaps)) => builder.gap(&id, &gaps, None),
        (None, Ok(searched)) => {
            let reason = "no ticket of type access_review names the account and was approved in the period by somebody else \
                          of the roster";
            let resolves = "the record of an access review within the period";
            builder.indeterminate(&id, reason, resolves, Evidence::absence_in(&searched));
        }
    }
    builder.only_about(&id, &about(&["IM-01.v"]));
}
