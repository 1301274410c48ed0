//! The packing list: pins how the payload is packed, not only what it unpacks to.
//!
//! One content has many DEFLATE encodings: a match may point at another equal place, and the last byte may have unused
//! bits. No digest over the content sees such a change, but an altered archive must be found out. The list has a line
//! for each payload entry, in the order of the archive,
//! ```text
//! <method: 0 or 8> <packed size> <CRC-32 of the packed bytes, 8 hexadecimal digits>  <path>
//! ```
//! and its SHA-256 stands in `bag-info.txt`, which the signatures cover. CRC-32 is enough here and nearly free: it sees
//! every change of one byte, and the content itself is held by SHA-256. Tag files need no line: they are stored.

use flate2::Crc;

use crate::digest::Sha256Digest;
use crate::source::{Source, each_block};
use crate::zip::{Entry, Found, Method};

/// What the writer of this version packs with, as it stands in `bag-info.txt`.
pub const COMPRESSOR: &str = "deflate level 6 by zlib-rs";

/// The digest of the packing list over the payload's entries, in the order of the archive.
pub fn digest<'a>(payload: impl IntoIterator<Item = &'a Entry<'a>>) -> Sha256Digest {
    let line = |entry: &Entry<'_>| {
        let crc32 = match entry.method {
            // Packed and unpacked bytes are the same, and unpacking compares them with this checksum.
            Method::Stored => entry.crc32,
            Method::Deflate => {
                let mut crc = Crc::new();
                crc.update(entry.packed);
                crc.sum()
            }
        };
        line(entry.path, entry.method, entry.packed.len() as u64, crc32)
    };
    let list: String = payload.into_iter().map(line).collect();
    Sha256Digest::of(list.as_bytes())
}

/// The same over entries of an archive that is read part by part.
pub(crate) fn digest_from<S: Source>(source: &mut S, payload: &[Found]) -> Result<Sha256Digest, S::Error> {
    let mut list = String::new();
    for entry in payload {
        let crc32 = match entry.method {
            Method::Stored => entry.crc32,
            Method::Deflate => {
                let mut crc = Crc::new();
                each_block(source, entry.packed.start, entry.packed_size(), |block| {
                    crc.update(block);
                })?;
                crc.sum()
            }
        };
        list.push_str(&line(&entry.path, entry.method, entry.packed_size(), crc32));
    }
    Ok(Sha256Digest::of(list.as_bytes()))
}

fn line(path: &str, method: Method, packed_size: u64, crc32: u32) -> String {
    format!("{} {packed_size} {crc32:08x}  {path}\n", method.number())
}
