//! The contact list of the contingency plan: each of the line of succession, in the roster, with a number of its own.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Shelf, Volume, on};
use crate::evaluate::roles::{Answer, Office, roles};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{Contact, PlanDocument, RoleHolder};

/// The line of succession of policy 13.2.
const LINE: [Office; 3] = [Office::Cto, Office::SUCCESSORS[0], Office::SUCCESSORS[1]];

impl<'a> Shelf<'a> {
    /// Concludes `<doc>/<version>/succession` and `<doc>/<version>/contacts`.
    pub(super) fn examine_contacts(
        &self,
        volume: &Volume<'a>,
        row: &Observed<PlanDocument>,
        builder: &mut FindingBuilder,
    ) {
        let id = |part: &str| format!("{}/{}/{part}", volume.id, row.value.version);
        let (succession, contacts) = (id("succession"), id("contacts"));
        for id in [&succession, &contacts] {
            if self.is_in_doubt(row, id, builder) {
                continue;
            }
            let Some(list) = &row.value.contacts else {
                let reason = "the register does not tell the contact list of the plan";
                let seen = Evidence::of(&row.citation);
                builder.indeterminate(&**id, reason, "the contact list of the version", seen);
                continue;
            };
            if *id == succession {
                self.succession(row, list, id, builder);
            } else {
                self.contacts(volume, row, list, id, builder);
            }
        }
        for id in [&succession, &contacts] {
            builder.only_about(id, &about(&["DR-13.2-1"]));
        }
    }

    fn succession(
        &self,
        row: &Observed<PlanDocument>,
        list: &[Contact],
        id: &str,
        builder: &mut FindingBuilder,
    ) {
        let seen = Evidence::of(&row.citation);
        let there = |office: &Office| {
            let mut contacts = list.iter();
            contacts.any(|contact| Office::of(&contact.role) == Some(*office))
        };
        let missing: Vec<&str> = LINE
            .iter()
            .filter(|office| !there(office))
            .map(|office| office.as_str())
            .collect();
        if missing.is_empty() {
            return builder.supported_if(id, &self.register, seen);
        }
        let condition = format!(
            "the contact list has no entry of the {}",
            missing.join(" and the ")
        );
        let criterion = "each of the line of succession has a contact";
        builder.exception(id, Severity::Medium, condition, criterion, seen);
    }

    fn contacts(
        &self,
        volume: &Volume<'a>,
        row: &Observed<PlanDocument>,
        list: &[Contact],
        id: &str,
        builder: &mut FindingBuilder,
    ) {
        let seen = Evidence::of(&row.citation);
        let criterion = "each contact is in the roster in its role, with a number of its own";
        if let Some(shared) = shared(list) {
            return builder.exception(id, Severity::Medium, shared, criterion, seen);
        }
        let days = self.judged().filter(|day| {
            let mut rows = on(&volume.versions, *day).into_iter();
            rows.any(|there| there.citation == row.citation)
        });
        let Some(day) = days.last() else {
            return;
        };
        let mut people = seen;
        let mut open = Vec::new();
        for contact in list {
            match self.resolved(contact, day) {
                Resolved::Yes(found) => people = people.and(Evidence::of(&found.citation)),
                Resolved::No(condition, rows) => {
                    let seen = rows.map_or(people.clone(), |rows| people.and(rows));
                    return match &self.with_roster {
                        Ok(_) => builder.exception(id, Severity::Medium, condition, criterion, seen),
                        Err(gaps) => builder.gap(id, gaps, Some(seen)),
                    };
                }
                Resolved::Open(reason) => open.push(reason),
            }
        }
        if list.is_empty() {
            open.push("the contact list is empty".to_owned());
        }
        if open.is_empty() {
            builder.supported_if(id, &self.with_roster, people);
        } else {
            let resolves = "the contacts as the roster has them, each with the digest of its number";
            builder.indeterminate(id, open.join("; "), resolves, people);
        }
    }

    /// How a contact stands in the roster of `day`.
    fn resolved(&self, contact: &Contact, day: NaiveDate) -> Resolved<'a> {
        let Contact {
            person,
            role,
            channel,
        } = contact;
        let office = Office::of(role);
        let same = |row: &RoleHolder| {
            let listed = row.role.trim().eq_ignore_ascii_case(role.trim());
            Some(listed || (office.is_some() && Office::of(&row.role) == office))
        };
        match self.roster.ask(person.trim(), day, same) {
            Answer::Yes(_) if channel.as_deref().is_none_or(|digest| digest.trim().is_empty()) => {
                Resolved::Open(format!("no number is known of {person}, the {role}"))
            }
            Answer::Yes(row) => Resolved::Yes(row),
            Answer::No(rows) if office.is_some() => {
                let condition = format!(
                    "the list has {person} as {role}, the roster as {} on {day}",
                    roles(&rows)
                );
                Resolved::No(condition, Evidence::all(rows.iter().map(|row| &row.citation)))
            }
            Answer::No(rows) => Resolved::Open(format!(
                "whether {person}, {role} by the list, is meant as {} by the roster",
                roles(&rows)
            )),
            Answer::Unclear { reason, .. } => Resolved::Open(reason),
        }
    }
}

enum Resolved<'a> {
    Yes(&'a Observed<RoleHolder>),
    No(String, Option<Evidence>),
    Open(String),
}

/// Two persons of the list who have one number, in words.
fn shared(list: &[Contact]) -> Option<String> {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for contact in list {
        let Some(digest) = contact.channel.as_deref().map(str::trim) else {
            continue;
        };
        if digest.is_empty() {
            continue;
        }
        let person = contact.person.trim();
        match known.insert(digest, person) {
            Some(other) if other != person => {
                return Some(format!(
                    "{other} and {person} share one number in the contact list"
                ));
            }
            _ => {}
        }
    }
    None
}
