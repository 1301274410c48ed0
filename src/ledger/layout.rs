//! Where a ledger keeps what (docs/spec/ledger.md, *Files*), and reading it without following links.

use std::fs::{self, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::error::{LedgerError, Tampering};
use crate::model::ids::{EvidenceId, Sha256Digest};

pub(super) const FORMAT: &str = "FORMAT";
pub(super) const LOCK: &str = "LOCK";
pub(super) const HEAD: &str = "head.json";
pub(super) const ENTRIES: &str = "entries";
pub(super) const OBJECTS: &str = "objects";
/// Lives in the ledger's directory without being part of the ledger.
const NEIGHBOUR: &str = "dev-identity";
/// What a file is called until it is whole.
pub(super) const ASIDE: &str = ".aside-";

/// The whole content of `FORMAT`. Its digest is what the first entry follows.
pub(super) const FORMAT_BYTES: &[u8] = b"backproof.ledger/v1\n";
/// Longest body of one response, in bytes.
pub const MAX_BODY_BYTES: u64 = 256 << 20;
/// Longest entry, in bytes.
pub const MAX_ENTRY_BYTES: u64 = 16 << 20;
/// Longest `head.json`, in bytes.
pub(super) const MAX_HEAD_BYTES: u64 = 1024;
/// Most entries of one ledger: what eight digits can count.
pub const MAX_ENTRIES: u64 = 99_999_999;

/// Whether `name` is the development identity, or what a kill left of making one.
pub(super) fn is_neighbour(name: &str) -> bool {
    name.strip_prefix(NEIGHBOUR)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(".partial-"))
}

/// The digest that the first entry follows.
pub(super) fn genesis() -> Sha256Digest {
    Sha256Digest::of(FORMAT_BYTES)
}

/// `entries/00000001.json`.
pub(super) fn entry_name(number: u64) -> String {
    format!("{ENTRIES}/{number:08}.json")
}

/// The number in `00000001.json`; `None` for any other spelling.
pub(super) fn entry_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let number = digits.parse().ok()?;
    (number > 0 && format!("{number:08}") == digits).then_some(number)
}

/// `objects/ab/<64 digits>`.
pub(super) fn object_name(id: EvidenceId) -> String {
    let hex = id.0.to_hex();
    format!("{OBJECTS}/{}/{hex}", &hex[..2])
}

/// The name of `path` until it is whole: beside it, so that the rename stays within one directory.
pub(super) fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{ASIDE}{name}"))
}

/// What a directory holds, sorted by name.
pub(super) fn list(dir: &Path) -> Result<Vec<(String, FileType)>, LedgerError> {
    let failed = |source| LedgerError::Io {
        action: "listing",
        path: dir.to_owned(),
        source,
    };
    let mut all = Vec::new();
    for item in fs::read_dir(dir).map_err(failed)? {
        let item = item.map_err(failed)?;
        let name = item
            .file_name()
            .into_string()
            .map_err(|name| LedgerError::Tampered {
                path: dir.join(name),
                what: Tampering::Foreign {
                    why: "its name is not text".to_owned(),
                },
            })?;
        all.push((name, item.file_type().map_err(failed)?));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

/// Whether something stands at `path`, be it a link to nowhere.
pub(super) fn exists(path: &Path) -> Result<bool, LedgerError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(LedgerError::Io {
            action: "reading",
            path: path.to_owned(),
            source,
        }),
    }
}

/// The bytes of a plain file of at most `max` bytes. `says` names what refers to it.
pub(super) fn read(path: &Path, max: u64, says: &str) -> Result<Vec<u8>, LedgerError> {
    let tampered = |what| LedgerError::Tampered {
        path: path.to_owned(),
        what,
    };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => tampered(Tampering::Missing {
            says: says.to_owned(),
        }),
        _ => LedgerError::Io {
            action: "reading",
            path: path.to_owned(),
            source,
        },
    };
    let kind = fs::symlink_metadata(path).map_err(failed)?;
    if !kind.is_file() {
        return Err(tampered(Tampering::Foreign {
            why: "not a plain file".to_owned(),
        }));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to know; a file that grows meanwhile cannot fill the memory.
    fs::File::open(path)
        .and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > max {
        return Err(tampered(Tampering::Foreign {
            why: format!("longer than {max} bytes"),
        }));
    }
    Ok(bytes)
}
