//! The ZIP profile of a bundle: one way to write it, and a reader that accepts nothing else.
//!
//! An archive holds, from its first byte: each entry's local header and packed bytes, the central directory, the end
//! record; nothing before, between or after. Every field that does not describe content is pinned (time 1980-01-01,
//! regular file with mode 0644, no flags, no extra field, no comment, no ZIP64, one disk). The reader generates each
//! header anew from the five values that may vary and compares bytes, so `write(read(bytes)) == bytes` and no two
//! readers can see different files in it.
//!
//! Reference: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

mod read;

use std::ops::Range;

pub use read::{ZipError, read, read_from};

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

/// An entry as it was found: its values, and where its packed bytes stand in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path in the archive.
    pub path: String,
    /// How it is packed.
    pub method: Method,
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
    /// Number of unpacked bytes.
    pub size: u32,
    /// Offsets of the packed bytes.
    pub packed: Range<u64>,
}

impl Found {
    /// The number of packed bytes.
    pub fn packed_size(&self) -> u64 {
        self.packed.end - self.packed.start
    }

    /// The entry with its bytes, out of the archive that it was found in; `None` out of a shorter one.
    pub fn entry<'a>(&'a self, archive: &'a [u8]) -> Option<Entry<'a>> {
        let offset = |offset: u64| usize::try_from(offset).ok();
        Some(Entry {
            path: &self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed: archive.get(offset(self.packed.start)?..offset(self.packed.end)?)?,
        })
    }

    fn header(&self) -> Header<'_> {
        Header {
            path: &self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed_size: self.packed_size(),
        }
    }
}

/// The values that the two headers of an entry are made from.
struct Header<'a> {
    path: &'a str,
    method: Method,
    crc32: u32,
    size: u32,
    packed_size: u64,
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

impl Entry<'_> {
    /// The local header, which stands before the packed bytes.
    ///
    /// The packed bytes and the path must be shorter than 4 GiB and 64 KiB: the reader's slices and the writer's limits
    /// see to it.
    pub fn local_header(&self) -> Vec<u8> {
        self.header().local()
    }

    /// The header in the central directory; `offset` is where the local header begins.
    pub fn central_header(&self, offset: u32) -> Vec<u8> {
        self.header().central(offset)
    }

    /// Whether the sizes can belong to the method.
    pub fn has_possible_sizes(&self) -> bool {
        self.header().has_possible_sizes()
    }

    fn header(&self) -> Header<'_> {
        Header {
            path: self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed_size: self.packed.len() as u64,
        }
    }
}

impl Header<'_> {
    fn local(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(LOCAL_SIZE + self.path.len());
        header.extend(LOCAL_SIGNATURE.to_le_bytes());
        self.put_shared_fields(&mut header);
        header.extend(self.path.as_bytes());
        header
    }

    fn central(&self, offset: u32) -> Vec<u8> {
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
        header.extend((self.packed_size as u32).to_le_bytes());
        header.extend(self.size.to_le_bytes());
        header.extend((self.path.len() as u16).to_le_bytes());
        header.extend(0u16.to_le_bytes());
    }

    fn has_possible_sizes(&self) -> bool {
        let size = u64::from(self.size);
        match self.method {
            Method::Stored => size == self.packed_size,
            Method::Deflate => size > 0 && size <= self.packed_size.saturating_mul(RATIO_MAX),
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
