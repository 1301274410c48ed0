//! The measures and colours of the report: one grid, one type family, few inks.
//!
//! The page is US Letter, for the readers' printers. A narrow side column carries keys and marginal labels, the main
//! column carries text at a comfortable measure, tables and figures may use both. All text inks reach a contrast of
//! 4.5 : 1 on white (WCAG 1.4.3).

use crate::report::canvas::{Face, Ink};
use crate::report::layout::text::Style;

pub(crate) const PAGE_WIDTH: f32 = 612.0;
pub(crate) const PAGE_HEIGHT: f32 = 792.0;
pub(crate) const LEFT: f32 = 56.0;
pub(crate) const TOP: f32 = 76.0;
pub(crate) const BOTTOM: f32 = 728.0;
pub(crate) const FULL: f32 = PAGE_WIDTH - 2.0 * LEFT;
/// Width of the side column, and of it with the gutter.
pub(crate) const SIDE: f32 = 116.0;
pub(crate) const MAIN_LEFT: f32 = LEFT + SIDE + 16.0;
pub(crate) const MAIN: f32 = PAGE_WIDTH - LEFT - MAIN_LEFT;

pub(crate) const BLACK: Ink = Ink(0x16, 0x1a, 0x1f);
pub(crate) const GREY: Ink = Ink(0x59, 0x63, 0x6e);
pub(crate) const HAIRLINE: Ink = Ink(0xd3, 0xd8, 0xde);
pub(crate) const TINT: Ink = Ink(0xf3, 0xf5, 0xf7);
pub(crate) const WHITE: Ink = Ink(0xff, 0xff, 0xff);
/// Headings' rules, links and the calm side of figures.
pub(crate) const BLUE: Ink = Ink(0x17, 0x4a, 0x7c);
pub(crate) const PALE_BLUE: Ink = Ink(0xa9, 0xc3, 0xdd);
/// What contradicts a criterion.
pub(crate) const VERMILION: Ink = Ink(0xb2, 0x33, 0x0c);
/// What could not be concluded.
pub(crate) const AMBER: Ink = Ink(0x85, 0x5a, 0x00);

/// A style in one of the report's sizes.
pub(crate) const fn style(face: Face, size: f32, ink: Ink) -> Style {
    Style { face, size, ink }
}

pub(crate) const BODY: Style = style(Face::Regular, 9.2, BLACK);
pub(crate) const BODY_LEADING: f32 = 13.4;
pub(crate) const STRONG: Style = style(Face::SemiBold, 9.2, BLACK);
pub(crate) const LEAD: Style = style(Face::Light, 12.5, BLACK);
pub(crate) const LEAD_LEADING: f32 = 18.0;
pub(crate) const KEY: Style = style(Face::Regular, 8.2, GREY);
pub(crate) const CELL: Style = style(Face::Regular, 7.9, BLACK);
pub(crate) const CELL_STRONG: Style = style(Face::SemiBold, 7.9, BLACK);
pub(crate) const CELL_GREY: Style = style(Face::Regular, 7.9, GREY);
/// Plex Mono looks larger than Plex Sans: set it smaller beside it.
pub(crate) const CELL_MONO: Style = style(Face::Mono, 7.0, BLACK);
pub(crate) const CELL_LEADING: f32 = 10.8;
pub(crate) const MONO: Style = style(Face::Mono, 8.2, BLACK);
pub(crate) const DENSE_HEAD: Style = style(Face::SemiBold, 6.0, GREY);
pub(crate) const HEAD: Style = style(Face::SemiBold, 7.2, GREY);
