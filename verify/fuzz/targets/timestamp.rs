//! An RFC 3161 reply and the token in it.
#![no_main]

use backproof_verify::check::Checks;
use backproof_verify::signature::{TrustAnchors, check_time_stamp_reply};
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use libfuzzer_sys::fuzz_target;

/// What the seeds stamp.
const CONTENT: &[u8] = include_bytes!("../seeds/SHA256SUMS");

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        let mut checks = Checks::new();
        check_time_stamp_reply(
            "fuzzed.tsr",
            bytes,
            CONTENT,
            &TrustAnchors::none(),
            at(),
            &mut checks,
        );
        never_verified(&checks);
        check_time_stamp_reply("fuzzed.tsr", bytes, CONTENT, &ANCHORS, at(), &mut Checks::new());
    });
});
