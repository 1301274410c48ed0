//! The quarter with some pulls altered or taken away. Every pull is read once; a variant reads only what differs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use backproof::evaluate::evaluate;
use backproof::ledger::LedgerError;
use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::Acquisition;
use backproof::model::ids::{EvidenceId, Sha256Digest};
use backproof::model::scope::Scope;
use backproof::model::source::Source;
use backproof::normalize::{Reading, combine};
use serde_json::Value;

use crate::quarter::{AS_RECORDED, Concluded, QUARTER};
use crate::standing::Standing;

/// Every pull of the quarter, read.
pub(crate) static READINGS: LazyLock<Vec<Reading<'static>>> = LazyLock::new(|| {
    let pulls = pulls().iter();
    pulls.map(|pull| Reading::of(&QUARTER.store, pull)).collect()
});

/// What the whole quarter claims.
pub(crate) static WHOLE: LazyLock<Standing> = LazyLock::new(|| Standing::of(&AS_RECORDED.evaluation));

/// The pulls as recorded.
pub(crate) fn pulls() -> &'static [Acquisition] {
    QUARTER.store.acquisitions()
}

/// A pull with other pages, and the bytes that they name.
#[derive(Clone)]
pub(crate) struct Pull {
    pub(crate) receipt: Acquisition,
    bodies: BTreeMap<EvidenceId, Vec<u8>>,
}

impl EvidenceStore for Pull {
    fn acquisitions(&self) -> &[Acquisition] {
        std::slice::from_ref(&self.receipt)
    }

    fn bytes(&self, id: EvidenceId) -> Result<Cow<'_, [u8]>, LedgerError> {
        match self.bodies.get(&id) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => QUARTER.store.bytes(id),
        }
    }
}

impl Pull {
    /// The pull at `index`, as recorded.
    pub(crate) fn recorded(index: usize) -> Self {
        Self {
            receipt: pulls()[index].clone(),
            bodies: BTreeMap::new(),
        }
    }

    /// The bytes of a page.
    pub(crate) fn body(&self, page: usize) -> Vec<u8> {
        let id = self.receipt.pages[page].evidence.unwrap();
        self.bytes(id).unwrap().into_owned()
    }

    /// Puts `bytes` in place of a page's body, with a receipt that says so.
    pub(crate) fn set_body(&mut self, page: usize, bytes: Vec<u8>) {
        let id = EvidenceId(Sha256Digest::of(&bytes));
        let page = &mut self.receipt.pages[page];
        page.size = bytes.len() as u64;
        page.evidence = Some(id);
        self.bodies.insert(id, bytes);
    }

    /// Edits each page that is JSON; says whether any changed.
    pub(crate) fn edit(&mut self, edit: &dyn Fn(&mut Value)) -> bool {
        let mut changed = false;
        for page in 0..self.receipt.pages.len() {
            let Ok(before) = serde_json::from_slice::<Value>(&self.body(page)) else {
                continue;
            };
            let mut after = before.clone();
            edit(&mut after);
            if after != before {
                self.set_body(page, serde_json::to_vec(&after).unwrap());
                changed = true;
            }
        }
        changed
    }
}

/// The quarter with some pulls replaced (`None`: taken away), by their index.
#[derive(Default)]
pub(crate) struct Variant(pub(crate) BTreeMap<usize, Option<Pull>>);

impl Variant {
    /// Edits every page of every pull of `source`. At least one page has to change.
    pub(crate) fn edited(source: Source, edit: impl Fn(&mut Value)) -> Self {
        Self::default().and(source, edit)
    }

    /// The same on top of what has been altered already.
    pub(crate) fn and(mut self, source: Source, edit: impl Fn(&mut Value)) -> Self {
        let mut changed = false;
        for (index, _) in of_source(source) {
            let mut pull = match self.0.get(&index) {
                Some(Some(pull)) => pull.clone(),
                Some(None) => continue,
                None => Pull::recorded(index),
            };
            if pull.edit(&edit) {
                self.0.insert(index, Some(pull));
                changed = true;
            }
        }
        assert!(changed, "nothing of {source} was altered");
        self
    }

    /// What is concluded.
    pub(crate) fn concluded(&self) -> Concluded {
        self.concluded_in(&QUARTER.scope)
    }

    /// What is concluded in another scope.
    pub(crate) fn concluded_in(&self, scope: &Scope) -> Concluded {
        let altered: Vec<Reading<'_>> = self
            .0
            .values()
            .flatten()
            .map(|pull| Reading::of(pull, &pull.receipt))
            .collect();
        let same = READINGS
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.0.contains_key(index));
        let records = combine(same.map(|(_, reading)| reading).chain(&altered), &scope.estate);
        let evaluation = evaluate(scope, &QUARTER.catalogue, &QUARTER.parameters, &records).unwrap();
        Concluded { records, evaluation }
    }
}

/// The pulls of a source, with their indices.
pub(crate) fn of_source(source: Source) -> impl Iterator<Item = (usize, &'static Acquisition)> {
    let all = pulls().iter().enumerate();
    all.filter(move |(_, pull)| pull.key.source == source)
}
