//! A state that listings show one at a time: what the last one before the as-of instant and the first one after it say.
//!
//! Each listing shows a state at its own moment. What both of them show held at the as-of instant, as far as listings
//! can tell; where they differ, nobody knows when it changed. A collection run between the two that asked what the place
//! has and shows nothing of the state leaves it open: what is missing there may be what was adverse.

use std::collections::BTreeSet;

use super::context::Context;
use super::facts::{Doubt, doubt};
use super::usable::fresh;
use crate::model::estate::global;
use crate::model::finding::Evidence;
use crate::model::records::{Observed, Pulled};
use crate::model::source::{Reach, SourceKey};
use crate::model::time::{Instant, show};

/// The observations that speak for the as-of instant: the newest before it, and the oldest since. Those of one moment
/// all count.
#[derive(Debug)]
pub struct Around<'a, T> {
    /// In order of time.
    pub observations: Vec<&'a Observed<T>>,
    /// Whether one of them was taken late enough to speak for the as-of instant.
    pub fresh: bool,
    /// What was pulled between them by a run that shows nothing of the state.
    silent: Option<&'a Pulled>,
}

impl<'a, T> Around<'a, T> {
    /// Of `all`, each taken when `at` says by pulls of `key`, of its `part` where each is pulled by itself.
    pub fn of(
        context: &Context<'a>,
        (key, part): (&SourceKey, Option<&str>),
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
        let observations: Vec<_> = before.chain(after).collect();

        let pulls = &context.records.pulls;
        let shows = |pulled: &Pulled, seen: &Observed<T>| {
            let cited = Some(seen.citation.evidence);
            let mut pages = pulled.receipt.pages.iter();
            pages.any(|page| page.evidence == cited && page.received == at(&seen.value))
        };
        // Before the as-of instant a whole listing without it shows that it was not there yet.
        let shows_none = |pulled: &Pulled| {
            let of_it = pulled.receipt.key == *key && pulled.part.as_deref() == part;
            of_it && pulled.whole && pulled.at() < fresh
        };
        let speaks =
            |pulled: &&Pulled| shows_none(pulled) || observations.iter().any(|seen| shows(pulled, seen));
        let spoke: BTreeSet<&str> = pulls
            .iter()
            .filter(speaks)
            .map(|pulled| pulled.receipt.run())
            .collect();
        let silent = pulls.iter().find(|pulled| {
            let between =
                last.is_none_or(|last| last < pulled.at()) && first.is_none_or(|first| pulled.at() < first);
            between && lists_around(pulled, key) && !spoke.contains(pulled.receipt.run())
        });
        Self {
            observations,
            fresh: first.is_some(),
            silent,
        }
    }

    /// What stands against any of the observations, the thing being known by `name`.
    pub fn doubt(&self, context: &Context<'_>, name: &str) -> Option<Doubt> {
        let mut doubts = self.observations.iter();
        let doubted = doubts.find_map(|seen| doubt(context.records, seen, &[name]));
        doubted.or_else(|| self.silence(name))
    }

    fn silence(&self, name: &str) -> Option<Doubt> {
        let pulled = self.silent?;
        let run = pulled.receipt.run();
        Some(Doubt {
            reason: format!(
                "run {run} listed at {}, between the listings around the as-of instant, and does not show {name}",
                show(pulled.at())
            ),
            resolves: format!("what run {run} found of {name}, or why it asked for less"),
            evidence: Evidence::all(self.observations.iter().map(|seen| &seen.citation))?,
        })
    }
}

/// Whether it lists what the place of `key` has.
fn lists_around(pulled: &Pulled, key: &SourceKey) -> bool {
    let asked = &pulled.receipt.key;
    let regions = [&asked.region, &key.region];
    let region = asked.region == key.region || regions.contains(&&global());
    asked.source.reach() == Reach::Listing && asked.account == key.account && region
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, key, observed};
    use crate::model::source::Source;

    /// Vaults of us-east-1, each observed when its name says.
    fn listed(moments: &[&str]) -> Vec<Observed<Instant>> {
        let one = |when: &&str| observed(vaults(), at(when), when, at(when));
        moments.iter().map(one).collect()
    }

    fn vaults() -> SourceKey {
        key(Source::AwsVaults, "us-east-1")
    }

    #[test]
    fn the_newest_before_and_the_oldest_since_speak_for_the_as_of_instant() {
        let world = World::new();
        let told = |moments: &[&str]| {
            let all = listed(moments);
            world.with_context(|context| {
                let around = Around::of(context, (&vaults(), None), all.iter(), |when| *when);
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

    /// Whether the state that listings of 6 and 12 July show is left open, `change` being made to a pull of 9 July.
    fn open(moments: &[&str], source: Source, change: impl Fn(&mut Pulled)) -> bool {
        let mut world = World::new();
        let all = listed(moments);
        for seen in &all {
            let pulled = world.add_pull_at(
                seen.value,
                Source::AwsVaults,
                "us-east-1",
                "backup:ListBackupVaults",
            );
            pulled.receipt.pages[0].evidence = Some(seen.citation.evidence);
        }
        change(world.add_pull_at(at("2026-07-09"), source, "us-east-1", "x"));
        world.with_context(|context| {
            let around = Around::of(context, (&vaults(), None), all.iter(), |when| *when);
            around.doubt(context, "vault").is_some()
        })
    }

    #[test]
    fn a_run_between_them_that_shows_nothing_leaves_it_open() {
        let both = ["2026-07-06", "2026-07-12"];
        assert!(open(&both, Source::AwsProtectedResources, |_| {}));
        assert!(open(&both, Source::AwsProtectedResources, |pulled| pulled
            .receipt
            .key
            .region =
            global()));
        assert!(open(&both, Source::AwsVaults, |pulled| pulled.whole = false));
        // The run that shows it may list more at any time, and so may those before and after both.
        for (run, when) in [
            ("2026-07-06", "2026-07-06T01:00"),
            ("2026-07-12", "2026-07-11T23:00"),
            ("x", "2026-07-06"),
            ("x", "2026-07-12"),
        ] {
            let listed = |pulled: &mut Pulled| {
                pulled.receipt.id = format!("{run}/other").parse().expect("an id");
                pulled.receipt.pages[0].received = at(when);
            };
            assert!(
                !open(&both, Source::AwsProtectedResources, listed),
                "{run} at {when}"
            );
        }
        assert!(
            !open(&both, Source::AwsBackupJobs, |_| {}),
            "a window lists no state"
        );
        assert!(!open(&both, Source::AwsProtectedResources, |pulled| pulled
            .receipt
            .key
            .region =
            "us-west-2".parse().expect("a region")));
        assert!(!open(&both, Source::AwsProtectedResources, |pulled| {
            pulled.receipt.key.account = "999988887777".parse().expect("an account");
        }));
    }

    #[test]
    fn a_whole_listing_without_it_before_the_as_of_instant_shows_that_it_was_not_there_yet() {
        let after = ["2026-07-12"];
        assert!(!open(&after, Source::AwsVaults, |_| {}));
        assert!(open(&after, Source::AwsVaults, |pulled| pulled.whole = false));
        assert!(open(&after, Source::AwsVaults, |pulled| pulled.part =
            Some("policy of it".to_owned())));
        assert!(open(&after, Source::AwsProtectedResources, |_| {}));
        let late = |pulled: &mut Pulled| pulled.receipt.pages[0].received = at("2026-07-11T23:00");
        assert!(
            open(&after, Source::AwsVaults, late),
            "it was gone after the as-of instant"
        );
    }
}
