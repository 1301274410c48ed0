//! The narrow surface that layout draws on.
//!
//! Purpose: layout knows nothing of PDF; a backend knows nothing of tables and paragraphs. Another backend is one
//! file away. Invariant: every mark is either inside a tagged element or an artifact (ISO 14289-1 7.1); shapes are
//! artifacts by themselves unless they belong to a `Figure`, so decoration can't reach a screen reader by accident.
//! Lengths are PDF points, measured from the top left corner of the page.

/// One of the four embedded faces; the report uses no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Light,
    Regular,
    SemiBold,
    Mono,
}

/// A colour in 8-bit sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// A point on the page: `x` from the left edge, `y` down from the top edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// A rectangle: its upper left corner, width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// How a shape is painted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Paint {
    Fill(Ink),
    Stroke { ink: Ink, thickness: f32 },
}

/// A piece of text on one baseline, in one face, size and colour. Every character must exist in the face.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextRun<'a> {
    pub(crate) text: &'a str,
    pub(crate) face: Face,
    pub(crate) size: f32,
    pub(crate) ink: Ink,
    pub(crate) baseline: Spot,
}

/// The structure elements that the report uses (ISO 32000-1 14.8.4).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    Heading(u8),
    Paragraph,
    Toc,
    TocItem,
    Reference,
    List,
    ListItem,
    ListBody,
    Table {
        summary: String,
    },
    TableHead,
    TableBody,
    Row,
    HeaderCell(Scope, usize),
    /// A data cell and the number of columns that it spans.
    Cell(usize),
    Link,
    Figure {
        alt: String,
        area: Area,
    },
}

/// What a header cell is the header of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Column,
    Row,
}

/// What layout may ask of a backend.
pub(crate) trait Canvas {
    /// Starts the next page; later verbs draw on it. Open elements go on across pages.
    fn begin_page(&mut self);
    /// Opens an element inside the innermost open one.
    fn begin(&mut self, element: Element);
    /// Closes the innermost open element.
    fn end(&mut self);
    /// Text until `end_artifact` is decoration: page furniture, repeated table headers.
    fn begin_artifact(&mut self);
    fn end_artifact(&mut self);
    fn text(&mut self, run: &TextRun<'_>);
    fn rect(&mut self, area: Area, ink: Ink);
    fn polygon(&mut self, corners: &[Spot], paint: Paint);
    /// Makes `area` a link to the anchor `target`; to be called inside a `Link` element.
    fn link(&mut self, area: Area, target: &str, description: &str);
    /// Names the place `y` on the current page as a target of links.
    fn anchor(&mut self, name: &str, y: f32);
    /// Adds an entry to the outline, `level` 1 or deeper, leading to `target`.
    fn bookmark(&mut self, level: u8, title: &str, target: &str);
}

/// Draws nothing: for measuring.
pub(crate) struct Blank;

impl Canvas for Blank {
    fn begin_page(&mut self) {}
    fn begin(&mut self, _: Element) {}
    fn end(&mut self) {}
    fn begin_artifact(&mut self) {}
    fn end_artifact(&mut self) {}
    fn text(&mut self, _: &TextRun<'_>) {}
    fn rect(&mut self, _: Area, _: Ink) {}
    fn polygon(&mut self, _: &[Spot], _: Paint) {}
    fn link(&mut self, _: Area, _: &str, _: &str) {}
    fn anchor(&mut self, _: &str, _: f32) {}
    fn bookmark(&mut self, _: u8, _: &str, _: &str) {}
}
