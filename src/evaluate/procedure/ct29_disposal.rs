//! CT-29: nothing was moved, retired or reassigned without an exact copy before and a record of sanitisation after
//! (policy 6.3(1), 13.5.3, 164.310(d)(2)(iv)).
//!
//! Population: systems that may hold ePHI and went out of use, or of which a resource was moved; media and devices that
//! were disposed of, or passed from one person to another; devices that a list from elsewhere has no more in use. All in
//! the period. `/before`: an exact copy ([`copy`]), or an approved reason why none was needed ([`rationale`]). `/after`:
//! the deletion of the resource with current assurance of how the provider disposes of its media ([`deletion`]), or the
//! medium's own record of sanitisation or disposal ([`devices`]). `/retention`: the backups that a retired system left
//! keep their time ([`retention`]).
//!
//! Indeterminate: an event without a date, a row in doubt (what is wrong may be that it is still in use), a provider's
//! disposal without current assurance, copies of devices, which nobody collects, and what the sources do not reach.

mod complete;
mod copy;
mod deletion;
mod devices;
mod listed;
mod rationale;
mod retention;
mod systems;
mod unlisted;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, both, mark_disputed_events, register, standing};
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::evaluate::systems::refuse_empty_inventory;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::source::Source;
use crate::model::time::Instant;

/// A copy before the event.
const BEFORE: &[&str] = &["IM-310d2iv"];
/// A record after it.
const AFTER: &[&str] = &["DM-6.3-1b"];
/// A record after the disposal of hardware.
const HARDWARE: &[&str] = &["DM-6.3-1b", "DR-13.5.3-3"];

/// Concludes CT-29.
pub(super) fn disposal(context: &Context<'_>, test: TestId) -> Finding {
    let basis = basis(context);
    let unit = "retirements and moves of systems, disposals and re-uses of media, each before and after";
    let mut builder = FindingBuilder::new(test, unit, basis.clone());
    refuse_empty_inventory(
        &mut builder,
        context,
        &register(context, Source::SystemsInventory),
    );
    let systems = systems::examine(context, &mut builder);
    if systems {
        // Whatever its last answer says, it may be the one that deleted a copy.
        mark_disputed_events(context, &mut builder, |_| false);
    }
    let media = devices::examine(context, &mut builder);
    let hardware = listed::examine(context, &mut builder) || media.hardware;
    // Each statement has its own item where nothing happened that it speaks about. A gap speaks about them all.
    let parts = [
        (
            hardware,
            "population/devices",
            "DR-13.5.3-3",
            "no device was disposed of or passed to another person in the period",
        ),
        (
            systems || hardware,
            "population/moves",
            "IM-310d2iv",
            "no system went out of use or moved, and no device was disposed of or passed on, in the period",
        ),
        (
            systems || hardware || media.any,
            "population/events",
            "DM-6.3-1b",
            "no system went out of use or moved, and no medium was disposed of or passed on, in the period",
        ),
    ];
    for (happened, id, statement, nothing) in parts {
        if !happened && basis.is_ok() {
            builder.part_did_not_occur(id, &basis, nothing);
            builder.only_about(id, &about(&[statement]));
        }
    }
    builder.finish("invariant: a proven population has one item at least")
}

/// Events stand in the registers; who is a person, and so a re-use, in the roster.
fn basis(context: &Context<'_>) -> Result<Proof, Vec<Gap>> {
    let sources = [Source::MediaRegister, Source::DeviceList, Source::RoleRoster];
    let inventory = register(context, Source::SystemsInventory);
    sources
        .into_iter()
        .fold(inventory, |all, source| both(all, register(context, source)))
}

/// When an event was, as far as it concerns the period.
enum When {
    /// In the period.
    At(Instant),
    /// Nobody wrote it down: it may have been in the period.
    Unsaid,
    /// Its date is later than the answer that holds it.
    Doubtful(Doubt),
}

/// Whether an event of `record` at `at` concerns the period; `what` names it for readers.
fn when<T>(context: &Context<'_>, record: &Observed<T>, at: Option<Instant>, what: &str) -> Option<When> {
    let Some(at) = at else {
        return Some(When::Unsaid);
    };
    if !examined(context.scope).contains(at) {
        return None;
    }
    Some(match standing(context, at, record) {
        Standing::AheadOfItsListing => When::Doubtful(Doubt::ahead(what, at, record)),
        Standing::Fact | Standing::NotYet => When::At(at),
    })
}

/// The instant of an event, or its INDETERMINATE item: without it there is no before and after.
fn dated(
    when: When,
    id: String,
    what: &str,
    seen: Evidence,
    builder: &mut FindingBuilder,
) -> Option<Instant> {
    match when {
        When::At(at) => return Some(at),
        When::Unsaid => {
            let reason = format!("nobody wrote down when {what}");
            builder.indeterminate(id, reason, format!("the day on which {what}"), seen);
        }
        When::Doubtful(doubt) => builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence),
    }
    None
}

/// Whether a member of a record says something.
fn said(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests;
