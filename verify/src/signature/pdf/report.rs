//! What the report itself may hold, whoever signs it: the counter to shadow attacks, which hide something in a document
//! before it is signed (Mainka, Mladenov, Rohlmann: "Shadow Attacks", NDSS 2021).
//!
//! Invariant: every object is in use and every reference leads to an object, so nothing waits to be shown later and
//! nothing of the signing update fills a gap that the report left. Nothing acts by itself, nothing is shown or hidden on
//! a condition, nothing comes from outside the file: no forms, scripts, layers, external data; links are the only
//! annotations and going to a place or an address the only actions.

use std::collections::BTreeSet;

use super::object::{Dictionary, Object};
use super::revision::Revision;

/// What the catalog may have. Collections, which show attachments in place of the pages, and the like are left out.
const CATALOG_KEYS: [&str; 15] = [
    "AF",
    "Dests",
    "Lang",
    "MarkInfo",
    "Metadata",
    "Names",
    "Outlines",
    "OutputIntents",
    "PageLabels",
    "PageLayout",
    "PageMode",
    "Pages",
    "StructTreeRoot",
    "Type",
    "ViewerPreferences",
];
/// What no dictionary may have: forms, permissions, scripts, triggers, layers.
const FORBIDDEN_KEYS: [&str; 10] = [
    "AA",
    "AcroForm",
    "JS",
    "JavaScript",
    "NeedAppearances",
    "OC",
    "OCProperties",
    "OpenAction",
    "Perms",
    "XFA",
];
/// What no stream may have: data from another file, or a stand-in for a page of one.
const EXTERNAL_KEYS: [&str; 5] = ["F", "FDecodeParms", "FFilter", "OPI", "Ref"];
/// The subtypes of dictionaries: links and fonts.
const SUBTYPES: [&str; 6] = [
    "Link",
    "CIDFontType0",
    "CIDFontType2",
    "TrueType",
    "Type0",
    "Type1",
];
/// What a link or a bookmark may do.
const ACTIONS: [&str; 2] = ["GoTo", "URI"];

/// Why a report is not one that may be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Nothing refers to the object: it could be brought in later.
    #[error("object {0} of the report is not in use")]
    Unused(u32),
    /// The object is not there: it could be supplied later.
    #[error("object {object} of the report refers to object {missing}, which is not there")]
    Dangling {
        /// What refers to it; 0 is the trailer.
        object: u32,
        /// What is not there.
        missing: u32,
    },
    /// The catalog is not a dictionary of its type.
    #[error("the report has no catalog")]
    Catalog,
    /// An entry that could act, hide or fetch something.
    #[error("object {object} of the report has /{key}, which is not expected")]
    Key {
        /// The object.
        object: u32,
        /// The entry's key.
        key: &'static str,
    },
    /// An entry of the catalog that is not in the list.
    #[error("the catalog of the report has an entry that is not expected: /{0}")]
    CatalogKey(String),
    /// An annotation other than a link, or a dictionary with a subtype that is not known.
    #[error("object {0} of the report is neither a link nor a font, but has a subtype")]
    Subtype(u32),
    /// A link or bookmark does something other than lead somewhere.
    #[error("object {0} of the report has an action that is not expected")]
    Action(u32),
}

/// Checks a report and says how many objects it has.
///
/// # Errors
/// [`ReportError`], the first in the order in which references lead through the report.
pub fn check_report(report: &Revision) -> Result<usize, ReportError> {
    check_catalog(report)?;
    let mut walk = Walk {
        report,
        reached: BTreeSet::new(),
        waiting: Vec::new(),
    };
    walk.dictionary(0, report.trailer())?;
    while let Some(number) = walk.waiting.pop() {
        if let Some(object) = report.get(number) {
            walk.object(number, object)?;
        }
    }
    match report.iter().find(|(number, _)| !walk.reached.contains(number)) {
        Some((number, _)) => Err(ReportError::Unused(number)),
        None => Ok(walk.reached.len()),
    }
}

fn check_catalog(report: &Revision) -> Result<(), ReportError> {
    let root = report
        .trailer()
        .get(b"Root".as_slice())
        .and_then(Object::as_reference);
    let catalog = root.and_then(|root| report.get(root)?.as_dictionary());
    let is_catalog = |catalog: &&Dictionary| {
        catalog
            .get(b"Type".as_slice())
            .is_some_and(|kind| kind.is_name("Catalog"))
    };
    let catalog = catalog.filter(is_catalog).ok_or(ReportError::Catalog)?;
    match catalog
        .keys()
        .find(|key| !CATALOG_KEYS.iter().any(|known| known.as_bytes() == *key))
    {
        Some(key) => Err(ReportError::CatalogKey(String::from_utf8_lossy(key).into_owned())),
        None => Ok(()),
    }
}

/// Goes from the trailer to every object, each once.
struct Walk<'a> {
    report: &'a Revision,
    reached: BTreeSet<u32>,
    /// Reached, but not looked at yet.
    waiting: Vec<u32>,
}

impl Walk<'_> {
    /// Looks at what stands in the object `number`; the depth is bounded by the parser.
    fn object(&mut self, number: u32, object: &Object) -> Result<(), ReportError> {
        match object {
            Object::Array(elements) => elements
                .iter()
                .try_for_each(|element| self.object(number, element)),
            Object::Dictionary(dictionary) => {
                check_subtype(number, dictionary)?;
                self.dictionary(number, dictionary)
            }
            Object::Stream(dictionary, _) => {
                refuse_keys(number, dictionary, &EXTERNAL_KEYS)?;
                self.dictionary(number, dictionary)
            }
            Object::Reference(target) => {
                if self.report.get(*target).is_none() {
                    return Err(ReportError::Dangling {
                        object: number,
                        missing: *target,
                    });
                }
                if self.reached.insert(*target) {
                    self.waiting.push(*target);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn dictionary(&mut self, number: u32, dictionary: &Dictionary) -> Result<(), ReportError> {
        refuse_keys(number, dictionary, &FORBIDDEN_KEYS)?;
        if let Some(action) = dictionary.get(b"A".as_slice()) {
            self.check_action(number, action)?;
        }
        dictionary
            .values()
            .try_for_each(|value| self.object(number, value))
    }

    /// `/A` is an action where it has `/S`; in the structure tree it is a list of attributes, which have none.
    fn check_action(&self, number: u32, action: &Object) -> Result<(), ReportError> {
        let action = match action {
            Object::Reference(target) => self.report.get(*target),
            direct => Some(direct),
        };
        let Some(action) = action.and_then(Object::as_dictionary) else {
            return Ok(());
        };
        let leads_somewhere = action
            .get(b"S".as_slice())
            .is_none_or(|kind| ACTIONS.iter().any(|known| kind.is_name(known)));
        if leads_somewhere && !action.contains_key(b"Next".as_slice()) {
            Ok(())
        } else {
            Err(ReportError::Action(number))
        }
    }
}

fn refuse_keys(number: u32, dictionary: &Dictionary, keys: &[&'static str]) -> Result<(), ReportError> {
    match keys.iter().find(|key| dictionary.contains_key(key.as_bytes())) {
        Some(key) => Err(ReportError::Key { object: number, key }),
        None => Ok(()),
    }
}

/// An annotation's subtype decides what it is, whatever its `/Type` says.
fn check_subtype(number: u32, dictionary: &Dictionary) -> Result<(), ReportError> {
    match dictionary.get(b"Subtype".as_slice()) {
        Some(subtype) if !SUBTYPES.iter().any(|known| subtype.is_name(known)) => {
            Err(ReportError::Subtype(number))
        }
        _ => Ok(()),
    }
}
