//! Whether a call was authorised: by one person of the roster, with a ticket that somebody else approved before it.
//!
//! A ticket authorises what it names: the event, or an object of the call by its whole id or the last part of that. One
//! that was closed before the call authorises it no more: what is done twice needs a ticket that was open twice.

use std::collections::BTreeMap;

use super::actor::{Behind, behind};
use super::approval::is_another;
use super::context::Context;
use super::grounds::moment;
use super::place::tail;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::records::governance::{RoleHolder, Ticket};
use crate::model::source::{Source, SourceKey};

/// How a call stands.
#[derive(Debug)]
pub enum Authority {
    /// By a person, with a ticket approved before.
    Given {
        /// The event, the roster and the tickets, as far as their sources prove them.
        proof: Result<Proof, Vec<Gap>>,
        /// The rows of the person and the ticket.
        records: Evidence,
    },
    /// Not so.
    Lacking {
        /// What is missing.
        why: String,
        /// What says so.
        records: Option<Evidence>,
    },
    /// The event does not say who did it.
    Unsaid,
    /// The roster or the tickets are not proven.
    Unproven {
        /// What is missing.
        gaps: Vec<Gap>,
        /// What was found all the same.
        records: Option<Evidence>,
    },
}

impl Authority {
    /// Concludes on a call that needed authority; `what` says what was done.
    pub fn conclude(
        self,
        builder: &mut FindingBuilder,
        id: &str,
        what: &str,
        (severity, criterion): (Severity, &str),
        evidence: Evidence,
    ) {
        let with = |records: Option<Evidence>| records.into_iter().fold(evidence.clone(), Evidence::and);
        match self {
            Self::Given { proof, records } => builder.supported_if(id, &proof, evidence.and(records)),
            Self::Lacking { why, records } => {
                builder.exception(id, severity, format!("{what}: {why}"), criterion, with(records));
            }
            Self::Unsaid => {
                let reason = format!("{what}: the event does not say who did it");
                builder.indeterminate(id, reason, "the event with its user identity", evidence);
            }
            Self::Unproven { gaps, records } => builder.gap(id, &gaps, Some(with(records))),
        }
    }
}

/// The tickets that the register still holds, by the last part of what they refer to.
#[derive(Debug)]
pub struct Tickets<'a> {
    context: &'a Context<'a>,
    by_tail: BTreeMap<&'a str, Vec<(&'a str, &'a Observed<Ticket>)>>,
}

impl<'a> Tickets<'a> {
    /// Indexes the tickets.
    pub fn of(context: &'a Context<'a>) -> Self {
        let mut by_tail: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ticket in context.records.standing_tickets() {
            for reference in &ticket.value.refs {
                let known = by_tail.entry(tail(reference)).or_default();
                known.push((reference.as_str(), ticket));
            }
        }
        Self { context, by_tail }
    }

    /// How `call` stands, by the tickets that name it or one of `objects`.
    pub fn authority(&self, call: &Observed<Event>, objects: &[&str]) -> Authority {
        let (records, event) = (self.context.records, &call.value);
        let lacking = |why: &str| Authority::Lacking {
            why: why.to_owned(),
            records: None,
        };
        let period = &self.context.scope.period;
        match behind(&event.actor, event.at, &records.roster, period) {
            Behind::Person(person) => self.ticketed(call, objects, person),
            Behind::Unsaid => Authority::Unsaid,
            Behind::Root => lacking("done by the account's root user"),
            Behind::Shared => lacking("done by an identity that several persons share"),
            Behind::Service => lacking("done by a service and no person"),
            Behind::Stranger => match self.register(Source::RoleRoster) {
                Ok(searched) => Authority::Lacking {
                    why: "done by an identity that nobody in the roster has".to_owned(),
                    records: Some(Evidence::absence_in(&searched)),
                },
                Err(gaps) => Authority::Unproven { gaps, records: None },
            },
        }
    }

    fn ticketed(&self, call: &Observed<Event>, objects: &[&str], person: &Observed<RoleHolder>) -> Authority {
        let event = &call.value;
        let by_person = Evidence::of(&person.citation);
        let actor = person.value.person.as_str();
        let tickets = self.naming(&call.key, objects.iter().copied().chain([event.id.as_str()]));
        let approved_before =
            |ticket: &&&Observed<Ticket>| ticket.value.approved.is_some_and(|at| at < event.at);
        let open = |ticket: &&&Observed<Ticket>| ticket.value.closed.is_none_or(|at| event.at <= at);
        let by_another = |ticket: &&&Observed<Ticket>| {
            let by = ticket.value.approved_by.as_deref();
            by.is_some_and(|by| is_another(by, actor))
        };
        let register = self.register(Source::Tickets);
        let authorising = tickets
            .iter()
            .find(|ticket| approved_before(ticket) && open(ticket) && by_another(ticket));
        if let Some(ticket) = authorising {
            let trail = self.context.records.coverage.prove(&call.key, moment(event.at));
            let roster = self.register(Source::RoleRoster);
            return Authority::Given {
                proof: trail.and_then(|trail| Ok(trail.and(roster?).and(register?))),
                records: by_person.and(Evidence::of(&ticket.citation)),
            };
        }
        let records = tickets
            .iter()
            .fold(by_person, |all, ticket| all.and(Evidence::of(&ticket.citation)));
        let ids: Vec<_> = tickets.iter().map(|ticket| ticket.value.id.as_str()).collect();
        let ids = ids.join(", ");
        let why = if tickets.is_empty() {
            format!("done by {actor}, and no ticket names it")
        } else if !tickets.iter().any(|ticket| approved_before(&ticket)) {
            format!("done by {actor}, and no ticket that names it was approved before: {ids}")
        } else if !tickets
            .iter()
            .any(|ticket| approved_before(&ticket) && open(&ticket))
        {
            format!("done by {actor}, after the ticket that was approved before was closed: {ids}")
        } else {
            format!("done by {actor}, who approved it alone: {ids}")
        };
        match register {
            Ok(searched) => Authority::Lacking {
                why,
                records: Some(records.and(Evidence::absence_in(&searched))),
            },
            Err(gaps) => Authority::Unproven {
                gaps,
                records: Some(records),
            },
        }
    }

    /// Proof that a register, of the roster or the tickets, is whole at the as-of instant.
    pub fn register(&self, source: Source) -> Result<Proof, Vec<Gap>> {
        let coverage = &self.context.records.coverage;
        coverage.prove_register(source, self.context.scope.as_of)
    }

    /// Tickets that name any of `objects` of the place of `key`; each once, in order of id.
    pub fn naming<'n>(
        &self,
        key: &SourceKey,
        objects: impl IntoIterator<Item = &'n str>,
    ) -> Vec<&'a Observed<Ticket>> {
        let mut by_id = BTreeMap::new();
        for object in objects {
            let known = self.by_tail.get(tail(object)).into_iter().flatten();
            for (_, ticket) in known.filter(|(reference, _)| names(reference, object, key)) {
                by_id.insert((&ticket.value.id, &ticket.citation), *ticket);
            }
        }
        by_id.into_values().collect()
    }
}

/// Whether `reference` names `object`, given that they end alike. Either may be the last part of the other; an ARN names
/// what a call of `key` knows by its last part only in the same account and region.
fn names(reference: &str, object: &str, key: &SourceKey) -> bool {
    let is_whole = |id: &str| id.starts_with("arn:") || id.starts_with("atlas:");
    match (is_whole(reference), is_whole(object)) {
        (true, true) | (false, false) => reference == object,
        (false, true) => true,
        (true, false) => {
            let parts: Vec<_> = reference.splitn(6, ':').collect();
            let here = |part: &str, place: &str| part.is_empty() || part == place;
            matches!(parts[..], ["arn", _, _, region, account, _]
                if here(region, key.region.as_str()) && here(account, key.account.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::backups::{call, ticket};
    use crate::evaluate::testing::{World, key};

    #[test]
    fn a_ticket_names_an_object_by_its_whole_id_or_its_last_part() {
        let east = key(Source::Cloudtrail, "us-east-1");
        let plan = |region: &str| format!("arn:aws:backup:{region}:111122223333:backup-plan:p-1");
        assert!(names("p-1", "p-1", &east));
        assert!(names("p-1", &plan("us-west-2"), &east));
        assert!(names(&plan("us-east-1"), "p-1", &east));
        assert!(names(&plan("us-east-1"), &plan("us-east-1"), &east));
        assert!(!names(&plan("us-west-2"), &plan("us-east-1"), &east));
        assert!(!names(&plan("us-west-2"), "p-1", &east), "of another region");
        assert!(!names("atlas:x/p-1", "p-1", &east), "no ARN");
        let snapshot = "arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1";
        assert!(names(snapshot, "awsbackup:job-1", &east));
        assert!(names("job-1", snapshot, &east));
    }

    /// What `authority` says of a call at 2026-07-05 with a ticket approved at `approved` and closed at `closed`.
    fn says(approved: &str, closed: Option<&str>, by: &str) -> String {
        says_of(&[(approved, closed, Some("p-001"))], by)
    }

    /// The same with several tickets, each approved at a time, closed at a time, and approved by somebody.
    fn says_of(tickets: &[(&str, Option<&str>, Option<&str>)], by: &str) -> String {
        let mut world = World::new();
        world.add_person("p-004");
        for (n, (approved, closed, approved_by)) in tickets.iter().enumerate() {
            let mut ticket = ticket("a", "2026-07-01", Some(approved), *closed);
            ticket.id = format!("T-a-{n}");
            ticket.approved_by = approved_by.map(str::to_owned);
            world.add_ticket(ticket);
        }
        world.add_event(call("DeleteRecoveryPoint", "a", "2026-07-05", by));
        world.with_context(|context| {
            let tickets = Tickets::of(context);
            match tickets.authority(&context.records.events[0], &["a"]) {
                Authority::Given { proof, .. } => format!("given {}", proof.is_ok()),
                Authority::Lacking { why, .. } => why,
                other => format!("{other:?}"),
            }
        })
    }

    #[test]
    fn the_ticket_is_approved_before_by_another_and_not_closed_before() {
        assert_eq!(says("2026-07-04", None, "p-004"), "given true");
        assert_eq!(says("2026-07-04", Some("2026-07-05"), "p-004"), "given true");
        let closed = says("2026-07-04", Some("2026-07-04T23:59"), "p-004");
        assert!(closed.contains("was closed"), "{closed}");
        let same_moment = says("2026-07-05", None, "p-004");
        assert!(
            same_moment.contains("no ticket that names it was approved before"),
            "{same_moment}"
        );
        let stranger = says("2026-07-04", None, "p-099");
        assert_eq!(
            says_of(&[("2026-07-04", None, None)], "p-004"),
            "done by p-004, who approved it alone: T-a-0"
        );
        // Of several tickets the one that goes furthest is told, and one that authorises is enough.
        let (late, early) = (
            ("2026-07-06", None, Some("p-001")),
            ("2026-07-02", Some("2026-07-03"), Some("p-001")),
        );
        let closed = says_of(&[late, early], "p-004");
        assert!(closed.contains("was closed"), "{closed}");
        let alone = says_of(&[late, early, ("2026-07-04", None, Some("p-004"))], "p-004");
        assert!(alone.contains("approved it alone"), "{alone}");
        assert_eq!(
            says_of(&[late, early, ("2026-07-04", None, Some("p-001"))], "p-004"),
            "given true"
        );
        assert!(stranger.contains("nobody in the roster"), "{stranger}");
    }
}
