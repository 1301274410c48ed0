//! Where the bytes come from: a slice that is held, or a file that is read part by part because it may be larger than memory.
//!
//! A source that fails ends the verification with its error: what could not be read was not verified. A slice can't fail, and its
//! error type says so.

use std::convert::Infallible;

/// Bytes that can be read from any offset on.
pub trait Source {
    /// Why bytes could not be read.
    type Error;

    /// The number of bytes.
    fn size(&self) -> u64;

    /// The bytes from `offset` on, as many as are at hand: at least one where `offset` lies before the end, none behind it.
    ///
    /// # Errors
    /// The bytes are there by [`Source::size`], and can't be read.
    fn at(&mut self, offset: u64) -> Result<&[u8], Self::Error>;
}

impl Source for &[u8] {
    type Error = Infallible;

    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn at(&mut self, offset: u64) -> Result<&[u8], Infallible> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(self.get(offset..).unwrap_or_default())
    }
}

/// Hands the `length` bytes from `offset` on to `sink`, block by block; fewer where the source ends.
///
/// # Errors
/// Those of the source.
pub fn each_block<S: Source>(
    source: &mut S,
    mut offset: u64,
    length: u64,
    mut sink: impl FnMut(&[u8]),
) -> Result<(), S::Error> {
    let end = offset.saturating_add(length).min(source.size());
    while offset < end {
        let block = source.at(offset)?;
        assert!(!block.is_empty(), "a source has a byte before its end");
        let wanted = usize::try_from(end - offset).unwrap_or(usize::MAX);
        let block = block.get(..wanted).unwrap_or(block);
        sink(block);
        offset += block.len() as u64;
    }
    Ok(())
}

/// The `length` bytes from `offset` on, held; fewer where the source ends. The caller has compared `length` with a limit.
///
/// # Errors
/// Those of the source.
pub fn hold<S: Source>(source: &mut S, offset: u64, length: u64) -> Result<Vec<u8>, S::Error> {
    let mut held = Vec::new();
    each_block(source, offset, length, |block| held.extend_from_slice(block))?;
    Ok(held)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The same bytes, never more than a few at a time, and unreadable from a place on.
    pub(crate) struct Drip<'a> {
        pub(crate) bytes: &'a [u8],
        pub(crate) block: usize,
        pub(crate) readable: u64,
    }

    #[derive(Debug, PartialEq, Eq)]
    pub(crate) struct Broken;

    impl Source for Drip<'_> {
        type Error = Broken;

        fn size(&self) -> u64 {
            self.bytes.len() as u64
        }

        fn at(&mut self, offset: u64) -> Result<&[u8], Broken> {
            if offset >= self.readable {
                return Err(Broken);
            }
            let rest = &self.bytes[offset as usize..];
            Ok(&rest[..rest.len().min(self.block)])
        }
    }

    #[test]
    fn bytes_come_in_any_blocks_and_never_beyond_the_end() {
        let bytes = b"0123456789";
        for block in 1..12 {
            let readable = 10;
            let mut drip = Drip {
                bytes,
                block,
                readable,
            };
            assert_eq!(hold(&mut drip, 3, 4), Ok(b"3456".to_vec()));
            assert_eq!(hold(&mut drip, 8, u64::MAX), Ok(b"89".to_vec()));
            assert_eq!(hold(&mut drip, 10, 4), Ok(Vec::new()));
        }
        let (block, readable) = (2, 5);
        assert_eq!(
            hold(
                &mut Drip {
                    bytes,
                    block,
                    readable
                },
                3,
                4
            ),
            Err(Broken)
        );
    }
}
