//! `[signing]`: who signs. One of four ways to a private key, each with its own keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, reference, role};
use crate::collect::Reference;
use crate::model::ids::Account;
use crate::sign::kms::KmsKey;
use crate::sign::token::TokenKey;

/// The identity that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningConfig {
    /// A key in a PEM file.
    Pem {
        /// The private key.
        key: Reference,
        /// The certificate and its chain, leaf first, PEM.
        certificates: Reference,
    },
    /// A key and its certificates in a PKCS#12 file.
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// Its password.
        password: Reference,
    },
    /// A key in AWS KMS.
    Kms {
        /// The key.
        key: KmsKey,
        /// The certificate and its chain, leaf first, PEM.
        certificates: Reference,
    },
    /// A key in a token that speaks PKCS#11.
    Token {
        /// The key.
        key: TokenKey,
        /// What the token asks of its user.
        pin: Reference,
        /// The certificate and its chain, leaf first, PEM.
        certificates: Reference,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSigning {
    key: Option<String>,
    certificates: Option<String>,
    pkcs12: Option<String>,
    password: Option<String>,
    kms_key: Option<String>,
    region: Option<String>,
    account: Option<String>,
    role: Option<String>,
    external_id: Option<String>,
    pkcs11_module: Option<PathBuf>,
    token: Option<String>,
    key_label: Option<String>,
    pin: Option<String>,
}

impl WireSigning {
    /// The identity of a configuration that stands at `path`, in `base`.
    pub(super) fn checked(self, path: &Path, base: &Path) -> Result<SigningConfig, ConfigError> {
        let wrong = |message: String| ConfigError::Section {
            path: path.to_owned(),
            message,
        };
        let way = self.way().map_err(wrong)?;
        self.only(way).map_err(wrong)?;
        let text = |value: &Option<String>, name: &str| {
            let text = value.clone().filter(|text| !text.trim().is_empty());
            text.ok_or_else(|| wrong(format!("signing.{way} needs signing.{name}")))
        };
        let secret = |value: &Option<String>, name: &str| {
            reference(path, base, &format!("signing.{name}"), &text(value, name)?)
        };
        Ok(match way {
            "key" => SigningConfig::Pem {
                key: secret(&self.key, "key")?,
                certificates: secret(&self.certificates, "certificates")?,
            },
            "pkcs12" => match secret(&self.pkcs12, "pkcs12")? {
                Reference::File(file) => SigningConfig::Pkcs12 {
                    file,
                    password: secret(&self.password, "password")?,
                },
                Reference::Env(_) => {
                    return Err(wrong("signing.pkcs12 is a file: write file:PATH".to_owned()));
                }
            },
            "kms_key" => SigningConfig::Kms {
                key: self.kms_key(&text(&self.kms_key, "kms_key")?).map_err(wrong)?,
                certificates: secret(&self.certificates, "certificates")?,
            },
            _ => SigningConfig::Token {
                key: TokenKey {
                    module: base.join(self.pkcs11_module.as_deref().unwrap_or(Path::new(""))),
                    token: text(&self.token, "token")?,
                    key: text(&self.key_label, "key_label")?,
                },
                pin: secret(&self.pin, "pin")?,
                certificates: secret(&self.certificates, "certificates")?,
            },
        })
    }

    /// The one way to a private key that is configured.
    fn way(&self) -> Result<&'static str, String> {
        let ways = [
            ("key", self.key.is_some()),
            ("pkcs12", self.pkcs12.is_some()),
            ("kms_key", self.kms_key.is_some()),
            ("pkcs11_module", self.pkcs11_module.is_some()),
        ];
        let named: Vec<_> = ways
            .iter()
            .filter(|(_, named)| *named)
            .map(|(way, _)| *way)
            .collect();
        match named[..] {
            [way] => Ok(way),
            [] => Err("signing names no private key: write key, pkcs12, kms_key or pkcs11_module".to_owned()),
            _ => Err(format!(
                "signing names several private keys ({}): leave one",
                named.join(", ")
            )),
        }
    }

    /// Refuses keys of another way: what is written and not used is a slip.
    fn only(&self, way: &str) -> Result<(), String> {
        let kms = ["kms_key"].as_slice();
        let token = ["pkcs11_module"].as_slice();
        for (name, written, ways) in [
            (
                "certificates",
                self.certificates.is_some(),
                ["key", "kms_key", "pkcs11_module"].as_slice(),
            ),
            ("password", self.password.is_some(), &["pkcs12"]),
            ("region", self.region.is_some(), kms),
            ("account", self.account.is_some(), kms),
            ("role", self.role.is_some(), kms),
            ("external_id", self.external_id.is_some(), kms),
            ("token", self.token.is_some(), token),
            ("key_label", self.key_label.is_some(), token),
            ("pin", self.pin.is_some(), token),
        ] {
            if written && !ways.contains(&way) {
                return Err(format!(
                    "signing.{name} is of no use with signing.{way}: leave it out"
                ));
            }
        }
        Ok(())
    }

    fn kms_key(&self, id: &str) -> Result<KmsKey, String> {
        // An ARN says region and account: arn:aws:kms:us-east-1:111122223333:key/…
        let parts: Vec<_> = id.split(':').collect();
        let (by_arn, of_arn) = match parts[..] {
            ["arn", _, "kms", region, account, _] => (Some(region.to_owned()), Some(account.to_owned())),
            _ => (None, None),
        };
        let one = |name: &str, written: &Option<String>, by_arn: Option<String>| match (written, by_arn) {
            (Some(written), Some(by_arn)) if *written != by_arn => Err(format!(
                "signing.{name} is {written}, the ARN of signing.kms_key says {by_arn}"
            )),
            (written, by_arn) => Ok(by_arn.or_else(|| written.clone())),
        };
        let region = one("region", &self.region, by_arn)?
            .ok_or("signing.kms_key is no ARN: say where the key is with signing.region")?;
        let account = one("account", &self.account, of_arn)?.map(|account| account.parse::<Account>());
        let account = account
            .transpose()
            .map_err(|error| format!("signing.account: {error}"))?;
        let role = role(
            "signing",
            self.role.clone(),
            account.as_ref(),
            self.external_id.clone(),
        )?;
        Ok(KmsKey {
            id: id.to_owned(),
            region,
            role,
        })
    }
}
