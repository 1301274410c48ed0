//! The live edge: the built program against a simulator that speaks the services' protocols over real HTTP, so that the
//! real SDK is what is tried.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

mod atlas;
mod doctor;
mod estate;
mod faults;
mod harness;
mod identities;
mod mongod;
mod narrowed;
mod registers;
mod serve;
mod simulator;
mod trails;
mod whole;
