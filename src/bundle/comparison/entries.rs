//! Entries by name, of the catalogue, the parameters and the estate: added, removed, changed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::side_by_side;
use crate::bundle::checked::{Checked, CheckedError, content};
use crate::bundle::results::v1::Results;

const CATALOGUE: &str = "data/catalogue.toml";
const PARAMETERS: &str = "data/parameters.json";

/// Members of an entry by name, as text.
type Members = BTreeMap<String, String>;
/// Entries by name.
type Entries = BTreeMap<String, Members>;

/// An entry that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name, for instance `test CT-05`.
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub how: &'static str,
    /// Its members that are otherwise, in words.
    pub members: Vec<String>,
}

/// What is otherwise between two lists of entries.
pub(super) fn changes(old: &Entries, new: &Entries) -> Vec<Entry> {
    let changed = side_by_side(old, new).filter_map(|(name, old, new)| {
        let none = Members::new();
        let members = side_by_side(old.unwrap_or(&none), new.unwrap_or(&none));
        let members: Vec<String> = members
            .filter(|(_, old, new)| old != new)
            .map(|(member, old, new)| match (old, new) {
                (Some(old), Some(new)) => format!("{member}: {old} became {new}"),
                (None, Some(new)) => format!("{member}: {new} was added"),
                (Some(old), None) => format!("{member}: {old} was removed"),
                (None, None) => member.clone(),
            })
            .collect();
        let how = match (old, new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ if members.is_empty() => return None,
            _ => "changed",
        };
        Some(Entry {
            name: name.clone(),
            how,
            members: if how == "changed" { members } else { Vec::new() },
        })
    });
    changed.collect()
}

/// The entries of the catalogue in force.
pub(super) fn catalogue(bundle: &Checked<'_>) -> Result<Entries, CheckedError> {
    let mut entries = Entries::new();
    for (table, value) in tables(bundle)? {
        match value {
            toml::Value::Array(rows) => {
                for row in rows {
                    let id = ["id", "frequency"].iter().find_map(|key| row.get(key)?.as_str());
                    entries.insert(format!("{table} {}", id.unwrap_or_default()), members(&row));
                }
            }
            head => {
                entries.insert(table, members(&head));
            }
        }
    }
    Ok(entries)
}

/// The parameters that each test of the catalogue uses.
pub(super) fn parameters_by_test(
    bundle: &Checked<'_>,
) -> Result<BTreeMap<String, Vec<String>>, CheckedError> {
    let tests = tables(bundle)?.remove("test");
    let tests = tests.iter().filter_map(toml::Value::as_array).flatten();
    let used = tests.filter_map(|test| {
        let names = test.get("parameters").and_then(toml::Value::as_array);
        let names = names
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned));
        Some((test.get("id")?.as_str()?.to_owned(), names.collect()))
    });
    Ok(used.collect())
}

fn tables(bundle: &Checked<'_>) -> Result<toml::Table, CheckedError> {
    bundle
        .text(CATALOGUE)?
        .parse()
        .map_err(|error: toml::de::Error| content(CATALOGUE, error.message()))
}

fn members(entry: &toml::Value) -> Members {
    let table = entry.as_table().into_iter().flatten();
    table
        .map(|(key, value)| {
            let text = value.as_str().map(str::to_owned);
            (key.clone(), text.unwrap_or_else(|| value.to_string()))
        })
        .collect()
}

/// The parameters in force.
pub(super) fn parameters(bundle: &Checked<'_>) -> Result<Entries, CheckedError> {
    let bytes = bundle.file(PARAMETERS)?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| content(PARAMETERS, error))?;
    let rows = document["parameters"].as_array();
    let rows = rows.ok_or_else(|| content(PARAMETERS, "there is no list of parameters"))?;
    let entries = rows.iter().map(|row| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let members = row.as_object().into_iter().flatten();
        let members = members
            .filter(|(key, _)| *key != "id")
            .map(|(key, value)| (key.clone(), text(value)));
        (text(&row["id"]), members.collect())
    });
    Ok(entries.collect())
}

/// The places that have to be covered.
pub(super) fn estate(results: &Results) -> Entries {
    let expected = results.coverage.iter().filter(|place| place.expected);
    expected
        .map(|place| {
            let name = format!("{} {} {}", place.source, place.account, place.region);
            (name, Members::new())
        })
        .collect()
}
