//! A bundle before and at its sealing.
//!
//! [`Draft::new`] computes everything that does not depend on signatures; the caller signs [`Draft::sha256sums`] and
//! [`Draft::asic_manifest`]; [`Draft::seal`] adds the signatures and writes the archive. `tagmanifest-sha256.txt`
//! digests the signatures too, so it is made last and not signed: what it says of other files the signed `SHA256SUMS`
//! says as well.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use backproof_verify::bagit::{self, BagInfo};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::{
    self, AskedAuthority, Manifest, ManifestError, Previous, Report, State, Tool,
};
use backproof_verify::sums::{self, Sums};
use backproof_verify::{asic, layout, merkle, packing};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::archive::{self, PackedFile};
use super::verify_text;

/// What a bundle says about itself, beside its payload.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The bundle's id, for instance `luma-2026-q3`: `a-z 0-9 . _ -`, unique within the entity.
    pub bundle_id: String,
    /// The entity's slug, of the same characters.
    pub entity: String,
    /// The first instant of the period.
    pub period_start: DateTime<Utc>,
    /// The first instant after the period.
    pub period_end: DateTime<Utc>,
    /// What writes the bundle.
    pub tool: Tool,
    /// The entity's bundle before this one.
    pub previous: Option<Previous>,
    /// The report before it was signed: the first revision of `data/report.pdf`.
    pub report: Report,
    /// The time stamp authorities that were asked, in that order. Where the last one did not fail, [`Signatures`] are stamped.
    pub time_stamps: Vec<AskedAuthority>,
    /// The controls, in any order.
    pub controls: Vec<ControlSummary>,
    /// Whether the signing identity is one that the tool made for itself, which `VERIFY.txt` then says.
    pub development: bool,
    /// The verifier's page, which every bundle carries ([`super::VERIFY_PAGE`]).
    pub page: &'static [u8],
    /// The secret from which the salts and the blinding are derived; another one for another payload, or what a redacted bundle
    /// discloses of one would open leaves of the other. Who knows it and a bundle's id can open every leaf of that bundle.
    pub salt_secret: [u8; 32],
}

/// A control's state and where its evidence stands.
#[derive(Debug, Clone)]
pub struct ControlSummary {
    /// The control's id, printable ASCII.
    pub id: String,
    /// Its state.
    pub state: State,
    /// Payload paths.
    pub evidence: BTreeSet<String>,
}

/// What the signer and the time stamp authority gave.
#[derive(Debug, Clone)]
pub struct Signatures {
    /// CMS over [`Draft::sha256sums`], detached, DER.
    pub sums: Vec<u8>,
    /// CAdES over [`Draft::asic_manifest`], detached, DER.
    pub asic: Vec<u8>,
    /// The RFC 3161 reply over [`Draft::sha256sums`], DER.
    pub sums_time_stamp: Option<Vec<u8>>,
}

/// Why a bundle was not made.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A payload path that a bundle can't have.
    #[error("payload path {0:?} is not lower-case ASCII under data/, or too long")]
    Path(String),
    /// A file that the format can't hold.
    #[error("{path} has {size} bytes, at most {max} are allowed")]
    Size {
        /// The file.
        path: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        max: u32,
    },
    /// More entries than other readers accept.
    #[error("the bundle would have {0} entries, at most {max} are allowed", max = layout::ENTRIES_MAX)]
    Entries(usize),
    /// A control cites a file that is not in the payload.
    #[error("control {control} cites {path}, which is not in the payload")]
    Evidence {
        /// The control's id.
        control: String,
        /// What it cites.
        path: String,
    },
    /// The signed report does not begin with the pinned unsigned one.
    #[error("data/report.pdf does not begin with the unsigned report that the metadata pins")]
    Report,
    /// The manifest would not be accepted.
    #[error("manifest.json: {0}")]
    Manifest(#[from] ManifestError),
    /// The wording of `VERIFY.txt` could not be rendered.
    #[error("VERIFY.txt: {0}")]
    Text(#[from] tera::Error),
    /// The archive could not be written.
    #[error("writing the archive: {0}")]
    Write(#[from] io::Error),
}

/// A bundle that lacks nothing but its signatures.
#[derive(Debug, Clone)]
pub struct Draft {
    manifest: Manifest,
    tags: BTreeMap<&'static str, Vec<u8>>,
    payload: Vec<PackedFile>,
}

impl Draft {
    /// Packs the payload (bytes by path) and computes every tag file that does not depend on signatures.
    ///
    /// # Errors
    /// When a path, a size, the number of entries, a citation or a value of the metadata can't stand in a bundle.
    pub fn new(metadata: Metadata, payload: BTreeMap<String, Vec<u8>>) -> Result<Self, BundleError> {
        let files = list_files(&metadata, &payload)?;
        check_report(&metadata.report, payload.get(layout::REPORT))?;
        let manifest = build_manifest(&metadata, files)?;
        let entries = layout::TAG_FILES.len() + payload.len();
        if entries > layout::ENTRIES_MAX {
            return Err(BundleError::Entries(entries));
        }
        let payload: Vec<_> = payload
            .into_iter()
            .zip(&manifest.files)
            .map(|((path, content), file)| PackedFile::new(path, content, file.size as u32))
            .collect();
        let mut tags = BTreeMap::new();
        tags.insert(layout::MIMETYPE, layout::ASIC_E.as_bytes().to_vec());
        tags.insert(
            layout::VERIFY_TEXT,
            verify_text::render(&manifest, metadata.development)?.into_bytes(),
        );
        tags.insert(layout::VERIFY_PAGE, metadata.page.to_vec());
        tags.insert(layout::BAG_DECLARATION, bagit::DECLARATION.as_bytes().to_vec());
        let info = bag_info(&manifest, &payload, &metadata.salt_secret);
        tags.insert(layout::BAG_INFO, info.encode());
        tags.insert(layout::MANIFEST, manifest.encode()?);
        tags.insert(layout::CHECKPOINT, manifest.checkpoint().to_string().into_bytes());
        let mut digests: Sums = manifest
            .files
            .iter()
            .map(|file| (file.path.clone(), file.sha256))
            .collect();
        tags.insert(layout::BAG_MANIFEST, sums::encode(&digests));
        digests.extend(tag_digests(&tags));
        let signed_sums = sums::encode(&digests);
        digests.insert(layout::SUMS.to_owned(), Sha256Digest::of(&signed_sums));
        tags.insert(layout::SUMS, signed_sums);
        let container = asic::manifest(&digests).expect("invariant: every root was digested above");
        tags.insert(layout::ASIC_MANIFEST, container);
        check_tag_sizes(&tags)?;
        Ok(Self {
            manifest,
            tags,
            payload,
        })
    }

    /// The bytes of `SHA256SUMS`, to be signed.
    pub fn sha256sums(&self) -> &[u8] {
        &self.tags[layout::SUMS]
    }

    /// The bytes of `META-INF/ASiCManifest001.xml`, to be signed.
    pub fn asic_manifest(&self) -> &[u8] {
        &self.tags[layout::ASIC_MANIFEST]
    }

    /// The manifest; its digest and checkpoint are what the next bundle names as its previous one.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Adds the signatures and writes the archive.
    ///
    /// # Errors
    /// `Size` for a signature beyond its limit; `Write` when `out` fails or the archive would reach 4 GiB.
    pub fn seal(mut self, signatures: Signatures, out: &mut impl Write) -> Result<(), BundleError> {
        self.tags.insert(layout::SUMS_SIGNATURE, signatures.sums);
        self.tags.insert(layout::ASIC_SIGNATURE, signatures.asic);
        if let Some(time_stamp) = signatures.sums_time_stamp {
            self.tags.insert(layout::SUMS_TIME_STAMP, time_stamp);
        }
        let tag_manifest = sums::encode(&tag_digests(&self.tags));
        self.tags.insert(layout::TAG_MANIFEST, tag_manifest);
        check_tag_sizes(&self.tags)?;
        let ordered = layout::TAG_FILES
            .iter()
            .filter_map(|tag| Some((tag.path, self.tags.get(tag.path)?)));
        let tags = ordered.filter_map(|(path, content)| archive::stored(path, content));
        let entries: Vec<_> = tags.chain(self.payload.iter().map(PackedFile::entry)).collect();
        Ok(archive::write(&entries, out)?)
    }
}

/// The manifest's lines for the payload, sorted by path as the map is.
fn list_files(
    metadata: &Metadata,
    payload: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<v1::File>, BundleError> {
    let list = |(index, (path, content)): (u64, (&String, &Vec<u8>))| {
        if !layout::is_payload_path(path) {
            return Err(BundleError::Path(path.clone()));
        }
        let max = if path == layout::REPORT {
            layout::REPORT_SIZE_MAX
        } else {
            u32::MAX
        };
        check_size(path, content, max)?;
        let (size, sha256) = (content.len() as u64, Sha256Digest::of(content));
        let salt = salt(&metadata.salt_secret, &metadata.bundle_id, index);
        Ok(v1::File {
            index,
            path: path.clone(),
            sha256,
            size,
            salt,
            leaf: v1::leaf(path, &sha256, size, &salt),
        })
    };
    (0..).zip(payload).map(list).collect()
}

/// The bundle's id is part of the label: a salt that was published with one bundle says nothing about another.
fn salt(secret: &[u8; 32], bundle_id: &str, index: u64) -> [u8; 32] {
    derived(
        secret,
        b"backproof/leaf-salt/v1\0",
        bundle_id,
        &[b"\0".as_slice(), &index.to_be_bytes()].concat(),
    )
}

fn derived(secret: &[u8; 32], label: &[u8], bundle_id: &str, rest: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("invariant: HMAC takes a key of any length");
    mac.update(label);
    mac.update(bundle_id.as_bytes());
    mac.update(rest);
    mac.finalize().into_bytes().into()
}

fn check_report(pinned: &Report, report: Option<&Vec<u8>>) -> Result<(), BundleError> {
    let size = usize::try_from(pinned.unsigned_size).ok();
    let first = report.zip(size).and_then(|(report, size)| report.get(..size));
    match first.map(Sha256Digest::of) {
        Some(digest) if digest == pinned.unsigned_sha256 => Ok(()),
        _ => Err(BundleError::Report),
    }
}

fn build_manifest(metadata: &Metadata, files: Vec<v1::File>) -> Result<Manifest, BundleError> {
    let index: BTreeMap<&str, u64> = files
        .iter()
        .map(|file| (file.path.as_str(), file.index))
        .collect();
    let mut controls = Vec::new();
    for control in &metadata.controls {
        let cited = control.evidence.iter().map(|path| {
            index
                .get(path.as_str())
                .copied()
                .ok_or_else(|| BundleError::Evidence {
                    control: control.id.clone(),
                    path: path.clone(),
                })
        });
        controls.push(v1::Control {
            id: control.id.clone(),
            state: control.state,
            evidence: cited.collect::<Result<_, _>>()?,
        });
    }
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let leaves: Vec<_> = files.iter().map(|file| file.leaf).collect();
    Ok(Manifest {
        schema: v1::SCHEMA.to_owned(),
        bundle_id: metadata.bundle_id.clone(),
        entity: metadata.entity.clone(),
        period: v1::Period {
            start: v1::instant(metadata.period_start),
            end: v1::instant(metadata.period_end),
        },
        tool: metadata.tool.clone(),
        previous: metadata.previous.clone(),
        report: metadata.report.clone(),
        time_stamps: metadata.time_stamps.clone(),
        tree: v1::Tree {
            hash: v1::TREE_HASH.to_owned(),
            size: leaves.len() as u64,
            root: merkle::root(&leaves),
        },
        files,
        controls,
    })
}

fn bag_info(manifest: &Manifest, payload: &[PackedFile], secret: &[u8; 32]) -> BagInfo {
    let entries: Vec<_> = payload.iter().map(PackedFile::entry).collect();
    BagInfo {
        software_agent: format!("{} {}", manifest.tool.name, manifest.tool.version),
        external_identifier: manifest.bundle_id.clone(),
        payload_bytes: manifest.files.iter().map(|file| file.size).sum(),
        payload_files: manifest.tree.size,
        compressor: packing::COMPRESSOR.to_owned(),
        packing: packing::digest(&entries),
        blinding: Sha256Digest::from_bytes(derived(
            secret,
            b"backproof/blinding/v1\0",
            &manifest.bundle_id,
            &[],
        )),
    }
}

fn tag_digests(tags: &BTreeMap<&'static str, Vec<u8>>) -> Sums {
    tags.iter()
        .map(|(path, content)| ((*path).to_owned(), Sha256Digest::of(content)))
        .collect()
}

fn check_tag_sizes(tags: &BTreeMap<&'static str, Vec<u8>>) -> Result<(), BundleError> {
    for tag in &layout::TAG_FILES {
        if let Some(content) = tags.get(tag.path) {
            check_size(tag.path, content, tag.size_max)?;
        }
    }
    Ok(())
}

fn check_size(path: &str, content: &[u8], max: u32) -> Result<(), BundleError> {
    match u32::try_from(content.len()) {
        Ok(size) if size <= max => Ok(()),
        _ => Err(BundleError::Size {
            path: path.to_owned(),
            size: content.len(),
            max,
        }),
    }
}
