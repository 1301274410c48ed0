//! PDF objects as values: enough to compare two revisions of an object and to write one anew (ISO 32000-1 §7.3).
//!
//! Real numbers keep their text, so that nothing is rounded. Strings keep their bytes, whichever notation they came in.

use std::collections::BTreeMap;
use std::ops::Range;

/// A dictionary; keys without the slash, unescaped.
pub type Dictionary = BTreeMap<Vec<u8>, Object>;

/// A PDF object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point, as it is written.
    Real(Vec<u8>),
    /// A name without its slash, unescaped.
    Name(Vec<u8>),
    /// The bytes of a literal or hexadecimal string.
    String(Vec<u8>),
    /// `[ … ]`
    Array(Vec<Object>),
    /// `<< … >>`
    Dictionary(Dictionary),
    /// A stream: its dictionary and where its data stand in the file.
    Stream(Dictionary, Range<usize>),
    /// A reference `n 0 R`.
    Reference(u32),
}

impl Object {
    /// A name.
    pub fn name(name: &str) -> Self {
        Self::Name(name.as_bytes().to_vec())
    }

    /// The dictionary, if the object is one (not that of a stream).
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The elements, if the object is an array.
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The object number, if the object is a reference.
    pub fn as_reference(&self) -> Option<u32> {
        match self {
            Self::Reference(number) => Some(*number),
            _ => None,
        }
    }

    /// The value, if the object is a whole number.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether the object is this name.
    pub fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(own) if own == name.as_bytes())
    }

    /// Writes the object. A stream is written as its dictionary alone: no update of ours contains one.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Boolean(value) => out.extend(value.to_string().bytes()),
            Self::Integer(value) => out.extend(value.to_string().bytes()),
            Self::Real(text) => out.extend(text),
            Self::Name(name) => write_name(name, out),
            Self::String(bytes) => write_string(bytes, out),
            Self::Array(elements) => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
            Self::Dictionary(dictionary) | Self::Stream(dictionary, _) => write_dictionary(dictionary, out),
            Self::Reference(number) => out.extend(format!("{number} 0 R").bytes()),
        }
    }
}

fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (index, (key, value)) in dictionary.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write_name(key, out);
        out.push(b' ');
        value.write(out);
    }
    out.extend(b">>");
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            out.push(byte);
        } else {
            out.extend(format!("#{byte:02X}").bytes());
        }
    }
}

/// Plain ASCII as a literal string, everything else in hexadecimal.
fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push(b'(');
        for &byte in bytes {
            if b"()\\".contains(&byte) {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b')');
    } else {
        out.push(b'<');
        bytes
            .iter()
            .for_each(|byte| out.extend(format!("{byte:02X}").bytes()));
        out.push(b'>');
    }
}
