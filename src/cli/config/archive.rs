//! `[archive]`: where bundles are kept, and for how long. Retention is raised, never lowered.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::role;
use crate::archive::{Encrypt, Settings, YEARS_MAX, YEARS_MIN};
use crate::model::ids::Account;

/// Where receipts lie when nobody says, beside the configuration.
const RECEIPTS: &str = "archive";

/// The archive, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveConfig {
    /// The store.
    pub settings: Settings,
    /// The directory of the receipts.
    pub receipts: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireArchive {
    bucket: String,
    region: String,
    prefix: Option<String>,
    account: Option<String>,
    role: Option<String>,
    external_id: Option<String>,
    kms_key: Option<String>,
    encryption: Option<String>,
    retention_years: Option<u32>,
    path_style: Option<bool>,
    receipts: Option<PathBuf>,
}

impl WireArchive {
    /// The archive of a configuration that stands in `base`; else what is wrong.
    pub(super) fn checked(self, base: &Path) -> Result<ArchiveConfig, String> {
        let named = |key: &str, value: &str| match value.trim() {
            "" => Err(format!("archive.{key} is empty")),
            _ => Ok(()),
        };
        named("bucket", &self.bucket)?;
        named("region", &self.region)?;
        let years = self.retention_years.unwrap_or(YEARS_MIN);
        if !(YEARS_MIN..=YEARS_MAX).contains(&years) {
            return Err(format!(
                "archive.retention_years is {years}: documentation is kept for {YEARS_MIN} years at the least \
                 (45 CFR 164.316(b)(2)(i)); write {YEARS_MIN} to {YEARS_MAX}, or leave it out"
            ));
        }
        let account = self.account.map(|account| account.parse::<Account>());
        let account = account
            .transpose()
            .map_err(|error| format!("archive.account: {error}"))?;
        let role = role("archive", self.role, account.as_ref(), self.external_id)?;
        let encryption = match (self.kms_key, self.encryption.as_deref()) {
            (Some(_), Some(_)) => {
                return Err("archive.kms_key says how to encrypt: leave archive.encryption out".to_owned());
            }
            (Some(key), None) => Encrypt::Kms(key),
            (None, None | Some("AES256")) => Encrypt::Aes256,
            (None, Some("bucket")) => Encrypt::Bucket,
            (None, Some(other)) => {
                return Err(format!(
                    "archive.encryption is {other:?}: write \"AES256\", or \"bucket\" to leave it to the bucket"
                ));
            }
        };
        let prefix = self.prefix.unwrap_or_default();
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(ArchiveConfig {
            settings: Settings {
                bucket: self.bucket,
                prefix,
                region: self.region,
                owner: account.map(|account| account.as_str().to_owned()),
                role,
                encryption,
                years,
                path_style: self.path_style.unwrap_or(false),
            },
            receipts: base.join(self.receipts.unwrap_or_else(|| RECEIPTS.into())),
        })
    }
}
