//! Whether the registers could be exported, tonight: the server is entered, the account reads and no more, and each collection
//! is there with the fields that the configuration maps. Of documents nothing is looked at but which fields one of them has.

use mongodb::ClientSession;
use mongodb::bson::{Bson, Document, doc};

use super::failure::Failed;
use super::server::{COMMAND_SECONDS, Server};
use super::{MongoDb, Register};
use crate::collect::CollectError;
use crate::collect::failure::{BROKEN, NOT_SENT, TIMED_OUT};
use crate::model::registers::Kind;
use crate::model::time::Instant;
use crate::service::checkup::{Check, Checkup, Outcome};
use crate::service::refusal::Verdict;

pub(super) fn examine(mongodb: &MongoDb, checkup: &Checkup<'_>) -> Result<(), CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CollectError::Runtime)?;
    let take = |place: &str, name: &str, (outcome, said, next): Verdict| {
        checkup.take(Check {
            group: format!("MongoDB {}", mongodb.database),
            place: place.to_owned(),
            name: name.to_owned(),
            outcome,
            said,
            next,
        });
    };
    runtime.block_on(async {
        checkup.tries("MongoDB: connecting");
        let server = match mongodb.entry.enter(mongodb.database.as_str()).await {
            Ok(server) => server,
            Err(failed) => {
                take("", "connection", refused(&failed));
                let said = format!(
                    "not tried: the server could not be entered ({} registers)",
                    mongodb.registers.len()
                );
                take("", "every register", (Outcome::Untold, said, String::new()));
                return;
            }
        };
        if let Some(at) = server
            .clock
            .and_then(|at| Instant::from_timestamp_millis(at.timestamp_millis()))
        {
            checkup.shows("MongoDB", at);
        }
        let how = if mongodb.entry.is_encrypted() {
            "by TLS"
        } else {
            "without TLS, on this machine"
        };
        take("", "connection", works(format!("{}, {how}", server.caller)));
        take("", "account", account(&server));
        let snapshot = server.no_snapshot.map_or_else(
            || works("the server has them".to_owned()),
            |why| {
                let said = format!("none: {why}, so that only small registers can be read at one moment");
                (Outcome::Said, said, String::new())
            },
        );
        take("", "snapshots", snapshot);
        for register in &mongodb.registers {
            checkup.tries(&format!("MongoDB: {}", register.collection));
            take(
                "registers",
                register.source.as_str(),
                of_register(&server, register).await,
            );
        }
        server.leave().await;
    });
    Ok(())
}

const fn works(said: String) -> Verdict {
    (Outcome::Works, said, String::new())
}

fn account(server: &Server) -> Verdict {
    let next = || {
        "give backproof an account that reads and no more; `backproof doctor --policy` prints the role"
            .to_owned()
    };
    match server.writes.as_str() {
        "none" => works("may read, and no more".to_owned()),
        unknown if unknown.starts_with("unknown") => (Outcome::Untold, unknown.to_owned(), next()),
        writes => (
            Outcome::Fails,
            format!("{} may do more than read: {writes}", server.caller),
            next(),
        ),
    }
}

async fn of_register(server: &Server, register: &Register) -> Verdict {
    match first_document(server, register).await {
        Err(failed) => refused(&failed),
        Ok(None) => {
            let next = format!(
                "make it, empty where there is nothing to record; or name another with registers.{}.collection",
                register.source
            );
            let said = format!(
                "there is no collection {}, or the account may not see it",
                register.collection
            );
            (Outcome::Fails, said, next)
        }
        Ok(Some(None)) if register.fields.are_renamed() => (
            Outcome::Untold,
            format!(
                "{} is empty: the names of its fields can't be compared",
                register.collection
            ),
            String::new(),
        ),
        Ok(Some(None)) => works(format!("{} is empty", register.collection)),
        Ok(Some(Some(first))) => {
            let misfits = register.fields.misfits(&|field, kind| holds(&first, field, kind));
            if misfits.is_empty() {
                return works(format!("{}: the first document fits", register.collection));
            }
            let next = format!(
                "correct registers.{}.fields, or the documents (docs/spec/collections.md)",
                register.source
            );
            let said = format!(
                "{}: the first document does not fit: {}",
                register.collection,
                misfits.join(", ")
            );
            (Outcome::Fails, said, next)
        }
    }
}

/// The first document with its mapped fields; the outer `None` where there is no such collection.
async fn first_document(server: &Server, register: &Register) -> Result<Option<Option<Document>>, Failed> {
    let mut session = within(server.client.start_session().into_future()).await?;
    let listed = doc! {
        "listCollections": 1, "filter": { "name": &register.collection }, "nameOnly": true, "authorizedCollections": true,
    };
    let listed = first(server, &mut session, listed).await?;
    match listed.as_ref().map(|row| row.get_str("type").unwrap_or_default()) {
        None => return Ok(None),
        Some("collection") => {}
        Some(other) => {
            let message = format!("{} is a {other}: name the collection itself", register.collection);
            return Err(Failed::for_good("NoCollection", message));
        }
    }
    let projection: Document = serde_json::from_str(&register.fields.projection())
        .map_err(|error| Failed::for_good(NOT_SENT, error.to_string()))?;
    let mut command = doc! {
        "find": &register.collection, "filter": {}, "projection": projection, "sort": { "_id": 1 },
        "limit": 1, "singleBatch": true,
    };
    if server.no_snapshot.is_none() {
        command.insert("readConcern", doc! { "level": "snapshot" });
    }
    first(server, &mut session, command).await.map(Some)
}

/// The first row of a reply.
async fn first(
    server: &Server,
    session: &mut ClientSession,
    command: Document,
) -> Result<Option<Document>, Failed> {
    let sent = server.database.run_command(command).session(session);
    let reply = within(sent.into_future()).await?;
    let batch = reply
        .get_document("cursor")
        .and_then(|cursor| cursor.get_array("firstBatch"))
        .map_err(|_| Failed::for_good(BROKEN, "the reply has no batch"))?;
    Ok(batch.first().and_then(Bson::as_document).cloned())
}

async fn within<T>(asked: impl Future<Output = mongodb::error::Result<T>>) -> Result<T, Failed> {
    match tokio::time::timeout(std::time::Duration::from_secs(COMMAND_SECONDS), asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failed::late(COMMAND_SECONDS)),
    }
}

/// Whether a field holds what its member does; `None` where the document has none, or null.
fn holds(document: &Document, field: &str, kind: Kind) -> Option<bool> {
    let (outer, name) = match field.rsplit_once('.') {
        None => (Some(document), field),
        Some((path, name)) => {
            let mut steps = path.split('.');
            let outer = steps.try_fold(document, |inner, step| inner.get_document(step).ok());
            (outer, name)
        }
    };
    match outer?.get(name)? {
        Bson::Null => None,
        Bson::String(_) => Some(matches!(kind, Kind::Text | Kind::Day | Kind::Word(_))),
        Bson::DateTime(_) => Some(kind == Kind::Instant),
        Bson::Boolean(_) => Some(kind == Kind::Truth),
        Bson::Int32(_) | Bson::Int64(_) => Some(kind == Kind::Whole),
        Bson::Double(number) => Some(kind == Kind::Whole && number.fract() == 0.0),
        Bson::Array(_) => Some(matches!(kind, Kind::Texts | Kind::Words(_) | Kind::Documents(_))),
        Bson::Document(_) => Some(matches!(kind, Kind::Document(_))),
        _ => Some(false),
    }
}

fn refused(failed: &Failed) -> Verdict {
    let said = format!("{}: {}", failed.failure.code, failed.failure.message);
    let untold = failed.passing || matches!(failed.failure.code.as_str(), TIMED_OUT | BROKEN);
    match untold {
        true => (Outcome::Untold, said, "try again".to_owned()),
        // What to do stands in the message.
        false => (Outcome::Fails, said, String::new()),
    }
}
