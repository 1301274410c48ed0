//! Canonical JSON (RFC 8785), for the subset that backproof writes: objects, arrays, strings, booleans, null, and
//! integers of at most 2^53 - 1 in magnitude.
//!
//! Invariant: `encode(parse(bytes)) == bytes`. A text has one encoding, so a digest over it has one meaning. White
//! space, repeated names, another order of names, other escapes, floats and trailing bytes are all refused by that
//! one comparison.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// The largest integer that every JSON reader holds exactly (RFC 7493 2.2).
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Why a text is not canonical JSON, or a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The text is not JSON at all.
    #[error("not JSON: {0}")]
    Syntax(serde_json::Error),
    /// The text is JSON, but its canonical form differs.
    #[error("not canonical JSON: the canonical form differs from byte {offset}")]
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
    },
    /// A number is a float or too large to be held exactly everywhere.
    #[error("number {0} is not an integer within 2^53 - 1")]
    Number(Number),
    /// The JSON does not have the fields, or the types, that the schema asks for.
    #[error("not of the expected shape: {0}")]
    Shape(serde_json::Error),
}

/// The canonical bytes of `value`.
///
/// # Errors
/// `Number` for a float or an integer beyond [`INTEGER_MAX`]; `Shape` for a map with keys that are not strings.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(CanonicalError::Shape)?;
    let mut text = String::new();
    write_value(&value, &mut text)?;
    Ok(text.into_bytes())
}

/// Reads canonical JSON into `T`; `T` must deny unknown fields for the whole to be strict.
///
/// # Errors
/// Every way in which `bytes` is not the canonical encoding of a `T`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes).map_err(CanonicalError::Syntax)?;
    let canonical = encode(&value)?;
    if canonical != bytes {
        let same = canonical.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        return Err(CanonicalError::NotCanonical { offset: same });
    }
    serde_json::from_value(value).map_err(CanonicalError::Shape)
}

fn write_value(value: &Value, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_integer(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => write_object(map, out)?,
    }
    Ok(())
}

/// RFC 8785 3.2.3: names are sorted by their UTF-16 code units, which is not the order of their UTF-8 bytes.
fn write_object(map: &Map<String, Value>, out: &mut String) -> Result<(), CanonicalError> {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (position, (name, value)) in fields.into_iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_string(name, out);
        out.push(':');
        write_value(value, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_integer(number: &Number, out: &mut String) -> Result<(), CanonicalError> {
    let magnitude = match (number.as_u64(), number.as_i64()) {
        (Some(positive), _) => positive,
        (None, Some(negative)) => negative.unsigned_abs(),
        (None, None) => return Err(CanonicalError::Number(number.clone())),
    };
    if magnitude > INTEGER_MAX {
        return Err(CanonicalError::Number(number.clone()));
    }
    out.push_str(&number.to_string());
    Ok(())
}

/// RFC 8785 3.2.2.2: only the quote, the backslash and the control characters are escaped, the latter by their short
/// form where there is one.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<(), &str>) {
        let found = parse::<Value>(text.as_bytes()).map_err(|error| error.to_string());
        match (found, expected) {
            (Ok(value), Ok(())) => assert_eq!(encode(&value).unwrap(), text.as_bytes()),
            (Err(message), Err(part)) => assert!(message.contains(part), "{text:?}: {message}"),
            (found, _) => panic!("{text:?}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn only_the_one_encoding_parses() {
        for good in [
            "{}",
            "[]",
            "null",
            "[true,false,-1,0,9007199254740991]",
            "{\"a\":\"\u{7f}é\",\"b\":{\"\":[]}}",
            "\"\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\"",
            // RFC 8785 3.2.3: U+1F600 (units D83D DE00) sorts before U+FB33, though its UTF-8 bytes sort after.
            "{\"\u{20ac}\":1,\"\u{1f600}\":2,\"\u{fb33}\":3}",
        ] {
            check(good, Ok(()));
        }
        for (bad, part) in [
            ("{ }", "from byte 1"),
            ("{}\n", "from byte 2"),
            ("{\"b\":1,\"a\":2}", "from byte 2"),
            ("{\"a\":1,\"a\":2}", "not canonical"),
            ("{\"a\":1,\"a\":1}", "not canonical"),
            ("1.0", "number 1.0"),
            ("1e2", "number 100.0"),
            ("-0", "number -0.0"),
            ("01", "not JSON"),
            ("9007199254740992", "within 2^53"),
            ("-9007199254740992", "within 2^53"),
            ("\"\\u0041\"", "not canonical"),
            ("\"\\/\"", "not canonical"),
            ("\"\\u001F\"", "not canonical"),
            ("\"\\ud800\"", "not JSON"),
            ("{}{}", "not JSON"),
            ("", "not JSON"),
            ("\u{feff}{}", "not JSON"),
        ] {
            check(bad, Err(part));
        }
        assert!(parse::<Value>(&[b'"', 0xff, b'"']).is_err());
    }

    #[test]
    fn depth_is_limited() {
        assert!(parse::<Value>("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn strings_round_trip(text in any::<String>(), number in -(INTEGER_MAX as i64)..=(INTEGER_MAX as i64)) {
            let value = serde_json::json!({ text.as_str(): [text, number] });
            let bytes = encode(&value).unwrap();
            prop_assert_eq!(parse::<Value>(&bytes).unwrap(), value);
        }
    }
}
