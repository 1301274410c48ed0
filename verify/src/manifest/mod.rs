//! `manifest.json`: what a bundle says about itself, and the list of its payload.

pub mod v1;
