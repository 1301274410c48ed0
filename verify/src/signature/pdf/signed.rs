//! The signature of a certified PDF: what it covers, and what the update that holds it may change
//! (ISO 32000-1 §12.8; EN 319 142-1 §5.3).
//!
//! The update is not compared with a list of allowed changes but with the one update that our writer makes:
//! [`SigningUpdate`] works it out from what stands before it, for the writer and for the verifier alike. Only the signature
//! dictionary itself is left to be checked entry by entry.

use std::ops::Range;

use chrono::{NaiveDateTime, SecondsFormat};
use der::{Decode as _, SliceReader};
use sha2::{Digest as _, Sha256};

use super::later::{self, Addition};
use super::object::Object;
use super::report::check_report;
use super::revision::{Document, Revision};
use super::update::{SigningUpdate, dictionary, latest};
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;
use crate::signature::record;

/// How `/M` is written: UTC to the second (ISO 32000-1 §7.9.4).
pub const TIME_FORMAT: &str = "D:%Y%m%d%H%M%SZ";

/// What a signature dictionary is for, and which entries it then has; `/Name` and `/Reason` are text, `/M` is the claimed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Certification,
    Approval,
    TimeStamp,
}

impl Kind {
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Certification => &[
                "ByteRange",
                "Contents",
                "Filter",
                "M",
                "Name",
                "Reason",
                "Reference",
                "SubFilter",
                "Type",
            ],
            Self::Approval => &[
                "ByteRange",
                "Contents",
                "Filter",
                "M",
                "Name",
                "Reason",
                "SubFilter",
                "Type",
            ],
            Self::TimeStamp => &["ByteRange", "Contents", "Filter", "SubFilter", "Type"],
        }
    }

    /// The names under `/Type` and `/SubFilter`.
    const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Certification | Self::Approval => ["Sig", "ETSI.CAdES.detached"],
            Self::TimeStamp => ["DocTimeStamp", "ETSI.RFC3161"],
        }
    }
}

/// What a signature is about, once its place in the PDF is found sound.
pub(super) struct Covered {
    /// The CMS signature, without the padding.
    pub(super) signature_der: Vec<u8>,
    /// The digest of all bytes but the signature's digits.
    pub(super) content: Sha256Digest,
}

/// A document whose every revision is sound.
pub(super) struct Sound {
    pub(super) certification: Covered,
    /// Offset behind the report's `%%EOF`.
    pub(super) report_end: usize,
    /// What follows the certification, oldest first, with its name in the checks.
    pub(super) additions: Vec<(String, Addition)>,
}

/// Checks revisions, report, signatures, coverage and changes; gives what is signed only if all hold.
pub(super) fn check(name: &str, document: &Document<'_>, checks: &mut Checks) -> Option<Sound> {
    let revisions = document.revisions();
    let [report, certification, later @ ..] = revisions else {
        checks.failed(Code::PdfSignature, name, "the PDF carries no signature");
        return None;
    };
    let sound = check_report(report)
        .map(|objects| format!("{objects} objects, every one in use and none that acts"))
        .map_err(|error| error.to_string());
    let sound = record(checks, Code::PdfReport, name, sound);
    let expected = match SigningUpdate::certification(report, document.bytes()) {
        Ok(expected) => expected,
        Err(reason) => {
            checks.failed(Code::PdfChanges, name, reason);
            return None;
        }
    };
    let covered = check_update(name, document, 1, &expected, Kind::Certification, checks);
    let additions = later::check(name, document, checks);
    if additions.is_some() {
        let detail = format!(
            "the report ends at byte {}, its certification at byte {}; {} revisions follow",
            report.end(),
            certification.end(),
            later.len()
        );
        checks.ok(Code::PdfRevisions, name, detail);
    }
    match (covered, additions) {
        (Some(certification), Some(additions)) if sound => Some(Sound {
            certification,
            report_end: report.end(),
            additions,
        }),
        _ => None,
    }
}

/// Checks the update that signs as revision `index`, counted from 0, against what was worked out.
pub(super) fn check_update(
    name: &str,
    document: &Document<'_>,
    index: usize,
    expected: &SigningUpdate,
    kind: Kind,
    checks: &mut Checks,
) -> Option<Covered> {
    let (before, rest) = document.revisions().split_at_checked(index)?;
    let (update, later) = rest.split_first()?;
    let signature = check_signature(update, expected, kind);
    let signed = record(checks, Code::PdfSignature, name, signature);
    let changes = check_changes(before, update, expected);
    let unchanged = record(checks, Code::PdfChanges, name, changes);
    let coverage = check_coverage(document, update, expected, later.is_empty());
    let detail = coverage
        .as_ref()
        .map(|(gap, end, _)| format!("all of {end} bytes but {} to {}", gap.start, gap.end));
    record(checks, Code::PdfByteRange, name, detail.map_err(String::clone));
    match coverage {
        Ok((gap, end, signature_der)) if signed && unchanged => Some(Covered {
            signature_der,
            content: digest_around(document.bytes().get(..end)?, &gap),
        }),
        _ => None,
    }
}

/// Checks the signature dictionary entry by entry.
fn check_signature(update: &Revision, expected: &SigningUpdate, kind: Kind) -> Result<String, String> {
    let signature =
        dictionary(update, expected.signature).ok_or("the update has no signature where it belongs")?;
    if !signature
        .keys()
        .map(Vec::as_slice)
        .eq(kind.keys().iter().map(|key| key.as_bytes()))
    {
        return Err("the signature dictionary has entries that are missing or not expected".to_owned());
    }
    let is = |key: &str, value: &Object| signature.get(key.as_bytes()) == Some(value);
    let [of_type, form] = kind.names();
    for (key, value) in [
        ("Type", of_type),
        ("Filter", "Adobe.PPKLite"),
        ("SubFilter", form),
    ] {
        if !is(key, &Object::name(value)) {
            return Err(format!("/{key} of the signature is not /{value}"));
        }
    }
    if kind == Kind::TimeStamp {
        return Ok("a time stamp over the document".to_owned());
    }
    if kind == Kind::Certification && !is("Reference", &SigningUpdate::reference()) {
        return Err("the signature does not certify the document with permission 2".to_owned());
    }
    let text = |key: &str| match signature.get(key.as_bytes()) {
        Some(Object::String(bytes)) => Ok(bytes),
        _ => Err(format!("/{key} of the signature is not a string")),
    };
    text("Name")?;
    text("Reason")?;
    let time = claimed_time(text("M")?).ok_or("/M of the signature is not a time in UTC to the second")?;
    let done = if kind == Kind::Certification {
        "certified"
    } else {
        "approved"
    };
    Ok(format!("{done}; claimed time {time}, which is the signer's word"))
}

/// Reads `/M`, in the one form in which our writer puts it, for a reader.
fn claimed_time(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let time = NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok()?;
    let is_canonical = time.format(TIME_FORMAT).to_string() == text;
    is_canonical.then(|| time.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Checks `/ByteRange` against the place of `/Contents` and the end of the revision, which for the last one is that of the
/// file, and that the gap holds one DER value and zeros. Gives the gap, the end and the value.
fn check_coverage(
    document: &Document<'_>,
    update: &Revision,
    expected: &SigningUpdate,
    is_last: bool,
) -> Result<(Range<usize>, usize, Vec<u8>), String> {
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
    // The line feed behind a revision that others follow may belong to it or not, as its writer left it.
    let line_feed = document.bytes().get(update.end()) == Some(&b'\n');
    let end = match numbers.as_deref() {
        _ if is_last => document.bytes().len(),
        Some([.., length]) if line_feed && gap.end.checked_add(*length) == Some(update.end() + 1) => {
            update.end() + 1
        }
        _ => update.end(),
    };
    let wanted = [0, gap.start, gap.end, end.saturating_sub(gap.end)];
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
    Ok((gap.clone(), end, signature.to_vec()))
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
pub(super) fn check_changes(
    before: &[Revision],
    update: &Revision,
    expected: &SigningUpdate,
) -> Result<String, String> {
    for (number, object) in update.iter().filter(|(number, _)| *number != expected.signature) {
        match expected.objects.get(&number) {
            Some(wanted) if wanted == object => {}
            Some(_) => {
                return Err(format!(
                    "object {number} was changed in a way that is not expected"
                ));
            }
            None if latest(before, number).is_some() => {
                return Err(format!("object {number} was replaced"));
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
    Ok(format!("{} objects, each as it must be", update.len()))
}

fn digest_around(bytes: &[u8], gap: &Range<usize>) -> Sha256Digest {
    let mut hasher = Sha256::new();
    hasher.update(bytes.get(..gap.start).unwrap_or_default());
    hasher.update(bytes.get(gap.end..).unwrap_or_default());
    Sha256Digest::from_bytes(hasher.finalize().into())
}
