//! The updates that sign a PDF, each worked out from what stands before it: the writer writes them down, the verifier compares.
//!
//! After the certification of a report three things may follow, each in an update of its own: the approver's signature in
//! the field that was kept for it, what is known of revocation ([`super::later`]), and a time stamp over the document. None
//! of them touches anything that is shown.

use std::collections::BTreeMap;

use super::object::{Dictionary, Object};
use super::revision::Revision;
use crate::digest::Sha256Digest;

/// Name of the form field that holds the report's certification.
pub const REPORT_FIELD: &str = "ReportSignature";
/// Name of the empty form field in which an approver may sign later.
pub const APPROVER_FIELD: &str = "ApproverSignature";
/// Name of the form field of a time stamp over the document, its number behind it.
pub const TIME_STAMP_FIELD: &str = "TimeStamp";
/// The fields' rectangle: without area, outside every page that begins at the origin.
pub const HIDDEN_RECT: [i64; 4] = [-2, -2, -2, -2];
/// Annotation flags Print and Locked (ISO 32000-1 Table 165).
pub const WIDGET_FLAGS: i64 = 132;

/// How deep the first page may lie in the page tree.
const MAX_PAGE_DEPTH: usize = 32;
/// An update that signs, apart from the signature dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningUpdate {
    /// Object number of the signature dictionary.
    pub signature: u32,
    /// The other objects of the update: what is changed, and fields that are new.
    pub objects: BTreeMap<u32, Object>,
    /// The trailer of the update.
    pub trailer: Dictionary,
}

impl SigningUpdate {
    /// Works out the update that certifies `report`, the only revision of a file whose bytes are `bytes`.
    ///
    /// # Errors
    /// In words, why this report cannot be certified: it has a form or permissions already, or no page.
    pub fn certification(report: &Revision, bytes: &[u8]) -> Result<Self, &'static str> {
        let root = report
            .trailer()
            .get(b"Root".as_slice())
            .and_then(Object::as_reference)
            .ok_or("no catalog")?;
        let catalog = dictionary(report, root).ok_or("no catalog")?;
        if ["AcroForm", "Perms"]
            .iter()
            .any(|key| catalog.contains_key(key.as_bytes()))
        {
            return Err("the report has a form or permissions already");
        }
        let page_number = first_page(report, catalog).ok_or("the report has no page")?;
        let page = dictionary(report, page_number).ok_or("the report has no page")?;
        let signature = size(report)?;
        let (report_field, approver_field) = (signature + 1, signature + 2);

        let fields = vec![Object::Reference(report_field), Object::Reference(approver_field)];
        let form = [
            ("Fields", Object::Array(fields.clone())),
            ("SigFlags", Object::Integer(3)),
        ];
        let permissions = [("DocMDP", Object::Reference(signature))];
        let catalog = with(
            catalog,
            [("AcroForm", entries(form)), ("Perms", entries(permissions))],
        );

        let mut annotations = annotations(report, page).ok_or("the first page's annotations are no array")?;
        annotations.extend(fields);
        let mut page = with(page, [("Annots", Object::Array(annotations))]);
        page.entry(b"Tabs".to_vec()).or_insert_with(|| Object::name("S"));

        let objects = BTreeMap::from([
            (root, Object::Dictionary(catalog)),
            (page_number, Object::Dictionary(page)),
            (report_field, field(REPORT_FIELD, page_number, Some(signature))),
            (approver_field, field(APPROVER_FIELD, page_number, None)),
        ]);
        Ok(Self {
            signature,
            objects,
            trailer: trailer(report, bytes, approver_field),
        })
    }

    /// Works out the update in which the approver signs, after the revisions `before`.
    pub(super) fn approval(before: &[Revision], bytes: &[u8]) -> Result<Self, &'static str> {
        let (last, fields) = last_and_fields(before)?;
        let number = fields.get(1).and_then(Object::as_reference);
        let number = number.ok_or("there is no field for an approver")?;
        let field = latest(before, number).and_then(Object::as_dictionary);
        let field = field.ok_or("there is no field for an approver")?;
        if field.contains_key(b"V".as_slice()) {
            return Err("the approver has signed already");
        }
        let signature = size(last)?;
        let field = with(field, [("V", Object::Reference(signature))]);
        Ok(Self {
            signature,
            objects: BTreeMap::from([(number, Object::Dictionary(field))]),
            trailer: trailer(last, bytes, signature),
        })
    }

    /// Works out the update that stamps the document, after the revisions `before`.
    pub(super) fn time_stamp(before: &[Revision], bytes: &[u8]) -> Result<Self, &'static str> {
        let (last, mut fields) = last_and_fields(before)?;
        let signature = size(last)?;
        let number = signature + 1;
        let name = format!("{TIME_STAMP_FIELD}{}", fields.len().saturating_sub(1));
        let page_number = fields.first().and_then(Object::as_reference).and_then(|field| {
            latest(before, field)?
                .as_dictionary()?
                .get(b"P".as_slice())?
                .as_reference()
        });
        let page_number = page_number.ok_or("the fields name no page")?;
        let page = latest(before, page_number).and_then(Object::as_dictionary);
        let page = page.ok_or("the fields name no page")?;
        let mut annotations = match page.get(b"Annots".as_slice()) {
            Some(Object::Array(annotations)) => annotations.clone(),
            _ => return Err("the first page has no annotations"),
        };
        annotations.push(Object::Reference(number));
        fields.push(Object::Reference(number));
        let page = with(page, [("Annots", Object::Array(annotations))]);
        let (root, catalog) = catalog(before)?;
        let form = catalog
            .get(b"AcroForm".as_slice())
            .and_then(Object::as_dictionary);
        let form = with(
            form.ok_or("there is no form")?,
            [("Fields", Object::Array(fields))],
        );
        let catalog = with(catalog, [("AcroForm", Object::Dictionary(form))]);
        Ok(Self {
            signature,
            objects: BTreeMap::from([
                (root, Object::Dictionary(catalog)),
                (page_number, Object::Dictionary(page)),
                (number, field(&name, page_number, Some(signature))),
            ]),
            trailer: trailer(last, bytes, number),
        })
    }

    /// The `/Reference` entry of the signature dictionary: certified, form filling and signing allowed (P = 2).
    pub fn reference() -> Object {
        let parameters = [
            ("Type", Object::name("TransformParams")),
            ("P", Object::Integer(2)),
            ("V", Object::name("1.2")),
        ];
        Object::Array(vec![entries([
            ("Type", Object::name("SigRef")),
            ("TransformMethod", Object::name("DocMDP")),
            ("TransformParams", entries(parameters)),
        ])])
    }
}

/// The object of this number as the newest of these revisions has it.
pub(super) fn latest(revisions: &[Revision], number: u32) -> Option<&Object> {
    revisions.iter().rev().find_map(|revision| revision.get(number))
}

/// The catalog and its object number.
pub(super) fn catalog(revisions: &[Revision]) -> Result<(u32, &Dictionary), &'static str> {
    let root = revisions
        .last()
        .and_then(|last| last.trailer().get(b"Root".as_slice())?.as_reference())
        .ok_or("no catalog")?;
    let catalog = latest(revisions, root).and_then(Object::as_dictionary);
    Ok((root, catalog.ok_or("no catalog")?))
}

/// The next free object number.
pub(super) fn size(revision: &Revision) -> Result<u32, &'static str> {
    let size = revision
        .trailer()
        .get(b"Size".as_slice())
        .and_then(Object::as_integer);
    size.and_then(|size| u32::try_from(size).ok())
        .ok_or("no size is stated")
}

fn last_and_fields(revisions: &[Revision]) -> Result<(&Revision, Vec<Object>), &'static str> {
    let last = revisions.last().ok_or("there is no revision")?;
    let (_, catalog) = catalog(revisions)?;
    let form = catalog
        .get(b"AcroForm".as_slice())
        .and_then(Object::as_dictionary);
    let fields = form.and_then(|form| form.get(b"Fields".as_slice())?.as_array());
    Ok((last, fields.ok_or("there is no form")?.to_vec()))
}

fn entries<const N: usize>(entries: [(&str, Object); N]) -> Object {
    Object::Dictionary(with(&Dictionary::new(), entries))
}

pub(super) fn with<const N: usize>(dictionary: &Dictionary, entries: [(&str, Object); N]) -> Dictionary {
    let mut dictionary = dictionary.clone();
    dictionary.extend(entries.map(|(key, value)| (key.as_bytes().to_vec(), value)));
    dictionary
}

pub(super) fn dictionary(revision: &Revision, number: u32) -> Option<&Dictionary> {
    revision.get(number)?.as_dictionary()
}

/// The object number of the first page, found by always taking the first child.
fn first_page(report: &Revision, catalog: &Dictionary) -> Option<u32> {
    let mut number = catalog.get(b"Pages".as_slice())?.as_reference()?;
    for _ in 0..MAX_PAGE_DEPTH {
        let node = dictionary(report, number)?;
        match node.get(b"Kids".as_slice()) {
            Some(kids) => number = kids.as_array()?.first()?.as_reference()?,
            None => {
                return node.get(b"Type".as_slice())?.is_name("Page").then_some(number);
            }
        }
    }
    None
}

/// The page's annotations, which may stand in an array of their own.
fn annotations(report: &Revision, page: &Dictionary) -> Option<Vec<Object>> {
    match page.get(b"Annots".as_slice()) {
        None => Some(Vec::new()),
        Some(Object::Reference(number)) => report.get(*number)?.as_array().map(<[Object]>::to_vec),
        Some(annotations) => annotations.as_array().map(<[Object]>::to_vec),
    }
}

fn field(name: &str, page: u32, signature: Option<u32>) -> Object {
    let text = |text: &str| Object::String(text.as_bytes().to_vec());
    let mut field = with(
        &Dictionary::new(),
        [
            ("Type", Object::name("Annot")),
            ("Subtype", Object::name("Widget")),
            ("FT", Object::name("Sig")),
            ("T", text(name)),
            ("TU", text(&format!("Signature field {name}"))),
            ("F", Object::Integer(WIDGET_FLAGS)),
            ("P", Object::Reference(page)),
            ("Rect", Object::Array(HIDDEN_RECT.map(Object::Integer).to_vec())),
        ],
    );
    field.extend(signature.map(|signature| (b"V".to_vec(), Object::Reference(signature))));
    Object::Dictionary(field)
}

/// The update's trailer: `/Root`, `/Info` and the first identifier carried on, the second made from the report's bytes.
pub(super) fn trailer(report: &Revision, bytes: &[u8], highest: u32) -> Dictionary {
    let previous = i64::try_from(report.table_at()).expect("invariant: offsets are below MAX_PDF_BYTES");
    let mut trailer = with(
        report.trailer(),
        [
            ("Size", Object::Integer(i64::from(highest) + 1)),
            ("Prev", Object::Integer(previous)),
        ],
    );
    if let Some(Object::Array(identifiers)) = trailer.get_mut(b"ID".as_slice())
        && let [_, second] = identifiers.as_mut_slice()
    {
        let digest = Sha256Digest::of(bytes.get(..report.end()).unwrap_or_default());
        *second = Object::String(digest.as_bytes()[..16].to_vec());
    }
    trailer
}
