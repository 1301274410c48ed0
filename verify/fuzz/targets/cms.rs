//! A detached signature: CMS in DER, its attributes, its time stamp.
#![no_main]

use backproof_verify::check::Checks;
use backproof_verify::signature::{TrustAnchors, check_detached};
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use libfuzzer_sys::fuzz_target;

/// What the seeds sign.
const CONTENT: &[u8] = include_bytes!("../seeds/SHA256SUMS");

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        let mut checks = Checks::new();
        check_detached(
            "fuzzed.p7s",
            bytes,
            CONTENT,
            &TrustAnchors::none(),
            at(),
            &mut checks,
        );
        never_verified(&checks);
        check_detached("fuzzed.p7s", bytes, CONTENT, &ANCHORS, at(), &mut Checks::new());
    });
});
