//! The published JSON Schema of the registers is what the table of their members says. The table itself is held to the types
//! that documents are read into (`src/normalize/registers/v1/agreement.rs`).

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

use std::fs;
use std::path::Path;

use backproof::model::estate::RECORD_SOURCES;
use backproof::model::registers::{Kind, Member, Shape, VERSION, shapes};
use serde_json::{Map, Value, json};

const PUBLISHED: &str = "docs/spec/collections.schema.json";

fn of(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Day => json!({ "$ref": "#/$defs/day" }),
        Kind::Instant => json!({ "$ref": "#/$defs/instant" }),
        Kind::Whole => json!({ "$ref": "#/$defs/whole" }),
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Document(members) => document(members, &[]),
        Kind::Documents(members) => json!({ "type": "array", "items": document(members, &[]) }),
    }
}

fn document(members: &[Member], more: &[(&str, Value)]) -> Value {
    let mut properties: Map<String, Value> = more
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    let mut required: Vec<&str> = more.iter().map(|(name, _)| *name).collect();
    for member in members {
        let schema = of(member.kind);
        let schema = match member.required {
            true => schema,
            false => json!({ "anyOf": [schema, { "type": "null" }] }),
        };
        properties.insert(member.name.to_owned(), schema);
        required.extend(member.required.then_some(member.name));
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn register(shapes: &[Shape]) -> Value {
    let titled = |shape: &Shape| {
        let mut schema = document(shape.members, &[("_id", json!({ "$ref": "#/$defs/id" }))]);
        schema["title"] = json!(shape.title);
        schema
    };
    match shapes {
        [one] => titled(one),
        several => json!({ "oneOf": several.iter().map(titled).collect::<Vec<_>>() }),
    }
}

fn schema() -> Value {
    let mut definitions = json!({
        "id": { "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "object", "properties": { "$oid": { "type": "string" } }, "required": ["$oid"], "additionalProperties": false },
        ] },
        "day": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
        "instant": {
            "type": "object", "required": ["$date"], "additionalProperties": false,
            "properties": { "$date": {
                "type": "object", "required": ["$numberLong"], "additionalProperties": false,
                "properties": { "$numberLong": { "type": "string", "pattern": "^-?[0-9]+$" } },
            } },
        },
        "whole": {
            "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
            "properties": {
                "$numberInt": { "type": "string", "pattern": "^-?[0-9]+$" },
                "$numberLong": { "type": "string", "pattern": "^-?[0-9]+$" },
                "$numberDouble": { "type": "string", "pattern": "^-?[0-9]+(\\.0)?$" },
            },
        },
    });
    for source in RECORD_SOURCES {
        definitions[source.as_str()] = register(shapes(source));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("The registers of backproof, {VERSION}, as canonical extended JSON: one definition a collection"),
        "$comment": "Members that are not named here may stand: they are not read, and an export leaves them where they are.",
        "$defs": definitions,
    })
}

#[test]
fn the_published_schema_is_that_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    let published = fs::read_to_string(root.join(PUBLISHED)).unwrap_or_default();
    if published != expected {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("collections.schema.json");
        fs::write(&written, expected).unwrap();
        panic!(
            "{PUBLISHED} is not what the table says: look at {} and put it there",
            written.display()
        );
    }
}
