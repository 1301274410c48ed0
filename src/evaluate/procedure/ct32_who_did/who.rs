//! Who stands behind an act: a person of the roster, a workload that management expects, or nobody who can be named.

use crate::evaluate::actor::{Behind, behind, is_identity_of};
use crate::evaluate::approval::is_another;
use crate::evaluate::context::Context;
use crate::evaluate::wildcard;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::{Actor, Event};
use crate::model::records::governance::RoleHolder;
use crate::model::time::day_of;

/// Who stands behind an act.
pub(super) enum Who<'a> {
    /// A person, with the rows of the roster that are in force that day.
    Person(Vec<&'a Observed<RoleHolder>>),
    /// A service by itself, or a role that management expects.
    Workload,
    /// The account's root user.
    Root,
    /// Nobody who may act, as far as the roster is whole.
    Unknown { why: String, records: Option<Evidence> },
    /// Nobody can tell.
    Open { why: String, resolves: &'static str },
}

fn open<'a>(why: impl Into<String>, resolves: &'static str) -> Who<'a> {
    Who::Open {
        why: why.into(),
        resolves,
    }
}

/// Resolves the actor of `event`.
pub(super) fn who<'a>(context: &Context<'a>, event: &Event) -> Who<'a> {
    let roster = &context.records.roster;
    match behind(&event.actor, event.at, roster, &context.scope.period) {
        Behind::Root => Who::Root,
        Behind::Unsaid => open(
            "the event does not say who did it",
            "the event with its user identity",
        ),
        Behind::Shared => open(
            "done by an identity that several persons of the roster share",
            "who of them it was",
        ),
        Behind::Person(holder) => person(context, event, &holder.value.person),
        Behind::Service | Behind::Stranger => workload_or_stranger(context, event),
    }
}

fn person<'a>(context: &Context<'a>, event: &Event, person: &str) -> Who<'a> {
    if let Actor::Identity { arn, mfa, .. } = &event.actor
        && arn.contains(":user/")
    {
        // Keys of an IAM user are for ever: only the second factor shows that he was there.
        match mfa {
            Some(true) => {}
            Some(false) => {
                return Who::Unknown {
                    why: format!("done by {person} as an IAM user without a second factor"),
                    records: None,
                };
            }
            None => {
                let why =
                    format!("done by {person} as an IAM user; whether with a second factor is not said");
                return open(why, "the event with its session context");
            }
        }
    }
    let day = day_of(event.at, context.scope.period.zone());
    let rows = context.records.standing_roster().filter(|row| {
        let value = &row.value;
        value.person == person && value.from <= day && value.to.is_none_or(|to| day <= to)
    });
    Who::Person(rows.collect())
}

fn workload_or_stranger<'a>(context: &Context<'a>, event: &Event) -> Who<'a> {
    let Actor::Identity {
        arn, session, issuer, ..
    } = &event.actor
    else {
        return Who::Workload;
    };
    let role = issuer.clone().or_else(|| role_of(arn));
    let expected = context.criteria.expected_service_roles.as_deref();
    if let (Some(role), Some(expected)) = (&role, expected)
        && expected.iter().any(|pattern| wildcard::matches(pattern, role))
    {
        return Who::Workload;
    }
    let roster = &context.records.roster;
    let theirs = |row: &&Observed<RoleHolder>| is_identity_of(arn, session.as_deref(), &row.value);
    if let Some(row) = roster
        .iter()
        .filter(theirs)
        .min_by_key(|row| (!row.stands, &row.value.id))
    {
        return left(row);
    }
    if event.source == "atlas" && !arn.contains('@') {
        return open(
            format!("done with the API key {arn}, which nobody in the roster owns"),
            "the owner of the API key",
        );
    }
    if let Some(role) = &role {
        let place = place_and_name(role);
        let mut identities = roster
            .iter()
            .filter(|row| row.stands)
            .flat_map(|row| &row.value.identities);
        if identities.any(|identity| role_of(identity).is_some_and(|role| place_and_name(&role) == place)) {
            let why = format!("done by {arn}: people share the role, and the session names none of them");
            return open(why, "who opened the session");
        }
        if expected.is_none() {
            let why =
                format!("done by the role {role}, and management has approved no list of expected roles");
            return open(why, "an approved value of expected_service_roles");
        }
    }
    Who::Unknown {
        why: format!(
            "done by {arn}, an identity that nobody in the roster has and management does not expect"
        ),
        records: None,
    }
}

/// Somebody who was not in the roster on that day, or whose row was withdrawn.
fn left<'a>(row: &Observed<RoleHolder>) -> Who<'a> {
    let value = &row.value;
    if !row.stands {
        let why = format!("done by {}, whose row the roster no longer holds", value.person);
        return open(why, "why the row was withdrawn");
    }
    let until = value.to.map_or("open".to_owned(), |to| to.to_string());
    Who::Unknown {
        why: format!(
            "done by {}, who is in the roster from {} to {until} only",
            value.person, value.from
        ),
        records: Some(Evidence::of(&row.citation)),
    }
}

/// The role of an assumed-role session; a role's own ARN is itself.
fn role_of(arn: &str) -> Option<String> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", partition, _, _, account, resource] = parts[..] else {
        return None;
    };
    match resource.split_once('/')? {
        ("assumed-role", rest) => {
            let role = rest.split('/').next()?;
            Some(format!("arn:{partition}:iam::{account}:role/{role}"))
        }
        ("role", _) => Some(arn.to_owned()),
        _ => None,
    }
}

/// A role without its path, which sessions do not tell.
fn place_and_name(role: &str) -> (&str, &str) {
    let account = role.split(':').nth(4).unwrap_or_default();
    (account, crate::evaluate::place::tail(role))
}

/// Whether any of a person's `rows` has an access for this act that somebody else approved before.
pub(super) fn approved(rows: &[&Observed<RoleHolder>], event: &Event) -> bool {
    let Actor::Identity { arn, issuer, .. } = &event.actor else {
        return false;
    };
    let role = issuer.clone().or_else(|| role_of(arn));
    let service = event.source.split('.').next().unwrap_or_default();
    let action = format!("{service}:{}", event.name);
    let grants = rows
        .iter()
        .flat_map(|row| row.value.approved_access.iter().map(move |access| (row, access)));
    grants.into_iter().any(|(row, access)| {
        let by_another = is_another(&access.approved_by, &row.value.person);
        let in_force = access.approved < event.at && access.until.is_none_or(|until| event.at < until);
        let principal = access.principal == *arn || role.as_ref() == Some(&access.principal);
        let action = access
            .actions
            .iter()
            .any(|pattern| wildcard::matches(pattern, &action));
        by_another && in_force && principal && action
    })
}
