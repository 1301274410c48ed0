//! The package from outside: what `run` leaves behind, and what a stranger finds when he tries it.
//!
//! The recorded quarter is packaged once for all of these tests; those that alter something work on copies.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod agreement;
mod altered;
mod determinism;
mod diff;
mod disclosed;
#[path = "../cli/harness.rs"]
mod harness;
mod identities;
mod killed;
mod output;
mod quarter;
mod sample;
mod stock_tools;
mod tools;
mod verification;
