//! The results as a file. The current version is [`v1`].

pub mod v1;
