//! A file as its revisions: header, then objects, cross-reference table and trailer, again for each update
//! (ISO 32000-1 §7.5).
//!
//! Every byte belongs to something. The table of a revision lists exactly the objects that stand in it, at exactly their
//! places; `startxref` and `/Prev` name exactly the tables. So going forwards and going backwards give the same document.

use std::collections::BTreeMap;

use super::object::{Dictionary, Object};
use super::parse::{Entries, Parser, SyntaxError};

/// The longest PDF that is looked at, in bytes. The digits of a cross-reference table end at ten thousand million.
pub const MAX_PDF_BYTES: usize = 256 << 20;
/// The most revisions that are read.
const MAX_REVISIONS: usize = 16;
/// The most object numbers (ISO 32000-1 Annex C).
const MAX_OBJECTS: u32 = 8_388_607;
/// Trailer entries that our writer makes; hybrid files (`/XRefStm`) and encryption are thereby refused.
const TRAILER_KEYS: &[&[u8]] = &[b"Size", b"Root", b"Info", b"ID", b"Prev"];

/// One object and its place.
#[derive(Debug)]
struct Located {
    object: Object,
    /// Offset of the object number.
    at: usize,
    /// Offset of the value behind `obj`.
    value_at: usize,
}

/// One revision: the objects that it adds or replaces.
#[derive(Debug)]
pub struct Revision {
    objects: BTreeMap<u32, Located>,
    trailer: Dictionary,
    table_at: usize,
    end: usize,
}

/// A PDF, read whole.
#[derive(Debug)]
pub struct Document<'a> {
    bytes: &'a [u8],
    revisions: Vec<Revision>,
}

impl Revision {
    /// How many objects the revision adds or replaces.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether the revision has no object.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The object of this number, as this revision has it.
    pub fn get(&self, number: u32) -> Option<&Object> {
        self.objects.get(&number).map(|located| &located.object)
    }

    /// The objects by their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Object)> {
        self.objects
            .iter()
            .map(|(number, located)| (*number, &located.object))
    }

    /// The trailer dictionary.
    pub fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// Offset of the cross-reference table, as `startxref` names it.
    pub fn table_at(&self) -> usize {
        self.table_at
    }

    /// Offset behind the revision's `%%EOF`.
    pub fn end(&self) -> usize {
        self.end
    }
}

impl<'a> Document<'a> {
    /// Reads a file from its first byte to its last.
    ///
    /// # Errors
    /// [`SyntaxError`] at the first byte that does not belong to the grammar.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SyntaxError> {
        let mut parser = Parser::new(bytes, 0);
        if bytes.len() > MAX_PDF_BYTES {
            return parser.error("the file is too long");
        }
        read_header(&mut parser)?;
        let mut revisions: Vec<Revision> = Vec::new();
        while !matches!(bytes.get(parser.at()..), Some(b"" | b"\n")) {
            if revisions.len() == MAX_REVISIONS {
                return parser.error("too many revisions");
            }
            let revision = read_revision(&mut parser, revisions.last())?;
            revisions.push(revision);
        }
        if revisions.is_empty() {
            return parser.error("the file has no revision");
        }
        Ok(Self { bytes, revisions })
    }

    /// The bytes that were read.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The revisions, oldest first; never empty.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The entries of a dictionary in `revision`, each with its place in the file.
    pub(super) fn entries(&self, revision: &Revision, number: u32) -> Option<Entries> {
        let located = revision.objects.get(&number)?;
        let mut parser = Parser::new(self.bytes, located.value_at);
        parser.entries().ok()
    }
}

/// `%PDF-1.n`, then a comment of at least four bytes above 127 (ISO 19005-3 §6.1.2).
fn read_header(parser: &mut Parser<'_>) -> Result<(), SyntaxError> {
    parser.expect(b"%PDF-1.", "expected %PDF-1.")?;
    let _minor: u8 = parser.unsigned("expected a PDF version")?;
    parser.expect(b"\n%", "expected the binary comment")?;
    let mut length = 0;
    while parser.peek().is_some_and(|byte| byte > 127) {
        parser.take_bytes(1)?;
        length += 1;
    }
    if length < 4 {
        return parser.error("expected the binary comment");
    }
    parser.expect(b"\n", "expected the end of the binary comment")
}

fn read_revision(parser: &mut Parser<'_>, previous: Option<&Revision>) -> Result<Revision, SyntaxError> {
    let mut objects = BTreeMap::new();
    parser.skip_space();
    while !parser.looking_at(b"xref") {
        let at = parser.at();
        let (number, located) = read_object(parser)?;
        if objects.insert(number, located).is_some() {
            return Err(SyntaxError {
                what: "an object number stands twice in one revision",
                at,
            });
        }
        parser.skip_space();
    }
    let table_at = parser.at();
    let table = read_table(parser, previous.is_none())?;
    if !objects
        .iter()
        .map(|(number, located)| (*number, located.at))
        .eq(table)
    {
        return Err(SyntaxError {
            what: "the cross-reference table differs from the objects",
            at: table_at,
        });
    }
    parser.keyword(b"trailer", "expected the trailer")?;
    let trailer_at = parser.at();
    let Object::Dictionary(trailer) = parser.object()? else {
        return Err(SyntaxError {
            what: "the trailer is not a dictionary",
            at: trailer_at,
        });
    };
    let revision = read_end(
        parser,
        Revision {
            objects,
            trailer,
            table_at,
            end: 0,
        },
    )?;
    check_trailer(&revision, previous).map_err(|what| SyntaxError { what, at: trailer_at })?;
    Ok(revision)
}

fn read_object(parser: &mut Parser<'_>) -> Result<(u32, Located), SyntaxError> {
    let at = parser.at();
    let number: u32 = parser.unsigned("expected an object or a cross-reference table")?;
    if number == 0 || number > MAX_OBJECTS {
        return Err(SyntaxError {
            what: "an object number is out of range",
            at,
        });
    }
    parser.keyword(b" 0 obj", "expected `0 obj`")?;
    parser.skip_space();
    let value_at = parser.at();
    let mut object = parser.object()?;
    parser.skip_space();
    if parser.looking_at(b"stream") {
        object = read_stream(parser, object)?;
        parser.skip_space();
    }
    parser.keyword(b"endobj", "expected endobj")?;
    Ok((number, Located { object, at, value_at }))
}

fn read_stream(parser: &mut Parser<'_>, object: Object) -> Result<Object, SyntaxError> {
    let Object::Dictionary(dictionary) = object else {
        return parser.error("a stream has no dictionary");
    };
    let kind = dictionary.get(b"Type".as_slice());
    if kind.is_some_and(|kind| kind.is_name("ObjStm") || kind.is_name("XRef")) {
        return parser.error("object streams and cross-reference streams are not accepted");
    }
    let length = dictionary.get(b"Length".as_slice()).and_then(Object::as_integer);
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
        return parser.error("a stream does not state its length directly");
    };
    parser.expect(b"stream", "expected stream")?;
    let _carriage_return = parser.take(b"\r");
    parser.expect(b"\n", "expected the end of the line after stream")?;
    let data = parser.take_bytes(length)?;
    let _end_of_line = parser.take(b"\r\n") || parser.take(b"\n");
    parser.keyword(b"endstream", "expected endstream where the stream's length ends")?;
    Ok(Object::Stream(dictionary, data))
}

/// Reads a table and returns the places of its objects. The first revision begins with the free entry 0; no other entry
/// is free, since our writer deletes nothing.
fn read_table(parser: &mut Parser<'_>, is_first: bool) -> Result<BTreeMap<u32, usize>, SyntaxError> {
    let mut places = BTreeMap::new();
    parser.expect(b"xref\n", "expected a cross-reference table")?;
    let mut next_free = 0;
    let mut has_zero = false;
    while !parser.looking_at(b"trailer") {
        let first: u32 = parser.unsigned("expected a section of the cross-reference table")?;
        parser.expect(b" ", "expected the length of a section")?;
        let count: u32 = parser.unsigned("expected the length of a section")?;
        parser.expect(b"\n", "expected the entries of a section")?;
        let end = first.saturating_add(count);
        if first < next_free || end > MAX_OBJECTS {
            return parser.error("a section of the cross-reference table is out of order");
        }
        for number in first..end {
            if number == 0 {
                let free = parser.take(b"0000000000 65535 f \n") || parser.take(b"0000000000 65535 f\r\n");
                if !free || !is_first {
                    return parser.error("object 0 must be free, in the first revision alone");
                }
                has_zero = true;
            } else {
                places.insert(number, read_entry(parser)?);
            }
        }
        next_free = end;
    }
    if is_first && !has_zero {
        return parser.error("the cross-reference table does not begin with object 0");
    }
    Ok(places)
}

/// `nnnnnnnnnn 00000 n` and a line end of two bytes.
fn read_entry(parser: &mut Parser<'_>) -> Result<usize, SyntaxError> {
    let start = parser.at();
    let place = parser.unsigned("expected an entry of the cross-reference table")?;
    if parser.at() != start + 10 {
        return Err(SyntaxError {
            what: "an offset has not ten digits",
            at: start,
        });
    }
    parser.expect(b" 00000 n", "expected an object in use, of generation 0")?;
    if parser.take(b" \n") || parser.take(b"\r\n") {
        Ok(place)
    } else {
        parser.error("expected the end of an entry")
    }
}

fn read_end(parser: &mut Parser<'_>, revision: Revision) -> Result<Revision, SyntaxError> {
    parser.skip_space();
    parser.expect(b"startxref\n", "expected startxref")?;
    let at = parser.at();
    let startxref: usize = parser.unsigned("expected the place of the cross-reference table")?;
    if startxref != revision.table_at {
        return Err(SyntaxError {
            what: "startxref does not name this revision's table",
            at,
        });
    }
    parser.expect(b"\n%%EOF", "expected %%EOF")?;
    Ok(Revision {
        end: parser.at(),
        ..revision
    })
}

/// Checks a trailer against its revision and the one before it.
fn check_trailer(revision: &Revision, previous: Option<&Revision>) -> Result<(), &'static str> {
    let trailer = &revision.trailer;
    if trailer.keys().any(|key| !TRAILER_KEYS.contains(&key.as_slice())) {
        return Err("the trailer has an entry that is not expected");
    }
    let size = |revision: &Revision| {
        revision
            .trailer
            .get(b"Size".as_slice())
            .and_then(Object::as_integer)
    };
    let own_size = size(revision).ok_or("the trailer states no size")?;
    let highest = revision
        .objects
        .last_key_value()
        .map_or(0, |(number, _)| i64::from(*number));
    if own_size <= highest || own_size > i64::from(MAX_OBJECTS) {
        return Err("the trailer's size does not fit the objects");
    }
    if trailer
        .get(b"Root".as_slice())
        .and_then(Object::as_reference)
        .is_none()
    {
        return Err("the trailer names no catalog");
    }
    let prev = trailer.get(b"Prev".as_slice()).and_then(Object::as_integer);
    match previous {
        None if trailer.contains_key(b"Prev".as_slice()) => Err("the first revision names one before it"),
        None => Ok(()),
        Some(before) if prev != i64::try_from(before.table_at).ok() => {
            Err("/Prev does not name the table before")
        }
        Some(before) if Some(own_size) < size(before) => Err("the trailer's size shrinks"),
        Some(_) => Ok(()),
    }
}
