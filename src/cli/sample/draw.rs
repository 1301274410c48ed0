//! The draw: from a verified bundle to a lead sheet.

use anyhow::{Context as _, Result, bail};
use backproof_verify::digest::Sha256Digest;
use serde_json::Value;

use crate::bundle::checked::Checked;
use crate::bundle::lead_sheet::v1::{
    Attribute, Bundle, Evidence, Item, LeadSheet, Population, Sampling, SeedFrom, Source, Test,
};
use crate::bundle::records::{Found, RecordReader};
use crate::bundle::results::v1::{self, Results};
use crate::catalogue::{self, Catalogue, CatalogueFile};
use crate::evaluate::sampling::{Seed, draw};
use crate::model::ids::TestId;

/// A record is shown as far as this many characters.
const SHOWN_MAX: usize = 200;
/// Items with this beginning stand for gaps of the population itself.
const GAP_PREFIX: &str = "population/";

/// What is to be drawn.
pub(super) struct Wanted {
    pub(super) test: TestId,
    pub(super) size: Option<u64>,
    pub(super) seed: Option<Seed>,
}

/// Draws `wanted` from `bundle`.
pub(super) fn lead_sheet(bundle: &Checked<'_>, wanted: &Wanted) -> Result<LeadSheet> {
    let results = bundle.results()?;
    let text = bundle.text("data/catalogue.toml")?;
    let catalogue = Catalogue::from_toml(&[CatalogueFile {
        name: "data/catalogue.toml",
        text: &text,
    }])
    .context("the bundle's catalogue is of another version")?;
    let result = results.tests.iter().find(|test| test.id == wanted.test.as_str());
    let (Some(result), Some(test)) = (result, catalogue.test(&wanted.test)) else {
        bail!("the bundle has no test {}", wanted.test);
    };
    let (population, items) = population(bundle, result, test)?;
    let digest: Sha256Digest = population.sha256.parse().context("the population's digest")?;
    let seed = wanted
        .seed
        .unwrap_or_else(|| Seed::of_population(&digest, &wanted.test));
    let (size, basis) = size(wanted.size, test, &catalogue)?;
    let ids: Vec<&str> = items.iter().map(|item| item.item.as_str()).collect();
    let drawn = draw(&ids, usize::try_from(size).unwrap_or(usize::MAX), &seed);
    let mut records = RecordReader::of(bundle)?;
    let mut rows = Vec::new();
    for position in drawn {
        rows.push(row(items[position], result, &seed, &mut records)?);
    }
    let seed_from = match wanted.seed {
        Some(_) => SeedFrom::Given,
        None => SeedFrom::Population,
    };
    Ok(LeadSheet::new(
        about_bundle(bundle, &results),
        about_test(test),
        population,
        Sampling {
            method: "an item's rank is SHA-256 of the seed in hexadecimal, a line feed, the item's id, a line feed; the items \
                     with the least ranks are drawn. A seed from the population is SHA-256 of `backproof.sample/v1`, the \
                     population's sha256 and the test's id, each with a line feed after it"
                .to_owned(),
            seed: seed.digest().to_hex(),
            seed_from,
            size,
            basis,
        },
        attributes(test),
        rows,
    ))
}

fn size(given: Option<u64>, test: &catalogue::Test, catalogue: &Catalogue) -> Result<(u64, String)> {
    if let Some(size) = given {
        return Ok((size, "asked for".to_owned()));
    }
    let size = catalogue.sample_size(&test.frequency);
    let size = size.with_context(|| format!("the catalogue has no sample size for {}", test.frequency))?;
    Ok((size.size, format!("{}: {}", test.frequency, size.basis)))
}

/// The population of a test, and its items in the order of their ids.
fn population<'r>(
    bundle: &Checked<'_>,
    result: &'r v1::Test,
    test: &catalogue::Test,
) -> Result<(Population, Vec<&'r v1::Item>)> {
    if let Some(reason) = &result.not_tested_reason {
        bail!(
            "{} was not run, so that it has no population: {reason}",
            result.id
        );
    }
    let empty = |item: &v1::Item| item.item == "population" && item.state == "NO_OCCURRENCE";
    let (gaps, items): (Vec<_>, Vec<_>) = result
        .items
        .iter()
        .filter(|item| !empty(item))
        .partition(|item| item.item.starts_with(GAP_PREFIX));
    if items.len() as u64 != result.population {
        bail!(
            "the results say {} items of {}, and list {}",
            result.population,
            result.id,
            items.len()
        );
    }
    if items.is_empty() {
        bail!(
            "the population of {} ({}) has no item: there is nothing to draw",
            result.id,
            result.population_unit
        );
    }
    let mut ids: Vec<&str> = items.iter().map(|item| item.item.as_str()).collect();
    ids.sort_unstable();
    let listed: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let population = Population {
        unit: result.population_unit.clone(),
        size: result.population,
        proven: result.population_proven && gaps.is_empty(),
        gaps: gaps.iter().map(|gap| gap.item.clone()).collect(),
        sha256: Sha256Digest::of(listed.as_bytes()).to_hex(),
        sources: sources(bundle, test)?,
    };
    Ok((population, items))
}

/// The pulls of each source that the test reads.
fn sources(bundle: &Checked<'_>, test: &catalogue::Test) -> Result<Vec<Source>> {
    let receipts = bundle.text("data/receipts.jsonl")?;
    let mut sources: Vec<Source> = test
        .inputs
        .iter()
        .map(|input| Source {
            source: input.clone(),
            pulls: 0,
            first: String::new(),
            last: String::new(),
        })
        .collect();
    for line in receipts.lines() {
        let entry: Value = serde_json::from_str(line).context("data/receipts.jsonl of the bundle")?;
        let pull = &entry["acquisition"];
        let text = |member: &str| pull[member].as_str().unwrap_or_default().to_owned();
        for source in sources
            .iter_mut()
            .filter(|source| pull["source"] == source.source.as_str())
        {
            let (started, finished) = (text("started"), text("finished"));
            if source.pulls == 0 || started < source.first {
                source.first = started;
            }
            source.last = finished.max(std::mem::take(&mut source.last));
            source.pulls += 1;
        }
    }
    Ok(sources)
}

fn about_bundle(bundle: &Checked<'_>, results: &Results) -> Bundle {
    let manifest = &bundle.facts().manifest;
    Bundle {
        id: manifest.bundle_id.clone(),
        entity: manifest.entity.clone(),
        period: results.period.clone(),
        manifest_sha256: bundle.facts().manifest_sha256.to_hex(),
        tool: format!("{} {}", manifest.tool.name, manifest.tool.version),
    }
}

fn about_test(test: &catalogue::Test) -> Test {
    Test {
        id: test.id.to_string(),
        title: test.title.clone(),
        objective: test.objective.clone(),
        procedure: test.procedure.clone(),
    }
}

fn attributes(test: &catalogue::Test) -> Vec<Attribute> {
    [
        ("A", test.criterion.as_str()),
        (
            "B",
            "Each record that the conclusion cites is in the bundle, under its digest and at its place.",
        ),
    ]
    .map(|(id, text)| Attribute {
        id: id.to_owned(),
        text: text.to_owned(),
    })
    .into()
}

fn row(item: &v1::Item, result: &v1::Test, seed: &Seed, records: &mut RecordReader<'_, '_>) -> Result<Item> {
    let mut evidence = Vec::new();
    let (mut found, mut lost) = (0_u64, 0_u64);
    for citation in &item.evidence {
        let (member, shows) = match records.find(citation)? {
            Found::Record { member, value, .. } => {
                found += 1;
                (format!("{}:{}", member.tar, member.name), cut(&value.to_string()))
            }
            Found::Lost(why) => {
                lost += 1;
                (String::new(), why)
            }
            Found::Searched(place) => (String::new(), format!("searched: {place}")),
        };
        evidence.push(Evidence {
            citation: citation.clone(),
            member,
            shows,
        });
    }
    let traced = match (found, lost) {
        (0, 0) => "no record cited: an absence".to_owned(),
        (found, 0) => format!("{found} of {found} records found"),
        (found, lost) => format!("{lost} of {} records NOT found", found + lost),
    };
    Ok(Item {
        item: item.item.clone(),
        rank: seed.rank(&item.item).to_hex(),
        results: vec![item.state.clone(), traced],
        detail: detail(item, result),
        evidence,
    })
}

fn detail(item: &v1::Item, result: &v1::Test) -> String {
    let exception = result.exceptions.iter().find(|one| one.item == item.item);
    let open = result.indeterminate.iter().find(|one| one.item == item.item);
    let words = exception
        .map(|one| format!("{}: {}", one.id, one.condition))
        .or_else(|| open.map(|one| format!("{}: {}", one.id, one.reason)));
    words.unwrap_or_default()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(SHOWN_MAX).collect();
    format!("{head}…")
}

/// What a second draw gives otherwise, in words.
pub(super) fn differences(sheet: &LeadSheet, again: &LeadSheet) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, was: &str, is: &str| {
        if was != is {
            differences.push(format!(
                "{what}: the lead sheet says {was}, the bundle gives {is}"
            ));
        }
    };
    compare("period", &sheet.bundle.period.name, &again.bundle.period.name);
    compare("population", &sheet.population.sha256, &again.population.sha256);
    compare("seed", &sheet.sampling.seed, &again.sampling.seed);
    let (was, is) = (sheet.items.len().to_string(), again.items.len().to_string());
    compare("number of items", &was, &is);
    for (number, (was, is)) in (1..).zip(sheet.items.iter().zip(&again.items)) {
        compare(&format!("item {number}"), &was.item, &is.item);
        if was.item == is.item {
            compare(&format!("rank of {}", is.item), &was.rank, &is.rank);
            compare(
                &format!("results of {}", is.item),
                &was.results.join(", "),
                &is.results.join(", "),
            );
        }
    }
    differences
}
