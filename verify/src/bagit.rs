//! The BagIt tag files that say what the bag is (RFC 8493 2.1.1 and 2.2.2): `bagit.txt` and `bag-info.txt`.
//!
//! `bag-info.txt` has exactly six fields, in this order:
//! ```text
//! Bag-Software-Agent: backproof 0.1.0
//! External-Identifier: luma-2026-q3
//! Payload-Oxum: 4711.3
//! Backproof-Compressor: deflate level 6 by zlib-rs
//! Backproof-Packing: 5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456
//! ```
//! Invariant: `encode(parse(bytes)) == bytes`.

use crate::digest::Sha256Digest;

/// The whole of `bagit.txt`.
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// The fields of `bag-info.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagInfo {
    /// Name and version of the tool that wrote the bundle.
    pub software_agent: String,
    /// The bundle's id.
    pub external_identifier: String,
    /// The sum of the payload files' sizes, in bytes.
    pub payload_bytes: u64,
    /// The number of payload files.
    pub payload_files: u64,
    /// What packed the payload: another compressor gives other bytes for the same content.
    pub compressor: String,
    /// The digest of the packing list (see [`crate::packing`]).
    pub packing: Sha256Digest,
    /// 32 bytes that nobody can guess. `SHA256SUMS` digests this file, so its own digest, which a redacted bundle shows,
    /// confirms no guess at what is withheld.
    pub blinding: Sha256Digest,
}

/// `bag-info.txt` is not in its one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BagInfoError {
    /// Not text, a line more or less, or a last line without line feed.
    #[error("bag-info.txt does not have exactly six lines of ASCII text")]
    Lines,
    /// A field is not the one that belongs there, or its value is not printable.
    #[error("bag-info.txt line {line} is not \"{field}: \" and a printable value")]
    Field {
        /// The line, counted from 1.
        line: usize,
        /// The field that belongs there.
        field: &'static str,
    },
}

const FIELDS: [&str; 6] = [
    "Bag-Software-Agent",
    "External-Identifier",
    "Payload-Oxum",
    "Backproof-Compressor",
    "Backproof-Packing",
    "Backproof-Blinding",
];

impl BagInfo {
    /// The bytes of `bag-info.txt`.
    pub fn encode(&self) -> Vec<u8> {
        let oxum = format!("{}.{}", self.payload_bytes, self.payload_files);
        let (packing, blinding) = (self.packing.to_hex(), self.blinding.to_hex());
        let values = [
            &self.software_agent,
            &self.external_identifier,
            &oxum,
            &self.compressor,
            &packing,
            &blinding,
        ];
        let lines = FIELDS
            .iter()
            .zip(values)
            .map(|(field, value)| format!("{field}: {value}\n"));
        lines.collect::<String>().into_bytes()
    }

    /// Reads `bag-info.txt`.
    ///
    /// # Errors
    /// Any deviation from the six fields in their order.
    pub fn parse(bytes: &[u8]) -> Result<Self, BagInfoError> {
        let text = std::str::from_utf8(bytes).map_err(|_| BagInfoError::Lines)?;
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .ok_or(BagInfoError::Lines)?
            .split('\n')
            .collect();
        if lines.len() != FIELDS.len() {
            return Err(BagInfoError::Lines);
        }
        let bad = |position: usize| BagInfoError::Field {
            line: position + 1,
            field: FIELDS[position],
        };
        let value = |position: usize| {
            let value = lines[position]
                .strip_prefix(FIELDS[position])
                .and_then(|rest| rest.strip_prefix(": "));
            value.filter(|value| is_value(value)).ok_or(bad(position))
        };
        let oxum = value(2)?;
        let (octets, files) = oxum.split_once('.').ok_or(bad(2))?;
        let info = Self {
            software_agent: value(0)?.to_owned(),
            external_identifier: value(1)?.to_owned(),
            payload_bytes: octets.parse().map_err(|_| bad(2))?,
            payload_files: files.parse().map_err(|_| bad(2))?,
            compressor: value(3)?.to_owned(),
            packing: value(4)?.parse().map_err(|_| bad(4))?,
            blinding: value(5)?.parse().map_err(|_| bad(5))?,
        };
        // Numbers have one more way to deviate: leading zeros and plus signs.
        if info.encode() != bytes {
            return Err(bad(2));
        }
        Ok(info)
    }
}

fn is_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_parses() {
        let info = BagInfo {
            software_agent: "backproof 0.1.0".to_owned(),
            external_identifier: "luma-2026-q3".to_owned(),
            payload_bytes: 4711,
            payload_files: 3,
            compressor: "deflate level 6 by zlib-rs".to_owned(),
            packing: Sha256Digest::of(b""),
            blinding: Sha256Digest::of(b"0"),
        };
        let good = String::from_utf8(info.encode()).unwrap();
        assert_eq!(BagInfo::parse(good.as_bytes()), Ok(info));
        for (from, to, line) in [
            ("Bag-Software", "bag-software", 1),
            (": backproof", ":backproof", 1),
            ("0.1.0", "0.1.0 ", 1),
            ("luma-2026-q3", "", 2),
            ("4711.3", "04711.3", 3),
            ("4711.3", "4711.+3", 3),
            ("4711.3", "4711", 3),
            ("Packing: e", "Packing: E", 5),
            ("Blinding: 5", "Blinding: ", 6),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            match BagInfo::parse(bad.as_bytes()) {
                Err(BagInfoError::Field { line: found, .. }) => assert_eq!(found, line, "{bad:?}"),
                other => panic!("{bad:?}: {other:?}"),
            }
        }
        for bad in [
            good.trim_end().to_owned(),
            format!("{good}\n"),
            format!("{good}X: y\n"),
        ] {
            assert_eq!(BagInfo::parse(bad.as_bytes()), Err(BagInfoError::Lines));
        }
    }
}
