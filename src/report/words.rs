//! The report's wording: passages of `templates/report/*.tera`.
//!
//! A template file holds passages, each below a line `== name`. Invariant: tera only puts words and numbers into a
//! passage; no passage contains logic, so nothing is decided outside of Rust.

use std::fmt::Display;

use thiserror::Error;

use super::layout::text::{Span, Style};
use super::layout::theme;
use crate::report::canvas::Face;

/// The wording could not be used.
#[derive(Debug, Error)]
pub enum WordingError {
    /// A template does not parse.
    #[error("the report's wording does not parse: {0}")]
    Parse(#[source] tera::Error),
    /// A passage is missing or asks for a word that it was not given.
    #[error("passage {passage:?} of the report's wording can't be filled in")]
    Passage {
        /// `<file>/<name>`.
        passage: String,
        /// What tera said.
        #[source]
        source: tera::Error,
    },
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/report/", $name, ".tera")))),*]
    };
}

/// Every template file by its name.
const FILES: [(&str, &str); 20] = files![
    "cover",
    "contents",
    "conclusion",
    "assertion",
    "scope",
    "criteria",
    "evidence",
    "matrix",
    "tests",
    "exceptions",
    "indeterminate",
    "observations",
    "limitations",
    "register",
    "calendar",
    "restores",
    "exercises",
    "deletions",
    "citations",
    "verify",
];

/// The passages, parsed.
pub(crate) struct Words(tera::Tera);

impl Words {
    /// Parses every passage.
    pub(crate) fn new() -> Result<Self, WordingError> {
        let mut tera = tera::Tera::default();
        tera.autoescape_on(Vec::new());
        let passages: Vec<(String, String)> = FILES
            .iter()
            .flat_map(|(file, text)| passages(file, text))
            .collect();
        tera.add_raw_templates(passages).map_err(WordingError::Parse)?;
        Ok(Self(tera))
    }

    /// The passage `<file>/<name>` with `facts` put in.
    pub(crate) fn say(&self, passage: &str, facts: &[(&str, &dyn Display)]) -> Result<String, WordingError> {
        let mut context = tera::Context::new();
        for (name, value) in facts {
            context.insert(*name, &value.to_string());
        }
        self.0
            .render(passage, &context)
            .map_err(|source| WordingError::Passage {
                passage: passage.to_owned(),
                source,
            })
    }
}

/// Splits a file into its passages; lines are joined to one, blank lines kept as paragraph ends.
fn passages(file: &str, text: &str) -> Vec<(String, String)> {
    text.split("== ")
        .skip(1)
        .map(|part| {
            let (name, body) = part.split_once('\n').unwrap_or((part, ""));
            let paragraphs: Vec<String> = body
                .trim()
                .split("\n\n")
                .map(|p| p.lines().collect::<Vec<_>>().join(" "))
                .collect();
            (format!("{file}/{}", name.trim()), paragraphs.join("\n\n"))
        })
        .collect()
}

/// Turns `**strong**` and `` `identifier` `` into spans of `style`'s size and colour.
pub(crate) fn spans(text: &str, style: Style) -> Vec<Span> {
    let mut spans = Vec::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            let mono = Style {
                face: Face::Mono,
                size: style.size * 0.89,
                ..style
            };
            spans.push(Span::new(part, mono));
            continue;
        }
        for (index, part) in part.split("**").enumerate() {
            if !part.is_empty() {
                let face = if index % 2 == 1 {
                    Face::SemiBold
                } else {
                    style.face
                };
                spans.push(Span::new(part, theme::style(face, style.size, style.ink)));
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tool presents evidence; it does not vouch, grade or certify. Not even in a negation.
    const FORBIDDEN: [&str; 12] = [
        "compliant",
        "in compliance with",
        "certified",
        "certifies",
        "guarantee",
        "ensure",
        "passed hipaa",
        "audit opinion",
        "reasonable assurance",
        "attest",
        "grade",
        "%",
    ];

    #[test]
    fn no_template_uses_a_forbidden_word_or_logic() {
        for (file, text) in FILES {
            let text = text.to_lowercase();
            for word in FORBIDDEN {
                // `{%` would be logic, which is just as unwelcome.
                assert!(!text.contains(word), "templates/report/{file}.tera says {word:?}");
            }
        }
    }

    #[test]
    fn passages_are_found_and_filled() {
        let words = Words::new().unwrap();
        assert!(words.say("cover/title", &[]).is_ok());
        assert!(matches!(
            words.say("cover/nothing", &[]),
            Err(WordingError::Passage { .. })
        ));
    }

    #[test]
    fn markup_becomes_spans() {
        let texts: Vec<String> = spans("a **b** `c-d` e", theme::BODY)
            .into_iter()
            .map(|s| s.text)
            .collect();
        assert_eq!(texts, ["a ", "b", " ", "c-d", " e"]);
    }
}
