//! backproof: backup histories, restore tests and exercise records in; a signed report and an evidence bundle out.

pub mod catalogue;
pub mod cli;
pub mod evaluate;
pub mod model;
pub mod report;
