//! The flow: places blocks one below the other and begins pages.
//!
//! Purpose: pagination. Invariants: a heading never stands without the beginning of what it heads; nothing is drawn
//! below [`theme::BOTTOM`]; page numbers in the contents are those of the same layout, because the document is laid out
//! twice and the second pass reads what the first one learned.

use std::collections::BTreeMap;

use crate::report::canvas::{Area, Blank, Canvas, Face, Ink, Spot, TextRun};
use crate::report::layout::block::{Block, Heading};
use crate::report::layout::measure::Fonts;
use crate::report::layout::text::{Lines, Span, Style, wrap};
use crate::report::layout::{contents, cover, figure, table, theme};

/// What a pass over the document learned: the page of each anchor, and how many pages there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) pages: usize,
    pub(crate) anchors: BTreeMap<String, usize>,
}

/// What stands at the top and foot of each page but the cover.
#[derive(Debug, Clone)]
pub(crate) struct Furniture {
    pub(crate) head_left: String,
    pub(crate) head_right: String,
    pub(crate) foot_left: String,
}

/// The place where the next block goes. How prose is set stands in `prose`, tables and figures have modules too.
pub(crate) struct Flow<'a> {
    pub(crate) canvas: &'a mut dyn Canvas,
    pub(crate) fonts: &'a Fonts,
    pub(crate) y: f32,
    furniture: &'a Furniture,
    known: &'a Survey,
    learned: Survey,
    /// Headings that wait for the block they head.
    pending: Vec<Heading>,
}

impl<'a> Flow<'a> {
    /// Places `blocks` and returns what the pass learned; `known` is what the pass before learned.
    pub(crate) fn place(
        blocks: &[Block],
        canvas: &'a mut dyn Canvas,
        fonts: &'a Fonts,
        furniture: &'a Furniture,
        known: &'a Survey,
    ) -> Survey {
        let y = theme::BOTTOM;
        let mut flow = Flow {
            canvas,
            fonts,
            y,
            furniture,
            known,
            learned: Survey::default(),
            pending: Vec::new(),
        };
        for block in blocks {
            flow.block(block, blocks);
        }
        flow.claim(0.0);
        flow.learned
    }

    fn block(&mut self, block: &Block, all: &[Block]) {
        match block {
            Block::Cover(cover) => cover::place(self, cover),
            Block::Contents => contents::place(self, all),
            Block::Heading(heading) => self.pending.push(heading.clone()),
            Block::Paragraph(paragraph) => self.paragraph(paragraph),
            Block::Facts(facts) => self.facts(facts),
            Block::List(items) => self.list(items),
            Block::Code(lines) => self.code(lines),
            Block::Table(table) => table::place(self, table),
            Block::Form(fields) => self.form(fields),
            Block::Pair(tables) => table::place_pair(self, tables),
            Block::Together(blocks) => self.together(blocks, all),
            Block::Tally(numbers) => self.tally(numbers),
            Block::Callout(callout) => self.callout(callout),
            Block::HeatMap(map) => figure::heat_map(self, map),
            Block::Timeline(timeline) => figure::timeline(self, timeline),
            Block::Space(points) => self.y += points,
        }
    }

    /// Begins a page without furniture.
    pub(crate) fn bare_page(&mut self) {
        self.canvas.begin_page();
        self.learned.pages += 1;
        self.y = theme::TOP;
    }

    /// Begins a page.
    pub(crate) fn new_page(&mut self) {
        self.bare_page();
        let Furniture {
            head_left,
            head_right,
            foot_left,
        } = self.furniture;
        let foot_right = format!("Page {} of {}", self.learned.pages, self.known.pages);
        let style = theme::style(Face::Regular, 7.4, theme::GREY);
        self.canvas.begin_artifact();
        for (left, right, y) in [(head_left, head_right, 44.0), (foot_left, &foot_right, 760.0)] {
            let right = self.fonts.printable(right, style.face);
            let width = self.fonts.width(&right, style.face, style.size);
            let left = self.elide(left, style, theme::FULL - width - 24.0);
            let end = theme::LEFT + theme::FULL - width;
            self.label(&left, style, Spot { x: theme::LEFT, y });
            self.label(&right, style, Spot { x: end, y });
        }
        self.canvas
            .rect(area(theme::LEFT, 52.0, theme::FULL, 0.5), theme::HAIRLINE);
        self.canvas.end_artifact();
    }

    /// Makes sure that `height` points are left on the page, together with the headings that wait; draws these.
    pub(crate) fn claim(&mut self, height: f32) {
        let headings = std::mem::take(&mut self.pending);
        let scarce = self.room() < 0.45 * (theme::BOTTOM - theme::TOP);
        let begins_page = headings.iter().any(|h| h.level == 1 && (h.fresh || scarce));
        let before: f32 = headings.iter().map(|h| self.heading_height(h)).sum();
        let fresh = self.learned.pages == 0;
        let wanted = !headings.is_empty() || height > 0.0;
        if wanted && (begins_page || fresh || self.y + before + height > theme::BOTTOM) {
            self.new_page();
        }
        for heading in &headings {
            self.heading(heading);
        }
    }

    /// The number of the current page, from 1.
    pub(super) fn page(&self) -> usize {
        self.learned.pages
    }

    /// The space left on this page.
    pub(crate) fn room(&self) -> f32 {
        theme::BOTTOM - self.y
    }

    /// The page on which the pass before found `anchor`.
    pub(crate) fn page_of(&self, anchor: &str) -> Option<usize> {
        self.known.anchors.get(anchor).copied()
    }

    /// Names this place.
    pub(crate) fn anchor(&mut self, name: &str) {
        self.learned
            .anchors
            .entry(name.to_owned())
            .or_insert(self.learned.pages);
        self.canvas.anchor(name, self.y);
    }

    /// One line of printable text with its baseline at `baseline`.
    pub(crate) fn label(&mut self, text: &str, style: Style, baseline: Spot) {
        let Style { face, size, ink } = style;
        self.canvas.text(&TextRun {
            text,
            face,
            size,
            ink,
            baseline,
        });
    }

    /// Printable text, shortened at its end if it is wider than `width`.
    pub(crate) fn elide(&self, text: &str, style: Style, width: f32) -> String {
        let mut text = self.fonts.printable(text, style.face);
        let fits = |text: &str| self.fonts.width(text, style.face, style.size) <= width;
        if !fits(&text) {
            while !text.is_empty() && !fits(&format!("{text}…")) {
                text.pop();
            }
            text.push('…');
        }
        text
    }

    /// Breaks one span into lines.
    pub(crate) fn lines(&self, text: &str, style: Style, width: f32, leading: f32) -> Lines {
        wrap(self.fonts, &[Span::new(text, style)], width, leading)
    }

    /// Places `blocks` on the next page if they fit a page but not the rest of this one.
    fn together(&mut self, blocks: &[Block], all: &[Block]) {
        let known = Survey::default();
        let mut trial = Flow {
            canvas: &mut Blank,
            fonts: self.fonts,
            y: theme::TOP + 1.0,
            furniture: self.furniture,
            known: &known,
            learned: Survey {
                pages: 1,
                ..Survey::default()
            },
            pending: Vec::new(),
        };
        for block in blocks {
            trial.block(block, all);
        }
        let fits_a_page = trial.learned.pages == 1;
        let height = trial.y - theme::TOP;
        if fits_a_page && height > self.room() {
            self.new_page();
        }
        for block in blocks {
            self.block(block, all);
        }
    }

    /// A hairline over both columns at `y`.
    pub(crate) fn hairline(&mut self, y: f32, thickness: f32, ink: Ink) {
        self.canvas
            .rect(area(theme::LEFT, y, theme::FULL, thickness), ink);
    }
}

pub(crate) fn area(x: f32, y: f32, width: f32, height: f32) -> Area {
    Area { x, y, width, height }
}
