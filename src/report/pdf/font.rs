//! Embedded fonts, reduced to the glyphs in use.
//!
//! printpdf without its layout feature embeds whole fonts. Here each font program is exchanged for its subset; the codes
//! in the page descriptions stay the original glyph numbers and `CIDToGIDMap` leads from them to the subset's
//! (ISO 32000-1 9.7.4.2, ISO 19005-3 6.2.11.3.2).

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::PdfError;
use crate::report::canvas::Face;
use crate::report::layout::measure::Fonts;

/// The PostScript name of a face.
pub(super) fn name(face: Face) -> &'static str {
    match face {
        Face::Light => "IBMPlexSans-Light",
        Face::Regular => "IBMPlexSans",
        Face::SemiBold => "IBMPlexSans-SemiBold",
        Face::Mono => "IBMPlexMono",
    }
}

/// A font program with only the glyphs of some characters.
struct Subset {
    program: Vec<u8>,
    /// The subset's glyph number for each original glyph number, two bytes each.
    cid_to_gid: Vec<u8>,
    /// `ABCDEF+IBMPlexSans` (ISO 32000-1 9.6.4), the tag drawn from the program's own digest.
    name: String,
}

fn reduce(face: Face, characters: &BTreeSet<char>) -> Result<Subset, PdfError> {
    let refuse = |reason: String| PdfError::Font {
        face: name(face),
        reason,
    };
    let bytes = Fonts::bytes(face);
    let parsed = ttf_parser::Face::parse(bytes, 0).map_err(|e| refuse(e.to_string()))?;
    let glyphs: BTreeSet<u16> = characters
        .iter()
        .filter_map(|c| parsed.glyph_index(*c))
        .map(|glyph| glyph.0)
        .collect();
    let mut remapper = GlyphRemapper::new();
    let mut cid_to_gid = vec![0; 2 * (usize::from(glyphs.last().copied().unwrap_or(0)) + 1)];
    for glyph in glyphs {
        let place = 2 * usize::from(glyph);
        cid_to_gid[place..place + 2].copy_from_slice(&remapper.remap(glyph).to_be_bytes());
    }
    let program = subsetter::subset(bytes, 0, &remapper).map_err(|e| refuse(e.to_string()))?;
    let digest = Sha256::digest(&program);
    let tag: String = digest
        .iter()
        .take(6)
        .map(|byte| char::from(b'A' + byte % 26))
        .collect();
    Ok(Subset {
        program,
        cid_to_gid,
        name: format!("{tag}+{}", name(face)),
    })
}

/// Exchanges the program of the font object `font` for its subset and names it accordingly.
pub(super) fn subset(
    document: &mut Document,
    font: ObjectId,
    face: Face,
    characters: &BTreeSet<char>,
) -> Result<(), PdfError> {
    let subset = reduce(face, characters)?;
    let length = i64::try_from(subset.program.len()).expect("invariant: a font program is smaller than 2^63");
    let program = document.add_object(Stream::new(dictionary! { "Length1" => length }, subset.program));
    let map = document.add_object(Stream::new(Dictionary::new(), subset.cid_to_gid));
    let base_font = Object::Name(subset.name.into_bytes());

    let outer = document.get_dictionary_mut(font)?;
    outer.set("BaseFont", base_font.clone());
    let Object::Array(descendants) = outer.get_mut(b"DescendantFonts")? else {
        return Err(PdfError::Page("composite font without descendants".to_owned()));
    };
    let inner = descendants
        .first_mut()
        .ok_or(PdfError::Page("composite font without descendants".to_owned()))?;
    let inner = inner.as_dict_mut()?;
    inner.set("BaseFont", base_font.clone());
    inner.set("CIDToGIDMap", map);
    let descriptor = inner.get(b"FontDescriptor")?.as_reference()?;
    let descriptor = document.get_dictionary_mut(descriptor)?;
    let whole = descriptor.get(b"FontFile2")?.as_reference()?;
    descriptor.set("FontName", base_font);
    descriptor.set("FontFile2", program);
    document.objects.remove(&whole);
    Ok(())
}
