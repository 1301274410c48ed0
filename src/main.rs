//! Parse, run, hint, exit.
fn main() {}
