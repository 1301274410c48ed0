//! The document under construction: blocks so far, and what they cited.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::model::finding::{Evidence, State};
use crate::model::ids::EvidenceId;
use crate::report::layout::block::{Block, Cell, Column, Fact, Heading, Paragraph, Row, Table};
use crate::report::layout::text::{Span, Style};
use crate::report::layout::theme;
use crate::report::view::say::{count, mark};
use crate::report::words::{WordingError, Words, spans};

/// Facts for a passage.
pub(super) type Facts<'a> = [(&'a str, &'a dyn Display)];

/// Where a section begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// On a page of its own.
    Page,
    /// Where the section before ended, unless little of that page is left.
    Flow,
}

/// The document under construction.
pub(super) struct Doc<'a> {
    pub(super) blocks: Vec<Block>,
    /// Every piece of evidence that was cited: the register lists exactly these.
    pub(super) cited: BTreeSet<EvidenceId>,
    words: &'a Words,
}

impl<'a> Doc<'a> {
    pub(super) fn new(words: &'a Words) -> Self {
        Self {
            blocks: Vec::new(),
            cited: BTreeSet::new(),
            words,
        }
    }

    pub(super) fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// A passage as plain text.
    pub(super) fn say(&self, passage: &str, facts: &Facts<'_>) -> Result<String, WordingError> {
        self.words.say(passage, facts)
    }

    /// A passage as spans of `style`.
    pub(super) fn spans(
        &self,
        passage: &str,
        facts: &Facts<'_>,
        style: Style,
    ) -> Result<Vec<Span>, WordingError> {
        Ok(spans(&self.say(passage, facts)?, style))
    }

    /// Begins section `number` with the passage `<file>/title`; its anchor is `section-<file>`.
    pub(super) fn section(&mut self, number: &str, file: &str, start: Start) -> Result<(), WordingError> {
        let title = self.say(&format!("{file}/title"), &[])?;
        self.push(Block::Heading(Heading {
            level: 1,
            number: number.to_owned(),
            title,
            anchor: format!("section-{file}"),
            aside: None,
            listed: true,
            fresh: start == Start::Page,
        }));
        Ok(())
    }

    /// A heading of level 2 with the title of `passage`.
    pub(super) fn heading(&mut self, passage: &str) -> Result<(), WordingError> {
        let title = self.say(passage, &[])?;
        self.push(Block::Heading(Heading {
            level: 2,
            number: String::new(),
            title,
            anchor: String::new(),
            aside: None,
            listed: false,
            fresh: false,
        }));
        Ok(())
    }

    /// A passage as a leading paragraph over both columns.
    pub(super) fn lead(&mut self, passage: &str, facts: &Facts<'_>) -> Result<(), WordingError> {
        let spans = self.spans(passage, facts, theme::LEAD)?;
        self.push(Block::Paragraph(Paragraph {
            spans,
            leading: theme::LEAD_LEADING,
            wide: true,
        }));
        self.push(Block::Space(6.0));
        Ok(())
    }

    /// A passage as a paragraph of the main column.
    pub(super) fn body(&mut self, passage: &str, facts: &Facts<'_>) -> Result<(), WordingError> {
        let spans = self.spans(passage, facts, theme::BODY)?;
        self.push(Block::Paragraph(Paragraph {
            spans,
            leading: theme::BODY_LEADING,
            wide: false,
        }));
        Ok(())
    }

    /// A passage over both columns, as an introduction to a table.
    pub(super) fn wide(&mut self, passage: &str, facts: &Facts<'_>) -> Result<(), WordingError> {
        let spans = self.spans(passage, facts, theme::BODY)?;
        self.push(Block::Paragraph(Paragraph {
            spans,
            leading: theme::BODY_LEADING,
            wide: true,
        }));
        Ok(())
    }

    /// A table with the passage `summary`; without rows, the passage `none` in its place.
    pub(super) fn table(
        &mut self,
        summary: &str,
        columns: Vec<Column>,
        rows: Vec<Row>,
        none: &str,
    ) -> Result<(), WordingError> {
        if rows.is_empty() {
            return self.wide(none, &[]);
        }
        let summary = self.say(summary, &[])?;
        self.push(Block::Table(Table {
            summary,
            columns,
            rows,
            dense: false,
        }));
        Ok(())
    }

    /// The word for a state with its mark.
    pub(super) fn state(&self, state: State, style: Style) -> Result<Span, WordingError> {
        let word = self.say(&format!("contents/{state}"), &[])?;
        let mark = mark(state);
        Ok(Span::state(
            &word,
            mark,
            Style {
                ink: mark.ink,
                ..style
            },
        ))
    }

    /// What a conclusion rests on: up to `shown` records as links to the register, the rest as a number, and the
    /// sources searched as links to section 5.
    pub(super) fn evidence(
        &mut self,
        evidence: &Evidence,
        shown: usize,
        style: Style,
    ) -> Result<Vec<Span>, WordingError> {
        let mono = Style {
            face: crate::report::canvas::Face::Mono,
            size: style.size * 0.89,
            ink: theme::BLUE,
        };
        let mut spans = Vec::new();
        for citation in evidence.records().iter().take(shown) {
            self.cited.insert(citation.evidence);
            let id = citation.evidence;
            spans.push(Span::new(id.short(), mono).linked(format!("evidence-{id}")));
            spans.push(Span::new(
                format!(" {}   ", citation.locator),
                Style {
                    ink: theme::GREY,
                    ..mono
                },
            ));
        }
        let more = evidence.records().len().saturating_sub(shown);
        if more > 0 {
            spans.extend(self.spans(
                "exceptions/more",
                &[("n", &more)],
                Style {
                    ink: theme::GREY,
                    ..style
                },
            )?);
            spans.push(Span::new("   ", style));
        }
        if evidence.records().is_empty() {
            let keys = evidence.searched();
            let places: Vec<String> = keys.iter().take(shown.max(1)).map(ToString::to_string).collect();
            let mut places = places.join(", ");
            if keys.len() > shown.max(1) {
                places = format!(
                    "{places} and {}",
                    count(keys.len() - shown.max(1), "more place", "more places")
                );
            }
            let mut words = self.spans("exceptions/searched", &[("places", &places)], style)?;
            for span in &mut words {
                span.link = keys.first().map(|key| format!("source-{}", key.source));
                span.style.ink = theme::BLUE;
            }
            spans.extend(words);
        }
        Ok(spans)
    }
}

/// A cell of plain text.
pub(super) fn cell(text: impl Into<String>) -> Cell {
    Cell::of(vec![Span::new(text, theme::CELL)])
}

/// A cell of text set off as less important.
pub(super) fn grey(text: impl Into<String>) -> Cell {
    Cell::of(vec![Span::new(text, theme::CELL_GREY)])
}

/// The header of a row.
pub(super) fn strong(text: impl Into<String>) -> Cell {
    Cell::of(vec![Span::new(text, theme::CELL_STRONG)]).heading()
}

/// A cell of an identifier.
pub(super) fn mono(text: impl Into<String>) -> Cell {
    Cell::of(vec![Span::new(text, theme::CELL_MONO)])
}

/// A fact of one paragraph.
pub(super) fn fact(key: impl Into<String>, value: Vec<Span>) -> Fact {
    Fact {
        key: vec![Span::new(key, theme::KEY)],
        value: vec![value],
    }
}

/// A fact of plain text.
pub(super) fn plain(key: impl Into<String>, value: impl Into<String>) -> Fact {
    fact(key, vec![Span::new(value, theme::BODY)])
}

/// A title over all of a table's columns.
pub(super) fn group(columns: usize, spans: Vec<Span>) -> Row {
    Row {
        cells: vec![Cell::of(spans).over(columns).heading()],
        group: true,
        ..Row::default()
    }
}

/// Links with blanks between.
pub(super) fn links<'i>(
    ids: impl IntoIterator<Item = &'i str>,
    style: Style,
    anchor: impl Fn(&str) -> String,
) -> Vec<Span> {
    let mut spans = Vec::new();
    for id in ids {
        if !spans.is_empty() {
            spans.push(Span::new(" ", style));
        }
        spans.push(
            Span::new(
                id,
                Style {
                    ink: theme::BLUE,
                    ..style
                },
            )
            .linked(anchor(id)),
        );
    }
    spans
}
