//! backproof: backup histories, restore tests and exercise records in; a signed report and an evidence bundle out.

pub mod archive;
pub mod bundle;
pub mod catalogue;
pub mod cli;
pub mod collect;
pub mod evaluate;
pub mod ledger;
pub mod model;
pub mod normalize;
pub mod report;
pub mod service;
pub mod sign;
