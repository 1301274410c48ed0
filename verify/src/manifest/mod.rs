//! `manifest.json`: what a bundle says about itself, and the list of its payload.

mod asked;
mod leaf;
pub mod v1;
