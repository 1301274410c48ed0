//! The evidence tests: what the recorded quarter proves, and that nothing taken from it or altered in it can pass for
//! more proof.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

mod quarter;
mod story;
