//! What a conclusion rests on: records that were found, and places that were searched.

use crate::model::coverage::{Gap, Proof};
use crate::model::records::Citation;
use crate::model::source::SourceKey;

/// What a conclusion rests on. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    records: Vec<Citation>,
    searched: Vec<SourceKey>,
}

impl Evidence {
    /// A record that was found.
    pub fn of(record: &Citation) -> Self {
        Self {
            records: vec![record.clone()],
            searched: Vec::new(),
        }
    }

    /// Records that were found; `None` of none.
    pub fn all<'a>(records: impl IntoIterator<Item = &'a Citation>) -> Option<Self> {
        let records: Vec<_> = records.into_iter().cloned().collect();
        (!records.is_empty()).then_some(Self {
            records,
            searched: Vec::new(),
        })
    }

    /// An absence: the sources that were searched. A gap counts too: it names where nobody could look.
    pub fn absence_in(proof: &Proof) -> Self {
        let mut searched: Vec<_> = proof.spans().iter().map(|(key, _)| key.clone()).collect();
        searched.sort();
        searched.dedup();
        Self {
            records: Vec::new(),
            searched,
        }
    }

    /// Gaps: the sources that should have been searched. `None` of none.
    pub fn gaps(gaps: &[Gap]) -> Option<Self> {
        let mut searched: Vec<_> = gaps.iter().map(|gap| gap.key.clone()).collect();
        searched.sort();
        searched.dedup();
        (!searched.is_empty()).then_some(Self {
            records: Vec::new(),
            searched,
        })
    }

    /// A source in one place, searched or to be searched.
    pub fn place(key: &SourceKey) -> Self {
        Self {
            records: Vec::new(),
            searched: vec![key.clone()],
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.records.extend(other.records);
        self.searched.extend(other.searched);
        self.searched.sort();
        self.searched.dedup();
        let mut seen = std::collections::BTreeSet::new();
        self.records.retain(|citation| seen.insert(citation.clone()));
        self
    }

    /// The cited records, in the order in which they were cited.
    pub fn records(&self) -> &[Citation] {
        &self.records
    }

    /// The sources searched.
    pub fn searched(&self) -> &[SourceKey] {
        &self.searched
    }
}
