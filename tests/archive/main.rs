//! The archive: the built program against a store with Object Lock over real HTTP (ministack), and a proxy between the two
//! that makes trouble by script.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod ceph;
mod checks;
mod desk;
mod doctor;
#[path = "../bundle/example.rs"]
mod example;
mod faults;
mod kept;
mod lesser;
mod ministack;
mod proxy;
mod scheduled;
#[path = "../bundle/signing.rs"]
mod signing;
mod stopped;
#[path = "../stopper/mod.rs"]
mod stopper;
mod store;
