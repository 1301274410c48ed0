//! Signatures from end to end: what is signed verifies here and with stock tools, and what is tampered with does not.

mod authority;
mod dev_identity;
mod documents;
mod identities;
mod keys;
mod pkcs12;
mod refused_cms;
mod refused_pdf;
mod round_trip;
mod shadow;
mod time;
mod tools;

use std::collections::BTreeSet;

use backproof_verify::check::{Checks, Outcome};
use backproof_verify::signature::{TrustAnchors, check_detached, check_pdf};
use chrono::{DateTime, Utc};

/// The time of signing and of verification: 2026-10-05, within the validity of `fixtures/pki`.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_791_158_400, 0).expect("a time")
}

/// The codes of all checks that ended so, sorted.
fn codes(checks: &Checks, outcome: Outcome) -> BTreeSet<&'static str> {
    checks
        .iter()
        .filter(|check| check.outcome == outcome)
        .map(|check| check.code.as_str())
        .collect()
}

/// Verifies a detached signature and returns its checks.
fn verify_detached(signature: &[u8], content: &[u8], anchors: &TrustAnchors) -> Checks {
    let mut checks = Checks::new();
    check_detached("test.p7s", signature, content, anchors, now(), &mut checks);
    checks
}

/// Verifies a PDF and returns its checks.
fn verify_pdf(pdf: &[u8], anchors: &TrustAnchors) -> Checks {
    let mut checks = Checks::new();
    check_pdf("test.pdf", pdf, anchors, now(), &mut checks);
    checks
}

/// One change at a random place: put, insert or remove a byte.
type Change = (proptest::sample::Index, u8, u8);

fn mutate(bytes: &[u8], changes: Vec<Change>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (index, byte, kind) in changes {
        let at = index.index(bytes.len());
        match kind % 3 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
    }
    bytes
}
