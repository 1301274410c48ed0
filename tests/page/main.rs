//! `verify.html` in Chromium from `file://`, without a network. That the module in it says what the native verifier says is tried in
//! `page/tests`. The browser and its driver are components of the gate; without them these tests fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod browser;
mod large;

use std::path::{Path, PathBuf};

/// The committed page.
pub(crate) fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/verify.html")
}

/// The committed test data.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
