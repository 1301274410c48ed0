//! Which recovery points can be restored from: complete, and encrypted with a key that still decrypts (CT-10).
//!
//! A key's newest observation decides, with what the trail says happened between it and the as-of instant. A point whose
//! key is disabled, about to be deleted or unavailable can't be restored, whatever its own state says.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::grounds::moment;
use super::place::{Place, tail};
use super::procedure::Context;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{Event, KeyCondition, KeyState, PointState, Provider, RecoveryPoint};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show};

/// What is known about a key, or about a point by its key.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It decrypts at the as-of instant. `None` where no key is needed.
    Usable(Option<(Proof, Evidence)>),
    /// It does not.
    Unusable {
        /// Why.
        why: String,
        /// The records that say so.
        evidence: Evidence,
    },
    /// The records leave it open.
    Unknown {
        /// Why.
        why: String,
        /// The records, if there are any.
        evidence: Option<Evidence>,
    },
    /// The sources do not reach to the as-of instant.
    Unproven(Vec<Gap>),
}

/// The verdict on every key that a recovery point names.
#[derive(Debug)]
pub struct Keys<'a>(BTreeMap<&'a str, Verdict>);

impl<'a> Keys<'a> {
    /// Judges every key once.
    pub fn of(context: &Context<'a>) -> Self {
        let keys = context
            .records
            .points
            .iter()
            .filter_map(|point| point.value.key.as_deref());
        let mut verdicts = BTreeMap::new();
        for key in keys {
            verdicts.entry(key).or_insert_with(|| judge(context, key));
        }
        Self(verdicts)
    }

    /// The verdict on a key.
    pub fn get(&self, key: &str) -> Option<&Verdict> {
        self.0.get(key)
    }

    /// Whether `point` can be restored from.
    pub fn point(&self, point: &RecoveryPoint) -> Verdict {
        let unknown = |why: &str| Verdict::Unknown {
            why: format!("{why} of {}", tail(&point.id)),
            evidence: None,
        };
        match (point.state, &point.key, point.provider, point.encrypted) {
            (PointState::Usable, Some(key), _, _) => self
                .0
                .get(key.as_str())
                .cloned()
                .unwrap_or_else(|| unknown("the key")),
            // Atlas names a key only where the customer brought one; an unencrypted point needs none.
            (PointState::Usable, None, Provider::Atlas, _) | (PointState::Usable, None, _, Some(false)) => {
                Verdict::Usable(None)
            }
            (PointState::Usable, None, Provider::Aws, _) => unknown("no record names the key"),
            _ => unknown("the state does not show completion"),
        }
    }
}

/// The last moment at which a listing may have been taken to speak for the as-of instant.
pub fn fresh(context: &Context<'_>) -> Instant {
    context.scope.as_of - context.criteria.backup_interval_tolerance - TimeDelta::milliseconds(1)
}

fn judge(context: &Context<'_>, key: &str) -> Verdict {
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
    if records.conflicts.iter().any(|conflict| conflict.id == key) {
        return open(format!("observations of key {} contradict each other", tail(key)));
    }
    let observed = records.keys.iter().filter(|state| state.value.arn == key);
    let newest =
        observed.max_by_key(|state| (state.value.at, state.value.condition != KeyCondition::Enabled));
    let since = newest.map(|state| state.value.at);
    let event = last_event(context, key, since);
    if let Some(event) = event {
        let evidence = Evidence::of(&event.citation);
        let what = format!(
            "{} of {} at {}",
            event.value.name,
            tail(key),
            show(event.value.at)
        );
        match event.value.name.as_str() {
            "DisableKey" | "ScheduleKeyDeletion" => {
                let why = format!("nothing undid {what}");
                return Verdict::Unusable { why, evidence };
            }
            "CancelKeyDeletion" => {
                let why = format!("no observation follows {what}, which leaves a key disabled");
                return Verdict::Unknown {
                    why,
                    evidence: Some(evidence),
                };
            }
            _ => {}
        }
    }
    let keys = place.key(Source::KmsKeys);
    let listed = match records.coverage.prove(&keys, moment(fresh(context))) {
        Ok(proof) => proof,
        Err(gaps) => return Verdict::Unproven(gaps),
    };
    match newest {
        Some(state) => judge_state(context, &place, state, event.is_some(), listed),
        None => open(format!("no observation of key {} was collected", tail(key))),
    }
}

fn judge_state(
    context: &Context<'_>,
    place: &Place,
    state: &Observed<KeyState>,
    enabled_since: bool,
    listed: Proof,
) -> Verdict {
    let (value, evidence) = (&state.value, Evidence::of(&state.citation));
    let said = format!(
        "key {} was {} at {}",
        tail(&value.arn),
        value.word,
        show(value.at)
    );
    if value.condition != KeyCondition::Enabled {
        let deletion = value
            .deletion
            .map(|at| format!(", to be deleted at {}", show(at)));
        let why = format!("{said}{}", deletion.unwrap_or_default());
        return if enabled_since {
            Verdict::Unknown {
                why: format!("{why}, and no observation follows its enabling"),
                evidence: Some(evidence),
            }
        } else {
            Verdict::Unusable { why, evidence }
        };
    }
    if value.at <= fresh(context) {
        return Verdict::Unknown {
            why: format!("{said}, and no later observation is known"),
            evidence: Some(evidence),
        };
    }
    // What happened between the observation and the as-of instant only the trail can tell.
    let trail = Interval::new(value.at, context.scope.as_of).map(|span| {
        context
            .records
            .coverage
            .prove(&place.key(Source::Cloudtrail), span)
    });
    match trail {
        None => Verdict::Usable(Some((listed, evidence))),
        Some(Ok(trail)) => Verdict::Usable(Some((listed.and(trail), evidence))),
        Some(Err(gaps)) => Verdict::Unproven(gaps),
    }
}

/// The last event that changed a key's state after `since`, up to the as-of instant.
fn last_event<'a>(context: &Context<'a>, key: &str, since: Option<Instant>) -> Option<&'a Observed<Event>> {
    let changes = state_changes(context, key);
    let between = changes.filter(|event| {
        event.value.at <= context.scope.as_of && since.is_none_or(|since| since < event.value.at)
    });
    between.max_by_key(|event| (event.value.at, &event.value.id))
}

/// Successful calls that switched a key off or on.
pub fn state_changes<'a>(context: &Context<'a>, key: &str) -> impl Iterator<Item = &'a Observed<Event>> {
    let names = [
        "DisableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "EnableKey",
    ];
    context.records.events.iter().filter(move |event| {
        let event = &event.value;
        event.error.is_none()
            && names.contains(&event.name.as_str())
            && event.resources.iter().any(|id| id == key || id == tail(key))
    })
}
