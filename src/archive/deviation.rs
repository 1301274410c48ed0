//! Where what a store keeps is not what it should keep. Pure: what was asked for and what was read in, deviations out.

use super::receipt::{Encryption, Receipt};
use super::{COMPLIANCE, Kept, Version, lock_words};
use crate::model::ids::Sha256Digest;
use crate::model::time::{Instant, show};

/// What has to be kept.
pub struct Expected<'a> {
    pub(super) version: &'a str,
    pub(super) bytes: u64,
    pub(super) sha256: Sha256Digest,
    /// Until when at the least; `None` where nobody can say.
    pub(super) retain_until: Option<Instant>,
    pub(super) encryption: Option<Encryption>,
}

impl<'a> Expected<'a> {
    /// What a receipt says.
    pub(super) fn of(receipt: &'a Receipt) -> Self {
        Self {
            version: &receipt.place.version,
            bytes: receipt.bundle.bytes,
            sha256: receipt.bundle.sha256,
            retain_until: receipt.lock.as_ref().map(|lock| lock.retain_until),
            encryption: receipt.encryption.clone(),
        }
    }
}

/// How much a deviation weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Something can't be told, or has to be looked at.
    Undecided,
    /// What should be kept is not.
    Adverse,
}

/// One deviation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deviation {
    /// The version is not there.
    Missing,
    /// A delete marker stands before it: who asks by name finds nothing.
    Hidden(String),
    /// Another version has taken its name.
    Covered(String),
    /// Other versions have its name, older ones: a store that knows no `If-None-Match` let a second one in.
    NotAlone(usize),
    /// Another length.
    OtherSize(u64, u64),
    /// Other bytes.
    OtherBytes(Sha256Digest, Sha256Digest),
    /// No lock.
    Unlocked,
    /// A lock that somebody can take off.
    WeakLock(String),
    /// A lock that ends too early.
    ShortLock(Instant, Instant),
    /// Not encrypted as was asked for.
    OtherEncryption(Option<Encryption>, Encryption),
    /// Something that the store would not say.
    Unread(&'static str, String),
}

impl Deviation {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Hidden(_) => "hidden",
            Self::Covered(_) => "covered",
            Self::NotAlone(_) => "not-alone",
            Self::OtherSize(..) => "other-size",
            Self::OtherBytes(..) => "other-bytes",
            Self::Unlocked => "unlocked",
            Self::WeakLock(_) => "weak-lock",
            Self::ShortLock(..) => "short-lock",
            Self::OtherEncryption(..) => "other-encryption",
            Self::Unread(..) => "unread",
        }
    }

    /// How much it weighs.
    pub const fn grade(&self) -> Grade {
        match self {
            Self::NotAlone(_) | Self::OtherEncryption(..) | Self::Unread(..) => Grade::Undecided,
            _ => Grade::Adverse,
        }
    }

    /// For readers.
    pub fn detail(&self) -> String {
        match self {
            Self::Missing => "the version is not in the store".to_owned(),
            Self::Hidden(marker) => {
                format!("the delete marker {marker} hides it; the version is kept: remove the marker")
            }
            Self::Covered(version) => format!(
                "the name stands for another version now, {version}; the archived one can be had by its version id only"
            ),
            Self::NotAlone(others) => format!(
                "{others} older versions have the same name: the store let a second one in; look at who stored it"
            ),
            Self::OtherSize(found, expected) => format!("it has {found} bytes, not {expected}"),
            Self::OtherBytes(found, expected) => format!("its sha256 is {found}, not {expected}"),
            Self::Unlocked => "it has no lock: anybody who may delete can delete it".to_owned(),
            Self::WeakLock(mode) => format!("its lock is {mode}, which can be taken off; {COMPLIANCE} can't"),
            Self::ShortLock(found, expected) => {
                format!("its lock ends at {}, before {}", show(*found), show(*expected))
            }
            Self::OtherEncryption(None, asked) => {
                format!(
                    "the store does not say that it is encrypted; {} was asked for",
                    asked.algorithm
                )
            }
            Self::OtherEncryption(Some(found), asked) => {
                let key = |of: &Encryption| {
                    of.key
                        .clone()
                        .map_or_else(String::new, |key| format!(" with {key}"))
                };
                let (with, asked_with) = (key(found), key(asked));
                format!(
                    "it is encrypted by {}{with}, not {}{asked_with}",
                    found.algorithm, asked.algorithm
                )
            }
            Self::Unread(what, why) => format!("{what} could not be read back: {why}"),
        }
    }
}

/// Every deviation of what is `kept` from what is `expected`, among all `versions` of the name.
pub fn deviations(expected: &Expected<'_>, kept: Option<&Kept>, versions: &[Version]) -> Vec<Deviation> {
    let mut found = Vec::new();
    let Some(kept) = kept else {
        return vec![Deviation::Missing];
    };
    match versions.iter().find(|version| version.latest) {
        Some(latest) if latest.marker => found.push(Deviation::Hidden(latest.id.clone())),
        Some(latest) if latest.id != expected.version => found.push(Deviation::Covered(latest.id.clone())),
        Some(_) => {
            let others = versions
                .iter()
                .filter(|version| !version.marker && !version.latest);
            found.extend(Some(others.count()).filter(|n| *n > 0).map(Deviation::NotAlone));
        }
        None => {
            let why = "the store does not list it among the versions of its name";
            found.push(Deviation::Unread("what the name stands for", why.to_owned()));
        }
    }
    if kept.bytes != expected.bytes {
        found.push(Deviation::OtherSize(kept.bytes, expected.bytes));
    }
    match &kept.sha256 {
        Ok((sha256, _)) if *sha256 == expected.sha256 => {}
        Ok((sha256, _)) => found.push(Deviation::OtherBytes(*sha256, expected.sha256)),
        Err(failure) => {
            let why = format!(
                "the store gives no checksum, and fetching failed: {}: {}",
                failure.code, failure.message
            );
            found.push(Deviation::Unread("its sha256", why));
        }
    }
    found.extend(lock(expected, kept));
    if let Some(asked) = &expected.encryption {
        let fits = |said: &Encryption| {
            said.algorithm == asked.algorithm
                && asked
                    .key
                    .as_ref()
                    .is_none_or(|key| said.key.as_ref().is_some_and(|said| same_key(said, key)))
        };
        if !kept.encryption.as_ref().is_some_and(fits) {
            found.push(Deviation::OtherEncryption(kept.encryption.clone(), asked.clone()));
        }
    }
    found
}

/// A store answers with a key's ARN, whichever of its names was asked for; what an alias stands for can't be told here.
fn same_key(said: &str, asked: &str) -> bool {
    let id = |key: &str| {
        key.rsplit_once('/')
            .map_or_else(|| key.to_owned(), |(_, id)| id.to_owned())
    };
    said == asked || asked.contains("alias/") || id(said) == id(asked)
}

fn lock(expected: &Expected<'_>, kept: &Kept) -> Option<Deviation> {
    let lock = match &kept.lock {
        Err(failure) => {
            let why = format!("{}: {}", failure.code, failure.message);
            return Some(Deviation::Unread("its lock", why));
        }
        Ok(None) => return Some(Deviation::Unlocked),
        Ok(Some(lock)) => lock,
    };
    if lock.mode != COMPLIANCE {
        return Some(Deviation::WeakLock(lock_words(lock)));
    }
    match expected.retain_until {
        Some(until) if lock.retain_until < until => Some(Deviation::ShortLock(lock.retain_until, until)),
        Some(_) => None,
        None => {
            let why = "nobody said until when it has to be kept";
            Some(Deviation::Unread(
                "whether its lock is long enough",
                why.to_owned(),
            ))
        }
    }
}
