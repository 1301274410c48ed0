//! Certified PDFs, as far as backproof writes them (ISO 32000-1; EN 319 142-1 §5.3).
//!
//! The file is read forwards, once, by a strict grammar that accounts for every byte; cross-reference tables, `startxref`
//! and `/Prev` must agree with what was read. So what a viewer finds by going backwards is what was checked here, and an
//! attack that lives on lenient reading has no room. What our writer never makes is refused: object streams,
//! cross-reference streams, encryption, comments between objects, generations other than 0.

mod object;
mod parse;
mod report;
mod revision;
mod signed;

use chrono::{DateTime, Utc};

pub use self::object::{Dictionary, Object};
pub use self::parse::SyntaxError;
pub use self::report::{ReportError, check_report};
pub use self::revision::{Document, MAX_PDF_BYTES, Revision};
pub use self::signed::{APPROVER_FIELD, Certification, HIDDEN_RECT, REPORT_FIELD, TIME_FORMAT, WIDGET_FLAGS};
use super::Ground;
use super::{SignerFacts, TrustAnchors, cms};
use crate::check::{Checks, Code};

/// Whether a reader would take the file for a PDF: most look for the header in the first 1,024 bytes. Ours has to begin with
/// it, which is then for the check to say.
pub fn looks_like_pdf(bytes: &[u8]) -> bool {
    const SEARCHED: usize = 1024;
    let head = bytes.get(..SEARCHED).unwrap_or(bytes);
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

    let covered = signed::check(name, &document, checks)?;
    let ground = Ground {
        content: covered.content,
        anchors,
        now: at,
    };
    let signer = cms::check(name, &covered.signature_der, &ground, checks)?;
    Some(Certified {
        signer,
        report_end: covered.report_end,
    })
}
