//! The registers that people keep in MongoDB: systems, and the records of tests and exercises.
//!
//! A register is exported whole each time. Editing a document is a revision; two documents of one id in one export are a
//! conflict, and so is an edit of what a record can't take back: when a ticket was opened, how a restore test ended, that
//! a system was in use; and an approval that is dated before an export without it.

mod contingency;
mod documents;
mod plan_documents;
mod tests_and_exercises;
mod v1;

pub(super) use contingency::{incident, listed_device, medium};
pub(super) use documents::{assurance, role_holder, system, ticket, unused_class};
pub(super) use plan_documents::document;
pub(super) use tests_and_exercises::{bia, exercise, restore_test, schedule};

use chrono::{NaiveDate, TimeDelta};

use crate::model::ids::SystemId;
use crate::model::records::{Conflict, Observed};
use crate::model::time::{Instant, show};
use crate::normalize::fold::Folded;

/// A document whose identity is its `_id`: nothing else in it has to be unique.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document<T> {
    id: String,
    value: T,
}

impl<T> Document<T> {
    /// The record, where it was observed. Whoever uses it can't know its `_id`: one that is disputed by it does not stand.
    pub(super) fn record(observed: Observed<Self>, conflicts: &[Conflict]) -> Observed<T> {
        let Observed {
            value,
            citation,
            key,
            first_seen,
            last_seen,
            stands,
        } = observed;
        let disputed = conflicts
            .iter()
            .any(|conflict| conflict.source == key.source && conflict.id == value.id);
        Observed {
            value: value.value,
            citation,
            key,
            first_seen,
            last_seen,
            stands: stands && !disputed,
        }
    }
}

impl<T: Clone + PartialEq> Folded for Document<T> {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}

/// Whether a day was over in every time zone at `at`.
fn is_over(day: NaiveDate, at: Instant) -> bool {
    let midnight = day.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc());
    midnight.is_some_and(|midnight| midnight + TimeDelta::hours(36) <= at)
}

/// Says that the day by which something is due was moved after it had passed.
fn moved_when_over(
    what: &str,
    earlier: Option<NaiveDate>,
    seen: Instant,
    later: Option<NaiveDate>,
) -> Option<String> {
    let passed = earlier.filter(|due| earlier != later && is_over(*due, seen))?;
    Some(format!(
        "the day by which {what} is due was moved after {passed} had passed"
    ))
}

/// Says that something was closed before `seen`, when it was read as open, or at another time than it was.
fn closed_before(
    what: &str,
    earlier: Option<Instant>,
    seen: Instant,
    later: Option<Instant>,
) -> Option<String> {
    let other = earlier != later && (earlier.is_some() || later.is_some_and(|at| at < seen));
    other.then(|| format!("{what} was not closed so by the row read at {}", show(seen)))
}

fn date(date: Option<v1::Date>) -> Option<Instant> {
    date.map(|date| date.0)
}

fn whole(number: Option<v1::Whole>) -> Option<i64> {
    number.map(|number| number.0)
}

fn systems(ids: Vec<String>) -> Result<Vec<SystemId>, String> {
    ids.iter().map(|id| system_id(id)).collect()
}

fn system_id(text: &str) -> Result<SystemId, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// A text that identifies the record, and so can't be empty.
fn named(member: &str, text: String) -> Result<String, String> {
    if text.trim().is_empty() {
        Err(format!("{member} is empty"))
    } else {
        Ok(text)
    }
}
