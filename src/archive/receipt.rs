//! The receipt of an archived bundle, `backproof.archive/v1` (docs/spec/archive.md): what the store said when it was asked
//! afterwards. It is read as strictly as it is written.

use serde::{Deserialize, Serialize};

use super::COMPLIANCE;
use crate::model::ids::Sha256Digest;
use crate::model::time::{Instant, show};

const FORMAT: &str = "backproof.archive/v1";
/// Longest receipt, in bytes.
pub const RECEIPT_BYTES_MAX: u64 = 64 << 10;

/// What is kept, where, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The bundle.
    pub bundle: Bundle,
    /// Where it lies.
    pub place: Place,
    /// Its lock; `None` where the store did not say, which is no receipt to write down.
    pub lock: Option<Lock>,
    /// How its digest was read back; `None` where it could not be, which is no receipt to write down either.
    pub read_by: Option<ReadBy>,
    /// How the store says that it is encrypted; `None` where it does not.
    pub encryption: Option<Encryption>,
    /// When the store took it, by the store's clock.
    pub stored: Option<Instant>,
    /// When it was read back.
    pub at: Instant,
    /// Which program did.
    pub tool: String,
}

/// A bundle as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The file's name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256Digest,
}

/// A version of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// The object's key.
    pub key: String,
    /// The version: locks protect versions.
    pub version: String,
}

/// A lock as the store says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// `COMPLIANCE`, `GOVERNANCE`, or what else the store says.
    pub mode: String,
    /// Until when.
    pub retain_until: Instant,
}

/// How a digest was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBy {
    /// The store holds it as the checksum of the whole object.
    StoreChecksum,
    /// The object was fetched and hashed.
    FetchedBytes,
}

/// Encryption as the store says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// `AES256`, `aws:kms`, or what else the store says.
    pub algorithm: String,
    /// The key's ARN, where there is one.
    pub key: Option<String>,
}

/// A file is no receipt.
#[derive(Debug, thiserror::Error)]
#[error("it is no receipt of an archived bundle: {0}")]
pub struct BadReceipt(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: String,
    bundle: WireBundle,
    place: Place,
    lock: Option<WireLock>,
    read_by: Option<ReadBy>,
    encryption: Option<Encryption>,
    stored: Option<String>,
    at: String,
    tool: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBundle {
    name: String,
    bytes: u64,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLock {
    mode: String,
    retain_until: String,
}

impl Receipt {
    /// The bytes of the file: indented JSON with a newline at its end.
    pub fn encode(&self) -> Vec<u8> {
        let wire = Wire {
            format: FORMAT.to_owned(),
            bundle: WireBundle {
                name: self.bundle.name.clone(),
                bytes: self.bundle.bytes,
                sha256: self.bundle.sha256.to_hex(),
            },
            place: self.place.clone(),
            lock: self.lock.as_ref().map(|lock| WireLock {
                mode: lock.mode.clone(),
                retain_until: show(lock.retain_until),
            }),
            read_by: self.read_by,
            encryption: self.encryption.clone(),
            stored: self.stored.map(show),
            at: show(self.at),
            tool: self.tool.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&wire).expect("invariant: text and numbers only");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a receipt back.
    ///
    /// # Errors
    /// The bytes are not exactly what [`Receipt::encode`] writes, or say no lock that nobody can take off, or no digest.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadReceipt> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| BadReceipt(error.to_string()))?;
        if wire.format != FORMAT {
            return Err(BadReceipt(format!(
                "its format is {:?}, not {FORMAT:?}",
                wire.format
            )));
        }
        let instant = |name: &str, text: &str| {
            let at = text.parse::<Instant>();
            at.map_err(|_| BadReceipt(format!("{name} {text:?} is no instant")))
        };
        let sha256 = wire
            .bundle
            .sha256
            .parse::<Sha256Digest>()
            .map_err(|error| BadReceipt(format!("bundle.sha256: {error}")))?;
        let lock = wire.lock.map(|lock| {
            Ok(Lock {
                retain_until: instant("lock.retain_until", &lock.retain_until)?,
                mode: lock.mode,
            })
        });
        let receipt = Self {
            bundle: Bundle {
                name: wire.bundle.name,
                bytes: wire.bundle.bytes,
                sha256,
            },
            place: wire.place,
            lock: lock.transpose()?,
            read_by: wire.read_by,
            encryption: wire.encryption,
            stored: wire.stored.map(|at| instant("stored", &at)).transpose()?,
            at: instant("at", &wire.at)?,
            tool: wire.tool,
        };
        if receipt.encode() != bytes {
            return Err(BadReceipt(
                "it is not written as this program writes receipts".to_owned(),
            ));
        }
        match &receipt.lock {
            Some(lock) if lock.mode == COMPLIANCE => {}
            _ => return Err(BadReceipt(format!("it says no lock of the mode {COMPLIANCE}"))),
        }
        if receipt.read_by.is_none() {
            return Err(BadReceipt(
                "it does not say how the sha256 was read back".to_owned(),
            ));
        }
        Ok(receipt)
    }
}
