//! MongoDB Atlas: the built program against a simulator that speaks the Administration API v2 over real HTTP, with both of
//! its ways to ask who is there.

mod access;
mod desk;
mod doctor;
mod estate;
mod faults;
mod identities;
mod recording;
mod simulator;
mod whole;
