//! CT-13: every early disappearance of a recovery point is explained and authorised (policy 6.2(5)).
//!
//! Population: recovery points that a complete listing of their vault or cluster no longer shows although their lifecycle
//! did not yet delete them, merged with the calls of the period that delete recovery points or snapshots or change when
//! their lifecycle deletes them. Each needs a call in the trail, by one person of the roster, and a ticket that names the
//! point or the event and was approved before it by somebody else ([`crate::evaluate::authority`]); one that names a vault or a cluster names no recovery point in it. When a point is due is the latest time
//! that any listing gave, for a lifecycle may have been shortened; only an authorised change moves it. What the service
//! deletes when it is due is expected and no item.

mod call;
mod unlisted;

use crate::evaluate::authority::{Authority, Tickets};
use crate::evaluate::context::Context;
use crate::evaluate::facts::mark_disputed_events;
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::listings::Listings;
use crate::evaluate::place::short_names;
use crate::evaluate::removal::{Removals, deletes, is_call, trail_of};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::{Event, PointState, RecoveryPoint};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

const CRITERION: &str = "a recovery point goes before its time only by a person of the roster, with a ticket that somebody \
                         else approved before";

/// Concludes CT-13.
pub(super) fn early_disappearance(context: &Context<'_>, test: TestId) -> Finding {
    let sources = [
        Source::AwsRecoveryPoints,
        Source::AwsBackupJobs,
        Source::Cloudtrail,
        Source::AtlasSnapshots,
        Source::AtlasEvents,
    ];
    let grounds = Grounds::of(&context.records.coverage, &sources, examined(context.scope));
    let mut builder = FindingBuilder::new(test, "early disappearances and deletions", grounds.basis.clone());
    let trial = Trial::of(context);
    let points = &context.records.points;
    let names = short_names(points.iter().map(|point| point.value.id.as_str()));
    for point in points {
        let id = names
            .get(point.value.id.as_str())
            .copied()
            .unwrap_or(&point.value.id);
        trial.examine_point(id, point, &mut builder);
    }
    trial.examine_unseen(&mut builder);
    trial.examine_other_deletions(&mut builder);
    mark_disputed_events(context, &mut builder, |_| false);
    grounds.mark(&mut builder);
    builder.finish("no recovery point went before its time, and nobody deleted one")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    listings: Listings<'a>,
    removals: Removals<'a>,
    tickets: Tickets<'a>,
}

impl<'a> Trial<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        Self {
            context,
            listings: Listings::of(context.records),
            removals: Removals::of(context.records),
            tickets: Tickets::of(context),
        }
    }

    fn in_period(&self, at: Instant) -> bool {
        examined(self.context.scope).contains(at)
    }

    fn examine_point(&self, id: &str, point: &Observed<RecoveryPoint>, builder: &mut FindingBuilder) {
        let value = &point.value;
        let calls: Vec<_> = self
            .removals
            .on(&value.id, value.created)
            .filter(|event| is_call(&event.value))
            .collect();
        for call in calls.iter().filter(|call| self.in_period(call.value.at)) {
            self.judge_call(id, Some(point), call, builder);
        }
        let gone = value.sightings.iter().max().zip(self.listings.absent_from(value));
        let Some(between) = gone.and_then(|(seen, absent)| Interval::new(*seen, absent)) else {
            return;
        };
        let absent = between.end();
        // A call explains only what was still there when it came. One outside of the period is judged in its own.
        let since = match value.state {
            PointState::Deleting => value.created,
            _ => between.start() - self.context.criteria.clock_skew,
        };
        if calls.iter().any(|call| {
            let at = call.value.at;
            at <= absent && since <= at && (deletes(&call.value) || between.start() < at)
        }) {
            return;
        }
        let period = examined(self.context.scope);
        if self.due(point, &calls).is_some_and(|due| due <= absent) || between.intersect(&period).is_none() {
            return;
        }
        let evidence = Evidence::of(&point.citation);
        if self.conflicts(&value.id) {
            let reason = "revisions of the recovery point contradict each other";
            return builder.indeterminate(id, reason, "a corrected record of it", evidence);
        }
        if absent > period.end() && !self.was_by_service(value, period) {
            let reason = format!(
                "it went between {} and {}: whether in the period is not known",
                show(between.start()),
                show(absent)
            );
            return builder.indeterminate(id, reason, "a listing at the period's end", evidence);
        }
        self.judge_vanished(id, point, between, &calls, builder);
    }

    /// When a point is due to be deleted: the latest time that any listing gave, or the newest after an authorised change.
    fn due(&self, point: &Observed<RecoveryPoint>, calls: &[&Observed<Event>]) -> Option<Instant> {
        let value = &point.value;
        let authorised = calls.iter().any(|call| {
            let authority = self.authority(Some(&value.id), call);
            !deletes(&call.value) && matches!(authority, Authority::Given { proof: Ok(_), .. })
        });
        if authorised {
            return value.delete_at;
        }
        value.delete_at.max(value.delete_at_latest_seen)
    }

    fn conflicts(&self, id: &str) -> bool {
        self.context
            .records
            .conflicts
            .iter()
            .any(|conflict| conflict.id == id)
    }

    /// Whether the service itself recorded the deletion within `span`.
    fn was_by_service(&self, point: &RecoveryPoint, span: Interval) -> bool {
        self.removals
            .on(&point.id, point.created)
            .any(|event| deletes(&event.value) && span.contains(event.value.at))
    }

    /// A point that went early, and that no call since its last sighting deletes.
    fn judge_vanished(
        &self,
        id: &str,
        point: &Observed<RecoveryPoint>,
        between: Interval,
        calls: &[&Observed<Event>],
        builder: &mut FindingBuilder,
    ) {
        let value = &point.value;
        let by_service = self.removals.on(&value.id, value.created).next();
        let evidence = Evidence::of(&point.citation);
        let evidence = by_service
            .iter()
            .fold(evidence, |all, event| all.and(Evidence::of(&event.citation)));
        let shortened = value.delete_at.is_some_and(|due| due <= between.end());
        let changes = calls.iter().filter(|call| shortened && !deletes(&call.value));
        let changes: Vec<_> = changes.filter(|call| call.value.at <= between.end()).collect();
        for call in &changes {
            self.judge_call(id, Some(point), call, builder);
        }
        if !changes.is_empty() {
            return;
        }
        // A lifecycle may have been shortened at any time since the point was made.
        let searched = match Interval::new(value.created, between.end()) {
            Some(whole) if shortened => whole,
            _ => between,
        };
        match self
            .context
            .records
            .coverage
            .prove(&trail_of(&point.key), searched)
        {
            Err(gaps) => builder.gap(id, &gaps, Some(evidence)),
            Ok(searched) => {
                let due = self.due(point, calls).map_or("never".to_owned(), show);
                let what = if shortened {
                    "deletes it or shortens its lifecycle"
                } else {
                    "deletes it"
                };
                let condition = format!(
                    "seen at {}, gone at {}, due to be deleted {due}; no call in the trail {what}",
                    show(between.start()),
                    show(between.end()),
                );
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
            }
        }
    }
}

#[cfg(test)]
mod tests;
