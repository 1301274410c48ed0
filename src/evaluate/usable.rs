//! Which recovery points can be restored from: complete, and encrypted with a key that still decrypts (CT-10).
//!
//! A point whose key is disabled, about to be deleted or unavailable can't be restored, whatever its own state says.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::context::Context;
use super::key_state;
use super::place::tail;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::backups::{PointState, Provider, RecoveryPoint};
use crate::model::time::Instant;

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
            verdicts
                .entry(key)
                .or_insert_with(|| key_state::judge(context, key));
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
