//! Records and parameters in, findings out. Pure: no I/O, no clock, no randomness, no environment.

pub mod criteria;
pub mod procedure;
