//! An export of a register by its own collector (`docs/spec/recording.md`, *Exports*): beside the documents its pages hold
//! that the collection is there, how many documents it has, and which of them the projection would have cut. A cursor
//! keeps its id from reply to reply, so only the count can tell that no page in the middle was lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::json;
use super::paging::Link;
use crate::model::acquisition::Acquisition;
use crate::model::registers::{Fields, Kind, VERSION, members};
use crate::model::time::Instant;

/// Pages of documents that an export without a snapshot may have: more would be read over too long a time.
const PAGES_WITHOUT_SNAPSHOT_MAX: usize = 2;
/// How the first request asks for a snapshot.
const SNAPSHOT: &str = r#"{"level":"snapshot"}"#;

/// What a page of an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Documents.
    Batch,
    /// The collection's entry in the list of collections.
    Listing,
    /// How many documents the collection has.
    Total,
    /// The ids of documents that the projection would have cut.
    Misshapen,
}

/// What a page of `pull` holds, by what it was asked for. All that a plain recording has are documents: nobody counts them
/// there, and a page that was asked for anything else has to be noticed.
pub(super) fn role(pull: &Acquisition, page: &BTreeMap<String, String>) -> Role {
    if is_controlled(pull) {
        controlled_role(page)
    } else {
        Role::Batch
    }
}

fn controlled_role(page: &BTreeMap<String, String>) -> Role {
    if page.contains_key("listCollections") {
        Role::Listing
    } else if !page.contains_key("aggregate") {
        Role::Batch
    } else if page.get("pipeline").map(String::as_str) == Some(Fields::total()) {
        Role::Total
    } else {
        Role::Misshapen
    }
}

/// Whether the pull has a projection, and with it everything else that an export of our own has.
pub(super) fn is_controlled(pull: &Acquisition) -> bool {
    pull.parameters.contains_key("projection") || pull.parameters.contains_key("register")
}

/// The name of the collection that the pull exports.
pub(super) fn collection(pull: &Acquisition) -> &str {
    let found = pull.parameters.get("find").filter(|_| is_controlled(pull));
    found.map_or(pull.key.source.as_str(), String::as_str)
}

/// The mapping of names that the receipt tells of.
pub(super) fn fields(pull: &Acquisition) -> Result<Fields, String> {
    let text = pull
        .parameters
        .get("fields")
        .ok_or("it tells of no mapping of fields")?;
    let Ok(Value::Object(members)) = json::parse(text.as_bytes()) else {
        return Err("its mapping of fields is no object".to_owned());
    };
    let renamed = members.into_iter().map(|(member, field)| match field {
        Value::String(field) => Ok((member, field)),
        _ => Err(format!("its mapping of {member} is no name")),
    });
    let renamed = renamed.collect::<Result<_, _>>()?;
    Fields::new(pull.key.source, &renamed).map_err(|error| error.to_string())
}

/// What is wrong with the export; nothing when its pages prove that they are the whole collection.
pub(super) fn flaws(pull: &Acquisition, links: &[Link<'_>]) -> Vec<String> {
    let fields = match fields(pull) {
        Ok(fields) => fields,
        Err(reason) => return vec![reason],
    };
    let asked = |name: &str| pull.parameters.get(name).map(String::as_str);
    let mut flaws = Vec::new();
    let needed = [
        ("register", pull.key.source.as_str()),
        ("schema", VERSION),
        ("projection", &fields.projection()),
        ("filter", "{}"),
    ];
    for (name, value) in needed {
        if asked(name) != Some(value) {
            flaws.push(format!(
                "parameter {name} is {:?}, and has to be {value}",
                asked(name)
            ));
        }
    }
    let pages = Pages::of(links);
    flaws.extend(listed(pull, &pages.listings));
    flaws.extend(chain(&pages.batches));
    flaws.extend(one_moment(is_snapshot(pull), &pages));
    flaws.extend(counted(&pages));
    let question = fields.misshapen();
    let answers = pages
        .misshapen
        .iter()
        .filter(|page| page.asked("pipeline") == question.as_deref());
    match (&question, answers.count()) {
        (None, 0) | (Some(_), 1) if pages.misshapen.len() <= 1 => {}
        _ => flaws.push("it was not asked which documents the projection would cut".to_owned()),
    }
    if pages.misshapen.iter().any(|page| page.cursor_id() != Some(0)) {
        flaws.push("more documents would be cut than its answer names".to_owned());
    }
    flaws
}

/// How many documents the collection says that it has: one number, if all counts agree.
pub(super) fn totals(links: &[Link<'_>]) -> BTreeSet<u64> {
    let pages = Pages::of(links);
    pages.totals.iter().filter_map(|(_, page)| page.total()).collect()
}

/// The moment at which a snapshot was read; `None` for an export without one. It is the server's word, and may lie long before
/// the pull: a member that lags behind reads what was, and says so. What was written within its second may be missing.
pub(super) fn read_at(pull: &Acquisition, links: &[Link<'_>]) -> Option<Instant> {
    let pages = Pages::of(links);
    let (_, first) = pages.batches.first().filter(|_| is_snapshot(pull))?;
    instant(first.moment()?)
}

fn is_snapshot(pull: &Acquisition) -> bool {
    pull.parameters.get("readConcern").map(String::as_str) == Some(SNAPSHOT)
}

/// A timestamp of the server, to the second.
fn instant(timestamp: &Value) -> Option<Instant> {
    let seconds = timestamp.get("$timestamp")?.get("t")?.as_i64()?;
    Instant::from_timestamp(seconds, 0)
}

/// The pages by what they hold, each with its place in the pull where that matters.
#[derive(Default)]
struct Pages<'p, 'a> {
    listings: Vec<&'p Link<'a>>,
    batches: Vec<(usize, &'p Link<'a>)>,
    totals: Vec<(usize, &'p Link<'a>)>,
    misshapen: Vec<&'p Link<'a>>,
}

impl<'p, 'a> Pages<'p, 'a> {
    fn of(links: &'p [Link<'a>]) -> Self {
        let mut pages = Self::default();
        for (n, link) in links.iter().enumerate() {
            match controlled_role(link.own) {
                Role::Listing => pages.listings.push(link),
                Role::Batch => pages.batches.push((n, link)),
                Role::Total => pages.totals.push((n, link)),
                Role::Misshapen => pages.misshapen.push(link),
            }
        }
        pages
    }
}

impl Link<'_> {
    /// What this page was asked for with, beyond the first request.
    fn asked(&self, name: &str) -> Option<&str> {
        self.own.get(name).map(String::as_str)
    }

    fn cursor(&self) -> Option<&Value> {
        self.body.get("cursor")
    }

    /// The moment at which the server read.
    fn moment(&self) -> Option<&Value> {
        self.cursor()?.get("atClusterTime")
    }

    fn cursor_id(&self) -> Option<i64> {
        let id = self.cursor()?.get("id")?.get("$numberLong")?;
        id.as_str()?.parse().ok()
    }

    fn batch(&self) -> &[Value] {
        let name = if self.own.contains_key("getMore") {
            "nextBatch"
        } else {
            "firstBatch"
        };
        let batch = self.cursor().and_then(|cursor| cursor.get(name));
        batch.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The count; an empty collection is counted as nothing at all.
    fn total(&self) -> Option<u64> {
        self.cursor()?.get("firstBatch")?;
        match (self.batch(), self.cursor_id()) {
            ([], Some(0)) => Some(0),
            ([row], Some(0)) => {
                let count = row.get("documents")?;
                let count = count.get("$numberInt").or_else(|| count.get("$numberLong"))?;
                count.as_str()?.parse().ok()
            }
            _ => None,
        }
    }
}

/// The server lists the collection, and as one: what a view leaves out can't be seen.
fn listed(pull: &Acquisition, listings: &[&Link<'_>]) -> Option<String> {
    let [listing] = listings else {
        return Some("the server was not asked whether the collection is there".to_owned());
    };
    let name = collection(pull);
    let is = |row: &&Value, member: &str, text: &str| row.get(member).and_then(Value::as_str) == Some(text);
    let mut found = listing.batch().iter().filter(|row| is(row, "name", name));
    match found.next() {
        None => Some(format!("the server lists no collection {name}")),
        Some(row) if !is(&row, "type", "collection") => Some(format!(
            "{name} is no collection: what it leaves out can't be seen"
        )),
        Some(_) => None,
    }
}

/// Each batch carries the cursor on, and the last one says that it is the last.
fn chain(batches: &[(usize, &Link<'_>)]) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut open: Option<i64> = None;
    for (nth, (n, page)) in batches.iter().enumerate() {
        let page_number = n + 1;
        let carried = page.asked("getMore").map(str::to_owned);
        let expected = open.map(|id| id.to_string());
        if nth == 0 && carried.is_some() {
            flaws.push("the first batch was asked for by a cursor: batches before it are missing".to_owned());
        } else if nth > 0 && open.is_none() {
            flaws.push(format!("page {page_number} follows a last page"));
        } else if carried != expected {
            flaws.push(format!(
                "page {page_number} is not of the cursor of the page before"
            ));
        }
        open = match page.cursor_id() {
            None => {
                flaws.push(format!("page {page_number} has no cursor id"));
                None
            }
            Some(id) => Some(id).filter(|id| *id != 0),
        };
    }
    if batches.is_empty() {
        flaws.push("there is no page of documents".to_owned());
    }
    if open.is_some() {
        flaws.push("the last page of documents names a next page that is missing".to_owned());
    }
    flaws
}

/// The documents, their count and their shapes were read at one moment; or else, where the server has no snapshots, in few
/// pages between two counts.
fn one_moment(snapshot: bool, pages: &Pages<'_, '_>) -> Vec<String> {
    let mut flaws = Vec::new();
    let first = pages.batches.first().map(|(_, page)| *page);
    if snapshot {
        let read_at = first.and_then(Link::moment);
        let others = pages
            .totals
            .iter()
            .map(|(_, page)| *page)
            .chain(pages.misshapen.iter().copied());
        if read_at.and_then(instant).is_none() {
            flaws.push("the first page of documents does not say at which moment it was read".to_owned());
        } else if others.into_iter().any(|page| page.moment() != read_at) {
            flaws.push("the documents and their count were not read at one moment".to_owned());
        }
        if pages.totals.is_empty() {
            flaws.push("the documents were not counted".to_owned());
        }
        return flaws;
    }
    let (begin, end) = (pages.batches.first(), pages.batches.last());
    let before = pages
        .totals
        .iter()
        .any(|(n, _)| begin.is_some_and(|(first, _)| n < first));
    let after = pages
        .totals
        .iter()
        .any(|(n, _)| end.is_some_and(|(last, _)| n > last));
    if !before || !after {
        flaws.push("without a snapshot the documents have to be counted before and after".to_owned());
    }
    if pages.batches.len() > PAGES_WITHOUT_SNAPSHOT_MAX {
        flaws.push(format!(
            "without a snapshot {} pages of documents are too many to be read at one moment: {PAGES_WITHOUT_SNAPSHOT_MAX} \
             at the most",
            pages.batches.len()
        ));
    }
    flaws
}

/// The pages hold as many documents as the collection has, each once.
fn counted(pages: &Pages<'_, '_>) -> Vec<String> {
    let mut flaws = Vec::new();
    let rows = || pages.batches.iter().flat_map(|(_, page)| page.batch());
    let found = rows().count() as u64;
    for (n, page) in &pages.totals {
        match page.total() {
            None => flaws.push(format!("page {} has no count", n + 1)),
            Some(total) if total != found => {
                flaws.push(format!(
                    "the collection has {total} documents, the pages have {found}"
                ));
            }
            Some(_) => {}
        }
    }
    let ids: BTreeSet<String> = rows()
        .filter_map(|row| row.get("_id"))
        .map(Value::to_string)
        .collect();
    if ids.len() as u64 != found {
        flaws.push("a document stands on two pages, or has no _id".to_owned());
    }
    flaws
}

/// A document as the specification has it: each member under its own name, taken from the field that the mapping says.
pub(super) fn document(fields: &Fields, pull: &Acquisition, row: &Value) -> Result<Value, String> {
    let known: Vec<_> = members(pull.key.source).into_iter().collect();
    let mut document = inner(fields, &known, "", row)?;
    if let Some(id) = row.get("_id") {
        document.insert("_id".to_owned(), plain(id));
    }
    Ok(Value::Object(document))
}

fn inner(
    fields: &Fields,
    members: &[(&'static str, Kind)],
    prefix: &str,
    row: &Value,
) -> Result<Map<String, Value>, String> {
    let mut document = Map::new();
    for (name, kind) in members {
        let path = format!("{prefix}{name}");
        let Some(found) = at(row, fields.field(&path))? else {
            continue;
        };
        let within: Vec<_> = kind
            .members()
            .iter()
            .map(|member| (member.name, member.kind))
            .collect();
        let taken = |row: &Value| match is_document(row) {
            true => inner(fields, &within, &format!("{path}."), row).map(Value::Object),
            false => Ok(row.clone()),
        };
        let value = match (kind, found) {
            (Kind::Document(_), found) => taken(found)?,
            (Kind::Documents(_), Value::Array(rows)) => {
                Value::Array(rows.iter().map(taken).collect::<Result<_, _>>()?)
            }
            (_, found) => plain(found),
        };
        document.insert((*name).to_owned(), value);
    }
    Ok(document)
}

/// What lies at a path of fields.
fn at<'a>(row: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let mut found = row;
    for part in path.split('.') {
        if found.is_null() {
            return Ok(None);
        }
        if !is_document(found) {
            return Err(format!("what holds {path} is no document"));
        }
        match found.get(part) {
            Some(inner) => found = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// A document, and not a scalar that extended JSON writes as an object.
fn is_document(value: &Value) -> bool {
    let members = value.as_object();
    members.is_some_and(|members| !members.keys().next().is_some_and(|name| name.starts_with('$')))
}

/// An ObjectId is taken for its text: what has one of those was never named by anybody.
fn plain(value: &Value) -> Value {
    let id = value.as_object().filter(|members| members.len() == 1);
    match id.and_then(|members| members.get("$oid")) {
        Some(Value::String(id)) => Value::String(id.clone()),
        _ => value.clone(),
    }
}
