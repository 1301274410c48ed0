//! The bodies, each under its own digest: `objects/ab/<sha256>`, bytes verbatim.

use std::collections::BTreeSet;
use std::path::Path;

use super::chain::{stranger, tampered};
use super::error::{LedgerError, Tampering};
use super::layout::{self, MAX_BODY_BYTES, OBJECTS};
use super::storage::Storage;
use crate::model::acquisition::Acquisition;
use crate::model::ids::{EvidenceId, Sha256Digest};

/// Puts `bytes` under their digest, unless they are there already.
pub(super) fn put(storage: &mut Storage, dir: &Path, bytes: &[u8]) -> Result<EvidenceId, LedgerError> {
    let size = bytes.len() as u64;
    if size > MAX_BODY_BYTES {
        return Err(LedgerError::BodyTooLarge {
            size,
            max: MAX_BODY_BYTES,
        });
    }
    let id = EvidenceId(Sha256Digest::of(bytes));
    let path = dir.join(layout::object_name(id));
    if layout::exists(&path)? {
        // What stands under this name must be these bytes: a pull is not to rest on an altered object.
        read(dir, id, "the pull being stored")?;
        return Ok(id);
    }
    if let Some(shelf) = path.parent() {
        storage.make_dir(shelf)?;
    }
    storage.put(&path, bytes)?;
    Ok(id)
}

/// The bytes under `id`, hashed again. `says` names what refers to them.
pub(super) fn read(dir: &Path, id: EvidenceId, says: &str) -> Result<Vec<u8>, LedgerError> {
    let name = layout::object_name(id);
    let bytes = layout::read(&dir.join(&name), MAX_BODY_BYTES, says)?;
    let found = Sha256Digest::of(&bytes);
    if found != id.0 {
        let what = Tampering::Digest {
            expected: id.0,
            says: "its name".to_owned(),
            found,
        };
        return Err(tampered(dir, &name, what));
    }
    Ok(bytes)
}

/// Hashes each body of `acquisition` again; `name` is its entry.
pub(super) fn check(dir: &Path, name: &str, acquisition: &Acquisition) -> Result<(), LedgerError> {
    for page in &acquisition.pages {
        let Some(id) = page.evidence else { continue };
        let found = read(dir, id, name)?.len() as u64;
        if found != page.size {
            let why = format!("it says {} bytes for {id}, which has {found}", page.size);
            return Err(tampered(dir, name, Tampering::Malformed { why }));
        }
    }
    Ok(())
}

/// Hashes every file under `objects/` again and refuses what is none; tells those that no pull refers to.
///
/// A writer that was stopped within a pull leaves such bytes. They are kept, since nothing is ever deleted, and they
/// count for nothing, since no pull vouches for them.
pub(super) fn unreferenced(dir: &Path, acquisitions: &[Acquisition]) -> Result<Vec<EvidenceId>, LedgerError> {
    let pages = acquisitions.iter().flat_map(|a| &a.pages);
    let referenced: BTreeSet<EvidenceId> = pages.filter_map(|page| page.evidence).collect();
    let mut unreferenced = Vec::new();
    for (shelf, kind) in layout::list(&dir.join(OBJECTS))? {
        if !kind.is_dir() {
            return Err(stranger(dir, &format!("{OBJECTS}/{shelf}"), kind.is_file()));
        }
        for (file, kind) in layout::list(&dir.join(OBJECTS).join(&shelf))? {
            let name = format!("{OBJECTS}/{shelf}/{file}");
            let id = file.parse().ok().map(EvidenceId);
            let Some(id) = id.filter(|id| kind.is_file() && layout::object_name(*id) == name) else {
                return Err(stranger(dir, &name, kind.is_file()));
            };
            if !referenced.contains(&id) {
                read(dir, id, "its name")?;
                unreferenced.push(id);
            }
        }
    }
    Ok(unreferenced)
}
