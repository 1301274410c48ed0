//! What a page is made of, before it has a place: the view says these, the flow places them.

use crate::report::canvas::Ink;
use crate::report::layout::mark::Mark;
use crate::report::layout::text::{Align, Span};

/// A piece of the report that starts below the one before it.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    Cover(Box<Cover>),
    /// The list of sections and their pages.
    Contents,
    Heading(Heading),
    Paragraph(Paragraph),
    /// Keys in the side column, values in the main column.
    Facts(Vec<Fact>),
    List(Vec<Vec<Span>>),
    /// Commands or other text to be typed as it stands, one line each.
    Code(Vec<String>),
    Table(Table),
    /// Places to write in by hand: label and relative width each.
    Form(Vec<(String, f32)>),
    /// Two tables side by side, or one after the other where they don't fit.
    Pair(Box<[Table; 2]>),
    /// Blocks that stay on one page as long as they fit one.
    Together(Vec<Block>),
    /// Large numbers side by side, each with its mark and word.
    Tally(Vec<(u64, Span)>),
    Callout(Callout),
    HeatMap(HeatMap),
    Timeline(Timeline),
    Space(f32),
}

/// A heading. Level 1 begins a page if it is `fresh` or little of the page is left.
#[derive(Debug, Clone)]
pub(crate) struct Heading {
    pub(crate) level: u8,
    /// `4` or `CT-05`; stands before the title.
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) anchor: String,
    /// What stands at the right end of the line, such as a state.
    pub(crate) aside: Option<Span>,
    /// Whether the outline lists it, and the contents too at level 1.
    pub(crate) listed: bool,
    pub(crate) fresh: bool,
}

/// Text in the main column, or over both columns.
#[derive(Debug, Clone)]
pub(crate) struct Paragraph {
    pub(crate) spans: Vec<Span>,
    pub(crate) leading: f32,
    pub(crate) wide: bool,
}

/// A key and the paragraphs that are its value.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) key: Vec<Span>,
    pub(crate) value: Vec<Vec<Span>>,
}

/// A column of a table: its share of the width is relative to the other columns' shares.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) share: f32,
    pub(crate) align: Align,
}

/// A cell: paragraphs, and how many columns they take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) paragraphs: Vec<Vec<Span>>,
    pub(crate) columns: usize,
    /// Whether the cell is the header of its row.
    pub(crate) header: bool,
}

/// A row of cells, the target of links when it has an anchor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    pub(crate) anchor: Option<String>,
    /// A group's title: tinted, and never the last row of a page.
    pub(crate) group: bool,
    /// Room to write in by hand.
    pub(crate) height_min: f32,
}

/// A table whose header is repeated on each page.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What the table holds, for those who hear it.
    pub(crate) summary: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// Rows as low as can be: for matrices that should be seen whole.
    pub(crate) dense: bool,
}

/// A boxed remark with a coloured edge.
#[derive(Debug, Clone)]
pub(crate) struct Callout {
    pub(crate) ink: Ink,
    pub(crate) title: String,
    pub(crate) spans: Vec<Span>,
}

/// The first page.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    pub(crate) wordmark: String,
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) entity: String,
    pub(crate) period: String,
    /// A loud strip over the page, when readers must not miss something.
    pub(crate) warning: Option<(String, String)>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) footer: String,
}

/// What a heat map's square says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Square {
    Met,
    NotMet,
    Unknown,
    NotDue,
}

/// One square a system and day.
#[derive(Debug, Clone)]
pub(crate) struct HeatMap {
    pub(crate) alt: String,
    /// The label and first column of each month or other division.
    pub(crate) divisions: Vec<(usize, String)>,
    pub(crate) columns: usize,
    pub(crate) rows: Vec<(String, Vec<Square>)>,
    pub(crate) legend: Vec<(Square, String)>,
}

/// Spans on a common axis; positions in whatever unit `length` is in.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    pub(crate) alt: String,
    pub(crate) length: i64,
    pub(crate) divisions: Vec<(i64, String)>,
    pub(crate) rows: Vec<TimelineRow>,
    pub(crate) legend: Vec<(bool, String)>,
}

/// One source in one place: what is covered and what is not.
#[derive(Debug, Clone)]
pub(crate) struct TimelineRow {
    /// The source; empty in the rows of further places of the same source.
    pub(crate) label: String,
    pub(crate) place: String,
    pub(crate) covered: Vec<(i64, i64)>,
    pub(crate) gaps: Vec<(i64, i64)>,
}

impl Cell {
    /// A cell of one paragraph.
    pub(crate) fn of(spans: Vec<Span>) -> Self {
        Self {
            paragraphs: vec![spans],
            columns: 1,
            header: false,
        }
    }

    /// A cell of several paragraphs.
    pub(crate) fn paragraphs(paragraphs: Vec<Vec<Span>>) -> Self {
        Self {
            paragraphs,
            columns: 1,
            header: false,
        }
    }

    /// The same as the header of its row.
    pub(crate) fn heading(mut self) -> Self {
        self.header = true;
        self
    }

    /// The same over several columns.
    pub(crate) fn over(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }
}

impl Row {
    /// An ordinary row.
    pub(crate) fn of(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }

    /// The same as a target of links.
    pub(crate) fn anchored(mut self, anchor: impl Into<String>) -> Self {
        self.anchor = Some(anchor.into());
        self
    }
}

impl Column {
    /// A column of text.
    pub(crate) fn new(title: &str, share: f32) -> Self {
        Self {
            title: title.to_owned(),
            share,
            align: Align::Left,
        }
    }

    /// A column of numbers.
    pub(crate) fn number(title: &str, share: f32) -> Self {
        Self {
            title: title.to_owned(),
            share,
            align: Align::Right,
        }
    }
}

impl Span {
    /// A mark alone, such as in a matrix; the word stands in `text`.
    pub(crate) fn state(text: &str, mark: Mark, style: super::text::Style) -> Self {
        Self::new(text, style).marked(mark)
    }
}
