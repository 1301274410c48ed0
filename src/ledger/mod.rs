//! The append-only store of evidence. Here: only the port that readers use.

pub mod store;
