//! Each reconciliation where it ties, where the evidence explains the difference, and where nothing does.

mod jobs;
mod logs;
mod places;
mod protected;
mod records;
mod restore_testing;
mod runs;
mod trail;

use State::{Indeterminate, Supported};

use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::testing::World;
use crate::model::finding::{Conclusion, Finding, State, Tally};
use crate::model::source::Source;

/// The item of one reconciliation.
fn tally<'a>(finding: &'a Finding, name: &str) -> Option<(&'a Conclusion, &'a Tally)> {
    let prefix = format!("reconciliation/{name}/");
    let mut items = finding
        .items()
        .iter()
        .filter(|item| item.id().starts_with(&prefix));
    let item = items.next()?;
    assert!(items.next().is_none(), "{name} in one place only");
    assert!(!item.id().ends_with("/us-west-2"), "{} has nothing", item.id());
    Some((item.conclusion(), item.tally().expect("its numbers")))
}

/// Both numbers and the state of the reconciliation `name` in its one place, with words of the difference.
#[track_caller]
fn check_tally(world: &World, name: &str, (left, right): (u64, u64), state: State, difference: &str) {
    let finding = world.run(evidence_complete);
    let (conclusion, tally) = tally(&finding, name).expect("an item");
    let found = (tally.left.number, tally.right.number, conclusion.state());
    assert_eq!(found, (left, right, state), "{conclusion:?} {tally:?}");
    let said = tally.difference();
    assert!(said.contains(difference), "{said}");
    assert_eq!(difference == "none", said == "none", "{said}");
    let explained = !tally.explained.is_empty();
    let observed = finding
        .observations()
        .iter()
        .any(|observation| observation.text.contains(name) && observation.text.contains(&tally.numbers()));
    assert_eq!(
        explained, observed,
        "what is explained is observed with both numbers"
    );
    if state == Indeterminate && !tally.open.is_empty() {
        let Conclusion::Indeterminate { reason, .. } = conclusion else {
            panic!("{conclusion:?}");
        };
        assert!(reason.starts_with(&tally.numbers()), "{reason}");
    }
}

/// The reconciliation `name` ties with `number` on both sides and without a difference.
#[track_caller]
fn check_ties(world: &World, name: &str, number: u64) {
    check_tally(world, name, (number, number), Supported, "none");
}

/// The sources of the places, and the locators of the records, that the reconciliation `name` cites.
fn cited(world: &World, name: &str) -> (Vec<Source>, Vec<String>) {
    let finding = world.run(evidence_complete);
    let prefix = format!("reconciliation/{name}/");
    let mut items = finding.items().iter();
    let item = items
        .find(|item| item.id().starts_with(&prefix))
        .expect("an item");
    let places = item.evidence().searched().iter().map(|key| key.source);
    let records = item.evidence().records().iter();
    (
        places.collect(),
        records.map(|record| record.locator.clone()).collect(),
    )
}
