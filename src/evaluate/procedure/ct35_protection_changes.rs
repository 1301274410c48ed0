//! CT-35: changes to the protection of backups were authorised (HITRUST 01.v).
//!
//! Population: the successful calls of the period that change plans, selections, opt-ins, locks and policies of vaults,
//! lifecycles, trails, and Atlas' backup schedules and compliance policy ([`changes`]). Each needs a ticket that names
//! what it changed, or the event, and that somebody else approved before ([`crate::evaluate::authority`]). Logging that
//! was stopped is an exception whoever approved it. A change that weakens is an observation with how long it lasted
//! ([`weakening`]). A call whose parameters the trail left out is INDETERMINATE: nobody can tell what it changed.

mod changes;
mod weakening;

use self::changes::{is_change, objects, stops_logging};
use self::weakening::weakening;
use crate::evaluate::authority::{Authority, Tickets};
use crate::evaluate::context::Context;
use crate::evaluate::facts::mark_disputed_events;
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::removal::is_call;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::source::Source;
use crate::model::time::show;

const CRITERION: &str =
    "somebody else approved each change of what protects backups before it, and logging never stops";

/// Concludes CT-35.
pub(super) fn protection_changes(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let period = examined(context.scope);
    let sources = [Source::Cloudtrail, Source::AtlasEvents];
    let grounds = Grounds::of(&records.coverage, &sources, period);
    let unit = "calls that change what protects backups";
    let mut builder = FindingBuilder::new(test, unit, grounds.basis.clone());
    let tickets = Tickets::of(context);
    let events = records.events.iter();
    for event in events.filter(|event| is_change(&event.value) && period.contains(event.value.at)) {
        conclude(context, &tickets, event, &mut builder);
    }
    mark_disputed_events(context, &mut builder, |_| false);
    grounds.mark(&mut builder);
    builder.finish("nobody changed what protects backups")
}

fn conclude(
    context: &Context<'_>,
    tickets: &Tickets<'_>,
    event: &Observed<Event>,
    builder: &mut FindingBuilder,
) {
    let value = &event.value;
    let id = format!("event/{}", value.id);
    let evidence = Evidence::of(&event.citation);
    let weakening = weakening(context, event);
    let what = format!("{} at {}", value.name, show(value.at));
    let about = |conflict: &&crate::model::records::Conflict| conflict.id == value.id;
    if context.records.conflicts.iter().any(|conflict| about(&conflict)) {
        let reason = format!("records of {what} contradict each other");
        return builder.indeterminate(id, reason, "a corrected record", evidence);
    }
    let objects = objects(value);
    let named: Vec<_> = objects.iter().flatten().map(String::as_str).collect();
    let authority = tickets.authority(event, &named);
    let evidence = match &weakening {
        Some(weakening) => evidence.and(weakening.evidence.clone()),
        None => evidence,
    };
    let what = match &weakening {
        Some(weakening) => format!("{what}: {}", weakening.says),
        None => what,
    };
    if stops_logging(value) {
        let by = match authority {
            Authority::Given { .. } => "it had been approved".to_owned(),
            Authority::Lacking { why, .. } => why,
            Authority::Unsaid => "the event does not say who did it".to_owned(),
            Authority::Unproven { .. } => "whether it was approved is not proven".to_owned(),
        };
        return builder.exception(id, Severity::High, format!("{what}; {by}"), CRITERION, evidence);
    }
    let Some(objects) = objects else {
        let reason = format!("{what}: its parameters were left out");
        return builder.indeterminate(id, reason, "the event with its request parameters", evidence);
    };
    if objects.is_empty() && !matches!(authority, Authority::Given { .. }) {
        let reason =
            format!("{what}: it does not say what it changed, and no approved ticket names the event");
        return builder.indeterminate(id, reason, "the event with its request parameters", evidence);
    }
    if !is_call(value) {
        let reason = format!("{what}: done by a service; who made it do so is not known");
        return builder.indeterminate(id, reason, "who made the service do so", evidence);
    }
    if let (Some(weakening), Authority::Given { .. }) = (&weakening, &authority) {
        builder.observe(
            format!("approved, and weakens: {what}"),
            weakening.evidence.clone(),
        );
    }
    authority.conclude(builder, &id, &what, (Severity::High, CRITERION), evidence);
}

#[cfg(test)]
mod tests;
