//! The evidence of a verified bundle: which file holds a page, and the record that a citation names.

use std::collections::BTreeMap;
use std::io::Read as _;

use backproof_verify::digest::Sha256Digest;
use serde_json::Value;

use super::checked::{Checked, CheckedError, content};

const INDEX: &str = "data/evidence/index.csv";

/// Where a page lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The tar file in the bundle.
    pub tar: String,
    /// Its member.
    pub name: String,
}

/// A record that a citation names, looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The page is there with its digest, and the record stands at its place.
    Record {
        /// Where the page lies.
        member: Member,
        /// The place in it (RFC 6901); empty for the page as a whole.
        pointer: String,
        /// The record.
        value: Value,
    },
    /// The page or the place in it is not there, or the digest is another. In words.
    Lost(String),
    /// The citation names a place that was searched: the claim is that something is absent there.
    Searched(String),
}

/// Looks up citations; keeps what it has unpacked.
pub struct RecordReader<'b, 'a> {
    bundle: &'b Checked<'a>,
    members: BTreeMap<String, Member>,
    pages: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

impl<'b, 'a> RecordReader<'b, 'a> {
    /// Reads the bundle's index of evidence.
    ///
    /// # Errors
    /// The index is missing or is not the CSV that it should be.
    pub fn of(bundle: &'b Checked<'a>) -> Result<Self, CheckedError> {
        let bytes = bundle.file(INDEX)?;
        let mut members = BTreeMap::new();
        for row in csv::Reader::from_reader(bytes.as_slice()).records() {
            let row = row.map_err(|error| content(INDEX, error))?;
            let cell = |column: usize| {
                let cell = row.get(column).map(str::to_owned);
                cell.ok_or_else(|| content(INDEX, "a row is too short"))
            };
            let member = Member {
                tar: cell(1)?,
                name: cell(2)?,
            };
            members.entry(cell(0)?).or_insert(member);
        }
        Ok(Self {
            bundle,
            members,
            pages: BTreeMap::new(),
        })
    }

    /// The record that `citation` names: `<sha256>#<JSON pointer>`, or `searched:<place>`.
    ///
    /// # Errors
    /// A tar file of the bundle can't be read.
    pub fn find(&mut self, citation: &str) -> Result<Found, CheckedError> {
        if let Some(place) = citation.strip_prefix("searched:") {
            return Ok(Found::Searched(place.to_owned()));
        }
        let (digest, pointer) = citation.split_once('#').unwrap_or((citation, ""));
        let Some(member) = self.members.get(digest).cloned() else {
            return Ok(Found::Lost(format!(
                "no page of the bundle has the digest {digest}"
            )));
        };
        if !self.pages.contains_key(&member.tar) {
            let pages = unpack(&member.tar, &self.bundle.file(&member.tar)?)?;
            self.pages.insert(member.tar.clone(), pages);
        }
        let page = self
            .pages
            .get(&member.tar)
            .and_then(|pages| pages.get(&member.name));
        let Some(page) = page else {
            return Ok(Found::Lost(format!(
                "{} has no member {}",
                member.tar, member.name
            )));
        };
        if Sha256Digest::of(page).to_hex() != digest {
            return Ok(Found::Lost(format!(
                "{} is not what its digest says",
                member.name
            )));
        }
        // A page that is no JSON, a compressed log file for one, is cited as a whole.
        let value = match serde_json::from_slice::<Value>(page) {
            Ok(body) => body.pointer(pointer).cloned(),
            Err(_) => pointer.is_empty().then_some(Value::Null),
        };
        Ok(match value {
            Some(value) => Found::Record {
                member,
                pointer: pointer.to_owned(),
                value,
            },
            None => Found::Lost(format!("{} has nothing at {pointer}", member.name)),
        })
    }
}

fn unpack(path: &str, bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, CheckedError> {
    let mut pages = BTreeMap::new();
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(|error| content(path, error))? {
        let mut entry = entry.map_err(|error| content(path, error))?;
        let name = entry.path().map_err(|error| content(path, error))?;
        let name = name.to_string_lossy().into_owned();
        let mut page = Vec::new();
        entry
            .read_to_end(&mut page)
            .map_err(|error| content(path, error))?;
        pages.insert(name, page);
    }
    Ok(pages)
}
