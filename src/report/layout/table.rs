//! Tables: hairlines between rows, the header repeated on each page, rows kept whole.
//!
//! Invariant: a row is only ever divided when it is taller than a page; its parts are rows of the same columns.
//! A repeated header is an artifact, so a reader hears it once (ISO 14289-1 7.5, ISO 32000-1 14.8.2.2.2).

use crate::report::canvas::{Canvas, Element, Ink, Scope, Spot};
use crate::report::layout::block::{Cell, Row, Table};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::{Align, Lines, Span, wrap};
use crate::report::layout::theme;

/// Air above and below the text of a row, and the distance of its baselines.
#[derive(Clone, Copy)]
struct Air {
    pad: f32,
    leading: f32,
}

const ROOMY: Air = Air {
    pad: 3.2,
    leading: theme::CELL_LEADING,
};
const DENSE: Air = Air {
    pad: 0.9,
    leading: 7.7,
};
/// The rule below the header.
const RULE: f32 = 0.8;
const GUTTER: f32 = 8.0;
const DENSE_GUTTER: f32 = 3.0;

/// A cell that has been broken into lines.
struct Set {
    x: f32,
    columns: usize,
    header: bool,
    align: Align,
    paragraphs: Vec<Lines>,
}

/// A row that has been broken into lines.
struct SetRow {
    cells: Vec<Set>,
    anchor: Option<String>,
    group: bool,
    air: Air,
    height: f32,
}

/// The stretch of the page's width that a table takes.
#[derive(Clone, Copy)]
struct Region {
    left: f32,
    width: f32,
}

const WHOLE: Region = Region {
    left: theme::LEFT,
    width: theme::FULL,
};
/// The air between the two tables of a pair.
const PAIR_GUTTER: f32 = 18.0;

impl Region {
    fn rule(self, flow: &mut Flow<'_>, thickness: f32, ink: Ink) {
        let rule = area(self.left, flow.y, self.width, thickness);
        flow.canvas.rect(rule, ink);
    }
}

/// Where columns begin and how wide their text may be.
struct Grid {
    lefts: Vec<f32>,
    widths: Vec<f32>,
}

impl Grid {
    fn new(table: &Table, region: Region) -> Self {
        let total: f32 = table.columns.iter().map(|c| c.share).sum();
        let gutter = if table.dense { DENSE_GUTTER } else { GUTTER };
        let (mut lefts, mut widths, mut x) = (Vec::new(), Vec::new(), region.left);
        for column in &table.columns {
            let width = region.width * column.share / total;
            lefts.push(x);
            widths.push(width - gutter);
            x += width;
        }
        if let Some(last) = widths.last_mut() {
            *last += gutter;
        }
        Self { lefts, widths }
    }

    /// The width of `count` columns from `first`.
    fn width(&self, first: usize, count: usize) -> f32 {
        let last = (first + count).min(self.lefts.len()) - 1;
        self.lefts[last] + self.widths[last] - self.lefts[first]
    }
}

/// A table that has been broken into lines.
struct SetTable<'t> {
    table: &'t Table,
    region: Region,
    header: SetRow,
    rows: Vec<SetRow>,
}

/// Places a table.
pub(super) fn place(flow: &mut Flow<'_>, table: &Table) {
    SetTable::new(flow, table, WHOLE).place(flow);
}

/// Places two tables side by side if they fit a page so, else one after the other.
pub(super) fn place_pair(flow: &mut Flow<'_>, [left, right]: &[Table; 2]) {
    let width = (theme::FULL - PAIR_GUTTER) / 2.0;
    let first = SetTable::new(
        flow,
        left,
        Region {
            left: theme::LEFT,
            width,
        },
    );
    let second = SetTable::new(
        flow,
        right,
        Region {
            left: theme::LEFT + width + PAIR_GUTTER,
            width,
        },
    );
    let height = first.height().max(second.height());
    if height > theme::BOTTOM - theme::TOP {
        place(flow, left);
        return place(flow, right);
    }
    flow.claim(height);
    let top = flow.y;
    first.place(flow);
    let bottom = flow.y;
    flow.y = top;
    second.place(flow);
    flow.y = flow.y.max(bottom);
}

impl<'t> SetTable<'t> {
    fn new(flow: &Flow<'_>, table: &'t Table, region: Region) -> Self {
        let grid = Grid::new(table, region);
        let header = header_row(flow, table, &grid);
        let rows = table
            .rows
            .iter()
            .map(|row| set(flow, table, &grid, row))
            .collect();
        Self {
            table,
            region,
            header,
            rows,
        }
    }

    fn height(&self) -> f32 {
        self.header.height + RULE + self.rows.iter().map(|row| row.height).sum::<f32>()
    }

    fn place(&self, flow: &mut Flow<'_>) {
        let page = theme::BOTTOM - theme::TOP - self.header.height - RULE;
        let first = self.rows.first().map_or(0.0, |row| row.height);
        flow.claim(self.header.height + RULE + first.min(page * 0.8) + following(&self.rows, 0, page));
        flow.canvas.begin(Element::Table {
            summary: self.table.summary.clone(),
        });
        flow.canvas.begin(Element::TableHead);
        self.draw_header(flow);
        flow.canvas.end();
        flow.canvas.begin(Element::TableBody);
        for (index, row) in self.rows.iter().enumerate() {
            if row.height + following(&self.rows, index, page) > flow.room() && row.height <= page {
                self.next_page(flow);
            }
            if row.height <= flow.room() {
                draw(flow, row, self.region);
            } else {
                self.draw_in_parts(flow, row);
            }
        }
        flow.canvas.end();
        flow.canvas.end();
        flow.y += 12.0;
    }

    /// Draws a row that is taller than a page.
    fn draw_in_parts(&self, flow: &mut Flow<'_>, row: &SetRow) {
        if flow.room() < 6.0 * theme::CELL_LEADING {
            self.next_page(flow);
        }
        let (mut part, mut rest) = split(row, flow.room());
        loop {
            draw(flow, &part, self.region);
            let Some(more) = rest.take() else { return };
            self.next_page(flow);
            (part, rest) = if more.height <= flow.room() {
                (more, None)
            } else {
                split(&more, flow.room())
            };
        }
    }

    /// Begins a page with the header repeated as an artifact.
    fn next_page(&self, flow: &mut Flow<'_>) {
        flow.new_page();
        flow.canvas.begin_artifact();
        for cell in &self.header.cells {
            draw_cell(flow.canvas, cell, self.header.foot(flow.y, cell));
        }
        flow.canvas.end_artifact();
        flow.y += self.header.height;
        self.region.rule(flow, RULE, theme::BLACK);
        flow.y += RULE;
    }

    fn draw_header(&self, flow: &mut Flow<'_>) {
        flow.canvas.begin(Element::Row);
        for cell in &self.header.cells {
            flow.canvas.begin(Element::HeaderCell(Scope::Column, 1));
            draw_cell(flow.canvas, cell, self.header.foot(flow.y, cell));
            flow.canvas.end();
        }
        flow.canvas.end();
        flow.y += self.header.height;
        self.region.rule(flow, RULE, theme::BLACK);
        flow.y += RULE;
    }
}

impl SetRow {
    /// Where a cell begins that stands on the row's lower edge, as titles of columns do.
    fn foot(&self, top: f32, cell: &Set) -> f32 {
        let height: f32 = cell.paragraphs.iter().map(Lines::height).sum();
        top + self.height - self.air.pad - height
    }
}

/// What must stay with row `index` on a page of `page` points: the row below a group's title, as far as it can.
fn following(rows: &[SetRow], index: usize, page: f32) -> f32 {
    match (rows.get(index), rows.get(index + 1)) {
        (Some(row), Some(next)) if row.group => next.height.min((page - row.height).max(0.0)),
        _ => 0.0,
    }
}

fn header_row(flow: &Flow<'_>, table: &Table, grid: &Grid) -> SetRow {
    let mut cells = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let title = Span::new(
            column.title.clone(),
            if table.dense {
                theme::DENSE_HEAD
            } else {
                theme::HEAD
            },
        );
        let lines = wrap(flow.fonts, &[title], grid.widths[index], 9.4);
        let (x, align) = (grid.lefts[index], column.align);
        cells.push(Set {
            x,
            columns: 1,
            header: true,
            align,
            paragraphs: vec![lines],
        });
    }
    sized(cells, None, false, ROOMY, 0.0)
}

fn set(flow: &Flow<'_>, table: &Table, grid: &Grid, row: &Row) -> SetRow {
    let air = if table.dense { DENSE } else { ROOMY };
    let mut cells = Vec::new();
    let mut column = 0;
    for cell in &row.cells {
        let Cell {
            paragraphs,
            columns,
            header,
        } = cell;
        let width = grid.width(column, *columns);
        let paragraphs = paragraphs
            .iter()
            .map(|spans| wrap(flow.fonts, spans, width, air.leading))
            .collect();
        let (x, align) = (grid.lefts[column], table.columns[column].align);
        cells.push(Set {
            x,
            columns: *columns,
            header: *header,
            align,
            paragraphs,
        });
        column += columns;
    }
    assert_eq!(
        column,
        table.columns.len(),
        "invariant: a row fills the columns of {:?}",
        table.summary
    );
    sized(cells, row.anchor.clone(), row.group, air, row.height_min)
}

fn sized(cells: Vec<Set>, anchor: Option<String>, group: bool, air: Air, height_min: f32) -> SetRow {
    let tallest = cells
        .iter()
        .map(|c| c.paragraphs.iter().map(Lines::height).sum())
        .fold(0.0, f32::max);
    SetRow {
        cells,
        anchor,
        group,
        air,
        height: (tallest + 2.0 * air.pad).max(height_min),
    }
}

fn draw(flow: &mut Flow<'_>, row: &SetRow, region: Region) {
    if let Some(anchor) = &row.anchor {
        flow.anchor(anchor);
    }
    if row.group {
        flow.canvas
            .rect(area(theme::LEFT, flow.y, theme::FULL, row.height), theme::TINT);
    }
    flow.canvas.begin(Element::Row);
    for cell in &row.cells {
        flow.canvas.begin(if cell.header {
            Element::HeaderCell(Scope::Row, cell.columns)
        } else {
            Element::Cell(cell.columns)
        });
        draw_cell(flow.canvas, cell, flow.y + row.air.pad);
        flow.canvas.end();
    }
    flow.canvas.end();
    flow.y += row.height;
    region.rule(flow, 0.4, theme::HAIRLINE);
}

fn draw_cell(canvas: &mut dyn Canvas, cell: &Set, top: f32) {
    let mut y = top;
    for lines in &cell.paragraphs {
        lines.draw(canvas, Spot { x: cell.x, y }, cell.align);
        y += lines.height();
    }
}

/// The part of `row` that fits `room` and the part that does not.
fn split(row: &SetRow, room: f32) -> (SetRow, Option<SetRow>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for cell in &row.cells {
        let mut left = ((room - 2.0 * row.air.pad) / row.air.leading).floor().max(1.0) as usize;
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for lines in &cell.paragraphs {
            let take = left.min(lines.count());
            left -= take;
            if take > 0 {
                here.push(lines.slice(0..take));
            }
            if take < lines.count() {
                there.push(lines.slice(take..lines.count()));
            }
        }
        let Set {
            x,
            columns,
            header,
            align,
            ..
        } = *cell;
        first.push(Set {
            x,
            columns,
            header,
            align,
            paragraphs: here,
        });
        second.push(Set {
            x,
            columns,
            header,
            align,
            paragraphs: there,
        });
    }
    let more = second.iter().any(|cell| !cell.paragraphs.is_empty());
    let part = sized(first, row.anchor.clone(), row.group, row.air, 0.0);
    (part, more.then(|| sized(second, None, row.group, row.air, 0.0)))
}
