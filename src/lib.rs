//! backproof: backup histories, restore tests and exercise records in; a signed report and an evidence bundle out.

pub mod ledger;
pub mod model;
pub mod normalize;
