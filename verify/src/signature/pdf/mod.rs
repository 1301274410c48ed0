//! Certified PDFs, as far as backproof writes them (ISO 32000-1; EN 319 142-1 §5.3).
//!
//! The file is read forwards, once, by a strict grammar that accounts for every byte; cross-reference tables, `startxref`
//! and `/Prev` must agree with what was read. So what a viewer finds by going backwards is what was checked here, and an
//! attack that lives on lenient reading has no room. What our writer never makes is refused: object streams,
//! cross-reference streams, encryption, comments between objects, generations other than 0.

mod object;
mod parse;
mod revision;
mod signed;

use chrono::{DateTime, Utc};

pub use self::object::{Dictionary, Object};
pub use self::parse::SyntaxError;
pub use self::revision::{Document, MAX_PDF_BYTES, Revision};
pub use self::signed::{APPROVER_FIELD, Certification, HIDDEN_RECT, REPORT_FIELD, TIME_FORMAT, WIDGET_FLAGS};
use super::{SignerFacts, TrustAnchors, cms};
use crate::check::{Checks, Code};

/// Checks a PDF. Where its structure does not hold, the signature within is not looked at.
pub(super) fn check(
    name: &str,
    pdf: &[u8],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Option<SignerFacts> {
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
    cms::check(name, &covered.signature_der, covered.content, anchors, at, checks)
}
