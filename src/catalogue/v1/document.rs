//! A catalogue before its entries are typed: rows of tables, each with the file that it stands in, and how the files of an
//! organisation lie over those of the program.
//!
//! Statements, controls, frameworks, observations and sample sizes are the organisation's own: a table of theirs takes the
//! place of the whole built-in one. Tests, parameters and sources have code behind them: an entry of theirs takes the place of
//! the built-in one of its id. What the other side says of statements follows: a test that they did not write tries the
//! statements that name it, and a built-in control that no statement maps to is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::tables::{Head, WireControl, WireFramework, WireObservation, WireParameter, WireSource};
use super::tables::{WireSampleSize, WireStatement, WireTest};
use super::{TABLES, Wire, parse};
use crate::catalogue::CatalogueFile;
use crate::catalogue::error::{CatalogueError, Nearest};

/// Tables that an organisation replaces as a whole.
const WHOLE: [&str; 5] = [
    WireFramework::TABLE,
    WireControl::TABLE,
    WireStatement::TABLE,
    WireObservation::TABLE,
    WireSampleSize::TABLE,
];
/// Tables that it replaces entry by entry.
const BY_ENTRY: [&str; 3] = [WireSource::TABLE, WireParameter::TABLE, WireTest::TABLE];

/// One entry, with the file that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) file: String,
    pub(super) value: toml::Value,
}

impl Row {
    /// The entry's id, if it has one.
    pub(super) fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// A text of the entry.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(toml::Value::as_str)
    }

    /// The texts of a list of the entry.
    fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        let list = self.value.get(key).and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(toml::Value::as_str)
    }
}

/// The tables of one or more files.
pub(super) struct Document {
    pub(super) head: Option<(String, toml::Value)>,
    pub(super) tables: BTreeMap<&'static str, Vec<Row>>,
}

impl Document {
    /// Reads `files`; a table may stand in several.
    pub(super) fn read(files: &[CatalogueFile<'_>]) -> Result<Self, CatalogueError> {
        let mut document = Self {
            head: None,
            tables: BTreeMap::new(),
        };
        for file in files {
            for (name, value) in parse(file)? {
                if name == Head::TABLE {
                    document.take_head(file.name, value)?;
                } else {
                    document.take(file.name, &name, value)?;
                }
            }
        }
        Ok(document)
    }

    fn take_head(&mut self, file: &str, value: toml::Value) -> Result<(), CatalogueError> {
        if let Some((first, _)) = &self.head {
            return Err(CatalogueError::Duplicate {
                file: file.to_owned(),
                place: "table [catalogue]".to_owned(),
                first: first.clone(),
            });
        }
        self.head = Some((file.to_owned(), value));
        Ok(())
    }

    fn take(&mut self, file: &str, name: &str, value: toml::Value) -> Result<(), CatalogueError> {
        let Some(table) = TABLES.into_iter().find(|known| *known == name) else {
            return Err(CatalogueError::UnknownTable {
                file: file.to_owned(),
                table: name.to_owned(),
                nearest: Nearest::of(name, TABLES.into_iter().chain([Head::TABLE])),
            });
        };
        let toml::Value::Array(rows) = value else {
            return Err(CatalogueError::Entry {
                file: file.to_owned(),
                place: format!("table `{table}`"),
                reason: format!("it has to be written as [[{table}]], once for each entry"),
            });
        };
        let rows = rows.into_iter().map(|value| Row {
            file: file.to_owned(),
            value,
        });
        self.tables.entry(table).or_default().extend(rows);
        Ok(())
    }

    /// This document of an organisation over the `builtin` one.
    pub(super) fn over(mut self, mut builtin: Self) -> Result<Self, CatalogueError> {
        let own_statements = self.tables.contains_key(WireStatement::TABLE);
        let own_controls = self.tables.contains_key(WireControl::TABLE);
        let mut tables = BTreeMap::new();
        for table in WHOLE {
            let rows = self.tables.remove(table);
            tables.insert(
                table,
                rows.or_else(|| builtin.tables.remove(table)).unwrap_or_default(),
            );
        }
        let mut written = Vec::new();
        for table in BY_ENTRY {
            let own = self.tables.remove(table).unwrap_or_default();
            let base = builtin.tables.remove(table).unwrap_or_default();
            if table == WireTest::TABLE {
                check_procedures(&own, &base)?;
                written = own.iter().filter_map(|row| row.id().map(str::to_owned)).collect();
            }
            tables.insert(table, by_entry(own, base));
        }
        if own_statements {
            follow_statements(&mut tables, &written, own_controls);
        }
        Ok(Self {
            head: self.head.or(builtin.head),
            tables,
        })
    }

    /// The document as one TOML text, which is itself a catalogue.
    pub(super) fn text(&self) -> String {
        let mut whole = toml::Table::new();
        if let Some((_, head)) = &self.head {
            whole.insert(Head::TABLE.to_owned(), head.clone());
        }
        for (table, rows) in &self.tables {
            let rows = rows.iter().map(|row| row.value.clone()).collect();
            whole.insert((*table).to_owned(), toml::Value::Array(rows));
        }
        toml::to_string(&whole).expect("invariant: what was read from TOML can be written as TOML")
    }
}

/// A test of the organisation has the procedure of the built-in test of its id, and no other: it can change what is said
/// of a test and what it is mapped to, not what is done.
fn check_procedures(own: &[Row], builtin: &[Row]) -> Result<(), CatalogueError> {
    for row in own {
        let named = row.value.get("implemented_by");
        let base = builtin.iter().find(|base| base.id() == row.id());
        if named != base.and_then(|base| base.value.get("implemented_by")) {
            let id = row.id().unwrap_or_default();
            let reason = match base.and_then(|base| base.value.get("implemented_by")?.as_str()) {
                Some(procedure) => {
                    format!("`implemented_by` has to be \"{procedure}\", as in the built-in test")
                }
                None => "no procedure of this program tries it: leave `implemented_by` out".to_owned(),
            };
            return Err(CatalogueError::Entry {
                file: row.file.clone(),
                place: format!("test {id}"),
                reason,
            });
        }
    }
    Ok(())
}

/// `own` entries in the places of the built-in ones of their ids; new ones at the end. What stands twice among the
/// organisation's own entries stays twice, and is refused when it is typed.
fn by_entry(own: Vec<Row>, builtin: Vec<Row>) -> Vec<Row> {
    let ids: BTreeSet<String> = builtin
        .iter()
        .filter_map(|row| row.id().map(str::to_owned))
        .collect();
    let (mut replacing, added): (Vec<Row>, Vec<Row>) = own
        .into_iter()
        .partition(|row| row.id().is_some_and(|id| ids.contains(id)));
    let mut entries = Vec::new();
    for base in builtin {
        let same = |row: &mut Row| row.id() == base.id();
        let own: Vec<Row> = replacing.extract_if(.., same).collect();
        if own.is_empty() {
            entries.push(base);
        } else {
            entries.extend(own);
        }
    }
    entries.extend(added);
    entries
}

/// Lets tests that the organisation did not write try the statements that name them, and leaves out built-in controls
/// that nothing maps to any more.
fn follow_statements(tables: &mut BTreeMap<&'static str, Vec<Row>>, written: &[String], own_controls: bool) {
    let statements = tables.get(WireStatement::TABLE).cloned().unwrap_or_default();
    let naming = |key: &str, id: &str| -> Vec<toml::Value> {
        let named = statements
            .iter()
            .filter(|row| row.list(key).any(|name| name == id));
        named
            .filter_map(|row| row.id().map(|id| toml::Value::String(id.to_owned())))
            .collect()
    };
    for test in tables.entry(WireTest::TABLE).or_default() {
        let Some(id) = test.id().map(str::to_owned).filter(|id| !written.contains(id)) else {
            continue;
        };
        let statements = naming("tests", &id);
        if let toml::Value::Table(entry) = &mut test.value {
            entry.remove("statements");
            if !statements.is_empty() {
                entry.insert("statements".to_owned(), toml::Value::Array(statements));
            }
        }
    }
    if !own_controls {
        let controls = tables.entry(WireControl::TABLE).or_default();
        controls.retain(|control| control.id().is_some_and(|id| !naming("controls", id).is_empty()));
    }
}
