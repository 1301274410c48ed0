//! The formats of backproof and their verification.
//!
//! Bytes, trust anchors and a time go in; a list of checks comes out. No file system, no network, no clock, no
//! environment: the same crate runs in the command line, in a browser and in an auditor's own harness.

pub mod asic;
pub mod bagit;
pub mod bundle;
pub mod canonical;
pub mod check;
pub mod checkpoint;
mod content;
pub mod digest;
pub mod disclosure;
pub mod layout;
pub mod manifest;
pub mod merkle;
pub mod packing;
pub mod proof;
pub mod redacted;
pub mod signature;
pub mod source;
pub mod sums;
pub mod unpack;
pub mod verification;
pub mod zip;
