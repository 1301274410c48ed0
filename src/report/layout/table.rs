//! Tables: hairlines between rows, the header repeated on each page, rows kept whole.
//!
//! Invariant: a row is only ever divided when it is taller than a page; its parts are rows of the same columns.
//! A repeated header is an artifact, so a reader hears it once (ISO 14289-1 7.5, ISO 32000-1 14.8.2.2.2).

use crate::report::canvas::{Canvas, Element, Scope, Spot};
use crate::report::layout::block::{Cell, Row, Table};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::{Align, Lines, wrap};
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
const GUTTER: f32 = 8.0;

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

/// Where columns begin and how wide their text may be.
struct Grid {
    lefts: Vec<f32>,
    widths: Vec<f32>,
}

impl Grid {
    fn new(table: &Table) -> Self {
        let total: f32 = table.columns.iter().map(|c| c.share).sum();
        let (mut lefts, mut widths, mut x) = (Vec::new(), Vec::new(), theme::LEFT);
        for column in &table.columns {
            let width = theme::FULL * column.share / total;
            lefts.push(x);
            widths.push(width - GUTTER);
            x += width;
        }
        if let Some(last) = widths.last_mut() {
            *last += GUTTER;
        }
        Self { lefts, widths }
    }

    /// The width of `count` columns from `first`.
    fn width(&self, first: usize, count: usize) -> f32 {
        let last = (first + count).min(self.lefts.len()) - 1;
        self.lefts[last] + self.widths[last] - self.lefts[first]
    }
}

/// Places a table.
pub(super) fn place(flow: &mut Flow<'_>, table: &Table) {
    let grid = Grid::new(table);
    let header = header_row(flow, table, &grid);
    let rows: Vec<SetRow> = table
        .rows
        .iter()
        .map(|row| set(flow, table, &grid, row))
        .collect();
    let first = rows.first().map_or(0.0, |row| row.height);
    let page = theme::BOTTOM - theme::TOP - header.height;
    flow.claim(header.height + first.min(page * 0.8) + following(&rows, 0));

    flow.canvas.begin(Element::Table {
        summary: table.summary.clone(),
    });
    flow.canvas.begin(Element::TableHead);
    draw_header(flow, &header);
    flow.canvas.end();
    flow.canvas.begin(Element::TableBody);
    for (index, row) in rows.iter().enumerate() {
        if row.height + following(&rows, index) > flow.room() && row.height <= page {
            next_page(flow, &header);
        }
        if row.height <= flow.room() {
            draw(flow, row);
            continue;
        }
        if flow.room() < 6.0 * theme::CELL_LEADING {
            next_page(flow, &header);
        }
        let mut rest = split(row, flow.room());
        while let Some(part) = rest.0.take() {
            draw(flow, &part);
            if let Some(more) = rest.1.take() {
                next_page(flow, &header);
                rest = if more.height <= flow.room() {
                    (Some(more), None)
                } else {
                    split(&more, flow.room())
                };
            }
        }
    }
    flow.canvas.end();
    flow.canvas.end();
    flow.y += 12.0;
}

/// What must stay with row `index`: the row below a group's title.
fn following(rows: &[SetRow], index: usize) -> f32 {
    match rows.get(index) {
        Some(row) if row.group => rows.get(index + 1).map_or(0.0, |next| next.height.min(120.0)),
        _ => 0.0,
    }
}

fn next_page(flow: &mut Flow<'_>, header: &SetRow) {
    flow.new_page();
    flow.canvas.begin_artifact();
    for cell in &header.cells {
        draw_cell(flow.canvas, cell, flow.y + header.air.pad);
    }
    flow.canvas.end_artifact();
    flow.y += header.height;
    flow.hairline(flow.y, 0.8, theme::BLACK);
}

fn header_row(flow: &Flow<'_>, table: &Table, grid: &Grid) -> SetRow {
    let mut cells = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let lines = flow.lines(&column.title, theme::HEAD, grid.widths[index], 9.4);
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

fn draw_header(flow: &mut Flow<'_>, header: &SetRow) {
    flow.canvas.begin(Element::Row);
    for cell in &header.cells {
        flow.canvas.begin(Element::HeaderCell(Scope::Column, 1));
        draw_cell(flow.canvas, cell, flow.y + header.air.pad);
        flow.canvas.end();
    }
    flow.canvas.end();
    flow.y += header.height;
    flow.hairline(flow.y, 0.8, theme::BLACK);
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

fn draw(flow: &mut Flow<'_>, row: &SetRow) {
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
    flow.hairline(flow.y, 0.4, theme::HAIRLINE);
}

fn draw_cell(canvas: &mut dyn Canvas, cell: &Set, top: f32) {
    let mut y = top;
    for lines in &cell.paragraphs {
        lines.draw(canvas, Spot { x: cell.x, y }, cell.align);
        y += lines.height();
    }
}

/// The part of `row` that fits `room` and the part that does not.
fn split(row: &SetRow, room: f32) -> (Option<SetRow>, Option<SetRow>) {
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
    (
        Some(part),
        more.then(|| sized(second, None, row.group, row.air, 0.0)),
    )
}
