//! What may follow the certification of a report, each in a revision of its own: the approver's signature, what is known of
//! revocation, and a time stamp over the document (EN 319 142-1 §5.4, §5.5). Anything else is refused.
//!
//! The last revision has to sign: so nothing stands in the file that no signature covers. Revocation data are lists and
//! responses alone: certificates stand in the signatures, where they are pinned.

use std::collections::BTreeMap;
use std::ops::Range;

use super::object::{Dictionary, Object};
use super::revision::{Document, Revision};
use super::signed::{Covered, Kind, check_changes, check_update};
use super::update::{SigningUpdate, catalog, size, trailer, with};
use crate::check::{Checks, Code};

/// One revision after the certification.
pub(super) enum Addition {
    Approval(Covered),
    TimeStamp(Covered),
    Evidence(Evidence),
}

/// Where in the file lists and responses about revocation stand.
#[derive(Default)]
pub(super) struct Evidence {
    pub(super) lists: Vec<Range<usize>>,
    pub(super) responses: Vec<Range<usize>>,
}

/// Checks every revision after the certification; gives them only if all hold.
pub(super) fn check(
    name: &str,
    document: &Document<'_>,
    checks: &mut Checks,
) -> Option<Vec<(String, Addition)>> {
    let mut additions = Vec::new();
    let mut sound = true;
    for (index, update) in document.revisions().iter().enumerate().skip(2) {
        let before = document.revisions().get(..index)?;
        let subject = format!("{name} (revision {})", index + 1);
        match addition(&subject, document, before, update, checks) {
            Some(addition) => additions.push((subject, addition)),
            None => sound = false,
        }
    }
    if let Some((subject, Addition::Evidence(_))) = additions.last() {
        checks.failed(
            Code::PdfRevisions,
            subject,
            "the last revision signs nothing: no signature covers it",
        );
        return None;
    }
    sound.then_some(additions)
}

fn addition(
    subject: &str,
    document: &Document<'_>,
    before: &[Revision],
    update: &Revision,
    checks: &mut Checks,
) -> Option<Addition> {
    let bytes = document.bytes();
    let new = before
        .last()
        .and_then(|last| size(last).ok())
        .and_then(|number| update.get(number)?.as_dictionary());
    let is_of_type = |name: &str| {
        new.and_then(|new| new.get(b"Type".as_slice()))
            .is_some_and(|own| own.is_name(name))
    };
    let outcome = if is_of_type("Sig") {
        SigningUpdate::approval(before, bytes).map(|expected| {
            check_update(subject, document, before.len(), &expected, Kind::Approval, checks)
                .map(Addition::Approval)
        })
    } else if is_of_type("DocTimeStamp") {
        SigningUpdate::time_stamp(before, bytes).map(|expected| {
            check_update(
                subject,
                document,
                before.len(),
                &expected,
                Kind::TimeStamp,
                checks,
            )
            .map(Addition::TimeStamp)
        })
    } else if is_of_type("DSS") {
        evidence(before, update, bytes).map(|(evidence, expected)| {
            match check_changes(before, update, &expected) {
                Ok(_) => Some(Addition::Evidence(evidence)),
                Err(reason) => {
                    checks.failed(Code::PdfChanges, subject, reason);
                    None
                }
            }
        })
    } else {
        Err(
            "neither the approver's signature, nor what is known of revocation, nor a time stamp over the document",
        )
    };
    match outcome {
        Ok(addition) => addition,
        Err(reason) => {
            checks.failed(Code::PdfRevisions, subject, reason);
            None
        }
    }
}

/// Reads the revocation data of an update, and works out what the update must be around them: the catalog names a new
/// dictionary, which names new streams, each once, of nothing but their bytes.
fn evidence(
    before: &[Revision],
    update: &Revision,
    bytes: &[u8],
) -> Result<(Evidence, SigningUpdate), &'static str> {
    let last = before.last().ok_or("there is no revision")?;
    let number = size(last)?;
    let store = update
        .get(number)
        .and_then(Object::as_dictionary)
        .ok_or("there is no store")?;
    let mut objects = BTreeMap::from([(number, Object::Dictionary(store.clone()))]);
    let mut found = Evidence::default();
    for (key, value) in store {
        let into = match key.as_slice() {
            b"Type" => continue,
            b"CRLs" => &mut found.lists,
            b"OCSPs" => &mut found.responses,
            _ => return Err("revocation data with an entry that is not expected"),
        };
        for element in value.as_array().ok_or("revocation data that are no list")? {
            let stream = element.as_reference().filter(|stream| *stream > number);
            let stream = stream.ok_or("revocation data that stand elsewhere")?;
            let object = update.get(stream).ok_or("revocation data that are not there")?;
            let Object::Stream(dictionary, place) = object else {
                return Err("revocation data that are no stream");
            };
            if !is_plain(dictionary) || objects.insert(stream, object.clone()).is_some() {
                return Err("revocation data in another form, or twice");
            }
            into.push(place.clone());
        }
    }
    let highest = objects.last_key_value().map_or(number, |(highest, _)| *highest);
    if objects.len() < 2 || usize::try_from(highest - number).ok() != Some(objects.len() - 1) {
        return Err("revocation data with gaps in their numbers, or none");
    }
    let (root, catalog) = catalog(before)?;
    let catalog = with(catalog, [("DSS", Object::Reference(number))]);
    objects.insert(root, Object::Dictionary(catalog));
    let expected = SigningUpdate {
        // No object has this number: nothing in this update is left to be checked elsewhere.
        signature: 0,
        objects,
        trailer: trailer(last, bytes, highest),
    };
    Ok((found, expected))
}

fn is_plain(dictionary: &Dictionary) -> bool {
    dictionary.keys().map(Vec::as_slice).eq([b"Length".as_slice()])
}
