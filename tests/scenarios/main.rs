//! The scenarios of `fixtures/scenarios`: small synthetic stories, each a patch on one clean world, run from the bytes that
//! the services send to the findings. `fixtures/scenarios/README.md` says how one is written and how to run one.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

mod agreement;
mod contradiction;
mod expect;
mod patch;
mod properties;
mod pulls;
mod scenario;
#[path = "../evidence/standing.rs"]
mod standing;
mod table;
mod wire;
mod world;
