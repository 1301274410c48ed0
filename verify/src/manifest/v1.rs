//! Schema `backproof.manifest/v1`: the wire types of `manifest.json`, their strict reading and their soundness.
//!
//! Invariant: a [`Manifest`] that was read is canonical, has exactly the schema's fields, and its parts agree with each
//! other ([`Manifest::parse`]); what needs the payload (digests, leaves, root) is checked by [`crate::bundle`].

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::asked;
pub use super::asked::{AUTHORITIES_MAX, AUTHORITY_LENGTH_MAX, AskedAuthority, FAILURE_LENGTH_MAX};
use crate::canonical::{self, CanonicalError};
use crate::check::Code;
use crate::checkpoint::Checkpoint;
use crate::digest::Sha256Digest;
use crate::layout;

pub use super::leaf::{LeafRecord, leaf};

/// The value of `schema`.
pub const SCHEMA: &str = "backproof.manifest/v1";
/// The value of `tree.hash`: RFC 9162 2.1 with SHA-256.
pub const TREE_HASH: &str = "rfc9162-sha256";
/// Ids, names and versions are at most this long, in bytes.
pub const NAME_LENGTH_MAX: usize = 100;

/// The whole manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The bundle's id: `a-z 0-9 . _ -`.
    pub bundle_id: String,
    /// The entity's slug, of the same characters.
    pub entity: String,
    /// What time the bundle is about.
    pub period: Period,
    /// What wrote the bundle.
    pub tool: Tool,
    /// The bundle before this one of the same entity, if there is one.
    pub previous: Option<Previous>,
    /// The report before it was signed.
    pub report: Report,
    /// The time stamp authorities that were asked, in that order; none where none is configured.
    pub time_stamps: Vec<AskedAuthority>,
    /// The Merkle tree over the files.
    pub tree: Tree,
    /// The payload, sorted bytewise by path.
    pub files: Vec<File>,
    /// The controls and their states, sorted by id.
    pub controls: Vec<Control>,
}

/// A half-open period, `start` included and `end` not, in RFC 3339 with whole seconds in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first instant.
    pub start: String,
    /// The first instant after it.
    pub end: String,
}

/// Name and version of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The bundle before this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// The text of its checkpoint.
    pub checkpoint: String,
    /// The digest of its `manifest.json`.
    #[serde(with = "hex")]
    pub manifest_sha256: Sha256Digest,
}

/// The first revision of `data/report.pdf`: its first `unsigned_size` bytes. They don't depend on who signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Their digest.
    #[serde(with = "hex")]
    pub unsigned_sha256: Sha256Digest,
    /// Their number.
    pub unsigned_size: u64,
}

/// The head of the Merkle tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// [`TREE_HASH`].
    pub hash: String,
    /// The number of leaves, which is the number of files.
    pub size: u64,
    /// The root over the leaves.
    #[serde(with = "hex")]
    pub root: Sha256Digest,
}

/// One payload file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its position in `files` and in the tree, counted from 0.
    pub index: u64,
    /// Its path in the archive.
    pub path: String,
    /// The digest of its bytes.
    #[serde(with = "hex")]
    pub sha256: Sha256Digest,
    /// The number of its bytes.
    pub size: u64,
    /// 32 bytes in base64, so that a leaf says nothing about a file that is not disclosed.
    #[serde(with = "base64_32")]
    pub salt: [u8; 32],
    /// The hash of its [`LeafRecord`].
    #[serde(with = "hex")]
    pub leaf: Sha256Digest,
}

/// One control and where its evidence stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its id: printable ASCII.
    pub id: String,
    /// Its state.
    pub state: State,
    /// Indices into `files`, ascending.
    pub evidence: Vec<u64>,
}

/// The six states of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(
    missing_docs,
    reason = "their meaning is the catalogue's; the manifest carries the words"
)]
pub enum State {
    Exception,
    Indeterminate,
    NotTested,
    Supported,
    NoOccurrence,
    NotApplicable,
}

/// Why `manifest.json` was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not canonical JSON, or not of the schema.
    #[error(transparent)]
    Json(#[from] CanonicalError),
    /// The values contradict each other or a limit.
    #[error("{at}: {problem}")]
    Unsound {
        /// The field, for instance `files[3].path`.
        at: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl ManifestError {
    /// The check that failed.
    pub fn code(&self) -> Code {
        match self {
            Self::Json(CanonicalError::Shape(_)) => Code::ManifestSchema,
            Self::Json(_) => Code::ManifestCanonical,
            Self::Unsound { .. } => Code::ManifestSound,
        }
    }
}

impl File {
    /// What its leaf is made of.
    pub fn record(&self) -> LeafRecord {
        LeafRecord {
            path: self.path.clone(),
            salt: self.salt,
            sha256: self.sha256,
            size: self.size,
        }
    }
}

/// An instant as `period` has it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether `text` is an id or slug: 1 to [`NAME_LENGTH_MAX`] of `a-z 0-9 . _ -`, beginning with a letter or a digit.
pub fn is_slug(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= NAME_LENGTH_MAX
        && text.bytes().next().is_some_and(alphanumeric)
        && text
            .bytes()
            .all(|b| alphanumeric(b) || matches!(b, b'.' | b'_' | b'-'))
}

pub(super) fn is_printable(text: &str, length_max: usize) -> bool {
    (1..=length_max).contains(&text.len())
        && text.trim() == text
        && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

impl Manifest {
    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// When it is not canonical, not of the schema, or not sound.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = canonical::parse(bytes)?;
        manifest.check_sound()?;
        Ok(manifest)
    }

    /// The bytes of `manifest.json`.
    ///
    /// # Errors
    /// `Unsound` when it could not be read back; `Json` when a number is too large.
    pub fn encode(&self) -> Result<Vec<u8>, ManifestError> {
        self.check_sound()?;
        Ok(canonical::encode(self)?)
    }

    /// The tree's head as the bundle's `checkpoint` states it.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: format!("backproof/{}/{}", self.entity, self.bundle_id),
            size: self.tree.size,
            root: self.tree.root,
        }
    }

    fn check_sound(&self) -> Result<(), ManifestError> {
        ensure(
            self.schema == SCHEMA,
            "schema",
            "not a version that this program knows",
        )?;
        ensure(
            is_slug(&self.bundle_id),
            "bundle_id",
            "not of the characters a-z 0-9 . _ -",
        )?;
        ensure(
            is_slug(&self.entity),
            "entity",
            "not of the characters a-z 0-9 . _ -",
        )?;
        ensure(
            is_printable(&self.tool.name, NAME_LENGTH_MAX),
            "tool.name",
            "not printable ASCII",
        )?;
        ensure(
            is_printable(&self.tool.version, NAME_LENGTH_MAX),
            "tool.version",
            "not printable ASCII",
        )?;
        let (start, end) = (parse_instant(&self.period.start), parse_instant(&self.period.end));
        ensure(
            start.is_some(),
            "period.start",
            "not an RFC 3339 instant in UTC with whole seconds",
        )?;
        ensure(
            end.is_some(),
            "period.end",
            "not an RFC 3339 instant in UTC with whole seconds",
        )?;
        ensure(start < end, "period", "it ends before it starts")?;
        if let Some(previous) = &self.previous {
            let before = previous.checkpoint.parse::<Checkpoint>().ok();
            let origin = before.map(|before| before.origin);
            ensure(origin.is_some(), "previous.checkpoint", "not a checkpoint")?;
            let id = origin.as_deref().and_then(|origin| {
                origin
                    .strip_prefix("backproof/")?
                    .strip_prefix(&self.entity)?
                    .strip_prefix('/')
            });
            ensure(
                id.is_some_and(|id| is_slug(id) && id != self.bundle_id),
                "previous.checkpoint",
                "not that of another bundle of this entity",
            )?;
        }
        ensure(
            self.tree.hash == TREE_HASH,
            "tree.hash",
            "not a tree that this program knows",
        )?;
        ensure(
            self.tree.size == self.files.len() as u64,
            "tree.size",
            "not the number of files",
        )?;
        asked::check(&self.time_stamps)?;
        self.check_files()?;
        self.check_controls()
    }

    /// The authority that stamped, if one did.
    pub fn stamped_by(&self) -> Option<&str> {
        let last = self.time_stamps.last()?;
        last.failure.is_none().then_some(last.authority.as_str())
    }

    fn check_files(&self) -> Result<(), ManifestError> {
        let paths: BTreeSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let mut last = "";
        for (file, position) in self.files.iter().zip(0u64..) {
            let at = format_args!("files[{position}]");
            ensure(file.index == position, at, "index is not the position")?;
            ensure(
                layout::is_payload_path(&file.path),
                at,
                "path is not a payload path",
            )?;
            ensure(last < file.path.as_str(), at, "path is out of order or repeated")?;
            let mut folders = file
                .path
                .match_indices('/')
                .filter_map(|(end, _)| file.path.get(..end));
            ensure(
                !folders.any(|folder| paths.contains(folder)),
                at,
                "path has another file for a folder",
            )?;
            ensure(
                file.size <= u64::from(u32::MAX),
                at,
                "size does not fit into the archive's format",
            )?;
            last = &file.path;
        }
        let report = self.files.iter().find(|file| file.path == layout::REPORT);
        ensure(report.is_some(), "files", "data/report.pdf is missing")?;
        let fits = report.is_some_and(|file| self.report.unsigned_size <= file.size);
        ensure(fits, "report.unsigned_size", "larger than the signed report")
    }

    fn check_controls(&self) -> Result<(), ManifestError> {
        let mut last = "";
        for (control, position) in self.controls.iter().zip(0u64..) {
            let at = format_args!("controls[{position}]");
            ensure(
                is_printable(&control.id, NAME_LENGTH_MAX),
                at,
                "id is not printable ASCII",
            )?;
            ensure(last < control.id.as_str(), at, "id is out of order or repeated")?;
            ensure(
                control.evidence.is_sorted_by(|a, b| a < b),
                at,
                "evidence is out of order or repeated",
            )?;
            let inside = control
                .evidence
                .last()
                .is_none_or(|index| *index < self.tree.size);
            ensure(inside, at, "evidence is not an index of files")?;
            last = &control.id;
        }
        Ok(())
    }
}

pub(crate) fn ensure(holds: bool, at: impl fmt::Display, problem: &'static str) -> Result<(), ManifestError> {
    if holds {
        return Ok(());
    }
    Err(ManifestError::Unsound {
        at: at.to_string(),
        problem,
    })
}

fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    (instant(at) == text).then_some(at)
}

/// A digest as 64 lower-case hexadecimal digits.
pub(crate) mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::digest::Sha256Digest;

    pub(crate) fn serialize<S: Serializer>(digest: &Sha256Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sha256Digest, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// 32 bytes in standard base64.
pub(super) mod base64_32 {
    use base64ct::{Base64, Encoding as _};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(in crate::manifest) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Base64::encode_string(bytes))
    }

    pub(in crate::manifest) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let bytes = Base64::decode_vec(&text).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_| D::Error::custom("not 32 bytes"))
    }
}
