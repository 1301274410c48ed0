//! What is found out about a service, a key or a place before a run relies on it: checks, each with what came of it. A check
//! that could not be made is one of its own kind, and never one that went well.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::time::Instant;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was tried, and works.
    Works,
    /// There is nothing to try, and somebody has to know.
    Said,
    /// Nobody can tell: it was not tried, or its answer says neither.
    Untold,
    /// It does not work.
    Fails,
}

impl Outcome {
    /// For scripts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "ok",
            Self::Said => "note",
            Self::Untold => "unknown",
            Self::Fails => "failed",
        }
    }
}

/// A check, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it belongs to: a source in an account, a project or a database, or a part of the machine.
    pub group: String,
    /// Where in it, for instance a region; empty for the whole.
    pub place: String,
    /// What was tried, for instance the call.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, in words.
    pub said: String,
    /// What to do next; empty where there is nothing to do.
    pub next: String,
}

/// Takes checks as they are made.
pub struct Checkup<'a> {
    clock: &'a dyn Fn() -> Instant,
    progress: RefCell<&'a mut dyn FnMut(&str)>,
    checks: RefCell<Vec<Check>>,
    clocks: RefCell<BTreeMap<String, TimeDelta>>,
}

impl<'a> Checkup<'a> {
    /// `clock` is the machine's; `progress` hears what is being tried.
    pub fn new(clock: &'a dyn Fn() -> Instant, progress: &'a mut dyn FnMut(&str)) -> Self {
        Self {
            clock,
            progress: RefCell::new(progress),
            checks: RefCell::default(),
            clocks: RefCell::default(),
        }
    }

    /// What time it is on this machine.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Says what is being tried.
    pub fn tries(&self, what: &str) {
        (self.progress.borrow_mut())(what);
    }

    /// Takes a check.
    pub fn take(&self, check: Check) {
        self.checks.borrow_mut().push(check);
    }

    /// Takes what the clock of `service` showed just now. Of several readings the one that is farthest from ours counts.
    pub fn shows(&self, service: &str, at: Instant) {
        let ahead = self.now() - at;
        let mut clocks = self.clocks.borrow_mut();
        let known = clocks.entry(service.to_owned()).or_insert(ahead);
        if ahead.abs() > known.abs() {
            *known = ahead;
        }
    }

    /// The same from the header `Date` of an answer (RFC 9110 5.6.7). One that can't be read shows no time.
    pub fn date(&self, service: &str, header: &str) {
        if let Ok(at) = chrono::DateTime::parse_from_rfc2822(header) {
            self.shows(service, at.to_utc());
        }
    }

    /// Every check, in the order in which it was taken; and by how much this machine is ahead of each service's clock.
    pub fn ended(self) -> (Vec<Check>, BTreeMap<String, TimeDelta>) {
        (self.checks.into_inner(), self.clocks.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_that_is_farthest_away_counts() {
        let now = || "2026-11-27T05:00:00Z".parse().expect("an instant");
        let mut progress = |_: &str| {};
        let checkup = Checkup::new(&now, &mut progress);
        checkup.date("sts", "Fri, 27 Nov 2026 04:59:59 GMT");
        checkup.date("sts", "Fri, 27 Nov 2026 05:20:00 GMT");
        checkup.date("sts", "Fri, 27 Nov 2026 05:00:01 GMT");
        checkup.date("kms", "yesterday");
        let (checks, clocks) = checkup.ended();
        assert!(checks.is_empty());
        assert_eq!(
            clocks,
            BTreeMap::from([("sts".to_owned(), TimeDelta::minutes(-20))])
        );
    }
}
