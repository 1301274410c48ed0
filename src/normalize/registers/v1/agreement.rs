//! The table of members (`model::registers`) says what the types of this module read: each type is led through a reader
//! that gives it whatever it asks for, and notes what that was.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value, json};

use super::{
    Bia, ClassStatement, Exercise, Incident, ListedDevice, Medium, PlanDocument, RestoreTest, RoleHolder,
    Schedule, System, Ticket, VendorAssurance,
};
use crate::model::estate::RECORD_SOURCES;
use crate::model::registers::{Kind, Member, shapes};
use crate::model::source::Source;

/// What stands at each path, and whether it may be absent.
type Notes = BTreeMap<String, (String, bool)>;

/// Gives a type what it asks for. At the path `odd` stands a text that is no day.
struct Reader<'n> {
    notes: &'n RefCell<Notes>,
    path: String,
    optional: bool,
    odd: Option<&'n str>,
}

impl Reader<'_> {
    fn note(&self, what: &str) {
        let noted = (what.to_owned(), self.optional);
        self.notes.borrow_mut().insert(self.path.clone(), noted);
    }

    fn inside(&self, path: String) -> Self {
        Self {
            path,
            optional: false,
            ..*self
        }
    }
}

impl IntoDeserializer<'_, Error> for Reader<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom(format!("{} is read as whatever it is", self.path)))
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        self.optional = true;
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note("truth");
        visitor.visit_bool(true)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note("text");
        let odd = self.odd == Some(self.path.as_str());
        visitor.visit_str(if odd { "no day" } else { "2026-07-01" })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.note("list");
        let item = self.inside(format!("{}[]", self.path));
        visitor.visit_seq(SeqDeserializer::new(std::iter::once(item)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if fields == ["$date"] {
            self.note("instant");
            let date = json!({ "$date": { "$numberLong": "1782900000000" } });
            return date.deserialize_struct(name, fields, visitor);
        }
        self.note("document");
        let members = fields.iter().map(|field| {
            let path = if self.path.is_empty() {
                (*field).to_owned()
            } else {
                format!("{}.{field}", self.path)
            };
            (*field, self.inside(path))
        });
        visitor.visit_map(MapDeserializer::new(members))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if variants.contains(&"$numberInt") {
            self.note("whole");
            return json!({ "$numberInt": "1" }).deserialize_enum(name, variants, visitor);
        }
        self.note(&word(variants));
        Value::from(variants[0]).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

fn word(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// What a type reads.
fn read<T: DeserializeOwned>() -> Notes {
    let notes = RefCell::default();
    let trial = |odd| {
        T::deserialize(Reader {
            notes: &notes,
            path: String::new(),
            optional: false,
            odd,
        })
    };
    trial(None).map(drop).expect("a document of every member is read");
    let mut found = notes.borrow().clone();
    for (path, (what, _)) in &mut found {
        if what == "text" && trial(Some(path)).is_err() {
            "day".clone_into(what);
        }
    }
    found.remove("");
    found.remove("_id");
    found
}

/// What the table says.
fn said(members: &[Member], prefix: &str, notes: &mut Notes) {
    for member in members {
        let path = format!("{prefix}{}", member.name);
        let mut note = |path: &str, what: &str, optional| {
            notes.insert(path.to_owned(), (what.to_owned(), optional));
        };
        let item = format!("{path}[]");
        let optional = !member.required;
        match member.kind {
            Kind::Text => note(&path, "text", optional),
            Kind::Day => note(&path, "day", optional),
            Kind::Instant => note(&path, "instant", optional),
            Kind::Whole => note(&path, "whole", optional),
            Kind::Truth => note(&path, "truth", optional),
            Kind::Word(words) => note(&path, &word(words), optional),
            Kind::Texts => {
                note(&path, "list", optional);
                note(&item, "text", false);
            }
            Kind::Words(words) => {
                note(&path, "list", optional);
                note(&item, &word(words), false);
            }
            Kind::Document(inner) => {
                note(&path, "document", optional);
                said(inner, &format!("{path}."), notes);
            }
            Kind::Documents(inner) => {
                note(&path, "list", optional);
                note(&item, "document", false);
                said(inner, &format!("{item}."), notes);
            }
        }
    }
}

#[test]
fn the_table_says_what_the_types_read() {
    for source in RECORD_SOURCES {
        let types = match source {
            Source::SystemsInventory => vec![read::<System>(), read::<ClassStatement>()],
            Source::RestoreTests => vec![read::<RestoreTest>()],
            Source::ExerciseSchedule => vec![read::<Schedule>()],
            Source::Exercises => vec![read::<Exercise>()],
            Source::Bia => vec![read::<Bia>()],
            Source::PlanDocuments => vec![read::<PlanDocument>()],
            Source::RoleRoster => vec![read::<RoleHolder>()],
            Source::MediaRegister => vec![read::<Medium>()],
            Source::DeviceList => vec![read::<ListedDevice>()],
            Source::Tickets => vec![read::<Ticket>()],
            Source::Incidents => vec![read::<Incident>()],
            Source::VendorAssurance => vec![read::<VendorAssurance>()],
            other => panic!("{other} has no type"),
        };
        let table = shapes(source).iter().map(|shape| {
            let mut notes = Notes::new();
            said(shape.members, "", &mut notes);
            notes
        });
        assert_eq!(table.collect::<Vec<_>>(), types, "{source}");
    }
}
