//! `verify.html` from outside: the module in it against the native verifier, and the page in Chromium from `file://`, without a
//! network. The browser and its driver are components of the gate; without them these tests fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod browser;
mod large;
mod vectors;

use std::path::{Path, PathBuf};

/// The committed page.
pub(crate) fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/verify.html")
}

/// The committed test data.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
