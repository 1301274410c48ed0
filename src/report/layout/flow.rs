//! The flow: places blocks one below the other and begins pages.
//!
//! Purpose: pagination. Invariants: a heading never stands without the beginning of what it heads; nothing is drawn
//! below [`theme::BOTTOM`]; page numbers in the contents are those of the same layout, because the document is laid out
//! twice and the second pass reads what the first one learned.

use std::collections::BTreeMap;

use crate::report::canvas::{Area, Blank, Canvas, Element, Face, Ink, Spot, TextRun};
use crate::report::layout::block::{Block, Callout, Fact, Heading, Paragraph};
use crate::report::layout::measure::Fonts;
use crate::report::layout::text::{Align, Lines, Span, Style, wrap};
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

/// The place where the next block goes.
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
        let right = theme::LEFT + theme::FULL;
        for (text, y, to_right) in [
            (head_left, 44.0, false),
            (head_right, 44.0, true),
            (foot_left, 760.0, false),
            (&foot_right, 760.0, true),
        ] {
            let text = self.fonts.printable(text, style.face);
            let width = self.fonts.width(&text, style.face, style.size);
            let x = if to_right { right - width } else { theme::LEFT };
            self.label(&text, style, Spot { x, y });
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
        if begins_page || fresh && height > 0.0 || self.y + before + height > theme::BOTTOM {
            if !headings.is_empty() || height > 0.0 {
                self.new_page();
            }
        }
        for heading in &headings {
            self.heading(heading);
        }
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

    /// Breaks one span into lines.
    pub(crate) fn lines(&self, text: &str, style: Style, width: f32, leading: f32) -> Lines {
        wrap(self.fonts, &[Span::new(text, style)], width, leading)
    }

    fn heading_lines(&self, heading: &Heading) -> Lines {
        let (style, leading) = match heading.level {
            1 => (theme::style(Face::Light, 25.0, theme::BLACK), 30.0),
            2 => (theme::style(Face::SemiBold, 11.5, theme::BLACK), 15.0),
            _ => (theme::style(Face::SemiBold, 9.2, theme::BLACK), 13.0),
        };
        let mut spans = Vec::new();
        if !heading.number.is_empty() {
            let ink = if heading.level == 1 {
                theme::BLUE
            } else {
                style.ink
            };
            spans.push(Span::new(
                format!("{}\u{a0}\u{a0}", heading.number),
                Style { ink, ..style },
            ));
        }
        spans.push(Span::new(heading.title.clone(), style));
        let aside = if heading.aside.is_some() { 130.0 } else { 0.0 };
        wrap(self.fonts, &spans, theme::FULL - aside, leading)
    }

    /// Space above and below a heading.
    fn heading_air(level: u8) -> (f32, f32) {
        match level {
            1 => (40.0, 16.0),
            2 => (20.0, 6.0),
            _ => (10.0, 3.0),
        }
    }

    fn heading_height(&self, heading: &Heading) -> f32 {
        let (above, below) = Self::heading_air(heading.level);
        self.heading_lines(heading).height() + above + below
    }

    fn heading(&mut self, heading: &Heading) {
        let lines = self.heading_lines(heading);
        let (above, below) = Self::heading_air(heading.level);
        if self.y > theme::TOP {
            self.y += above;
        }
        if heading.level == 2 {
            let rule = area(theme::LEFT, self.y - 5.0, theme::FULL, 0.8);
            self.canvas.rect(rule, theme::BLACK);
        }
        if !heading.anchor.is_empty() {
            self.anchor(&heading.anchor);
        }
        if heading.listed {
            let title = format!("{} {}", heading.number, heading.title);
            self.canvas.bookmark(heading.level, title.trim(), &heading.anchor);
        }
        self.canvas.begin(Element::Heading(heading.level));
        lines.draw(
            self.canvas,
            Spot {
                x: theme::LEFT,
                y: self.y,
            },
            Align::Left,
        );
        self.canvas.end();
        if let Some(aside) = &heading.aside {
            let leading = lines.leading;
            let aside = wrap(self.fonts, std::slice::from_ref(aside), 130.0, leading);
            let x = theme::LEFT + theme::FULL - 130.0;
            self.canvas.begin(Element::Paragraph);
            aside.draw(self.canvas, Spot { x, y: self.y }, Align::Right);
            self.canvas.end();
        }
        self.y += lines.height() + below;
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        let (x, width) = if paragraph.wide {
            (theme::LEFT, theme::FULL)
        } else {
            (theme::MAIN_LEFT, theme::MAIN)
        };
        let lines = wrap(self.fonts, &paragraph.spans, width, paragraph.leading);
        self.flow_lines(&lines, x, Element::Paragraph);
        self.y += paragraph.leading * 0.55;
    }

    /// Draws lines inside one element, over as many pages as they need, never one line alone.
    fn flow_lines(&mut self, lines: &Lines, x: f32, element: Element) {
        let alone = if lines.count() <= 3 { lines.count() } else { 2 };
        self.claim(alone as f32 * lines.leading);
        self.canvas.begin(element);
        let mut from = 0;
        while from < lines.count() {
            let mut fit = ((self.room() + 0.01) / lines.leading).floor() as usize;
            let left = lines.count() - from;
            if fit < left && left - fit == 1 && fit > 2 {
                fit -= 1;
            }
            let to = (from + fit).min(lines.count());
            if to > from {
                let part = lines.slice(from..to);
                part.draw(self.canvas, Spot { x, y: self.y }, Align::Left);
                self.y += part.height();
            }
            from = to;
            if from < lines.count() {
                self.new_page();
            }
        }
        self.canvas.end();
    }

    fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            let key = wrap(self.fonts, &fact.key, theme::SIDE + 8.0, theme::BODY_LEADING);
            let values: Vec<Lines> = fact
                .value
                .iter()
                .map(|spans| wrap(self.fonts, spans, theme::MAIN, theme::BODY_LEADING))
                .collect();
            let first = values
                .first()
                .map_or(0.0, Lines::height)
                .min(4.0 * theme::BODY_LEADING);
            self.claim(key.height().max(first) + 5.0);
            let top = self.y;
            self.canvas
                .rect(area(theme::LEFT, top, theme::FULL, 0.5), theme::HAIRLINE);
            self.y += 2.5;
            self.canvas.begin(Element::Paragraph);
            key.draw(
                self.canvas,
                Spot {
                    x: theme::LEFT,
                    y: self.y,
                },
                Align::Left,
            );
            self.canvas.end();
            let below_key = self.y + key.height();
            let page = self.learned.pages;
            for lines in &values {
                self.flow_lines(lines, theme::MAIN_LEFT, Element::Paragraph);
            }
            if page == self.learned.pages {
                self.y = self.y.max(below_key);
            }
            self.y += 3.0;
        }
        self.y += 6.0;
    }

    fn list(&mut self, items: &[Vec<Span>]) {
        self.claim(theme::BODY_LEADING);
        self.canvas.begin(Element::List);
        for spans in items {
            let lines = wrap(self.fonts, spans, theme::MAIN - 12.0, theme::BODY_LEADING);
            self.claim(lines.height().min(2.0 * theme::BODY_LEADING));
            let dash = area(theme::MAIN_LEFT, self.y + theme::BODY_LEADING / 2.0, 5.0, 0.8);
            self.canvas.rect(dash, theme::BLUE);
            self.canvas.begin(Element::ListItem);
            self.flow_lines(&lines, theme::MAIN_LEFT + 12.0, Element::ListBody);
            self.canvas.end();
            self.y += 3.0;
        }
        self.canvas.end();
        self.y += 5.0;
    }

    fn code(&mut self, commands: &[String]) {
        let pad = 9.0;
        let leading = 12.6;
        let lines: Vec<Lines> = commands
            .iter()
            .map(|command| self.lines(command, theme::MONO, theme::MAIN - 2.0 * pad, leading))
            .collect();
        let height: f32 = lines.iter().map(Lines::height).sum::<f32>() + 2.0 * pad;
        self.claim(height);
        self.canvas
            .rect(area(theme::MAIN_LEFT, self.y, theme::MAIN, height), theme::TINT);
        let mut y = self.y + pad;
        for line in &lines {
            self.canvas.begin(Element::Paragraph);
            line.draw(
                self.canvas,
                Spot {
                    x: theme::MAIN_LEFT + pad,
                    y,
                },
                Align::Left,
            );
            self.canvas.end();
            y += line.height();
        }
        self.y += height + 9.0;
    }

    fn tally(&mut self, numbers: &[(u64, Span)]) {
        let height = 58.0;
        self.claim(height);
        let step = theme::FULL / numbers.len().max(1) as f32;
        let number_style = theme::style(Face::Light, 25.0, theme::BLACK);
        for (index, (number, word)) in numbers.iter().enumerate() {
            let x = theme::LEFT + step * index as f32;
            let number = self.lines(&number.to_string(), number_style, step, 28.0);
            let word = wrap(self.fonts, std::slice::from_ref(word), step - 6.0, 9.6);
            self.canvas.rect(area(x, self.y, step - 8.0, 0.8), theme::BLACK);
            for (lines, y) in [(&number, self.y + 4.0), (&word, self.y + 33.0)] {
                self.canvas.begin(Element::Paragraph);
                lines.draw(self.canvas, Spot { x, y }, Align::Left);
                self.canvas.end();
            }
        }
        self.y += height;
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

    fn callout(&mut self, callout: &Callout) {
        let pad = 12.0;
        let width = theme::FULL - 2.0 * pad - 3.0;
        let title_style = theme::style(Face::SemiBold, 9.6, callout.ink);
        let title = self.lines(&callout.title, title_style, width, 14.0);
        let text = wrap(self.fonts, &callout.spans, width, theme::BODY_LEADING);
        let height = title.height() + text.height() + 2.0 * pad - 4.0;
        self.claim(height + 4.0);
        self.y += 4.0;
        self.canvas
            .rect(area(theme::LEFT, self.y, theme::FULL, height), theme::TINT);
        self.canvas
            .rect(area(theme::LEFT, self.y, 3.0, height), callout.ink);
        let mut spot = Spot {
            x: theme::LEFT + 3.0 + pad,
            y: self.y + pad - 2.0,
        };
        for lines in [&title, &text] {
            self.canvas.begin(Element::Paragraph);
            lines.draw(self.canvas, spot, Align::Left);
            self.canvas.end();
            spot.y += lines.height();
        }
        self.y += height + 12.0;
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
