//! One project: every list is read page after page, and every answer goes to the ledger before anybody looks at it.
//!
//! A list ends when it has as many rows as it says there are. Rows that come or go meanwhile shift the pages, so that a row
//! is lost or stands twice: such a list is read anew, and what was read of it before is let go of.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;
use serde_json::Value;

use super::session::{Answer, Session};
use crate::collect::failure::{BROKEN, Failure};
use crate::collect::question::{Question, id};
use crate::collect::{CollectError, Pull, Request, Response, Sink, TOOL};
use crate::model::estate::{AtlasProject, global};
use crate::model::ids::Account;
use crate::model::source::{Source, SourceKey};
use crate::model::time::Instant;

/// Rows of a page, the most that the service gives.
const ROWS: usize = 500;
/// The parameter that says so.
const ROWS_NAME: &str = "itemsPerPage";
/// Most pages of one pull: a receipt names each of them, and has a limit of its own.
const PAGES_MAX: usize = 8_000;
/// How often a list is read that changes while it is.
const READINGS: usize = 3;

/// What is asked, and where.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) question: Question,
    /// The date of the form that the answer is to have: `application/vnd.atlas.<date>+json`.
    pub(super) version: &'static str,
    /// The steps of the path below the project.
    pub(super) path: Vec<String>,
}

/// How a reading ended that is not whole.
enum Ended {
    /// The list changed meanwhile.
    Shifted(String),
    Failed(Failure),
}

/// A project of the estate.
pub(super) struct Project<'r, 's> {
    pub(super) project: &'r AtlasProject,
    /// The address below which projects lie.
    pub(super) groups: &'r Url,
    pub(super) run: &'r str,
    pub(super) session: Session,
    pub(super) sink: &'r Sink<'s>,
}

impl Resource {
    /// `version` is a date; `path` stands below the project.
    pub(super) fn new(question: Question, version: &'static str, path: &[&str]) -> Self {
        Self {
            question,
            version,
            path: path.iter().map(|step| (*step).to_owned()).collect(),
        }
    }

    /// The same, as a list in pages that says how many rows it has.
    pub(super) fn paged(mut self) -> Self {
        self.question = self
            .question
            .with(ROWS_NAME, ROWS)
            .with("includeCount", true)
            .carried_as("pageNum");
        self
    }

    /// The same with one row a page, where it has pages.
    pub(super) fn smallest(mut self) -> Self {
        if let Some(rows) = self.question.parameters.get_mut(ROWS_NAME) {
            "1".clone_into(rows);
        }
        self
    }

    /// The address of a page, in a project below `groups`.
    pub(super) fn url(&self, groups: &Url, project: &Account, page: Option<usize>) -> Url {
        let mut url = groups.clone();
        url.path_segments_mut()
            .expect("invariant: the address of a web service has a path")
            .push(project.as_str())
            .extend(&self.path);
        let carried = page.map(|page| (self.question.carrier, page.to_string()));
        for (name, value) in &self.question.parameters {
            // The cluster stands in the path.
            if name != CLUSTER {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url.query_pairs_mut().extend_pairs(carried);
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }
}

impl Project<'_, '_> {
    pub(super) fn now(&self) -> Instant {
        self.sink.now()
    }

    /// Asks for a resource of one answer.
    pub(super) async fn reply(&self, resource: &Resource) -> Result<(), CollectError> {
        let mut pull = self.begin(&resource.question)?;
        let url = resource.url(self.groups, &self.project.project, None);
        let (answer, said) = self.session.get(&url, &accept(resource.version)).await;
        self.keep(&mut pull, answer, None)?;
        let failure = match said {
            Ok(value) if value.is_object() => None,
            Ok(_) => Some(Failure::new(BROKEN, "the answer is no object")),
            Err(failure) => Some(failure),
        };
        self.end(pull, failure).map(drop)
    }

    /// Reads a whole list, and gives what `glance` takes from its rows; `None` where the pull failed.
    pub(super) async fn list<T>(
        &self,
        resource: &Resource,
        glance: fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, CollectError> {
        let mut pull = self.begin(&resource.question)?;
        let mut reading = 1;
        let failure = loop {
            match self.read(&mut pull, resource, glance).await? {
                Ok(taken) => return self.end(pull, None).map(|()| Some(taken)),
                Err(Ended::Shifted(_)) if reading < READINGS => {
                    self.sink.anew(&mut pull);
                    reading += 1;
                }
                Err(Ended::Shifted(how)) => {
                    let message = format!("the list changed each time while it was read: {how}");
                    break Failure::new("ListChanged", message);
                }
                Err(Ended::Failed(failure)) => break failure,
            }
        };
        self.end(pull, Some(failure)).map(|()| None)
    }

    /// Reads a list once.
    async fn read<T>(
        &self,
        pull: &mut Pull,
        resource: &Resource,
        glance: fn(&Value) -> Option<T>,
    ) -> Result<Result<Vec<T>, Ended>, CollectError> {
        let paged = resource.question.parameters.contains_key(ROWS_NAME);
        let mut list = List::default();
        let mut taken = Vec::new();
        for page in 1..=PAGES_MAX {
            let number = (page > 1).then_some(page);
            let url = resource.url(self.groups, &self.project.project, number);
            let (answer, said) = self.session.get(&url, &accept(resource.version)).await;
            self.keep(pull, answer, number)?;
            let body = match said {
                Ok(body) => body,
                Err(failure) => return Ok(Err(Ended::Failed(failure))),
            };
            let more = match list.take(&body) {
                Ok((rows, more)) => {
                    taken.extend(rows.iter().filter_map(glance));
                    more
                }
                Err(ended) => return Ok(Err(ended)),
            };
            if !more {
                return Ok(Ok(taken));
            }
            if !paged {
                return Ok(Err(Ended::Shifted(list.short())));
            }
        }
        let message = format!("more than {PAGES_MAX} pages: ask for a shorter time");
        Ok(Err(Ended::Failed(Failure::new("TooManyPages", message))))
    }

    /// Appends a pull that could not be made as a failed one: what was not asked is a gap, too.
    pub(super) fn unasked(&self, resource: &Resource, failure: Failure) -> Result<(), CollectError> {
        let pull = self.begin(&resource.question)?;
        self.end(pull, Some(failure))
    }

    pub(super) fn key(&self, source: Source) -> SourceKey {
        SourceKey {
            source,
            account: self.project.project.clone(),
            region: global(),
        }
    }

    fn begin(&self, question: &Question) -> Result<Pull, CollectError> {
        let key = self.key(question.source);
        self.sink.begin(Request {
            id: id(self.run, &key, question.part.as_deref()),
            key,
            operation: question.operation.to_owned(),
            parameters: question.parameters.clone(),
            window: question.window,
            started: self.now(),
            caller: self.session.caller(),
            tool: TOOL.to_owned(),
        })
    }

    fn keep(&self, pull: &mut Pull, answer: Option<Answer>, page: Option<usize>) -> Result<(), CollectError> {
        let Some(answer) = answer else { return Ok(()) };
        let mut parameters: BTreeMap<String, String> = answer.redacted;
        parameters.extend(page.map(|page| ("pageNum".to_owned(), page.to_string())));
        let response = Response {
            status: answer.status,
            request_id: answer.request_id,
            received: self.now(),
            parameters,
        };
        self.sink.page(pull, response, answer.body.as_deref())
    }

    fn end(&self, pull: Pull, failure: Option<Failure>) -> Result<(), CollectError> {
        match failure {
            None => self.sink.complete(pull, self.now()),
            Some(Failure { code, message }) => self.sink.failed(pull, self.now(), code, message),
        }
    }
}

/// The parameter that names a cluster.
pub(super) const CLUSTER: &str = "clusterName";

/// The form of an answer.
pub(super) fn accept(version: &str) -> String {
    format!("application/vnd.atlas.{version}+json")
}

/// A list as far as it was read.
#[derive(Default)]
struct List {
    total: Option<u64>,
    rows: u64,
    ids: BTreeSet<String>,
}

impl List {
    /// Takes a page: its rows, and whether there has to be another page.
    fn take<'b>(&mut self, body: &'b Value) -> Result<(&'b [Value], bool), Ended> {
        let failed = |message: &str| Ended::Failed(Failure::new(BROKEN, message));
        let total = body.get("totalCount").and_then(Value::as_u64);
        let total = total.ok_or_else(|| failed("the list does not say how many rows it has (totalCount)"))?;
        let rows = body.get("results").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| failed("the answer has no list of results"))?;
        let before = *self.total.get_or_insert(total);
        if before != total {
            return Err(Ended::Shifted(format!("totalCount was {before}, then {total}")));
        }
        let ids = rows.iter().filter_map(|row| row.get("id")?.as_str());
        for id in ids {
            if !self.ids.insert(id.to_owned()) {
                return Err(Ended::Shifted(format!("the row {id} came twice")));
            }
        }
        self.rows += rows.len() as u64;
        match self.rows.cmp(&total) {
            Ordering::Equal => Ok((rows, false)),
            Ordering::Less if !rows.is_empty() => Ok((rows, true)),
            _ => Err(Ended::Shifted(self.short())),
        }
    }

    /// How the rows fail to be all.
    fn short(&self) -> String {
        let total = self.total.unwrap_or_default();
        format!("totalCount is {total}, the pages have {} rows", self.rows)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(pages: &[Value], expected: Result<bool, &str>) {
        let mut list = List::default();
        let mut last = Ok(true);
        for page in pages {
            assert!(matches!(last, Ok(true)), "a page too many");
            last = list.take(page).map(|(_, more)| more);
        }
        let last = last.map_err(|ended| match ended {
            Ended::Shifted(how) => how,
            Ended::Failed(failure) => failure.message,
        });
        assert_eq!(last, expected.map_err(str::to_owned));
    }

    fn page(ids: &[&str], total: u64) -> Value {
        let rows: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        json!({"results": rows, "totalCount": total})
    }

    #[test]
    fn a_list_ends_with_as_many_rows_as_it_says() {
        check(&[page(&[], 0)], Ok(false));
        check(&[page(&["a", "b"], 3)], Ok(true));
        check(&[page(&["a", "b"], 3), page(&["c"], 3)], Ok(false));
    }

    #[test]
    fn a_list_that_shifts_is_not_whole() {
        check(
            &[page(&["a"], 2), page(&["b"], 3)],
            Err("totalCount was 2, then 3"),
        );
        check(
            &[page(&["a", "b"], 3), page(&["b"], 3)],
            Err("the row b came twice"),
        );
        check(
            &[page(&["a"], 2), page(&[], 2)],
            Err("totalCount is 2, the pages have 1 rows"),
        );
        check(
            &[page(&["a", "b"], 1)],
            Err("totalCount is 1, the pages have 2 rows"),
        );
        check(
            &[json!({"results": []})],
            Err("the list does not say how many rows it has (totalCount)"),
        );
        check(
            &[json!({"totalCount": 0})],
            Err("the answer has no list of results"),
        );
    }
}
