//! The documents of the registers that people keep in MongoDB, as data (`docs/spec/collections.md`): what an export asks
//! for, what a mapping of field names may name, and what the published JSON Schema says all come from here. A test holds
//! the table to the types that documents are read into.

mod fields;
mod tables;

pub use fields::{BadFields, Fields};
pub use tables::shapes;

use std::collections::BTreeMap;

use super::source::Source;

/// The version of the documents: a member that is added makes another one, for exports that did not ask for it can't
/// prove that it was absent.
pub const VERSION: &str = "v1";

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A calendar day as text, `YYYY-MM-DD`.
    Day,
    /// A BSON date.
    Instant,
    /// A whole number.
    Whole,
    /// True or false.
    Truth,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of these words.
    Words(&'static [&'static str]),
    /// A document with these members.
    Document(&'static [Member]),
    /// A list of documents with these members.
    Documents(&'static [Member]),
}

/// A member of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it has to be there; one that need not be may be absent or null.
    pub required: bool,
}

/// A kind of document of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What it is, for readers.
    pub title: &'static str,
    /// Its members, `_id` apart.
    pub members: &'static [Member],
}

impl Kind {
    /// The members of what lies inside.
    pub const fn members(self) -> &'static [Member] {
        match self {
            Self::Document(members) | Self::Documents(members) => members,
            _ => &[],
        }
    }
}

/// The members of all shapes of a register, by their names. Shapes that share a name share what it holds.
pub fn members(source: Source) -> BTreeMap<&'static str, Kind> {
    let members = shapes(source).iter().flat_map(|shape| shape.members);
    members.map(|member| (member.name, member.kind)).collect()
}
