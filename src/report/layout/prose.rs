//! Prose: headings, paragraphs, facts, lists, commands, large numbers and remarks.
//!
//! Invariant: text over several pages stays one element, and no line of a longer paragraph stands alone on a page.

use crate::report::canvas::{Element, Face, Spot};
use crate::report::layout::block::{Callout, Fact, Heading, Paragraph};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::{Align, Lines, Span, Style, wrap};
use crate::report::layout::theme;

impl Flow<'_> {
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

    pub(super) fn heading_height(&self, heading: &Heading) -> f32 {
        let (above, below) = Self::heading_air(heading.level);
        self.heading_lines(heading).height() + above + below
    }

    pub(super) fn heading(&mut self, heading: &Heading) {
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

    pub(super) fn paragraph(&mut self, paragraph: &Paragraph) {
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

    pub(super) fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            let key = wrap(self.fonts, &fact.key, theme::SIDE + 8.0, theme::BODY_LEADING);
            let values: Vec<Lines> = fact
                .value
                .iter()
                .map(|spans| wrap(self.fonts, spans, theme::MAIN, theme::BODY_LEADING))
                .collect();
            // A fact of a few lines stays whole.
            let whole: f32 = values.iter().map(Lines::height).sum();
            let first = whole.min(8.0 * theme::BODY_LEADING);
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
            let page = self.page();
            for lines in &values {
                self.flow_lines(lines, theme::MAIN_LEFT, Element::Paragraph);
            }
            if page == self.page() {
                self.y = self.y.max(below_key);
            }
            self.y += 3.0;
        }
        self.y += 2.0;
    }

    pub(super) fn list(&mut self, items: &[Vec<Span>]) {
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

    pub(super) fn code(&mut self, commands: &[String]) {
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

    pub(super) fn tally(&mut self, numbers: &[(u64, Span)]) {
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

    /// Labels over empty boxes that are open at the top.
    pub(super) fn form(&mut self, fields: &[(String, f32)]) {
        const HEIGHT: f32 = 30.0;
        const GAP: f32 = 10.0;
        self.claim(HEIGHT + 8.0);
        let total: f32 = fields.iter().map(|(_, share)| share).sum();
        let mut x = theme::LEFT;
        for (label, share) in fields {
            let width = (theme::FULL + GAP) * share / total - GAP;
            let line = self.lines(label, theme::HEAD, width, 9.4);
            self.canvas.begin(Element::Paragraph);
            line.draw(self.canvas, Spot { x, y: self.y }, Align::Left);
            self.canvas.end();
            self.canvas
                .rect(area(x, self.y + HEIGHT, width, 0.6), theme::GREY);
            x += width + GAP;
        }
        self.y += HEIGHT + 8.0;
    }

    pub(super) fn callout(&mut self, callout: &Callout) {
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
}
