//! Figures: the backup calendar as a heat map, and coverage as a timeline.
//!
//! Invariant: what a figure shows is also said in words nearby or in its alternate description; each kind of square and
//! bar has its own silhouette, so colour is never the only difference.

use crate::report::canvas::{Area, Canvas, Element, Face, Ink, Paint, Spot};
use crate::report::layout::block::{HeatMap, Square, Timeline, TimelineRow};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::Style;
use crate::report::layout::theme;

/// Rows are tall while they are few.
const HEAT_ROW_FEW: f32 = 15.0;
const HEAT_ROW_MANY: f32 = 11.0;
const HEAT_FEW: usize = 26;
const TIMELINE_ROW: f32 = 10.4;
/// Where the places of a timeline stand, and where its bars begin.
const PLACE_LEFT: f32 = theme::LEFT + 112.0;
const BARS_LEFT: f32 = theme::LEFT + 226.0;
const BARS: f32 = theme::LEFT + theme::FULL - BARS_LEFT;
const AXIS: f32 = 14.0;
const LEGEND: f32 = 18.0;

const PLACE: Style = theme::style(Face::Mono, 6.2, theme::GREY);
const LABEL: Style = theme::style(Face::Regular, 7.2, theme::BLACK);
const SMALL: Style = theme::style(Face::Regular, 6.8, theme::GREY);

/// Places a heat map, as several figures when it is taller than the page.
pub(super) fn heat_map(flow: &mut Flow<'_>, map: &HeatMap) {
    let mut rows = map.rows.as_slice();
    while !rows.is_empty() {
        let pitch = if map.rows.len() <= HEAT_FEW {
            HEAT_ROW_FEW
        } else {
            HEAT_ROW_MANY
        };
        flow.claim(AXIS + LEGEND + pitch * rows.len().min(6) as f32);
        let fit = ((flow.room() - AXIS - LEGEND) / pitch).floor().max(1.0) as usize;
        let (here, later) = rows.split_at(fit.min(rows.len()));
        heat_map_part(flow, map, here, pitch);
        rows = later;
        if !rows.is_empty() {
            flow.new_page();
        }
    }
}

fn heat_map_part(flow: &mut Flow<'_>, map: &HeatMap, rows: &[(String, Vec<Square>)], pitch: f32) {
    let top = flow.y;
    let height = AXIS + pitch * rows.len() as f32 + LEGEND;
    let step = theme::MAIN / map.columns.max(1) as f32;
    begin(flow, &map.alt, height);
    let divisions = map
        .divisions
        .iter()
        .map(|(at, label)| (*at as f32 * step, label.as_str()));
    axis(flow, divisions.collect(), theme::MAIN_LEFT, top, height - LEGEND);
    for (number, (label, squares)) in rows.iter().enumerate() {
        let y = top + AXIS + pitch * number as f32;
        row_label(
            flow,
            label,
            LABEL,
            Spot {
                x: theme::LEFT,
                y: y + pitch - 3.0,
            },
            theme::SIDE + 10.0,
        );
        for (column, square) in squares.iter().enumerate() {
            let x = theme::MAIN_LEFT + column as f32 * step;
            draw_square(flow.canvas, *square, area(x, y + 1.0, step, pitch - 3.0));
        }
    }
    let mut x = theme::MAIN_LEFT;
    for (square, words) in &map.legend {
        let y = top + height - LEGEND + 6.0;
        draw_square(flow.canvas, *square, area(x, y, step.max(4.0), 9.0));
        x = legend_words(flow, words, x + step.max(4.0) + 4.0, y + 7.2);
    }
    flow.canvas.end();
    flow.y = top + height + 10.0;
}

/// Met: a low pale bar. Not met: full height, dark. Unknown: a hollow frame. Not due: a dot on the ground line.
fn draw_square(canvas: &mut dyn Canvas, square: Square, cell: Area) {
    let (width, bottom) = (cell.width - 0.7, cell.y + cell.height);
    match square {
        Square::Met => {
            let height = cell.height * 0.62;
            canvas.rect(area(cell.x, bottom - height, width, height), theme::PALE_BLUE);
        }
        Square::NotMet => canvas.rect(area(cell.x, cell.y, width, cell.height), theme::VERMILION),
        Square::Unknown => {
            let top = bottom - cell.height * 0.62;
            frame(
                canvas,
                area(cell.x + 0.3, top, width - 0.6, bottom - top - 0.3),
                theme::AMBER,
            );
        }
        Square::NotDue => canvas.rect(
            area(cell.x + width / 2.0 - 0.4, bottom - 1.2, 0.8, 0.8),
            theme::GREY,
        ),
    }
}

/// Places a timeline, as several figures when it is taller than the page.
pub(super) fn timeline(flow: &mut Flow<'_>, timeline: &Timeline) {
    let mut rows = timeline.rows.as_slice();
    while !rows.is_empty() {
        flow.claim(AXIS + LEGEND + TIMELINE_ROW * rows.len().min(6) as f32);
        let fit = ((flow.room() - AXIS - LEGEND) / TIMELINE_ROW).floor().max(1.0) as usize;
        let (here, later) = rows.split_at(fit.min(rows.len()));
        timeline_part(flow, timeline, here);
        rows = later;
        if !rows.is_empty() {
            flow.new_page();
        }
    }
}

fn timeline_part(flow: &mut Flow<'_>, timeline: &Timeline, rows: &[TimelineRow]) {
    let top = flow.y;
    let height = AXIS + TIMELINE_ROW * rows.len() as f32 + LEGEND;
    let at = |position: i64| BARS * position as f32 / timeline.length.max(1) as f32;
    begin(flow, &timeline.alt, height);
    let divisions = timeline
        .divisions
        .iter()
        .map(|(position, label)| (at(*position), label.as_str()));
    axis(flow, divisions.collect(), BARS_LEFT, top, height - LEGEND);
    for (number, row) in rows.iter().enumerate() {
        let y = top + AXIS + TIMELINE_ROW * number as f32;
        row_label(
            flow,
            &row.label,
            LABEL,
            Spot {
                x: theme::LEFT,
                y: y + 7.6,
            },
            108.0,
        );
        row_label(
            flow,
            &row.place,
            PLACE,
            Spot {
                x: PLACE_LEFT,
                y: y + 7.6,
            },
            108.0,
        );
        if !row.label.is_empty() {
            flow.hairline(y, 0.4, theme::HAIRLINE);
        }
        for (from, to) in &row.covered {
            let (x, width) = (BARS_LEFT + at(*from), (at(*to) - at(*from)).max(0.6));
            bar(flow.canvas, true, area(x, y + 3.4, width, 4.0));
        }
        for (from, to) in &row.gaps {
            let (x, width) = (BARS_LEFT + at(*from), (at(*to) - at(*from)).max(1.6));
            bar(flow.canvas, false, area(x, y + 1.9, width, 7.0));
        }
    }
    let mut x = BARS_LEFT;
    for (covered, words) in &timeline.legend {
        let y = top + height - LEGEND + 6.0;
        let sign = if *covered {
            area(x, y + 2.0, 14.0, 5.0)
        } else {
            area(x, y, 14.0, 9.0)
        };
        bar(flow.canvas, *covered, sign);
        x = legend_words(flow, words, x + 18.0, y + 7.2);
    }
    flow.canvas.end();
    flow.y = top + height + 10.0;
}

/// Covered: a slim solid bar. Gap: a taller hollow frame.
fn bar(canvas: &mut dyn Canvas, covered: bool, place: Area) {
    if covered {
        canvas.rect(place, theme::BLUE);
    } else {
        canvas.rect(place, theme::WHITE);
        frame(canvas, place, theme::VERMILION);
    }
}

fn frame(canvas: &mut dyn Canvas, place: Area, ink: Ink) {
    let (right, bottom) = (place.x + place.width, place.y + place.height);
    let corners = [
        (place.x, place.y),
        (right, place.y),
        (right, bottom),
        (place.x, bottom),
    ];
    canvas.polygon(
        &corners.map(|(x, y)| Spot { x, y }),
        Paint::Stroke { ink, thickness: 0.8 },
    );
}

fn begin(flow: &mut Flow<'_>, alt: &str, height: f32) {
    let place = area(theme::LEFT, flow.y, theme::FULL, height);
    flow.canvas.begin(Element::Figure {
        alt: alt.to_owned(),
        area: place,
    });
}

/// Divisions as hairlines with their labels above.
fn axis(flow: &mut Flow<'_>, divisions: Vec<(f32, &str)>, left: f32, top: f32, height: f32) {
    for (offset, label) in divisions {
        let x = left + offset;
        flow.canvas
            .rect(area(x - 0.55, top + 2.0, 0.4, height - 2.0), theme::HAIRLINE);
        let label = flow.fonts.printable(label, SMALL.face);
        flow.label(
            &label,
            SMALL,
            Spot {
                x: x + 2.5,
                y: top + 8.5,
            },
        );
    }
}

/// The label of a row, shortened at its end if it is wider than `width`.
fn row_label(flow: &mut Flow<'_>, label: &str, style: Style, baseline: Spot, width: f32) {
    let text = flow.elide(label, style, width);
    if !text.is_empty() {
        flow.label(&text, style, baseline);
    }
}

fn legend_words(flow: &mut Flow<'_>, words: &str, x: f32, baseline: f32) -> f32 {
    let words = flow.fonts.printable(words, SMALL.face);
    let width = flow.fonts.width(&words, SMALL.face, SMALL.size);
    flow.label(&words, SMALL, Spot { x, y: baseline });
    x + width + 18.0
}
