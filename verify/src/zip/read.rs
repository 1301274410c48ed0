//! The strict reader of the ZIP profile.
//!
//! It reads from the central directory the five values that may vary, generates both headers of the entry anew, and
//! names the field in which a found header differs. Offsets are not believed: each entry must begin where the one before
//! it ends.

use std::collections::BTreeSet;

use super::{CENTRAL_SIZE, END_SIGNATURE, END_SIZE, Entry, LOCAL_SIZE, Method, end_record};
use crate::check::{Checks, Code};
use crate::layout;

/// Why an archive is not of the profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    /// The last 22 bytes are not an end record.
    #[error("no end record in the last 22 bytes (truncated, trailing bytes or a comment)")]
    NoEndRecord,
    /// The end record says something that the profile does not allow.
    #[error("end record differs from the profile in {0}")]
    EndRecord(&'static str),
    /// More entries than a bundle may have.
    #[error("{0} entries, more than the {max} that a bundle may have", max = layout::ENTRIES_MAX)]
    TooMany(usize),
    /// A header does not fit into the archive.
    #[error("entry {entry}: {header} header at byte {offset} is cut off")]
    CutOff {
        /// Position of the entry in the central directory, counted from 0.
        entry: usize,
        /// `local` or `central`.
        header: &'static str,
        /// Where it should be.
        offset: usize,
    },
    /// A header is not the one that the entry must have.
    #[error("entry {entry} ({path:?}): {header} header differs from the profile in {field}")]
    Header {
        /// Position of the entry in the central directory, counted from 0.
        entry: usize,
        /// The name in the central directory.
        path: String,
        /// `local` or `central`.
        header: &'static str,
        /// The field that differs.
        field: &'static str,
    },
    /// The sizes can't belong to this method.
    #[error("entry {entry} ({path:?}): {size} bytes can't come from {packed} packed ones")]
    Sizes {
        /// Position of the entry in the central directory, counted from 0.
        entry: usize,
        /// The name in the central directory.
        path: String,
        /// Unpacked size.
        size: u32,
        /// Packed size.
        packed: usize,
    },
    /// There are bytes between the last entry and the central directory, or the directory and the end record.
    #[error("bytes {from} to {to} belong to no entry")]
    Gap {
        /// The first byte that belongs to nothing.
        from: usize,
        /// The first byte after the gap.
        to: usize,
    },
}

/// Offsets at which the fields of a header end, with their names.
type Fields = &'static [(usize, &'static str)];
const LOCAL_FIELDS: Fields = &[
    (4, "signature"),
    (6, "version needed"),
    (8, "flags"),
    (10, "method"),
    (12, "time"),
    (14, "date"),
    (18, "crc-32"),
    (22, "packed size"),
    (26, "size"),
    (28, "name length"),
    (30, "extra field length"),
    (usize::MAX, "name"),
];
const CENTRAL_FIELDS: Fields = &[
    (4, "signature"),
    (6, "version made by"),
    (8, "version needed"),
    (10, "flags"),
    (12, "method"),
    (14, "time"),
    (16, "date"),
    (20, "crc-32"),
    (24, "packed size"),
    (28, "size"),
    (30, "name length"),
    (32, "extra field length"),
    (34, "comment length"),
    (36, "disk"),
    (38, "internal attributes"),
    (42, "external attributes"),
    (46, "offset of the local header"),
    (usize::MAX, "name"),
];
const END_FIELDS: Fields = &[
    (4, "signature"),
    (8, "disks"),
    (12, "number of entries"),
    (16, "size of the central directory"),
    (20, "offset of the central directory"),
    (usize::MAX, "comment length"),
];

/// Reads the archive's entries in their order and records `zip.strict` and `zip.names`; `None` when there is a doubt
/// about which entries there are.
pub fn read<'a>(bytes: &'a [u8], checks: &mut Checks) -> Option<Vec<Entry<'a>>> {
    let entries = match directory(bytes) {
        Ok(entries) => entries,
        Err(error) => {
            checks.failed(Code::ZipStrict, "archive", error.to_string());
            return None;
        }
    };
    checks.ok(
        Code::ZipStrict,
        "archive",
        format!("{} entries, {} bytes", entries.len(), bytes.len()),
    );
    let mut seen = BTreeSet::new();
    let mut sound = true;
    for entry in &entries {
        let problem = if !layout::is_fixed_name(entry.path) && !layout::is_payload_path(entry.path) {
            "neither a tag file nor a lower-case ASCII path under data/"
        } else if !seen.insert(entry.path) {
            "the name stands twice"
        } else {
            continue;
        };
        checks.failed(Code::ZipNames, entry.path.escape_debug().to_string(), problem);
        sound = false;
    }
    if !sound {
        return None;
    }
    checks.ok(
        Code::ZipNames,
        "archive",
        format!("{} names, each once", entries.len()),
    );
    Some(entries)
}

/// The entries by the central directory, every header compared with the one that the writer would have written.
fn directory(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ZipError> {
    let end = bytes.len().checked_sub(END_SIZE).ok_or(ZipError::NoEndRecord)?;
    if u32_at(bytes, end) != END_SIGNATURE {
        return Err(ZipError::NoEndRecord);
    }
    let count = u16_at(bytes, end + 10);
    let (size, offset) = (u32_at(bytes, end + 12), u32_at(bytes, end + 16));
    if let Some(field) = difference(&bytes[end..], &end_record(count, size, offset), END_FIELDS) {
        return Err(ZipError::EndRecord(field));
    }
    if usize::from(count) > layout::ENTRIES_MAX {
        return Err(ZipError::TooMany(count.into()));
    }
    let (size, start) = (size as usize, offset as usize);
    if start.checked_add(size) != Some(end) {
        return Err(ZipError::EndRecord("offset of the central directory"));
    }
    let (mut entries, mut local, mut central) = (Vec::new(), 0, start);
    for number in 0..usize::from(count) {
        let (entry, header_size) = entry_at(bytes, number, central, end, local, start)?;
        local += LOCAL_SIZE + entry.path.len() + entry.packed.len();
        central += header_size;
        entries.push(entry);
    }
    if central != end {
        return Err(ZipError::Gap {
            from: central,
            to: end,
        });
    }
    if local != start {
        return Err(ZipError::Gap {
            from: local,
            to: start,
        });
    }
    Ok(entries)
}

/// The entry whose central header begins at `central` (and ends before `end`) and whose local header must begin at
/// `local` (and its packed bytes end before `start`); with the size of the central header.
fn entry_at(
    bytes: &[u8],
    number: usize,
    central: usize,
    end: usize,
    local: usize,
    start: usize,
) -> Result<(Entry<'_>, usize), ZipError> {
    let cut_off = |header, offset| ZipError::CutOff {
        entry: number,
        header,
        offset,
    };
    let differs = |path: &[u8], header, field| ZipError::Header {
        entry: number,
        path: String::from_utf8_lossy(path).into_owned(),
        header,
        field,
    };
    let found = bytes
        .get(central..end)
        .filter(|rest| rest.len() >= CENTRAL_SIZE)
        .ok_or(cut_off("central", central))?;
    let name_end = CENTRAL_SIZE + usize::from(u16_at(found, 28));
    let name = found
        .get(CENTRAL_SIZE..name_end)
        .ok_or(cut_off("central", central))?;
    let path = std::str::from_utf8(name).map_err(|_| differs(name, "central", "name (not UTF-8)"))?;
    let method = match u16_at(found, 10) {
        0 => Method::Stored,
        8 => Method::Deflate,
        _ => return Err(differs(name, "central", "method")),
    };
    let packed_start = local + LOCAL_SIZE + name.len();
    let packed_end = packed_start
        .checked_add(u32_at(found, 20) as usize)
        .filter(|packed_end| *packed_end <= start);
    let entry = Entry {
        path,
        method,
        crc32: u32_at(found, 16),
        size: u32_at(found, 24),
        packed: &bytes[packed_start..packed_end.ok_or(cut_off("local", local))?],
    };
    if let Some(field) = difference(
        &found[..name_end],
        &entry.central_header(local as u32),
        CENTRAL_FIELDS,
    ) {
        return Err(differs(name, "central", field));
    }
    if let Some(field) = difference(&bytes[local..packed_start], &entry.local_header(), LOCAL_FIELDS) {
        return Err(differs(name, "local", field));
    }
    if !entry.has_possible_sizes() {
        return Err(ZipError::Sizes {
            entry: number,
            path: path.to_owned(),
            size: entry.size,
            packed: entry.packed.len(),
        });
    }
    Ok((entry, name_end))
}

/// The first field in which two headers of equal length differ.
fn difference(found: &[u8], expected: &[u8], fields: Fields) -> Option<&'static str> {
    let at = found.iter().zip(expected).position(|(a, b)| a != b)?;
    fields
        .iter()
        .find(|(field_end, _)| at < *field_end)
        .map(|(_, name)| *name)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(entries: &[Entry<'_>]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for entry in entries {
            directory.extend(entry.central_header(out.len() as u32));
            out.extend(entry.local_header());
            out.extend(entry.packed);
        }
        let record = end_record(entries.len() as u16, directory.len() as u32, out.len() as u32);
        [out, directory, record].concat()
    }

    fn entry<'a>(path: &'a str, packed: &'a [u8]) -> Entry<'a> {
        Entry {
            path,
            method: Method::Stored,
            crc32: 0,
            size: packed.len() as u32,
            packed,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(contents in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let named: Vec<_> = (0..).zip(&contents).map(|(n, content): (u32, _)| (format!("data/{n}"), content)).collect();
            let entries: Vec<_> = named.iter().map(|(path, content)| entry(path, content)).collect();
            let bytes = write(&entries);
            prop_assert_eq!(read(&bytes, &mut Checks::new()), Some(entries));
        }

        #[test]
        fn any_bytes_are_judged_without_panic(noise in any::<Vec<u8>>(), at in any::<u16>(), value in any::<u32>()) {
            let _ = directory(&noise);
            // Damage a valid archive by a whole number, so that sizes and offsets lead far away.
            let mut bytes = write(&[entry("mimetype", b"x"), entry("data/a", &noise)]);
            let at = usize::from(at) % (bytes.len() - 4);
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            if let Ok(entries) = directory(&bytes) {
                prop_assert_eq!(write(&entries), bytes);
            }
        }
    }
}
