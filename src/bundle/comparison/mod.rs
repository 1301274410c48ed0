//! Two bundles, row by row: what is otherwise, and where that comes from.
//!
//! The five things that can change are kept apart: the program, the catalogue, the parameters, the estate, and the evidence.
//! What was concluded otherwise stands beside them, each row with those of the five that touch it. A cause is named where
//! the bundles show it; that it is the only one is never claimed.

mod conclusions;
mod entries;
mod evidence;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::checked::{Checked, CheckedError};
use super::results::v1::Results;
pub use conclusions::{Cause, Row, Tested};
pub use entries::Entry;
pub use evidence::{Pages, Proven};

/// What is otherwise in the second of two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    schema: &'static str,
    /// What the first says about itself.
    pub old: About,
    /// What the second says about itself.
    pub new: About,
    /// The program's version, where it is another.
    pub tool: Option<Change>,
    /// Entries of the catalogue.
    pub catalogue: Vec<Entry>,
    /// Parameters in force.
    pub parameters: Vec<Entry>,
    /// Places that have to be covered.
    pub estate: Vec<Entry>,
    /// Pages of evidence, by source and place.
    pub pages: Vec<Pages>,
    /// What is proven, by source and place; of bundles of one period only.
    pub proven: Vec<Proven>,
    /// Tests whose state or numbers are otherwise.
    pub tests: Vec<Tested>,
    /// Items that are concluded otherwise, or that only one bundle has.
    pub rows: Vec<Row>,
}

/// A bundle in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its id.
    pub bundle: String,
    /// Whose.
    pub entity: String,
    /// The period: start, end and time zone.
    pub period: String,
    /// The instant as of which states were judged.
    pub as_of: String,
    /// Digest of the manifest.
    pub manifest_sha256: String,
}

/// A value that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// In the first bundle.
    pub old: String,
    /// In the second.
    pub new: String,
}

impl Change {
    fn of(old: impl ToString, new: impl ToString) -> Option<Self> {
        let (old, new) = (old.to_string(), new.to_string());
        (old != new).then_some(Self { old, new })
    }
}

impl Comparison {
    /// Compares two verified bundles.
    ///
    /// # Errors
    /// A file of one of them is missing or of a version that this program does not read.
    pub fn of(old: &Checked<'_>, new: &Checked<'_>) -> Result<Self, CheckedError> {
        let results = (old.results()?, new.results()?);
        let catalogues = (entries::catalogue(old)?, entries::catalogue(new)?);
        let parameters = (entries::parameters(old)?, entries::parameters(new)?);
        let tool = |bundle: &Checked<'_>| {
            let tool = &bundle.facts().manifest.tool;
            format!("{} {}", tool.name, tool.version)
        };
        let tool = Change::of(tool(old), tool(new));
        let catalogue = entries::changes(&catalogues.0, &catalogues.1);
        let changed_parameters = entries::changes(&parameters.0, &parameters.1);
        let estate = entries::changes(&entries::estate(&results.0), &entries::estate(&results.1));
        let one_period = results.0.period == results.1.period;
        let proven = if one_period {
            evidence::proven(&results.0, &results.1)
        } else {
            Vec::new()
        };
        let pages = evidence::pages(old, new)?;
        let known = conclusions::Known {
            tool: tool.is_some(),
            catalogue: names(&catalogue),
            parameters: names(&changed_parameters),
            used: entries::parameters_by_test(new)?,
            sources: pages
                .iter()
                .map(|pages| (pages.source.clone(), pages.account.clone(), pages.region.clone()))
                .collect(),
            estate: !estate.is_empty(),
        };
        let (tests, rows) = conclusions::compare(&results.0, &results.1, &known);
        Ok(Self {
            schema: "backproof.comparison/v1",
            old: about(old, &results.0),
            new: about(new, &results.1),
            tool,
            catalogue,
            parameters: changed_parameters,
            estate,
            pages,
            proven,
            tests,
            rows,
        })
    }

    /// Whether nothing but signatures is otherwise.
    pub fn is_empty(&self) -> bool {
        self.tool.is_none()
            && self.catalogue.is_empty()
            && self.parameters.is_empty()
            && self.estate.is_empty()
            && self.pages.is_empty()
            && self.proven.is_empty()
            && self.tests.is_empty()
            && self.rows.is_empty()
    }
}

fn names(entries: &[Entry]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

fn about(bundle: &Checked<'_>, results: &Results) -> About {
    let period = &results.period;
    About {
        bundle: bundle.facts().manifest.bundle_id.clone(),
        entity: results.entity.clone(),
        period: format!("{} to {} ({})", period.start, period.end, period.time_zone),
        as_of: results.as_of.clone(),
        manifest_sha256: bundle.facts().manifest_sha256.to_hex(),
    }
}

/// Values of two maps by their common keys; a value that one of them lacks is `None`.
fn side_by_side<'m, K: Ord, V>(
    old: &'m BTreeMap<K, V>,
    new: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (&'m K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    keys.into_iter().map(|key| (key, old.get(key), new.get(key)))
}
