//! Pieces that the ledger's entries and the recordings write in the same way: values as text, the outcome of a pull.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::acquisition::PullOutcome;
use crate::model::time::{Instant, Interval, show};

/// A value that is written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map(Text)
            .map_err(D::Error::custom)
    }
}

/// An instant, RFC 3339 in UTC with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) Instant);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show(self.0))
    }
}

impl FromStr for Stamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let strict = text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') && text.len() <= 30;
        let parsed = strict
            .then(|| chrono::DateTime::parse_from_rfc3339(text).ok())
            .flatten();
        parsed.map(|at| Self(at.to_utc())).ok_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            format!("{shown:?} is not an instant (RFC 3339 in UTC, for instance 2026-07-01T05:00:00Z)")
        })
    }
}

/// The window of a pull, `since` inside and `until` not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    since: Text<Stamp>,
    until: Text<Stamp>,
}

impl Window {
    pub(crate) fn of(interval: &Interval) -> Self {
        Self {
            since: Text(Stamp(interval.start())),
            until: Text(Stamp(interval.end())),
        }
    }

    /// `None` when it is empty.
    pub(crate) fn interval(&self) -> Option<Interval> {
        Interval::new(self.since.0.0, self.until.0.0)
    }
}

/// A window that must be written, be it as `null`.
pub(crate) fn window<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    let window = Option::<Window>::deserialize(from)?;
    window
        .map(|w| {
            w.interval()
                .ok_or_else(|| D::Error::custom("the window is empty: until must be after since"))
        })
        .transpose()
}

/// `"complete"` or `{"failed":{"code":…,"message":…}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Outcome {
    /// The collector reached what it took for the last page.
    Complete,
    /// The pull ended early.
    Failed { code: String, message: String },
}

impl From<&PullOutcome> for Outcome {
    fn from(outcome: &PullOutcome) -> Self {
        match outcome.clone() {
            PullOutcome::Complete => Self::Complete,
            PullOutcome::Failed { code, message } => Self::Failed { code, message },
        }
    }
}

impl From<Outcome> for PullOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Failed { code, message } => Self::Failed { code, message },
        }
    }
}

/// Names and values of a request, each name once.
pub(crate) fn parameters<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of text members")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(A::Error::custom(format!(
                        "the parameter name {name:?} is not printable ASCII"
                    )));
                }
                if all.contains_key(&name) {
                    return Err(A::Error::custom(format!("the parameter {name:?} stands twice")));
                }
                all.insert(name, value);
            }
            Ok(all)
        }
    }

    from.deserialize_map(EachOnce)
}
