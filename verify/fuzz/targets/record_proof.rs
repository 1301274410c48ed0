//! The proof of one record: its text, and the signature and path in it.
#![no_main]

use backproof_verify::proof::{Proof, verify_proof};
use backproof_verify::signature::TrustAnchors;
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        if let Ok(proof) = Proof::parse(bytes) {
            assert_eq!(proof.to_string().as_bytes(), bytes, "a proof has one form");
        }
        never_verified(&verify_proof(bytes, Some(b""), &TrustAnchors::none(), at()).0);
        verify_proof(bytes, None, &ANCHORS, at());
    });
});
