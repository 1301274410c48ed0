//! CloudTrail's digests and log files: small chains, damaged in each way that there is, and what becomes of them, here and in
//! the AWS CLI.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

mod arbitrary;
mod bucket;
mod collected;
mod oracle;
mod supplied;
mod vectors;
