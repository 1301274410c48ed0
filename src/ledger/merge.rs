//! Merging: the segments of a run become entries of the ledger, all of them or none (docs/spec/shards.md).
//!
//! Everything that can be refused is refused before the first entry is written: a shard that is missing, altered, of another
//! configuration, or delivered twice with other content. Then the pulls are appended shard by shard, each as its
//! segment has it, so that the ledger does not depend on the order of delivery. A merge that was stopped leaves a ledger that
//! opens; what it holds already is found, and the next one appends the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::error::LedgerError;
use super::segment::{Delivered, Found, Manifest, SegmentError};
use super::{Appended, Ledger, MAX_ENTRY_BYTES, Open, difference, layout};
use crate::model::ids::{AcquisitionId, RunName, Sha256Digest};
use crate::model::shard::Shard;

/// An error names this many shards.
const SHARDS_SHOWN: usize = 12;

/// A run can't be merged; the ledger is as it was, unless the ledger itself failed.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A segment can't be used.
    #[error("the run {run} is not merged: {source}")]
    Segment {
        /// The run.
        run: RunName,
        /// Why.
        source: Box<SegmentError>,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Not every shard is there.
    #[error(
        "the run {run} is not merged: of its {of} shards {missing}; collect each that is missing with --run {run} --shard \
         I/{of}, and merge again"
    )]
    Missing {
        /// The run.
        run: RunName,
        /// How many shards it has.
        of: u32,
        /// Which are missing, and which were begun.
        missing: String,
    },
    /// Two segments are not of one run, though both say so.
    #[error(
        "the run {run} is not merged: its shards do not belong together: {said}; collect all shards anew under another --run"
    )]
    Mixed {
        /// The run.
        run: RunName,
        /// In what they differ, and which they are.
        said: String,
    },
    /// A shard was delivered twice with other content.
    #[error(
        "the run {run} is not merged: the shard {shard} was delivered twice with other content: {said}; find out which is right, \
         and take the other away"
    )]
    Twice {
        /// The run.
        run: RunName,
        /// The shard.
        shard: Shard,
        /// The head of each, and where it lies.
        said: String,
    },
    /// A pull stands in a shard to which its place does not belong.
    #[error(
        "the run {run} is not merged: {} holds the pull {id}, whose place does not belong to the shard {shard}; collect the \
         shard again under another --run",
        dir.display()
    )]
    Misplaced {
        /// The run.
        run: RunName,
        /// The segment.
        dir: PathBuf,
        /// The pull.
        id: AcquisitionId,
        /// The shard.
        shard: Shard,
    },
    /// Two shards have a pull of one id.
    #[error("the run {run} is not merged: two of its shards have a pull {id}; an id is unique in a ledger")]
    Repeated {
        /// The run.
        run: RunName,
        /// The id.
        id: AcquisitionId,
    },
    /// The segment goes on where another ledger ended.
    #[error(
        "the run {run} is not merged: {} was begun on a ledger with the head {base}, which {} never had; name the ledger that its \
         shards looked at with --ledger",
        dir.display(), ledger.display()
    )]
    OtherLedger {
        /// The run.
        run: RunName,
        /// The segment.
        dir: PathBuf,
        /// The head that it was begun on.
        base: Sha256Digest,
        /// The ledger that was named.
        ledger: PathBuf,
    },
}

impl MergeError {
    /// Whether it is the run that can't be merged, and not the ledger that can't be written.
    pub fn is_of_run(&self) -> bool {
        !matches!(self, Self::Ledger(error) if !matches!(error, LedgerError::Conflict { .. }))
    }
}

/// A run of which every shard is there, once, and belongs to the others.
#[derive(Debug)]
pub struct WholeRun {
    run: RunName,
    /// In the order of the shards.
    segments: Vec<Delivered>,
}

/// What a merge brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The run.
    pub run: RunName,
    /// How many shards it has.
    pub shards: u32,
    /// The pulls of all shards.
    pub pulls: u64,
    /// Those that the ledger did not hold before.
    pub new: u64,
    /// Those of the new ones that failed: evidence gaps.
    pub failed: Vec<AcquisitionId>,
}

impl WholeRun {
    /// Puts the segments of a run together, in whatever order they come. `unfinished` are those that were begun only.
    pub fn assemble(
        run: &RunName,
        delivered: Vec<Delivered>,
        unfinished: &[(Shard, Found)],
    ) -> Result<Self, MergeError> {
        let of = match (delivered.first(), unfinished.first()) {
            (Some(first), _) => first.manifest.shard.of(),
            (None, Some((shard, _))) => shard.of(),
            (None, None) => 0,
        };
        let mut segments: BTreeMap<u32, Delivered> = BTreeMap::new();
        for segment in delivered {
            if let Some(other) = segments.values().next() {
                agree(run, other, &segment)?;
            }
            let shard = segment.manifest.shard;
            match segments.get(&shard.index()) {
                Some(first) if head(first) != head(&segment) => {
                    let says = |segment: &Delivered| {
                        let (dir, head) = (segment.dir.display(), segment.manifest.head);
                        format!("{dir} has the head {head}")
                    };
                    return Err(MergeError::Twice {
                        run: run.clone(),
                        shard,
                        said: format!("{}, {}", says(first), says(&segment)),
                    });
                }
                Some(_) => {}
                None => {
                    segments.insert(shard.index(), segment);
                }
            }
        }
        let missing: Vec<u32> = (0..of).filter(|index| !segments.contains_key(index)).collect();
        if !missing.is_empty() || of == 0 {
            return Err(MergeError::Missing {
                run: run.clone(),
                of,
                missing: listed(&missing, unfinished),
            });
        }
        let whole = Self {
            run: run.clone(),
            segments: segments.into_values().collect(),
        };
        whole.refuse_misplaced()?;
        Ok(whole)
    }

    /// Every pull belongs to its shard, and its id is unique.
    fn refuse_misplaced(&self) -> Result<(), MergeError> {
        let mut seen = BTreeMap::new();
        for segment in &self.segments {
            let shard = segment.manifest.shard;
            for pull in segment.ledger.acquisitions() {
                if !shard.has(&pull.key.account, &pull.key.region) {
                    return Err(MergeError::Misplaced {
                        run: self.run.clone(),
                        dir: segment.dir.clone(),
                        id: pull.id.clone(),
                        shard,
                    });
                }
                if seen.insert(&pull.id, shard).is_some() {
                    return Err(MergeError::Repeated {
                        run: self.run.clone(),
                        id: pull.id.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// What it is called.
    pub fn name(&self) -> &RunName {
        &self.run
    }

    /// Appends every pull that `ledger` does not hold, in the order of the shards and of their entries.
    pub fn merge_into(&self, ledger: &mut Ledger<Open>) -> Result<Merged, MergeError> {
        self.refuse_strangers(ledger)?;
        let mut merged = Merged {
            run: self.run.clone(),
            shards: u32::try_from(self.segments.len()).expect("invariant: at most SHARDS_MAX"),
            pulls: 0,
            new: 0,
            failed: Vec::new(),
        };
        for segment in &self.segments {
            for pull in segment.ledger.acquisitions() {
                merged.pulls += 1;
                if ledger.acquisition(&pull.id).is_some() {
                    continue;
                }
                for id in pull.pages.iter().filter_map(|page| page.evidence) {
                    ledger.store(&segment.ledger.bytes(id)?)?;
                }
                if ledger.append(pull)? == Appended::New {
                    merged.new += 1;
                    merged.failed.extend(pull.failure().map(|_| pull.id.clone()));
                }
            }
        }
        Ok(merged)
    }

    /// Refuses what `ledger` could not take, before anything is written.
    fn refuse_strangers(&self, ledger: &Ledger<Open>) -> Result<(), MergeError> {
        let mut known = BTreeSet::new();
        for segment in &self.segments {
            let base = segment.manifest.base;
            if known.insert(base) && !ledger.had_head(base)? {
                return Err(MergeError::OtherLedger {
                    run: self.run.clone(),
                    dir: segment.dir.clone(),
                    base,
                    ledger: ledger.dir.clone(),
                });
            }
            for pull in segment.ledger.acquisitions() {
                let held = ledger.acquisition(&pull.id);
                if let Some(differs) = held.and_then(|held| difference(held, pull)) {
                    return Err(LedgerError::Conflict {
                        dir: ledger.dir.clone(),
                        id: pull.id.clone(),
                        differs,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }
}

impl Ledger<Open> {
    /// Whether `head` is, or once was, the head of this ledger.
    fn had_head(&self, head: Sha256Digest) -> Result<bool, LedgerError> {
        if head == self.head || head == layout::genesis() {
            return Ok(true);
        }
        for number in (1..=self.acquisitions.len() as u64).rev() {
            let path = self.dir.join(layout::entry_name(number));
            let bytes = layout::read(&path, MAX_ENTRY_BYTES, layout::HEAD)?;
            if Sha256Digest::of(&bytes) == head {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn head(segment: &Delivered) -> (u64, Sha256Digest) {
    (segment.manifest.entries, segment.manifest.head)
}

/// Refuses two segments of which one can't be a part of what the other is a part of.
fn agree(run: &RunName, first: &Delivered, second: &Delivered) -> Result<(), MergeError> {
    type Says = fn(&Manifest) -> String;
    let same: [(&'static str, Says); 3] = [
        ("the number of shards", |manifest| manifest.shard.of().to_string()),
        ("the configuration", |manifest| manifest.configuration.to_hex()),
        ("the collector", |manifest| manifest.tool.clone()),
    ];
    for (what, says) in same {
        let (one, other) = (says(&first.manifest), says(&second.manifest));
        if one != other {
            let (first, second) = (first.dir.display(), second.dir.display());
            return Err(MergeError::Mixed {
                run: run.clone(),
                said: format!("{first} has {what} {one}, {second} has {other}"),
            });
        }
    }
    Ok(())
}

/// `2, 5 and 2 more are missing (begun and not finished: …)`.
fn listed(missing: &[u32], unfinished: &[(Shard, Found)]) -> String {
    let numbers: Vec<String> = missing.iter().take(SHARDS_SHOWN).map(u32::to_string).collect();
    let more = match missing.len().saturating_sub(SHARDS_SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let begun = unfinished
        .iter()
        .filter(|(shard, _)| missing.contains(&shard.index()));
    let begun: Vec<String> = begun
        .take(SHARDS_SHOWN)
        .map(|(_, found)| found.dir.display().to_string())
        .collect();
    let begun = match begun.is_empty() {
        true => String::new(),
        false => format!(" (begun and not finished: {})", begun.join(", ")),
    };
    let verb = if missing.len() == 1 { "is" } else { "are" };
    format!("{}{more} {verb} missing{begun}", numbers.join(", "))
}
