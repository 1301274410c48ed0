//! Jobs that had not ended when they were last seen, and that the lists of now don't show any more: each is described, so
//! that one which runs for weeks, or that the lists have forgotten, gets its end.
//!
//! Which jobs these are, the ledger knows: from the newest row of each. What is read of a row is its id and its state, to know
//! what to ask, and nothing else.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use chrono::TimeDelta;
use serde_json::Value;

use super::capture::Capture;
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::collect::question::Question;
use crate::model::acquisition::{Acquisition, Page};
use crate::model::source::Source;

/// How far back the ledger is looked through at the most: as long as AWS Backup lists a job, and the days that lists overlap by.
const KNOWN_DAYS: i64 = 45;
/// The states that a job stays in. One in a state of another name may go on.
const FINAL: [&str; 5] = ["COMPLETED", "FAILED", "EXPIRED", "ABORTED", "PARTIAL"];
/// The code by which the service says that it knows a job no more: it will not know it tomorrow.
const FORGOTTEN: &str = "ResourceNotFoundException";

/// A kind of job.
pub(super) struct Jobs {
    pub(super) source: Source,
    /// The call that lists them.
    pub(super) list: &'static str,
    /// The member with the rows of a list.
    pub(super) rows: &'static str,
    /// The call that describes one, and the member of its reply that it stands in; empty where it is the reply itself.
    pub(super) describe: &'static str,
    pub(super) reply: &'static str,
    /// The members with a job's id and state. The id is the parameter of the description, too.
    pub(super) id: &'static str,
    pub(super) state: &'static str,
}

/// Describes each job of the kind that was not in a final state when it was last seen, in an earlier run. Each is a pull of
/// its own: one that is refused keeps no other from being asked for.
pub(super) async fn describe(
    place: &Place<'_, '_>,
    jobs: &Jobs,
    describe: impl AsyncFn(&SdkConfig, &Capture, &str) -> Result<(), Failure>,
) -> Result<(), CollectError> {
    for id in jobs.unfinished(place)? {
        let question = Question::new(jobs.source, jobs.describe)
            .part(format!("job/{id}"))
            .with(jobs.id, &id);
        let turn = async |config: &SdkConfig, capture: &Capture, _| {
            describe(config, capture, &id).await?;
            Ok(((), None))
        };
        place.ask(question, turn).await?;
    }
    Ok(())
}

impl Jobs {
    /// Oldest first, so that each job counts by its newest row, and only those that go on are held: there may be a million others.
    fn unfinished(&self, place: &Place<'_, '_>) -> Result<BTreeSet<String>, CollectError> {
        let since = place.now() - TimeDelta::days(KNOWN_DAYS);
        let key = place.key(self.source);
        let mut all: Vec<Acquisition> = place.sink.held(|held| {
            let here = |pull: &&Acquisition| {
                pull.key.account == key.account && pull.key.region == key.region && pull.started >= since
            };
            held.iter().filter(here).cloned().collect()
        });
        // A run of shards may have been merged after a newer one.
        all.sort_by_key(|pull| pull.started);
        let mut unfinished = BTreeSet::new();
        let of_source = all
            .iter()
            .skip(self.first(place, &all))
            .filter(|pull| pull.key == key);
        for pull in of_source {
            // What this very run has seen needs no second look.
            let now = pull.run() == place.run;
            if now && unfinished.is_empty() {
                continue;
            }
            let looked = self.look(place, pull, |id, goes_on| {
                if now || !goes_on {
                    unfinished.remove(&id);
                } else {
                    unfinished.insert(id);
                }
            });
            // A damaged ledger is told of when it is sealed. It must not keep tonight's answers from being taken.
            if let Err(error) = looked {
                place.sink.notice(&format!(
                    "what {} brought can't be read, so that jobs which it alone shows are not described again: {error}",
                    pull.id
                ));
            }
        }
        Ok(unfinished)
    }

    /// The first pull that has to be looked at. A run that listed all and described the rest saw every job that was unfinished
    /// before it, so that nothing older counts.
    fn first(&self, place: &Place<'_, '_>, all: &[Acquisition]) -> usize {
        let mut enough: Option<&str> = None;
        for (n, pull) in all.iter().enumerate().rev() {
            let run = pull.run();
            if enough.is_some_and(|enough| enough != run) {
                return n + 1;
            }
            let mut later = all[n + 1..].iter().filter(|later| later.run() == run);
            let went_on = later.any(|later| later.key.source != self.source);
            let whole =
                pull.key == place.key(self.source) && self.lists_all(pull) && went_on && run != place.run;
            // What can't be read shows nothing.
            if whole && self.look(place, pull, |_, _| ()).is_ok() {
                enough = Some(run);
            }
        }
        0
    }

    /// Whether a pull is the whole list of those that were created in its window.
    fn lists_all(&self, pull: &Acquisition) -> bool {
        pull.operation == self.list && pull.window.is_some() && pull.failure().is_none()
    }

    /// Shows each job of a pull, the oldest page first, with whether it may go on.
    fn look(
        &self,
        place: &Place<'_, '_>,
        pull: &Acquisition,
        mut show: impl FnMut(String, bool),
    ) -> Result<(), CollectError> {
        if pull.operation == self.describe
            && let Some((code, _)) = pull.failure()
        {
            if let Some(id) = pull.parameters.get(self.id) {
                show(id.clone(), code != FORGOTTEN);
            }
            return Ok(());
        }
        let answered = |page: &&Page| page.status == 200;
        for page in pull.pages.iter().filter(answered) {
            let Some(evidence) = page.evidence else { continue };
            let body = place.sink.body(evidence)?;
            // A page that is none proves nothing, and asks for nothing.
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let rows: Vec<&Value> = match pull.operation.as_str() {
                operation if operation == self.list => body
                    .get(self.rows)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .collect(),
                operation if operation == self.describe && self.reply.is_empty() => vec![&body],
                operation if operation == self.describe => body.get(self.reply).into_iter().collect(),
                _ => Vec::new(),
            };
            let text = |row: &Value, member: &str| row.get(member).and_then(Value::as_str).map(str::to_owned);
            for row in rows {
                let state = text(row, self.state).unwrap_or_default();
                if let Some(id) = text(row, self.id) {
                    show(id, !FINAL.contains(&state.as_str()));
                }
            }
        }
        Ok(())
    }
}
