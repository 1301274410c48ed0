//! Whatever the bytes: nothing panics, and nothing but the bytes that were signed is proven.

use proptest::prelude::*;

use crate::bucket::{Bucket, at, gzip};
use crate::collected::{Collected, examined, key};

/// Which answer of which pull is replaced.
const PULLS: [&str; 7] = [
    "trails",
    "status",
    "keys",
    "digest-list",
    "log-list",
    "digests",
    "logs",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic_and_prove_nothing(pull in 0..PULLS.len(), page in 0..4_usize, bytes: Vec<u8>, packed: bool) {
        let mut collected = Collected::of(&Bucket::new(|_, _| {}), at(16, 30));
        let answers = &mut collected.pull(PULLS[pull]).answers;
        let page = page.min(answers.len() - 1);
        answers[page].body = if packed { gzip(&bytes) } else { bytes };
        let records = collected.records();
        if !["trails", "status", "digest-list"].contains(&PULLS[pull]) {
            prop_assert!(records.coverage.prove(&key(), examined()).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_of_a_digest_or_log_file_proves_nothing_more(object in 0..9_usize, at_byte: prop::sample::Index, bit in 0..8_u32) {
        let mut bucket = Bucket::new(|_, _| {});
        let key_of = bucket.objects.keys().nth(object).cloned().unwrap();
        let before = crate::bucket::inflated(&bucket.objects[&key_of].bytes);
        prop_assert!(before.is_some());
        let bytes = &mut bucket.object(&key_of).bytes;
        let index = at_byte.index(bytes.len());
        bytes[index] ^= 1 << bit;
        // Bits of the gzip header that no decoder looks at change no content.
        let same = crate::bucket::inflated(&bucket.objects[&key_of].bytes) == before;
        let records = Collected::of(&bucket, at(16, 30)).records();
        prop_assert_eq!(records.coverage.prove(&key(), examined()).is_ok(), same);
    }
}
