//! MongoDB Atlas: the built program against a simulator that speaks the Administration API v2 over real HTTP, with both of
//! its ways to ask who is there.

pub(crate) mod access;
pub(crate) mod desk;
mod doctor;
pub(crate) mod estate;
mod faults;
mod identities;
pub(crate) mod recording;
pub(crate) mod simulator;
mod whole;
