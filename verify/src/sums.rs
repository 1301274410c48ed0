//! Digest lists as `sha256sum` and BagIt write them: `SHA256SUMS`, `manifest-sha256.txt`, `tagmanifest-sha256.txt`.
//!
//! ```text
//! 31f5…c2  bagit.txt
//! ```
//!
//! A line is 64 lower-case hexadecimal digits, two spaces, the path, a line feed. Invariant: lines are sorted bytewise
//! by path without repetition, so `encode(parse(bytes)) == bytes`.

use std::collections::BTreeMap;

use crate::digest::Sha256Digest;
use crate::layout;

/// Digests by path.
pub type Sums = BTreeMap<String, Sha256Digest>;

/// The list is not in its one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    /// Not text, or the last line has no line feed.
    #[error("the list is not ASCII text that ends with a line feed")]
    Text,
    /// A line is not a digest, two spaces and a path that a bundle may have.
    #[error("line {0} is not a SHA-256 digest, two spaces and a path of the bundle")]
    Line(usize),
    /// A path stands before or twice after the line that it should follow.
    #[error("line {0} is out of order or repeats a path")]
    Order(usize),
}

/// The bytes of a list.
pub fn encode(sums: &Sums) -> Vec<u8> {
    let mut text = String::new();
    for (path, digest) in sums {
        text.push_str(&format!("{digest}  {path}\n"));
    }
    text.into_bytes()
}

/// Reads a list; the empty list is empty bytes.
///
/// # Errors
/// Any deviation from the one form, with its line (counted from 1).
pub fn parse(bytes: &[u8]) -> Result<Sums, SumsError> {
    let mut sums = Sums::new();
    if bytes.is_empty() {
        return Ok(sums);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| SumsError::Text)?;
    let lines = text.strip_suffix('\n').ok_or(SumsError::Text)?;
    for (line, number) in lines.split('\n').zip(1..) {
        let (digest, path) = line.split_once("  ").ok_or(SumsError::Line(number))?;
        let digest = digest.parse().map_err(|_| SumsError::Line(number))?;
        if layout::tag_file(path).is_none() && !layout::is_payload_path(path) {
            return Err(SumsError::Line(number));
        }
        if sums
            .last_key_value()
            .is_some_and(|(last, _)| last.as_str() >= path)
        {
            return Err(SumsError::Order(number));
        }
        sums.insert(path.to_owned(), digest);
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_parses() {
        let d = Sha256Digest::of(b"");
        let good = format!("{d}  bagit.txt\n{d}  data/a\n");
        assert_eq!(encode(&parse(good.as_bytes()).unwrap()), good.as_bytes());
        assert_eq!(parse(b""), Ok(Sums::new()));
        for (bad, error) in [
            (format!("{d}  data/a"), SumsError::Text),
            (format!("{d}  data/a\n\n"), SumsError::Line(2)),
            (format!("{d} *data/a\n"), SumsError::Line(1)),
            (format!("{d}   data/a\n"), SumsError::Line(1)),
            (format!("{d}  data/a\r\n"), SumsError::Line(1)),
            (format!("{d}  ../a\n"), SumsError::Line(1)),
            (format!("\\{d}  data/a\n"), SumsError::Line(1)),
            (
                format!("{}  data/a\n", d.to_hex().to_uppercase()),
                SumsError::Line(1),
            ),
            (format!("{d}  data/b\n{d}  data/a\n"), SumsError::Order(2)),
            (format!("{d}  data/a\n{d}  data/a\n"), SumsError::Order(2)),
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(error), "{bad:?}");
        }
    }
}
