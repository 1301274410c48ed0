//! A reply of the server as canonical extended JSON (MongoDB Extended JSON v2), member by member in the order in which it
//! came: a member that stands twice stands twice here, for whoever reads it to refuse.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use mongodb::bson::{RawArray, RawBsonRef, RawDocument};
use serde_json::json;

use crate::collect::failure::{BROKEN, Failure};

/// The reply as text.
pub(super) fn canonical(reply: &RawDocument) -> Result<Vec<u8>, Failure> {
    let mut out = String::new();
    document(reply, &mut out)
        .map_err(|error| Failure::new(BROKEN, format!("the reply can't be read: {error}")))?;
    Ok(out.into_bytes())
}

/// Why a reply can't be written down.
type Unreadable = Box<dyn std::error::Error>;

fn document(document: &RawDocument, out: &mut String) -> Result<(), Unreadable> {
    out.push('{');
    for (n, member) in document.iter().enumerate() {
        let (name, value) = member?;
        if n > 0 {
            out.push(',');
        }
        write!(out, "{}:", json!(name.as_str()))?;
        scalar_or_more(value, out)?;
    }
    out.push('}');
    Ok(())
}

fn array(array: &RawArray, out: &mut String) -> Result<(), Unreadable> {
    out.push('[');
    for (n, item) in array.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        scalar_or_more(item?, out)?;
    }
    out.push(']');
    Ok(())
}

fn scalar_or_more(value: RawBsonRef<'_>, out: &mut String) -> Result<(), Unreadable> {
    let text = match value {
        RawBsonRef::Document(inner) => return document(inner, out),
        RawBsonRef::Array(inner) => return array(inner, out),
        RawBsonRef::Int32(number) => json!({ "$numberInt": number.to_string() }).to_string(),
        RawBsonRef::Int64(number) => json!({ "$numberLong": number.to_string() }).to_string(),
        RawBsonRef::Double(number) => json!({ "$numberDouble": double(number) }).to_string(),
        RawBsonRef::DateTime(at) => {
            json!({ "$date": { "$numberLong": at.timestamp_millis().to_string() } }).to_string()
        }
        RawBsonRef::Binary(binary) => {
            let (bytes, kind) = (Base64::encode_string(binary.bytes), u8::from(binary.subtype));
            json!({ "$binary": { "base64": bytes, "subType": format!("{kind:02x}") } }).to_string()
        }
        other => serde_json::to_string(&other)?,
    };
    out.push_str(&text);
    Ok(())
}

fn double(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        format!("{number:?}")
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::spec::BinarySubtype;
    use mongodb::bson::{Binary, DateTime, RawDocumentBuf, Regex, Timestamp, doc};

    use super::canonical;

    #[test]
    fn a_reply_is_written_in_canonical_form() {
        let reply = doc! {
            "ok": 1.0, "n": 3, "long": 4_294_967_296_i64, "text": "a\"b\u{e9}", "truth": true, "none": mongodb::bson::Bson::Null,
            "at": DateTime::from_millis(-62_135_596_800_000), "id": ObjectId::parse_str("64b7f0c2a9d1e35c8a4f2b10").expect("an id"),
            "list": [1, [2.5, { "in": f64::INFINITY }]], "stamp": Timestamp { time: 5, increment: 6 },
            "bytes": Binary { subtype: BinarySubtype::Generic, bytes: vec![1, 2, 3] },
            "pattern": Regex { pattern: "^a".try_into().expect("a pattern"), options: "i".try_into().expect("options") },
            "decimal": mongodb::bson::Decimal128::from_bytes([0; 16]),
        };
        let raw = RawDocumentBuf::try_from(&reply).expect("a document");
        let written = String::from_utf8(canonical(&raw).expect("readable")).expect("text");
        let expected = concat!(
            r#"{"ok":{"$numberDouble":"1.0"},"n":{"$numberInt":"3"},"long":{"$numberLong":"4294967296"},"text":"a\"bé","#,
            r#""truth":true,"none":null,"at":{"$date":{"$numberLong":"-62135596800000"}},"#,
            r#""id":{"$oid":"64b7f0c2a9d1e35c8a4f2b10"},"list":[{"$numberInt":"1"},[{"$numberDouble":"2.5"},"#,
            r#"{"in":{"$numberDouble":"Infinity"}}]],"stamp":{"$timestamp":{"t":5,"i":6}},"#,
            r#""bytes":{"$binary":{"base64":"AQID","subType":"00"}},"#,
            r#""pattern":{"$regularExpression":{"pattern":"^a","options":"i"}},"decimal":{"$numberDecimal":"0E-6176"}}"#
        );
        assert_eq!(written, expected);
    }

    #[test]
    fn a_member_that_stands_twice_stands_twice() {
        let raw = [
            20, 0, 0, 0, 0x10, b'a', 0, 1, 0, 0, 0, 0x10, b'a', 0, 2, 0, 0, 0, 0,
        ];
        let mut raw = raw.to_vec();
        raw[0] = u8::try_from(raw.len()).expect("short");
        let raw = RawDocumentBuf::from_bytes(raw).expect("a document");
        let written = String::from_utf8(canonical(&raw).expect("readable")).expect("text");
        assert_eq!(written, r#"{"a":{"$numberInt":"1"},"a":{"$numberInt":"2"}}"#);
    }
}
