//! Packs payload files and writes the archive.
//!
//! The ZIP is written here and not by the crate `zip`, because that crate pins neither "version made by" nor "version
//! needed", and cannot take bytes that are packed already: the packing list must be known before the signatures, the
//! archive comes after. The headers are those of `backproof_verify::zip`, which the strict reader compares with.

use std::io::{self, Write};

use backproof_verify::zip::{Entry, Method, end_record};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// The level of DEFLATE; `backproof_verify::packing::COMPRESSOR` tells the reader.
const LEVEL: u32 = 6;

/// A payload file, ready for the archive.
#[derive(Debug, Clone)]
pub(super) struct PackedFile {
    pub(super) path: String,
    method: Method,
    crc32: u32,
    size: u32,
    packed: Vec<u8>,
}

impl PackedFile {
    /// Packs `content`: deflated where that is smaller and not suspiciously so (`RATIO_MAX`), stored otherwise.
    /// `size` is the content's length, which the caller found to fit.
    pub(super) fn new(path: String, content: Vec<u8>, size: u32) -> Self {
        let crc32 = crc32(&content);
        let packed = deflate(&content);
        let mut file = Self {
            path,
            method: Method::Deflate,
            crc32,
            size,
            packed,
        };
        if file.packed.len() >= content.len() || !file.entry().has_possible_sizes() {
            file.method = Method::Stored;
            file.packed = content;
        }
        file
    }

    /// The entry that the archive has for it.
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            path: &self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed: &self.packed,
        }
    }
}

/// The entry of a tag file, which is always stored; `None` when it is too large for the format.
pub(super) fn stored<'a>(path: &'a str, content: &'a [u8]) -> Option<Entry<'a>> {
    Some(Entry {
        path,
        method: Method::Stored,
        crc32: crc32(content),
        size: u32::try_from(content.len()).ok()?,
        packed: content,
    })
}

/// Writes the archive: entries, central directory, end record.
///
/// # Errors
/// Those of `out`, and `FileTooLarge` for an archive of 4 GiB or more or with more than 65,535 entries.
pub(super) fn write(entries: &[Entry<'_>], out: &mut impl Write) -> io::Result<()> {
    let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
    let (mut directory, mut offset) = (Vec::new(), 0u64);
    for entry in entries {
        directory.extend(entry.central_header(u32::try_from(offset).map_err(too_large)?));
        let header = entry.local_header();
        out.write_all(&header)?;
        out.write_all(entry.packed)?;
        offset += (header.len() + entry.packed.len()) as u64;
    }
    let start = u32::try_from(offset).map_err(too_large)?;
    let size = u32::try_from(directory.len()).map_err(too_large)?;
    let count = u16::try_from(entries.len()).map_err(too_large)?;
    let end = end_record(count, size, start);
    if offset + (directory.len() + end.len()) as u64 > super::BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    out.write_all(&directory)?;
    out.write_all(&end)?;
    out.flush()
}

fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::new(LEVEL), false);
    let mut packed = Vec::with_capacity(content.len() / 4 + 64);
    loop {
        let rest = &content[stream.total_in() as usize..];
        let status = stream.compress_vec(rest, &mut packed, FlushCompress::Finish);
        match status.expect("invariant: a fresh deflate stream takes any bytes") {
            Status::StreamEnd => return packed,
            Status::Ok | Status::BufError => packed.reserve(packed.capacity().max(64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use backproof_verify::unpack::unpack;

    use super::*;

    fn check(content: Vec<u8>, method: Method) {
        let size = content.len() as u32;
        let file = PackedFile::new("data/a".to_owned(), content.clone(), size);
        let mut unpacked = Vec::new();
        unpack(&file.entry(), |block| unpacked.extend_from_slice(block)).unwrap();
        assert_eq!((file.method, unpacked == content), (method, true));
        assert!(file.entry().has_possible_sizes());
    }

    #[test]
    fn a_file_is_deflated_only_where_that_helps() {
        check(b"".to_vec(), Method::Stored);
        check(b"abc".to_vec(), Method::Stored);
        check(
            (0..200_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect(),
            Method::Deflate,
        );
        // A thousandfold ratio would look like a bomb to other readers.
        check(vec![0; 1 << 20], Method::Stored);
    }
}
