//! Rows as they are written, and as each family of services sends them.

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

use crate::world::instant;

/// Whose protocol it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Instants are epoch seconds.
    Aws,
    /// Instants are RFC 3339 texts.
    Atlas,
    /// Canonical extended JSON.
    Records,
}

impl Family {
    /// By the beginning of the operation.
    pub(crate) fn of(operation: &str) -> Self {
        match operation.split_once(':') {
            Some(("atlas", _)) => Self::Atlas,
            Some(("mongodb", _)) => Self::Records,
            _ => Self::Aws,
        }
    }

    /// The body of a row as it is sent.
    pub(crate) fn sent(self, body: &Map<String, Value>) -> Result<Value, String> {
        let mut body = body.clone();
        if let Some(event) = body.remove("CloudTrailEvent") {
            let event = trail_event(event, &body)?;
            body.insert("CloudTrailEvent".to_owned(), event);
        }
        self.value(&Value::Object(body))
    }

    fn value(self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) if text.starts_with('@') => {
                let at = instant(text)?;
                match self {
                    Self::Aws if at.timestamp_subsec_millis() == 0 => json!(at.timestamp()),
                    Self::Aws => return Err(format!("{text}: whole seconds only")),
                    Self::Atlas => json!(&text[1..]),
                    Self::Records => json!({ "$date": { "$numberLong": at.timestamp_millis().to_string() } }),
                }
            }
            Value::Number(number) if self == Self::Records => json!({ "$numberInt": number.to_string() }),
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(members) => {
                let sent = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.value(value)?)));
                Value::Object(sent.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }
}

/// The event inside of a row of CloudTrail, as the text that it is sent as. What the row itself says is not written
/// twice.
fn trail_event(event: Value, row: &Map<String, Value>) -> Result<Value, String> {
    let Value::Object(written) = event else {
        // A text is sent as it stands: the event that can't be read.
        return Ok(event);
    };
    let repeated = [
        ("eventID", "EventId"),
        ("eventTime", "EventTime"),
        ("eventSource", "EventSource"),
        ("eventName", "EventName"),
    ];
    let mut event: Map<String, Value> = repeated
        .iter()
        .filter_map(|(inner, outer)| Some(((*inner).to_owned(), row.get(*outer)?.clone())))
        .collect();
    event.extend(written);
    Ok(Value::String(
        Family::Atlas.value(&Value::Object(event))?.to_string(),
    ))
}

/// `body` with a date in each place that has `name` in braces: `{day}`, or `{day+35}` for 35 days later.
pub(crate) fn dated(body: &Map<String, Value>, name: &str, date: NaiveDate) -> Map<String, Value> {
    let filled = body
        .iter()
        .map(|(member, value)| (member.clone(), filled(value, name, date)));
    filled.collect()
}

fn filled(value: &Value, name: &str, date: NaiveDate) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, name, date)),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, name, date)).collect()),
        Value::Object(members) => Value::Object(dated(members, name, date)),
        other => other.clone(),
    }
}

/// `text` with a date in each place that has `name` in braces.
pub(crate) fn fill(text: &str, name: &str, day: NaiveDate) -> String {
    let opening = format!("{{{name}");
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once(&opening) {
        let (offset, after) = after.split_once('}').expect("an open brace is closed");
        let offset: i64 = if offset.is_empty() {
            0
        } else {
            offset.parse().expect("a number of days")
        };
        filled.push_str(before);
        filled.push_str(&(day + TimeDelta::days(offset)).to_string());
        rest = after;
    }
    filled + rest
}

/// The member at a dotted path.
pub(crate) fn member<'a>(body: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = body.get(parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}
