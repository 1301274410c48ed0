//! The collector's own requests against the trail of them: the id of each page that was asked of AWS Backup and KMS has to
//! be the `requestID` of an event, and each reading call by the collector's identity has to be in a receipt.
//!
//! A call without a receipt is a pull that nobody shows; a refused call whose receipt claims success is an error concealed
//! as a result, the one difference here that is an exception. Throttled attempts are asked again and leave no page. A trail
//! without any reading event of a service says nothing about its calls.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::acquisition::{Acquisition, Page, PullOutcome};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::backups::{Actor, Event};
use crate::model::records::{Citation, Observed};
use crate::model::source::SourceKey;
use crate::model::time::show;

/// The services whose calls the trail is looked up for: the prefix of operations, and the event source.
const SERVICES: [(&str, &str); 2] = [("backup:", "backup.amazonaws.com"), ("kms:", "kms.amazonaws.com")];

/// Calls of KMS by which a package is signed.
const SIGNING: [(&str, &str); 2] = [
    ("kms.amazonaws.com", "GetPublicKey"),
    ("kms.amazonaws.com", "Sign"),
];
/// What an attempt that came too soon is refused with.
const THROTTLED: [&str; 3] = ["Throttling", "TooManyRequests", "RequestLimitExceeded"];

/// A page that was asked of a service.
struct Request<'a> {
    receipt: &'a Acquisition,
    page: &'a Page,
    service: &'static str,
}

impl Request<'_> {
    fn citation(&self) -> Option<Citation> {
        self.page.evidence.map(|evidence| Citation {
            evidence,
            locator: String::new(),
        })
    }
}

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let requests = requests(context, place);
    let calls = calls(context, place);
    let by_id: BTreeMap<&str, &Observed<Event>> = calls
        .iter()
        .filter_map(|call| Some((call.value.request_id.as_deref()?, *call)))
        .collect();
    let (mut found, mut open, mut cited) = (0, Vec::new(), Vec::new());
    for (_, service) in SERVICES {
        let of_service: Vec<_> = requests
            .iter()
            .filter(|request| request.service == service)
            .collect();
        let missing: Vec<_> = of_service
            .iter()
            .filter(|request| !by_id.contains_key(request.page.request_id.as_str()))
            .collect();
        found += of_service.len() - missing.len();
        let logged = calls.iter().any(|call| call.value.source == service);
        if !missing.is_empty() && !logged {
            open.push(format!(
                "read-only management events of {service} are not in this trail ({} requests)",
                missing.len()
            ));
        } else {
            open.extend(missing.iter().map(|request| {
                format!(
                    "page {} of {} at {}",
                    request.page.request_id,
                    request.receipt.operation,
                    show(request.page.received)
                )
            }));
            cited.extend(missing.iter().filter_map(|request| request.citation()));
        }
    }
    let asked: BTreeSet<&str> = all_requests(context)
        .map(|request| request.page.request_id.as_str())
        .collect();
    let collectors = collectors(context);
    let own = |call: &&&Observed<Event>| matches!(&call.value.actor, Actor::Identity { arn, .. } if collectors.contains(role(arn)));
    let unknown = |call: &&&Observed<Event>| {
        !call
            .value
            .request_id
            .as_deref()
            .is_some_and(|id| asked.contains(id))
    };
    // The identity that collects may also sign the package: that brings no evidence, and has no receipt.
    let collects =
        |call: &&&Observed<Event>| !SIGNING.contains(&(call.value.source.as_str(), call.value.name.as_str()));
    let (mut strangers, mut explained) = (0, Vec::new());
    for call in calls.iter().filter(own).filter(unknown).filter(collects) {
        let said = format!("{} {} at {}", call.value.name, call.value.id, show(call.value.at));
        strangers += 1;
        match &call.value.error {
            Some(error) if THROTTLED.iter().any(|word| error.contains(word)) => {
                explained.push(format!("{said} was throttled"));
            }
            _ => open.push(format!("{said} is in no receipt")),
        }
        cited.push(call.citation.clone());
    }
    let keys = places(place, &requests);
    (!requests.is_empty() || strangers > 0).then(|| Reconciliation {
        name: "own-calls",
        left: counted(requests.len(), "pages asked of AWS Backup and KMS"),
        right: counted(found + strangers, "calls of the collector in the trail"),
        explained,
        open,
        proof: proven(context, &[place.trail()], examined(context.scope)),
        evidence: evidence(&keys, &cited),
        resolves: "a trail that logs reading calls, and a receipt of each call that the collector made",
    })
}

/// A refused call whose receipt shows a complete answer.
pub(super) fn concealed(context: &Context<'_>, place: &Place, builder: &mut FindingBuilder) {
    let requests = requests(context, place);
    let refused = calls(context, place)
        .into_iter()
        .filter(|call| call.value.error.is_some());
    for call in refused {
        let complete = |request: &&Request<'_>| {
            let same = call.value.request_id.as_deref() == Some(request.page.request_id.as_str());
            same && request.page.status == 200 && request.receipt.outcome == PullOutcome::Complete
        };
        let Some(request) = requests.iter().find(complete) else {
            continue;
        };
        let error = call.value.error.as_deref().unwrap_or_default();
        let condition = format!(
            "request {} of pull {} was refused with {error} by the trail, and is recorded as answered",
            request.page.request_id, request.receipt.id
        );
        let seen = Evidence::of(&call.citation);
        let seen = request
            .citation()
            .map_or(seen.clone(), |page| seen.and(Evidence::of(&page)));
        let id = format!("concealed/{}", request.page.request_id);
        let criterion = "an error of a service is recorded as the error that it was";
        builder.exception(id, Severity::Critical, condition, criterion, seen);
    }
}

/// Every page of every pull of the two services.
fn all_requests<'a>(context: &Context<'a>) -> impl Iterator<Item = Request<'a>> {
    let pulls = context.records.pulls.iter().map(|pull| &pull.receipt);
    let of_service = pulls.filter_map(|receipt| {
        let known = SERVICES
            .iter()
            .find(|(prefix, _)| receipt.operation.starts_with(prefix));
        known.map(|(_, service)| (receipt, *service))
    });
    of_service.flat_map(|(receipt, service)| {
        let pages = receipt.pages.iter().filter(|page| !page.request_id.is_empty());
        pages.map(move |page| Request {
            receipt,
            page,
            service,
        })
    })
}

/// The pages asked in `place` during what is examined.
fn requests<'a>(context: &Context<'a>, place: &Place) -> Vec<Request<'a>> {
    let span = examined(context.scope);
    let here = |key: &SourceKey| (&key.account, &key.region) == (&place.account, &place.region);
    all_requests(context)
        .filter(|request| here(&request.receipt.key) && span.contains(request.page.received))
        .collect()
}

/// The reading calls that the trail of `place` has of the two services during what is examined.
fn calls<'a>(context: &Context<'a>, place: &Place) -> Vec<&'a Observed<Event>> {
    let (span, trail) = (examined(context.scope), place.trail());
    let events = context.records.events.iter();
    let reading = |event: &&Observed<Event>| {
        let value = &event.value;
        event.key == trail
            && value.read_only == Some(true)
            && span.contains(value.at)
            && SERVICES.iter().any(|(_, service)| *service == value.source)
    };
    events.filter(reading).collect()
}

/// Who collected, as roles and sessions: in each account the same role has another ARN.
fn collectors<'a>(context: &Context<'a>) -> BTreeSet<&'a str> {
    let pulls = context.records.pulls.iter();
    pulls.map(|pull| role(&pull.receipt.caller)).collect()
}

fn role(arn: &str) -> &str {
    arn.split_once(":assumed-role/").map_or(arn, |(_, role)| role)
}

fn places(place: &Place, requests: &[Request<'_>]) -> Vec<SourceKey> {
    let asked: BTreeSet<SourceKey> = requests
        .iter()
        .map(|request| request.receipt.key.clone())
        .collect();
    asked.into_iter().chain([place.trail()]).collect()
}
