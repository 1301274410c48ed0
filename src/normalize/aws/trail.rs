//! CloudTrail events. Each row carries the event itself as JSON text (CloudTrail record contents, version 1.x).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{policies, v1};
use crate::model::records::backups::{Actor, Event};
use crate::model::records::{Moved, Observed};
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;
use crate::normalize::{arn, json};

/// A row of `LookupEvents`.
pub(in crate::normalize) fn event(row: &Row<'_>) -> Result<Observed<Event>, String> {
    let outer: v1::TrailRow = row.read()?;
    let value = json::parse(outer.cloud_trail_event.as_bytes())
        .map_err(|error| format!("CloudTrailEvent is not whole JSON: {error}"))?;
    let inner = v1::TrailEvent::deserialize(&value).map_err(|error| format!("CloudTrailEvent: {error}"))?;
    check(row, &outer, &inner)?;
    let mut resources = Vec::new();
    for part in [
        &inner.resources,
        &inner.request_parameters,
        &inner.service_event_details,
    ] {
        objects(None, part, &mut resources);
    }
    let mut results = Vec::new();
    objects(None, &inner.response_elements, &mut results);
    Ok(row.observed(Event {
        id: inner.event_id,
        at: inner.event_time.0,
        source: inner.event_source,
        name: inner.event_name,
        actor: actor(inner.user_identity),
        source_ip: inner.source_ip_address,
        resources,
        results,
        request: parameters(&inner.request_parameters),
        policy: policies::in_request(&inner.request_parameters),
        error: inner.error_code,
        request_id: inner.request_id,
        read_only: inner.read_only,
    }))
}

fn check(row: &Row<'_>, outer: &v1::TrailRow, inner: &v1::TrailEvent) -> Result<(), String> {
    let key = &row.pull.key;
    if outer.event_id != inner.event_id {
        return Err(format!(
            "EventId {} carries the event {}",
            outer.event_id, inner.event_id
        ));
    }
    // The row's own time has whole seconds.
    if outer
        .event_time
        .is_some_and(|at| at.0.timestamp() != inner.event_time.0.timestamp())
    {
        return Err("EventTime is not the time of the event".to_owned());
    }
    inner.recipient_account_id.as_deref().map_or(Ok(()), |account| {
        arn::of_account("recipientAccountId", account, key)
    })?;
    if inner.aws_region != key.region.as_str() {
        return Err(format!(
            "awsRegion is {}, the pull was of {}",
            inner.aws_region, key.region
        ));
    }
    if row.part.is_some_and(|source| source != inner.event_source) {
        return Err(format!(
            "eventSource is {}, which was not asked for",
            inner.event_source
        ));
    }
    row.in_window("eventTime", inner.event_time.0)
}

fn actor(identity: Option<v1::UserIdentity>) -> Actor {
    let Some(identity) = identity else {
        return Actor::Unknown;
    };
    let context = identity.session_context.unwrap_or_default();
    let mfa = context.attributes.and_then(|said| said.mfa_authenticated);
    match (identity.kind.as_deref(), identity.arn, identity.invoked_by) {
        (Some("Root"), _, _) => Actor::Root,
        (Some("AWSService"), _, Some(name)) => Actor::Service { name },
        (_, Some(arn), _) => Actor::Identity {
            session: session(&arn),
            issuer: context.session_issuer.and_then(|issuer| issuer.arn),
            mfa: mfa.and_then(|word| word.parse().ok()),
            arn,
        },
        (_, None, Some(name)) => Actor::Service { name },
        _ => Actor::Unknown,
    }
}

/// The session name: `p-004` in `arn:aws:sts::111122223333:assumed-role/ops/p-004`.
fn session(arn: &str) -> Option<String> {
    let (_, role) = arn.split_once(":assumed-role/")?;
    role.split_once('/').map(|(_, session)| session.to_owned())
}

/// Each text, number and truth value of a call's parameters by JSON pointer; `None` where the event leaves them out:
/// `null`, or the mark of CloudTrail for parameters that were too large.
fn parameters(request: &Value) -> Option<BTreeMap<String, String>> {
    let omitted = request.get("omitted").and_then(Value::as_bool) == Some(true);
    let mut found = BTreeMap::new();
    scalars("", request, &mut found);
    (request.is_object() && !omitted).then_some(found)
}

fn scalars(pointer: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let below = |part: &str| format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => drop(found.insert(pointer.to_owned(), value.to_string())),
        Value::String(text) => drop(found.insert(pointer.to_owned(), text.clone())),
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                scalars(&below(&n.to_string()), item, found);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                scalars(&below(member), value, found);
            }
        }
    }
}

/// Every ARN in `value`, and every text whose member is named as an id or a name; each once, in order.
pub(in crate::normalize) fn objects(member: Option<&str>, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let named = member.is_some_and(|member| {
                ["Id", "Ids", "Identifier", "Name", "Names"]
                    .iter()
                    .any(|end| member.ends_with(end))
                    && member != "accountId"
            });
            let worth = text.starts_with("arn:") || named && !text.is_empty();
            if worth && !found.contains(text) {
                found.push(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| objects(member, item, found)),
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(member, value)| objects(Some(member), value, found));
        }
        _ => {}
    }
}

impl Folded for Event {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |event: &Self| event.at;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.source != later.source
                || earlier.name != later.name
                || earlier.resources != later.resources,
        }
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        Some("an event changed".to_owned())
    }
}
