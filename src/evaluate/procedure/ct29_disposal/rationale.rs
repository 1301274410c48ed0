//! Why no copy was needed (164.310(d)(2)(iv): "when needed"): a ticket of type `backup_not_needed` that names the system or
//! medium, was approved by somebody other than who opened it, before the event, and was not closed before it; or the
//! exemption of a system that was in force then.

use crate::evaluate::approval::{exemption_at, is_another};
use crate::evaluate::context::Context;
use crate::evaluate::facts::register;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::{System, Ticket};
use crate::model::source::Source;
use crate::model::time::Instant;

/// The type of a ticket that says that no copy is needed.
const KIND: &str = "backup_not_needed";

/// A reason that was approved before the event.
pub(super) struct Rationale {
    /// In words.
    pub(super) said: String,
    /// That its register is whole.
    pub(super) proof: Result<Proof, Vec<Gap>>,
    /// Where it stands.
    pub(super) evidence: Evidence,
}

/// The reason of a system.
pub(super) fn of_system(context: &Context<'_>, row: &Observed<System>, at: Instant) -> Option<Rationale> {
    let system = &row.value;
    if let Ok(Some(exemption)) = exemption_at(context, system, at) {
        return Some(Rationale {
            said: format!("{} needed no copy: {}", system.id, exemption.rationale),
            proof: register(context, Source::SystemsInventory),
            evidence: Evidence::of(&row.citation),
        });
    }
    of(context, system.id.as_str(), at)
}

/// The reason that a ticket gives for what is called `name`.
pub(super) fn of(context: &Context<'_>, name: &str, at: Instant) -> Option<Rationale> {
    let by_another = |ticket: &Ticket| {
        let by = ticket.approved_by.as_deref().unwrap_or_default();
        is_another(by, &ticket.opened_by)
    };
    let found = context.records.standing_tickets().find(|ticket| {
        let ticket = &ticket.value;
        ticket.kind == KIND
            && ticket.refs.iter().any(|named| named == name)
            && ticket.approved.is_some_and(|approved| approved < at)
            && ticket.closed.is_none_or(|closed| at <= closed)
            && by_another(ticket)
            && !ticket.title.trim().is_empty()
    })?;
    Some(Rationale {
        said: format!(
            "{name} needed no copy by {}: {}",
            found.value.id, found.value.title
        ),
        proof: register(context, Source::Tickets),
        evidence: Evidence::of(&found.citation),
    })
}
