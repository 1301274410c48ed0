//! The checkpoint, lists of sums, the bag's description, and what a redacted bundle discloses: texts of one form.
#![no_main]

use backproof_verify::bagit::BagInfo;
use backproof_verify::checkpoint::Checkpoint;
use backproof_verify::disclosure::Disclosure;
use backproof_verify::sums;
use backproof_verify_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        if let Some(Ok(checkpoint)) = std::str::from_utf8(bytes).ok().map(str::parse::<Checkpoint>) {
            assert_eq!(
                checkpoint.to_string().as_bytes(),
                bytes,
                "a checkpoint has one form"
            );
        }
        if let Ok(list) = sums::parse(bytes) {
            assert_eq!(sums::encode(&list), bytes, "a list of sums has one form");
        }
        if let Ok(info) = BagInfo::parse(bytes) {
            assert_eq!(info.encode(), bytes, "a bag's description has one form");
        }
        if let Ok(disclosure) = Disclosure::parse(bytes) {
            assert!(
                disclosure.encode().is_ok_and(|encoded| encoded == bytes),
                "a disclosure has one form"
            );
        }
    });
});
