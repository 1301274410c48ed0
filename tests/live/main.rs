//! The live edge: the built program against a simulator that speaks the services' protocols over real HTTP, so that the
//! real SDK is what is tried.

mod estate;
mod faults;
mod harness;
mod identities;
mod simulator;
mod whole;
