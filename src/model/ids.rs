//! Identifiers. Each is a type of its own, built only from text that has its form.

use std::fmt;
use std::str::FromStr;

pub use backproof_verify::digest::Sha256Digest;

/// The text does not have the form of the identifier that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a {kind} ({form})")]
pub struct BadId {
    kind: &'static str,
    form: &'static str,
    found: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $form:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId { kind: $kind, form: $form, found: text.chars().take(120).collect() })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Printable, without spaces at either end, at most 300 characters: what a service may use as a name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 300 && text.trim() == text && !text.chars().any(char::is_control)
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

text_id!(
    /// A test of the catalogue: `CT-01` … `CT-99`.
    TestId, "test id", "CT- and two digits, for instance CT-05",
    |text| text.strip_prefix("CT-").is_some_and(|n| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit()))
);
text_id!(
    /// A sentence of the policy, for instance `DM-6.2-1a`.
    StatementId, "statement id", "letters, digits, dots and hyphens with a hyphen inside, for instance DM-6.2-1a",
    |text| text.contains('-') && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
);
text_id!(
    /// A reference of a framework, for instance `hipaa:164.308(a)(7)(ii)(A)`.
    ControlId, "control id", "framework:reference, for instance hitrust:09.l",
    |text| text.split_once(':').is_some_and(|(framework, rest)| is_slug(framework) && is_name(rest) && !rest.contains(' '))
);
text_id!(
    /// A parameter of the catalogue, for instance `backup_interval`.
    ParameterId, "parameter id", "lower case letters, digits and underscores",
    |text| !text.is_empty() && text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
);
text_id!(
    /// The short name of the entity that the report is about: part of file names.
    EntitySlug, "entity slug", "lower case letters, digits and inner hyphens", is_slug
);
text_id!(
    /// A system of the inventory.
    SystemId, "system id", "printable text", is_name
);
text_id!(
    /// What is backed up: an AWS ARN, or `atlas:<project>/<cluster>`.
    ResourceId, "resource id", "printable text", is_name
);
text_id!(
    /// One pull: `<source>/<account>/<region>/<name>` in a recording, unique in a ledger.
    AcquisitionId, "acquisition id", "printable text without spaces", |text| is_name(text) && !text.contains(' ')
);
text_id!(
    /// An AWS account (12 digits), an Atlas project, or the name of a database.
    Account, "account", "printable text without spaces", |text| is_name(text) && !text.contains(' ')
);
text_id!(
    /// A cloud region, or `global` where the source knows none.
    Region, "region", "printable text without spaces", |text| is_name(text) && !text.contains(' ')
);
text_id!(
    /// What the shards of one collection run have in common: the ids of their pulls begin with it, and their segments lie
    /// in a directory of this name.
    RunName, "name of a run", "letters, digits and inner . _ : -, at most 60, for instance 2026-11-27T05:00:00Z",
    |text| text.len() <= 60
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
        && [text.bytes().next(), text.bytes().last()].iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
);

/// A piece of evidence: the digest of its bytes. Short form for people: the first twelve digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId(pub Sha256Digest);

impl EvidenceId {
    /// `ev-` and the first twelve hexadecimal digits.
    pub fn short(&self) -> String {
        format!("ev-{}", &self.0.to_hex()[..12])
    }
}

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_ids_can_be_built() {
        assert!("CT-05".parse::<TestId>().is_ok());
        for bad in ["CT-5", "ct-05", "CT-005", "", "CT-0x"] {
            assert!(bad.parse::<TestId>().is_err(), "{bad:?}");
        }
        assert!("hipaa:164.308(a)(7)(ii)(A)".parse::<ControlId>().is_ok());
        assert!("164.308".parse::<ControlId>().is_err());
        assert!("DM-6.2-1a".parse::<StatementId>().is_ok());
        assert!("luma".parse::<EntitySlug>().is_ok());
        for bad in ["Luma", "../x", "", "-a", "a b"] {
            assert!(bad.parse::<EntitySlug>().is_err(), "{bad:?}");
        }
        for good in ["2026-11-27T05:00:00Z", "backproof-shards-29398757", "7"] {
            assert!(good.parse::<RunName>().is_ok(), "{good:?}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "-a",
            "a-",
            ".aside",
            "a b",
            "é",
            &"a".repeat(61),
        ] {
            assert!(bad.parse::<RunName>().is_err(), "{bad:?}");
        }
    }
}
