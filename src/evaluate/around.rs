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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, key, observed};
    use crate::model::source::Source;

    #[test]
    fn the_newest_before_and_the_oldest_since_speak_for_the_as_of_instant() {
        let world = World::new();
        let told = |moments: &[&str]| {
            let all: Vec<_> = moments
                .iter()
                .map(|when| observed(key(Source::AwsVaults, "us-east-1"), at(when), when, at(when)))
                .collect();
            world.with_context(|context| {
                let around = Around::of(context, all.iter(), |when| *when);
                let seen: Vec<_> = around.observations.iter().map(|seen| seen.value).collect();
                (seen, around.fresh)
            })
        };
        let fresh = world.with_context(fresh);
        let early = ["2026-07-05", "2026-07-06", "2026-07-06"];
        assert_eq!(told(&early), (vec![at("2026-07-06"); 2], false));
        let late = ["2026-07-06", "2026-07-11T05:00", "2026-07-11T06:00"];
        assert_eq!(
            told(&late),
            (vec![at("2026-07-06"), at("2026-07-11T05:00")], true)
        );
        let edge = fresh.to_rfc3339();
        assert_eq!(told(&[&edge]), (vec![fresh], true));
        let before = (fresh - chrono::TimeDelta::milliseconds(1)).to_rfc3339();
        assert!(!told(&[&before]).1);
    }
}
