//! The exact copy of a resource that was there when it went: its consistency point at most a day earlier, complete before
//! the event, its recovery point there at the event, its key able to decrypt then (CT-10).

use chrono::TimeDelta;

use super::complete;
use crate::evaluate::absence::Absence;
use crate::evaluate::context::Context;
use crate::evaluate::facts::both;
use crate::evaluate::listings::Listings;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::removal::{Removals, deletes, trail_of};
use crate::evaluate::taken::{Histories, History, Taken, histories, seen};
use crate::evaluate::usable::{Keys, Verdict};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::System;
use crate::model::scope::Scope;
use crate::model::time::{Instant, Interval, show};

/// How long before an event its copy may have been made: 24 hours.
pub(super) const AT_MOST: TimeDelta = TimeDelta::hours(24);

/// What there was.
pub(super) enum Copy {
    /// A usable one, as far as the sources prove it.
    There(Result<Proof, Vec<Gap>>, Evidence),
    /// None, or none that can be used.
    Lacking(String, Evidence),
    /// Nobody can tell.
    Open(String, Option<Evidence>),
    /// The sources do not reach so far.
    Unproven(Vec<Gap>),
}

/// The backups, by what they are of.
pub(super) struct Copies<'a> {
    context: &'a Context<'a>,
    histories: Histories<'a>,
    listings: Listings<'a>,
    removals: Removals<'a>,
}

impl<'a> Copies<'a> {
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        Self {
            context,
            histories: histories(context),
            listings: Listings::of(context.records),
            removals: Removals::of(context.records),
        }
    }

    /// The copy of `resource` before the event at `at`.
    pub(super) fn before(&self, system: &System, resource: &ResourceId, at: Instant) -> Copy {
        let Some(place) = Place::of(resource, Some(system)) else {
            return Copy::Open(
                format!("{resource} does not say in which account and region it was"),
                None,
            );
        };
        let nothing = History::default();
        let own = self.histories.get(&Some(resource)).unwrap_or(&nothing);
        let unplaced = self.histories.get(&None).unwrap_or(&nothing);
        let window = Interval::new(at - AT_MOST, at + TimeDelta::milliseconds(1))
            .expect("invariant: a day is not empty");
        let as_at_the_event = Scope {
            as_of: at,
            ..self.context.scope.clone()
        };
        let keys = Keys::of(&Context {
            scope: &as_at_the_event,
            ..*self.context
        });
        let taken = own
            .taken
            .iter()
            .filter(|taken| window.contains(consistency(taken)));
        let judged: Vec<Copy> = taken.map(|taken| self.judge(taken, &keys, at)).collect();
        let open = |copy: &Copy| !matches!(copy, Copy::There(Ok(_), _) | Copy::Lacking(..));
        let (mut unsettled, mut unusable) = (None, None);
        for copy in judged {
            match copy {
                Copy::There(Ok(_), _) => return copy,
                _ if open(&copy) => unsettled = unsettled.or(Some(copy)),
                _ => unusable = unusable.or(Some(copy)),
            }
        }
        if let Some(copy) = unsettled {
            return copy;
        }
        if let Some(point) = own.continuous.iter().find(|point| point.value.created <= at) {
            let reason = format!(
                "up to when {} could be restored continuously is not on record",
                tail(resource.as_str())
            );
            return Copy::Open(reason, Some(Evidence::of(&point.citation)));
        }
        match (
            Absence::of(self.context, resource, &place, [own, unplaced], window),
            unusable,
        ) {
            (Absence::Doubtful { reason, record }, _) => Copy::Open(reason, Some(Evidence::of(record))),
            (Absence::Unproven(gaps), _) => Copy::Unproven(gaps),
            (Absence::Proven(_), Some(unusable)) => unusable,
            (Absence::Proven(searched), None) => Copy::Lacking(
                format!(
                    "no backup of {} was made from {} to {}",
                    tail(resource.as_str()),
                    show(window.start()),
                    show(at)
                ),
                Evidence::absence_in(&searched),
            ),
        }
    }

    /// How one backup of the last day stands at the event.
    fn judge(&self, taken: &Taken<'_>, keys: &Keys<'_>, at: Instant) -> Copy {
        let Some(point) = taken.point else {
            let reason = format!(
                "backup {} completed, and no listing shows its recovery point",
                taken.id()
            );
            return Copy::Open(reason, Evidence::all(taken.citations()));
        };
        let (value, found) = (&point.value, Evidence::of(&point.citation));
        let name = format!("the backup {} of {}", tail(&value.id), show(value.created));
        let Some(complete) = complete::of(self.context, point, at) else {
            return Copy::Open(format!("when {name} was complete is not known"), Some(found));
        };
        let found = found.and(complete.evidence);
        if at < complete.at {
            let late = format!("{name} was not complete until {}", show(complete.at));
            return match complete.proof {
                Ok(_) => Copy::Lacking(late, found),
                Err(gaps) => Copy::Unproven(gaps),
            };
        }
        let mut removals = self.removals.on(&value.id, value.created);
        if let Some(event) = removals.find(|event| deletes(&event.value) && event.value.at <= at) {
            let condition = format!("{name} was deleted at {}", show(event.value.at));
            return Copy::Lacking(condition, found.and(Evidence::of(&event.citation)));
        }
        if let Some(absent) = self.listings.absent_from(value).filter(|absent| *absent <= at) {
            return Copy::Lacking(format!("{name} was gone at {}", show(absent)), found);
        }
        let there = both(complete.proof, self.was_there(point, at));
        match keys.point(value) {
            Verdict::Usable(None) => Copy::There(there, found),
            Verdict::Usable(Some((key, state))) => Copy::There(both(there, Ok(key)), found.and(state)),
            Verdict::Unusable { why, evidence } => {
                Copy::Lacking(format!("{name} could not be used: {why}"), found.and(evidence))
            }
            Verdict::Unknown { why, evidence } => {
                Copy::Open(why, Some(evidence.into_iter().fold(found, Evidence::and)))
            }
            Verdict::Unproven(gaps) => Copy::Unproven(gaps),
        }
    }

    /// Proof that a recovery point was there at `at`: a listing shows it then or later, or nobody deleted it in a trail
    /// that is whole until then.
    fn was_there(&self, point: &Observed<RecoveryPoint>, at: Instant) -> Result<Proof, Vec<Gap>> {
        let coverage = &self.context.records.coverage;
        let listed = seen(coverage, point);
        if point.value.sightings.iter().any(|sighting| at <= *sighting) {
            return listed;
        }
        let until = Interval::new(point.value.created, at + TimeDelta::milliseconds(1));
        let until = until.expect("invariant: it was made before the event");
        both(listed, coverage.prove(&trail_of(&point.key), until))
    }
}

/// The consistency point of a backup, whatever instant counts for the day.
fn consistency(taken: &Taken<'_>) -> Instant {
    let point = taken.point.map(|point| point.value.created);
    point
        .or(taken.job.map(|job| job.value.created))
        .unwrap_or(taken.at)
}
