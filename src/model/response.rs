//! What management says about exceptions: its answer, who sees to it, and until when.
//!
//! Invariant: a response never changes a state. An exception stays one, however well it is answered.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::finding::{Evaluation, Item, State};
use super::ids::TestId;

/// Management's answer to one exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What it says.
    pub text: String,
    /// Roster id of who sees to it.
    pub owner: String,
    /// The day by which it is to be done.
    pub due: NaiveDate,
    /// Where the work is followed.
    pub ticket: Option<String>,
    /// Roster id of who answers for management.
    pub by: String,
    /// When.
    pub on: NaiveDate,
}

/// Two responses are about one exception.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{test} {item} is answered twice")]
pub struct AnsweredTwice {
    test: TestId,
    item: String,
}

/// Responses by test and item: an exception's number may be another in the next report, its item is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses(BTreeMap<(TestId, String), Response>);

impl Responses {
    /// Takes responses, one an exception.
    ///
    /// # Errors
    /// Two are about the same.
    pub fn of(
        responses: impl IntoIterator<Item = (TestId, String, Response)>,
    ) -> Result<Self, AnsweredTwice> {
        let mut all = BTreeMap::new();
        for (test, item, response) in responses {
            if all.insert((test.clone(), item.clone()), response).is_some() {
                return Err(AnsweredTwice { test, item });
            }
        }
        Ok(Self(all))
    }

    /// The response to an item of a test.
    pub fn to(&self, test: &TestId, item: &Item) -> Option<&Response> {
        self.0.get(&(test.clone(), item.id().to_owned()))
    }

    /// Responses to what is no exception of `evaluation`: it was settled, or it was never meant.
    pub fn unmatched<'a>(
        &'a self,
        evaluation: &'a Evaluation,
    ) -> impl Iterator<Item = (&'a TestId, &'a str)> {
        let is_exception = |test: &TestId, item: &str| {
            let mut findings = evaluation
                .findings
                .iter()
                .filter(|finding| finding.test() == test);
            findings.any(|finding| {
                let mut items = finding.items().iter();
                items.any(|one| one.id() == item && one.state() == State::Exception)
            })
        };
        let keys = self.0.keys().map(|(test, item)| (test, item.as_str()));
        keys.filter(move |(test, item)| !is_exception(test, item))
    }
}
