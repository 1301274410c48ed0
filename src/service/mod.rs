//! How services are reached over the network, and how they fail: what everybody shares who asks one.

pub mod aws;
pub mod checkup;
pub mod failure;
pub mod iam;
pub mod refusal;
pub mod tls;
