//! What `normalize` reads: pulls in order, and the bytes that they name. A sealed ledger is one such store; a store in
//! memory is another, from which a test can take away a page or a pull.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::LedgerError;
use super::{Ledger, Sealed};
use crate::model::acquisition::Acquisition;
use crate::model::ids::{AcquisitionId, EvidenceId, Sha256Digest};

/// Evidence, to be read.
pub trait EvidenceStore {
    /// Every pull, in the order in which it was appended.
    fn acquisitions(&self) -> &[Acquisition];

    /// The bytes of one body, verbatim, whose digest has been checked in this call.
    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, LedgerError>;
}

impl EvidenceStore for Ledger<Sealed> {
    fn acquisitions(&self) -> &[Acquisition] {
        Ledger::acquisitions(self)
    }

    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, LedgerError> {
        Ledger::bytes(self, id).map(Cow::Owned)
    }
}

/// Evidence in memory. Copies share the bodies.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    acquisitions: Vec<Acquisition>,
    bodies: Arc<BTreeMap<EvidenceId, Vec<u8>>>,
}

impl MemoryStore {
    /// All that `store` holds.
    pub fn copy_of(store: &dyn EvidenceStore) -> Result<Self, LedgerError> {
        let mut copy = Self::default();
        for acquisition in store.acquisitions() {
            for id in acquisition.pages.iter().filter_map(|page| page.evidence) {
                copy.put(store.bytes(id)?.into_owned());
            }
            copy.push(acquisition.clone());
        }
        Ok(copy)
    }

    /// Holds `bytes` under their digest.
    pub fn put(&mut self, bytes: Vec<u8>) -> EvidenceId {
        let id = EvidenceId(Sha256Digest::of(&bytes));
        Arc::make_mut(&mut self.bodies).insert(id, bytes);
        id
    }

    /// Adds a pull at the end.
    pub fn push(&mut self, acquisition: Acquisition) {
        self.acquisitions.push(acquisition);
    }

    /// The same evidence without the pull `id`.
    pub fn without_pull(&self, id: &AcquisitionId) -> Self {
        let mut rest = self.clone();
        rest.acquisitions.retain(|acquisition| acquisition.id != *id);
        rest
    }

    /// The same evidence without the page of that index (from 0) of the pull `id`: its receipt goes with it.
    pub fn without_page(&self, id: &AcquisitionId, page: usize) -> Self {
        let mut rest = self.clone();
        for acquisition in rest
            .acquisitions
            .iter_mut()
            .filter(|acquisition| acquisition.id == *id)
        {
            if page < acquisition.pages.len() {
                acquisition.pages.remove(page);
            }
        }
        rest
    }
}

impl EvidenceStore for MemoryStore {
    fn acquisitions(&self) -> &[Acquisition] {
        &self.acquisitions
    }

    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, LedgerError> {
        // `put` is the only way in, and it takes the digest of what it holds.
        self.bodies
            .get(&id)
            .map(|bytes| Cow::Borrowed(bytes.as_slice()))
            .ok_or(LedgerError::NoEvidence { id })
    }
}
