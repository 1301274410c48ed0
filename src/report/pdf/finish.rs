//! From printpdf's pages to a PDF/A-3a and PDF/UA-1 file: catalogue, structure, links, outline, identifier.
//!
//! Invariant: the catalogue is built here from nothing, so whatever printpdf puts there by default is gone.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest, Sha256};

use super::metadata::{LANGUAGE, Metadata, xmp};
use super::{Anchor, Annotation, PdfCanvas, PdfError, font, icc};

/// Finishes `document`, which holds the pages that `canvas` drew.
pub(super) fn finish(
    mut document: Document,
    canvas: &PdfCanvas,
    metadata: &Metadata,
) -> Result<Vec<u8>, PdfError> {
    document.version = "1.7".to_owned();
    let old_catalog = document.trailer.get(b"Root")?.as_reference()?;
    let page_tree = document.get_dictionary(old_catalog)?.get(b"Pages")?.clone();
    let info = document.trailer.get(b"Info")?.as_reference()?;
    for id in [old_catalog, info] {
        document.objects.remove(&id);
    }
    document.trailer = Dictionary::new();

    let pages: Vec<ObjectId> = page_ids(&document, &page_tree)?;
    let links = links(&mut document, canvas, &pages)?;
    embed_subsets(&mut document, canvas, &pages)?;
    let structure = structure(&mut document, canvas, &pages, &links)?;
    let outline = outline(&mut document, canvas, &pages)?;
    document.compress();

    let profile = Stream::new(dictionary! { "N" => 3 }, icc::srgb());
    let profile = document.add_object(profile);
    // Left readable for tools that look for the packet in the raw bytes.
    let packet = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        xmp(metadata),
    );
    let packet = document.add_object(packet.with_compression(false));
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog",
        "Pages" => page_tree,
        "PageMode" => "UseOutlines",
        "PageLayout" => "SinglePage",
        "Outlines" => outline,
        "StructTreeRoot" => structure,
        "MarkInfo" => dictionary! { "Marked" => true },
        "Lang" => Object::string_literal(LANGUAGE),
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        "Metadata" => packet,
        "OutputIntents" => vec![Object::Dictionary(dictionary! {
            "Type" => "OutputIntent",
            "S" => "GTS_PDFA1",
            "OutputConditionIdentifier" => Object::string_literal("sRGB IEC61966-2.1"),
            "Info" => Object::string_literal("sRGB IEC61966-2.1"),
            "DestOutputProfile" => profile,
        })],
    });
    document.trailer.set("Root", catalog);
    identify(document)
}

/// The identifier (ISO 32000-1 14.4) is the digest of the file without it.
fn identify(mut document: Document) -> Result<Vec<u8>, PdfError> {
    let mut anonymous = Vec::new();
    document.save_to(&mut anonymous)?;
    let id = Object::String(
        Sha256::digest(&anonymous)[..16].to_vec(),
        StringFormat::Hexadecimal,
    );
    document.trailer.set("ID", vec![id.clone(), id]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

fn page_ids(document: &Document, page_tree: &Object) -> Result<Vec<ObjectId>, PdfError> {
    let kids = document
        .get_dictionary(page_tree.as_reference()?)?
        .get(b"Kids")?
        .as_array()?;
    Ok(kids.iter().map(Object::as_reference).collect::<Result<_, _>>()?)
}

fn embed_subsets(document: &mut Document, canvas: &PdfCanvas, pages: &[ObjectId]) -> Result<(), PdfError> {
    let Some(page) = pages.first() else { return Ok(()) };
    let resources = document
        .get_dictionary(*page)?
        .get(b"Resources")?
        .as_reference()?;
    let fonts = document.get_dictionary(resources)?.get(b"Font")?.as_reference()?;
    for (face, characters) in &canvas.used {
        let id = document
            .get_dictionary(fonts)?
            .get(font::name(*face).as_bytes())?
            .as_reference()?;
        font::subset(document, id, *face, characters)?;
    }
    Ok(())
}

/// Adds the link annotations to their pages; internal destinations only.
fn links(document: &mut Document, canvas: &PdfCanvas, pages: &[ObjectId]) -> Result<Vec<ObjectId>, PdfError> {
    let mut by_page: Vec<Vec<Object>> = vec![Vec::new(); pages.len()];
    let mut ids = Vec::with_capacity(canvas.annotations.len());
    for (number, annotation) in canvas.annotations.iter().enumerate() {
        let Annotation {
            page,
            area,
            target,
            description,
        } = annotation;
        let (top, bottom) = (canvas.height - area.y, canvas.height - area.y - area.height);
        let corners: Vec<Object> = [area.x, bottom, area.x + area.width, top]
            .into_iter()
            .map(Object::Real)
            .collect();
        let id = document.add_object(dictionary! {
            "Type" => "Annot",
            "Subtype" => "Link",
            "Rect" => corners,
            // Print: the only flag that PDF/A asks for and allows here.
            "F" => 4,
            "Border" => vec![0.into(), 0.into(), 0.into()],
            "Contents" => text_string(&format!("Go to {}", description.trim())),
            "Dest" => destination(canvas, target, pages)?,
            "StructParent" => count(pages.len() + number),
        });
        by_page[*page].push(Object::Reference(id));
        ids.push(id);
    }
    for (page, annotations) in pages.iter().zip(by_page) {
        let page = document.get_dictionary_mut(*page)?;
        if annotations.is_empty() {
            page.remove(b"Annots");
        } else {
            page.set("Annots", annotations);
        }
    }
    Ok(ids)
}

fn destination(canvas: &PdfCanvas, target: &str, pages: &[ObjectId]) -> Result<Object, PdfError> {
    let Anchor { page, y } = canvas
        .anchors
        .get(target)
        .ok_or_else(|| PdfError::DanglingLink(target.to_owned()))?;
    let top = Object::Real(canvas.height - y + 12.0);
    Ok(Object::Array(vec![
        pages[*page].into(),
        "XYZ".into(),
        Object::Null,
        top,
        Object::Null,
    ]))
}

/// Writes the structure tree and the parent tree: pages first, then link annotations.
fn structure(
    document: &mut Document,
    canvas: &PdfCanvas,
    pages: &[ObjectId],
    links: &[ObjectId],
) -> Result<ObjectId, PdfError> {
    let root = document.new_object_id();
    let (top, owners) = canvas.tree.write(document, root, pages, links, canvas.height);
    let mut numbers = Vec::new();
    for (index, (page, list)) in pages.iter().zip(owners.pages).enumerate() {
        numbers.push(count(index));
        numbers.push(document.add_object(list).into());
        let page = document.get_dictionary_mut(*page)?;
        page.set("StructParents", count(index));
        page.set("Tabs", "S");
    }
    for (index, owner) in owners.annotations.iter().enumerate() {
        numbers.push(count(pages.len() + index));
        numbers.push((*owner).into());
    }
    let parents = document.add_object(dictionary! { "Nums" => numbers });
    document.objects.insert(
        root,
        Object::Dictionary(dictionary! {
            "Type" => "StructTreeRoot",
            "K" => top,
            "ParentTree" => parents,
            "ParentTreeNextKey" => count(pages.len() + links.len()),
        }),
    );
    Ok(root)
}

/// Writes the outline: first level open, deeper levels folded (ISO 32000-1 12.3.3).
fn outline(document: &mut Document, canvas: &PdfCanvas, pages: &[ObjectId]) -> Result<ObjectId, PdfError> {
    let root = document.new_object_id();
    let ids: Vec<ObjectId> = canvas
        .bookmarks
        .iter()
        .map(|_| document.new_object_id())
        .collect();
    let levels: Vec<u8> = canvas.bookmarks.iter().map(|b| b.level).collect();
    for (index, bookmark) in canvas.bookmarks.iter().enumerate() {
        let parent = (0..index)
            .rev()
            .find(|i| levels[*i] < levels[index])
            .map_or(root, |i| ids[i]);
        let siblings = siblings(&levels, index);
        let place = siblings
            .iter()
            .position(|i| *i == index)
            .expect("invariant: an entry is its own sibling");
        let mut entry = dictionary! {
            "Title" => text_string(&bookmark.title),
            "Parent" => parent,
            "Dest" => destination(canvas, &bookmark.target, pages)?,
        };
        if place > 0 {
            entry.set("Prev", ids[siblings[place - 1]]);
        }
        if let Some(next) = siblings.get(place + 1) {
            entry.set("Next", ids[*next]);
        }
        let children = children(&levels, index);
        if let (Some(first), Some(last)) = (children.first(), children.last()) {
            entry.set("First", ids[*first]);
            entry.set("Last", ids[*last]);
            entry.set(
                "Count",
                Object::Integer(-i64::try_from(children.len()).unwrap_or(i64::MAX)),
            );
        }
        document.objects.insert(ids[index], Object::Dictionary(entry));
    }
    let top: Vec<usize> = (0..ids.len()).filter(|i| levels[*i] == 1).collect();
    let mut entry = dictionary! { "Type" => "Outlines", "Count" => count(top.len()) };
    if let (Some(first), Some(last)) = (top.first(), top.last()) {
        entry.set("First", ids[*first]);
        entry.set("Last", ids[*last]);
    }
    document.objects.insert(root, Object::Dictionary(entry));
    Ok(root)
}

/// The entries directly below `parent`.
fn children(levels: &[u8], parent: usize) -> Vec<usize> {
    let below = (parent + 1..levels.len()).take_while(|i| levels[*i] > levels[parent]);
    below.filter(|i| levels[*i] == levels[parent] + 1).collect()
}

fn siblings(levels: &[u8], index: usize) -> Vec<usize> {
    match (0..index).rev().find(|i| levels[*i] < levels[index]) {
        Some(parent) => children(levels, parent),
        None => (0..levels.len())
            .filter(|i| levels[*i] == levels[index])
            .collect(),
    }
}

fn count(number: usize) -> Object {
    Object::Integer(i64::try_from(number).expect("invariant: a document has fewer than 2^63 parts"))
}

/// A text string (ISO 32000-1 7.9.2.2): as it is when it is plain ASCII, else UTF-16 with a byte order mark.
pub(super) fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_nests_by_level() {
        let levels = [1, 2, 2, 1, 2, 3, 1];
        assert_eq!(children(&levels, 0), [1, 2]);
        assert_eq!(children(&levels, 3), [4], "a grandchild is not a child");
        assert_eq!(siblings(&levels, 2), [1, 2]);
        assert_eq!(siblings(&levels, 3), [0, 3, 6]);
        assert_eq!(children(&levels, 6), [0; 0]);
    }

    #[test]
    fn text_strings_are_ascii_or_utf_16() {
        assert_eq!(text_string("plain"), Object::string_literal("plain"));
        let Object::String(bytes, StringFormat::Hexadecimal) = text_string("ü") else {
            panic!("not hexadecimal")
        };
        assert_eq!(bytes, [0xfe, 0xff, 0x00, 0xfc]);
    }
}
