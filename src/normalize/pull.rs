//! One pull, read: its pages as values, and every reason why it might not be whole.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::Value;

use super::export::Role;
use super::form::{Call, Form, Rows};
use super::{export, json, listing, paging, query, request};
use crate::ledger::store::EvidenceStore;
use crate::model::acquisition::{Acquisition, Page};
use crate::model::estate::RECORD_SOURCES;
use crate::model::ids::{EvidenceId, Sha256Digest};
use crate::model::records::{Citation, Observed, Pulled};
use crate::model::registers::Fields;
use crate::model::time::{Instant, show};

/// How far a service's clock may be ahead of the collector's before a record counts as of the future.
const CLOCK_SKEW_MINUTES_MAX: i64 = 5;

/// By how much the clocks of services and collector may differ.
pub(super) fn clocks_differ() -> TimeDelta {
    TimeDelta::minutes(CLOCK_SKEW_MINUTES_MAX)
}

/// A page whose body could be read.
struct Body {
    evidence: EvidenceId,
    received: Instant,
    value: Value,
    /// The bytes of a body that is an object; empty for all others.
    object: Vec<u8>,
    rank: usize,
}

/// A row of a page, with where it stands.
pub(super) struct Row<'a> {
    /// The pull.
    pub(super) pull: &'a Acquisition,
    /// The call's form.
    pub(super) form: Form,
    /// What the pull lists a part of.
    pub(super) part: Option<&'a str>,
    /// Where the row stands.
    pub(super) citation: Citation,
    /// When its response was received.
    pub(super) received: Instant,
    /// The row.
    pub(super) value: &'a Value,
    /// The response that it came in.
    pub(super) page: &'a Page,
    /// The object's bytes, where the row is an object.
    pub(super) object: &'a [u8],
    /// The names of its fields, where it is a document of an export of our own.
    pub(super) fields: Option<&'a Fields>,
}

impl Row<'_> {
    /// The same row, read as `value`.
    pub(super) fn read_as<'b>(&'b self, value: &'b Value) -> Row<'b> {
        Row {
            citation: self.citation.clone(),
            value,
            ..*self
        }
    }

    /// `value` with where it stands.
    pub(super) fn observed<T>(&self, value: T) -> Observed<T> {
        Observed {
            value,
            citation: self.citation.clone(),
            key: self.pull.key.clone(),
            first_seen: self.received,
            last_seen: self.received,
            stands: true,
        }
    }

    /// The row as `T`; what does not fit is the error.
    pub(super) fn read<'b, T: serde::Deserialize<'b>>(&'b self) -> Result<T, String> {
        T::deserialize(self.value).map_err(|error| error.to_string())
    }

    /// The instant `at` of the row, where it has one, lies before the answer was given.
    pub(super) fn past(&self, member: &str, at: Option<Instant>) -> Result<(), String> {
        let latest = self.received + clocks_differ();
        at.filter(|at| *at > latest).map_or(Ok(()), |at| {
            Err(format!("{member} {} is after the answer", show(at)))
        })
    }

    /// The instant `at` of the row lies before the answer was given, and in the window that was asked for.
    pub(super) fn in_window(&self, member: &str, at: Instant) -> Result<(), String> {
        self.past(member, Some(at))?;
        // Services differ in whether their bounds are inclusive: both ends may be returned.
        match self.pull.window {
            Some(window) if at < window.start() || at > window.end() => Err(format!(
                "{member} {} is outside the window that was asked for",
                show(at)
            )),
            _ => Ok(()),
        }
    }

    /// The row's id as far as it can be read.
    pub(super) fn id(&self) -> Option<String> {
        match self.value.get(self.form.id)? {
            Value::String(text) => Some(text.clone()),
            Value::Object(members) => members.values().find_map(Value::as_str).map(str::to_owned),
            _ => None,
        }
    }
}

/// A pull as it was read.
pub(super) struct Pull<'a> {
    /// The receipt.
    pub(super) receipt: &'a Acquisition,
    /// The form of its call, where the source has such a call.
    pub(super) form: Option<Form>,
    /// Why it proves nothing; empty when it is whole.
    pub(super) flaws: Vec<String>,
    /// The ids of its rows.
    pub(super) items: BTreeSet<String>,
    /// Rows on all pages.
    rows: u64,
    /// How many rows the service says that there are in all: one number, if all pages agree.
    stated: BTreeSet<u64>,
    /// The names of the fields of its documents.
    fields: Option<Fields>,
    /// The moment at which its documents were read, where they are a snapshot.
    read_at: Option<Instant>,
    bodies: Vec<Body>,
}

impl<'a> Pull<'a> {
    /// Reads the pages of `receipt` and checks the envelope, the request and the chain.
    pub(super) fn read(store: &dyn EvidenceStore, receipt: &'a Acquisition) -> Self {
        let mut pull = Self {
            receipt,
            form: Form::of(receipt),
            flaws: Vec::new(),
            items: BTreeSet::new(),
            rows: 0,
            stated: BTreeSet::new(),
            fields: None,
            read_at: None,
            bodies: Vec::new(),
        };
        if let Some((code, _)) = receipt.failure() {
            pull.flaws.push(format!("it failed with {code}"));
        }
        if receipt.started > receipt.finished {
            pull.flaws.push("it finished before it started".to_owned());
        }
        if receipt.pages.is_empty() {
            pull.flaws.push("there is no response".to_owned());
        }
        pull.read_pages(store);
        match pull.form {
            None => pull.flaws.push(format!(
                "{} has no call {:?}",
                receipt.key.source, receipt.operation
            )),
            Some(form) => {
                pull.flaws.extend(request::flaws(&form, receipt));
                let links = pull.links();
                let controlled = form.call == Call::Find && export::is_controlled(receipt);
                let chain = if controlled {
                    export::flaws(receipt, &links)
                } else {
                    paging::flaws(&form, &links)
                };
                let stated = if controlled {
                    export::totals(&links)
                } else {
                    paging::stated(&form, &links)
                };
                let read_at = export::read_at(receipt, &links).filter(|_| controlled);
                pull.stated = stated;
                pull.read_at = read_at;
                pull.flaws.extend(chain);
                pull.fields = controlled.then(|| export::fields(receipt).ok()).flatten();
            }
        }
        if receipt.failure().is_some() {
            // That it failed says all; what its pages lack for it is no news.
            pull.flaws.truncate(1);
        }
        pull
    }

    /// The collection run that it is of.
    pub(super) fn run(&self) -> &'a str {
        self.receipt.run()
    }

    /// Whether it only brings later revisions of rows that other pulls list.
    pub(super) fn follows_up(&self) -> bool {
        self.form.is_some_and(|form| form.follows_up)
    }

    /// Which call it is.
    pub(super) fn call(&self) -> Option<Call> {
        self.form.map(|form| form.call)
    }

    /// The pull as the model has it.
    pub(super) fn summed_up(&self) -> Pulled {
        Pulled {
            receipt: self.receipt.clone(),
            whole: self.is_whole(),
            complaint: (!self.is_whole()).then(|| self.complaint()),
            follows_up: self.follows_up(),
            part: self.part().map(str::to_owned),
            rows: self.rows,
            stated: self.stated.iter().copied().max(),
        }
    }

    /// What it lists a part of.
    pub(super) fn part(&self) -> Option<&'a str> {
        self.form.and_then(|form| request::part(&form, self.receipt))
    }

    /// Whether its pages prove that nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.flaws.is_empty()
    }

    /// Until when it can know of anything: it began then, or read a snapshot of before.
    pub(super) fn known_until(&self) -> Instant {
        let started = self.receipt.started;
        self.read_at.map_or(started, |at| at.min(started))
    }

    /// When the last response was received.
    pub(super) fn at(&self) -> Instant {
        self.receipt
            .pages
            .iter()
            .map(|page| page.received)
            .max()
            .unwrap_or(self.receipt.finished)
    }

    /// Why it proves nothing, naming it; the first three reasons, or only the service's own.
    pub(super) fn complaint(&self) -> String {
        if let (Some(_), Some(failure)) = (self.receipt.failure(), self.flaws.first()) {
            return format!("pull {}: {failure}", self.receipt.id);
        }
        let shown = self.flaws.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let more = match self.flaws.len() {
            0..=3 => String::new(),
            all => format!("; and {} more", all - 3),
        };
        format!("pull {}: {shown}{more}", self.receipt.id)
    }

    /// Gives each row to `take`, which answers with the row's id, or with why the row does not fit. Rows that do not fit
    /// are flaws of the pull. Rows of pulls that are not whole are given too: they count against a criterion. The pages
    /// are let go of.
    pub(super) fn take_rows(&mut self, mut take: impl FnMut(&Row<'_>) -> Result<String, String>) {
        let Some(form) = self.form else { return };
        let part = self.part();
        for body in std::mem::take(&mut self.bodies) {
            let page = &self.receipt.pages[body.rank];
            let role = export::role(self.receipt, &page.parameters);
            let of_export = form.call == Call::Find && role != Role::Batch;
            if of_export && role != Role::Misshapen {
                continue;
            }
            let first = !page.parameters.contains_key("getMore");
            let rows = match paging::rows(&form, first, &body.value) {
                Ok(rows) => rows,
                Err(reason) => {
                    self.flaws.push(format!("page {}: {reason}", body.rank + 1));
                    continue;
                }
            };
            for (locator, value) in rows {
                let citation = Citation {
                    evidence: body.evidence,
                    locator,
                };
                let row = Row {
                    pull: self.receipt,
                    form,
                    part,
                    citation,
                    received: body.received,
                    value,
                    page,
                    object: &body.object,
                    fields: self.fields.as_ref(),
                };
                self.rows += u64::from(!of_export);
                match take(&row) {
                    Ok(id) => drop(self.items.insert(id)),
                    Err(reason) => {
                        let id = row.id().unwrap_or_else(|| "without a readable id".to_owned());
                        self.flaws.push(format!(
                            "record {id} at {} of {}: {reason}",
                            row.citation.locator,
                            body.evidence.short()
                        ));
                    }
                }
            }
        }
        // A list that shifted between two numbered pages repeats one row and loses another; the count stays right.
        let numbered = form.paging == super::form::Paging::Numbered;
        if numbered && self.flaws.is_empty() && (self.items.len() as u64) < self.rows {
            self.flaws
                .push("a row stands on two pages: another may be missing".to_owned());
        }
    }

    fn links(&self) -> Vec<paging::Link<'_>> {
        let mut links = Vec::new();
        for body in &self.bodies {
            let added = &self.receipt.pages[body.rank].parameters;
            let all = self.receipt.parameters.iter().chain(added);
            let parameters = all.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            links.push(paging::Link {
                parameters,
                own: added,
                body: &body.value,
            });
        }
        links
    }

    fn read_pages(&mut self, store: &dyn EvidenceStore) {
        let mut last = self.receipt.started;
        for (rank, page) in self.receipt.pages.iter().enumerate() {
            let number = rank + 1;
            if page.received < last || page.received > self.receipt.finished {
                self.flaws.push(format!(
                    "page {number} was received out of order, or outside of the pull"
                ));
            }
            last = page.received;
            // MongoDB's protocol has no status: its replies say `ok` themselves.
            let register = RECORD_SOURCES.contains(&self.receipt.key.source);
            let none = self.receipt.answers_that_there_is_none();
            // That an object is not there is an answer too.
            let objects = self.form.is_some_and(|form| form.rows == Rows::Object);
            let answers =
                page.status == 200 || none || register && page.status == 0 || objects && page.status == 404;
            if !answers {
                self.flaws
                    .push(format!("page {number} has status {}", page.status));
                continue;
            }
            match body(store, page, self.form.map(|form| form.rows)) {
                Ok((evidence, value, object)) => {
                    if register {
                        self.flaws.extend(not_ok(self.receipt, number, &value));
                    }
                    self.bodies.push(Body {
                        evidence,
                        received: page.received,
                        value,
                        object,
                        rank,
                    });
                }
                Err(reason) => self.flaws.push(format!("page {number} {reason}")),
            }
        }
    }
}

/// The page's body as a value, or the object that it is, after its bytes were found to be those that the receipt names.
fn body(
    store: &dyn EvidenceStore,
    page: &Page,
    rows: Option<Rows>,
) -> Result<(EvidenceId, Value, Vec<u8>), String> {
    let evidence = page.evidence.ok_or("has no body")?;
    let bytes = store
        .bytes(evidence)
        .map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 != page.size || EvidenceId(Sha256Digest::of(&bytes)) != evidence {
        return Err(format!(
            "was altered: its bytes are not those of {}",
            evidence.short()
        ));
    }
    if bytes.is_empty() && rows != Some(Rows::Object) {
        return Err("is empty".to_owned());
    }
    match rows {
        Some(Rows::Object) => Ok((evidence, Value::Null, bytes.into_owned())),
        Some(Rows::Contents) => {
            let value = listing::parse(&bytes).map_err(|error| format!("is no list of objects: {error}"))?;
            Ok((evidence, value, Vec::new()))
        }
        // IAM answers in XML; what its command line prints is the same in JSON.
        Some(Rows::Members(_)) if bytes.starts_with(b"<") => {
            let value = query::parse(&bytes).map_err(|error| format!("is no answer: {error}"))?;
            Ok((evidence, value, Vec::new()))
        }
        _ => {
            let value = json::parse(&bytes).map_err(|error| format!("is not whole JSON: {error}"))?;
            Ok((evidence, value, Vec::new()))
        }
    }
}

/// A reply of MongoDB that is not `ok`, or is of another collection.
fn not_ok(receipt: &Acquisition, number: usize, reply: &Value) -> Option<String> {
    let ok = reply
        .get("ok")
        .and_then(|ok| ok.get("$numberDouble"))
        .and_then(Value::as_str);
    let of = match export::role(receipt, &receipt.pages[number - 1].parameters) {
        Role::Listing => "$cmd.listCollections",
        _ => export::collection(receipt),
    };
    let namespace = format!("{}.{of}", receipt.key.account);
    let found = reply
        .get("cursor")
        .and_then(|cursor| cursor.get("ns"))
        .and_then(Value::as_str);
    if ok != Some("1.0") {
        Some(format!("page {number} is not ok"))
    } else if found != Some(namespace.as_str()) {
        Some(format!("page {number} is of {found:?}, not of {namespace}"))
    } else {
        None
    }
}
