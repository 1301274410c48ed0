//! IAM's query protocol: a value as the XML that the service writes it in.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The members of an object as elements; an array's items are elements `member`, and documents are percent-encoded JSON.
pub(crate) fn members(object: &Value) -> String {
    let members = object.as_object().unwrap().iter();
    members.map(|(name, value)| element(name, value)).collect()
}

fn element(name: &str, value: &Value) -> String {
    let within = match value {
        document if name.ends_with("Document") => {
            utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
        }
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::Object(_) => members(value),
        Value::String(text) => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;"),
        plain => plain.to_string(),
    };
    format!("<{name}>{within}</{name}>")
}
