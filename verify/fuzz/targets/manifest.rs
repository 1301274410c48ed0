//! The manifest: canonical JSON of a closed shape.
#![no_main]

use backproof_verify::canonical;
use backproof_verify::manifest::v1::Manifest;
use backproof_verify_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        if let Ok(manifest) = Manifest::parse(bytes) {
            assert!(
                manifest.encode().is_ok_and(|encoded| encoded == bytes),
                "a manifest has one form"
            );
        }
        if let Ok(value) = canonical::parse::<serde_json::Value>(bytes) {
            assert!(
                canonical::encode(&value).is_ok_and(|encoded| encoded == bytes),
                "JSON has one form"
            );
        }
    });
});
