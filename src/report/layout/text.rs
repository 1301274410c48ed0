//! Inline text: spans in, lines out.
//!
//! Purpose: greedy line breaking that treats an identifier as one word for as long as it fits a line by itself, then
//! breaks it behind its own punctuation, and between characters only when nothing else is left. Invariant: no line is
//! wider than asked for, and the concatenated lines hold every character of the spans in order.

use crate::report::canvas::{Area, Canvas, Element, Face, Ink, Spot, TextRun};
use crate::report::layout::mark::Mark;
use crate::report::layout::measure::Fonts;

/// Face, size in points, colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: f32,
    pub(crate) ink: Ink,
}

/// A stretch of text in one style, perhaps a link to an anchor, perhaps led by a mark.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) style: Style,
    pub(crate) link: Option<String>,
    pub(crate) mark: Option<Mark>,
}

impl Span {
    /// Plain text in `style`.
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            link: None,
            mark: None,
        }
    }

    /// The same, leading to the anchor `target`.
    pub(crate) fn linked(mut self, target: impl Into<String>) -> Self {
        self.link = Some(target.into());
        self
    }

    /// The same, with `mark` drawn before the first word.
    pub(crate) fn marked(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }
}

/// One drawn piece of a line: consecutive words of one span.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    span: usize,
    x: f32,
    width: f32,
    /// The width without trailing blanks, which hang into the margin.
    solid: f32,
    text: String,
    mark: Option<Mark>,
}

/// A paragraph broken into lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lines {
    spans: Vec<Span>,
    lines: Vec<Vec<Piece>>,
    /// Distance between baselines.
    pub(crate) leading: f32,
    width: f32,
}

/// Where a line stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Breaks `spans` into lines of at most `width` points with baselines `leading` apart.
pub(crate) fn wrap(fonts: &Fonts, spans: &[Span], width: f32, leading: f32) -> Lines {
    let spans: Vec<Span> = spans
        .iter()
        .map(|span| Span {
            text: fonts.printable(&span.text, span.style.face),
            ..span.clone()
        })
        .collect();
    let mut breaker = Breaker {
        fonts,
        width,
        x: 0.0,
        lines: vec![Vec::new()],
        glued: false,
    };
    for (index, span) in spans.iter().enumerate() {
        breaker.span(index, span);
    }
    let lines = breaker.lines;
    Lines {
        spans,
        lines,
        leading,
        width,
    }
}

struct Breaker<'f> {
    fonts: &'f Fonts,
    width: f32,
    x: f32,
    lines: Vec<Vec<Piece>>,
    /// Whether the next word continues the previous one without a blank between.
    glued: bool,
}

impl Breaker<'_> {
    fn span(&mut self, index: usize, span: &Span) {
        if let Some(mark) = span.mark {
            let room = mark.room(span.style.size);
            let first = span.text.split(' ').next().unwrap_or_default();
            if self.x + room + self.measure(first, span) > self.width {
                self.new_line();
            }
            self.put(index, String::new(), room, Some(mark));
        }
        let mut first = true;
        for word in span.text.split(' ') {
            if !first {
                self.blank(index, span);
            }
            first = false;
            if !word.is_empty() {
                self.word(index, span, word);
            }
        }
    }

    fn measure(&self, text: &str, span: &Span) -> f32 {
        self.fonts.width(text, span.style.face, span.style.size)
    }

    fn new_line(&mut self) {
        self.lines.push(Vec::new());
        self.x = 0.0;
    }

    fn blank(&mut self, index: usize, span: &Span) {
        self.glued = false;
        let at_start = self.lines.last().is_none_or(Vec::is_empty);
        if !at_start {
            let width = self.measure(" ", span);
            self.put(index, " ".to_owned(), width, None);
        }
    }

    /// Places a word: whole if it fits here or on a line of its own, else at its soft places, else anywhere.
    fn word(&mut self, index: usize, span: &Span, word: &str) {
        let width = self.measure(word, span);
        if self.x + width > self.width && width <= self.width && !self.glued && self.x > 0.0 {
            self.new_line();
        }
        if self.x + width <= self.width {
            self.put(index, word.to_owned(), width, None);
            self.glued = true;
            return;
        }
        for part in soft_parts(word) {
            self.part(index, span, part);
        }
        self.glued = true;
    }

    fn part(&mut self, index: usize, span: &Span, part: &str) {
        let width = self.measure(part, span);
        if self.x + width > self.width && self.x > 0.0 {
            self.new_line();
        }
        if width <= self.width {
            self.put(index, part.to_owned(), width, None);
            return;
        }
        for c in part.chars() {
            let text = c.to_string();
            let width = self.measure(&text, span);
            if self.x + width > self.width && self.x > 0.0 {
                self.new_line();
            }
            self.put(index, text, width, None);
        }
    }

    /// Appends to the line, joining with the piece before it when both are of the same span.
    fn put(&mut self, index: usize, text: String, width: f32, mark: Option<Mark>) {
        let line = self.lines.last_mut().expect("invariant: there is always a line");
        match line.last_mut() {
            Some(last) if last.span == index && last.mark.is_none() && mark.is_none() => {
                last.text.push_str(&text);
                last.width += width;
                if text != " " {
                    last.solid = last.width;
                }
            }
            _ => {
                let solid = if text == " " { 0.0 } else { width };
                line.push(Piece {
                    span: index,
                    x: self.x,
                    width,
                    solid,
                    text,
                    mark,
                });
            }
        }
        self.x += width;
    }
}

/// Splits a long identifier behind its punctuation: `arn:aws:…/vault-` becomes `arn:`, `aws:`, `…/`, `vault-`.
/// Punctuation between digits holds them together, so that a date or a time stays whole.
fn soft_parts(word: &str) -> Vec<&str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, mark) in word.match_indices([':', '/', '-', '_', '.', '@', '=', ',', ';', '|', '&', '?']) {
        let end = at + mark.len();
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let inside_number = digit(word[..at].chars().next_back()) && digit(word[end..].chars().next());
        // Repeated punctuation, as in `a..b`, stays together.
        if !inside_number && !word[end..].starts_with(mark) {
            parts.push(&word[from..end]);
            from = end;
        }
    }
    parts.push(&word[from..]);
    parts.retain(|part| !part.is_empty());
    parts
}

impl Lines {
    /// How many lines there are; at least one.
    pub(crate) fn count(&self) -> usize {
        self.lines.len()
    }

    /// The height of all lines.
    pub(crate) fn height(&self) -> f32 {
        self.count() as f32 * self.leading
    }

    /// The width of the widest line.
    #[cfg(test)]
    fn widest(&self) -> f32 {
        self.lines.iter().map(|line| line_width(line)).fold(0.0, f32::max)
    }

    /// The lines `range`, as a paragraph of its own.
    pub(crate) fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            lines: self.lines[range].to_vec(),
            ..self.clone()
        }
    }

    /// Draws with the upper left corner of the first line at `at`, inside whatever element is open.
    pub(crate) fn draw(&self, canvas: &mut dyn Canvas, at: Spot, align: Align) {
        // A link that runs over several lines is one element with one annotation a line.
        let mut open_link: Option<usize> = None;
        for (number, line) in self.lines.iter().enumerate() {
            // The baseline: leading minus the room that descenders and half the extra leading take.
            let size = line
                .iter()
                .map(|p| self.spans[p.span].style.size)
                .fold(0.0, f32::max);
            let baseline = at.y + number as f32 * self.leading + (self.leading - size) / 2.0 + size * 0.79;
            let shift = match align {
                Align::Left => 0.0,
                Align::Right => self.width - line_width(line),
            };
            for piece in line {
                let span = &self.spans[piece.span];
                if open_link.is_some_and(|open| open != piece.span) {
                    canvas.end();
                    open_link = None;
                }
                if span.link.is_some() && open_link.is_none() {
                    canvas.begin(Element::Link);
                    open_link = Some(piece.span);
                }
                let left = Spot {
                    x: at.x + shift + piece.x,
                    y: baseline,
                };
                draw_piece(canvas, span, piece, left);
            }
        }
        if open_link.is_some() {
            canvas.end();
        }
    }
}

fn draw_piece(canvas: &mut dyn Canvas, span: &Span, piece: &Piece, baseline: Spot) {
    let Style { face, size, ink } = span.style;
    if let Some(mark) = piece.mark {
        mark.draw(canvas, baseline, size);
        return;
    }
    canvas.text(&TextRun {
        text: &piece.text,
        face,
        size,
        ink,
        baseline,
    });
    if let Some(target) = &span.link
        && !piece.text.trim().is_empty()
    {
        let area = Area {
            x: baseline.x,
            y: baseline.y - size,
            width: piece.solid,
            height: size * 1.25,
        };
        canvas.link(area, target, &span.text);
    }
}

fn line_width(line: &[Piece]) -> f32 {
    line.iter()
        .filter(|p| p.solid > 0.0)
        .map(|p| p.x + p.solid)
        .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style() -> Style {
        Style {
            face: Face::Mono,
            size: 10.0,
            ink: Ink(0, 0, 0),
        }
    }

    /// The lines of `text` in Plex Mono 10, where each character is 6 points wide, `columns` characters a line.
    fn check(text: &str, columns: usize, expect: &[&str]) {
        let fonts = Fonts::new();
        let lines = wrap(
            &fonts,
            &[Span::new(text, style())],
            columns as f32 * 6.0 + 0.01,
            12.0,
        );
        let got: Vec<String> = lines
            .lines
            .iter()
            .map(|l| l.iter().map(|p| p.text.as_str()).collect())
            .collect();
        let got: Vec<&str> = got.iter().map(|l| l.trim_end()).collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn words_fill_lines_greedily() {
        check("the evidence supports it", 12, &["the evidence", "supports it"]);
    }

    #[test]
    fn an_identifier_that_fits_a_line_is_never_broken() {
        check("see ct-05/ex-01", 11, &["see", "ct-05/ex-01"]);
    }

    #[test]
    fn a_long_identifier_breaks_behind_its_punctuation() {
        check(
            "arn:aws:backup:vault-prod",
            12,
            &["arn:aws:", "backup:", "vault-prod"],
        );
    }

    #[test]
    fn a_time_is_not_torn_apart() {
        check(
            "2026-08-11T00:00:00Z..2026-08-13T00:00:00Z:",
            24,
            &["2026-08-11T00:00:00Z..", "2026-08-13T00:00:00Z:"],
        );
    }

    #[test]
    fn a_digest_breaks_between_characters_when_nothing_else_is_left() {
        check("0123456789abcdef", 6, &["012345", "6789ab", "cdef"]);
    }

    #[test]
    fn no_line_is_wider_than_asked_and_no_character_is_lost() {
        let fonts = Fonts::new();
        let text = "vault/prod:eu-1 0123456789012345678901234567890123 a b  c";
        for columns in 1..40 {
            let width = columns as f32 * 6.0 + 0.01;
            let lines = wrap(&fonts, &[Span::new(text, style())], width, 12.0);
            assert!(lines.widest() <= width, "{columns} columns");
            let all: String = lines.lines.iter().flatten().map(|p| p.text.as_str()).collect();
            assert_eq!(all.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
