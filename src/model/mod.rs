//! The words of the field as types: identifiers, periods, records, populations, findings.
//!
//! Values and constructors only. No serde, no async, no I/O, no clock: wire formats are translated into these types by
//! `normalize` and out of them by `bundle` and `report`.

pub mod acquisition;
pub mod coverage;
pub mod estate;
pub mod finding;
pub mod ids;
pub mod records;
pub mod registers;
pub mod response;
pub mod scope;
pub mod shard;
pub mod source;
pub mod time;
