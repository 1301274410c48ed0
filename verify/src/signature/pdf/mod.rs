//! Certified PDFs, as far as backproof writes them (ISO 32000-1; EN 319 142-1 §5.3).
//!
//! The file is read forwards, once, by a strict grammar that accounts for every byte; cross-reference tables, `startxref`
//! and `/Prev` must agree with what was read. So what a viewer finds by going backwards is what was checked here, and an
//! attack that lives on lenient reading has no room. What our writer never makes is refused: object streams,
//! cross-reference streams, encryption, comments between objects, generations other than 0.

mod later;
mod object;
mod parse;
mod report;
mod revision;
mod signed;
mod update;

use chrono::{DateTime, Utc};

use self::later::Addition;
pub use self::object::{Dictionary, Object};
pub use self::parse::SyntaxError;
pub use self::report::{ReportError, check_report};
pub use self::revision::{Document, MAX_PDF_BYTES, Revision};
use self::signed::Sound;
pub use self::signed::TIME_FORMAT;
pub use self::update::{
    APPROVER_FIELD, HIDDEN_RECT, REPORT_FIELD, SigningUpdate, TIME_STAMP_FIELD, WIDGET_FLAGS,
};
use super::revocation::Revocations;
use super::{Ground, SignerFacts, TrustAnchors, cms, timestamp};
use crate::check::{Checks, Code};

/// How many bytes at the beginning of a file are searched for the header of a PDF.
pub const LOOKED_AT: usize = 1024;

/// Whether a reader would take the file for a PDF: most look for the header in the first 1,024 bytes. Ours has to begin with
/// it, which is then for the check to say.
pub fn looks_like_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    !bytes.starts_with(b"PK") && head.windows(b"%PDF-".len()).any(|window| window == b"%PDF-")
}

/// A PDF whose signature verifies.
pub(crate) struct Certified {
    pub(crate) signer: SignerFacts,
    /// Offset behind the report's `%%EOF`: what comes after it is the update that signs it.
    pub(crate) report_end: usize,
}

/// Checks a PDF. Where its structure does not hold, the signature within is not looked at.
pub(crate) fn check(
    name: &str,
    pdf: &[u8],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<Certified> {
    let document = match Document::parse(pdf) {
        Ok(document) => document,
        Err(error) => {
            checks.failed(Code::PdfSyntax, name, error.to_string());
            return None;
        }
    };
    let objects: usize = document.revisions().iter().map(Revision::len).sum();
    checks.ok(
        Code::PdfSyntax,
        name,
        format!("{} bytes, {objects} objects", pdf.len()),
    );

    let sound = signed::check(name, &document, checks)?;
    let mut revocations = Revocations::new(at);
    if let Err(reason) = take_evidence(&sound, pdf, &mut revocations) {
        checks.failed(Code::CertificateRevocation, name, reason);
        return None;
    }
    let mut ground = Ground {
        content: sound.certification.content,
        anchors,
        now: at,
    };
    // From the last revision on: a time stamp over the document proves that all before it existed by then.
    for (subject, addition) in sound.additions.iter().rev() {
        match addition {
            Addition::TimeStamp(covered) => {
                let own = Ground {
                    content: covered.content,
                    ..ground
                };
                let stamp = timestamp::check(subject, &covered.signature_der, &own, &mut revocations, checks);
                ground.now = stamp.map_or(ground.now, |stamp| stamp.latest);
            }
            Addition::Approval(covered) => {
                let own = Ground {
                    content: covered.content,
                    ..ground
                };
                cms::check(subject, &covered.signature_der, &own, &mut revocations, checks);
            }
            Addition::Evidence(_) => {}
        }
    }
    let der = &sound.certification.signature_der;
    let signer = cms::check(name, der, &ground, &mut revocations, checks);
    revocations.refuse_unused(name, checks);
    Some(Certified {
        signer: signer?,
        report_end: sound.report_end,
    })
}

/// Reads the lists and responses that stand in the document itself.
fn take_evidence(sound: &Sound, pdf: &[u8], revocations: &mut Revocations) -> Result<(), String> {
    for (_, addition) in &sound.additions {
        if let Addition::Evidence(evidence) = addition {
            for place in &evidence.lists {
                revocations.take_list(pdf.get(place.clone()).unwrap_or_default())?;
            }
            for place in &evidence.responses {
                revocations.take_response(pdf.get(place.clone()).unwrap_or_default())?;
            }
        }
    }
    Ok(())
}
