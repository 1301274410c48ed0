//! A trail's bucket: five hours of digests and log files, signed with a key that nobody trusts.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use backproof::model::ids::Sha256Digest;
use backproof::model::time::{Instant, show};
use chrono::TimeDelta;
use flate2::{Compression, GzBuilder};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::sha2::Sha256;
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const TRAIL: &str = "luma_trail";
pub(crate) const BUCKET: &str = "luma-trail";
pub(crate) const LOGS: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/";
pub(crate) const DIGESTS: &str = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/";
/// How many digests, one an hour from 10:00 on.
pub(crate) const HOURS: usize = 5;

/// The key of `fixtures/pki` that signs, and one that has no part in it.
pub(crate) static KEY: LazyLock<rsa::PrivateKey> = LazyLock::new(|| key("trail-digest"));
pub(crate) static OTHER_KEY: LazyLock<rsa::PrivateKey> = LazyLock::new(|| key("trail-digest-other"));
pub(crate) const FINGERPRINT: &str = "31e8b5433410dfb61a9dc45cc65b22ff";

fn key(name: &str) -> rsa::PrivateKey {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/pki/{name}.pkcs1.der"));
    rsa::PrivateKey::from_pkcs1_der(&std::fs::read(path).unwrap()).unwrap()
}

/// `hour:minute` of the day.
pub(crate) fn at(hour: usize, minute: usize) -> Instant {
    format!("2026-07-01T{hour:02}:{minute:02}:00Z").parse().unwrap()
}

/// An object with its metadata.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: BTreeMap<&'static str, String>,
    pub(crate) modified: Instant,
}

/// A key as CloudTrail lists it.
#[derive(Debug, Clone)]
pub(crate) struct ListedKey {
    pub(crate) der: Vec<u8>,
    pub(crate) fingerprint: String,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// What CloudTrail and S3 hold.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) objects: BTreeMap<String, Stored>,
    pub(crate) keys: Vec<ListedKey>,
    pub(crate) trails: Vec<Value>,
    pub(crate) delivered: Option<Instant>,
}

/// One compressed stream.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The content of a compressed stream; `None` when it does not inflate.
pub(crate) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut content = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut content);
    read.is_ok().then_some(content)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn log_key(hour: usize, minute: usize) -> String {
    format!("{LOGS}2026/07/01/{ACCOUNT}_CloudTrail_{REGION}_20260701T{hour:02}{minute:02}Z_Ab{hour}.json.gz")
}

/// The digest that ends at `hour`:00, counted from zero as the `index`th.
pub(crate) fn digest_key(index: usize) -> String {
    let end = at(11 + index, 0).format("%Y%m%dT%H%M%SZ");
    format!("{DIGESTS}2026/07/01/{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{REGION}_{end}.json.gz")
}

pub(crate) fn trail_arn() -> String {
    format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{TRAIL}")
}

pub(crate) fn trail(name: &str) -> Value {
    json!({
        "Name": name, "S3BucketName": BUCKET, "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true,
        "HomeRegion": REGION, "TrailARN": format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}"),
        "LogFileValidationEnabled": true, "IsOrganizationTrail": false,
    })
}

/// A signed digest as an object.
pub(crate) fn sign(key: &rsa::PrivateKey, fields: &Value, modified: Instant) -> Stored {
    let raw = fields.to_string().into_bytes();
    let text = |name: &str| fields[name].as_str().unwrap_or("null").to_owned();
    let message = format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        Sha256Digest::of(&raw),
        text("previousDigestSignature")
    );
    let signature = key.pkcs1v15_sign::<Sha256>(message.as_bytes()).unwrap();
    let metadata = BTreeMap::from([
        ("signature", hex(&signature)),
        ("signature-algorithm", "SHA256withRSA".to_owned()),
    ]);
    Stored {
        bytes: gzip(&raw),
        metadata,
        modified,
    }
}

/// The events of an hour: one that lookups tell of, and one each that they don't, of data and of another service.
fn records(hour: usize) -> Vec<Value> {
    let event = |id: &str, source: &str, management: bool| {
        json!({
            "eventID": format!("{id}-{hour}"), "eventTime": show(at(hour, 1)), "eventSource": source, "eventName": "Call",
            "managementEvent": management, "eventCategory": if management { "Management" } else { "Data" },
        })
    };
    vec![
        event("backup", "backup.amazonaws.com", true),
        event("data", "dynamodb.amazonaws.com", false),
        event("role", "sts.amazonaws.com", true),
    ]
}

impl Bucket {
    /// Five digests, each naming the one before and a log file; the third hour has none. `edit` changes the fields of a
    /// digest before it is signed.
    pub(crate) fn new(edit: impl Fn(usize, &mut Value)) -> Self {
        let mut objects = BTreeMap::new();
        let mut previous: Option<Value> = None;
        for index in 0..HOURS {
            let start = 10 + index;
            let mut files = Vec::new();
            if index != 2 {
                let (key, content) = (
                    log_key(start, 5),
                    json!({ "Records": records(start) }).to_string(),
                );
                let stored = Stored {
                    bytes: gzip(content.as_bytes()),
                    metadata: BTreeMap::new(),
                    modified: at(start, 7),
                };
                objects.insert(key.clone(), stored);
                files.push(json!({
                    "s3Bucket": BUCKET, "s3Object": key, "hashAlgorithm": "SHA-256",
                    "hashValue": Sha256Digest::of(content.as_bytes()).to_hex(),
                    "newestEventTime": show(at(start, 4)), "oldestEventTime": show(at(start, 1)),
                }));
            }
            let before = |name: &str| {
                previous
                    .as_ref()
                    .map_or(Value::Null, |before| before[name].clone())
            };
            let mut fields = json!({
                "awsAccountId": ACCOUNT,
                "digestStartTime": show(at(start, 0)),
                "digestEndTime": show(at(start + 1, 0)),
                "digestS3Bucket": BUCKET,
                "digestS3Object": digest_key(index),
                "digestPublicKeyFingerprint": FINGERPRINT,
                "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": null,
                "oldestEventTime": null,
                "previousDigestS3Bucket": before("bucket"),
                "previousDigestS3Object": before("object"),
                "previousDigestHashValue": before("hash"),
                "previousDigestHashAlgorithm": before("algorithm"),
                "previousDigestSignature": before("signature"),
                "logFiles": files,
            });
            edit(index, &mut fields);
            let stored = sign(&KEY, &fields, at(start + 1, 20));
            previous = Some(json!({
                "bucket": BUCKET, "object": digest_key(index), "algorithm": "SHA-256",
                "hash": Sha256Digest::of(&inflated(&stored.bytes).unwrap()).to_hex(),
                "signature": stored.metadata["signature"],
            }));
            objects.insert(digest_key(index), stored);
        }
        let public = rsa::PublicKey::from(&*KEY).to_pkcs1_der().unwrap();
        Self {
            objects,
            keys: vec![ListedKey {
                der: public.as_bytes().to_vec(),
                fingerprint: FINGERPRINT.to_owned(),
                from: at(0, 0) - TimeDelta::days(30),
                to: at(0, 0) + TimeDelta::days(30),
            }],
            trails: vec![trail(TRAIL)],
            delivered: Some(at(10 + HOURS, 20)),
        }
    }

    pub(crate) fn object(&mut self, key: &str) -> &mut Stored {
        self.objects
            .get_mut(key)
            .unwrap_or_else(|| panic!("{key} is in the bucket"))
    }

    /// The fields of a digest.
    pub(crate) fn fields(&self, index: usize) -> Value {
        serde_json::from_slice(&inflated(&self.objects[&digest_key(index)].bytes).unwrap()).unwrap()
    }

    /// A late digest of the second hour, with a log file of its own.
    pub(crate) fn add_late_digest(&mut self) {
        let (key, content) = (log_key(11, 40), b"{\"Records\": []}".to_vec());
        let late = digest_key(1).replace(".json.gz", "_backfill.json.gz");
        let stored = Stored {
            bytes: gzip(&content),
            metadata: BTreeMap::new(),
            modified: at(13, 10),
        };
        let mut fields = self.fields(1);
        fields["digestS3Object"] = json!(late);
        for member in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            fields[format!("previousDigest{member}")] = Value::Null;
        }
        fields["logFiles"] = json!([{
            "s3Bucket": BUCKET, "s3Object": key, "hashAlgorithm": "SHA-256",
            "hashValue": Sha256Digest::of(&content).to_hex(),
        }]);
        let mut signed = sign(&KEY, &fields, at(13, 20));
        signed
            .metadata
            .insert("backfill-generation-timestamp", show(at(13, 18)));
        self.objects.insert(key, stored);
        self.objects.insert(late, signed);
    }
}
