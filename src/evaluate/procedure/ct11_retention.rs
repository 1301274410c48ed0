//! CT-11: recovery points are kept for the approved retention (policy 6.2(5), "protects them from loss").
//!
//! Population: the recovery points, copies and Atlas snapshots that were made in the period. The policy is silent: while
//! management has not approved `min_retention`, every one is INDETERMINATE. A point is kept long enough when its newest
//! lifecycle deletes it no earlier than that after its creation (one without expiry is kept for ever, which is told for
//! data minimisation), and when nothing took it away before: either a listing still showed it then, or the trail is
//! proven since the last one that did, names no deletion, and the lifecycle explains that it is gone. Who may delete is
//! CT-13's; a point that went before the minimum is an exception here even with a ticket. A point that no listing ever
//! showed has no known lifecycle.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, may_lie_in};
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{short_names, tail};
use crate::evaluate::removal::{Removals, deletes, trail_of};
use crate::evaluate::taken::seen;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::backups::{JobState, PointState, Provider, RecoveryPoint};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

/// Concludes CT-11.
pub(super) fn retention(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    // A job tells of a recovery point that no listing shows.
    let sources = [
        Source::AwsBackupJobs,
        Source::AwsRecoveryPoints,
        Source::AtlasSnapshots,
    ];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let unit = "recovery points made in the period";
    let mut builder = FindingBuilder::new(test, unit, grounds.basis.clone());
    let trial = Trial {
        context,
        listings: Listings::of(records),
        removals: Removals::of(records),
        conflicted: records
            .conflicts
            .iter()
            .map(|conflict| conflict.id.as_str())
            .collect(),
    };
    let names = short_names(records.points.iter().map(|point| point.value.id.as_str()));
    let period = examined(context.scope);
    let mut for_ever = Vec::new();
    for point in records
        .points
        .iter()
        .filter(|point| may_lie_in(context, point, (&point.value.id, point.value.created), period))
    {
        let id = names
            .get(point.value.id.as_str())
            .copied()
            .unwrap_or(&point.value.id);
        trial.examine(id, point, &mut builder);
        if point.value.delete_at.is_none() {
            for_ever.push(&point.citation);
        }
    }
    trial.examine_unlisted(&mut builder);
    if let Some(evidence) = Evidence::all(for_ever.iter().copied()) {
        let text = format!(
            "{} recovery points never expire: look at them for data minimisation",
            for_ever.len()
        );
        builder.observe(text, evidence);
    }
    grounds.mark(&mut builder);
    builder.finish("no recovery point was made in the period")
}

/// What was seen of a point before the time at which it may go.
enum Kept {
    /// It was there, or nothing took it away.
    Proven(Proof),
    /// Nobody could see.
    Unproven(Vec<Gap>),
    /// It went, and nobody can tell when.
    Open(String),
    /// It went too early: how.
    Gone(String, Evidence),
}

impl From<Result<Proof, Vec<Gap>>> for Kept {
    fn from(proof: Result<Proof, Vec<Gap>>) -> Self {
        proof.map_or_else(Self::Unproven, Self::Proven)
    }
}

struct Trial<'a> {
    context: &'a Context<'a>,
    listings: Listings<'a>,
    removals: Removals<'a>,
    conflicted: BTreeSet<&'a str>,
}

impl Trial<'_> {
    fn in_period(&self, at: Instant) -> bool {
        examined(self.context.scope).contains(at)
    }

    fn examine(&self, id: &str, point: &Observed<RecoveryPoint>, builder: &mut FindingBuilder) {
        let (value, evidence) = (&point.value, Evidence::of(&point.citation));
        let Some(days) = self.context.criteria.min_retention_days else {
            return unset(id, &point.citation, builder);
        };
        if self.conflicted.contains(value.id.as_str()) {
            let reason = "revisions of the recovery point contradict each other";
            return builder.indeterminate(id, reason, "a corrected record of it", evidence);
        }
        let criterion = format!("a recovery point is kept for at least {days} days");
        // More days than the calendar has are never over.
        let minimum = TimeDelta::try_days(days).and_then(|days| value.created.checked_add_signed(days));
        let until = minimum.unwrap_or(Instant::MAX_UTC);
        if let Some(due) = value.delete_at.filter(|due| *due < until) {
            let condition = format!(
                "made at {}, and its lifecycle deletes it at {}: after {}",
                show(value.created),
                show(due),
                days_and_hours(due - value.created)
            );
            return builder.exception(id, Severity::High, condition, criterion, evidence);
        }
        match self.kept(point, until) {
            Kept::Gone(condition, records) => {
                builder.exception(id, Severity::High, condition, criterion, evidence.and(records));
            }
            Kept::Unproven(gaps) => builder.gap(id, &gaps, Some(evidence)),
            Kept::Open(reason) => {
                let resolves = "a listing taken while it was there, or the event by which it went";
                builder.indeterminate(id, reason, resolves, evidence);
            }
            Kept::Proven(proof) => {
                let listed = seen(&self.context.records.coverage, point);
                builder.supported_if(id, &both(listed, Ok(proof)), evidence);
            }
        }
    }

    /// Whether a point was there until `minimum`, or until the as-of instant if that comes first.
    fn kept(&self, point: &Observed<RecoveryPoint>, minimum: Instant) -> Kept {
        let (value, coverage) = (&point.value, &self.context.records.coverage);
        let until = minimum.min(self.context.scope.as_of);
        let last_seen = value.sightings.iter().max().copied().unwrap_or(value.created);
        // What a listing shows afterwards was not deleted, unless it shows it going.
        let since = match value.state {
            PointState::Deleting => value.created,
            _ => last_seen - self.context.criteria.clock_skew,
        };
        let mut events = self.removals.on(&value.id, value.created);
        let deletion = events.find(|event| deletes(&event.value) && event.value.at >= since);
        if let Some(event) = deletion.filter(|event| event.value.at < until) {
            let (name, at) = (&event.value.name, event.value.at);
            let after = days_and_hours(at - value.created);
            let made = show(value.created);
            let condition = format!(
                "made at {made}, and gone by {name} at {}: after {after}",
                show(at)
            );
            return Kept::Gone(condition, Evidence::of(&event.citation));
        }
        let absent = self.listings.absent_from(value);
        if let Some(absent) = absent.filter(|absent| *absent <= until) {
            let condition = format!(
                "made at {}, last seen at {}, and in no listing at {}: after {}",
                show(value.created),
                show(last_seen),
                show(absent),
                days_and_hours(absent - value.created)
            );
            return Kept::Gone(condition, Evidence::of(&point.citation));
        }
        let Some(unseen) = Interval::new(last_seen, until) else {
            return Kept::from(seen(coverage, point));
        };
        let Some(absent) = absent else {
            return Kept::from(coverage.prove(&point.key, unseen));
        };
        // It went between its last sighting and a listing after the time that counts: only the trail could tell when, and
        // only where something explains that it went later.
        let expired = value.delete_at.is_some_and(|due| due <= absent);
        if deletion.is_none() && !expired {
            let (seen, absent) = (show(last_seen), show(absent));
            let reason = format!(
                "it went between {seen} and {absent}, by no deletion in the trail and before it was due"
            );
            return Kept::Open(reason);
        }
        Kept::from(coverage.prove(&trail_of(&point.key), unseen))
    }

    /// Recovery points of completed jobs that no listing ever showed.
    fn examine_unlisted(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let known: BTreeSet<_> = records
            .points
            .iter()
            .map(|point| point.value.id.as_str())
            .collect();
        for job in records
            .jobs
            .iter()
            .filter(|job| self.in_period(job.value.created))
        {
            let value = &job.value;
            let completed = matches!(value.state, JobState::Completed | JobState::CompletedWithIssues);
            let unlisted = value.point.as_deref().filter(|point| !known.contains(point));
            let Some(point) = unlisted.filter(|_| completed && value.provider == Provider::Aws) else {
                continue;
            };
            if self.context.criteria.min_retention_days.is_none() {
                unset(tail(point), &job.citation, builder);
                continue;
            }
            let reason = format!(
                "made by job {}, and in no listing: its lifecycle is not known",
                value.id
            );
            let resolves = "a listing taken while it was there";
            builder.indeterminate(tail(point), reason, resolves, Evidence::of(&job.citation));
        }
    }
}

fn unset(id: &str, record: &Citation, builder: &mut FindingBuilder) {
    let reason = "the policy sets no retention, and management has approved none";
    builder.indeterminate(
        id,
        reason,
        "an approved value of min_retention",
        Evidence::of(record),
    );
}

/// `12 d 5 h`.
fn days_and_hours(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours() % 24) {
        (0, hours) => format!("{hours} h"),
        (days, 0) => format!("{days} d"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests;
