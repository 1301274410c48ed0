//! CT-13: every early disappearance of a recovery point is explained and authorised (policy 6.2(5)).
//!
//! Population: recovery points that a complete listing of their vault or cluster no longer shows although their lifecycle
//! did not yet delete them, merged with the calls of the period that delete recovery points or snapshots. Each needs a
//! call in the trail, by one person of the roster, and a ticket that names the point or the event and was approved before
//! it by somebody else. What the service deletes when it is due is expected and no item.

use std::collections::BTreeMap;

use super::Context;
use crate::evaluate::actor::{Behind, behind};
use crate::evaluate::grounds::{Grounds, examined, moment};
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{short_names, tail};
use crate::evaluate::removal::{deletes, is_call, removes};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::{Event, JobState, RecoveryPoint};
use crate::model::records::governance::Ticket;
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, show};

const CRITERION: &str = "a recovery point goes before its time only by a person of the roster, with a ticket that somebody \
                         else approved before";

/// Concludes CT-13.
pub(super) fn early_disappearance(context: &Context<'_>, test: TestId) -> Finding {
    let sources = [
        Source::AwsRecoveryPoints,
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
    grounds.mark(&mut builder);
    builder.finish("no recovery point went before its time, and nobody deleted one")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    listings: Listings<'a>,
    /// Successful calls that make a recovery point go, by the last part of each id that they name, in order of time.
    calls: BTreeMap<&'a str, Vec<&'a Observed<Event>>>,
    tickets: BTreeMap<&'a str, Vec<&'a Observed<Ticket>>>,
}

impl<'a> Trial<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        let mut calls: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in context
            .records
            .events
            .iter()
            .filter(|event| removes(&event.value))
        {
            for resource in &event.value.resources {
                calls.entry(tail(resource)).or_default().push(event);
            }
        }
        for events in calls.values_mut() {
            events.sort_by_key(|event| (event.value.at, &event.value.id));
            events.dedup_by_key(|event| &event.value.id);
        }
        let mut tickets: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ticket in &context.records.tickets {
            for reference in &ticket.value.refs {
                tickets.entry(reference.as_str()).or_default().push(ticket);
                if tail(reference) != reference {
                    tickets.entry(tail(reference)).or_default().push(ticket);
                }
            }
        }
        Self {
            context,
            listings: Listings::of(context.records),
            calls,
            tickets,
        }
    }

    fn in_period(&self, at: Instant) -> bool {
        examined(self.context.scope).contains(at)
    }

    /// The calls about a point, those before it existed left out.
    fn calls_on(&self, point: &str, created: Instant) -> impl Iterator<Item = &'a Observed<Event>> {
        let calls = self.calls.get(tail(point)).map(Vec::as_slice).unwrap_or_default();
        calls
            .iter()
            .copied()
            .filter(move |event| created <= event.value.at)
    }

    fn examine_point(&self, id: &str, point: &Observed<RecoveryPoint>, builder: &mut FindingBuilder) {
        let value = &point.value;
        let evidence = Evidence::of(&point.citation);
        let calls = self.calls_on(&value.id, value.created);
        let deletions: Vec<_> = calls
            .filter(|event| is_call(&event.value) && deletes(&event.value))
            .collect();
        if let Some(call) = deletions.iter().find(|event| self.in_period(event.value.at)) {
            return self.judge_call(id, Some(&value.id), call, evidence, builder);
        }
        if !deletions.is_empty() {
            return;
        }
        let Some(absent) = self.listings.absent_from(value) else {
            return;
        };
        let Some(last_seen) = value.sightings.iter().max().copied() else {
            return;
        };
        let is_due = value.delete_at.is_some_and(|due| due <= absent);
        let Some(between) = Interval::new(last_seen, absent) else {
            return;
        };
        let period = examined(self.context.scope);
        if is_due || between.intersect(&period).is_none() {
            return;
        }
        if self.conflicts(&value.id) {
            let reason = "revisions of the recovery point contradict each other";
            return builder.indeterminate(id, reason, "a corrected record of it", evidence);
        }
        if absent > period.end() && last_seen < period.end() && !self.was_by_service(value, period) {
            let reason = format!(
                "it went between {} and {}: whether in the period is not known",
                show(last_seen),
                show(absent)
            );
            return builder.indeterminate(id, reason, "a listing at the period's end", evidence);
        }
        self.judge_vanished(id, point, between, builder);
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
        self.calls_on(&point.id, point.created)
            .any(|event| span.contains(event.value.at))
    }

    /// A point that went early, with no call of anybody about it.
    fn judge_vanished(
        &self,
        id: &str,
        point: &Observed<RecoveryPoint>,
        between: Interval,
        builder: &mut FindingBuilder,
    ) {
        let value = &point.value;
        let by_service = self.calls_on(&value.id, value.created).next();
        let evidence = Evidence::of(&point.citation);
        let evidence = by_service
            .iter()
            .fold(evidence, |all, event| all.and(Evidence::of(&event.citation)));
        let shortened = self
            .calls_on(&value.id, value.created)
            .find(|event| is_call(&event.value));
        if let Some(call) = shortened {
            return self.judge_call(id, Some(&value.id), call, evidence, builder);
        }
        let trail = trail_of(&point.key);
        match self.context.records.coverage.prove(&trail, between) {
            Err(gaps) => builder.gap(id, &gaps, Some(evidence)),
            Ok(searched) => {
                let due = value.delete_at.map_or("never".to_owned(), show);
                let condition = format!(
                    "seen at {}, gone at {}, due to be deleted {due}; no call in the trail deletes it",
                    show(between.start()),
                    show(between.end()),
                );
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
            }
        }
    }

    /// Recovery points of completed jobs that no listing ever showed, though one was taken after the job.
    fn examine_unseen(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let known: std::collections::BTreeSet<_> = records
            .points
            .iter()
            .map(|point| point.value.id.as_str())
            .collect();
        for job in &records.jobs {
            let value = &job.value;
            let completed = matches!(value.state, JobState::Completed | JobState::CompletedWithIssues);
            let Some(point) = value
                .point
                .as_deref()
                .filter(|point| completed && !known.contains(point))
            else {
                continue;
            };
            let ended = value.completed.unwrap_or(value.created);
            let part = value.location.as_deref().unwrap_or_default();
            let Some(absent) = self
                .listings
                .first_after(part, ended)
                .filter(|_| self.in_period(ended))
            else {
                continue;
            };
            if self
                .calls_on(point, value.created)
                .any(|event| is_call(&event.value))
            {
                continue;
            }
            let reason = format!(
                "made by job {} at {}, and in no listing, the first of them at {}; when its lifecycle deletes it is not known",
                value.id,
                show(ended),
                show(absent),
            );
            let resolves = "the recovery point's lifecycle, or a listing taken while it was there";
            builder.indeterminate(tail(point), reason, resolves, Evidence::of(&job.citation));
        }
    }

    /// Calls of the period that delete what no listing showed.
    fn examine_other_deletions(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let known: std::collections::BTreeSet<_> =
            records.points.iter().map(|point| tail(&point.value.id)).collect();
        let events = records
            .events
            .iter()
            .filter(|event| removes(&event.value) && is_call(&event.value));
        for event in events.filter(|event| self.in_period(event.value.at) && deletes(&event.value)) {
            let id = format!("event/{}", event.value.id);
            if event.value.resources.is_empty() {
                let reason = format!(
                    "{} at {} names no resource",
                    event.value.name,
                    show(event.value.at)
                );
                let resolves = "the event with its request parameters";
                builder.indeterminate(id, reason, resolves, Evidence::of(&event.citation));
            } else if !event
                .value
                .resources
                .iter()
                .any(|resource| known.contains(tail(resource)))
            {
                self.judge_call(&id, None, event, Evidence::of(&event.citation), builder);
            }
        }
    }

    /// One call: its actor, and the ticket approved before it.
    fn judge_call(
        &self,
        id: &str,
        point: Option<&str>,
        call: &Observed<Event>,
        evidence: Evidence,
        builder: &mut FindingBuilder,
    ) {
        let (records, event) = (self.context.records, &call.value);
        let evidence = evidence.and(Evidence::of(&call.citation));
        let what = format!("{} at {}", event.name, show(event.at));
        if self.conflicts(&event.id) || point.is_some_and(|point| self.conflicts(point)) {
            let reason = format!("records of {what} contradict each other");
            return builder.indeterminate(id, reason, "a corrected record", evidence);
        }
        let except = |builder: &mut FindingBuilder, why: &str, evidence: Evidence| {
            builder.exception(
                id,
                Severity::Critical,
                format!("{what}: {why}"),
                CRITERION,
                evidence,
            );
        };
        let roster = records
            .coverage
            .prove_register(Source::RoleRoster, self.context.scope.as_of);
        let person = match behind(
            &event.actor,
            event.at,
            &records.roster,
            &self.context.scope.period,
        ) {
            Behind::Person(holder) => holder,
            Behind::Unsaid => {
                let reason = format!("{what} does not say who did it");
                return builder.indeterminate(id, reason, "the event with its user identity", evidence);
            }
            Behind::Root => return except(builder, "done by the account's root user", evidence),
            Behind::Shared => {
                return except(
                    builder,
                    "done by an identity that several persons share",
                    evidence,
                );
            }
            Behind::Service => return except(builder, "done by a service before it was due", evidence),
            Behind::Stranger => match roster {
                Ok(searched) => {
                    let evidence = evidence.and(Evidence::absence_in(&searched));
                    return except(
                        builder,
                        "done by an identity that nobody in the roster has",
                        evidence,
                    );
                }
                Err(gaps) => return builder.gap(id, &gaps, Some(evidence)),
            },
        };
        let evidence = evidence.and(Evidence::of(&person.citation));
        let actor = person.value.person.as_str();
        let tickets = self.tickets_on(point, event);
        let approved_before =
            |ticket: &&&Observed<Ticket>| ticket.value.approved.is_some_and(|at| at < event.at);
        let by_another = |ticket: &&&Observed<Ticket>| {
            ticket
                .value
                .approved_by
                .as_deref()
                .is_some_and(|by| !by.trim().is_empty() && by != actor)
        };
        let register = records
            .coverage
            .prove_register(Source::Tickets, self.context.scope.as_of);
        if let Some(ticket) = tickets
            .iter()
            .find(|ticket| approved_before(ticket) && by_another(ticket))
        {
            let trail = records.coverage.prove(&call.key, moment(event.at));
            let proof = trail.and_then(|trail| Ok(trail.and(roster?).and(register?)));
            return builder.supported_if(id, &proof, evidence.and(Evidence::of(&ticket.citation)));
        }
        let evidence = tickets
            .iter()
            .fold(evidence, |all, ticket| all.and(Evidence::of(&ticket.citation)));
        let ids: Vec<_> = tickets.iter().map(|ticket| ticket.value.id.as_str()).collect();
        let why = if tickets.is_empty() {
            format!("done by {actor}, and no ticket names it")
        } else if tickets.iter().any(|ticket| approved_before(&ticket)) {
            format!("done by {actor}, who approved it alone: {}", ids.join(", "))
        } else {
            format!(
                "done by {actor}, and no ticket that names it was approved before: {}",
                ids.join(", ")
            )
        };
        match register {
            Ok(searched) => except(builder, &why, evidence.and(Evidence::absence_in(&searched))),
            Err(gaps) => builder.gap(id, &gaps, Some(evidence)),
        }
    }

    /// Tickets that name the event, the point, or what the event names; each once, in order of id.
    fn tickets_on(&self, point: Option<&str>, event: &'a Event) -> Vec<&'a Observed<Ticket>> {
        let names = event
            .resources
            .iter()
            .map(|resource| tail(resource))
            .chain([event.id.as_str()]);
        let names = names.chain(point.map(tail));
        let found = names.filter_map(|name| self.tickets.get(name)).flatten();
        let by_id: BTreeMap<_, _> = found
            .map(|ticket| ((&ticket.value.id, &ticket.citation), *ticket))
            .collect();
        by_id.into_values().collect()
    }
}

/// The trail that tells what was done to the records of `key`.
fn trail_of(key: &SourceKey) -> SourceKey {
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

#[cfg(test)]
mod tests;
