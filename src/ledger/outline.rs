//! What a ledger has been asked for so far: its receipts, without its bodies.
//!
//! That is all that the next question follows from. So a shard need not hash the evidence of years before it asks, and a
//! body that was altered is found by whoever reads it. Where the next question follows from what was answered, one body at a time
//! is read, and hashed.

use std::path::Path;

use super::error::LedgerError;
use super::{chain, layout, lock, objects, opening};
use crate::model::acquisition::Acquisition;
use crate::model::ids::{EvidenceId, Sha256Digest};

/// The receipts of a ledger, in order, and the digest of the last.
#[derive(Debug)]
pub struct Outline {
    /// Every pull that the head covers.
    pub acquisitions: Vec<Acquisition>,
    /// Digest of the last entry; without any, of `FORMAT`.
    pub head: Sha256Digest,
}

impl Outline {
    /// Reads and verifies the chain of the ledger in `dir`. Where no ledger was begun yet, nothing was asked for.
    pub fn read(dir: &Path) -> Result<Self, LedgerError> {
        opening::refuse_other_uses(dir)?;
        if !layout::exists(&dir.join(layout::FORMAT))? {
            return Ok(Self {
                acquisitions: Vec::new(),
                head: layout::genesis(),
            });
        }
        let _until_read = lock::Lock::shared(dir)?;
        let chain = chain::load(dir)?;
        Ok(Self {
            acquisitions: chain.acquisitions,
            head: chain.head,
        })
    }

    /// The bytes of one body of the ledger in `dir`, hashed: to know what to ask next, and no evidence of anything.
    pub fn body(dir: &Path, id: EvidenceId) -> Result<Vec<u8>, LedgerError> {
        objects::read(dir, id, "the collector")
    }
}
