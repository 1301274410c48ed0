//! The segment of a shard: a ledger of its own, and beside it, once it is whole, the manifest that says what of which run
//! it is (docs/spec/shards.md).
//!
//! An attempt that was stopped is never gone on with: it stays as it is and counts for nothing, and the next one begins a
//! ledger of its own. So all pulls of a finished segment are of one attempt, as they would be without shards.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::LedgerError;
use super::layout::{self, ASIDE};
use super::lock::{Holder, Lock};
use super::storage::Storage;
use super::wire::{Stamp, Text};
use super::{Ledger, Open, Sealed};
use crate::model::ids::{RunName, Sha256Digest};
use crate::model::shard::Shard;
use crate::model::time::Instant;

/// Written last: a segment that has it is finished.
pub const MANIFEST: &str = "segment.json";
const FORMAT: &str = "backproof.ledger-segment/v1";
/// Longest manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 4096;
const ATTEMPT: &str = "attempt-";
/// Directories of runs, and in them those of segments: no deeper is looked for segments.
const DEPTH_MAX: usize = 2;

/// A segment can't be begun, finished or read, or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Its ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The manifest was not written by us.
    #[error("{}: {why}; the segment was changed outside of backproof: deliver it again, or collect the shard again under another run", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// The manifest and the ledger do not agree.
    #[error(
        "the segment {} has {found} entries and the head {found_head}, and its manifest says {says} and {says_head}; it was \
         changed outside of backproof: deliver it again, or collect the shard again under another run",
        dir.display()
    )]
    Altered {
        /// The segment.
        dir: PathBuf,
        /// As the manifest says.
        says: u64,
        /// As the manifest says.
        says_head: Sha256Digest,
        /// In its ledger.
        found: u64,
        /// Of its ledger.
        found_head: Sha256Digest,
    },
    /// A finished segment of another run or shard lies where this one should.
    #[error("{} is the segment of shard {found}, not of shard {asked}: it was copied there; take it out of the way", dir.display())]
    Foreign {
        /// The segment.
        dir: PathBuf,
        /// Shard and run of its manifest.
        found: String,
        /// Those that were asked for.
        asked: String,
    },
    /// A run can't be called as attempts are.
    #[error("a run can't be called {run}: directories of attempts are; choose another name")]
    Name {
        /// The name.
        run: RunName,
    },
    /// There can't be more attempts.
    #[error("{} has had too many attempts: collect the shard again under another run", dir.display())]
    Attempts {
        /// The segment.
        dir: PathBuf,
    },
    /// A name that no segment has.
    #[error("{} is no part of a segment: take it out of the way", path.display())]
    Stranger {
        /// What was found.
        path: PathBuf,
    },
    /// A place without any segment.
    #[error("{} holds no segment: name the directory that `collect --shard` wrote to", dir.display())]
    Nothing {
        /// The place.
        dir: PathBuf,
    },
}

/// What a finished segment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The run that it is a part of.
    pub run: RunName,
    /// Which part.
    pub shard: Shard,
    /// The head of the ledger that it was begun on: what had been asked for before.
    pub base: Sha256Digest,
    /// SHA-256 of the configuration.
    pub configuration: Sha256Digest,
    /// The collector and its version.
    pub tool: String,
    /// Which attempt was finished, from 1.
    pub attempt: u32,
    /// How many entries its ledger has.
    pub entries: u64,
    /// The head of its ledger.
    pub head: Sha256Digest,
    /// When it was finished.
    pub finished: Instant,
}

// Members in the order of their names (RFC 8785 3.2.3).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    attempt: u32,
    base: Text<Sha256Digest>,
    configuration: Text<Sha256Digest>,
    entries: u64,
    finished: Text<Stamp>,
    format: String,
    head: Text<Sha256Digest>,
    run: Text<RunName>,
    shard: Text<Shard>,
    tool: String,
}

impl Manifest {
    fn encode(&self) -> Vec<u8> {
        let wire = Wire {
            attempt: self.attempt,
            base: Text(self.base),
            configuration: Text(self.configuration),
            entries: self.entries,
            finished: Text(Stamp(self.finished)),
            format: FORMAT.to_owned(),
            head: Text(self.head),
            run: Text(self.run.clone()),
            shard: Text(self.shard),
            tool: self.tool.clone(),
        };
        serde_json::to_vec(&wire).expect("invariant: numbers and texts are always JSON")
    }

    /// Reads what `encode` wrote, and nothing else.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if wire.format != FORMAT {
            let found: String = wire.format.chars().take(60).collect();
            return Err(format!("the format is {found:?}, expected {FORMAT:?}"));
        }
        let manifest = Self {
            run: wire.run.0,
            shard: wire.shard.0,
            base: wire.base.0,
            configuration: wire.configuration.0,
            tool: wire.tool,
            attempt: wire.attempt,
            entries: wire.entries,
            head: wire.head.0,
            finished: wire.finished.0.0,
        };
        if manifest.encode() == bytes {
            Ok(manifest)
        } else {
            Err("not in canonical form".to_owned())
        }
    }

    fn read(dir: &Path) -> Result<Self, SegmentError> {
        let path = dir.join(MANIFEST);
        let bytes = layout::read(&path, MAX_MANIFEST_BYTES, "the segment")?;
        Self::parse(&bytes).map_err(|why| SegmentError::Manifest { path, why })
    }
}

/// The segment of a shard, to be collected, or collected already.
#[derive(Debug)]
pub enum Segment {
    /// It is to be collected.
    Begun(Box<Begun>),
    /// It was finished before.
    Finished(Box<Delivered>),
}

/// A segment that is being collected. Nobody else can while this lives.
#[derive(Debug)]
pub struct Begun {
    dir: PathBuf,
    run: RunName,
    shard: Shard,
    attempt: u32,
    ledger: Ledger<Open>,
    _alone: Lock,
}

/// What is said of a segment when it is finished.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The head of the ledger that it was begun on.
    pub base: Sha256Digest,
    /// SHA-256 of the configuration.
    pub configuration: Sha256Digest,
    /// The collector and its version.
    pub tool: String,
    /// The time.
    pub finished: Instant,
}

/// A finished segment, verified whole.
#[derive(Debug)]
pub struct Delivered {
    /// Where it lies.
    pub dir: PathBuf,
    /// What it is.
    pub manifest: Manifest,
    /// Its ledger.
    pub ledger: Ledger<Sealed>,
}

/// Where the segment of a shard lies below `parent`.
pub fn place(parent: &Path, run: &RunName, shard: Shard) -> PathBuf {
    parent
        .join(run.as_str())
        .join(format!("{}-of-{}", shard.index(), shard.of()))
}

impl Segment {
    /// Begins an attempt at the segment of `shard` below `parent`, or finds that one was finished.
    pub fn begin(parent: &Path, run: &RunName, shard: Shard, holder: &Holder) -> Result<Self, SegmentError> {
        if attempt(run.as_str()).is_some() {
            return Err(SegmentError::Name { run: run.clone() });
        }
        let dir = place(parent, run, shard);
        let mut storage = Storage::disk();
        for made in [parent, &parent.join(run.as_str()), &dir] {
            storage.make_dir(made)?;
        }
        let alone = Lock::exclusive(&dir, holder, &mut storage)?;
        let attempts = swept(&dir, &mut storage)?;
        storage.settle()?;
        if layout::exists(&dir.join(MANIFEST))? {
            let delivered = Delivered::read(&dir)?;
            let Manifest {
                run: of, shard: part, ..
            } = &delivered.manifest;
            if (of, *part) != (run, shard) {
                return Err(SegmentError::Foreign {
                    found: format!("{part} of the run {of}"),
                    asked: format!("{shard} of the run {run}"),
                    dir,
                });
            }
            return Ok(Self::Finished(Box::new(delivered)));
        }
        let attempt = attempts.into_iter().max().unwrap_or(0).checked_add(1);
        let Some(attempt) = attempt else {
            return Err(SegmentError::Attempts { dir });
        };
        let ledger = Ledger::open(&dir.join(format!("{ATTEMPT}{attempt}")), holder)?;
        Ok(Self::Begun(Box::new(Begun {
            dir,
            run: run.clone(),
            shard,
            attempt,
            ledger,
            _alone: alone,
        })))
    }
}

impl Begun {
    /// Where its pulls go.
    pub fn ledger(&mut self) -> &mut Ledger<Open> {
        &mut self.ledger
    }

    /// Verifies what was collected and says that it is whole.
    pub fn finish(self, origin: Origin) -> Result<Delivered, SegmentError> {
        let ledger = self.ledger.seal()?;
        let manifest = Manifest {
            run: self.run,
            shard: self.shard,
            base: origin.base,
            configuration: origin.configuration,
            tool: origin.tool,
            attempt: self.attempt,
            entries: ledger.acquisitions().len() as u64,
            head: ledger.head(),
            finished: origin.finished,
        };
        let mut storage = Storage::disk();
        storage.distrust(self.dir.clone());
        storage.settle()?;
        storage.put(&self.dir.join(MANIFEST), &manifest.encode())?;
        storage.settle()?;
        Ok(Delivered {
            dir: self.dir,
            manifest,
            ledger,
        })
    }
}

impl Delivered {
    /// Reads a finished segment and verifies it whole.
    pub fn read(dir: &Path) -> Result<Self, SegmentError> {
        let manifest = Manifest::read(dir)?;
        let ledger = Ledger::read(&dir.join(format!("{ATTEMPT}{}", manifest.attempt)))?;
        let found = ledger.acquisitions().len() as u64;
        if (found, ledger.head()) != (manifest.entries, manifest.head) {
            return Err(SegmentError::Altered {
                dir: dir.to_owned(),
                says: manifest.entries,
                says_head: manifest.head,
                found,
                found_head: ledger.head(),
            });
        }
        Ok(Self {
            dir: dir.to_owned(),
            manifest,
            ledger,
        })
    }
}

/// A directory that is, or was to become, a segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where it lies.
    pub dir: PathBuf,
    /// Whether its manifest says that it is whole.
    pub finished: bool,
}

impl Found {
    /// The run and the shard that the names of its directories say: all that an unfinished segment has.
    pub fn named(&self) -> Option<(RunName, Shard)> {
        let (index, of) = self.dir.file_name()?.to_str()?.split_once("-of-")?;
        let run = self.dir.parent()?.file_name()?.to_str()?;
        Some((run.parse().ok()?, format!("{index}/{of}").parse().ok()?))
    }
}

/// The segments in `place`, which is one, or holds some, or holds directories of runs that do. What is none is refused.
pub fn find(place: &Path) -> Result<Vec<Found>, SegmentError> {
    let mut found = Vec::new();
    look(place, DEPTH_MAX, &mut found)?;
    if found.is_empty() {
        return Err(SegmentError::Nothing {
            dir: place.to_owned(),
        });
    }
    Ok(found)
}

fn look(place: &Path, depth: usize, found: &mut Vec<Found>) -> Result<(), SegmentError> {
    if !layout::exists(place)? {
        return Ok(());
    }
    let items = layout::list(place)?;
    let is = |wanted: &str| items.iter().any(|(name, kind)| name == wanted && kind.is_file());
    let attempted = items
        .iter()
        .any(|(name, kind)| attempt(name).is_some() && kind.is_dir());
    let locked = is(layout::LOCK) && !is(layout::FORMAT);
    if is(MANIFEST) || locked || attempted {
        found.push(Found {
            dir: place.to_owned(),
            finished: is(MANIFEST),
        });
        return Ok(());
    }
    for (name, kind) in items {
        if !kind.is_dir() || depth == 0 {
            return Err(SegmentError::Stranger {
                path: place.join(name),
            });
        }
        look(&place.join(name), depth - 1, found)?;
    }
    Ok(())
}

/// The number of `attempt-1`; `None` for any other name.
fn attempt(name: &str) -> Option<u32> {
    let digits = name.strip_prefix(ATTEMPT)?;
    let number: u32 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

/// Removes a manifest that a stopped process left aside; the numbers of the attempts so far.
fn swept(dir: &Path, storage: &mut Storage) -> Result<Vec<u32>, SegmentError> {
    let mut attempts = Vec::new();
    for (name, kind) in layout::list(dir)? {
        match attempt(&name) {
            Some(number) if kind.is_dir() => attempts.push(number),
            None if kind.is_file() && [layout::LOCK, MANIFEST].contains(&name.as_str()) => {}
            None if kind.is_file() && name.starts_with(ASIDE) => storage.remove(&dir.join(name))?,
            _ => {
                return Err(SegmentError::Stranger { path: dir.join(name) });
            }
        }
    }
    Ok(attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of docs/spec/shards.md, as it stands in a file.
    fn example() -> String {
        let page = include_str!("../../docs/spec/shards.md");
        let block = page
            .split("```json\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let value: serde_json::Value = serde_json::from_str(block.expect("an example")).expect("JSON");
        value.to_string()
    }

    #[test]
    fn the_example_of_the_specification_is_what_is_written() {
        let example = example();
        let manifest = Manifest::parse(example.as_bytes()).expect("it is read");
        assert_eq!(manifest.encode(), example.as_bytes());
        assert_eq!(manifest.shard.to_string(), "3/7");
    }

    #[test]
    fn a_manifest_has_one_spelling() {
        let example = example();
        for (from, to) in [
            ("segment/v1", "segment/v2"),
            ("{\"attempt\"", "{ \"attempt\""),
            ("\"attempt\":2", "\"attempt\":02"),
            ("\"attempt\":2,", ""),
            ("3/7", "03/7"),
            ("3/7", "7/7"),
            ("95dc", "95DC"),
            ("09.812Z", "09.8120Z"),
            ("\"entries\":1", "\"entries\":1,\"more\":1"),
            ("05:00:00Z\"", "05:00:00Z/\""),
            ("0.1.0\"}", "0.1.0\"}\n"),
        ] {
            assert!(example.contains(from), "{from}");
            let other = example.replacen(from, to, 1);
            assert!(Manifest::parse(other.as_bytes()).is_err(), "{to} must be refused");
        }
    }
}
