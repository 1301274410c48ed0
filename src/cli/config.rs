//! The configuration: one commented TOML file. Unknown keys are refused with the nearest known one; secrets stand as
//! references (`env:`, `file:`), never as values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use super::setting::WireSetting;
use crate::catalogue::{Approval, Setting};
use crate::collect::{Reference, Settings};
use crate::model::estate::{AtlasProject, AwsAccount, Estate};
use crate::model::ids::{Account, BadId, Sha256Digest};
use crate::model::scope::Entity;
use crate::service::aws::{Role, SESSION_NAME};

mod archive;
mod schedule;
mod signing;
mod time_stamps;

pub use archive::ArchiveConfig;
pub use schedule::Schedule;
pub use signing::SigningConfig;
pub use time_stamps::TimeStampsConfig;

/// The configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not the TOML that is expected.
    #[error("{path}, line {line}: {message}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, with the nearest known key.
        message: String,
    },
    /// An identifier does not have its form.
    #[error("{path}: {place}: {source}")]
    Id {
        /// The file.
        path: PathBuf,
        /// The key.
        place: String,
        /// What is wrong.
        source: BadId,
    },
    /// A reference to a secret is not one. What stands there is not shown: it may be the secret.
    #[error("{path}: {place} is not a reference: write file:PATH or env:NAME, never the value itself")]
    Reference {
        /// The file.
        path: PathBuf,
        /// The key.
        place: String,
    },
    /// A parameter, the signer, the authorities of time stamps, the archive or the schedule can't be as it is described.
    #[error("{path}: {message}")]
    Section {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what may stand there.
        message: String,
    },
    /// There is nothing to collect from or to cover.
    #[error("{path}: {message}")]
    Empty {
        /// The file.
        path: PathBuf,
        /// What is missing.
        message: &'static str,
    },
}

/// A configured source: the kinds and their keys stand in `collect::SOURCES`.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// The kind.
    pub kind: String,
    /// Its own keys.
    pub settings: Settings,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who.
    pub entity: Entity,
    /// What to collect from.
    pub sources: Vec<SourceConfig>,
    /// What has to be covered.
    pub estate: Estate,
    /// Parameters set by management.
    pub settings: Vec<Setting>,
    /// The identity that signs; `None` makes a development identity.
    pub signing: Option<SigningConfig>,
    /// Who vouches for the time of signing; `None` leaves it the signer's claim.
    pub time_stamps: Option<TimeStampsConfig>,
    /// The ledger's directory.
    pub ledger: Option<PathBuf>,
    /// The organisation's own files of the catalogue, in their order; none for the built-in one as it is.
    pub catalogue: Vec<PathBuf>,
    /// The file of management's responses to exceptions.
    pub responses: Option<PathBuf>,
    /// Where bundles are kept.
    pub archive: Option<ArchiveConfig>,
    /// When periods are packaged by themselves.
    pub schedule: Schedule,
    /// SHA-256 of the file, as it was read.
    pub sha256: Sha256Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    entity: WireEntity,
    #[serde(default)]
    source: Vec<WireSource>,
    #[serde(default)]
    estate: WireEstate,
    #[serde(default)]
    parameters: BTreeMap<String, WireParameter>,
    signing: Option<signing::WireSigning>,
    time_stamps: Option<time_stamps::WireTimeStamps>,
    ledger: Option<WireLedger>,
    catalogue: Option<WireCatalogue>,
    responses: Option<WireResponses>,
    archive: Option<archive::WireArchive>,
    #[serde(default)]
    schedule: schedule::WireSchedule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntity {
    name: String,
    slug: String,
}

#[derive(Deserialize)]
struct WireSource {
    kind: String,
    #[serde(flatten)]
    values: BTreeMap<String, WireSetting>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WireEstate {
    #[serde(default)]
    aws: Vec<WireAws>,
    #[serde(default)]
    atlas: Vec<WireAtlas>,
    records: Option<WireRecords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAws {
    account: String,
    name: String,
    regions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAtlas {
    project: String,
    name: String,
    clusters: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRecords {
    database: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireParameter {
    value: String,
    approved_by: Option<String>,
    role: Option<String>,
    approved_on: Option<toml::value::Datetime>,
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLedger {
    directory: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCatalogue {
    files: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireResponses {
    file: PathBuf,
}

impl Config {
    /// Reads and checks the file. Relative paths in it are relative to it.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let shape = |line, message| ConfigError::Shape {
            path: path.to_owned(),
            line,
            message,
        };
        let wire: Wire = toml::from_str(text).map_err(|error| {
            let before = error
                .span()
                .map_or("", |span| &text[..span.start.min(text.len())]);
            let line = before.matches('\n').count() + 1;
            shape(line, with_nearest(error.message()))
        })?;
        let id = |place: &str, source| ConfigError::Id {
            path: path.to_owned(),
            place: place.to_owned(),
            source,
        };
        let base = path.parent().unwrap_or_else(|| Path::new(""));
        let slug = wire
            .entity
            .slug
            .parse()
            .map_err(|error| id("entity.slug", error))?;
        if wire.source.is_empty() {
            let message = "no [[source]]: name at least one place to collect from";
            return Err(ConfigError::Empty {
                path: path.to_owned(),
                message,
            });
        }
        let estate = wire.estate.checked().map_err(|(place, error)| id(place, error))?;
        if estate.expected().is_empty() {
            let message =
                "the [estate] is empty: name the accounts, projects and database that have to be covered";
            return Err(ConfigError::Empty {
                path: path.to_owned(),
                message,
            });
        }
        let sources = wire.source.into_iter();
        let sources = sources.map(|source| source.at(base, &estate)).collect();
        let section = |message| ConfigError::Section {
            path: path.to_owned(),
            message,
        };
        let mut settings = Vec::new();
        for (parameter, wire) in wire.parameters {
            settings.push(wire.checked(&parameter).map_err(section)?);
        }
        let signing = wire
            .signing
            .map(|signing| signing.checked(path, base))
            .transpose()?;
        let time_stamps = wire.time_stamps.map(|stamps| stamps.checked(base));
        let time_stamps = time_stamps.transpose().map_err(section)?;
        let archive = wire.archive.map(|archive| archive.checked(base));
        let archive = archive.transpose().map_err(section)?;
        let schedule = wire.schedule.checked().map_err(section)?;
        let catalogue = wire.catalogue.iter().flat_map(|catalogue| &catalogue.files);
        let catalogue = catalogue.map(|file| base.join(file)).collect();
        let name = wire.entity.name;
        Ok(Self {
            entity: Entity { name, slug },
            sources,
            estate,
            settings,
            signing,
            time_stamps,
            ledger: wire.ledger.map(|ledger| base.join(ledger.directory)),
            catalogue,
            responses: wire.responses.map(|responses| base.join(responses.file)),
            archive,
            schedule,
            sha256: Sha256Digest::of(text.as_bytes()),
        })
    }
}

impl WireSource {
    /// The source of a configuration that stands in `base` and has this `estate`.
    fn at(self, base: &Path, estate: &Estate) -> SourceConfig {
        let mut values = BTreeMap::new();
        for (name, setting) in self.values {
            setting.flatten(name, &mut values);
        }
        let settings = Settings {
            base: base.to_owned(),
            values,
            estate: estate.clone(),
        };
        SourceConfig {
            kind: self.kind,
            settings,
        }
    }
}

impl WireEstate {
    fn checked(self) -> Result<Estate, (&'static str, BadId)> {
        let mut estate = Estate::default();
        for aws in self.aws {
            let regions: Result<_, _> = aws.regions.iter().map(|region| region.parse()).collect();
            estate.aws.push(AwsAccount {
                account: aws
                    .account
                    .parse()
                    .map_err(|error| ("estate.aws.account", error))?,
                name: aws.name,
                regions: regions.map_err(|error| ("estate.aws.regions", error))?,
            });
        }
        for atlas in self.atlas {
            let project = atlas
                .project
                .parse()
                .map_err(|error| ("estate.atlas.project", error))?;
            estate.atlas.push(AtlasProject {
                project,
                name: atlas.name,
                clusters: atlas.clusters,
            });
        }
        if let Some(records) = self.records {
            let database = records.database.parse();
            estate.records = Some(database.map_err(|error| ("estate.records.database", error))?);
        }
        Ok(estate)
    }
}

impl WireParameter {
    fn checked(self, parameter: &str) -> Result<Setting, String> {
        let approved_on: Option<NaiveDate> = match self.approved_on {
            None => None,
            Some(on) => Some(on.to_string().parse().map_err(|_| {
                format!(
                    "parameters.{parameter}.approved_on: {on} is not a day: write 2026-06-15, without quotes"
                )
            })?),
        };
        let approval = match (self.approved_by, self.role, approved_on) {
            (Some(by), Some(role), Some(on)) => Some(Approval {
                by,
                role,
                on,
                reference: self.reference,
            }),
            (None, None, None) if self.reference.is_none() => None,
            _ => {
                return Err(format!(
                    "parameters.{parameter}: an approval needs approved_by, role and approved_on, all three"
                ));
            }
        };
        Ok(Setting {
            id: parameter.to_owned(),
            value: self.value,
            approval,
        })
    }
}

fn reference(path: &Path, base: &Path, place: &str, text: &str) -> Result<Reference, ConfigError> {
    Reference::parse(text, base).ok_or_else(|| ConfigError::Reference {
        path: path.to_owned(),
        place: place.to_owned(),
    })
}

/// The role that a section names, in the account that is its own or that it names.
fn role(
    section: &str,
    name: Option<String>,
    account: Option<&Account>,
    external_id: Option<String>,
) -> Result<Option<Role>, String> {
    match (name, account, external_id) {
        (Some(name), Some(account), external_id) => Ok(Some(Role {
            account: account.clone(),
            name,
            external_id,
            session_name: SESSION_NAME,
        })),
        (Some(_), None, _) => Err(format!(
            "{section}.role needs {section}.account: the account that the role is of"
        )),
        (None, _, Some(_)) => Err(format!(
            "{section}.external_id is for a role: name {section}.role too"
        )),
        (None, _, None) => Ok(None),
    }
}

/// Adds the nearest known key to serde's "unknown field" message.
pub(super) fn with_nearest(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let message = message.trim_end();
    if !message.starts_with("unknown field") || quoted.len() < 2 {
        return message.to_owned();
    }
    let (unknown, known) = (quoted[0], &quoted[1..]);
    let near = |known: &&str| strsim::damerau_levenshtein(unknown, known) <= (known.len() / 3).max(1);
    match known.iter().find(|known| near(known)) {
        Some(nearest) => format!("unknown key `{unknown}`: did you mean `{nearest}`?"),
        None => format!("unknown key `{unknown}`; known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[entity]
name = "Luma"
slug = "luma"
[[source]]
kind = "recorded"
directory = "recorded"
[estate.records]
database = "compliance"
[parameters.backup_interval]
value = "24h"
approved_by = "p-001"
role = "CTO"
approved_on = 2026-06-15
reference = "GRC-101"
"#;

    fn check(text: &str, expected: &str) {
        let error = Config::parse(Path::new("conf/backproof.toml"), text).expect_err("must be refused");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn a_good_file_is_read() {
        let config = Config::parse(Path::new("conf/backproof.toml"), GOOD).expect("good");
        assert_eq!(
            config.sources[0].settings.path("directory"),
            Some("conf/recorded".into())
        );
        assert_eq!(config.settings.len(), 1);
    }

    #[test]
    fn bad_files_are_refused_with_place_and_remedy() {
        check(
            &GOOD.replace("slug =", "slugg ="),
            "line 4: unknown key `slugg`: did you mean `slug`?",
        );
        check(&GOOD.replace("\"luma\"", "\"../luma\""), "entity.slug");
        check(&GOOD.replace("role = \"CTO\"\n", ""), "all three");
        check(
            &GOOD.replace("[estate.records]\ndatabase = \"compliance\"\n", ""),
            "the [estate] is empty",
        );
        check(
            &GOOD.replace("2026-06-15", "2026-06-15T00:00:00Z"),
            "is not a day",
        );
        check(
            &format!("{GOOD}[signing]\nkey = \"-----BEGIN PRIVATE KEY-----\"\ncertificates = \"file:c.pem\""),
            "signing.key",
        );
        check("entity = ", "line 1");
    }
}
