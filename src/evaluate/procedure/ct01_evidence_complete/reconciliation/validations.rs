//! What restores are said to have been validated as against who said so: a `ValidationStatus` is the customer's own
//! assertion, made by PutRestoreValidationResult. Somebody who started the restore and asserts its success himself is worth
//! an observation; that tester and reviewer are two is CT-20.

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::records::Observed;
use crate::model::records::backups::{Actor, Event};
use crate::model::source::Source;
use crate::model::time::show;

/// What the service sets by itself.
const BY_SERVICE: [&str; 2] = ["VALIDATING", "TIMED_OUT"];

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span, trail) = (context.records, examined(context.scope), place.trail());
    let key = place.key(Source::AwsRestoreJobs);
    let events = records
        .events
        .iter()
        .filter(|event| event.key == trail && event.value.error.is_none());
    let events: Vec<_> = events.collect();
    let calls: Vec<_> = events
        .iter()
        .copied()
        .filter(|event| event.value.name == "PutRestoreValidationResult")
        .collect();
    let names = |event: &Observed<Event>, id: &str| event.value.resources.iter().any(|named| named == id);
    let jobs = records.restores.iter().filter(|job| job.key == key);
    let asserted = jobs.filter(|job| {
        let by_customer = job
            .value
            .validation
            .as_deref()
            .is_some_and(|status| !BY_SERVICE.contains(&status));
        by_customer && span.contains(job.value.created)
    });
    let asserted: Vec<_> = asserted.collect();
    let (mut matched, mut explained, mut open, mut cited) = (0, Vec::new(), Vec::new(), Vec::new());
    for job in &asserted {
        let id = job.value.id.as_str();
        let Some(call) = calls.iter().find(|call| names(call, id)) else {
            open.push(format!("nobody is known to have validated restore {id}"));
            cited.push(&job.citation);
            continue;
        };
        matched += 1;
        let started = events.iter().find(|event| {
            event.value.name == "StartRestoreJob" && event.value.results.iter().any(|made| made == id)
        });
        if let Some(started) = started.filter(|started| same_person(started, call)) {
            explained.push(format!(
                "restore {id} was validated at {} by the one who started it",
                show(call.value.at)
            ));
            cited.extend([&started.citation, &call.citation]);
        }
    }
    let known = |call: &&&Observed<Event>| !records.restores.iter().any(|job| names(call, &job.value.id));
    let strangers: Vec<_> = calls
        .iter()
        .filter(|call| span.contains(call.value.at))
        .filter(known)
        .collect();
    open.extend(strangers.iter().map(|call| {
        format!(
            "call {} at {} without its restore job",
            call.value.id,
            show(call.value.at)
        )
    }));
    cited.extend(strangers.iter().map(|call| &call.citation));
    let keys = [key, trail];
    (!asserted.is_empty() || !strangers.is_empty()).then(|| Reconciliation {
        name: "validations",
        left: counted(asserted.len(), "restores with a validation status"),
        right: counted(matched + strangers.len(), "PutRestoreValidationResult calls"),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "the call by which each status was set",
    })
}

fn same_person(one: &Observed<Event>, other: &Observed<Event>) -> bool {
    let arn = |event: &Observed<Event>| match &event.value.actor {
        Actor::Identity { arn, .. } => Some(arn.clone()),
        _ => None,
    };
    arn(one).is_some() && arn(one) == arn(other)
}
