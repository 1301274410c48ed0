//! The formats of backproof and their verification.
//!
//! Bytes, trust anchors and a time go in; a list of checks comes out. No file system, no network, no clock, no
//! environment: the same crate runs in the command line, in a browser and in an auditor's own harness.

pub mod check;
pub mod digest;
pub mod signature;
