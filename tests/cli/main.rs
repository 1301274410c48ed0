//! The command line with bad input, each kind by itself: what it says, how it ends, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "../sign/authority.rs"]
#[expect(dead_code, reason = "the tests of signatures try the other faults")]
mod authority;
mod bundles;
mod configuration;
mod deploy;
mod doctor;
mod evidence;
mod harness;
mod identity;
mod ledgers;
#[path = "../archive/ministack.rs"]
mod ministack;
mod outputs;
mod periods;
mod scheduled;
mod shards;
mod signers;
mod time_stamps;
mod usage;
mod world;
