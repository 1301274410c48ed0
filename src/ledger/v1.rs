//! The bytes of an entry and of the head, version 1 (docs/spec/ledger.md, *Entry* and *Head*).
//!
//! The form is canonical JSON (RFC 8785): the structs name their members in sorted order, numbers are integers, the
//! writer puts no space. Parsing ends with writing again: `encode(parse(b)) == b`, so there is one spelling of each entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::wire::{self, Outcome, Stamp, Text, Window};
use crate::model::acquisition::{Acquisition, Page};
use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};
use crate::model::source::SourceKey;
use crate::model::time::Interval;

const ENTRY_FORMAT: &str = "backproof.ledger-entry/v1";
const HEAD_FORMAT: &str = "backproof.ledger-head/v1";

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// From 1, without holes.
    pub(super) number: u64,
    /// Digest of the entry before it; for the first, of `FORMAT`.
    pub(super) previous: Sha256Digest,
    /// The pull.
    pub(super) acquisition: Acquisition,
}

/// Where the chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// How many entries there are.
    pub(super) entries: u64,
    /// Digest of the last one; without any, of `FORMAT`.
    pub(super) digest: Sha256Digest,
}

/// Why bytes are no entry or no head, or an acquisition has no form as bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("the format is {found:?}, expected {expected:?}")]
    Format { found: String, expected: &'static str },
    #[error("not in canonical form from byte {at} on")]
    NotCanonical { at: usize },
    #[error("the parameter name {0:?} is not printable ASCII")]
    ParameterName(String),
    #[error("page {page} has a size of {size} and no body")]
    SizeWithoutBody { page: usize, size: u64 },
}

// Members in the order of their names, which is the order RFC 8785 3.2.3 asks for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryWire {
    acquisition: AcquisitionWire,
    format: String,
    number: u64,
    previous: Text<Sha256Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcquisitionWire {
    account: Text<crate::model::ids::Account>,
    caller: String,
    finished: Text<Stamp>,
    id: Text<AcquisitionId>,
    operation: String,
    outcome: Outcome,
    pages: Vec<PageWire>,
    #[serde(deserialize_with = "wire::parameters")]
    parameters: BTreeMap<String, String>,
    region: Text<crate::model::ids::Region>,
    source: Text<crate::model::source::Source>,
    started: Text<Stamp>,
    tool: String,
    #[serde(deserialize_with = "wire::window", serialize_with = "write_window")]
    window: Option<Interval>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageWire {
    evidence: Option<Text<Sha256Digest>>,
    #[serde(deserialize_with = "wire::parameters")]
    parameters: BTreeMap<String, String>,
    received: Text<Stamp>,
    request_id: String,
    size: u64,
    status: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadWire {
    entries: u64,
    format: String,
    head: Text<Sha256Digest>,
}

fn write_window<S: serde::Serializer>(window: &Option<Interval>, to: S) -> Result<S::Ok, S::Error> {
    window.as_ref().map(Window::of).serialize(to)
}

impl Entry {
    /// The bytes of the entry; its digest is over them.
    pub(super) fn encode(&self) -> Result<Vec<u8>, WireError> {
        let a = &self.acquisition;
        fit(a)?;
        let wire = EntryWire {
            acquisition: AcquisitionWire {
                account: Text(a.key.account.clone()),
                caller: a.caller.clone(),
                finished: Text(Stamp(a.finished)),
                id: Text(a.id.clone()),
                operation: a.operation.clone(),
                outcome: Outcome::from(&a.outcome),
                pages: a.pages.iter().map(PageWire::of).collect(),
                parameters: a.parameters.clone(),
                region: Text(a.key.region.clone()),
                source: Text(a.key.source),
                started: Text(Stamp(a.started)),
                tool: a.tool.clone(),
                window: a.window,
            },
            format: ENTRY_FORMAT.to_owned(),
            number: self.number,
            previous: Text(self.previous),
        };
        Ok(serde_json::to_vec(&wire)?)
    }

    /// Reads what `encode` wrote, and nothing else.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let wire: EntryWire = serde_json::from_slice(bytes)?;
        expect_format(&wire.format, ENTRY_FORMAT)?;
        let a = wire.acquisition;
        let entry = Self {
            number: wire.number,
            previous: wire.previous.0,
            acquisition: Acquisition {
                id: a.id.0,
                key: SourceKey {
                    source: a.source.0,
                    account: a.account.0,
                    region: a.region.0,
                },
                operation: a.operation,
                parameters: a.parameters,
                window: a.window,
                started: a.started.0.0,
                finished: a.finished.0.0,
                caller: a.caller,
                tool: a.tool,
                pages: a.pages.into_iter().map(Page::from).collect(),
                outcome: a.outcome.into(),
            },
        };
        expect_same(bytes, &entry.encode()?)?;
        Ok(entry)
    }
}

impl Head {
    /// The bytes of `head.json`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let wire = HeadWire {
            entries: self.entries,
            format: HEAD_FORMAT.to_owned(),
            head: Text(self.digest),
        };
        serde_json::to_vec(&wire).expect("invariant: a number and two texts are always JSON")
    }

    /// Reads what `encode` wrote, and nothing else.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let wire: HeadWire = serde_json::from_slice(bytes)?;
        expect_format(&wire.format, HEAD_FORMAT)?;
        let head = Self {
            entries: wire.entries,
            digest: wire.head.0,
        };
        expect_same(bytes, &head.encode())?;
        Ok(head)
    }
}

impl PageWire {
    fn of(page: &Page) -> Self {
        Self {
            evidence: page.evidence.map(|id| Text(id.0)),
            parameters: page.parameters.clone(),
            received: Text(Stamp(page.received)),
            request_id: page.request_id.clone(),
            size: page.size,
            status: page.status,
        }
    }
}

impl From<PageWire> for Page {
    fn from(page: PageWire) -> Self {
        Self {
            evidence: page.evidence.map(|digest| EvidenceId(digest.0)),
            size: page.size,
            status: page.status,
            request_id: page.request_id,
            received: page.received.0.0,
            parameters: page.parameters,
        }
    }
}

/// What the types of the model leave open. ASCII names sort the same by bytes and by UTF-16 units (RFC 8785 3.2.3).
fn fit(acquisition: &Acquisition) -> Result<(), WireError> {
    let names = acquisition
        .pages
        .iter()
        .map(|page| &page.parameters)
        .chain([&acquisition.parameters]);
    for name in names.flat_map(BTreeMap::keys) {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(WireError::ParameterName(name.chars().take(60).collect()));
        }
    }
    for (page, Page { evidence, size, .. }) in acquisition.pages.iter().enumerate() {
        if evidence.is_none() && *size != 0 {
            return Err(WireError::SizeWithoutBody {
                page: page + 1,
                size: *size,
            });
        }
    }
    Ok(())
}

fn expect_format(found: &str, expected: &'static str) -> Result<(), WireError> {
    if found == expected {
        return Ok(());
    }
    Err(WireError::Format {
        found: found.chars().take(60).collect(),
        expected,
    })
}

fn expect_same(found: &[u8], canonical: &[u8]) -> Result<(), WireError> {
    if found == canonical {
        return Ok(());
    }
    let same = found.iter().zip(canonical).take_while(|(a, b)| a == b).count();
    Err(WireError::NotCanonical { at: same })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::model::acquisition::PullOutcome;

    const EXAMPLE: &str = concat!(
        r#"{"acquisition":{"account":"a","caller":"c","finished":"2026-07-06T05:00:09.500Z","id":"i","operation":"o","#,
        r#""outcome":{"failed":{"code":"c","message":"m"}},"pages":[{"evidence":null,"parameters":{},"#,
        r#""received":"2026-07-06T05:00:05Z","request_id":"r","size":0,"status":403}],"parameters":{"a":"1","b":"2"},"#,
        r#""region":"g","source":"kms_keys","started":"2026-07-06T05:00:01Z","tool":"t","window":null},"#,
        r#""format":"backproof.ledger-entry/v1","number":7,"#,
        r#""previous":"95dc34b41c33c2b8cd75d911fd096fcb01c22a79ec3bb7466688b18e6ed242d5"}"#
    );

    #[test]
    fn an_entry_has_one_spelling() {
        Entry::parse(EXAMPLE.as_bytes()).expect("this is the canonical form");
        for (from, to) in [
            ("09.500Z", "09.5Z"),
            ("09.500Z", "09.500+00:00"),
            (r#"{"account""#, r#"{ "account""#),
            (r#""a":"1","b":"2""#, r#""b":"2","a":"1""#),
            (r#""a":"1","b":"2""#, r#""a":"1","a":"1""#),
            (r#""b":"2""#, r#""b ":"2""#),
            (r#""caller":"c","#, ""),
            (r#""evidence":null,"#, ""),
            (r#""caller":"c""#, r#""caller":"c","caller":"c""#),
            (r#""caller":"c""#, r#""caller":"c","more":"c""#),
            (r#""caller":"c""#, r#""caller":"\u0063""#),
            (r#""size":0"#, r#""size":0.0"#),
            (r#""size":0"#, r#""size":1"#),
            (r#""number":7"#, r#""number":07"#),
            (r#""number":7"#, r#""number":7e0"#),
            ("entry/v1", "entry/v2"),
            ("95dc34", "95DC34"),
            ("d5\"}", "d5\"}\n"),
            ("d5\"}", "d5\"}{}"),
            ("d5\"}", "d5\""),
        ] {
            assert!(EXAMPLE.contains(from), "{from}");
            let other = EXAMPLE.replacen(from, to, 1);
            assert!(Entry::parse(other.as_bytes()).is_err(), "{to} must be refused");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_reads_back(
            caller in any::<String>(),
            value in any::<String>(),
            code in any::<String>(),
            nanos in 0..2_000_000_000_i64,
            number in any::<u64>(),
        ) {
            let mut entry = Entry::parse(EXAMPLE.as_bytes()).expect("the canonical form");
            entry.number = number;
            entry.acquisition.caller = caller;
            entry.acquisition.parameters.insert("p".to_owned(), value);
            entry.acquisition.outcome = PullOutcome::Failed { code, message: String::new() };
            entry.acquisition.finished += TimeDelta::nanoseconds(nanos);
            let bytes = entry.encode().expect("it fits");
            prop_assert_eq!(Entry::parse(&bytes).expect("it was just written"), entry);
        }
    }
}
