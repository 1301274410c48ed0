//! The person of the roster behind an event's actor.

use crate::model::records::Observed;
use crate::model::records::backups::Actor;
use crate::model::records::governance::RoleHolder;
use crate::model::time::{Instant, Period, day_of};

/// Who stands behind an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind<'a> {
    /// One person who is in the roster on that day.
    Person(&'a Observed<RoleHolder>),
    /// A service by itself.
    Service,
    /// The account's root user: nobody in particular.
    Root,
    /// An identity that several persons of the roster share.
    Shared,
    /// An identity that nobody in the roster has on that day.
    Stranger,
    /// The event does not say.
    Unsaid,
}

/// Resolves `actor` at `at` by the roster's identities, or by the session name of an assumed role when it is a roster id.
/// Rows that the roster no longer holds identify nobody.
pub fn behind<'a>(
    actor: &Actor,
    at: Instant,
    roster: &'a [Observed<RoleHolder>],
    period: &Period,
) -> Behind<'a> {
    let (arn, session) = match actor {
        Actor::Service { .. } => return Behind::Service,
        Actor::Root => return Behind::Root,
        Actor::Unknown => return Behind::Unsaid,
        Actor::Identity { arn, session, .. } => (arn, session),
    };
    if arn.contains(":assumed-role/AWSServiceRoleFor") {
        return Behind::Service;
    }
    let day = day_of(at, period.zone());
    let in_force = |holder: &RoleHolder| holder.from <= day && holder.to.is_none_or(|to| day <= to);
    let is_theirs = |holder: &RoleHolder| is_identity_of(arn, session.as_deref(), holder);
    let mut found: Option<&Observed<RoleHolder>> = None;
    for holder in roster
        .iter()
        .filter(|holder| holder.stands && in_force(&holder.value) && is_theirs(&holder.value))
    {
        match found {
            Some(first) if first.value.person != holder.value.person => return Behind::Shared,
            Some(_) => {}
            None => found = Some(holder),
        }
    }
    found.map_or(Behind::Stranger, Behind::Person)
}

/// Whether an identity, or the session name of an assumed role, is that of `holder`, whenever he held the role.
pub fn is_identity_of(arn: &str, session: Option<&str>, holder: &RoleHolder) -> bool {
    holder.identities.iter().any(|identity| identity == arn)
        || holder.atlas_user.as_deref() == Some(arn)
        || session == Some(&holder.person)
}
