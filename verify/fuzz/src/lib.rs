//! What the fuzz targets share: the time and the trust roots of the vectors, and the bound on memory.
//!
//! A target hands bytes that nobody wrote to one parser of the verifier. It fails by a panic, by taking another time or more
//! memory than the bound, or by an assertion: that a text has one form, or that nothing made up is ever verified.

use std::alloc::System;
use std::sync::LazyLock;

use backproof_verify::check::{Checks, Verdict};
use backproof_verify::signature::TrustAnchors;
use cap::Cap;
use chrono::{DateTime, TimeZone as _, Utc};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What the verifier may take beside what it is given, in bytes.
const MEMORY_BASE: usize = 8 << 20;
/// What it may take for each byte that it is given: a value of two bytes in a PDF becomes one of some fifty, in a vector that
/// grows by doubling.
const MEMORY_PER_BYTE: usize = 128;

/// Runs `work` on `input` under the bound on memory; beyond it the process is aborted.
pub fn bounded<T>(input: &[u8], work: impl FnOnce(&[u8]) -> T) -> T {
    let bound = MEMORY_BASE + MEMORY_PER_BYTE * input.len();
    let raised = ALLOCATOR.set_limit(ALLOCATOR.allocated() + bound);
    assert!(raised.is_ok(), "the bound lies above what is taken");
    let result = work(input);
    let lifted = ALLOCATOR.set_limit(usize::MAX);
    assert!(lifted.is_ok(), "there is always less than everything");
    result
}

/// When the vectors are looked at.
pub fn at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0)
        .single()
        .unwrap_or_default()
}

/// Whom the vectors trust.
pub static ANCHORS: LazyLock<TrustAnchors> = LazyLock::new(|| {
    let root = include_str!("../../../fixtures/vectors/root.pem");
    let anchors = TrustAnchors::from_pem(root).and_then(|anchors| anchors.with_time_stamps(root));
    anchors.unwrap_or_else(|error| unreachable!("the vectors' trust root is a certificate: {error}"))
});

/// Without a trust root nothing is ever verified, whatever it looks like.
pub fn never_verified(checks: &Checks) {
    assert_ne!(
        checks.verdict(),
        Verdict::Verified,
        "verified without a trust root"
    );
}
