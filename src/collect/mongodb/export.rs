//! One register, exported whole (`docs/spec/recording.md`, *Exports*): the server says that the collection is there, gives
//! the documents batch by batch, counts them, and names those that the projection would cut.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use mongodb::ClientSession;
use mongodb::bson::{Document, RawBsonRef, RawDocument, Timestamp, doc};

use super::Register;
use super::failure::Failed;
use super::reply;
use super::server::{COMMAND_SECONDS, Server};
use crate::collect::failure::{BROKEN, Failure, NOT_SENT};
use crate::collect::{CollectError, Pull, Request, Response, Sink, TOOL, question};
use crate::model::registers::{Fields, VERSION};
use crate::model::source::SourceKey;

/// The call, as receipts name it.
pub(super) const OPERATION: &str = "mongodb:find";
/// How often an export is begun that breaks off for a reason that passes.
const ATTEMPTS: u64 = 3;
/// Most pages of one pull: a receipt names each of them, and has a limit of its own.
const PAGES_MAX: usize = 8_000;
/// Without a snapshot: documents of a page, and pages, that are read as one moment.
const PAGE_SIZE_WITHOUT_SNAPSHOT: u32 = 10_000;
const PAGES_WITHOUT_SNAPSHOT_MAX: usize = 2;
/// Most documents that the projection would cut and that are named.
const NAMED_MAX: u32 = 10_000;
/// The collection changed while it was read.
const CHANGED: &str = "Changed";

/// An export to be.
pub(super) struct Export<'r, 's> {
    pub(super) server: &'r Server,
    pub(super) register: &'r Register,
    pub(super) key: SourceKey,
    pub(super) page_size: u32,
    pub(super) run: &'r str,
    pub(super) sink: &'r Sink<'s>,
}

/// Either a fault of ours, which ends the run, or a failure of the server, which ends the pull.
enum Ended {
    Ours(CollectError),
    Theirs(Failed),
}

impl<T: Into<Failed>> From<T> for Ended {
    fn from(failed: T) -> Self {
        Self::Theirs(failed.into())
    }
}

/// What a reply says of its batch.
struct Said {
    rows: u64,
    /// The first row's count, where the reply counts.
    counted: Option<u64>,
    moment: Option<Timestamp>,
}

impl Export<'_, '_> {
    /// Makes the pull; begins again where what broke it passes.
    pub(super) async fn take(&self) -> Result<(), CollectError> {
        let mut attempt = 1;
        loop {
            let mut pull = self.begin()?;
            let ended = self.pages(&mut pull).await;
            let now = self.sink.now();
            let failed = match ended {
                Ok(()) => return self.sink.complete(pull, now),
                Err(Ended::Ours(error)) => return Err(error),
                Err(Ended::Theirs(failed)) => failed,
            };
            if !failed.passing || attempt >= ATTEMPTS {
                let Failure { code, message } = failed.failure;
                return self.sink.failed(pull, now, code, message);
            }
            tokio::time::sleep(Duration::from_secs(attempt)).await;
            attempt += 1;
        }
    }

    fn begin(&self) -> Result<Pull, CollectError> {
        let fields = &self.register.fields;
        let concern = if self.has_snapshot() { "snapshot" } else { "local" };
        let mut parameters: BTreeMap<&str, String> = BTreeMap::from([
            ("find", self.register.collection.clone()),
            ("register", self.key.source.to_string()),
            ("schema", VERSION.to_owned()),
            ("fields", fields.as_json()),
            ("filter", "{}".to_owned()),
            ("projection", fields.projection()),
            ("sort", r#"{"_id":1}"#.to_owned()),
            ("batchSize", self.page_size().to_string()),
            ("readConcern", format!(r#"{{"level":"{concern}"}}"#)),
            ("writes", self.server.writes.clone()),
        ]);
        if let Some(why) = self.server.no_snapshot {
            parameters.insert("snapshot", format!("none: {why}"));
        }
        self.sink.begin(Request {
            id: question::id(self.run, &self.key, None),
            key: self.key.clone(),
            operation: OPERATION.to_owned(),
            parameters: parameters
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            window: None,
            started: self.sink.now(),
            caller: self.server.caller.clone(),
            tool: TOOL.to_owned(),
        })
    }

    fn has_snapshot(&self) -> bool {
        self.server.no_snapshot.is_none()
    }

    fn page_size(&self) -> u32 {
        if self.has_snapshot() {
            self.page_size
        } else {
            PAGE_SIZE_WITHOUT_SNAPSHOT
        }
    }

    async fn pages(&self, pull: &mut Pull) -> Result<(), Ended> {
        let mut session = within(self.server.client.start_session().into_future()).await?;
        self.listed(pull, &mut session).await?;
        let before = match self.has_snapshot() {
            true => None,
            false => Some(self.total(pull, &mut session, None).await?),
        };
        let (rows, moment) = self.documents(pull, &mut session).await?;
        let after = self.total(pull, &mut session, moment).await?;
        if before.is_some_and(|before| before != rows) || after != rows {
            let message = format!(
                "the collection {} has {after} documents, the answers hold {rows}: it changed while it was read",
                self.register.collection
            );
            return Err(Failed::passing(CHANGED, message).into());
        }
        if let Some(pipeline) = self.register.fields.misshapen() {
            self.aggregate(pull, &mut session, &pipeline, moment).await?;
        }
        Ok(())
    }

    /// Whether the collection is there: the server answers a question for one that is not with no documents.
    async fn listed(&self, pull: &mut Pull, session: &mut ClientSession) -> Result<(), Ended> {
        let collection = &self.register.collection;
        let command = doc! {
            "listCollections": 1, "filter": { "name": collection }, "nameOnly": true, "authorizedCollections": true,
        };
        let filter = serde_json::json!({ "name": collection }).to_string();
        let asked = [("listCollections", "1".to_owned()), ("filter", filter)];
        let mut kind = None;
        self.ask(pull, session, command, 0, &asked, |reply| {
            let rows = batch(reply).into_iter().flatten().flatten();
            for row in rows.filter_map(RawBsonRef::as_document) {
                if row.get_str("name").is_ok_and(|name| name == collection) {
                    kind = row.get_str("type").ok().map(str::to_owned);
                }
            }
        })
        .await?;
        let database = &self.key.account;
        match kind.as_deref() {
            Some("collection") => Ok(()),
            None => Err(Failed::for_good(
                "NoSuchCollection",
                format!(
                    "there is no collection {collection} in {database}, or the account may not see it: make it, empty where \
                     there is nothing to record, or name another with registers.{}.collection",
                    self.key.source
                ),
            )
            .into()),
            Some(other) => Err(Failed::for_good(
                "NoCollection",
                format!(
                    "{collection} in {database} is a {other}: what it leaves out can't be seen; name the collection itself"
                ),
            )
            .into()),
        }
    }

    /// The documents, and the moment at which they were read where the server has snapshots.
    async fn documents(
        &self,
        pull: &mut Pull,
        session: &mut ClientSession,
    ) -> Result<(u64, Option<Timestamp>), Ended> {
        let mut command = doc! {
            "find": &self.register.collection, "filter": {},
            "projection": from_json(&self.register.fields.projection())?, "sort": { "_id": 1 },
            "batchSize": i64::from(self.page_size()),
        };
        if self.has_snapshot() {
            command.insert("readConcern", doc! { "level": "snapshot" });
        }
        let (mut rows, mut moment, mut pages) = (0, None, 0);
        self.ask(pull, session, command, self.page_size(), &[], |reply| {
            let said = said(reply);
            rows += said.rows;
            moment = moment.or(said.moment);
            pages += 1;
        })
        .await?;
        if self.has_snapshot() && moment.is_none() {
            let message = "the server does not say at which moment it read the documents";
            return Err(Failed::for_good("NoSnapshot", message).into());
        }
        if let (Some(why), true) = (self.server.no_snapshot, pages > PAGES_WITHOUT_SNAPSHOT_MAX) {
            let message = format!(
                "{rows} documents came in {pages} pages, and {why}, so that they can't be read at one moment: export from a \
                 replica set of MongoDB 5.0 or later"
            );
            return Err(Failed::for_good("NoSnapshot", message).into());
        }
        Ok((rows, moment))
    }

    async fn total(
        &self,
        pull: &mut Pull,
        session: &mut ClientSession,
        moment: Option<Timestamp>,
    ) -> Result<u64, Ended> {
        let said = self.aggregate(pull, session, Fields::total(), moment).await?;
        // Nothing is counted as no row at all.
        match (said.rows, said.counted) {
            (0, _) => Ok(0),
            (1, Some(total)) => Ok(total),
            _ => Err(Failed::for_good(BROKEN, "the answer to the count is no number").into()),
        }
    }

    async fn aggregate(
        &self,
        pull: &mut Pull,
        session: &mut ClientSession,
        pipeline: &str,
        moment: Option<Timestamp>,
    ) -> Result<Said, Ended> {
        let stages = from_json(&format!(r#"{{"stages":{pipeline}}}"#))?;
        let mut command = doc! {
            "aggregate": &self.register.collection,
            "pipeline": stages.get("stages").cloned().unwrap_or_default(),
            "cursor": { "batchSize": i64::from(NAMED_MAX) },
        };
        if let Some(moment) = moment {
            command.insert(
                "readConcern",
                doc! { "level": "snapshot", "atClusterTime": moment },
            );
        }
        let asked = [
            ("aggregate", self.register.collection.clone()),
            ("pipeline", pipeline.to_owned()),
        ];
        let mut answer = None;
        self.ask(pull, session, command, 0, &asked, |reply| {
            answer = Some(said(reply))
        })
        .await?;
        let answer = answer.ok_or_else(|| Failed::for_good(BROKEN, "there was no answer"))?;
        if moment.is_some() && answer.moment != moment {
            let message = "the server read at another moment than the one that it was asked for";
            return Err(Failed::passing(CHANGED, message).into());
        }
        Ok(answer)
    }

    /// Sends a command, and keeps its reply and all that its cursor goes on with. `asked` says on each page what it was
    /// asked for with; a command that is to have one page only has `size` 0.
    async fn ask(
        &self,
        pull: &mut Pull,
        session: &mut ClientSession,
        command: Document,
        size: u32,
        asked: &[(&str, String)],
        mut look: impl FnMut(&RawDocument),
    ) -> Result<(), Ended> {
        let sent = self
            .server
            .database
            .run_cursor_command(command)
            .session(&mut *session)
            .batch_size(size);
        let mut cursor = within(sent.batch()).await?;
        let mut batches = cursor.stream(session);
        let mut carried: Option<i64> = None;
        for page in 1.. {
            let Some(batch) = within_some(batches.next()).await? else {
                return Ok(());
            };
            let reply = batch.as_raw_document();
            let mut parameters: BTreeMap<String, String> = asked
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            parameters.extend(carried.map(|id| ("getMore".to_owned(), id.to_string())));
            let body = reply::canonical(reply)?;
            let response = Response {
                status: 0,
                request_id: String::new(),
                received: self.sink.now(),
                parameters,
            };
            self.sink.page(pull, response, Some(&body)).map_err(Ended::Ours)?;
            look(reply);
            carried = reply
                .get_document("cursor")
                .ok()
                .and_then(|cursor| cursor.get_i64("id").ok());
            let last = size == 0 || carried == Some(0);
            if last {
                return Ok(());
            }
            if page >= PAGES_MAX {
                let message = format!("more than {PAGES_MAX} pages: set a larger page_size");
                return Err(Failed::for_good("TooManyPages", message).into());
            }
        }
        Ok(())
    }
}

/// A command of ours that stands in the receipt as JSON.
fn from_json(text: &str) -> Result<Document, Failed> {
    serde_json::from_str(text).map_err(|error| Failed::for_good(NOT_SENT, error.to_string()))
}

fn batch(reply: &RawDocument) -> Option<&mongodb::bson::RawArray> {
    let cursor = reply.get_document("cursor").ok()?;
    cursor
        .get_array("firstBatch")
        .or_else(|_| cursor.get_array("nextBatch"))
        .ok()
}

fn said(reply: &RawDocument) -> Said {
    let mut rows = 0;
    let mut counted = None;
    for row in batch(reply).into_iter().flatten().flatten() {
        rows += 1;
        let count = row
            .as_document()
            .and_then(|row| row.get("documents").ok().flatten());
        counted = count.and_then(|count| match count {
            RawBsonRef::Int32(count) => u64::try_from(count).ok(),
            RawBsonRef::Int64(count) => u64::try_from(count).ok(),
            _ => None,
        });
    }
    let cursor = reply.get_document("cursor").ok();
    let moment = cursor.and_then(|cursor| cursor.get_timestamp("atClusterTime").ok());
    Said {
        rows,
        counted,
        moment,
    }
}

/// The answer, if it comes in time.
async fn within<T>(asked: impl Future<Output = mongodb::error::Result<T>>) -> Result<T, Failed> {
    match tokio::time::timeout(Duration::from_secs(COMMAND_SECONDS), asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failed::late(COMMAND_SECONDS)),
    }
}

async fn within_some<T>(
    asked: impl Future<Output = Option<mongodb::error::Result<T>>>,
) -> Result<Option<T>, Failed> {
    within(async { asked.await.transpose() }).await
}
