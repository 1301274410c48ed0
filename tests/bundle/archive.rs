//! Takes an archive apart, and puts it together again with correct headers around what an attacker altered.

use backproof_verify::canonical;
use backproof_verify::check::Checks;
use backproof_verify::layout;
use backproof_verify::zip::{self, Entry, Method, end_record};
use flate2::{Compress, Compression, Crc, FlushCompress};
use serde_json::Value;

use crate::build;

/// An archive taken apart, to be altered and put together again with correct headers.
#[derive(Clone)]
pub(crate) struct Archive(pub(crate) Vec<File>);

#[derive(Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) method: Method,
    pub(crate) crc32: u32,
    pub(crate) size: u32,
    pub(crate) packed: Vec<u8>,
}

impl File {
    pub(crate) fn stored(path: &str, content: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            method: Method::Stored,
            crc32: crc32(content),
            size: content.len() as u32,
            packed: content.to_vec(),
        }
    }

    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry {
            path: &self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed: &self.packed,
        }
    }
}

impl Archive {
    pub(crate) fn new() -> Self {
        Self::of(&build())
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let found = zip::read(bytes, &mut Checks::new()).unwrap();
        let entries = found.iter().map(|found| found.entry(bytes).unwrap());
        let file = |entry: Entry<'_>| File {
            path: entry.path.to_owned(),
            method: entry.method,
            crc32: entry.crc32,
            size: entry.size,
            packed: entry.packed.to_vec(),
        };
        Self(entries.map(file).collect())
    }

    pub(crate) fn file(&mut self, path: &str) -> &mut File {
        self.0.iter_mut().find(|file| file.path == path).unwrap()
    }

    pub(crate) fn content(&mut self, path: &str) -> String {
        assert_eq!(self.file(path).method, Method::Stored);
        String::from_utf8(self.file(path).packed.clone()).unwrap()
    }

    /// Replaces a stored file's content.
    pub(crate) fn set(&mut self, path: &str, content: &[u8]) {
        *self.file(path) = File::stored(path, content);
    }

    pub(crate) fn alter_text(mut self, path: &str, from: &str, to: &str) -> Vec<u8> {
        let text = self.content(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.set(path, text.replacen(from, to, 1).as_bytes());
        self.write()
    }

    pub(crate) fn alter_manifest(mut self, alter: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut manifest = serde_json::from_str(&self.content(layout::MANIFEST)).unwrap();
        alter(&mut manifest);
        self.set(layout::MANIFEST, &canonical::encode(&manifest).unwrap());
        self.write()
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        self.write_with_gap(b"")
    }

    /// Writes the archive with `gap` between the last entry and the central directory.
    pub(crate) fn write_with_gap(&self, gap: &[u8]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for file in &self.0 {
            directory.extend(file.entry().central_header(out.len() as u32));
            out.extend(file.entry().local_header());
            out.extend(&file.packed);
        }
        out.extend(gap);
        let start = out.len() as u32;
        out.extend(&directory);
        out.extend(end_record(self.0.len() as u16, directory.len() as u32, start));
        out
    }
}

pub(crate) fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

pub(crate) fn deflate(content: &[u8], level: u32) -> Vec<u8> {
    let mut packed = Vec::with_capacity(content.len() + 1024);
    let mut stream = Compress::new(Compression::new(level), false);
    stream
        .compress_vec(content, &mut packed, FlushCompress::Finish)
        .unwrap();
    packed
}
