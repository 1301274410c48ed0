//! What readers of evidence ask for: the acquisitions in order, and the bytes that a digest names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::acquisition::Acquisition;
use crate::model::ids::{EvidenceId, Sha256Digest};

/// The bytes of a piece of evidence can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No bytes under this digest.
    #[error("evidence {0} is not in the store")]
    Missing(EvidenceId),
}

/// Read access to evidence.
pub trait EvidenceStore {
    /// Every acquisition in the order of the store.
    fn acquisitions(&self) -> &[Acquisition];

    /// The bytes of `id`.
    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, StoreError>;
}

/// Evidence in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    acquisitions: Vec<Acquisition>,
    objects: BTreeMap<EvidenceId, Vec<u8>>,
}

impl MemoryStore {
    /// Keeps `bytes` under their digest.
    pub fn put(&mut self, bytes: Vec<u8>) -> EvidenceId {
        let id = EvidenceId(Sha256Digest::of(&bytes));
        self.objects.insert(id, bytes);
        id
    }

    /// Adds an acquisition at the end.
    pub fn push(&mut self, acquisition: Acquisition) {
        self.acquisitions.push(acquisition);
    }
}

impl EvidenceStore for MemoryStore {
    fn acquisitions(&self) -> &[Acquisition] {
        &self.acquisitions
    }

    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, StoreError> {
        self.objects
            .get(&id)
            .map(|bytes| Cow::Borrowed(bytes.as_slice()))
            .ok_or(StoreError::Missing(id))
    }
}
