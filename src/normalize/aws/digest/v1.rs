//! The wire shapes: CloudTrail's answers about trails and keys, S3's rows, and the digest itself ("CloudTrail digest file
//! structure", log file integrity validation).

use serde::Deserialize;

use crate::normalize::aws::v1::{Epoch, Rfc3339};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Trail {
    pub(super) name: String,
    pub(super) s3_bucket_name: String,
    pub(super) s3_key_prefix: Option<String>,
    pub(super) home_region: String,
    pub(super) is_multi_region_trail: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Status {
    pub(super) latest_digest_delivery_time: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublicKey {
    /// DER in base64.
    pub(super) value: String,
    pub(super) validity_start_time: Epoch,
    pub(super) validity_end_time: Epoch,
    pub(super) fingerprint: String,
}

/// A row of S3's list; its members are texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) last_modified: String,
    pub(super) size: String,
}

/// A digest. `null` and absent mean the same: the first digest of a chain has none before it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Digest {
    pub(super) aws_account_id: String,
    pub(super) digest_start_time: String,
    pub(super) digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    pub(super) bucket: String,
    #[serde(rename = "digestS3Object")]
    pub(super) object: String,
    pub(super) digest_public_key_fingerprint: String,
    pub(super) digest_signature_algorithm: String,
    #[serde(rename = "previousDigestS3Bucket")]
    pub(super) previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    pub(super) previous_object: Option<String>,
    pub(super) previous_digest_hash_value: Option<String>,
    pub(super) previous_digest_hash_algorithm: Option<String>,
    pub(super) previous_digest_signature: Option<String>,
    pub(super) log_files: Vec<LogFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    #[serde(rename = "s3Bucket")]
    pub(super) bucket: String,
    #[serde(rename = "s3Object")]
    pub(super) object: String,
    pub(super) hash_value: String,
    pub(super) hash_algorithm: String,
}

/// A log file ("CloudTrail log file examples"): its events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Log {
    pub(super) records: Vec<Logged>,
}

/// An event of a log file, as far as it is compared with what a lookup tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logged {
    #[serde(rename = "eventID")]
    pub(super) event_id: String,
    pub(super) event_time: Rfc3339,
    pub(super) event_source: String,
    pub(super) event_name: String,
    /// Events of data and insights are in log files too, and in no lookup.
    pub(super) management_event: Option<bool>,
    pub(super) event_category: Option<String>,
}

impl Logged {
    /// Whether a lookup would tell of it.
    pub(super) fn is_of_management(&self) -> bool {
        let category = self.event_category.as_deref();
        self.management_event != Some(false) && category.is_none_or(|category| category == "Management")
    }
}
