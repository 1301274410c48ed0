//! Certifies a finished PDF: PAdES-B-B or B-T (EN 319 142-1 §5.3, §6) by one incremental update.
//!
//! The report's bytes stay as they are and stand first in the result. What the update contains is worked out by
//! [`SigningUpdate::certification`], which the verifier uses too; here it is written down, with room for the signature, and signed.
//! Same report, identity, reason and time: same bytes, but for a time stamp.

use std::collections::BTreeMap;
use std::ops::Range;

use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::pdf::{
    Dictionary, Document, MAX_PDF_BYTES, Object, ReportError, SigningUpdate, SyntaxError, TIME_FORMAT,
    check_report,
};
use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::Decode as _;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use super::time::{Stamper, TOKEN_BYTES_MAX};
use super::{SignError, Signer, cms};

/// Room for what a signature contains besides its certificates: attributes, names, and a value of up to 8192 bits.
const SIGNATURE_OVERHEAD_BYTES: usize = 2048;
/// Where `/ByteRange` goes, once the places are known. Each number has as many digits as an offset may have.
const BYTE_RANGE_ROOM: &str = "[0 0000000000 0000000000 0000000000]";

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Why a PDF was not certified.
#[derive(Debug, thiserror::Error)]
pub enum PadesError {
    /// The report is not a PDF of the kind that our writer makes, so a verifier would refuse it.
    #[error("the PDF cannot be signed: {0}")]
    Syntax(#[from] SyntaxError),
    /// The report holds something that a verifier would refuse.
    #[error("the PDF cannot be signed: {0}")]
    Content(#[from] ReportError),
    /// The report is signed, updated, has a form already, or is too long.
    #[error("the PDF cannot be signed: {0}")]
    Report(&'static str),
    /// The signature turned out longer than the room kept for it.
    #[error("the signature has {length} bytes, {room} were kept for it")]
    TooLong {
        /// Bytes of the signature.
        length: usize,
        /// Bytes kept for it.
        room: usize,
    },
    /// Nothing was signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Certifies `report` (no changes but form filling and signing allowed) and returns the whole signed file.
///
/// `reason` is shown by viewers; `at` is the claimed time, to the second, `stamper` vouches for it. An empty field for an approver is created too.
///
/// # Errors
/// [`PadesError`], when the report does not have the form that the verifier accepts, or the signer does not sign, or
/// the stamper does not stamp.
pub fn certify(
    report: &[u8],
    signer: &dyn Signer,
    stamper: Option<&dyn Stamper>,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Vec<u8>, PadesError> {
    let document = Document::parse(report)?;
    let [revision] = document.revisions() else {
        return Err(PadesError::Report("it has been updated or signed already"));
    };
    check_report(revision)?;
    let certification = SigningUpdate::certification(revision, report).map_err(PadesError::Report)?;
    let signature = [
        ("Filter", Object::name("Adobe.PPKLite")),
        ("M", text(&at.format(TIME_FORMAT).to_string())),
        ("Name", text(&signer_name(signer)?)),
        ("Reason", text(reason)),
        ("Reference", SigningUpdate::reference()),
        ("SubFilter", Object::name("ETSI.CAdES.detached")),
        ("Type", Object::name("Sig")),
    ];
    let signature = signature
        .map(|(key, value)| (key.as_bytes().to_vec(), value))
        .into();

    let mut update = Update::begin(report);
    let certificates = signer.chain().iter().map(Vec::len).sum::<usize>();
    let token = stamper.map_or(0, |_| TOKEN_BYTES_MAX);
    let room = certificates + token + SIGNATURE_OVERHEAD_BYTES;
    for (number, object) in &certification.objects {
        update.object(*number, object);
    }
    let gap = update.signature(certification.signature, &signature, room);
    let bytes = update.end(&certification.trailer);
    if bytes.len() > MAX_PDF_BYTES {
        return Err(PadesError::Report("it is too long"));
    }
    fill(bytes, &gap, signer, stamper)
}

/// The places that are filled in when everything else is written.
struct Gap {
    /// Offset of `/ByteRange`'s value, [`BYTE_RANGE_ROOM`] long.
    byte_range: usize,
    /// `/Contents`' value, brackets included.
    contents: Range<usize>,
}

/// An incremental update while it is written.
struct Update {
    bytes: Vec<u8>,
    /// Object numbers and offsets.
    places: BTreeMap<u32, usize>,
}

impl Update {
    fn begin(report: &[u8]) -> Self {
        let mut bytes = report.to_vec();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        Self {
            bytes,
            places: BTreeMap::new(),
        }
    }

    fn head(&mut self, number: u32) {
        self.places.insert(number, self.bytes.len());
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
    }

    fn object(&mut self, number: u32, object: &Object) {
        self.head(number);
        object.write(&mut self.bytes);
        self.bytes.extend(b"\nendobj\n");
    }

    /// Writes the signature dictionary with room for `/ByteRange`, and for `room` bytes in `/Contents`.
    fn signature(&mut self, number: u32, entries: &Dictionary, room: usize) -> Gap {
        self.head(number);
        Object::Dictionary(entries.clone()).write(&mut self.bytes);
        self.bytes.truncate(self.bytes.len() - b">>".len());
        self.bytes.extend(b" /ByteRange ");
        let byte_range = self.bytes.len();
        self.bytes.extend(BYTE_RANGE_ROOM.bytes());
        self.bytes.extend(b" /Contents ");
        let start = self.bytes.len();
        self.bytes.push(b'<');
        self.bytes.resize(self.bytes.len() + 2 * room, b'0');
        self.bytes.push(b'>');
        let contents = start..self.bytes.len();
        self.bytes.extend(b">>\nendobj\n");
        Gap { byte_range, contents }
    }

    /// Writes the cross-reference table in sections of consecutive numbers, and the trailer.
    fn end(mut self, trailer: &Dictionary) -> Vec<u8> {
        let table_at = self.bytes.len();
        self.bytes.extend(b"xref\n");
        let places: Vec<_> = self.places.into_iter().collect();
        for section in places.chunk_by(|(left, _), (right, _)| left + 1 == *right) {
            let first = section.first().map_or(0, |(number, _)| *number);
            self.bytes.extend(format!("{first} {}\n", section.len()).bytes());
            for (_, at) in section {
                self.bytes.extend(format!("{at:010} 00000 n \n").bytes());
            }
        }
        self.bytes.extend(b"trailer\n");
        Object::Dictionary(trailer.clone()).write(&mut self.bytes);
        self.bytes
            .extend(format!("\nstartxref\n{table_at}\n%%EOF\n").bytes());
        self.bytes
    }
}

/// Fills in `/ByteRange`, signs everything around `/Contents`, and fills that in.
fn fill(
    mut bytes: Vec<u8>,
    gap: &Gap,
    signer: &dyn Signer,
    stamper: Option<&dyn Stamper>,
) -> Result<Vec<u8>, PadesError> {
    let (start, end) = (gap.contents.start, gap.contents.end);
    let range = format!("[0 {start} {end} {}]", bytes.len() - end);
    let range = format!("{range:<width$}", width = BYTE_RANGE_ROOM.len());
    bytes[gap.byte_range..gap.byte_range + range.len()].copy_from_slice(range.as_bytes());

    let content = Sha256::new()
        .chain_update(&bytes[..start])
        .chain_update(&bytes[end..])
        .finalize();
    let signature = cms::detached_digest(signer, stamper, Sha256Digest::from_bytes(content.into()))?;
    let room = (end - start - 2) / 2;
    if signature.len() > room {
        return Err(PadesError::TooLong {
            length: signature.len(),
            room,
        });
    }
    let digits: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[start + 1..start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    Ok(bytes)
}

/// The common name of the signer's certificate, or the whole subject where there is none.
fn signer_name(signer: &dyn Signer) -> Result<String, SignError> {
    let leaf = Certificate::from_der(signer.chain().first().ok_or(SignError::NoCertificate)?)?;
    let subject = leaf.tbs_certificate().subject();
    let common_name = subject.iter().find(|attribute| attribute.oid == COMMON_NAME);
    let name = common_name.and_then(|attribute| std::str::from_utf8(attribute.value.value()).ok());
    Ok(name.map_or_else(|| subject.to_string(), str::to_owned))
}

/// A text string (ISO 32000-1 §7.9.2.2): plain ASCII as it is, everything else in UTF-16.
fn text(text: &str) -> Object {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Object::String(text.as_bytes().to_vec());
    }
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    Object::String([0xfe, 0xff].into_iter().chain(units).collect())
}
