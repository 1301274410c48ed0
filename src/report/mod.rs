//! The report: what an evaluation says, laid out and drawn as a tagged PDF.

mod canvas;
mod layout;
mod pdf;

pub use pdf::PdfError;

#[cfg(test)]
mod conformance;
