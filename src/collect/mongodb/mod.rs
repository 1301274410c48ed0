//! The registers that people keep in MongoDB, live: each collection exported whole, read-only, and no field of a document
//! that the configuration does not map.
//!
//! Replies are kept as the server gave them, as canonical extended JSON. What it can't give is a failed pull for each
//! register that is owed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use self::export::Export;
use self::failure::Failed;
use self::server::Entry;
use super::{CollectError, Privilege, Request, Settings, Sink, Source, TOOL, Trails, nearest, question};
use crate::model::estate::{RECORD_SOURCES, global};
use crate::model::ids::Account;
use crate::model::registers::Fields;
use crate::model::source::{Source as Of, SourceKey};
use crate::service::checkup::Checkup;

mod examine;
mod export;
mod failure;
mod reply;
mod server;

/// The setting that names the connection string.
pub(super) const SETTINGS: &[&str] = &["uri"];
/// The others: files of certificates, documents of a page, and `registers.<name>.collection`,
/// `registers.<name>.fields.<member>`.
pub(super) const OPTIONAL: &[&str] = &["ca", "client_certificate", "page_size", REGISTERS];
const REGISTERS: &str = "registers.";
/// Documents of a page, unless the configuration says otherwise.
const PAGE_SIZE: u32 = 500;
/// Most documents of a page.
const PAGE_SIZE_MAX: u32 = 10_000;

/// The registers of one database, as configured.
struct MongoDb {
    entry: Entry,
    database: Account,
    registers: Vec<Register>,
    page_size: u32,
}

/// A register and where it is kept.
struct Register {
    source: Of,
    collection: String,
    fields: Fields,
}

pub(super) fn open(settings: &Settings) -> Result<Box<dyn Source>, CollectError> {
    let database = database(settings)?;
    let uri = settings.secret("uri")?.ok_or(CollectError::MissingKey {
        kind: "mongodb",
        key: "uri",
    })?;
    let page_size = match settings.values.get("page_size").map(|text| text.parse()) {
        None => PAGE_SIZE,
        Some(Ok(size)) if (1..=PAGE_SIZE_MAX).contains(&size) => size,
        Some(_) => {
            return Err(CollectError::BadSetting {
                key: "page_size",
                why: "write a whole number from \"1\" to \"10000\", in quotes",
            });
        }
    };
    Ok(Box::new(MongoDb {
        entry: Entry::new(settings, &uri)?,
        database,
        registers: registers(settings)?,
        page_size,
    }))
}

/// Every register, with the collection and the names that the configuration gives it.
fn registers(settings: &Settings) -> Result<Vec<Register>, CollectError> {
    let mut collections: BTreeMap<Of, String> = BTreeMap::new();
    let mut fields: BTreeMap<Of, BTreeMap<String, String>> = BTreeMap::new();
    for (key, value) in &settings.values {
        let Some(path) = key.strip_prefix(REGISTERS) else {
            continue;
        };
        let unknown = |nearest| CollectError::UnknownKey {
            kind: "mongodb",
            found: key.clone(),
            nearest,
        };
        let (name, setting) = path.split_once('.').ok_or_else(|| unknown(String::new()))?;
        let known = name.parse().ok().filter(|source| RECORD_SOURCES.contains(source));
        let names = RECORD_SOURCES.iter().map(|source| source.as_str());
        let source = known.ok_or_else(|| unknown(nearest(name, names)))?;
        match setting.strip_prefix("fields.") {
            Some(member) => {
                fields
                    .entry(source)
                    .or_default()
                    .insert(member.to_owned(), value.clone());
            }
            None if setting == "collection" && is_collection(value) => {
                collections.insert(source, value.clone());
            }
            None if setting == "collection" => {
                return Err(CollectError::BadSetting {
                    key: "registers.….collection",
                    why: "write the name of a collection: no $, not system.…, and not empty",
                });
            }
            None => return Err(unknown(nearest(setting, ["collection", "fields"].into_iter()))),
        }
    }
    let none = BTreeMap::new();
    let register = |source: Of| {
        Ok(Register {
            source,
            collection: collections
                .get(&source)
                .cloned()
                .unwrap_or_else(|| source.as_str().to_owned()),
            fields: Fields::new(source, fields.get(&source).unwrap_or(&none))?,
        })
    };
    RECORD_SOURCES.into_iter().map(register).collect()
}

fn is_collection(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("system.") && !name.contains(['$', '\0'])
}

impl Source for MongoDb {
    fn name(&self) -> String {
        format!("MongoDB: the registers in {}", self.database)
    }

    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError> {
        Ok(self.registers.iter().map(|register| self.key(register)).collect())
    }

    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError> {
        let owed: Vec<&Register> = self
            .registers
            .iter()
            .filter(|register| sink.narrowed().takes(&self.key(register)))
            .collect();
        if owed.is_empty() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CollectError::Runtime)?;
        let run = sink.run();
        runtime.block_on(async {
            let server = match self.entry.enter(self.database.as_str()).await {
                Ok(server) => server,
                Err(failed) => return self.not_entered(&owed, &failed, &run, sink),
            };
            if server.writes != "none" {
                sink.notice(&format!(
                    "the account {} of MongoDB may do more than read in {} ({}): give backproof an account with the role \
                     read alone",
                    server.caller, self.database, server.writes
                ));
            }
            for register in owed {
                let export = Export {
                    server: &server,
                    register,
                    key: self.key(register),
                    page_size: self.page_size,
                    run: &run,
                    sink,
                };
                export.take().await?;
            }
            server.leave().await;
            Ok(())
        })
    }

    fn examine(&self, checkup: &Checkup<'_>) -> Result<(), CollectError> {
        examine::examine(self, checkup)
    }
}

/// What a source takes: to find documents in the collections of the registers, and nothing else.
pub(super) fn privileges(settings: &Settings, _: &Trails) -> Result<Vec<Privilege>, CollectError> {
    let database = database(settings)?;
    let registers = registers(settings)?;
    let privileges: Vec<_> = registers
        .iter()
        .map(|register| {
            json!({
                "resource": {"db": database.as_str(), "collection": register.collection}, "actions": ["find"],
            })
        })
        .collect();
    Ok(vec![Privilege::MongoDb {
        database: database.to_string(),
        command: json!({"createRole": "backproofReader", "privileges": privileges, "roles": []}),
    }])
}

/// The database of the registers.
fn database(settings: &Settings) -> Result<Account, CollectError> {
    settings.estate.records.clone().ok_or(CollectError::Nowhere {
        kind: "mongodb",
        place: "[estate.records]",
    })
}

impl MongoDb {
    fn key(&self, register: &Register) -> SourceKey {
        SourceKey {
            source: register.source,
            account: self.database.clone(),
            region: global(),
        }
    }

    /// A server that could not be entered leaves a failed pull for each register.
    fn not_entered(
        &self,
        owed: &[&Register],
        failed: &Failed,
        run: &str,
        sink: &Sink<'_>,
    ) -> Result<(), CollectError> {
        for register in owed {
            let key = self.key(register);
            let now = sink.now();
            let pull = sink.begin(Request {
                id: question::id(run, &key, None),
                key,
                operation: export::OPERATION.to_owned(),
                parameters: BTreeMap::new(),
                window: None,
                started: now,
                caller: "nobody: the server could not be entered".to_owned(),
                tool: TOOL.to_owned(),
            })?;
            let failure = failed.failure.clone();
            sink.failed(pull, now, failure.code, failure.message)?;
        }
        Ok(())
    }
}
