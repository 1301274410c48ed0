//! A small bundle, sealed by the house; taken apart, altered and sealed anew, or only written with correct headers.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use backproof_verify::bagit::{self, BagInfo};
use backproof_verify::canonical;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::{
    AskedAuthority, Control, File as Listed, Manifest, Period, Previous, Report, SCHEMA, State, TREE_HASH,
    Tool, Tree, leaf,
};
use backproof_verify::sums::{self, Sums};
use backproof_verify::zip::{Entry, Method, end_record};
use backproof_verify::{asic, layout, merkle, packing};
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::asn1::Der;
use super::pdf::{Parts, Signs};

pub(super) const TAR: &str = "data/evidence/aws-backup.tar";
pub(super) const RESULTS: &str = "data/results.json";

/// An entry of an archive, altered or not.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) method: Method,
    pub(super) crc32: u32,
    pub(super) size: u32,
    pub(super) packed: Vec<u8>,
}

impl File {
    pub(super) fn stored(path: &str, content: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            method: Method::Stored,
            crc32: crc32(content),
            size: content.len() as u32,
            packed: content.to_vec(),
        }
    }

    pub(super) fn deflated(path: &str, content: &[u8]) -> Self {
        let packed = deflate(content, 6);
        Self {
            method: Method::Deflate,
            packed,
            ..Self::stored(path, content)
        }
    }

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

/// The raw evidence of the bundle: repetitive, so that it packs.
pub(super) fn evidence() -> Vec<u8> {
    (0..48)
        .map(|n| format!("{{\"BackupJobId\":\"J-{n:04}\",\"State\":\"COMPLETED\"}}\n"))
        .collect::<String>()
        .into_bytes()
}

/// The bundle as it should be, before it is signed.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) report: Vec<u8>,
    pub(super) unsigned_size: usize,
    pub(super) previous: Option<Previous>,
    pub(super) time_stamps: Vec<AskedAuthority>,
    pub(super) more: Vec<File>,
}

impl Draft {
    /// The quarter's bundle, with a report that `sign` certifies.
    pub(super) fn new(id: &str, sign: Signs<'_>) -> Self {
        let parts = Parts::proper();
        Self {
            id: id.to_owned(),
            unsigned_size: parts.base.len(),
            report: parts.signed(sign),
            previous: None,
            time_stamps: Vec::new(),
            more: Vec::new(),
        }
    }

    fn payload(&self) -> Vec<File> {
        let mut payload = vec![
            File::deflated(TAR, &evidence()),
            File::stored(layout::REPORT, &self.report),
            File::stored(RESULTS, b"{\"schema\":\"backproof.results/v1\"}"),
        ];
        payload.extend(self.more.iter().cloned());
        payload.sort_by(|a, b| a.path.cmp(&b.path));
        payload
    }

    pub(super) fn manifest(&self) -> Manifest {
        let files: Vec<_> = (0..)
            .zip(self.payload())
            .map(|(index, file)| {
                let salt = *Sha256Digest::of(format!("{} {index}", self.id).as_bytes()).as_bytes();
                let sha256 = Sha256Digest::of(&content(&file));
                let size = u64::from(file.size);
                Listed {
                    index,
                    leaf: leaf(&file.path, &sha256, size, &salt),
                    path: file.path,
                    sha256,
                    size,
                    salt,
                }
            })
            .collect();
        let leaves: Vec<_> = files.iter().map(|file| file.leaf).collect();
        Manifest {
            schema: SCHEMA.to_owned(),
            bundle_id: self.id.clone(),
            entity: "luma".to_owned(),
            period: Period {
                start: "2026-07-01T00:00:00Z".to_owned(),
                end: "2026-10-01T00:00:00Z".to_owned(),
            },
            tool: Tool {
                name: "backproof".to_owned(),
                version: "0.1.0".to_owned(),
            },
            previous: self.previous.clone(),
            report: Report {
                unsigned_sha256: Sha256Digest::of(&self.report[..self.unsigned_size]),
                unsigned_size: self.unsigned_size as u64,
            },
            time_stamps: self.time_stamps.clone(),
            tree: Tree {
                hash: TREE_HASH.to_owned(),
                size: leaves.len() as u64,
                root: merkle::root(&leaves),
            },
            files,
            controls: vec![Control {
                id: "164.308(a)(7)(ii)(A)".to_owned(),
                state: State::Exception,
                evidence: vec![0],
            }],
        }
    }

    /// Seals the bundle around a manifest, which may say what it should not.
    pub(super) fn sealed(&self, manifest: &serde_json::Value, sign: Signs<'_>) -> Result<Archive> {
        let payload = self.payload();
        let entries: Vec<_> = payload.iter().map(File::entry).collect();
        let info = BagInfo {
            software_agent: "backproof 0.1.0".to_owned(),
            external_identifier: self.id.clone(),
            payload_bytes: payload.iter().map(|file| u64::from(file.size)).sum(),
            payload_files: payload.len() as u64,
            compressor: packing::COMPRESSOR.to_owned(),
            packing: packing::digest(&entries),
            blinding: Sha256Digest::of(format!("{} blinding", self.id).as_bytes()),
        };
        let text = |text: &str| text.as_bytes().to_vec();
        let mut archive = Archive(
            [
                (layout::MIMETYPE, text(layout::ASIC_E)),
                (layout::VERIFY_TEXT, text("A vector: never to be trusted.\n")),
                (
                    layout::VERIFY_PAGE,
                    text("<!doctype html><title>A vector: never to be trusted</title>\n"),
                ),
                (layout::BAG_DECLARATION, text(bagit::DECLARATION)),
                (layout::BAG_INFO, info.encode()),
                (layout::MANIFEST, canonical::encode(manifest)?),
                (
                    layout::CHECKPOINT,
                    text(&self.manifest().checkpoint().to_string()),
                ),
            ]
            .iter()
            .map(|(path, content)| File::stored(path, content))
            .collect(),
        );
        archive.0.extend(payload);
        archive.seal(sign)?;
        Ok(archive)
    }
}

/// An archive taken apart.
#[derive(Clone)]
pub(super) struct Archive(pub(super) Vec<File>);

impl Archive {
    pub(super) fn file(&mut self, path: &str) -> &mut File {
        self.0
            .iter_mut()
            .find(|file| file.path == path)
            .unwrap_or_else(|| panic!("{path} is in the bundle"))
    }

    pub(super) fn set(&mut self, path: &str, content: &[u8]) {
        *self.file(path) = File::stored(path, content);
    }

    /// Replaces a text in a stored file, which must have it.
    pub(super) fn edit(&mut self, path: &str, old: &str, new: &str) {
        let text = String::from_utf8_lossy(&self.file(path).packed).into_owned();
        assert!(text.contains(old), "{path} has no {old:?}");
        self.set(path, text.replacen(old, new, 1).as_bytes());
    }

    /// Makes lists and signatures anew over whatever is in the archive: what an attacker does who can sign.
    pub(super) fn seal(&mut self, sign: Signs<'_>) -> Result<()> {
        let made = [
            layout::BAG_MANIFEST,
            layout::SUMS,
            layout::SUMS_SIGNATURE,
            layout::TAG_MANIFEST,
            layout::ASIC_MANIFEST,
            layout::ASIC_SIGNATURE,
        ];
        self.0.retain(|file| !made.contains(&file.path.as_str()));
        let digest = |file: &File| (file.path.clone(), Sha256Digest::of(&content(file)));
        let mut digests: Sums = self.0.iter().map(digest).collect();
        let is_payload = |path: &str| layout::tag_file(path).is_none();
        let payload: Sums = digests
            .iter()
            .filter(|(path, _)| is_payload(path))
            .map(|(path, digest)| (path.clone(), *digest))
            .collect();
        let mut put = |path: &str, bytes: Vec<u8>, digests: &mut Sums| {
            digests.insert(path.to_owned(), Sha256Digest::of(&bytes));
            self.0.push(File::stored(path, &bytes));
        };
        put(layout::BAG_MANIFEST, sums::encode(&payload), &mut digests);
        let in_sums = |path: &str| layout::tag_file(path).is_none_or(|(_, tag)| tag.in_sums);
        let listed: Sums = digests
            .iter()
            .filter(|(path, _)| in_sums(path))
            .map(|(path, digest)| (path.clone(), *digest))
            .collect();
        let list = sums::encode(&listed);
        put(layout::SUMS_SIGNATURE, sign(&list), &mut digests);
        put(layout::SUMS, list, &mut digests);
        let container = asic::manifest(&digests).context("a root is missing")?;
        put(layout::ASIC_SIGNATURE, sign(&container), &mut digests);
        put(layout::ASIC_MANIFEST, container, &mut digests);
        self.list_tags();
        Ok(())
    }

    /// Makes the tag manifest anew, which nothing signs, and puts the entries in order.
    pub(super) fn list_tags(&mut self) {
        self.0.retain(|file| file.path != layout::TAG_MANIFEST);
        let tags = self
            .0
            .iter()
            .filter(|file| layout::tag_file(&file.path).is_some());
        let tags: Sums = tags
            .map(|file| (file.path.clone(), Sha256Digest::of(&file.packed)))
            .collect();
        self.0
            .push(File::stored(layout::TAG_MANIFEST, &sums::encode(&tags)));
        self.0.sort_by_key(|file| {
            let place = layout::tag_file(&file.path).map_or(usize::MAX, |(place, _)| place);
            (place, file.path.clone())
        });
    }

    /// Writes the archive with correct headers.
    pub(super) fn write(&self) -> Vec<u8> {
        self.write_around(b"", b"")
    }

    /// Writes it with `before` before the first entry and `gap` between the last entry and the central directory.
    pub(super) fn write_around(&self, before: &[u8], gap: &[u8]) -> Vec<u8> {
        let (mut out, mut directory) = (before.to_vec(), Vec::new());
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

/// The house's bundle, signed by `sign` throughout.
pub(super) fn bundle(id: &str, sign: Signs<'_>) -> Result<Archive> {
    let draft = Draft::new(id, sign);
    let manifest = serde_json::to_value(draft.manifest())?;
    draft.sealed(&manifest, sign)
}

/// Signs with what each content calls for.
pub(super) fn by_content<'a>(
    signers: BTreeMap<&'static str, Signs<'a>>,
    usual: Signs<'a>,
) -> impl Fn(&[u8]) -> Der + 'a {
    move |content| {
        let own = signers
            .iter()
            .find(|(start, _)| content.starts_with(start.as_bytes()));
        own.map_or(usual, |(_, sign)| *sign)(content)
    }
}

/// What an entry unpacks to.
fn content(file: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    match backproof_verify::unpack::unpack(&file.entry(), |block| bytes.extend_from_slice(block)) {
        Ok(()) => bytes,
        Err(_) => file.packed.clone(),
    }
}

fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

pub(super) fn deflate(content: &[u8], level: u32) -> Vec<u8> {
    let mut packed = Vec::with_capacity(content.len() + 1024);
    let mut stream = Compress::new(Compression::new(level), false);
    stream
        .compress_vec(content, &mut packed, FlushCompress::Finish)
        .expect("invariant: there is room");
    packed
}
