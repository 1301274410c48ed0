//! When a backup was complete. AWS Backup says so; Atlas does not: there it is the first event that tells of a successful
//! snapshot of the cluster before the next snapshot began, or when the completed snapshot was first read.

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, is_disputed};
use crate::evaluate::removal::trail_of;
use crate::evaluate::taken::seen;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::time::{Instant, Interval};

/// When it was complete at the latest, and what says so.
pub(super) struct Complete {
    pub(super) at: Instant,
    pub(super) proof: Result<Proof, Vec<Gap>>,
    pub(super) evidence: Evidence,
}

/// When `point` was complete; `None` where nobody can tell whether it was by `at`.
pub(super) fn of(context: &Context<'_>, point: &Observed<RecoveryPoint>, at: Instant) -> Option<Complete> {
    let (value, records) = (&point.value, context.records);
    let listed = |complete: Instant| Complete {
        at: complete,
        proof: seen(&records.coverage, point),
        evidence: Evidence::of(&point.citation),
    };
    if value.completed.is_some() || value.provider == Provider::Aws {
        return value.completed.map(listed);
    }
    let cluster = value.resource.as_ref()?;
    let snapshots = records
        .jobs
        .iter()
        .filter(|job| job.value.resource.as_ref() == Some(cluster));
    let later = snapshots
        .map(|job| job.value.created)
        .filter(|at| value.created < *at);
    let next = later.min();
    let trail = trail_of(&point.key);
    let told = records.events.iter().filter(|event| {
        let told = &event.value;
        event.key == trail
            && told.name == "CPS_SNAPSHOT_SUCCESSFUL"
            && value.created <= told.at
            && next.is_none_or(|next| told.at < next)
            && told.resources.iter().any(|named| named == cluster.as_str())
            && !is_disputed(records, trail.source, &told.id)
    });
    let told = told.min_by_key(|event| (event.value.at, &event.value.id));
    let Some(event) = told.filter(|event| event.value.at < point.first_seen) else {
        return Some(point.first_seen).filter(|read| *read <= at).map(listed);
    };
    let until = Interval::new(value.created, event.value.at + TimeDelta::milliseconds(1));
    let until = until.expect("invariant: it was complete after it was begun");
    Some(Complete {
        at: event.value.at,
        proof: both(
            seen(&records.coverage, point),
            records.coverage.prove(&trail, until),
        ),
        evidence: Evidence::of(&point.citation).and(Evidence::of(&event.citation)),
    })
}
