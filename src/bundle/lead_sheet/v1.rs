//! The lead sheet, version 1 (`docs/spec/lead-sheet.md`): canonical JSON for machines, CSV for the auditor's own columns.

use serde::{Deserialize, Serialize};

use crate::bundle::results::v1::Period;

/// The value of `schema`.
const SCHEMA: &str = "backproof.lead-sheet/v1";

/// A lead sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadSheet {
    schema: String,
    /// The bundle that the sample was drawn from.
    pub bundle: Bundle,
    /// The test.
    pub test: Test,
    /// Its population.
    pub population: Population,
    /// How the sample was drawn.
    pub sampling: Sampling,
    /// What each item is tried for.
    pub attributes: Vec<Attribute>,
    /// The items, in the order in which they were drawn.
    pub items: Vec<Item>,
}

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Its id.
    pub id: String,
    /// Whose.
    pub entity: String,
    /// The period.
    pub period: Period,
    /// Digest of the manifest, which the signatures cover.
    pub manifest_sha256: String,
    /// The program that made it.
    pub tool: String,
}

/// A test in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Objective.
    pub objective: String,
    /// The procedure, step by step.
    pub procedure: Vec<String>,
}

/// A population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// What an item is.
    pub unit: String,
    /// How many there are.
    pub size: u64,
    /// Whether these are proven to be all.
    pub proven: bool,
    /// Parts of the population that nobody could look into: no items, so not drawn from.
    pub gaps: Vec<String>,
    /// SHA-256 of the ids of its items, sorted, a line feed after each.
    pub sha256: String,
    /// Where it comes from.
    pub sources: Vec<Source>,
}

/// A source of a population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub source: String,
    /// How many pulls of it are in the bundle.
    pub pulls: u64,
    /// When the first began; empty without any.
    pub first: String,
    /// When the last ended; empty without any.
    pub last: String,
}

/// How a sample was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// The method, in words that let anybody draw again.
    pub method: String,
    /// The seed, 64 hexadecimal digits.
    pub seed: String,
    /// Whether the seed follows from the population, or was brought.
    pub seed_from: SeedFrom,
    /// How many were asked for.
    pub size: u64,
    /// Why so many.
    pub basis: String,
}

/// Where a seed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedFrom {
    /// From the population and the test.
    Population,
    /// Somebody brought it.
    Given,
}

/// What items are tried for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// `A`, `B`, …
    pub id: String,
    /// What has to hold.
    pub text: String,
}

/// A drawn item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Id within the test.
    pub item: String,
    /// What decided that it was drawn.
    pub rank: String,
    /// Result for each attribute, in their order.
    pub results: Vec<String>,
    /// The words of an exception or an open item; empty for others.
    pub detail: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// A piece of evidence of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// As `results.json` cites it.
    pub citation: String,
    /// The file in the bundle, and its member; empty for a place that was searched.
    pub member: String,
    /// The record, cut short, or why it was not found.
    pub shows: String,
}

/// Why bytes are no lead sheet of this version.
#[derive(Debug, thiserror::Error)]
pub enum LeadSheetError {
    /// Not the JSON that is expected.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("the schema is {0:?}, this version reads {SCHEMA:?}")]
    Schema(String),
}

impl LeadSheet {
    /// Puts a lead sheet together.
    pub fn new(
        bundle: Bundle,
        test: Test,
        population: Population,
        sampling: Sampling,
        attributes: Vec<Attribute>,
        items: Vec<Item>,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            bundle,
            test,
            population,
            sampling,
            attributes,
            items,
        }
    }

    /// Reads one; people may have spread it over lines.
    ///
    /// # Errors
    /// See [`LeadSheetError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LeadSheetError> {
        let sheet: Self = serde_json::from_slice(bytes)?;
        if sheet.schema == SCHEMA {
            Ok(sheet)
        } else {
            Err(LeadSheetError::Schema(sheet.schema))
        }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        backproof_verify::canonical::encode(self)
            .expect("invariant: a lead sheet holds text and small integers only")
    }
}
