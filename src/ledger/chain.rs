//! Reading the chain: `FORMAT`, `head.json` and every entry, with nothing else beside them.
//!
//! The walk goes backwards from the head, so that each entry is judged by a digest that has itself been confirmed: the
//! first mismatch is the altered file (or the one that vouches for it, which the message names as well).

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{LedgerError, Tampering};
use super::layout::{self, ASIDE, ENTRIES, FORMAT, HEAD};
use super::v1::{Entry, Head};
use crate::model::acquisition::Acquisition;
use crate::model::ids::{AcquisitionId, Sha256Digest};

/// The chain as it stands on disk.
#[derive(Debug)]
pub(super) struct Chain {
    /// The pulls that the head covers, in order.
    pub(super) acquisitions: Vec<Acquisition>,
    /// Digest of the last entry that the head covers.
    pub(super) head: Sha256Digest,
    /// An entry that follows the head: its writer was stopped before it could move the head.
    pub(super) ahead: Option<Ahead>,
}

/// The entry after the head.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) acquisition: Acquisition,
    pub(super) head: Head,
}

/// Position of each pull by its id.
pub(super) type Index = BTreeMap<AcquisitionId, usize>;

/// Reads and checks the chain of the ledger in `dir`.
pub(super) fn load(dir: &Path) -> Result<Chain, LedgerError> {
    refuse_strangers(dir)?;
    let format = layout::read(&dir.join(FORMAT), 64, "every ledger")?;
    if format != layout::FORMAT_BYTES {
        let why = format!(
            "expected {:?}, found {:?}",
            String::from_utf8_lossy(layout::FORMAT_BYTES),
            String::from_utf8_lossy(&format)
        );
        return Err(tampered(dir, FORMAT, Tampering::Malformed { why }));
    }
    let head = layout::read(&dir.join(HEAD), layout::MAX_HEAD_BYTES, FORMAT)?;
    let head = Head::parse(&head)
        .map_err(|why| tampered(dir, HEAD, Tampering::Malformed { why: why.to_string() }))?;
    let beyond = count(dir, head)?;
    let acquisitions = walk(dir, head)?;
    let ahead = if beyond { Some(ahead(dir, head)?) } else { None };
    Ok(Chain {
        acquisitions,
        head: head.digest,
        ahead,
    })
}

/// Position of each pull; an id that stands twice was not written by us.
pub(super) fn index(dir: &Path, acquisitions: &[Acquisition]) -> Result<Index, LedgerError> {
    let mut index = Index::new();
    for (at, acquisition) in acquisitions.iter().enumerate() {
        if let Some(first) = index.insert(acquisition.id.clone(), at) {
            let name = layout::entry_name(at as u64 + 1);
            let why = format!(
                "the pull {} stands in {} already",
                acquisition.id,
                layout::entry_name(first as u64 + 1)
            );
            return Err(tampered(dir, &name, Tampering::Malformed { why }));
        }
    }
    Ok(index)
}

/// The top of a ledger is a closed set of names.
fn refuse_strangers(dir: &Path) -> Result<(), LedgerError> {
    for (name, kind) in layout::list(dir)? {
        let fits = match name.as_str() {
            layout::FORMAT | layout::LOCK | layout::HEAD => kind.is_file(),
            layout::ENTRIES | layout::OBJECTS => kind.is_dir(),
            name if layout::is_neighbour(name) => true,
            _ => false,
        };
        if !fits {
            return Err(stranger(dir, &name, kind.is_file()));
        }
    }
    Ok(())
}

/// A file that a ledger does not have: what a stopped writer left, or worse.
pub(super) fn stranger(dir: &Path, name: &str, is_file: bool) -> LedgerError {
    if is_file
        && name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.starts_with(ASIDE))
    {
        return LedgerError::Interrupted { path: dir.join(name) };
    }
    let why = "no file of this name and kind is written by the ledger".to_owned();
    tampered(dir, name, Tampering::Foreign { why })
}

/// Whether one entry stands beyond the head; any other number of files than the head says is refused.
fn count(dir: &Path, head: Head) -> Result<bool, LedgerError> {
    let mut expected = 1;
    for (name, kind) in layout::list(&dir.join(ENTRIES))? {
        let Some(number) = layout::entry_number(&name).filter(|_| kind.is_file()) else {
            return Err(stranger(dir, &format!("{ENTRIES}/{name}"), kind.is_file()));
        };
        if number != expected {
            let says = if expected < head.entries {
                layout::entry_name(expected + 1)
            } else {
                HEAD.to_owned()
            };
            return Err(tampered(
                dir,
                &layout::entry_name(expected),
                Tampering::Missing { says },
            ));
        }
        expected += 1;
    }
    let found = expected - 1;
    match found.checked_sub(head.entries) {
        Some(beyond @ (0 | 1)) => Ok(beyond == 1),
        Some(_) => Err(tampered(
            dir,
            HEAD,
            Tampering::Count {
                head: head.entries,
                found,
            },
        )),
        None => {
            let says = format!("{HEAD} (which says {} entries)", head.entries);
            Err(tampered(
                dir,
                &layout::entry_name(expected),
                Tampering::Missing { says },
            ))
        }
    }
}

fn walk(dir: &Path, head: Head) -> Result<Vec<Acquisition>, LedgerError> {
    let mut acquisitions = Vec::new();
    let mut expected = head.digest;
    let mut says = HEAD.to_owned();
    for number in (1..=head.entries).rev() {
        let name = layout::entry_name(number);
        let bytes = layout::read(&dir.join(&name), layout::MAX_ENTRY_BYTES, &says)?;
        let found = Sha256Digest::of(&bytes);
        if found != expected {
            return Err(tampered(
                dir,
                &name,
                Tampering::Digest {
                    expected,
                    says,
                    found,
                },
            ));
        }
        let entry = parse(dir, &name, number, &bytes)?;
        expected = entry.previous;
        acquisitions.push(entry.acquisition);
        says = name;
    }
    if expected != layout::genesis() {
        let found = layout::genesis();
        return Err(tampered(
            dir,
            FORMAT,
            Tampering::Digest {
                expected,
                says,
                found,
            },
        ));
    }
    acquisitions.reverse();
    Ok(acquisitions)
}

fn ahead(dir: &Path, head: Head) -> Result<Ahead, LedgerError> {
    let number = head.entries + 1;
    let name = layout::entry_name(number);
    let bytes = layout::read(&dir.join(&name), layout::MAX_ENTRY_BYTES, HEAD)?;
    let entry = parse(dir, &name, number, &bytes)?;
    if entry.previous != head.digest {
        let says = format!("{name}, as the digest before it,");
        return Err(tampered(
            dir,
            HEAD,
            Tampering::Digest {
                expected: entry.previous,
                says,
                found: head.digest,
            },
        ));
    }
    let head = Head {
        entries: number,
        digest: Sha256Digest::of(&bytes),
    };
    Ok(Ahead {
        acquisition: entry.acquisition,
        head,
    })
}

fn parse(dir: &Path, name: &str, number: u64, bytes: &[u8]) -> Result<Entry, LedgerError> {
    let malformed = |why| tampered(dir, name, Tampering::Malformed { why });
    let entry = Entry::parse(bytes).map_err(|why| malformed(why.to_string()))?;
    if entry.number != number {
        return Err(malformed(format!(
            "it is entry {}, by its name {number}",
            entry.number
        )));
    }
    Ok(entry)
}

pub(super) fn tampered(dir: &Path, name: &str, what: Tampering) -> LedgerError {
    LedgerError::Tampered {
        path: dir.join(name),
        what,
    }
}
