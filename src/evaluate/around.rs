//! A state that listings show one at a time: what the last one before the as-of instant and the first one after it say.
//!
//! Each listing shows a state at its own moment. What both of them show held at the as-of instant, as far as listings
//! can tell; where they differ, nobody knows when it changed.

use super::context::Context;
use super::facts::{Doubt, doubt};
use super::usable::fresh;
use crate::model::records::Observed;
use crate::model::time::Instant;

/// The observations that speak for the as-of instant: the newest before it, and the oldest since. Those of one moment
/// all count.
#[derive(Debug)]
pub struct Around<'a, T> {
    /// In order of time.
    pub observations: Vec<&'a Observed<T>>,
    /// Whether one of them was taken late enough to speak for the as-of instant.
    pub fresh: bool,
}

impl<'a, T> Around<'a, T> {
    /// Of `all`, each taken when `at` says.
    pub fn of(
        context: &Context<'_>,
        all: impl Iterator<Item = &'a Observed<T>>,
        at: impl Fn(&T) -> Instant,
    ) -> Self {
        let fresh = fresh(context);
        let (after, before): (Vec<_>, Vec<_>) = all.partition(|seen| fresh <= at(&seen.value));
        let first = after.iter().map(|seen| at(&seen.value)).min();
        let last = before.iter().map(|seen| at(&seen.value)).max();
        let at_one = |moment: Option<Instant>| {
            move |seen: &&Observed<T>, at: Instant| Some(at) == moment && seen.stands
        };
        let [is_last, is_first] = [at_one(last), at_one(first)];
        let before = before.into_iter().filter(|seen| is_last(seen, at(&seen.value)));
        let after = after.into_iter().filter(|seen| is_first(seen, at(&seen.value)));
        Self {
            observations: before.chain(after).collect(),
            fresh: first.is_some(),
        }
    }

    /// What stands against any of the observations, the thing being known by `name`.
    pub fn doubt(&self, context: &Context<'_>, name: &str) -> Option<Doubt> {
        let mut doubts = self.observations.iter();
        doubts.find_map(|seen| doubt(context.records, seen, &[name]))
    }
}
