//! The signature of a certified PDF: what it covers, and what the update that holds it may change
//! (ISO 32000-1 §12.8; EN 319 142-1 §5.3).
//!
//! The update is not compared with a list of allowed changes but with the one update that our writer makes:
//! [`Certification::of`] works it out from the report, for the writer and for the verifier alike. Only the signature
//! dictionary itself is left to be checked entry by entry.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{NaiveDateTime, SecondsFormat};
use der::{Decode as _, SliceReader};
use sha2::{Digest as _, Sha256};

use super::object::{Dictionary, Object};
use super::report::check_report;
use super::revision::{Document, Revision};
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;
use crate::signature::record;

/// Name of the form field that holds the report's certification.
pub const REPORT_FIELD: &str = "ReportSignature";
/// Name of the empty form field in which an approver may sign later.
pub const APPROVER_FIELD: &str = "ApproverSignature";
/// Both fields' rectangle: without area, outside every page that begins at the origin.
pub const HIDDEN_RECT: [i64; 4] = [-2, -2, -2, -2];
/// Annotation flags Print and Locked (ISO 32000-1 Table 165).
pub const WIDGET_FLAGS: i64 = 132;

/// How `/M` is written: UTC to the second (ISO 32000-1 §7.9.4).
pub const TIME_FORMAT: &str = "D:%Y%m%d%H%M%SZ";

/// How deep the first page may lie in the page tree.
const MAX_PAGE_DEPTH: usize = 32;
/// The entries of our signature dictionary; `/Name` and `/Reason` are text, `/M` is the claimed time.
const SIGNATURE_KEYS: [&str; 9] = [
    "ByteRange",
    "Contents",
    "Filter",
    "M",
    "Name",
    "Reason",
    "Reference",
    "SubFilter",
    "Type",
];

/// The update that certifies a report, apart from the signature dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// Object number of the signature dictionary.
    pub signature: u32,
    /// The other objects of the update: catalog, first page, and the two fields.
    pub objects: BTreeMap<u32, Object>,
    /// The trailer of the update.
    pub trailer: Dictionary,
}

/// What a signature is about, once its place in the PDF is found sound.
pub(super) struct Covered {
    /// The CMS signature, without the padding.
    pub(super) signature_der: Vec<u8>,
    /// The digest of all bytes but the signature's digits.
    pub(super) content: Sha256Digest,
    /// Offset behind the report's `%%EOF`.
    pub(super) report_end: usize,
}

impl Certification {
    /// Works out the update that certifies `report`, the only revision of a file whose bytes are `bytes`.
    ///
    /// # Errors
    /// In words, why this report cannot be certified: it has a form or permissions already, or no page.
    pub fn of(report: &Revision, bytes: &[u8]) -> Result<Self, &'static str> {
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
        let size = report
            .trailer()
            .get(b"Size".as_slice())
            .and_then(Object::as_integer);
        let signature = size
            .and_then(|size| u32::try_from(size).ok())
            .ok_or("the report states no size")?;
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

fn entries<const N: usize>(entries: [(&str, Object); N]) -> Object {
    Object::Dictionary(with(&Dictionary::new(), entries))
}

fn with<const N: usize>(dictionary: &Dictionary, entries: [(&str, Object); N]) -> Dictionary {
    let mut dictionary = dictionary.clone();
    dictionary.extend(entries.map(|(key, value)| (key.as_bytes().to_vec(), value)));
    dictionary
}

fn dictionary(revision: &Revision, number: u32) -> Option<&Dictionary> {
    revision.get(number)?.as_dictionary()
}

/// The object number of the first page, found by always taking the first child.
fn first_page(report: &Revision, catalog: &Dictionary) -> Option<u32> {
    let mut number = catalog.get(b"Pages".as_slice())?.as_reference()?;
    for _ in 0..MAX_PAGE_DEPTH {
        let node = dictionary(report, number)?;
        match node.get(b"Kids".as_slice()) {
            Some(kids) => number = kids.as_array()?.first()?.as_reference()?,
            None => return node.get(b"Type".as_slice())?.is_name("Page").then_some(number),
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
fn trailer(report: &Revision, bytes: &[u8], highest: u32) -> Dictionary {
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

/// Checks revisions, report, signature, coverage and changes; gives the signature only if all hold.
pub(super) fn check(name: &str, document: &Document<'_>, checks: &mut Checks) -> Option<Covered> {
    let [report, update] = document.revisions() else {
        match document.revisions().len() {
            1 => checks.failed(Code::PdfSignature, name, "the PDF carries no signature"),
            count => checks.failed(
                Code::PdfRevisions,
                name,
                format!("{count} revisions where two are expected"),
            ),
        }
        return None;
    };
    checks.ok(
        Code::PdfRevisions,
        name,
        format!(
            "the report ends at byte {}, its certification at the end",
            report.end()
        ),
    );

    let sound = check_report(report)
        .map(|objects| format!("{objects} objects, every one in use and none that acts"))
        .map_err(|error| error.to_string());
    let sound = record(checks, Code::PdfReport, name, sound);

    let expected = match Certification::of(report, document.bytes()) {
        Ok(expected) => expected,
        Err(reason) => {
            checks.failed(Code::PdfChanges, name, reason);
            return None;
        }
    };
    let signed = record(
        checks,
        Code::PdfSignature,
        name,
        check_signature(update, &expected),
    );
    let unchanged = record(
        checks,
        Code::PdfChanges,
        name,
        check_changes(report, update, &expected),
    );
    let coverage = check_coverage(document, update, &expected);
    let detail = coverage
        .as_ref()
        .map(|(gap, _)| format!("all but the bytes {} to {}", gap.start, gap.end));
    record(checks, Code::PdfByteRange, name, detail.map_err(String::clone));
    match coverage {
        Ok((gap, signature_der)) if sound && signed && unchanged => Some(Covered {
            signature_der,
            content: digest_around(document.bytes(), &gap),
            report_end: report.end(),
        }),
        _ => None,
    }
}

/// Checks the signature dictionary entry by entry.
fn check_signature(update: &Revision, expected: &Certification) -> Result<String, String> {
    let signature =
        dictionary(update, expected.signature).ok_or("the update has no signature where it belongs")?;
    if !signature
        .keys()
        .map(Vec::as_slice)
        .eq(SIGNATURE_KEYS.iter().map(|key| key.as_bytes()))
    {
        return Err("the signature dictionary has entries that are missing or not expected".to_owned());
    }
    let is = |key: &str, value: &Object| signature.get(key.as_bytes()) == Some(value);
    for (key, value) in [
        ("Type", "Sig"),
        ("Filter", "Adobe.PPKLite"),
        ("SubFilter", "ETSI.CAdES.detached"),
    ] {
        if !is(key, &Object::name(value)) {
            return Err(format!("/{key} of the signature is not /{value}"));
        }
    }
    if !is("Reference", &Certification::reference()) {
        return Err("the signature does not certify the document with permission 2".to_owned());
    }
    let text = |key: &str| match signature.get(key.as_bytes()) {
        Some(Object::String(bytes)) => Ok(bytes),
        _ => Err(format!("/{key} of the signature is not a string")),
    };
    text("Name")?;
    text("Reason")?;
    let time = claimed_time(text("M")?).ok_or("/M of the signature is not a time in UTC to the second")?;
    Ok(format!("certified; claimed time {time}, which nothing proves"))
}

/// Reads `/M`, in the one form in which our writer puts it, for a reader.
fn claimed_time(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let time = NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok()?;
    let is_canonical = time.format(TIME_FORMAT).to_string() == text;
    is_canonical.then(|| time.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Checks `/ByteRange` against the place of `/Contents`, and that the gap holds one DER value and zeros.
fn check_coverage(
    document: &Document<'_>,
    update: &Revision,
    expected: &Certification,
) -> Result<(Range<usize>, Vec<u8>), String> {
    let entries = document
        .entries(update, expected.signature)
        .ok_or("the signature is not a dictionary")?;
    let find = |key: &[u8]| entries.iter().find(|(own, ..)| own == key);
    let (_, _, gap) = find(b"Contents").ok_or("the signature has no /Contents")?;
    let (_, range, _) = find(b"ByteRange").ok_or("the signature has no /ByteRange")?;
    let numbers: Option<Vec<usize>> = range.as_array().map(|elements| {
        elements
            .iter()
            .filter_map(|element| usize::try_from(element.as_integer()?).ok())
            .collect()
    });
    let wanted = [0, gap.start, gap.end, document.bytes().len() - gap.end];
    if range.as_array().map(<[Object]>::len) != Some(4) || numbers.as_deref() != Some(&wanted) {
        return Err(format!(
            "/ByteRange is not {wanted:?}, which would cover everything but /Contents"
        ));
    }
    let digits = document.bytes().get(gap.clone()).unwrap_or_default();
    let digits = digits
        .strip_prefix(b"<")
        .and_then(|digits| digits.strip_suffix(b">"));
    let padded = digits
        .and_then(decode_lower_hex)
        .ok_or("/Contents is not lower-case hexadecimal")?;
    let length = der_length(&padded).ok_or("/Contents does not begin with a DER value")?;
    let (signature, padding) = padded.split_at(length);
    if padding.iter().any(|byte| *byte != 0) {
        return Err("something other than zeros stands behind the signature in /Contents".to_owned());
    }
    Ok((gap.clone(), signature.to_vec()))
}

fn decode_lower_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(value(*high)? << 4 | value(*low)?))
        .collect()
}

/// The length of the DER value at the start of `bytes`, header included, if it lies within them.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = der::Header::decode(&mut reader).ok()?;
    let content = usize::try_from(header.length()).ok()?;
    let length = usize::try_from(der::Reader::position(&reader))
        .ok()?
        .checked_add(content)?;
    (length <= bytes.len()).then_some(length)
}

/// Compares the update with the one that was expected, object by object.
fn check_changes(report: &Revision, update: &Revision, expected: &Certification) -> Result<String, String> {
    for (number, object) in update.iter().filter(|(number, _)| *number != expected.signature) {
        match expected.objects.get(&number) {
            Some(wanted) if wanted == object => {}
            Some(_) => {
                return Err(format!(
                    "object {number} was changed in a way that is not expected"
                ));
            }
            None if report.get(number).is_some() => {
                return Err(format!("object {number} of the report was replaced"));
            }
            None => return Err(format!("object {number} was added")),
        }
    }
    if let Some(missing) = expected
        .objects
        .keys()
        .find(|number| update.get(**number).is_none())
    {
        return Err(format!("object {missing} is missing in the update"));
    }
    if *update.trailer() != expected.trailer {
        return Err("the update's trailer is not expected".to_owned());
    }
    Ok("two form fields and the signature, nothing else".to_owned())
}

fn digest_around(bytes: &[u8], gap: &Range<usize>) -> Sha256Digest {
    let mut hasher = Sha256::new();
    hasher.update(bytes.get(..gap.start).unwrap_or_default());
    hasher.update(bytes.get(gap.end..).unwrap_or_default());
    Sha256Digest::from_bytes(hasher.finalize().into())
}
