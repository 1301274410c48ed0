//! Shards: a collection run cut into shares by place, so that several processes make it side by side (docs/spec/shards.md).
//!
//! Which shard a place belongs to follows from its account and region alone, by a hash that never changes: whoever plans,
//! repeats or checks a run works it out anew.

use std::fmt;
use std::str::FromStr;

use super::ids::{Account, Region, Sha256Digest};

/// Most shards of a run: as many children as an array job of AWS Batch may have.
pub const SHARDS_MAX: u32 = 10_000;

/// What stands before account and region in the text that is hashed.
const PREFIX: &str = "backproof.shard/v1";

/// One of the shares of a run, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// No shard is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadShard {
    /// Not two numbers.
    #[error("{0:?} is no shard: write its number and how many there are, for instance 0/7")]
    Form(String),
    /// A number of shards that no run has.
    #[error("a run has 1 to {SHARDS_MAX} shards, not {0}")]
    Of(u32),
    /// A number beyond the last.
    #[error("there is no shard {index} of {of}: they are counted from 0, so the last is {}", *.of - 1)]
    Index {
        /// The number.
        index: u32,
        /// How many there are.
        of: u32,
    },
}

impl Shard {
    /// The shard `index` of `of`.
    pub fn new(index: u32, of: u32) -> Result<Self, BadShard> {
        match (index, of) {
            (_, of) if of == 0 || of > SHARDS_MAX => Err(BadShard::Of(of)),
            (index, of) if index >= of => Err(BadShard::Index { index, of }),
            _ => Ok(Self { index, of }),
        }
    }

    /// The shard of `of` that a place belongs to.
    pub fn of_place(account: &Account, region: &Region, of: u32) -> Result<Self, BadShard> {
        // Neither an account nor a region has a line feed in it: no two places have one text.
        let text = format!("{PREFIX}\n{account}\n{region}");
        let digest = Sha256Digest::of(text.as_bytes());
        let (first, _) = digest
            .as_bytes()
            .split_first_chunk()
            .expect("invariant: a digest has 32 bytes");
        let index = u64::from_be_bytes(*first)
            .checked_rem(u64::from(of))
            .ok_or(BadShard::Of(of))?;
        Self::new(u32::try_from(index).map_err(|_| BadShard::Of(of))?, of)
    }

    /// Its number, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether a place belongs to it.
    pub fn has(self, account: &Account, region: &Region) -> bool {
        Self::of_place(account, region, self.of) == Ok(self)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, BadShard> {
        let form = || BadShard::Form(text.chars().take(60).collect());
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten().ok_or_else(form)
        };
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        Self::new(number(index)?, number(of)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Account, region, and the shard of 7 and of 10,000.
    const VECTORS: &[(&str, &str, u32, u32)] = &[
        ("111122223333", "us-east-1", 4, 5463),
        ("111122223333", "us-west-2", 4, 4538),
        ("111122223333", "global", 1, 8701),
        ("444455556666", "us-east-1", 1, 2986),
        ("64b7f0c2a9d1e35c8a4f2b10", "global", 4, 2520),
        ("compliance", "global", 2, 6097),
    ];

    fn place(account: &str, region: &str) -> (Account, Region) {
        (
            account.parse().expect("an account"),
            region.parse().expect("a region"),
        )
    }

    /// The vectors of docs/spec/shards.md. A change here breaks every run that was begun before it.
    #[test]
    fn the_hash_is_what_it_always_was() {
        for (account, region, of_seven, of_all) in VECTORS {
            let (account, region) = place(account, region);
            for (of, expected) in [(1, 0), (7, *of_seven), (SHARDS_MAX, *of_all)] {
                let shard = Shard::of_place(&account, &region, of).expect("a shard");
                assert_eq!(shard.index(), expected, "{account} {region} of {of}");
                assert!(shard.has(&account, &region));
            }
        }
    }

    #[test]
    fn the_specification_prints_the_same_vectors() {
        let page = include_str!("../../docs/spec/shards.md");
        for (account, region, of_seven, of_all) in VECTORS {
            let row = format!("| `{account}` | `{region}` | {of_seven} | {of_all} |");
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn each_place_belongs_to_exactly_one_shard() {
        for of in [1, 2, 7, 64] {
            for (account, region, _, _) in VECTORS {
                let (account, region) = place(account, region);
                let owners =
                    (0..of).filter(|index| Shard::new(*index, of).expect("a shard").has(&account, &region));
                assert_eq!(owners.count(), 1, "{account} {region} of {of}");
            }
        }
    }

    #[test]
    fn a_shard_is_written_as_two_numbers() {
        assert_eq!(
            "6/7".parse::<Shard>().map(|shard| shard.to_string()),
            Ok("6/7".to_owned())
        );
        for (bad, said) in [
            (
                "7/7",
                "there is no shard 7 of 7: they are counted from 0, so the last is 6",
            ),
            ("0/0", "a run has 1 to 10000 shards, not 0"),
            ("0/10001", "a run has 1 to 10000 shards, not 10001"),
            (
                "3",
                "\"3\" is no shard: write its number and how many there are, for instance 0/7",
            ),
            ("-1/7", "is no shard"),
            ("+1/7", "is no shard"),
            ("1/7/7", "is no shard"),
            ("1/", "is no shard"),
            ("99999999999/7", "is no shard"),
        ] {
            let error = bad.parse::<Shard>().expect_err(bad).to_string();
            assert!(error.contains(said), "{bad}: {error}");
        }
    }
}
