//! Whether a call was authorised: by one person of the roster, with a ticket that somebody else approved before it.
//!
//! A ticket authorises what it names: the event, or the recovery point by its ARN or the last part of that. One that
//! names a vault or a cluster names no recovery point in it.

use std::collections::BTreeMap;

use crate::evaluate::actor::{Behind, behind};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::tail;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::records::governance::{RoleHolder, Ticket};
use crate::model::source::Source;

/// How a call stands.
pub(super) enum Authority {
    /// By a person, with a ticket approved before, as far as the sources prove it.
    Given {
        proof: Result<Proof, Vec<Gap>>,
        records: Evidence,
    },
    /// Not so.
    Lacking { why: String, records: Option<Evidence> },
    /// The event does not say who did it.
    Unsaid,
    /// The roster or the tickets are not proven.
    Unproven {
        gaps: Vec<Gap>,
        records: Option<Evidence>,
    },
}

/// The tickets that the register still holds, by what they refer to.
pub(super) struct Tickets<'a> {
    context: &'a Context<'a>,
    by_reference: BTreeMap<&'a str, Vec<&'a Observed<Ticket>>>,
}

impl<'a> Tickets<'a> {
    /// Indexes the tickets.
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        let mut by_reference: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ticket in context.records.standing_tickets() {
            for reference in &ticket.value.refs {
                by_reference.entry(reference.as_str()).or_default().push(ticket);
            }
        }
        Self {
            context,
            by_reference,
        }
    }

    /// How `call` on `point` stands; without a point, on what the call itself names.
    pub(super) fn authority(&self, point: Option<&str>, call: &Observed<Event>) -> Authority {
        let (records, event) = (self.context.records, &call.value);
        let lacking = |why: &str| Authority::Lacking {
            why: why.to_owned(),
            records: None,
        };
        let period = &self.context.scope.period;
        match behind(&event.actor, event.at, &records.roster, period) {
            Behind::Person(person) => self.ticketed(point, call, person),
            Behind::Unsaid => Authority::Unsaid,
            Behind::Root => lacking("done by the account's root user"),
            Behind::Shared => lacking("done by an identity that several persons share"),
            Behind::Service => lacking("done by a service before it was due"),
            Behind::Stranger => match self.register(Source::RoleRoster) {
                Ok(searched) => Authority::Lacking {
                    why: "done by an identity that nobody in the roster has".to_owned(),
                    records: Some(Evidence::absence_in(&searched)),
                },
                Err(gaps) => Authority::Unproven { gaps, records: None },
            },
        }
    }

    fn ticketed(
        &self,
        point: Option<&str>,
        call: &Observed<Event>,
        person: &Observed<RoleHolder>,
    ) -> Authority {
        let event = &call.value;
        let by_person = Evidence::of(&person.citation);
        let actor = person.value.person.as_str();
        let tickets = self.naming(point, event);
        let approved_before =
            |ticket: &&&Observed<Ticket>| ticket.value.approved.is_some_and(|at| at < event.at);
        let by_another = |ticket: &&&Observed<Ticket>| {
            let by = ticket.value.approved_by.as_deref();
            by.is_some_and(|by| !by.trim().is_empty() && by != actor)
        };
        let register = self.register(Source::Tickets);
        let authorising = tickets
            .iter()
            .find(|ticket| approved_before(ticket) && by_another(ticket));
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

    fn register(&self, source: Source) -> Result<Proof, Vec<Gap>> {
        let coverage = &self.context.records.coverage;
        coverage.prove_register(source, self.context.scope.as_of)
    }

    /// Tickets that name the event or the point; each once, in order of id.
    fn naming(&self, point: Option<&str>, event: &Event) -> Vec<&'a Observed<Ticket>> {
        let copies = event.resources.iter().map(String::as_str);
        let copies: Vec<_> = match point {
            Some(point) => vec![point],
            None => copies.filter(|id| is_copy(event, id)).collect(),
        };
        let names = copies
            .iter()
            .flat_map(|id| [*id, tail(id)])
            .chain([event.id.as_str()]);
        let found = names.filter_map(|name| self.by_reference.get(name)).flatten();
        let by_id: BTreeMap<_, _> = found
            .map(|ticket| ((&ticket.value.id, &ticket.citation), *ticket))
            .collect();
        by_id.into_values().collect()
    }
}

/// Whether an id in a call is that of a recovery point or snapshot, and not of the vault, cluster or resource beside it.
fn is_copy(event: &Event, id: &str) -> bool {
    match event.source.as_str() {
        // AWS Backup names points by ARN and vaults by name.
        "backup.amazonaws.com" => id.starts_with("arn:") && !id.contains(":backup-vault:"),
        "atlas" => !id.starts_with("atlas:") && id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        _ => !id.starts_with("arn:") || ["snapshot", "/backup/"].iter().any(|word| id.contains(word)),
    }
}
