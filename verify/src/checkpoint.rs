//! The head of a Merkle tree as text: the body of a C2SP tlog-checkpoint.
//!
//! ```text
//! backproof/luma/luma-2026-q3
//! 42
//! 5zaCWqgkOnOweaAsCUqPHCpJNhICeO3aZSUZ4n1mmIk=
//! ```
//!
//! The body has no signature lines: the CMS signatures over the bundle cover the file. Invariant:
//! `parse(text)?.to_string() == text`.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};

use crate::digest::Sha256Digest;

/// Origins longer than this are refused, in bytes.
pub const ORIGIN_MAX: usize = 256;

/// Which tree, how many leaves, which root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tree's name: printable ASCII without spaces or `+`.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Sha256Digest,
}

/// The text is not a checkpoint body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not three lines, each ended by a line feed.
    #[error("a checkpoint has three lines, each ended by a line feed")]
    Lines,
    /// The origin is empty, too long or has a character that it must not have.
    #[error("checkpoint origin {0:?} is not printable ASCII without spaces or plus signs")]
    Origin(String),
    /// The size is not a decimal number without leading zeros.
    #[error("checkpoint size {0:?} is not a decimal number")]
    Size(String),
    /// The root is not the standard base64 of 32 bytes.
    #[error("checkpoint root {0:?} is not the base64 of 32 bytes")]
    Root(String),
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = Base64::encode_string(self.root.as_bytes());
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines[..] else {
            return Err(CheckpointError::Lines);
        };
        if origin.is_empty() || origin.len() > ORIGIN_MAX || !origin.bytes().all(is_origin_byte) {
            return Err(CheckpointError::Origin(origin.chars().take(80).collect()));
        }
        let bad_size = || CheckpointError::Size(size.chars().take(80).collect());
        let size_value: u64 = size.parse().map_err(|_| bad_size())?;
        if size_value.to_string() != size {
            return Err(bad_size());
        }
        let bad_root = || CheckpointError::Root(root.chars().take(80).collect());
        let bytes = Base64::decode_vec(root).map_err(|_| bad_root())?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| bad_root())?;
        Ok(Self {
            origin: origin.to_owned(),
            size: size_value,
            root: Sha256Digest::from_bytes(bytes),
        })
    }
}

fn is_origin_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'+'
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "5zaCWqgkOnOweaAsCUqPHCpJNhICeO3aZSUZ4n1mmIk=";

    #[test]
    fn only_the_canonical_text_parses() {
        let good = format!("backproof/luma\n20\n{ROOT}\n");
        assert_eq!(good.parse::<Checkpoint>().unwrap().to_string(), good);
        for bad in [
            String::new(),
            format!("backproof/luma\n20\n{ROOT}"),
            format!("backproof/luma\n20\n{ROOT}\n\n"),
            format!("backproof/luma\r\n20\n{ROOT}\n"),
            format!("\n20\n{ROOT}\n"),
            format!("back proof\n20\n{ROOT}\n"),
            format!("a+b\n20\n{ROOT}\n"),
            format!("{}\n20\n{ROOT}\n", "a".repeat(ORIGIN_MAX + 1)),
            format!("a\n020\n{ROOT}\n"),
            format!("a\n+20\n{ROOT}\n"),
            format!("a\n-1\n{ROOT}\n"),
            format!("a\n20\n{}\n", ROOT.trim_end_matches('=')),
            format!("a\n20\n{}\n", ROOT.replace("Ik=", "Il=")),
            "a\n20\nAAAA\n".to_owned(),
        ] {
            assert!(bad.parse::<Checkpoint>().is_err(), "{bad:?} must not parse");
        }
    }
}
