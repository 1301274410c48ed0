//! A whole bundle: the strict ZIP reader, and all that follows where it lets something through.
#![no_main]

use backproof_verify::bundle::verify_bundle;
use backproof_verify::signature::TrustAnchors;
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A deflated entry may be a hundred times as long as it is packed.
    bounded(bytes, |bytes| {
        never_verified(&verify_bundle(bytes, &TrustAnchors::none(), at()).checks);
        verify_bundle(bytes, &ANCHORS, at());
    });
});
