//! Records and parameters in, findings out. Pure: no I/O, no clock, no randomness, no environment.

pub mod actor;
pub mod assignment;
pub mod criteria;
pub mod duty;
pub mod grounds;
pub mod listings;
pub mod place;
pub mod procedure;
pub mod removal;
pub mod selects;
pub mod taken;
#[cfg(test)]
#[allow(dead_code)]
pub(crate) mod testing;
pub mod usable;
