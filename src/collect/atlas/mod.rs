//! The MongoDB Atlas Administration API v2, live, in every project of the estate.
//!
//! Projects are asked side by side, each in one order. Whatever Atlas refuses becomes a failed pull; where the identity
//! itself is refused, each pull that the project owes says so, and nobody is asked again.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use reqwest::Url;

use self::credentials::{Account, Credentials, Pair};
use self::http::Http;
use self::project::Project;
use self::session::Session;
use super::secret::Secret;
use super::{CollectError, Privilege, Settings, Sink, Source, Trails};
use crate::model::estate::{AtlasProject, global};
use crate::model::source::{Source as Of, SourceKey};
use crate::service::checkup::Checkup;

mod calls;
mod credentials;
mod examine;
mod http;
mod project;
mod redact;
mod session;
mod wait;

/// Projects that are asked at the same time.
const PROJECTS_AT_ONCE: usize = 4;
/// Where Atlas is, unless `url` says otherwise: Atlas for Government is elsewhere.
const ATLAS: &str = "https://cloud.mongodb.com";
/// Where tokens are granted.
const TOKENS: [&str; 3] = ["api", "oauth", "token"];
/// Where projects lie.
const GROUPS: [&str; 4] = ["api", "atlas", "v2", "groups"];
/// The role that reads all that is asked for.
const ROLE: &str = "Project Read Only";
/// Most attempts that a configuration may ask for.
const ATTEMPTS_MAX: u32 = 20;

/// The settings that this kind of source may have.
pub(super) const SETTINGS: &[&str] = &[
    "client_id",
    "client_secret",
    "public_key",
    "private_key",
    "project",
    "url",
    "max_attempts",
];

/// Asks for one part of what a project owes.
type Ask = for<'p> fn(&'p Project<'_, '_>) -> LocalBoxFuture<'p, Result<(), CollectError>>;

macro_rules! ask {
    ($ask:path) => {
        |project| Box::pin($ask(project))
    };
}

/// What is asked of each project, with the sources that it is for.
const ASKS: &[(&[Of], Ask)] = &[
    (
        &[
            Of::CloudResourceListing,
            Of::AtlasBackupSchedule,
            Of::AtlasSnapshots,
        ],
        ask!(calls::clusters),
    ),
    (&[Of::AtlasRestoreJobs], ask!(calls::restore_jobs)),
    (&[Of::AtlasCompliancePolicy], ask!(calls::compliance_policy)),
    (&[Of::AtlasEvents], ask!(calls::events)),
];

/// Who asks, as configured.
#[derive(Debug, Clone)]
enum Identity {
    ServiceAccount(Pair),
    ApiKey(Pair),
}

/// Atlas, as configured.
struct Atlas {
    projects: Vec<AtlasProject>,
    identity: Identity,
    base: Url,
    attempts: u32,
    http: Http,
}

pub(super) fn open(settings: &Settings) -> Result<Box<dyn Source>, CollectError> {
    Ok(Box::new(Atlas {
        projects: projects(settings)?,
        identity: identity(settings)?,
        base: base(settings)?,
        attempts: attempts(settings)?,
        http: Http::new()?,
    }))
}

/// The projects to ask in.
fn projects(settings: &Settings) -> Result<Vec<AtlasProject>, CollectError> {
    let mut projects = settings.estate.atlas.clone();
    if projects.is_empty() {
        return Err(CollectError::Nowhere {
            kind: "atlas",
            place: "[[estate.atlas]]",
        });
    }
    if let Some(named) = settings.values.get("project") {
        projects.retain(|known| known.project.as_str() == named);
        if projects.is_empty() {
            return Err(CollectError::NotOfEstate {
                key: "project",
                account: named.clone(),
            });
        }
    }
    Ok(projects)
}

fn identity(settings: &Settings) -> Result<Identity, CollectError> {
    let pair = |name, secret| -> Result<Option<Pair>, CollectError> {
        let found: (Option<Secret>, Option<Secret>) = (settings.secret(name)?, settings.secret(secret)?);
        match found {
            (Some(name), Some(secret)) => Ok(Some(Pair { name, secret })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(CollectError::MissingKey {
                kind: "atlas",
                key: secret,
            }),
            (None, Some(_)) => Err(CollectError::MissingKey {
                kind: "atlas",
                key: name,
            }),
        }
    };
    match (
        pair("client_id", "client_secret")?,
        pair("public_key", "private_key")?,
    ) {
        (Some(account), None) => Ok(Identity::ServiceAccount(account)),
        (None, Some(key)) => Ok(Identity::ApiKey(key)),
        _ => Err(CollectError::OneIdentity),
    }
}

/// The service's address. Credentials go there: nobody may listen on the way.
fn base(settings: &Settings) -> Result<Url, CollectError> {
    let text = settings.values.get("url").map_or(ATLAS, String::as_str);
    let bad = |why| CollectError::BadSetting { key: "url", why };
    let url: Url = text
        .parse()
        .map_err(|_| bad("it is no address: write https://cloud.mongodb.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("credentials stand in it: name where they lie instead"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad(
            "it leads further than to the service: write https://cloud.mongodb.com",
        ));
    }
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(bad("secrets would be sent in the clear: write https://")),
    }
}

fn attempts(settings: &Settings) -> Result<u32, CollectError> {
    let Some(text) = settings.values.get("max_attempts") else {
        return Ok(wait::ATTEMPTS);
    };
    let attempts = text
        .parse()
        .ok()
        .filter(|attempts| (1..=ATTEMPTS_MAX).contains(attempts));
    attempts.ok_or(CollectError::BadSetting {
        key: "max_attempts",
        why: "it is no number from 1 to 20",
    })
}

impl Atlas {
    /// How the addresses of the API's own resources begin. Behind another `url`, links may still name Atlas itself.
    fn apis(&self) -> Vec<String> {
        let configured = self.at(&["api", "atlas", ""]).to_string();
        vec![configured, format!("{ATLAS}/api/atlas/")]
    }

    /// The service account, whose token all projects share.
    fn service_account(&self) -> Option<Rc<Account>> {
        match &self.identity {
            Identity::ServiceAccount(pair) => Some(Rc::new(Account::new(pair.clone(), self.at(&TOKENS)))),
            Identity::ApiKey(_) => None,
        }
    }

    /// A project's way to Atlas.
    fn session(&self, account: Option<&Rc<Account>>) -> Session {
        let credentials = match (&self.identity, account) {
            (Identity::ServiceAccount(pair) | Identity::ApiKey(pair), None) => Credentials::ApiKey {
                pair: pair.clone(),
                challenge: RefCell::default(),
            },
            (_, Some(account)) => Credentials::ServiceAccount(Rc::clone(account)),
        };
        Session::new(self.http.clone(), credentials, self.attempts, self.apis())
    }

    fn at(&self, steps: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("invariant: the address of a web service has a path")
            .clear()
            .extend(steps);
        url
    }
}

impl Source for Atlas {
    fn name(&self) -> String {
        let clusters: usize = self.projects.iter().map(|project| project.clusters.len()).sum();
        format!("Atlas: {} projects, {clusters} clusters", self.projects.len())
    }

    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError> {
        let places = self.projects.iter().flat_map(|project| {
            let sources = ASKS.iter().flat_map(|(sources, _)| sources.iter());
            sources.map(|source| SourceKey {
                source: *source,
                account: project.project.clone(),
                region: global(),
            })
        });
        Ok(places.collect())
    }

    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CollectError::Runtime)?;
        let (run, groups) = (sink.run(), self.at(&GROUPS));
        let account = self.service_account();
        runtime.block_on(
            iter(&self.projects)
                .map(async |project| {
                    let project = Project {
                        project,
                        groups: &groups,
                        run: &run,
                        session: self.session(account.as_ref()),
                        sink,
                    };
                    for (sources, ask) in ASKS {
                        let taken = |source: &Of| sink.narrowed().takes(&project.key(*source));
                        if sources.iter().any(taken) {
                            ask(&project).await?;
                        }
                    }
                    Ok(())
                })
                .buffer_unordered(PROJECTS_AT_ONCE)
                .try_collect(),
        )
    }

    fn examine(&self, checkup: &Checkup<'_>) -> Result<(), CollectError> {
        examine::examine(self, checkup)
    }
}

/// What a source takes: one role that reads, in each project.
pub(super) fn privileges(settings: &Settings, _: &Trails) -> Result<Vec<Privilege>, CollectError> {
    let projects = projects(settings)?.into_iter();
    let privilege = |project: AtlasProject| Privilege::Atlas {
        project: project.project.to_string(),
        role: ROLE,
    };
    Ok(projects.map(privilege).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::estate::Estate;

    fn settings(values: &[(&str, &str)]) -> Settings {
        let project = AtlasProject {
            project: "64b7f0c2a9d1e35c8a4f2b10".parse().expect("a project"),
            name: "production".to_owned(),
            clusters: ["patients".to_owned()].into(),
        };
        Settings {
            base: "/nowhere".into(),
            values: values
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            estate: Estate {
                atlas: vec![project],
                ..Estate::default()
            },
        }
    }

    #[track_caller]
    fn refused(values: &[(&str, &str)], expected: &str) {
        let error = open(&settings(values)).err().expect("must be refused");
        let error = http::chain(&error);
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn an_identity_is_one_pair_of_references() {
        refused(&[], "either client_id and client_secret");
        refused(
            &[("client_secret", "canary")],
            "client_secret is not a reference: write file:PATH or env:NAME",
        );
        refused(
            &[("private_key", "file:none")],
            "can't read what private_key names: can't read /nowhere/none",
        );
        refused(
            &[("public_key", "env:BACKPROOF_SURELY_UNSET")],
            "public_key names: the environment has no BACKPROOF_SURELY_UNSET",
        );
        refused(&[("public_key", "env:PATH")], "needs the setting \"private_key\"");
        let both = [
            ("public_key", "env:PATH"),
            ("private_key", "env:PATH"),
            ("client_id", "env:PATH"),
            ("client_secret", "env:PATH"),
        ];
        refused(&both, "either client_id and client_secret");
    }

    #[test]
    fn a_project_is_asked_for_all_that_it_owes() {
        let settings = settings(&[("public_key", "env:PATH"), ("private_key", "env:HOME")]);
        let expected = settings.estate.expected();
        assert_eq!(open(&settings).expect("open").places().expect("places"), expected);
    }

    #[test]
    fn secrets_are_sent_to_nobody_in_the_clear() {
        let url = |text: &str| base(&settings(&[("url", text)])).map(|url| url.to_string());
        assert_eq!(
            url("https://cloud.mongodbgov.com").ok().as_deref(),
            Some("https://cloud.mongodbgov.com/")
        );
        assert_eq!(
            base(&settings(&[])).map(|url| url.to_string()).ok().as_deref(),
            Some("https://cloud.mongodb.com/")
        );
        assert!(url("http://127.0.0.1:4000").is_ok());
        for bad in [
            "http://cloud.mongodb.com",
            "http://127.0.0.1.example.org",
            "https://user:canary@cloud.mongodb.com",
            "https://cloud.mongodb.com/api",
            "https://cloud.mongodb.com?x=canary",
            "ftp://cloud.mongodb.com",
            "cloud.mongodb.com",
        ] {
            let error = url(bad).expect_err(bad).to_string();
            assert!(error.starts_with("url: ") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_source_may_be_of_one_project_of_the_estate() {
        refused(
            &[("project", "000000000000000000000000")],
            "project is 000000000000000000000000, which is no account of the estate",
        );
        for bad in ["0", "21", "many"] {
            assert!(attempts(&settings(&[("max_attempts", bad)])).is_err());
        }
    }
}
