//! What the leaves of the tree are made of: for a bundle all stand in its manifest, a part of one opens some of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::v1;
use crate::digest::Sha256Digest;
use crate::{canonical, layout, merkle};

/// What the leaf of a file is made of: the canonical JSON of `{path, salt, sha256, size}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafRecord {
    /// The file's path in the archive.
    pub path: String,
    /// The salt of its leaf.
    #[serde(with = "v1::base64_32")]
    pub salt: [u8; 32],
    /// The digest of its bytes.
    #[serde(with = "v1::hex")]
    pub sha256: Sha256Digest,
    /// The number of its bytes.
    pub size: u64,
}

impl LeafRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is not canonical, not of the shape, or says what no file of a bundle can.
    pub fn parse(bytes: &[u8]) -> Result<Self, v1::ManifestError> {
        let record: Self = canonical::parse(bytes)?;
        record.check_sound("record")?;
        Ok(record)
    }

    /// The bytes that are hashed.
    pub fn encode(&self) -> Vec<u8> {
        canonical::encode(self).expect("invariant: sizes are below 4 GiB, hence exact integers")
    }

    /// The hash of the leaf.
    pub fn leaf(&self) -> Sha256Digest {
        merkle::leaf_hash(&self.encode())
    }

    pub(crate) fn check_sound(&self, at: impl fmt::Display) -> Result<(), v1::ManifestError> {
        v1::ensure(
            layout::is_payload_path(&self.path),
            &at,
            "path is not a payload path",
        )?;
        v1::ensure(
            self.size <= u64::from(u32::MAX),
            &at,
            "size does not fit into the archive's format",
        )
    }
}

/// The hash of a file's leaf: `leaf_hash` over its [`LeafRecord`].
pub fn leaf(path: &str, sha256: &Sha256Digest, size: u64, salt: &[u8; 32]) -> Sha256Digest {
    let record = LeafRecord {
        path: path.to_owned(),
        salt: *salt,
        sha256: *sha256,
        size,
    };
    record.leaf()
}
