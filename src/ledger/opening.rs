//! Before the first write: is this directory a ledger, or free to become one, and did a writer stop half-way in it?

use std::path::Path;

use super::error::LedgerError;
use super::layout;
use super::storage::Storage;
use super::v1::Head;

/// A directory without `FORMAT` must be empty, or hold no more than a beginning that was stopped.
pub(super) fn refuse_other_uses(dir: &Path) -> Result<(), LedgerError> {
    if !layout::exists(dir)? {
        return Ok(());
    }
    let refuse = |why| {
        Err(LedgerError::NotALedger {
            dir: dir.to_owned(),
            why,
        })
    };
    if !dir.is_dir() {
        return refuse("it is not a directory".to_owned());
    }
    if layout::exists(&dir.join(layout::FORMAT))? {
        return Ok(());
    }
    for (name, _) in layout::list(dir)? {
        let path = dir.join(&name);
        let beginning = match name.as_str() {
            layout::LOCK => true,
            name if layout::is_neighbour(name) => true,
            layout::ENTRIES | layout::OBJECTS => path.is_dir() && layout::list(&path)?.is_empty(),
            layout::HEAD => layout::read(&path, layout::MAX_HEAD_BYTES, "")? == empty_head().encode(),
            other => other.starts_with(layout::ASIDE),
        };
        if !beginning {
            return refuse(format!("it has no file {}, but {name}", layout::FORMAT));
        }
    }
    Ok(())
}

/// Begins an empty ledger. `FORMAT` comes last: a directory that has it is a ledger.
pub(super) fn begin(dir: &Path, storage: &mut Storage) -> Result<(), LedgerError> {
    storage.make_dir(&dir.join(layout::OBJECTS))?;
    storage.make_dir(&dir.join(layout::ENTRIES))?;
    storage.put(&dir.join(layout::HEAD), &empty_head().encode())?;
    storage.settle()?;
    storage.put(&dir.join(layout::FORMAT), layout::FORMAT_BYTES)?;
    storage.settle()
}

fn empty_head() -> Head {
    Head {
        entries: 0,
        digest: layout::genesis(),
    }
}

/// Removes the files that a stopped writer left aside: they never had a name, so nothing refers to them. The names that
/// it did give may not be on disk yet, so every directory is synced before anything is built on them.
pub(super) fn sweep(dir: &Path, storage: &mut Storage) -> Result<(), LedgerError> {
    let objects = dir.join(layout::OBJECTS);
    let mut places = vec![dir.to_owned(), dir.join(layout::ENTRIES), objects.clone()];
    if objects.is_dir() {
        let shelves = layout::list(&objects)?;
        places.extend(
            shelves
                .iter()
                .filter(|(_, kind)| kind.is_dir())
                .map(|(name, _)| objects.join(name)),
        );
    }
    for place in places.into_iter().filter(|place| place.is_dir()) {
        for (name, kind) in layout::list(&place)? {
            if name.starts_with(layout::ASIDE) && !kind.is_dir() {
                storage.remove(&place.join(name))?;
            }
        }
        storage.distrust(place);
    }
    storage.settle()
}
