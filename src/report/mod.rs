//! The report: what an evaluation says, laid out and drawn as a tagged PDF (PDF/A-3a, PDF/UA-1).
//!
//! Three storeys, each ignorant of the one above: `view` turns findings into blocks, with the words of
//! `templates/report`; `layout` places blocks on pages; `pdf` draws pages behind the `canvas` and finishes the file.
//! Invariant: bytes depend on the input alone, and the report never changes a state.

mod canvas;
mod input;
mod layout;
mod pdf;
mod view;
mod words;

use thiserror::Error;

pub use input::{ReportInput, RunFacts, Signer};
use layout::measure::Fonts;
use pdf::Metadata;
pub use pdf::PdfError;
pub use words::WordingError;
use words::Words;

/// The report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A passage of the wording could not be filled in.
    #[error("report wording: {0}")]
    Wording(#[from] WordingError),
    /// The pages could not become a file.
    #[error("report file: {0}")]
    Pdf(#[from] PdfError),
}

/// Renders the report as a finished, unsigned PDF.
///
/// Characters that the embedded fonts lack are drawn as U+FFFD and listed in the section on limitations.
///
/// # Errors
/// See [`ReportError`]; with the wording and fonts that are built in, an error is a fault of the program.
pub fn render(input: &ReportInput<'_>) -> Result<Vec<u8>, ReportError> {
    let words = Words::new()?;
    let furniture = view::furniture(input, &words)?;
    let fonts = Fonts::new();
    let mut replaced = fonts.replaced();
    loop {
        let blocks = view::blocks(input, &words, &replaced)?;
        let canvas = layout::compose(&blocks, &fonts, &furniture);
        // Only when something was replaced is there a second round, to say so.
        if fonts.replaced() == replaced {
            return Ok(canvas.finish(&metadata(input, &words)?)?);
        }
        replaced = fonts.replaced();
    }
}

fn metadata(input: &ReportInput<'_>, words: &Words) -> Result<Metadata, WordingError> {
    let (entity, period) = (&input.scope.entity.name, view::period(input));
    Ok(Metadata {
        title: format!(
            "{}: {}, {entity}, {period}",
            words.say("cover/title", &[])?,
            words.say("cover/subtitle", &[])?.to_lowercase()
        ),
        author: entity.clone(),
        subject: words.say("cover/subject", &[("entity", entity), ("period", &period)])?,
        producer: input.run.tool.clone(),
        produced_at: input.run.evidence_until,
    })
}

#[cfg(test)]
mod conformance;
