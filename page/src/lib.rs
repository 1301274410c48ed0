//! The verifier for a browser: requests and answers in JSON, between the page `verify.html` and `backproof-verify`.
//!
//! Nothing is decided here: the checks, the bottom line and the words are the verifier's. Invariant: nothing is read out of a
//! bundle that fails its verification; one that stays undecided can be read, and the page says that it is undecided.
//! The page gives the time, and the file range by range, so that a bundle of gigabytes never stands in memory.

#[cfg(target_arch = "wasm32")]
mod abi;
mod evidence;
mod file;
mod session;

pub use file::{File, ReadAt, Unreadable};
pub use session::{Answer, Session};
