//! The embedded faces and how wide their text is.
//!
//! Invariant: text that went through [`Fonts::printable`] never needs `.notdef` (ISO 19005-3 6.2.11.8): a character
//! that a face lacks becomes U+FFFD, which all four faces draw, and is remembered so that the report can say so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::canvas::Face;

/// IBM Plex, SIL Open Font License 1.1 (`assets/fonts/OFL.txt`), unmodified.
const SOURCES: [(Face, &[u8]); 4] = [
    (
        Face::Light,
        include_bytes!("../../../assets/fonts/IBMPlexSans-Light.ttf"),
    ),
    (
        Face::Regular,
        include_bytes!("../../../assets/fonts/IBMPlexSans-Regular.ttf"),
    ),
    (
        Face::SemiBold,
        include_bytes!("../../../assets/fonts/IBMPlexSans-SemiBold.ttf"),
    ),
    (
        Face::Mono,
        include_bytes!("../../../assets/fonts/IBMPlexMono-Regular.ttf"),
    ),
];

/// Stands where a character can't be drawn.
const REPLACEMENT: char = '\u{fffd}';

/// The faces, parsed once, with the characters that had to be replaced so far.
pub(crate) struct Fonts {
    faces: BTreeMap<Face, ttf_parser::Face<'static>>,
    replaced: RefCell<BTreeSet<char>>,
}

impl Fonts {
    /// Parses the embedded faces.
    pub(crate) fn new() -> Self {
        let faces = SOURCES
            .into_iter()
            .map(|(face, bytes)| {
                let parsed = ttf_parser::Face::parse(bytes, 0).expect("invariant: the embedded faces parse");
                assert!(
                    parsed.glyph_index(REPLACEMENT).is_some(),
                    "invariant: every face draws U+FFFD"
                );
                (face, parsed)
            })
            .collect();
        Self {
            faces,
            replaced: RefCell::default(),
        }
    }

    /// The bytes of a face, as they are embedded.
    pub(crate) fn bytes(face: Face) -> &'static [u8] {
        SOURCES
            .iter()
            .find(|(f, _)| *f == face)
            .expect("invariant: every face has a source")
            .1
    }

    /// `text` with white space as plain blanks, controls dropped and unknown characters replaced and remembered.
    pub(crate) fn printable(&self, text: &str, face: Face) -> String {
        text.chars()
            .map(|c| {
                if c.is_whitespace() && c != '\u{a0}' {
                    ' '
                } else {
                    c
                }
            })
            .filter(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}'))
            .map(|c| {
                if self.faces[&face].glyph_index(c).is_some() {
                    return c;
                }
                self.replaced.borrow_mut().insert(c);
                REPLACEMENT
            })
            .collect()
    }

    /// The characters that [`Fonts::printable`] replaced, in code point order.
    pub(crate) fn replaced(&self) -> BTreeSet<char> {
        self.replaced.borrow().clone()
    }

    /// The width of `text` in points; `text` is printable.
    pub(crate) fn width(&self, text: &str, face: Face, size: f32) -> f32 {
        let parsed = &self.faces[&face];
        let units: u32 = text
            .chars()
            .filter_map(|c| parsed.glyph_index(c))
            .map(|glyph| u32::from(parsed.glyph_hor_advance(glyph).unwrap_or(0)))
            .sum();
        units as f32 * size / f32::from(parsed.units_per_em())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_characters_are_replaced_visibly_and_remembered() {
        let fonts = Fonts::new();
        assert_eq!(
            fonts.printable("Größe\t→ 漢\u{7}", Face::Regular),
            "Größe → \u{fffd}"
        );
        assert_eq!(fonts.replaced(), BTreeSet::from(['漢']));
    }

    #[test]
    fn width_adds_advances_and_scales_with_size() {
        let fonts = Fonts::new();
        let one = fonts.width("0", Face::Mono, 10.0);
        assert!((one - 6.0).abs() < 1e-4, "Plex Mono is 600 units wide, got {one}");
        assert!((fonts.width("0000", Face::Mono, 5.0) - 12.0).abs() < 1e-4);
    }
}
