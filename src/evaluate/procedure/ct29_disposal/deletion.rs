//! How a cloud resource went: the event that deletes it in the trail. That nothing is left on the provider's media is the
//! provider's own word, and needs current assurance. Which key encrypted a resource is collected nowhere, so that the
//! deletion of a key can't stand in for that.

use super::copy::AT_MOST;
use crate::evaluate::context::Context;
use crate::evaluate::facts::is_disputed;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::{Place, tail};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::backups::Event;
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

/// What is known of a deletion.
pub(super) enum Deletion {
    /// The event that did it.
    Told(Result<Proof, Vec<Gap>>, Evidence),
    /// It is gone, and no event says how.
    Untold(String, Evidence),
    /// Nobody can tell.
    Open(String, Option<Evidence>),
    /// The trail does not reach so far.
    Unproven(Vec<Gap>),
}

/// The deletion of `resource` in `place`, from a day before the event at `at` until the as-of instant.
pub(super) fn of(context: &Context<'_>, resource: &ResourceId, place: &Place, at: Instant) -> Deletion {
    let Some(telling) = Telling::of(resource) else {
        let reason = format!("the trails that are collected do not tell of the deletion of {resource}");
        return Deletion::Open(reason, None);
    };
    let (records, trail) = (context.records, place.trail());
    let since = at - AT_MOST;
    let span =
        Interval::new(since, context.scope.as_of).expect("invariant: the event was before the as-of instant");
    let mut events = records.events.iter().filter(|event| {
        let value = &event.value;
        event.key == trail
            && value.error.is_none()
            && span.contains(value.at)
            && telling.tells(value, resource)
    });
    if let Some(event) = events.next() {
        let found = Evidence::of(&event.citation);
        if is_disputed(records, trail.source, &event.value.id) {
            let reason = format!("records of {} contradict each other", event.value.id);
            return Deletion::Open(reason, Some(found));
        }
        return Deletion::Told(records.coverage.prove(&trail, moment(event.value.at)), found);
    }
    match records.coverage.prove(&trail, span) {
        Ok(searched) => without_an_event(context, resource, place, at, &searched),
        Err(gaps) => Deletion::Unproven(gaps),
    }
}

/// No event deletes it: whether it is still there is what the newest complete listing since the event says.
fn without_an_event(
    context: &Context<'_>,
    resource: &ResourceId,
    place: &Place,
    at: Instant,
    searched: &Proof,
) -> Deletion {
    let records = context.records;
    let name = tail(resource.as_str());
    let untold = format!(
        "no event in the trail deletes {name} from {} on",
        show(at - AT_MOST)
    );
    let searched = Evidence::absence_in(searched);
    let key = place.key(Source::CloudResourceListing);
    let listings = records.listings.iter().filter(|listing| listing.key == key);
    let since = listings.filter(|listing| at < listing.at && listing.at <= context.scope.as_of);
    let Some(newest) = since.map(|listing| listing.at).max() else {
        let reason = format!("{untold}, and no complete listing since shows whether it is still there");
        return Deletion::Open(reason, Some(searched));
    };
    let known = records.resources.iter().find(|row| row.value.id == *resource);
    let Some(row) = known else {
        let reason = format!("{untold}, and no listing ever showed it");
        return Deletion::Open(reason, Some(searched));
    };
    let found = searched.and(Evidence::of(&row.citation));
    let last = row.value.tag_history.iter().map(|(listed, _)| *listed).max();
    if Some(newest) <= last {
        let reason = format!(
            "{untold}: it is still there at {}, and when it has to go nobody has said",
            show(newest)
        );
        return Deletion::Open(reason, Some(found));
    }
    let gone = format!("{untold}, and the listing of {} has it no more", show(newest));
    Deletion::Untold(gone, found.and(Evidence::place(&key)))
}

/// The events that delete one kind of resource.
struct Telling {
    source: &'static str,
    name: &'static str,
    /// The member of the request that names the resource.
    member: &'static str,
}

impl Telling {
    /// Only of the services whose events are collected ([recording](../../../../docs/spec/recording.md)).
    fn of(resource: &ResourceId) -> Option<Self> {
        let telling = |source, name, member| Some(Self { source, name, member });
        if resource.as_str().starts_with("atlas:") {
            return telling("atlas", "CLUSTER_DELETED", "");
        }
        let parts: Vec<_> = resource.as_str().splitn(6, ':').collect();
        let ["arn", _, service, _, _, object] = parts[..] else {
            return None;
        };
        match (service, object.split([':', '/']).next()?) {
            ("rds", "db") => telling("rds.amazonaws.com", "DeleteDBInstance", "/dBInstanceIdentifier"),
            ("rds", "cluster") => telling("rds.amazonaws.com", "DeleteDBCluster", "/dBClusterIdentifier"),
            ("ec2", "instance") => telling("ec2.amazonaws.com", "TerminateInstances", "/instanceId"),
            ("ec2", "volume") => telling("ec2.amazonaws.com", "DeleteVolume", "/volumeId"),
            ("dynamodb", "table") => telling("dynamodb.amazonaws.com", "DeleteTable", "/tableName"),
            _ => None,
        }
    }

    fn tells(&self, event: &Event, resource: &ResourceId) -> bool {
        let (id, name) = (resource.as_str(), tail(resource.as_str()));
        if event.source != self.source || event.name != self.name {
            return false;
        }
        // An event of Atlas names its cluster beside its parameters.
        match self.member {
            "" => event.resources.iter().any(|named| named == id),
            member => event
                .request
                .iter()
                .flatten()
                .any(|(pointer, value)| pointer.ends_with(member) && (value == id || value == name)),
        }
    }
}
