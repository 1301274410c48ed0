//! What a person or a script sees. Colour and progress only on a terminal; data on stdout, words on stderr.

use std::io::{IsTerminal as _, Write};

use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::{clock, hint};
use crate::model::time::show;

/// How words, errors and events are told on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Log {
    /// Lines for people.
    #[default]
    Text,
    /// A line of JSON each (docs/spec/scheduled.md).
    Json,
}

/// Colours, used with a word beside them, never alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    Bad,
    Unclear,
    Good,
    Quiet,
    Strong,
}

/// Both streams.
pub struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    colour: bool,
    progress: bool,
    log: Log,
}

impl Terminal {
    /// The process's own streams.
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR is asked for at the edge (no-color.org)"
    )]
    pub fn of_process() -> Self {
        let plain = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
        Self {
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            colour: !plain && std::io::stdout().is_terminal(),
            progress: std::io::stderr().is_terminal(),
            log: Log::Text,
        }
    }

    /// Tells words, errors and events so from now on. Progress is for people.
    pub(super) fn log_as(&mut self, log: Log) {
        self.progress &= log == Log::Text;
        self.log = log;
    }

    /// A line of data. A reader who went away is no error.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.out, "{}", text.as_ref());
    }

    /// Bytes of data.
    pub(super) fn data(&mut self, bytes: &[u8]) {
        let _ = self.out.write_all(bytes);
    }

    /// A line for the person beside the data.
    pub(super) fn note(&mut self, text: impl AsRef<str>) {
        self.event("note", json!({}), text);
    }

    /// Something that happened: its name and members for programs, `text` for people.
    pub(super) fn event(&mut self, name: &str, members: Value, text: impl AsRef<str>) {
        self.clear_progress();
        let text = text.as_ref();
        let line = match self.log {
            Log::Text => text.to_owned(),
            Log::Json => {
                let mut line = Map::new();
                line.insert("at".to_owned(), json!(show(clock::running()())));
                line.insert("event".to_owned(), json!(name));
                line.insert("message".to_owned(), json!(plain(text)));
                if let Value::Object(members) = members {
                    line.extend(members);
                }
                Value::Object(line).to_string()
            }
        };
        let _ = writeln!(self.err, "{line}");
    }

    /// What goes on right now: one line that the next one replaces; nothing when nobody watches.
    pub(super) fn progress(&mut self, text: impl AsRef<str>) {
        if self.progress {
            let _ = write!(self.err, "\r\x1b[2K{}", text.as_ref());
            let _ = self.err.flush();
        }
    }

    /// Takes the progress line away.
    pub(super) fn clear_progress(&mut self) {
        if self.progress {
            let _ = write!(self.err, "\r\x1b[2K");
        }
    }

    /// `text` in colour, on a terminal.
    pub(super) fn tone(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Bad => "31;1",
            Tone::Unclear => "33;1",
            Tone::Good => "32",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// An error: what, why, and what to do.
    pub(super) fn error(&mut self, error: &anyhow::Error) {
        self.clear_progress();
        let mut text = format!("error: {error}");
        let mut said = error.to_string();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            // Many errors already show their source.
            if !said.contains(&cause) {
                text.push_str(&format!("\n  because: {cause}"));
                said.push_str(&cause);
            }
        }
        if let Some(hint) = hint::of(error) {
            text.push_str(&format!("\n  hint: {hint}"));
        }
        self.event("error", json!({}), text);
    }

    /// Wrong usage, or a request for help.
    pub(super) fn usage(&mut self, error: &clap::Error) -> Exit {
        if error.use_stderr() {
            let _ = write!(self.err, "{error}");
            Exit::Usage
        } else {
            let _ = write!(self.out, "{error}");
            Exit::Done
        }
    }
}

/// `text` without the escapes that colour it.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}
