//! The wire format `backproof.catalogue/v1`: TOML tables, read strictly and translated into the entries.
//!
//! Unknown keys and tables, empty texts and repeated ids are refused here; references between entries in `check`.

mod document;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::error::{CatalogueError, Nearest};
use super::{Catalogue, CatalogueFile, keys};
use document::{Document, Row};
use tables::{
    Head, WireControl, WireFramework, WireObservation, WireParameter, WireSampleSize, WireSource,
    WireStatement, WireTest,
};

/// The longest file that is read, in bytes: some forty times the largest of the built-in catalogue.
const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The tables of entries of a catalogue, beside its head.
const TABLES: [&str; 8] = [
    WireFramework::TABLE,
    WireSource::TABLE,
    WireParameter::TABLE,
    WireControl::TABLE,
    WireStatement::TABLE,
    WireTest::TABLE,
    WireObservation::TABLE,
    WireSampleSize::TABLE,
];

/// Which file each entry stands in, by place (`test CT-05`).
pub(super) type Places = BTreeMap<String, String>;

/// A wire table: the shape in TOML, and how it becomes an entry.
trait Wire: DeserializeOwned {
    const TABLE: &'static str;
    /// The key that tells entries apart.
    const ID: &'static str = "id";
    type Entry;

    /// Translates; the error is what is wrong, without file and place.
    fn translate(self) -> Result<Self::Entry, String>;
}

/// Reads `files` into a catalogue whose references are still to be checked.
pub(super) fn read(files: &[CatalogueFile<'_>]) -> Result<(Catalogue, Places), CatalogueError> {
    let mut toml = String::new();
    for file in files {
        toml.push_str(file.text);
        if !file.text.ends_with('\n') {
            toml.push('\n');
        }
    }
    typed(Document::read(files)?, toml)
}

/// The same for the files of an organisation, laid over those of the program.
pub(super) fn read_over(
    builtin: &[CatalogueFile<'_>],
    own: &[CatalogueFile<'_>],
) -> Result<(Catalogue, Places), CatalogueError> {
    let document = Document::read(own)?.over(Document::read(builtin)?)?;
    let toml = document.text();
    typed(document, toml)
}

/// The ids of the statements in `files`; none where they can't be read, which reading them whole says.
pub(super) fn statement_ids(files: &[CatalogueFile<'_>]) -> BTreeSet<String> {
    let document = Document::read(files).ok();
    let rows = document.and_then(|mut document| document.tables.remove(WireStatement::TABLE));
    rows.iter()
        .flatten()
        .filter_map(|row| row.id().map(str::to_owned))
        .collect()
}

fn typed(document: Document, toml: String) -> Result<(Catalogue, Places), CatalogueError> {
    let mut places = Places::new();
    let (file, head) = document.head.ok_or(CatalogueError::NoHead)?;
    enter(&mut places, &file, "table [catalogue]")?;
    let mut catalogue = Catalogue {
        about: entry::<Head>(&file, "table [catalogue]", head)?,
        frameworks: Vec::new(),
        sources: Vec::new(),
        parameters: Vec::new(),
        controls: Vec::new(),
        statements: Vec::new(),
        tests: Vec::new(),
        observations: Vec::new(),
        sample_sizes: Vec::new(),
        toml,
    };
    for (table, rows) in document.tables {
        let rows = Rows {
            rows,
            places: &mut places,
        };
        match table {
            WireFramework::TABLE => rows.append::<WireFramework>(&mut catalogue.frameworks)?,
            WireSource::TABLE => rows.append::<WireSource>(&mut catalogue.sources)?,
            WireParameter::TABLE => rows.append::<WireParameter>(&mut catalogue.parameters)?,
            WireControl::TABLE => rows.append::<WireControl>(&mut catalogue.controls)?,
            WireStatement::TABLE => rows.append::<WireStatement>(&mut catalogue.statements)?,
            WireTest::TABLE => rows.append::<WireTest>(&mut catalogue.tests)?,
            WireSampleSize::TABLE => rows.append::<WireSampleSize>(&mut catalogue.sample_sizes)?,
            _ => rows.append::<WireObservation>(&mut catalogue.observations)?,
        }
    }
    Ok((catalogue, places))
}

fn parse(file: &CatalogueFile<'_>) -> Result<toml::Table, CatalogueError> {
    if file.text.len() > FILE_BYTES_MAX {
        let (file, bytes) = (file.name.to_owned(), file.text.len());
        return Err(CatalogueError::TooLong {
            file,
            bytes,
            max: FILE_BYTES_MAX,
        });
    }
    file.text.parse::<toml::Table>().map_err(|error| {
        let before = error
            .span()
            .and_then(|span| file.text.get(..span.start))
            .unwrap_or("");
        CatalogueError::Syntax {
            file: file.name.to_owned(),
            line: before.matches('\n').count() + 1,
            reason: error.message().to_owned(),
        }
    })
}

/// The rows of one table.
struct Rows<'a> {
    rows: Vec<Row>,
    places: &'a mut Places,
}

impl Rows<'_> {
    fn append<W: Wire>(self, entries: &mut Vec<W::Entry>) -> Result<(), CatalogueError> {
        for (index, row) in self.rows.into_iter().enumerate() {
            let id = row.text(W::ID);
            let place = match id {
                Some(id) => format!("{} {id}", W::TABLE),
                None => format!("{} number {}", W::TABLE, index + 1),
            };
            if id.is_some() {
                enter(self.places, &row.file, &place)?;
            }
            entries.push(entry::<W>(&row.file, &place, row.value)?);
        }
        Ok(())
    }
}

fn enter(places: &mut Places, file: &str, place: &str) -> Result<(), CatalogueError> {
    match places.insert(place.to_owned(), file.to_owned()) {
        None => Ok(()),
        Some(first) => Err(CatalogueError::Duplicate {
            file: file.to_owned(),
            place: place.to_owned(),
            first,
        }),
    }
}

fn entry<W: Wire>(file: &str, place: &str, row: toml::Value) -> Result<W::Entry, CatalogueError> {
    let wrong = |reason| CatalogueError::Entry {
        file: file.to_owned(),
        place: place.to_owned(),
        reason,
    };
    let toml::Value::Table(row) = row else {
        return Err(wrong("it is not a table".to_owned()));
    };
    let known = keys::of::<W>();
    if let Some(key) = row.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(CatalogueError::UnknownKey {
            file: file.to_owned(),
            place: place.to_owned(),
            key: key.clone(),
            nearest: Nearest::of(key, known.iter().copied()),
        });
    }
    if let Some((key, _)) = row.iter().find(|(_, value)| is_blank(value)) {
        return Err(wrong(format!("`{key}` is empty")));
    }
    // The parser's message has a second line that says where: `in `key``.
    let wire: W = row
        .try_into()
        .map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().replace('\n', " ")))?;
    wire.translate().map_err(wrong)
}

/// A text or list that says nothing. Only the lists of a narrative statement may be empty, and those are left out.
fn is_blank(value: &toml::Value) -> bool {
    match value {
        toml::Value::String(text) => text.trim().is_empty(),
        toml::Value::Array(items) => items.is_empty() || items.iter().any(is_blank),
        _ => false,
    }
}
