//! The small shapes that stand beside a state's word.
//!
//! Invariant: each shape differs from every other without its colour, in silhouette or in being hollow, so a
//! greyscale print and a colour-blind reader lose nothing.

use crate::report::canvas::{Canvas, Ink, Paint, Spot};

/// A silhouette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Disc,
    Triangle,
    HollowDiamond,
    HollowDisc,
    Dash,
    Slash,
}

/// A silhouette in a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) shape: Shape,
    pub(crate) ink: Ink,
}

impl Mark {
    /// The width to leave for the mark before text of `size` points.
    pub(crate) fn room(self, size: f32) -> f32 {
        size * 1.05
    }

    /// Draws beside text of `size` points that starts behind `baseline`.
    pub(crate) fn draw(self, canvas: &mut dyn Canvas, baseline: Spot, size: f32) {
        // Centred on half the x-height of Plex (0.516 em) and a little larger than it.
        let centre = Spot {
            x: baseline.x + size * 0.36,
            y: baseline.y - size * 0.34,
        };
        self.draw_at(canvas, centre, size * 0.34);
    }

    /// Draws around `centre` with about `radius` points to each side.
    pub(crate) fn draw_at(self, canvas: &mut dyn Canvas, centre: Spot, radius: f32) {
        let at = |dx: f32, dy: f32| Spot {
            x: centre.x + dx * radius,
            y: centre.y + dy * radius,
        };
        let hollow = Paint::Stroke {
            ink: self.ink,
            thickness: radius * 0.36,
        };
        let solid = Paint::Fill(self.ink);
        match self.shape {
            Shape::Disc => canvas.polygon(&ring(centre, radius * 0.94), solid),
            Shape::HollowDisc => canvas.polygon(&ring(centre, radius * 0.78), hollow),
            Shape::Triangle => canvas.polygon(&[at(0.0, -1.1), at(1.1, 0.85), at(-1.1, 0.85)], solid),
            Shape::HollowDiamond => {
                canvas.polygon(
                    &[at(0.0, -0.98), at(0.98, 0.0), at(0.0, 0.98), at(-0.98, 0.0)],
                    hollow,
                );
            }
            Shape::Dash => canvas.polygon(
                &[at(-1.0, -0.2), at(1.0, -0.2), at(1.0, 0.2), at(-1.0, 0.2)],
                solid,
            ),
            Shape::Slash => canvas.polygon(
                &[at(0.35, -1.0), at(0.75, -1.0), at(-0.35, 1.0), at(-0.75, 1.0)],
                solid,
            ),
        }
    }
}

/// A circle as a polygon; 36 corners are round to the eye at these sizes.
fn ring(centre: Spot, radius: f32) -> Vec<Spot> {
    UNIT_CIRCLE
        .iter()
        .map(|(x, y)| Spot {
            x: centre.x + x * radius,
            y: centre.y + y * radius,
        })
        .collect()
}

/// Cosine and sine of every tenth degree, written out so that no platform's mathematics library has a say in the bytes.
const UNIT_CIRCLE: [(f32, f32); 36] = [
    (1.0000, 0.0000),
    (0.9848, 0.1736),
    (0.9397, 0.3420),
    (0.8660, 0.5000),
    (0.7660, 0.6428),
    (0.6428, 0.7660),
    (0.5000, 0.8660),
    (0.3420, 0.9397),
    (0.1736, 0.9848),
    (0.0000, 1.0000),
    (-0.1736, 0.9848),
    (-0.3420, 0.9397),
    (-0.5000, 0.8660),
    (-0.6428, 0.7660),
    (-0.7660, 0.6428),
    (-0.8660, 0.5000),
    (-0.9397, 0.3420),
    (-0.9848, 0.1736),
    (-1.0000, 0.0000),
    (-0.9848, -0.1736),
    (-0.9397, -0.3420),
    (-0.8660, -0.5000),
    (-0.7660, -0.6428),
    (-0.6428, -0.7660),
    (-0.5000, -0.8660),
    (-0.3420, -0.9397),
    (-0.1736, -0.9848),
    (0.0000, -1.0000),
    (0.1736, -0.9848),
    (0.3420, -0.9397),
    (0.5000, -0.8660),
    (0.6428, -0.7660),
    (0.7660, -0.6428),
    (0.8660, -0.5000),
    (0.9397, -0.3420),
    (0.9848, -0.1736),
];
