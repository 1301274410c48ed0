//! Whether a key decrypts at the as-of instant.
//!
//! Its newest observation up to the as-of instant decides, or a call that changed it since, where the trail is whole
//! between that and the as-of instant. The first observation after the as-of instant speaks for it only where the trail
//! is whole and free of changes between.

use super::context::Context;
use super::facts::is_disputed;
use super::grounds::moment;
use super::place::{Place, tail};
use super::usable::{Verdict, fresh};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{Event, KeyCondition, KeyState, Provider};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

/// What a record says of a key, and from when on.
struct Known {
    at: Instant,
    stand: Stand,
    said: String,
    evidence: Evidence,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Decrypts,
    Fails,
    Open,
}

/// The verdict on `key`.
pub fn judge(context: &Context<'_>, key: &str) -> Verdict {
    let records = context.records;
    let open = |why: String| Verdict::Unknown { why, evidence: None };
    let place = key
        .parse::<ResourceId>()
        .ok()
        .and_then(|key| Place::of(&key, None));
    let Some(place) = place.filter(|place| place.provider == Provider::Aws) else {
        return open(format!(
            "the state of key {key} was not collected: it is no key of AWS"
        ));
    };
    if is_disputed(records, Source::KmsKeys, key) {
        return open(format!("observations of key {} contradict each other", tail(key)));
    }
    let listed = match records
        .coverage
        .prove(&place.key(Source::KmsKeys), moment(fresh(context)))
    {
        Ok(proof) => proof,
        Err(gaps) => return Verdict::Unproven(gaps),
    };
    let as_of = context.scope.as_of;
    let (mut decided, mut unproven, mut unsure) = (Vec::new(), Vec::new(), None);
    for known in [last_known(context, key), first_after(context, key)]
        .into_iter()
        .flatten()
    {
        // No change lies between the record and the as-of instant, if only the trail is whole there.
        let between = Interval::new(known.at.min(as_of), known.at.max(as_of));
        let trail = between.map(|span| records.coverage.prove(&place.key(Source::Cloudtrail), span));
        match trail.transpose() {
            Err(gaps) => unproven.extend(gaps),
            Ok(_) if known.stand == Stand::Open => unsure = Some(known),
            Ok(trail) => decided.push((known, trail)),
        }
    }
    match (decided.as_slice(), unsure) {
        ([(before, _), (after, _)], _) if before.stand != after.stand => Verdict::Unknown {
            why: format!(
                "{}, but {}, and the trail has no change between",
                before.said, after.said
            ),
            evidence: Some(before.evidence.clone().and(after.evidence.clone())),
        },
        ([(known, trail), ..], _) if known.stand == Stand::Decrypts => {
            let proof = trail.iter().fold(listed, |all, trail| all.and(trail.clone()));
            Verdict::Usable(Some((proof, known.evidence.clone())))
        }
        ([(known, _), ..], _) => Verdict::Unusable {
            why: known.said.clone(),
            evidence: known.evidence.clone(),
        },
        ([], Some(known)) => Verdict::Unknown {
            why: known.said,
            evidence: Some(known.evidence),
        },
        ([], None) if unproven.is_empty() => open(format!(
            "no observation of key {} speaks for the as-of instant",
            tail(key)
        )),
        ([], None) => Verdict::Unproven(unproven),
    }
}

/// The last that is known of a key up to the as-of instant: its newest observation, or a call that changed it since, or
/// at that very instant: which came first is not known, and what the call left counts.
fn last_known(context: &Context<'_>, key: &str) -> Option<Known> {
    let as_of = context.scope.as_of;
    let observed = observations(context, key).filter(|state| state.value.at <= as_of);
    // Of two at one instant the worse one counts.
    let newest =
        observed.max_by_key(|state| (state.value.at, state.value.condition != KeyCondition::Enabled));
    let since = newest.map(|state| state.value.at);
    let changes = state_changes(context, key)
        .filter(|event| event.value.at <= as_of && since.is_none_or(|since| since <= event.value.at));
    let Some(event) = changes.max_by_key(|event| (event.value.at, &event.value.id)) else {
        return newest.map(known_by);
    };
    let value = &event.value;
    let what = format!("{} of {} at {}", value.name, tail(key), show(value.at));
    let (stand, said) = match value.name.as_str() {
        // It undoes only what is known to have been done: the key decrypted before.
        "EnableKey" => match newest.filter(|state| state.value.condition == KeyCondition::Enabled) {
            Some(state) => {
                let mut known = known_by(state);
                known.evidence = known.evidence.and(Evidence::of(&event.citation));
                return Some(known);
            }
            None => (Stand::Open, format!("no observation follows {what}")),
        },
        "CancelKeyDeletion" => (
            Stand::Open,
            format!("no observation follows {what}, which leaves a key disabled"),
        ),
        _ => (Stand::Fails, format!("nothing undid {what}")),
    };
    let evidence = Evidence::of(&event.citation);
    Some(Known {
        at: value.at,
        stand,
        said,
        evidence,
    })
}

/// The first observation after the as-of instant, unless the key was changed between.
fn first_after(context: &Context<'_>, key: &str) -> Option<Known> {
    let as_of = context.scope.as_of;
    let later = observations(context, key).filter(|state| as_of < state.value.at);
    let first = later.min_by_key(|state| (state.value.at, state.value.condition == KeyCondition::Enabled))?;
    let changed =
        state_changes(context, key).any(|event| as_of < event.value.at && event.value.at <= first.value.at);
    (!changed).then(|| known_by(first))
}

fn known_by(state: &Observed<KeyState>) -> Known {
    let value = &state.value;
    let said = format!(
        "key {} was {} at {}",
        tail(&value.arn),
        value.word,
        show(value.at)
    );
    let deletion = value
        .deletion
        .map(|at| format!(", to be deleted at {}", show(at)));
    Known {
        at: value.at,
        stand: if value.condition == KeyCondition::Enabled {
            Stand::Decrypts
        } else {
            Stand::Fails
        },
        said: format!("{said}{}", deletion.unwrap_or_default()),
        evidence: Evidence::of(&state.citation),
    }
}

fn observations<'a>(context: &Context<'a>, key: &str) -> impl Iterator<Item = &'a Observed<KeyState>> {
    let states = context.records.keys.iter();
    states.filter(move |state| state.value.arn == key)
}

/// Successful calls, and what the service did by itself, that switched a key off or on. A bare key id is one of the
/// event's own place: replicas of a key share it.
pub fn state_changes<'a>(context: &Context<'a>, key: &str) -> impl Iterator<Item = &'a Observed<Event>> {
    let names = [
        "DisableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "EnableKey",
        "DeleteKey",
        "DeleteImportedKeyMaterial",
        "DeleteExpiredKeyMaterial",
    ];
    let place = key.parse().ok().and_then(|key| Place::of(&key, None));
    context.records.events.iter().filter(move |event| {
        let value = &event.value;
        let here = place
            .as_ref()
            .is_some_and(|place| place.key(Source::Cloudtrail) == event.key);
        value.error.is_none()
            && names.contains(&value.name.as_str())
            && value
                .resources
                .iter()
                .any(|id| id == key || (here && id == tail(key)))
    })
}
