//! Unpacks an entry in blocks, never beyond its declared size.
//!
//! Invariant: the caller compares the declared size with a limit or with the signed size before it unpacks, so memory
//! and work are bounded by what was signed and not by what the archive claims. What comes out has exactly the declared
//! size and CRC-32, and every packed byte was used.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::source::{Source, each_block};
use crate::zip::{Entry, Found, Method};

/// Why an entry does not unpack to what it declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// The DEFLATE stream is damaged.
    #[error("damaged deflate stream after {0} bytes")]
    Damaged(u64),
    /// The stream goes on beyond the declared size.
    #[error("unpacks to more than the declared {0} bytes")]
    TooLong(u32),
    /// The stream ends before the declared size.
    #[error("unpacks to {found} of the declared {declared} bytes")]
    TooShort {
        /// What it unpacked to.
        found: u64,
        /// What the header says.
        declared: u32,
    },
    /// Packed bytes follow the end of the stream.
    #[error("{0} packed bytes after the end of the deflate stream")]
    Leftover(u64),
    /// The unpacked bytes have another checksum.
    #[error("crc-32 is {found:08x}, declared is {declared:08x}")]
    Crc {
        /// The checksum of the unpacked bytes.
        found: u32,
        /// What the header says.
        declared: u32,
    },
}

/// Large enough to make the calls cheap, small enough to stay in a core's cache.
const BLOCK: usize = 64 << 10;

/// Unpacks `entry` and hands its bytes to `sink`, block by block.
///
/// # Errors
/// Every way in which the content is not what the header declares. The sink may have seen a part by then.
pub fn unpack(entry: &Entry<'_>, sink: impl FnMut(&[u8])) -> Result<(), UnpackError> {
    let found = Found {
        path: entry.path.to_owned(),
        method: entry.method,
        crc32: entry.crc32,
        size: entry.size,
        packed: 0..entry.packed.len() as u64,
    };
    let mut packed = entry.packed;
    let Ok(outcome) = unpack_from(&mut packed, &found, sink);
    outcome
}

/// The same for an entry of an archive that is read part by part.
///
/// # Errors
/// The outer ones are the source's; the inner ones those of [`unpack`].
pub fn unpack_from<S: Source>(
    source: &mut S,
    entry: &Found,
    mut sink: impl FnMut(&[u8]),
) -> Result<Result<(), UnpackError>, S::Error> {
    let mut crc = Crc::new();
    let mut take = |block: &[u8]| {
        crc.update(block);
        sink(block);
    };
    let whole = match entry.method {
        Method::Stored => {
            each_block(source, entry.packed.start, entry.packed_size(), take)?;
            Ok(())
        }
        Method::Deflate => inflate(source, entry, &mut take)?,
    };
    Ok(whole.and_then(|()| match crc.sum() {
        found if found == entry.crc32 => Ok(()),
        found => Err(UnpackError::Crc {
            found,
            declared: entry.crc32,
        }),
    }))
}

fn inflate<S: Source>(
    source: &mut S,
    entry: &Found,
    mut sink: impl FnMut(&[u8]),
) -> Result<Result<(), UnpackError>, S::Error> {
    let (declared, packed) = (u64::from(entry.size), entry.packed_size());
    let mut stream = Decompress::new(false);
    let mut block = vec![0; BLOCK];
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = if read < packed {
            source.at(entry.packed.start + read)?
        } else {
            &[]
        };
        let wanted = usize::try_from(packed - read).unwrap_or(usize::MAX);
        let rest = rest.get(..wanted).unwrap_or(rest);
        let Ok(status) = stream.decompress(rest, &mut block, FlushDecompress::None) else {
            return Ok(Err(UnpackError::Damaged(written)));
        };
        let found = stream.total_out();
        if found > declared {
            return Ok(Err(UnpackError::TooLong(entry.size)));
        }
        sink(&block[..(found - written) as usize]);
        if status == Status::StreamEnd {
            break;
        }
        if stream.total_in() == read && found == written {
            return Ok(Err(UnpackError::Damaged(found)));
        }
    }
    if stream.total_out() < declared {
        return Ok(Err(UnpackError::TooShort {
            found: stream.total_out(),
            declared: entry.size,
        }));
    }
    Ok(match packed - stream.total_in() {
        0 => Ok(()),
        leftover => Err(UnpackError::Leftover(leftover)),
    })
}
