//! One object of a trail's bucket: its compressed content, and of a digest its fields and signature.
//!
//! The signature (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 8.2) is over `digestEndTime\nBUCKET/KEY\nhex(sha256(raw))\nPREV`,
//! where `raw` are the inflated bytes as they are and `PREV` is the signature of the digest before, or `null`.

use std::io::Read as _;
use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::sha2::{Digest as _, Sha256};
use rsa::traits::PublicKeyParts as _;
use serde::Deserialize as _;

use super::v1;
use crate::model::ids::Sha256Digest;
use crate::model::records::Citation;
use crate::model::source::EVENT_SOURCES;
use crate::model::time::Instant;
use crate::normalize::json;

/// Most bytes of an inflated object: log files hold some tens of megabytes at the most.
const INFLATED_BYTES_MAX: u64 = 256 << 20;
/// Most bytes of an inflated digest.
const DIGEST_BYTES_MAX: usize = 16 << 20;
/// A shorter key can be broken; CloudTrail's have 2048 bits.
const KEY_BITS_MIN: u32 = 2048;

/// An object as it was read, or that it was not there.
#[derive(Debug)]
pub(super) struct StoredObject {
    pub(super) bucket: String,
    pub(super) key: String,
    /// Length of what was read, in bytes.
    pub(super) size: u64,
    pub(super) citation: Citation,
    pub(super) content: Content,
}

/// What an object holds.
#[derive(Debug)]
pub(super) enum Content {
    /// The bucket answered that there is no such object.
    Gone,
    /// A log file.
    Log(Result<LogFile, Spoiled>),
    /// A digest.
    Digest(Result<Box<SignedDigest>, Spoiled>),
}

/// A log file, inflated.
#[derive(Debug)]
pub(super) struct LogFile {
    /// SHA-256 of the inflated content.
    pub(super) hash: Sha256Digest,
    /// The management events that lookups tell of too; or why the content can't be read as events.
    pub(super) events: Result<Vec<v1::Logged>, String>,
}

/// Why an object's content can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spoiled {
    /// So many bytes follow the end of the compressed stream.
    Trailing(usize),
    /// It is not compressed, cut short, too long, or not a digest.
    Unreadable(String),
}

/// A digest with the metadata of its object.
#[derive(Debug)]
pub(super) struct SignedDigest {
    pub(super) fields: v1::Digest,
    pub(super) start: Instant,
    pub(super) end: Instant,
    /// SHA-256 of the inflated bytes.
    pub(super) raw: Sha256Digest,
    /// Hexadecimal, as the metadata has it.
    pub(super) signature: Option<String>,
    pub(super) algorithm: Option<String>,
    /// When a late digest was made.
    pub(super) generated: Option<Instant>,
    /// The outcome for the first key that was tried: readings of one pull are put together with many others.
    checked: OnceLock<(Vec<u8>, bool)>,
}

impl SignedDigest {
    pub(super) fn parse(inflated: &[u8], metadata: Metadata) -> Result<Self, String> {
        let value = json::parse(inflated)?;
        let fields = v1::Digest::deserialize(&value).map_err(|error| error.to_string())?;
        let at = |name: &str, text: &str| {
            let at: Result<Instant, _> = text.parse();
            at.map_err(|_| format!("{name} {text:?} is no instant"))
        };
        let start = at("digestStartTime", &fields.digest_start_time)?;
        let end = at("digestEndTime", &fields.digest_end_time)?;
        if start >= end {
            return Err("digestStartTime is not before digestEndTime".to_owned());
        }
        Ok(Self {
            start,
            end,
            raw: Sha256Digest::of(inflated),
            fields,
            signature: metadata.signature,
            algorithm: metadata.algorithm,
            generated: metadata.generated,
            checked: OnceLock::new(),
        })
    }

    /// Whether the signature holds under `key`.
    pub(super) fn is_signed_with(&self, key: &[u8]) -> bool {
        let (first, holds) = self
            .checked
            .get_or_init(|| (key.to_vec(), self.verify(key).is_some()));
        if first == key {
            *holds
        } else {
            self.verify(key).is_some()
        }
    }

    fn verify(&self, key: &[u8]) -> Option<()> {
        let signature = hex(self.signature.as_deref()?)?;
        let message = self.string_to_sign();
        public_key(key)?
            .pkcs1v15_verify::<Sha256>(message.as_bytes(), &signature)
            .ok()
    }

    fn string_to_sign(&self) -> String {
        let fields = &self.fields;
        let previous = fields.previous_digest_signature.as_deref().unwrap_or("null");
        let (end, bucket, object) = (&fields.digest_end_time, &fields.bucket, &fields.object);
        format!("{end}\n{bucket}/{object}\n{}\n{previous}", self.raw)
    }
}

/// What S3 keeps beside a digest.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    pub(super) signature: Option<String>,
    pub(super) algorithm: Option<String>,
    pub(super) generated: Option<Instant>,
}

/// The DER of a public key, from its base64; `None` when it is no RSA key of 2048 bits or more.
pub(super) fn key_der(base64: &str) -> Option<Vec<u8>> {
    let der = Base64::decode_vec(base64).ok()?;
    public_key(&der).map(|_| der)
}

/// PKCS#1, as CloudTrail sends it, or SubjectPublicKeyInfo.
fn public_key(der: &[u8]) -> Option<rsa::PublicKey> {
    let key = rsa::PublicKey::from_pkcs1_der(der)
        .or_else(|_| rsa::PublicKey::from_public_key_der(der).map_err(|_| ()));
    key.ok().filter(|key| key.n().bit_width_vartime() >= KEY_BITS_MIN)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        let fits = pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| u8::from_str_radix(pair, 16).ok())?
    });
    pairs.collect()
}

/// The inflated content of a digest: exactly one gzip member and nothing after it.
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Spoiled> {
    let mut inflated = Vec::new();
    gunzip(bytes, |part| {
        inflated.extend_from_slice(part);
        inflated.len() <= DIGEST_BYTES_MAX
    })?;
    Ok(inflated)
}

/// A log file: the hash of its inflated content, which is never held whole, and its events.
pub(super) fn log_file(bytes: &[u8]) -> Result<LogFile, Spoiled> {
    let mut hash = Sha256::new();
    gunzip(bytes, |part| {
        hash.update(part);
        true
    })?;
    let content = std::io::BufReader::new(flate2::bufread::GzDecoder::new(bytes));
    let log: Result<v1::Log, _> = serde_json::from_reader(content);
    Ok(LogFile {
        hash: Sha256Digest::from_bytes(hash.finalize().into()),
        events: log
            .map(|log| {
                let looked_up = |event: &v1::Logged| {
                    event.is_of_management() && EVENT_SOURCES.contains(&event.event_source.as_str())
                };
                log.records.into_iter().filter(looked_up).collect()
            })
            .map_err(|error| error.to_string()),
    })
}

/// Gives the content of the one gzip member in parts to `take`, which says whether it takes more.
fn gunzip(bytes: &[u8], mut take: impl FnMut(&[u8]) -> bool) -> Result<(), Spoiled> {
    // The decoder of a slice stops at the end of the first member, and the slice then begins behind it.
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    let mut part = vec![0; 64 << 10];
    let mut length: u64 = 0;
    loop {
        let read = decoder
            .read(&mut part)
            .map_err(|error| Spoiled::Unreadable(format!("it does not inflate: {error}")))?;
        if read == 0 {
            break;
        }
        length += read as u64;
        if !take(&part[..read]) || length > INFLATED_BYTES_MAX {
            return Err(Spoiled::Unreadable("it inflates to more than is read".to_owned()));
        }
    }
    match decoder.into_inner().len() {
        0 => Ok(()),
        more => Err(Spoiled::Trailing(more)),
    }
}
