//! What an administrator would do to a bucket of [`ministack`](super::ministack).

use std::sync::atomic::{AtomicU32, Ordering};

use super::ministack::does;

fn name(kind: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("luma-{kind}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A bucket with Object Lock, and with versions therefore.
pub(crate) fn locked() -> String {
    let bucket = name("locked");
    does(
        "PUT",
        &format!("/{bucket}"),
        &[("x-amz-bucket-object-lock-enabled", "true")],
        "",
    );
    bucket
}

/// One without anything.
pub(crate) fn plain() -> String {
    let bucket = name("plain");
    does("PUT", &format!("/{bucket}"), &[], "");
    bucket
}

/// Sets whether a bucket keeps versions.
pub(crate) fn versioning(bucket: &str, status: &str) {
    let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    does("PUT", &format!("/{bucket}?versioning"), &[], &body);
}

/// Sets the lock that a bucket gives to what is put without one.
pub(crate) fn default_lock(bucket: &str, mode: &str) {
    let body = format!(
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>{mode}</Mode>\
         <Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
    );
    does("PUT", &format!("/{bucket}?object-lock"), &[], &body);
}
