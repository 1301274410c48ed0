//! A page of the evidence: found by its digest in the bundle's index, read out of its tar file, and digested anew.

use std::io::Read as _;

use backproof_verify::digest::Sha256Digest;
use serde_json::{Value, json};

use crate::file::ReadAt;
use crate::session::{AskError, Session};

const INDEX: &str = "data/evidence/index.csv";
/// The most characters of a page that are shown.
const SHOWN_MAX: usize = 2 << 20;

/// Why a page can't be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    #[error("{INDEX} can't be read: {0}")]
    Index(#[from] csv::Error),
    #[error("no page of the bundle has the digest {0}")]
    NoPage(String),
    #[error("{tar} can't be read: {error}")]
    Tar { tar: String, error: std::io::Error },
    #[error("{tar} has no member {member}")]
    NoMember { tar: String, member: String },
}

/// The page of this digest: where it lies, which requests brought it, its digest made anew, and its text where it is one.
pub(crate) fn record<R: ReadAt>(session: &mut Session<R>, sha256: &str) -> Result<Value, AskError> {
    let index = session.bytes(INDEX)?;
    let (mut place, mut requests) = (None, Vec::new());
    let mut reader = csv::Reader::from_reader(index.as_slice());
    let headers = reader.headers().map_err(EvidenceError::from)?.clone();
    for row in reader.records() {
        let row = row.map_err(EvidenceError::from)?;
        if row.get(0) != Some(sha256) {
            continue;
        }
        if let (None, Some(tar), Some(member)) = (&place, row.get(1), row.get(2)) {
            place = Some((tar.to_owned(), member.to_owned()));
        }
        let cells = headers.iter().zip(&row).skip(3);
        let request: serde_json::Map<_, _> =
            cells.map(|(name, cell)| (name.to_owned(), cell.into())).collect();
        requests.push(Value::Object(request));
    }
    let (tar, member) = place.ok_or_else(|| EvidenceError::NoPage(sha256.to_owned()))?;
    let bytes = session.bytes(&tar)?;
    let page = read_member(&bytes, &member).map_err(|error| EvidenceError::Tar {
        tar: tar.clone(),
        error,
    })?;
    let page = page.ok_or_else(|| EvidenceError::NoMember {
        tar: tar.clone(),
        member: member.clone(),
    })?;
    let found = Sha256Digest::of(&page).to_hex();
    let text = std::str::from_utf8(&page)
        .ok()
        .filter(|text| text.len() <= SHOWN_MAX);
    Ok(json!({
        "tar": tar, "member": member, "size": page.len(), "found": found, "listed": sha256, "same": found == sha256,
        "requests": requests, "text": text,
    }))
}

fn read_member(bytes: &[u8], name: &str) -> std::io::Result<Option<Vec<u8>>> {
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        if &*entry.path_bytes() == name.as_bytes() {
            let mut page = Vec::new();
            entry.read_to_end(&mut page)?;
            return Ok(Some(page));
        }
    }
    Ok(None)
}
