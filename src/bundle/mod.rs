//! The evidence bundle: payload and metadata in, one ZIP out; and what is read from one that verifies.
//!
//! Invariant: everything but the signatures, and the one list that digests them, follows from the input byte for byte.
//! The bundle does not sign: [`Draft`] hands out what is to be signed and takes the signatures. The formats, and the
//! names of the files, are those of `backproof_verify`; `docs/spec/bundle.md` is the specification.

mod archive;
pub mod checked;
pub mod comparison;
mod draft;
pub mod lead_sheet;
mod pack;
pub mod records;
pub mod redaction;
pub mod results;
pub mod tables;
mod verify_text;

/// The most bytes of a bundle: its offsets have 32 bits.
pub const BYTES_MAX: u64 = u32::MAX as u64;

/// The verifier as one page for a browser, as `cargo xtask page` makes it.
pub const VERIFY_PAGE: &[u8] = include_bytes!("../../assets/verify.html");

pub use draft::{BundleError, ControlSummary, Draft, Metadata, Signatures};
pub use pack::{PackError, PackedEvidence, RawPage, pack};
