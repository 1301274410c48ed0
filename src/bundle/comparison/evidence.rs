//! Evidence: pages that only one bundle has, and spans that only one of them proves.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Change, side_by_side};
use crate::bundle::checked::{Checked, CheckedError, content};
use crate::bundle::results::v1::Results;

const INDEX: &str = "data/evidence/index.csv";

/// The pages of a source in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pages {
    /// Source.
    pub source: String,
    /// Account, project or database.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Pages that both bundles have.
    pub both: u64,
    /// Digests of pages that only the first has.
    pub only_old: Vec<String>,
    /// Digests of pages that only the second has.
    pub only_new: Vec<String>,
}

/// What is proven of a source in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Source, account and region.
    pub place: String,
    /// The proven spans.
    pub spans: Change,
}

type Place = (String, String, String);

/// The places of which a bundle has pages that the other lacks.
pub(super) fn pages(old: &Checked<'_>, new: &Checked<'_>) -> Result<Vec<Pages>, CheckedError> {
    let (old, new) = (digests(old)?, digests(new)?);
    let none = BTreeSet::new();
    let places = side_by_side(&old, &new).filter_map(|((source, account, region), old, new)| {
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        (old != new).then(|| Pages {
            source: source.clone(),
            account: account.clone(),
            region: region.clone(),
            both: old.intersection(new).count() as u64,
            only_old: old.difference(new).cloned().collect(),
            only_new: new.difference(old).cloned().collect(),
        })
    });
    Ok(places.collect())
}

fn digests(bundle: &Checked<'_>) -> Result<BTreeMap<Place, BTreeSet<String>>, CheckedError> {
    let bytes = bundle.file(INDEX)?;
    let mut digests: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
    for row in csv::Reader::from_reader(bytes.as_slice()).records() {
        let row = row.map_err(|error| content(INDEX, error))?;
        let cell = |column: usize| row.get(column).unwrap_or_default().to_owned();
        let place = (cell(3), cell(4), cell(5));
        digests.entry(place).or_default().insert(cell(0));
    }
    Ok(digests)
}

/// The places of which the two prove other spans of their one period.
pub(super) fn proven(old: &Results, new: &Results) -> Vec<Proven> {
    let spans = |results: &Results| -> BTreeMap<String, String> {
        let places = results.coverage.iter().map(|place| {
            let covered = place
                .covered
                .iter()
                .map(|span| format!("{}..{}", span.start, span.end));
            let covered: Vec<_> = covered.collect();
            let name = format!("{} {} {}", place.source, place.account, place.region);
            let shown = if covered.is_empty() {
                "nothing".to_owned()
            } else {
                covered.join(", ")
            };
            (name, shown)
        });
        places.collect()
    };
    let (old, new) = (spans(old), spans(new));
    let both = side_by_side(&old, &new).filter_map(|(place, old, new)| {
        let spans = Change::of(old?, new?)?;
        Some(Proven {
            place: place.clone(),
            spans,
        })
    });
    both.collect()
}
