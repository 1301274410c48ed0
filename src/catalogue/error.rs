//! What can be wrong with a catalogue. Each message names the file and the entry.

use std::fmt;

/// The known name that lies nearest to an unknown one, if any is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest(Option<String>);

impl Nearest {
    /// Below this similarity (Jaro-Winkler, in thousandths) a suggestion would only mislead.
    const LEAST_SIMILARITY: u32 = 780;

    /// Looks for the nearest of `known` to `name`.
    pub(super) fn of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        // Thousandths, so that the order is total and the same everywhere.
        let similarity = |candidate: &str| (strsim::jaro_winkler(name, candidate) * 1000.0) as u32;
        let best = known
            .into_iter()
            .map(|candidate| (similarity(candidate), candidate))
            .filter(|(score, _)| *score >= Self::LEAST_SIMILARITY)
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        Self(best.map(|(_, candidate)| candidate.to_owned()))
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// A defect of a catalogue. `place` is an entry, for instance `test CT-05`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The file is longer than a catalogue can sensibly be.
    #[error("{file}: {bytes} bytes, at most {max} are read")]
    TooLong {
        /// The file.
        file: String,
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The text is not TOML.
    #[error("{file}: line {line}: not valid TOML: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A table that catalogues do not have.
    #[error("{file}: unknown table `{table}`{nearest}")]
    UnknownTable {
        /// The file.
        file: String,
        /// The name found.
        table: String,
        /// A suggestion.
        nearest: Nearest,
    },
    /// A key that entries of this kind do not have.
    #[error("{file}: {place}: unknown key `{key}`{nearest}")]
    UnknownKey {
        /// The file.
        file: String,
        /// The entry.
        place: String,
        /// The key found.
        key: String,
        /// A suggestion.
        nearest: Nearest,
    },
    /// A value is missing, empty, of the wrong type or form, or contradicts another of the entry.
    #[error("{file}: {place}: {reason}")]
    Entry {
        /// The file.
        file: String,
        /// The entry.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Two entries of one kind with the same id.
    #[error("{file}: {place} stands in the catalogue already, in {first}")]
    Duplicate {
        /// The file of the second.
        file: String,
        /// The entry.
        place: String,
        /// The file of the first.
        first: String,
    },
    /// The `[catalogue]` table stands in no file.
    #[error("no file has the table `[catalogue]`")]
    NoHead,
    /// No statement is tried by the test of the evidence itself.
    #[error("no statement names the test CT-01: whether the evidence is complete has to count somewhere")]
    NoGate,
    /// An entry names another that does not exist.
    #[error("{file}: {place} names the unknown {kind} `{name}`{nearest}")]
    Dangling {
        /// The file.
        file: String,
        /// The entry.
        place: String,
        /// What kind of entry it names.
        kind: &'static str,
        /// The name found.
        name: String,
        /// A suggestion.
        nearest: Nearest,
    },
    /// An entry names the same other entry twice.
    #[error("{file}: {place} names {other} twice")]
    NamedTwice {
        /// The file.
        file: String,
        /// The entry.
        place: String,
        /// The entry named.
        other: String,
    },
    /// A test names a statement that does not name it back, or the reverse.
    #[error("{file}: {place} names {other}, but {other} ({other_file}) does not name it back")]
    OneSided {
        /// The file.
        file: String,
        /// The entry.
        place: String,
        /// The entry named.
        other: String,
        /// The file of the entry named.
        other_file: String,
    },
}
