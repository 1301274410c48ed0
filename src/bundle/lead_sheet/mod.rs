//! The lead sheet of a sample: what was drawn from which population, how, and what the evidence says about each item.

pub mod csv;
pub mod v1;
