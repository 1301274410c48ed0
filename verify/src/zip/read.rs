//! The strict reader of the ZIP profile.
//!
//! It reads from the central directory the five values that may vary, generates both headers of the entry anew, and
//! names the field in which a found header differs. Offsets are not believed: each entry must begin where the one before
//! it ends.

use std::collections::BTreeSet;

use super::{CENTRAL_SIZE, END_SIGNATURE, END_SIZE, Found, LOCAL_SIZE, Method, end_record};
use crate::check::{Checks, Code};
use crate::layout;
use crate::source::{Source, hold};

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
        offset: u64,
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
        packed: u64,
    },
    /// There are bytes between the last entry and the central directory, or the directory and the end record.
    #[error("bytes {from} to {to} belong to no entry")]
    Gap {
        /// The first byte that belongs to nothing.
        from: u64,
        /// The first byte after the gap.
        to: u64,
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

/// Why no directory came out: the archive is not of the profile, or its bytes could not be read.
enum Stop<E> {
    Zip(ZipError),
    Source(E),
}

impl<E> From<ZipError> for Stop<E> {
    fn from(error: ZipError) -> Self {
        Self::Zip(error)
    }
}

/// Reads the archive's entries in their order and records `zip.strict` and `zip.names`; `None` when there is a doubt
/// about which entries there are.
///
/// # Errors
/// Those of the source.
pub fn read_from<S: Source>(source: &mut S, checks: &mut Checks) -> Result<Option<Vec<Found>>, S::Error> {
    let entries = match directory(source) {
        Ok(entries) => entries,
        Err(Stop::Zip(error)) => {
            checks.failed(Code::ZipStrict, "archive", error.to_string());
            return Ok(None);
        }
        Err(Stop::Source(error)) => return Err(error),
    };
    checks.ok(
        Code::ZipStrict,
        "archive",
        format!("{} entries, {} bytes", entries.len(), source.size()),
    );
    Ok(names_hold(&entries, checks).then_some(entries))
}

/// The same for an archive that is held.
pub fn read(mut bytes: &[u8], checks: &mut Checks) -> Option<Vec<Found>> {
    let Ok(entries) = read_from(&mut bytes, checks);
    entries
}

fn names_hold(entries: &[Found], checks: &mut Checks) -> bool {
    let mut seen = BTreeSet::new();
    let mut sound = true;
    for Found { path, .. } in entries {
        let problem = if !layout::is_fixed_name(path) && !layout::is_payload_path(path) {
            "neither a tag file nor a lower-case ASCII path under data/"
        } else if !seen.insert(path) {
            "the name stands twice"
        } else {
            continue;
        };
        checks.failed(Code::ZipNames, path.escape_debug().to_string(), problem);
        sound = false;
    }
    if sound {
        checks.ok(
            Code::ZipNames,
            "archive",
            format!("{} names, each once", entries.len()),
        );
    }
    sound
}

/// The entries by the central directory, every header compared with the one that the writer would have written.
fn directory<S: Source>(source: &mut S) -> Result<Vec<Found>, Stop<S::Error>> {
    let end = source.size().checked_sub(END_SIZE as u64);
    let end = end.ok_or(ZipError::NoEndRecord)?;
    let record = hold(source, end, END_SIZE as u64).map_err(Stop::Source)?;
    if u32_at(&record, 0) != END_SIGNATURE {
        return Err(ZipError::NoEndRecord.into());
    }
    let count = u16_at(&record, 10);
    let (size, start) = (u32_at(&record, 12), u32_at(&record, 16));
    if let Some(field) = difference(&record, &end_record(count, size, start), END_FIELDS) {
        return Err(ZipError::EndRecord(field).into());
    }
    if usize::from(count) > layout::ENTRIES_MAX {
        return Err(ZipError::TooMany(count.into()).into());
    }
    let (size, start) = (u64::from(size), u64::from(start));
    if start + size != end {
        return Err(ZipError::EndRecord("offset of the central directory").into());
    }
    let (mut entries, mut local, mut central) = (Vec::new(), 0, start);
    for number in 0..usize::from(count) {
        let place = Place {
            number,
            central,
            end,
            local,
            start,
        };
        let entry = place.entry(source)?;
        local = entry.packed.end;
        central += (CENTRAL_SIZE + entry.path.len()) as u64;
        entries.push(entry);
    }
    if central != end {
        return Err(ZipError::Gap {
            from: central,
            to: end,
        }
        .into());
    }
    if local != start {
        return Err(ZipError::Gap {
            from: local,
            to: start,
        }
        .into());
    }
    Ok(entries)
}

/// Where an entry must stand.
struct Place {
    /// Its position in the central directory, counted from 0.
    number: usize,
    /// Where its central header begins, and what it must end before.
    central: u64,
    end: u64,
    /// Where its local header begins, and what its packed bytes must end before.
    local: u64,
    start: u64,
}

impl Place {
    fn cut_off(&self, header: &'static str) -> ZipError {
        let offset = if header == "central" {
            self.central
        } else {
            self.local
        };
        ZipError::CutOff {
            entry: self.number,
            header,
            offset,
        }
    }

    fn differs(&self, path: &[u8], header: &'static str, field: &'static str) -> ZipError {
        ZipError::Header {
            entry: self.number,
            path: String::from_utf8_lossy(path).into_owned(),
            header,
            field,
        }
    }

    /// The central header with its name, which are all that is read of the directory at a time.
    fn central<S: Source>(&self, source: &mut S) -> Result<Vec<u8>, Stop<S::Error>> {
        let mut read = |from: u64, length: usize| {
            let length = length as u64;
            if self.end - from < length {
                return Err(self.cut_off("central").into());
            }
            hold(source, from, length).map_err(Stop::Source)
        };
        let mut found = read(self.central, CENTRAL_SIZE)?;
        let name = read(
            self.central + CENTRAL_SIZE as u64,
            usize::from(u16_at(&found, 28)),
        )?;
        found.extend(name);
        Ok(found)
    }

    fn entry<S: Source>(&self, source: &mut S) -> Result<Found, Stop<S::Error>> {
        let found = self.central(source)?;
        let name = &found[CENTRAL_SIZE..];
        let path =
            std::str::from_utf8(name).map_err(|_| self.differs(name, "central", "name (not UTF-8)"))?;
        let method = match u16_at(&found, 10) {
            0 => Method::Stored,
            8 => Method::Deflate,
            _ => return Err(self.differs(name, "central", "method").into()),
        };
        let packed_start = self.local + (LOCAL_SIZE + name.len()) as u64;
        let packed_end = packed_start + u64::from(u32_at(&found, 20));
        if packed_end > self.start {
            return Err(self.cut_off("local").into());
        }
        let entry = Found {
            path: path.to_owned(),
            method,
            crc32: u32_at(&found, 16),
            size: u32_at(&found, 24),
            packed: packed_start..packed_end,
        };
        let header = entry.header();
        if let Some(field) = difference(&found, &header.central(self.local as u32), CENTRAL_FIELDS) {
            return Err(self.differs(name, "central", field).into());
        }
        let local = hold(source, self.local, packed_start - self.local).map_err(Stop::Source)?;
        if let Some(field) = difference(&local, &header.local(), LOCAL_FIELDS) {
            return Err(self.differs(name, "local", field).into());
        }
        if !header.has_possible_sizes() {
            return Err(ZipError::Sizes {
                entry: self.number,
                path: path.to_owned(),
                size: entry.size,
                packed: entry.packed_size(),
            }
            .into());
        }
        Ok(entry)
    }
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
    use proptest::prelude::*;

    use super::super::Entry;
    use super::*;
    use crate::source::tests::{Broken, Drip};

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
            let found = read(&bytes, &mut Checks::new()).unwrap();
            let found: Vec<_> = found.iter().map(|found| found.entry(&bytes).unwrap()).collect();
            prop_assert_eq!(&found, &entries);
        }

        #[test]
        fn blocks_of_any_size_and_a_slice_are_read_alike(noise in any::<Vec<u8>>(), block in 1..80usize, readable in any::<u16>()) {
            let bytes = write(&[entry("mimetype", b"x"), entry("data/a", &noise)]);
            let (mut whole, mut parts) = (Checks::new(), Checks::new());
            let found = read(&bytes, &mut whole);
            let size = bytes.len() as u64;
            let mut drip = Drip { bytes: &bytes, block, readable: size };
            prop_assert_eq!(read_from(&mut drip, &mut parts), Ok(found));
            prop_assert_eq!(whole, parts);
            // What can't be read is an error, and no finding.
            let mut drip = Drip { bytes: &bytes, block, readable: u64::from(readable) % (size - END_SIZE as u64) };
            prop_assert_eq!(read_from(&mut drip, &mut Checks::new()), Err(Broken));
        }

        #[test]
        fn any_bytes_are_judged_without_panic(noise in any::<Vec<u8>>(), at in any::<u16>(), value in any::<u32>()) {
            let _ = directory(&mut noise.as_slice());
            // Damage a valid archive by a whole number, so that sizes and offsets lead far away.
            let mut bytes = write(&[entry("mimetype", b"x"), entry("data/a", &noise)]);
            let at = usize::from(at) % (bytes.len() - 4);
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            if let Ok(found) = directory(&mut bytes.as_slice()) {
                let entries: Vec<_> = found.iter().map(|found| found.entry(&bytes).unwrap()).collect();
                prop_assert_eq!(write(&entries), bytes);
            }
        }
    }
}
