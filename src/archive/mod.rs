//! The archive: a verified bundle in a store that lets nobody delete or shorten it (S3 with Object Lock, mode COMPLIANCE),
//! and what the store says of it afterwards. The receipt is `docs/spec/archive.md`.
//!
//! Invariants: a bundle is sent in one request, so that its SHA-256 is that of the whole object: S3 takes 5 GiB in one, and a
//! bundle has less ([`crate::bundle::BYTES_MAX`]); nothing is taken for
//! stored that was not read back; what can't be read back is named and not assumed; a lock protects *versions*, so that
//! each is known by its id, and what else has its name is looked at.

mod deviation;
mod examine;
mod receipt;
mod retention;
mod store;

use crate::model::ids::Sha256Digest;
use crate::model::time::{Instant, show};
use crate::service::failure::Failure;

pub use deviation::{Deviation, Grade, deviations};
pub use examine::{examine, privileges};
pub use receipt::{BadReceipt, Bundle, Encryption, Lock, Place, RECEIPT_BYTES_MAX, ReadBy, Receipt};
pub use retention::{MARGIN_DAYS, YEARS_MAX, YEARS_MIN, kept_until};
pub use store::Store;

/// The lock that nobody can take off.
pub const COMPLIANCE: &str = "COMPLIANCE";

/// Where and how bundles are kept, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// What stands before the name of a bundle; empty or ends in `/`.
    pub prefix: String,
    /// The bucket's region.
    pub region: String,
    /// The bucket's owner, whom every request names, where it is known.
    pub owner: Option<String>,
    /// The role that is assumed in the owner's account.
    pub role: Option<crate::service::aws::Role>,
    /// How objects are encrypted.
    pub encryption: Encrypt,
    /// Whole years of retention, at least [`YEARS_MIN`]; [`MARGIN_DAYS`] are added.
    pub years: u32,
    /// Whether the bucket stands in the path of an address instead of its host.
    pub path_style: bool,
}

/// How a store is asked to encrypt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encrypt {
    /// With keys of the store (SSE-S3).
    Aes256,
    /// With this key of KMS.
    Kms(String),
    /// As the bucket's default says: nothing is asked for.
    Bucket,
}

/// What a store says of one version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The version.
    pub version: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, and how that was read.
    pub sha256: Result<(Sha256Digest, ReadBy), Failure>,
    /// The lock's mode and end; `None` of no lock.
    pub lock: Result<Option<Lock>, Failure>,
    /// How the store says that it is encrypted.
    pub encryption: Option<Encryption>,
    /// When the store took it, by its own clock.
    pub stored: Option<Instant>,
}

/// A version, or a delete marker, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// Whether it is what the name stands for now.
    pub latest: bool,
    /// Whether it only hides the others.
    pub marker: bool,
}

/// Nothing was archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The bucket can't protect what is put into it.
    #[error("the bucket {bucket} can't keep evidence: {why}")]
    Unfit {
        /// The bucket.
        bucket: String,
        /// What it lacks.
        why: &'static str,
    },
    /// Another file has the name.
    #[error(
        "{name} is archived already, as another file: sha256 {found}, and this one has {sha256}; a bundle that was made anew \
         needs a name of its own"
    )]
    NameTaken {
        /// The bundle's file name.
        name: String,
        /// The digest of what is there, or that it could not be read.
        found: String,
        /// The digest of this one.
        sha256: Sha256Digest,
    },
    /// A file name that is no good key.
    #[error("{0:?} can't be the name of an archived bundle: letters, digits, `.`, `_` and `-` only")]
    Name(String),
    /// The store, or the wire, failed.
    #[error("{call} of {what} failed: {}: {}", failure.code, failure.message)]
    Failed {
        /// The call.
        call: &'static str,
        /// The bucket or object.
        what: String,
        /// What was said.
        failure: Failure,
    },
    /// The request was sent, its answer is lost, and whether the object is there can't be found out.
    #[error(
        "whether {what} was stored is not known: {}: {}; archive it again: what is there is found and not sent twice",
        failure.code, failure.message
    )]
    Unknown {
        /// The object.
        what: String,
        /// What was said.
        failure: Failure,
    },
    /// The operating system gave no means to wait for the network.
    #[error("the network can't be waited for: {0}")]
    Runtime(#[from] std::io::Error),
}

/// How archiving a bundle ended.
#[derive(Debug)]
pub struct Archived {
    /// What the store keeps. It is written down only where that [is kept](Self::is_kept).
    pub receipt: Receipt,
    /// Whether this run sent it; else it was there.
    pub sent: bool,
    /// Where what was read back is not what was asked for.
    pub deviations: Vec<Deviation>,
}

impl Archived {
    /// Whether the store said that it keeps what was asked for. What it would not say may be anything: a receipt that was
    /// written then would stand for good, and without one the next run asks again.
    pub fn is_kept(&self) -> bool {
        let open = |deviation: &Deviation| {
            deviation.grade() == Grade::Adverse || matches!(deviation, Deviation::Unread(..))
        };
        !self.deviations.iter().any(open)
    }
}

/// Puts a bundle, whose name is `name`, into the store, unless it is there already; and reads back what is kept.
///
/// # Errors
/// The bucket is not fit, the name is another file's, or the store failed. What an earlier run stored is found.
pub fn archive(
    store: &Store,
    name: &str,
    bytes: Vec<u8>,
    clock: &dyn Fn() -> Instant,
    tool: &str,
) -> Result<Archived, ArchiveError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(ArchiveError::Name(name.to_owned()));
    }
    let bundle = Bundle {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        sha256: Sha256Digest::of(&bytes),
    };
    runtime()?.block_on(async {
        store.fit().await?;
        let key = store.key(name);
        let there = store.versions(&key).await?;
        let asked = kept_until(clock(), store.years());
        let (kept, sent) = if there.iter().any(|version| !version.marker) {
            (find(store, &key, &bundle, &there).await?, false)
        } else {
            match store.put(&key, bytes, &bundle.sha256, asked).await? {
                store::Put::Stored(version) => (store.kept(&key, &version).await?, true),
                store::Put::Unclear(failure) => {
                    let there = store.versions(&key).await.unwrap_or_default();
                    if there.iter().all(|version| version.marker) {
                        let what = store.address(&key);
                        return Err(ArchiveError::Unknown { what, failure });
                    }
                    (find(store, &key, &bundle, &there).await?, false)
                }
            }
        };
        // By the store's own clock too: ours may be wrong. An earlier run asked for what was right then.
        let since_stored = kept
            .stored
            .map(|stored| retention::at_least(stored, store.years()));
        let required = since_stored.into_iter().chain(sent.then_some(asked)).max();
        let versions = store.versions(&key).await?;
        let receipt = receipt(store, &key, bundle, &kept, clock(), tool);
        let expected = deviation::Expected {
            retain_until: required,
            encryption: store.encryption(),
            ..deviation::Expected::of(&receipt)
        };
        Ok(Archived {
            deviations: deviations(&expected, Some(&kept), &versions),
            receipt,
            sent,
        })
    })
}

/// Compares what a receipt says with what the store says now.
///
/// # Errors
/// The store failed: nothing can be said.
pub fn check(store: &Store, receipt: &Receipt) -> Result<Vec<Deviation>, ArchiveError> {
    runtime()?.block_on(async {
        let key = &receipt.place.key;
        let versions = store.versions(key).await?;
        let there = versions.iter().any(|version| version.id == receipt.place.version);
        let kept = match there {
            true => Some(store.kept(key, &receipt.place.version).await?),
            false => None,
        };
        Ok(deviations(
            &deviation::Expected::of(receipt),
            kept.as_ref(),
            &versions,
        ))
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, std::io::Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The version that is this bundle, out of those that have its name; that none is means that the name is another's.
async fn find(store: &Store, key: &str, bundle: &Bundle, there: &[Version]) -> Result<Kept, ArchiveError> {
    let (mut found, mut unread) = (String::new(), None);
    for version in there.iter().filter(|version| !version.marker) {
        let kept = store.kept(key, &version.id).await?;
        match &kept.sha256 {
            Ok((sha256, _)) if *sha256 == bundle.sha256 && kept.bytes == bundle.bytes => return Ok(kept),
            Ok((sha256, _)) => found = sha256.to_hex(),
            Err(failure) => unread = Some(failure.clone()),
        }
    }
    if let Some(failure) = unread {
        return Err(ArchiveError::Failed {
            call: "s3:GetObjectVersion",
            what: store.address(key),
            failure,
        });
    }
    Err(ArchiveError::NameTaken {
        name: bundle.name.clone(),
        found,
        sha256: bundle.sha256,
    })
}

fn receipt(store: &Store, key: &str, bundle: Bundle, kept: &Kept, at: Instant, tool: &str) -> Receipt {
    Receipt {
        bundle,
        place: Place {
            bucket: store.bucket().to_owned(),
            region: store.region().to_owned(),
            key: key.to_owned(),
            version: kept.version.clone(),
        },
        lock: kept.lock.clone().ok().flatten(),
        read_by: kept.sha256.as_ref().ok().map(|(_, by)| *by),
        encryption: kept.encryption.clone(),
        stored: kept.stored,
        at,
        tool: tool.to_owned(),
    }
}

/// How a lock is told of.
pub fn lock_words(lock: &Lock) -> String {
    format!("{} until {}", lock.mode, show(lock.retain_until))
}

#[cfg(test)]
mod tests;
