//! The PDF backend: printpdf draws the pages, lopdf finishes them to PDF 1.7, PDF/A-3a and PDF/UA-1.
//!
//! Invariant: text is always in a marked-content sequence that the structure tree owns, or in an artifact
//! (ISO 32000-1 14.8.2.2). Bytes depend on what was drawn and on [`Metadata`] alone: no clock, no random identifier.

mod finish;
mod font;
mod icc;
mod metadata;
mod structure;

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    Color, DictItem, FontId, LinePoint, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFont, PdfFontHandle,
    PdfPage, Point, Polygon, PolygonRing, Pt, Rgb, TextItem, WindingOrder,
};
use thiserror::Error;

use super::canvas::{Area, Canvas, Element, Face, Ink, Paint, Spot, TextRun};
use super::layout::measure::Fonts;
pub(crate) use metadata::Metadata;
use structure::{Kid, Tree};

/// What can go wrong on the way from drawn pages to bytes.
#[derive(Debug, Error)]
pub enum PdfError {
    /// printpdf complained about an operation.
    #[error("page description rejected: {0}")]
    Page(String),
    /// A font could not be read or reduced to the glyphs in use.
    #[error("font {face} cannot be embedded: {reason}")]
    Font {
        /// The face's name.
        face: &'static str,
        /// What the font library said.
        reason: String,
    },
    /// A link or bookmark leads to an anchor that was never drawn.
    #[error("link target {0:?} does not exist")]
    DanglingLink(String),
    /// The object model was not as printpdf is known to write it.
    #[error("finishing the document: {0}")]
    Finish(#[from] lopdf::Error),
    /// Serialisation failed.
    #[error("writing the document: {0}")]
    Write(#[from] std::io::Error),
}

/// A link annotation on a page.
struct Annotation {
    page: usize,
    area: Area,
    target: String,
    description: String,
}

/// An entry of the outline.
struct Bookmark {
    level: u8,
    title: String,
    target: String,
}

/// A place that links lead to.
#[derive(Clone, Copy)]
struct Anchor {
    page: usize,
    y: f32,
}

/// Which marked-content sequence is open on the current page.
#[derive(Clone, Copy, PartialEq)]
enum Marked {
    Nothing,
    Content,
    Artifact,
}

/// Collects pages and their structure; [`PdfCanvas::finish`] turns them into bytes.
pub(crate) struct PdfCanvas {
    width: f32,
    height: f32,
    pages: Vec<Vec<Op>>,
    next_mcid: i64,
    marked: Marked,
    in_artifact: bool,
    tree: Tree,
    annotations: Vec<Annotation>,
    anchors: BTreeMap<String, Anchor>,
    bookmarks: Vec<Bookmark>,
    used: BTreeMap<Face, BTreeSet<char>>,
}

impl PdfCanvas {
    /// An empty document of pages `width` by `height` points.
    pub(crate) fn new(width: f32, height: f32) -> Self {
        Self {
            width,
            height,
            pages: Vec::new(),
            next_mcid: 0,
            marked: Marked::Nothing,
            in_artifact: false,
            tree: Tree::new(),
            annotations: Vec::new(),
            anchors: BTreeMap::new(),
            bookmarks: Vec::new(),
            used: BTreeMap::new(),
        }
    }

    /// The finished file.
    ///
    /// # Errors
    /// A link without a target, a font that can't be reduced, or an object model that printpdf no longer writes.
    pub(crate) fn finish(mut self, metadata: &Metadata) -> Result<Vec<u8>, PdfError> {
        self.close_marked();
        let drawn = self.printpdf_document()?;
        finish::finish(drawn, &self, metadata)
    }

    fn printpdf_document(&mut self) -> Result<lopdf::Document, PdfError> {
        let mut document = PdfDocument::new("");
        for face in self.used.keys() {
            let parsed = ParsedFont::from_bytes(Fonts::bytes(*face), 0, &mut Vec::new());
            let parsed = parsed.ok_or(PdfError::Font {
                face: font::name(*face),
                reason: "not a font program".to_owned(),
            })?;
            document
                .resources
                .fonts
                .map
                .insert(font_id(*face), PdfFont::new(parsed));
        }
        let (width, height) = (Mm::from(Pt(self.width)), Mm::from(Pt(self.height)));
        let pages = std::mem::take(&mut self.pages);
        document.pages = pages
            .into_iter()
            .map(|ops| PdfPage::new(width, height, ops))
            .collect();
        let mut warnings = Vec::new();
        let drawn = printpdf::to_lopdf_doc(&document, &printpdf::PdfSaveOptions::default(), &mut warnings);
        match warnings.first() {
            Some(warning) => Err(PdfError::Page(warning.msg.clone())),
            None => Ok(drawn),
        }
    }

    fn ops(&mut self) -> &mut Vec<Op> {
        self.pages
            .last_mut()
            .expect("invariant: layout begins a page before it draws")
    }

    fn point(&self, spot: Spot) -> Point {
        Point {
            x: Pt(spot.x),
            y: Pt(self.height - spot.y),
        }
    }

    fn close_marked(&mut self) {
        if self.marked != Marked::Nothing {
            self.ops().push(Op::EndMarkedContent);
            self.marked = Marked::Nothing;
        }
    }

    /// Makes sure that what is drawn next lies in the innermost element, or in an artifact.
    fn mark(&mut self, wanted: Marked) {
        if self.marked == wanted {
            return;
        }
        self.close_marked();
        if wanted == Marked::Artifact {
            self.ops().push(Op::BeginMarkedContent {
                tag: "Artifact".to_owned(),
            });
        } else {
            let (page, mcid) = (self.pages.len() - 1, self.next_mcid);
            self.next_mcid += 1;
            let tag = self.tree.open_tag().to_owned();
            self.tree.add(Kid::Content { page, mcid });
            let properties = DictItem::Dict {
                map: BTreeMap::from([("MCID".to_owned(), DictItem::Int(mcid))]),
            };
            self.ops()
                .push(Op::BeginMarkedContentWithProperties { tag, properties });
        }
        self.marked = wanted;
    }

    fn mark_shape(&mut self) {
        let in_figure = !self.in_artifact && self.tree.in_figure();
        self.mark(if in_figure {
            Marked::Content
        } else {
            Marked::Artifact
        });
    }
}

impl Canvas for PdfCanvas {
    fn begin_page(&mut self) {
        if !self.pages.is_empty() {
            self.close_marked();
        }
        self.pages.push(Vec::new());
        self.next_mcid = 0;
    }

    fn begin(&mut self, element: Element) {
        self.close_marked();
        self.tree.begin(element);
    }

    fn end(&mut self) {
        self.close_marked();
        self.tree.end();
    }

    fn begin_artifact(&mut self) {
        self.in_artifact = true;
    }

    fn end_artifact(&mut self) {
        self.in_artifact = false;
    }

    fn text(&mut self, run: &TextRun<'_>) {
        self.mark(if self.in_artifact {
            Marked::Artifact
        } else {
            Marked::Content
        });
        self.used.entry(run.face).or_default().extend(run.text.chars());
        let pos = self.point(run.baseline);
        let font = PdfFontHandle::External(font_id(run.face));
        self.ops().extend([
            Op::StartTextSection,
            Op::SetTextCursor { pos },
            Op::SetFillColor { col: colour(run.ink) },
            Op::SetFont {
                font,
                size: Pt(run.size),
            },
            Op::ShowText {
                items: vec![TextItem::Text(run.text.to_owned())],
            },
            Op::EndTextSection,
        ]);
    }

    fn rect(&mut self, area: Area, ink: Ink) {
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        let corners = [
            (area.x, area.y),
            (right, area.y),
            (right, bottom),
            (area.x, bottom),
        ];
        self.polygon(&corners.map(|(x, y)| Spot { x, y }), Paint::Fill(ink));
    }

    fn polygon(&mut self, corners: &[Spot], paint: Paint) {
        self.mark_shape();
        let points = corners
            .iter()
            .map(|c| LinePoint {
                p: self.point(*c),
                bezier: false,
            })
            .collect();
        let mode = match paint {
            Paint::Fill(ink) => {
                self.ops().push(Op::SetFillColor { col: colour(ink) });
                PaintMode::Fill
            }
            Paint::Stroke { ink, thickness } => {
                let set = [
                    Op::SetOutlineColor { col: colour(ink) },
                    Op::SetOutlineThickness { pt: Pt(thickness) },
                ];
                self.ops().extend(set);
                PaintMode::Stroke
            }
        };
        let polygon = Polygon {
            rings: vec![PolygonRing { points }],
            mode,
            winding_order: WindingOrder::NonZero,
        };
        self.ops().push(Op::DrawPolygon { polygon });
    }

    fn link(&mut self, area: Area, target: &str, description: &str) {
        self.tree.add(Kid::Annotation(self.annotations.len()));
        self.annotations.push(Annotation {
            page: self.pages.len() - 1,
            area,
            target: target.to_owned(),
            description: description.to_owned(),
        });
    }

    fn anchor(&mut self, name: &str, y: f32) {
        let page = self.pages.len() - 1;
        self.anchors.entry(name.to_owned()).or_insert(Anchor { page, y });
    }

    fn bookmark(&mut self, level: u8, title: &str, target: &str) {
        self.bookmarks.push(Bookmark {
            level,
            title: title.to_owned(),
            target: target.to_owned(),
        });
    }
}

fn font_id(face: Face) -> FontId {
    FontId(font::name(face).to_owned())
}

fn colour(Ink(red, green, blue): Ink) -> Color {
    let part = |value: u8| f32::from(value) / 255.0;
    Color::Rgb(Rgb::new(part(red), part(green), part(blue), None))
}
