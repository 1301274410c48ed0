//! Layout: from blocks to marks on pages.
//!
//! Purpose: measuring, line breaking, tables, figures and pagination behind the [`Canvas`](super::canvas::Canvas).
//! Invariant: layout depends on the blocks and the embedded faces alone, so the same blocks give the same pages.

pub(crate) mod block;
mod contents;
mod cover;
mod figure;
mod flow;
pub(crate) mod mark;
pub(crate) mod measure;
mod prose;
mod table;
pub(crate) mod text;
pub(crate) mod theme;

use block::Block;
pub(crate) use flow::Furniture;
use flow::{Flow, Survey};
use measure::Fonts;

use super::pdf::PdfCanvas;

/// Lays `blocks` out on a fresh canvas.
///
/// The first pass learns page numbers, the second one writes them. Nothing that the first pass teaches changes where a
/// line breaks, so two passes are enough; that is asserted.
pub(crate) fn compose(blocks: &[Block], fonts: &Fonts, furniture: &Furniture) -> PdfCanvas {
    let page = || PdfCanvas::new(theme::PAGE_WIDTH, theme::PAGE_HEIGHT);
    let first = Flow::place(blocks, &mut page(), fonts, furniture, &Survey::default());
    let mut canvas = page();
    let second = Flow::place(blocks, &mut canvas, fonts, furniture, &first);
    assert_eq!(first, second, "invariant: page numbers do not change the layout");
    canvas
}
