//! The store: what is asked of S3, and how its answers are read. Every request names the bucket's owner where one is known, so
//! that a bucket of somebody else with the same name is never written to.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumMode, ObjectLockEnabled, ObjectLockMode, ServerSideEncryption,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::receipt::{Encryption, Lock, ReadBy};
use super::{ArchiveError, Encrypt, Kept, Settings, Version};
use crate::model::ids::Sha256Digest;
use crate::model::time::Instant;
use crate::service::aws::{self, ATTEMPT_SECONDS};
use crate::service::failure::{BROKEN, Failure};

/// What is sent: the media type of the container that a bundle is.
const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
/// How fast an upload has to be at the least, in bytes a second: what is slower is broken off and tried again.
const BYTES_PER_SECOND_MIN: u64 = 256 << 10;
/// How often a request is made that another one to the same name got in the way of.
const CONFLICT_ATTEMPTS: u32 = 4;
/// Versions of a name that are looked at.
const VERSIONS_MAX: usize = 10_000;

/// A bucket, ready to be asked.
pub struct Store {
    client: Client,
    settings: Settings,
}

/// How a request to store ended.
pub(super) enum Put {
    /// It was stored as this version.
    Stored(String),
    /// The name is taken, or the answer is lost: what is there has to be looked at.
    Unclear(Failure),
}

macro_rules! ask {
    ($self:ident, $call:literal, $what:expr, $request:expr) => {
        $request
            .set_expected_bucket_owner($self.settings.owner.clone())
            .send()
            .await
            .map_err(|error| ArchiveError::Failed {
                call: $call,
                what: $what,
                failure: error.into(),
            })
    };
}

impl Store {
    /// Makes ready; asks nobody yet.
    ///
    /// # Errors
    /// The operating system gives no means to wait for the network.
    pub fn new(settings: &Settings) -> Result<Self, std::io::Error> {
        Self::with(settings, None)
    }

    /// The same, with somebody who looks at the clock of the store.
    pub(super) fn with(settings: &Settings, dates: Option<aws::Dates>) -> Result<Self, std::io::Error> {
        let configured = aws::configure(&settings.region, settings.role.as_ref());
        let config = super::runtime()?.block_on(configured);
        let mut config = aws_sdk_s3::config::Builder::from(&config).force_path_style(settings.path_style);
        if let Some(dates) = dates {
            config = config.interceptor(dates);
        }
        Ok(Self {
            client: Client::from_conf(config.build()),
            settings: settings.clone(),
        })
    }

    /// The same for another bucket and region: where a receipt says that its bundle lies.
    ///
    /// # Errors
    /// As for [`Store::new`].
    pub fn of(settings: &Settings, place: &super::Place) -> Result<Self, std::io::Error> {
        Self::new(&Settings {
            bucket: place.bucket.clone(),
            region: place.region.clone(),
            ..settings.clone()
        })
    }

    pub(super) fn bucket(&self) -> &str {
        &self.settings.bucket
    }

    pub(super) fn region(&self) -> &str {
        &self.settings.region
    }

    pub(super) fn years(&self) -> u32 {
        self.settings.years
    }

    /// The key of a bundle.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.settings.prefix)
    }

    /// The object's address, for readers.
    pub(super) fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.settings.bucket)
    }

    /// The encryption that the store is asked for.
    pub(super) fn encryption(&self) -> Option<Encryption> {
        match &self.settings.encryption {
            Encrypt::Aes256 => Some(Encryption {
                algorithm: "AES256".to_owned(),
                key: None,
            }),
            Encrypt::Kms(key) => Some(Encryption {
                algorithm: "aws:kms".to_owned(),
                key: Some(key.clone()),
            }),
            Encrypt::Bucket => None,
        }
    }

    /// Refuses a bucket without versions or without locks.
    pub(super) async fn fit(&self) -> Result<(), ArchiveError> {
        self.keeps_versions().await?;
        self.locks().await
    }

    fn unfit(&self, why: &'static str) -> ArchiveError {
        ArchiveError::Unfit {
            bucket: self.settings.bucket.clone(),
            why,
        }
    }

    /// Refuses a bucket without versions.
    pub(super) async fn keeps_versions(&self) -> Result<(), ArchiveError> {
        let bucket = || self.settings.bucket.clone();
        let request = self.client.get_bucket_versioning().bucket(bucket());
        let said = ask!(self, "s3:GetBucketVersioning", bucket(), request)?;
        match said.status {
            Some(BucketVersioningStatus::Enabled) => Ok(()),
            Some(BucketVersioningStatus::Suspended) => {
                Err(self.unfit("its versioning is suspended, and only versions can be locked"))
            }
            _ => Err(self.unfit("it has no versioning, and only versions can be locked")),
        }
    }

    /// Refuses a bucket without locks.
    pub(super) async fn locks(&self) -> Result<(), ArchiveError> {
        let bucket = || self.settings.bucket.clone();
        let request = self.client.get_object_lock_configuration().bucket(bucket());
        let none = || self.unfit("it has no Object Lock: what is put there can be deleted");
        match ask!(self, "s3:GetBucketObjectLockConfiguration", bucket(), request) {
            Ok(said) => {
                let enabled = said
                    .object_lock_configuration
                    .and_then(|lock| lock.object_lock_enabled);
                if enabled == Some(ObjectLockEnabled::Enabled) {
                    Ok(())
                } else {
                    Err(none())
                }
            }
            Err(ArchiveError::Failed { failure, .. })
                if failure.code == "ObjectLockConfigurationNotFoundError" =>
            {
                Err(none())
            }
            Err(error) => Err(error),
        }
    }

    /// A version of whatever lies where bundles do.
    pub(super) async fn any_version(&self) -> Result<Option<(String, String)>, ArchiveError> {
        let request = self
            .client
            .list_object_versions()
            .bucket(&self.settings.bucket)
            .prefix(&self.settings.prefix)
            .max_keys(1);
        let said = ask!(self, "s3:ListBucketVersions", self.address(""), request)?;
        let mut listed = said.versions.unwrap_or_default().into_iter();
        Ok(listed.find_map(|one| one.key.zip(one.version_id)))
    }

    /// Every version and delete marker of exactly this name.
    pub(super) async fn versions(&self, key: &str) -> Result<Vec<Version>, ArchiveError> {
        let mut found = Vec::new();
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            let request = self
                .client
                .list_object_versions()
                .bucket(&self.settings.bucket)
                .prefix(key)
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker);
            let said = ask!(self, "s3:ListBucketVersions", self.address(key), request)?;
            let listed = said.versions.unwrap_or_default().into_iter();
            let versions = listed.map(|one| (one.key, one.version_id, one.is_latest, false));
            let listed = said.delete_markers.unwrap_or_default().into_iter();
            let markers = listed.map(|one| (one.key, one.version_id, one.is_latest, true));
            found.extend(
                versions
                    .chain(markers)
                    .filter(|one| one.0.as_deref() == Some(key))
                    .map(|(_, id, latest, marker)| Version {
                        id: id.unwrap_or_default(),
                        latest: latest == Some(true),
                        marker,
                    }),
            );
            // Names are listed in order: once others come, ours are through.
            let others = said.next_key_marker.as_deref().is_none_or(|next| next > key);
            if said.is_truncated != Some(true) || others || found.len() >= VERSIONS_MAX {
                return Ok(found);
            }
            (key_marker, version_marker) = (said.next_key_marker, said.next_version_id_marker);
        }
    }

    /// Stores `bytes` under a name that nothing has, locked until `until`.
    pub(super) async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        sha256: &Sha256Digest,
        until: Instant,
    ) -> Result<Put, ArchiveError> {
        let (encryption, kms) = match &self.settings.encryption {
            Encrypt::Aes256 => (Some(ServerSideEncryption::Aes256), None),
            Encrypt::Kms(key) => (Some(ServerSideEncryption::AwsKms), Some(key.clone())),
            Encrypt::Bucket => (None, None),
        };
        let seconds = ATTEMPT_SECONDS + bytes.len() as u64 / BYTES_PER_SECOND_MIN;
        let body = SdkBody::from(bytes);
        let mut attempts = 1;
        loop {
            let body = body
                .try_clone()
                .expect("invariant: bytes in memory can be sent again");
            let request = self
                .client
                .put_object()
                .bucket(&self.settings.bucket)
                .key(key)
                .if_none_match("*")
                .checksum_sha256(Base64::encode_string(sha256.as_bytes()))
                .content_type(MEDIA_TYPE)
                .object_lock_mode(ObjectLockMode::Compliance)
                .object_lock_retain_until_date(DateTime::from_secs(until.timestamp()))
                .set_server_side_encryption(encryption.clone())
                .set_ssekms_key_id(kms.clone())
                .set_expected_bucket_owner(self.settings.owner.clone())
                .body(ByteStream::new(body));
            let limits = aws_sdk_s3::config::Builder::new().timeout_config(aws::timeouts(seconds));
            let error = match request.customize().config_override(limits).send().await {
                Ok(said) => match said.version_id.filter(|id| !id.is_empty() && id != "null") {
                    Some(version) => return Ok(Put::Stored(version)),
                    None => {
                        let why = "the store named no version of what it took";
                        return Ok(Put::Unclear(Failure::new("NoVersion", why)));
                    }
                },
                Err(error) => error,
            };
            let status = error.raw_response().map(|raw| raw.status().as_u16());
            match status {
                Some(409) if attempts < CONFLICT_ATTEMPTS => {
                    attempts += 1;
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
                // The name is taken, or the store got into trouble after it may have taken it; or nothing came back.
                Some(409 | 412 | 500..) | None if was_sent(&error) => return Ok(Put::Unclear(error.into())),
                _ => {
                    return Err(ArchiveError::Failed {
                        call: "s3:PutObject",
                        what: self.address(key),
                        failure: error.into(),
                    });
                }
            }
        }
    }

    /// What the store says of a version; what it gives no checksum of is fetched.
    pub(super) async fn kept(&self, key: &str, version: &str) -> Result<Kept, ArchiveError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.settings.bucket)
            .key(key)
            .version_id(version)
            .checksum_mode(ChecksumMode::Enabled);
        let said = ask!(self, "s3:GetObjectVersion", self.address(key), request)?;
        let sha256 = match whole_checksum(&said) {
            Some(sha256) => Ok((sha256, ReadBy::StoreChecksum)),
            None => self
                .fetched(key, version)
                .await
                .map(|sha256| (sha256, ReadBy::FetchedBytes)),
        };
        let instant = |at: &DateTime| Instant::from_timestamp(at.secs(), at.subsec_nanos());
        Ok(Kept {
            version: version.to_owned(),
            bytes: said
                .content_length
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or(0),
            sha256,
            lock: self.lock(key, version).await,
            encryption: said.server_side_encryption.map(|algorithm| Encryption {
                algorithm: algorithm.as_str().to_owned(),
                key: said.ssekms_key_id,
            }),
            stored: said.last_modified.as_ref().and_then(instant),
        })
    }

    async fn lock(&self, key: &str, version: &str) -> Result<Option<Lock>, Failure> {
        let said = self
            .client
            .get_object_retention()
            .bucket(&self.settings.bucket)
            .key(key)
            .version_id(version)
            .set_expected_bucket_owner(self.settings.owner.clone())
            .send()
            .await;
        let said = match said {
            Ok(said) => said.retention,
            Err(error) if error.code() == Some("NoSuchObjectLockConfiguration") => None,
            Err(error) => return Err(error.into()),
        };
        let Some(retention) = said else { return Ok(None) };
        let until = retention
            .retain_until_date
            .and_then(|at| Instant::from_timestamp(at.secs(), at.subsec_nanos()));
        match (retention.mode, until) {
            (Some(mode), Some(retain_until)) => Ok(Some(Lock {
                mode: mode.as_str().to_owned(),
                retain_until,
            })),
            (None, None) => Ok(None),
            _ => Err(Failure::new(
                "HalfALock",
                "the store names a mode without an end, or an end without a mode",
            )),
        }
    }

    /// The digest of the bytes, fetched.
    async fn fetched(&self, key: &str, version: &str) -> Result<Sha256Digest, Failure> {
        let mut said = self
            .client
            .get_object()
            .bucket(&self.settings.bucket)
            .key(key)
            .version_id(version)
            .set_expected_bucket_owner(self.settings.owner.clone())
            .send()
            .await?;
        let (mut hasher, mut read) = (Sha256::new(), 0u64);
        while let Some(block) = said.body.next().await {
            let block = block.map_err(|error| Failure::new(BROKEN, error.to_string()))?;
            read += block.len() as u64;
            hasher.update(&block);
        }
        match said.content_length.and_then(|length| u64::try_from(length).ok()) {
            Some(announced) if announced != read => {
                let why = format!("{read} bytes came of {announced} that were announced");
                Err(Failure::new(BROKEN, why))
            }
            _ => Ok(Sha256Digest::from_bytes(hasher.finalize().into())),
        }
    }
}

/// The store's checksum of the whole object; one of parts says nothing about the whole.
fn whole_checksum(said: &HeadObjectOutput) -> Option<Sha256Digest> {
    let decoded = Base64::decode_vec(said.checksum_sha256.as_deref()?).ok()?;
    decoded.try_into().ok().map(Sha256Digest::from_bytes)
}

/// Whether the request left: what was refused before is certainly not stored.
fn was_sent<E>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        _ => true,
    }
}
