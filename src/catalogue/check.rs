//! References between the entries of a catalogue: each leads somewhere, and those that go both ways agree.

use std::collections::BTreeSet;

use super::Catalogue;
use super::entry::Test;
use super::error::{CatalogueError, Nearest};
use super::v1::Places;

/// The test of the evidence itself.
const GATE: &str = "CT-01";

/// Checks every reference of `catalogue`; `places` says in which file an entry stands.
pub(super) fn references(catalogue: &Catalogue, places: &Places) -> Result<(), CatalogueError> {
    let check = Check { places };
    for control in catalogue.controls() {
        let place = format!("control {}", control.id);
        check.known(&place, "framework", [&control.framework])?;
        if catalogue.statements_of(&control.id).next().is_none() {
            return Err(check.entry(&place, "no statement maps to it"));
        }
    }
    for statement in catalogue.statements() {
        let place = format!("statement {}", statement.id);
        check.known(&place, "control", &statement.controls)?;
        check.known(&place, "test", &statement.tests)?;
        for test in statement.tests.iter().filter_map(|id| catalogue.test(id)) {
            check.named_back(
                &place,
                "test",
                test.id.as_str(),
                test.statements.contains(&statement.id),
            )?;
        }
    }
    for test in catalogue.tests() {
        let place = format!("test {}", test.id);
        check.known(&place, "statement", &test.statements)?;
        check.known(&place, "source", &test.inputs)?;
        check.known(&place, "parameter", &test.parameters)?;
        check.known(&place, "sample_size", [&test.frequency])?;
        for statement in test.statements.iter().filter_map(|id| catalogue.statement(id)) {
            let back = statement.tests.contains(&test.id);
            check.named_back(&place, "statement", statement.id.as_str(), back)?;
        }
    }
    Ok(())
}

/// The gate counts somewhere: a catalogue whose statements leave it out could show complete evidence that is not.
pub(super) fn gate(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let named = |test: &Test| test.id.as_str() == GATE && !test.statements.is_empty();
    if catalogue.tests().iter().any(named) {
        Ok(())
    } else {
        Err(CatalogueError::NoGate)
    }
}

struct Check<'a> {
    places: &'a Places,
}

impl Check<'_> {
    fn file_of(&self, place: &str) -> String {
        self.places
            .get(place)
            .cloned()
            .expect("invariant: every entry was entered when it was read")
    }

    fn entry(&self, place: &str, reason: &str) -> CatalogueError {
        let (file, place, reason) = (self.file_of(place), place.to_owned(), reason.to_owned());
        CatalogueError::Entry { file, place, reason }
    }

    /// Every one of `names` is an entry of `kind`, and none is named twice.
    fn known(
        &self,
        place: &str,
        kind: &'static str,
        names: impl IntoIterator<Item: ToString>,
    ) -> Result<(), CatalogueError> {
        let mut seen = BTreeSet::new();
        for name in names {
            let name = name.to_string();
            let other = format!("{kind} {name}");
            let (file, place) = (self.file_of(place), place.to_owned());
            if !self.places.contains_key(&other) {
                let all = self
                    .places
                    .keys()
                    .filter_map(|known| known.strip_prefix(kind)?.strip_prefix(' '));
                let nearest = Nearest::of(&name, all);
                return Err(CatalogueError::Dangling {
                    file,
                    place,
                    kind,
                    name,
                    nearest,
                });
            }
            if !seen.insert(name) {
                return Err(CatalogueError::NamedTwice { file, place, other });
            }
        }
        Ok(())
    }

    fn named_back(&self, place: &str, kind: &str, id: &str, back: bool) -> Result<(), CatalogueError> {
        if back {
            return Ok(());
        }
        let other = format!("{kind} {id}");
        Err(CatalogueError::OneSided {
            file: self.file_of(place),
            place: place.to_owned(),
            other_file: self.file_of(&other),
            other,
        })
    }
}
