//! What carries time stamps and revocation data, and parts of bundles, altered: byte by byte, and by several changes at once. It never verifies,
//! and never panics: the parsers of time stamps, revocation lists and OCSP responses are reached through it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::PathBuf;

use backproof_verify::bundle::verify_bundle;
use backproof_verify::check::{Checks, Verdict};
use backproof_verify::layout;
use backproof_verify::proof::verify_proof;
use backproof_verify::signature::{TrustAnchors, check_detached, check_pdf, check_time_stamp_reply};
use backproof_verify::zip;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;

fn read(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
    std::fs::read(folder.join(file)).unwrap()
}

fn anchors() -> TrustAnchors {
    let root = String::from_utf8(read("root.pem")).unwrap();
    let anchors = TrustAnchors::from_pem(&root).unwrap();
    anchors.with_time_stamps(&root).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

/// A stored entry of a bundle.
fn entry(bundle: &str, path: &str) -> Vec<u8> {
    let bytes = read(bundle);
    let entries = zip::read(&bytes, &mut Checks::new()).unwrap();
    let entry = entries.iter().find(|entry| entry.path == path).unwrap();
    entry.entry(&bytes).unwrap().packed.to_vec()
}

fn detached(signature: &[u8], content: &[u8]) -> Verdict {
    let mut checks = Checks::new();
    check_detached("x", signature, content, &anchors(), now(), &mut checks);
    checks.verdict()
}

fn reply(reply: &[u8], content: &[u8]) -> Verdict {
    let mut checks = Checks::new();
    check_time_stamp_reply("x", reply, content, &anchors(), now(), &mut checks);
    checks.verdict()
}

fn pdf(bytes: &[u8]) -> Verdict {
    let mut checks = Checks::new();
    check_pdf("x", bytes, &anchors(), now(), &mut checks);
    checks.verdict()
}

/// Each byte with one bit turned, and every shorter length.
fn none_verifies(bytes: &[u8], verify: impl Fn(&[u8]) -> Verdict) {
    assert_eq!(verify(bytes), Verdict::Verified);
    let mut altered = bytes.to_vec();
    for at in 0..bytes.len() {
        altered[at] ^= 1 << (at % 8);
        assert_ne!(verify(&altered), Verdict::Verified, "byte {at}");
        altered[at] = bytes[at];
    }
    for length in (0..bytes.len()).step_by(13) {
        assert_ne!(verify(&bytes[..length]), Verdict::Verified, "{length} bytes");
    }
}

#[test]
fn no_byte_of_a_time_stamped_signature_can_be_changed() {
    let bundle = "good-bundle-stamped.zip";
    let content = entry(bundle, layout::SUMS);
    none_verifies(&entry(bundle, layout::SUMS_SIGNATURE), |bytes| {
        detached(bytes, &content)
    });
}

#[test]
fn no_byte_of_a_reply_can_be_changed() {
    let bundle = "good-bundle-tsr.zip";
    let content = entry(bundle, layout::SUMS);
    none_verifies(&entry(bundle, layout::SUMS_TIME_STAMP), |bytes| {
        reply(bytes, &content)
    });
}

/// The digits of the signature in the PDF hold its time stamp and what is known of revocation.
#[test]
fn no_byte_of_revocation_data_can_be_changed() {
    for file in [
        "good-list-of-root-too.pdf",
        "good-response-of-delegate.pdf",
        "good-archived.pdf",
    ] {
        none_verifies(&read(file), pdf);
    }
}

/// What is disclosed, and all that leads from it to the signature: also what nobody signed.
#[test]
fn no_byte_of_a_redacted_bundle_can_be_changed() {
    let verify = |bytes: &[u8]| verify_bundle(bytes, &anchors(), now()).checks.verdict();
    none_verifies(&read("good-redacted-evidence.zip"), verify);
}

#[test]
fn no_byte_of_a_proof_can_be_changed() {
    let record = read("record.json");
    let verify = |bytes: &[u8]| verify_proof(bytes, Some(&record), &anchors(), now()).0.verdict();
    none_verifies(&read("good-proof.tlog-proof"), verify);
}

/// Lengths that are not there: nothing is set aside for them.
#[test]
fn stated_lengths_are_not_believed() {
    let lengths: [&[u8]; 6] = [
        b"\x80",
        b"\x83\xff\xff\xff",
        b"\x84\xff\xff\xff\xff",
        b"\x84\x0f\xff\xff\xff",
        b"\x88\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff",
    ];
    let whole = entry("good-bundle-tsr.zip", layout::SUMS_TIME_STAMP);
    for length in lengths {
        for tag in [0x30, 0x31, 0x04, 0xa0] {
            let value = [&[tag], length, b"\x02\x01\x01"].concat();
            assert_eq!(detached(&value, b""), Verdict::Failed);
            assert_eq!(reply(&value, b""), Verdict::Failed);
            // In the place of what stands somewhere within.
            for at in (0..whole.len()).step_by(97) {
                let within = [&whole[..at], &value, &whole[at..]].concat();
                assert_eq!(reply(&within, b""), Verdict::Failed);
            }
        }
    }
    let long = vec![0x30; 1 << 20];
    assert_eq!(detached(&long, b""), Verdict::Failed);
    assert_eq!(reply(&long, b""), Verdict::Failed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn replies_are_judged_without_panic(changes in prop::collection::vec(any::<(Index, u8, bool)>(), 1..6)) {
        let mut bytes = entry("good-bundle-tsr.zip", layout::SUMS_TIME_STAMP);
        for (index, byte, insert) in changes {
            let at = index.index(bytes.len());
            if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        }
        let whole = entry("good-bundle-tsr.zip", layout::SUMS_TIME_STAMP);
        prop_assert!(bytes == whole || reply(&bytes, b"") != Verdict::Verified);
    }
}
