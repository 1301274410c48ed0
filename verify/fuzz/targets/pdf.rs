//! A PDF: tokens, tables, revisions, what a revision may change, and the signatures within.
#![no_main]

use backproof_verify::check::Checks;
use backproof_verify::signature::pdf::{Document, SigningUpdate, check_report};
use backproof_verify::signature::{TrustAnchors, check_pdf};
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        if let Ok(document) = Document::parse(bytes) {
            for revision in document.revisions() {
                let _ = check_report(revision);
                let _ = SigningUpdate::certification(revision, bytes);
            }
        }
        let mut checks = Checks::new();
        check_pdf("fuzzed.pdf", bytes, &TrustAnchors::none(), at(), &mut checks);
        never_verified(&checks);
        check_pdf("fuzzed.pdf", bytes, &ANCHORS, at(), &mut Checks::new());
    });
});
