//! The ZIP profile of a bundle: one way to write it, and a reader that accepts nothing else.
//!
//! An archive holds, from its first byte: each entry's local header and packed bytes, the central directory, the end
//! record; nothing before, between or after. Every field that does not describe content is pinned (time 1980-01-01,
//! regular file with mode 0644, no flags, no extra field, no comment, no ZIP64, one disk). The reader generates each
//! header anew from the five values that may vary and compares bytes, so `write(read(bytes)) == bytes` and no two
//! readers can see different files in it.
//!
//! Reference: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use crate::check::{Checks, Code};
use crate::layout;

/// How an entry's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Raw DEFLATE (RFC 1951).
    Deflate,
}

impl Method {
    /// The number that ZIP has for it.
    pub const fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflate => 8,
        }
    }
}

/// A deflated entry may unpack to at most this many times its packed size: EU DSS refuses more, and it bounds the work.
pub const RATIO_MAX: u64 = 100;

/// One entry: the values that may vary from entry to entry, and its packed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The path in the archive.
    pub path: &'a str,
    /// How it is packed.
    pub method: Method,
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
    /// Number of unpacked bytes.
    pub size: u32,
    /// The bytes as they stand in the archive.
    pub packed: &'a [u8],
}

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

const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
const END_SIGNATURE: u32 = 0x0605_4b50;
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
const END_SIZE: usize = 22;
/// Unix, version 2.0 of the specification: DEFLATE and folders.
const VERSION_MADE_BY: u16 = 0x0314;
const VERSION_NEEDED: u16 = 20;
/// Midnight of 1980-01-01, the earliest that ZIP can say.
const TIME: u16 = 0;
const DATE: u16 = 0x0021;
/// A regular file, `rw-r--r--`.
const EXTERNAL_ATTRIBUTES: u32 = 0o100_644 << 16;

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

impl Entry<'_> {
    /// The local header, which stands before the packed bytes.
    ///
    /// The packed bytes and the path must be shorter than 4 GiB and 64 KiB: the reader's slices and the writer's limits
    /// see to it.
    pub fn local_header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(LOCAL_SIZE + self.path.len());
        header.extend(LOCAL_SIGNATURE.to_le_bytes());
        self.put_shared_fields(&mut header);
        header.extend(self.path.as_bytes());
        header
    }

    /// The header in the central directory; `offset` is where the local header begins.
    pub fn central_header(&self, offset: u32) -> Vec<u8> {
        let mut header = Vec::with_capacity(CENTRAL_SIZE + self.path.len());
        header.extend(CENTRAL_SIGNATURE.to_le_bytes());
        header.extend(VERSION_MADE_BY.to_le_bytes());
        self.put_shared_fields(&mut header);
        // Comment length, disk, internal attributes.
        header.extend([0; 6]);
        header.extend(EXTERNAL_ATTRIBUTES.to_le_bytes());
        header.extend(offset.to_le_bytes());
        header.extend(self.path.as_bytes());
        header
    }

    /// Version needed up to extra field length: the 26 bytes that both headers have.
    fn put_shared_fields(&self, header: &mut Vec<u8>) {
        header.extend(VERSION_NEEDED.to_le_bytes());
        // No flags: names are ASCII, sizes stand in the local header, nothing is encrypted.
        header.extend(0u16.to_le_bytes());
        header.extend(self.method.number().to_le_bytes());
        header.extend(TIME.to_le_bytes());
        header.extend(DATE.to_le_bytes());
        header.extend(self.crc32.to_le_bytes());
        header.extend((self.packed.len() as u32).to_le_bytes());
        header.extend(self.size.to_le_bytes());
        header.extend((self.path.len() as u16).to_le_bytes());
        header.extend(0u16.to_le_bytes());
    }

    /// Whether the sizes can belong to the method.
    pub fn has_possible_sizes(&self) -> bool {
        let (size, packed) = (u64::from(self.size), self.packed.len() as u64);
        match self.method {
            Method::Stored => size == packed,
            Method::Deflate => size > 0 && size <= packed.saturating_mul(RATIO_MAX),
        }
    }
}

/// The end record.
pub fn end_record(entries: u16, directory_size: u32, directory_offset: u32) -> Vec<u8> {
    let mut record = Vec::with_capacity(END_SIZE);
    record.extend(END_SIGNATURE.to_le_bytes());
    // This disk, and the disk with the central directory.
    record.extend([0; 4]);
    record.extend(entries.to_le_bytes());
    record.extend(entries.to_le_bytes());
    record.extend(directory_size.to_le_bytes());
    record.extend(directory_offset.to_le_bytes());
    // Comment length.
    record.extend([0; 2]);
    record
}

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
    let mut seen = std::collections::BTreeSet::new();
    let mut sound = true;
    for entry in &entries {
        let problem = if layout::tag_file(entry.path).is_none() && !layout::is_payload_path(entry.path) {
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
