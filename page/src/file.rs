//! The file that was dropped on the page, seen through a window that moves over it.

use backproof_verify::source::Source;

/// How much is read at a time, in bytes: a call to the browser costs a good deal more than a copy.
const WINDOW: u64 = 4 << 20;

/// The file could not be read: it was moved, changed or taken away since it was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file could not be read to its end: it was moved, changed or taken away since it was chosen")]
pub struct Unreadable;

/// Whoever has the bytes.
pub trait ReadAt {
    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Fewer bytes came than were asked for.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Unreadable>;
}

/// A file of a known size.
#[derive(Debug)]
pub struct File<R> {
    reader: R,
    size: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl<R: ReadAt> File<R> {
    /// The file of `size` bytes that `reader` has.
    pub fn new(reader: R, size: u64) -> Self {
        Self {
            reader,
            size,
            window: Vec::new(),
            window_at: 0,
        }
    }
}

impl<R: ReadAt> Source for File<R> {
    type Error = Unreadable;

    fn size(&self) -> u64 {
        self.size
    }

    fn at(&mut self, offset: u64) -> Result<&[u8], Unreadable> {
        if offset >= self.size {
            return Ok(&[]);
        }
        let window_end = self.window_at + self.window.len() as u64;
        if offset < self.window_at || offset >= window_end {
            let length = WINDOW.min(self.size - offset);
            let length = usize::try_from(length).map_err(|_| Unreadable)?;
            self.window.resize(length, 0);
            self.window_at = offset;
            if let Err(unreadable) = self.reader.read_at(offset, &mut self.window) {
                self.window.clear();
                return Err(unreadable);
            }
        }
        let within = usize::try_from(offset - self.window_at).map_err(|_| Unreadable)?;
        Ok(&self.window[within..])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use backproof_verify::source::hold;

    use super::*;

    /// A file that is held, of which some may have gone.
    pub(crate) struct Held(pub(crate) Vec<u8>);

    impl ReadAt for Held {
        fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Unreadable> {
            let start = usize::try_from(offset).unwrap();
            let bytes = self.0.get(start..start + into.len()).ok_or(Unreadable)?;
            into.copy_from_slice(bytes);
            Ok(())
        }
    }

    #[test]
    fn the_window_moves_both_ways_and_a_shorter_file_is_an_error() {
        let bytes: Vec<u8> = (0..WINDOW * 2 + 77).map(|n| (n % 251) as u8).collect();
        let size = bytes.len() as u64;
        let mut file = File::new(Held(bytes.clone()), size);
        for offset in [0, WINDOW - 1, size - 3, WINDOW, 5, size] {
            let end = (offset + 9).min(size);
            let expected = &bytes[offset as usize..end as usize];
            assert_eq!(hold(&mut file, offset, 9), Ok(expected.to_vec()));
        }
        let mut shorter = File::new(Held(bytes[..1000].to_vec()), size);
        assert_eq!(hold(&mut shorter, 0, 9), Err(Unreadable));
        assert_eq!(hold(&mut shorter, 0, 9), Err(Unreadable));
    }
}
