//! The live edge: the built program against a simulator that speaks the services' protocols over real HTTP, so that the
//! real SDK is what is tried.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

mod atlas;
mod canaries;
mod doctor;
mod estate;
mod faults;
mod harness;
mod identities;
mod joined;
#[path = "../archive/ministack.rs"]
#[expect(dead_code, reason = "the tests of the archive need more of it")]
mod ministack;
mod mongod;
mod narrowed;
mod quarter;
mod registers;
mod serve;
mod shards;
mod simulator;
mod stopped;
#[path = "../stopper/mod.rs"]
mod stopper;
#[path = "../archive/store.rs"]
#[expect(dead_code, reason = "the tests of the archive need more of it")]
mod store;
mod trails;
mod unfinished;
mod whole;
