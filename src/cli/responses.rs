//! The file of management's responses to exceptions (`docs/spec/responses.md`).

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use super::config::Config;
use crate::model::ids::TestId;
use crate::model::response::{AnsweredTwice, Response, Responses};

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResponsesError {
    /// It can't be read.
    #[error("can't read the responses {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the TOML that is expected.
    #[error("{path}: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// Two responses are about one exception.
    #[error("{path}: {source}")]
    Twice {
        /// The file.
        path: PathBuf,
        /// Which.
        source: AnsweredTwice,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    response: Vec<WireResponse>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireResponse {
    test: String,
    item: String,
    response: String,
    owner: String,
    due: toml::value::Datetime,
    ticket: Option<String>,
    by: String,
    on: toml::value::Datetime,
}

/// Reads the responses that `config` names; none where it names none.
pub(super) fn read(config: &Config) -> Result<Responses, ResponsesError> {
    let Some(path) = &config.responses else {
        return Ok(Responses::default());
    };
    let text = std::fs::read_to_string(path).map_err(|source| ResponsesError::Read {
        path: path.clone(),
        source,
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Responses, ResponsesError> {
    let shape = |reason: String| ResponsesError::Shape {
        path: path.to_owned(),
        reason,
    };
    let wire: Wire = toml::from_str(text).map_err(|error| {
        let before = error
            .span()
            .map_or("", |span| &text[..span.start.min(text.len())]);
        let line = before.matches('\n').count() + 1;
        shape(format!(
            "line {line}: {}",
            super::config::with_nearest(error.message())
        ))
    })?;
    let mut responses = Vec::new();
    for (number, wire) in (1..).zip(wire.response) {
        let place = format!("response {number} ({} {})", wire.test, wire.item);
        responses.push(
            wire.checked()
                .map_err(|reason| shape(format!("{place}: {reason}")))?,
        );
    }
    Responses::of(responses).map_err(|source| ResponsesError::Twice {
        path: path.to_owned(),
        source,
    })
}

impl WireResponse {
    fn checked(self) -> Result<(TestId, String, Response), String> {
        let day = |key: &str, value: toml::value::Datetime| -> Result<NaiveDate, String> {
            let text = value.to_string();
            text.parse()
                .map_err(|_| format!("{key} is {text}: write a day, 2026-10-31, without quotes"))
        };
        let texts = [
            ("item", &self.item),
            ("response", &self.response),
            ("owner", &self.owner),
            ("by", &self.by),
        ];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("{key} is empty"));
        }
        let test = self.test.parse::<TestId>().map_err(|error| error.to_string())?;
        let response = Response {
            text: self.response,
            owner: self.owner,
            due: day("due", self.due)?,
            ticket: self.ticket,
            by: self.by,
            on: day("on", self.on)?,
        };
        Ok((test, self.item, response))
    }
}
