//! What a live source asks of a service, before the service has said anything: the same for every service.

use std::collections::BTreeMap;

use crate::model::ids::{AcquisitionId, Sha256Digest};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Interval, show};

/// Longest part of an id.
const PART_CHARS_MAX: usize = 150;

/// What is asked of a service.
#[derive(Debug, Clone)]
pub(in crate::collect) struct Question {
    /// The source that the answer is of.
    pub(in crate::collect) source: Source,
    /// The call, for instance `backup:ListBackupJobs`.
    pub(in crate::collect) operation: &'static str,
    /// The end of the pull's id, where a place takes several pulls of a source.
    pub(in crate::collect) part: Option<String>,
    /// The parameters of the first request.
    pub(in crate::collect) parameters: BTreeMap<String, String>,
    /// The window of creation times.
    pub(in crate::collect) window: Option<Interval>,
    /// The parameter that carries the token of the next page.
    pub(in crate::collect) carrier: &'static str,
}

impl Question {
    pub(in crate::collect) fn new(source: Source, operation: &'static str) -> Self {
        Self {
            source,
            operation,
            part: None,
            parameters: BTreeMap::new(),
            window: None,
            carrier: "NextToken",
        }
    }

    pub(in crate::collect) fn part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }

    pub(in crate::collect) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.parameters.insert(name.to_owned(), value.to_string());
        self
    }

    pub(in crate::collect) fn carried_as(mut self, carrier: &'static str) -> Self {
        self.carrier = carrier;
        self
    }

    /// Asks for `window`, by the names of its bounds.
    pub(in crate::collect) fn between(mut self, since: &str, until: &str, window: Interval) -> Self {
        self.window = Some(window);
        self.with(since, show(window.start()))
            .with(until, show(window.end()))
    }
}

/// The id of a pull: the run, the place, and the part where there are several.
pub(in crate::collect) fn id(run: &str, key: &SourceKey, part: Option<&str>) -> AcquisitionId {
    let part = part.map_or_else(String::new, |part| format!("/{}", readable(part)));
    let id = format!("{run}/{}/{}/{}{part}", key.source, key.account, key.region);
    id.parse().expect("invariant: short readable text without spaces")
}

/// Names of vaults, plans and keys as parts of an id: what is no plain letter, digit or sign is escaped, as in addresses.
/// What would be too long for an id stands there by its digest.
fn readable(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    let escaped: String = name
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    if escaped.len() <= PART_CHARS_MAX {
        escaped
    } else {
        Sha256Digest::of(name.as_bytes()).to_hex()
    }
}
