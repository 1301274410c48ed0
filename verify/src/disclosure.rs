//! `disclosure.json`, schema `backproof.disclosure/v1`: what a redacted bundle shows of the tree that was signed.
//!
//! It has the hash of every leaf, and of the disclosed ones what they are made of, salts included. A leaf hash without its
//! salt says nothing about its record, so what is withheld can't be found by hashing guesses. Invariant: `encode(parse(b))
//! == b`. Nobody signs this file: the root over its leaves is what was signed ([`crate::bundle`] compares them).

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::digest::Sha256Digest;
use crate::layout;
use crate::manifest::v1::{LeafRecord, ManifestError, ensure, hex};

/// The value of `schema`.
pub const SCHEMA: &str = "backproof.disclosure/v1";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// [`SCHEMA`].
    pub schema: String,
    /// The hashes of all leaves, in the order of the tree.
    pub leaves: Vec<Leaf>,
    /// The disclosed records, in the order of the tree.
    pub opened: Vec<Opened>,
    /// The digest of the packing list (see [`crate::packing`]) over the disclosed files.
    #[serde(with = "hex")]
    pub packing: Sha256Digest,
}

/// The hash of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Leaf(#[serde(with = "hex")] pub Sha256Digest);

/// A disclosed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Its place in the tree, counted from 0.
    pub index: u64,
    /// What its leaf is made of.
    pub record: LeafRecord,
}

impl Disclosure {
    /// Reads `disclosure.json`.
    ///
    /// # Errors
    /// When it is not canonical, not of the schema, or its values contradict each other.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let disclosure: Self = canonical::parse(bytes)?;
        disclosure.check_sound()?;
        Ok(disclosure)
    }

    /// The bytes of `disclosure.json`.
    ///
    /// # Errors
    /// `Unsound` when it could not be read back.
    pub fn encode(&self) -> Result<Vec<u8>, ManifestError> {
        self.check_sound()?;
        Ok(canonical::encode(self)?)
    }

    /// The leaf hashes, in the order of the tree.
    pub fn hashes(&self) -> Vec<Sha256Digest> {
        self.leaves.iter().map(|leaf| leaf.0).collect()
    }

    fn check_sound(&self) -> Result<(), ManifestError> {
        ensure(
            self.schema == SCHEMA,
            "schema",
            "not a version that this program knows",
        )?;
        ensure(
            self.leaves.len() <= layout::ENTRIES_MAX,
            "leaves",
            "more than a bundle may have",
        )?;
        let mut last: Option<&Opened> = None;
        for (opened, position) in self.opened.iter().zip(0u64..) {
            let at = format_args!("opened[{position}]");
            let size = self.leaves.len() as u64;
            ensure(opened.index < size, at, "index is not that of a leaf")?;
            opened.record.check_sound(at)?;
            let follows = |last: &Opened| last.index < opened.index && last.record.path < opened.record.path;
            ensure(
                last.is_none_or(follows),
                at,
                "index or path is out of order or repeated",
            )?;
            last = Some(opened);
        }
        ensure(!self.opened.is_empty(), "opened", "nothing is disclosed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(index: u64, path: &str) -> Opened {
        let record = LeafRecord {
            path: path.to_owned(),
            salt: [7; 32],
            sha256: Sha256Digest::of(b"content"),
            size: 7,
        };
        Opened { index, record }
    }

    fn disclosure() -> Disclosure {
        Disclosure {
            schema: SCHEMA.to_owned(),
            leaves: (0..4u8).map(|n| Leaf(Sha256Digest::of(&[n]))).collect(),
            opened: vec![opened(1, "data/b"), opened(3, "data/d")],
            packing: Sha256Digest::of(b""),
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let bytes = disclosure().encode().unwrap();
        assert_eq!(Disclosure::parse(&bytes).unwrap(), disclosure());
        assert!(Disclosure::parse(&[&bytes[..], b"\n"].concat()).is_err());
        let text = String::from_utf8(bytes).unwrap();
        let unknown = text.replacen("{\"leaves\"", "{\"leave\":1,\"leaves\"", 1);
        assert!(Disclosure::parse(unknown.as_bytes()).is_err());
    }

    #[test]
    fn values_that_contradict_each_other_are_refused() {
        let refused = |alter: &dyn Fn(&mut Disclosure)| {
            let mut altered = disclosure();
            alter(&mut altered);
            assert!(altered.encode().is_err(), "{altered:?}");
        };
        refused(&|altered| altered.schema.push('x'));
        refused(&|altered| altered.opened.clear());
        refused(&|altered| altered.opened[1].index = 4);
        refused(&|altered| altered.opened[1].index = 1);
        refused(&|altered| altered.opened.swap(0, 1));
        refused(&|altered| altered.opened[1].record.path = "data/b".to_owned());
        refused(&|altered| altered.opened[1].record.path = "data/../d".to_owned());
        refused(&|altered| altered.opened[1].record.size = 1 << 32);
        refused(&|altered| altered.leaves = vec![Leaf(Sha256Digest::of(b"")); layout::ENTRIES_MAX + 1]);
    }
}
