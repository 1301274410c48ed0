//! Records and parameters in, findings out. Pure: no I/O, no clock, no randomness, no environment.

pub mod criteria;
pub mod procedure;
#[cfg(test)]
#[allow(dead_code)]
pub(crate) mod testing;
