//! Events by which recovery points and snapshots go.

use std::collections::BTreeMap;

use super::place::tail;
use crate::model::records::backups::{Actor, Event};
use crate::model::records::{Observed, Records};
use crate::model::source::{Source, SourceKey};
use crate::model::time::Instant;

/// The successful events by which recovery points or snapshots go, by the last part of each id that they name.
#[derive(Debug)]
pub struct Removals<'a>(BTreeMap<&'a str, Vec<&'a Observed<Event>>>);

impl<'a> Removals<'a> {
    /// Those among the records.
    pub fn of(records: &'a Records) -> Self {
        let mut events: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in records.events.iter().filter(|event| removes(&event.value)) {
            for resource in &event.value.resources {
                events.entry(tail(resource)).or_default().push(event);
            }
        }
        for events in events.values_mut() {
            events.sort_by_key(|event: &&Observed<Event>| (event.value.at, &event.value.id));
            events.dedup_by_key(|event| &event.value.id);
        }
        Self(events)
    }

    /// The events about a point in order of time, those before it was `created` left out.
    pub fn on(&self, point: &str, created: Instant) -> impl Iterator<Item = &'a Observed<Event>> {
        let events = self.0.get(tail(point)).map(Vec::as_slice).unwrap_or_default();
        events
            .iter()
            .copied()
            .filter(move |event| created <= event.value.at)
    }
}

/// The trail that tells what was done to the records of `key`.
pub fn trail_of(key: &SourceKey) -> SourceKey {
    let source = if key.source == Source::AtlasSnapshots {
        Source::AtlasEvents
    } else {
        Source::Cloudtrail
    };
    SourceKey {
        source,
        ..key.clone()
    }
}

/// Successful events by which recovery points or snapshots go, or go earlier.
pub fn removes(event: &Event) -> bool {
    const NAMES: [&str; 9] = [
        "DeleteRecoveryPoint",
        "DisassociateRecoveryPoint",
        "DisassociateRecoveryPointFromParent",
        "DeleteDBSnapshot",
        "DeleteDBClusterSnapshot",
        "DeleteSnapshot",
        "DeleteBackup",
        "UpdateRecoveryPointLifecycle",
        "BackupDeleted",
    ];
    let in_atlas =
        event.source == "atlas" && event.name.contains("SNAPSHOT") && event.name.contains("DELETE");
    event.error.is_none() && (in_atlas || NAMES.contains(&event.name.as_str()))
}

/// A call is somebody's act. What a service reports about itself is none.
pub fn is_call(event: &Event) -> bool {
    let by_service = match &event.actor {
        Actor::Service { .. } => true,
        Actor::Identity { arn, .. } => arn.contains(":assumed-role/AWSServiceRoleFor"),
        Actor::Root | Actor::Unknown => false,
    };
    !by_service && event.name != "BackupDeleted"
}

/// Whether the event makes a point go at once: a changed lifecycle does so only later.
pub fn deletes(event: &Event) -> bool {
    event.name != "UpdateRecoveryPointLifecycle"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::backups::{call, point_arn};
    use crate::evaluate::testing::{World, at};

    #[test]
    fn in_atlas_only_what_deletes_a_snapshot_removes_one() {
        let removed = |source: &str, name: &str| {
            let mut event = call(name, "a", "2026-07-03", "p-006");
            event.source = source.to_owned();
            removes(&event)
        };
        assert!(removed("atlas", "CPS_SNAPSHOT_DELETED"));
        for name in ["CPS_SNAPSHOT_STARTED", "CLUSTER_DELETED"] {
            assert!(!removed("atlas", name), "{name}");
        }
        assert!(!removed("ec2.amazonaws.com", "CPS_SNAPSHOT_DELETED"));
        assert!(removed("ec2.amazonaws.com", "DeleteSnapshot"));
    }

    #[test]
    fn what_came_before_a_point_was_made_was_done_to_another_of_its_name() {
        let mut world = World::new();
        world.add_event(call("DeleteRecoveryPoint", "a", "2026-07-03", "p-006"));
        let removals = Removals::of(&world.records);
        let since = |created: &str| removals.on(&point_arn("a"), at(created)).count();
        assert_eq!((since("2026-07-03"), since("2026-07-03T00:00:01Z")), (1, 0));
    }
}
