//! Whether Atlas would let a collection in, tonight: the identity, the project, the clusters that the configuration names, and
//! each call in its smallest form. Nothing goes to the ledger.

use std::collections::BTreeMap;

use chrono::{DurationRound as _, TimeDelta};
use futures_util::stream::{StreamExt as _, iter};
use reqwest::Url;
use serde_json::Value;

use super::calls::{self, Kind};
use super::project::{Resource, accept};
use super::session::Session;
use super::{Atlas, GROUPS, PROJECTS_AT_ONCE, ROLE};
use crate::collect::CollectError;
use crate::collect::failure::{Failure, UNREACHABLE};
use crate::model::estate::AtlasProject;
use crate::model::time::Interval;
use crate::service::checkup::{Check, Checkup, Outcome};
use crate::service::refusal::Verdict;

/// A project that is examined.
struct Patient<'a, 'c> {
    project: &'a AtlasProject,
    groups: &'a Url,
    session: Session,
    checkup: &'a Checkup<'c>,
}

pub(super) fn examine(atlas: &Atlas, checkup: &Checkup<'_>) -> Result<(), CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CollectError::Runtime)?;
    let (groups, account) = (atlas.at(&GROUPS), atlas.service_account());
    let checks = runtime.block_on(async {
        let examined = iter(&atlas.projects).map(|project| {
            let patient = Patient {
                project,
                groups: &groups,
                session: atlas.session(account.as_ref()),
                checkup,
            };
            async move { patient.checks().await }
        });
        examined.buffered(PROJECTS_AT_ONCE).collect::<Vec<_>>().await
    });
    for check in checks.concat() {
        checkup.take(check);
    }
    Ok(())
}

impl Patient<'_, '_> {
    async fn checks(&self) -> Vec<Check> {
        // All clusters: those that the configuration names have to be among them.
        let clusters = calls::cluster_list();
        let (first, body) = self.tried("", &clusters).await;
        if self.session.has_given_up() {
            let said = "not tried: nobody is let in".to_owned();
            let others = self.check("", "every other call", (Outcome::Untold, said, String::new()));
            return vec![first, others];
        }
        let mut checks = vec![first];
        let listed = body.as_ref().and_then(|body| body.get("results")?.as_array());
        let kinds: Option<BTreeMap<_, _>> = listed.map(|rows| rows.iter().filter_map(calls::kind).collect());
        for cluster in &self.project.clusters {
            let kind = match &kinds {
                None => {
                    let said = "not tried: the clusters could not be listed".to_owned();
                    Err((Outcome::Untold, said, String::new()))
                }
                Some(kinds) => kinds.get(cluster).cloned().map_or_else(
                    || {
                        let said = "the project lists no cluster of this name".to_owned();
                        Err((
                            Outcome::Fails,
                            said,
                            "correct `clusters` of [[estate.atlas]]".to_owned(),
                        ))
                    },
                    |kind| kind.map_err(|failure| (Outcome::Fails, failure.message, String::new())),
                ),
            };
            checks.extend(self.cluster(cluster, kind).await);
        }
        let policy = calls::compliance_policy_itself();
        checks.push(self.tried("", &policy).await.0);
        checks.push(self.events().await);
        checks
    }

    async fn cluster(&self, cluster: &str, kind: Result<Kind, Verdict>) -> Vec<Check> {
        let place = format!("cluster {cluster}");
        match kind {
            Err(untold) => vec![self.check(&place, "cluster", untold)],
            Ok(kind) => {
                let mut checks = Vec::new();
                for resource in [
                    calls::schedule_of(cluster),
                    calls::snapshots_of(cluster, kind),
                    calls::restore_jobs_of(cluster),
                ] {
                    checks.push(self.tried(&place, &resource.smallest()).await.0);
                }
                checks
            }
        }
    }

    async fn events(&self) -> Check {
        let now = self.checkup.now();
        let now = now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now);
        let day = Interval::new(now - TimeDelta::days(1), now).expect("invariant: a day is no moment");
        self.tried("", &calls::events_in(day).smallest()).await.0
    }

    /// Asks once, as far as the session does, and says what came of it.
    async fn tried(&self, place: &str, resource: &Resource) -> (Check, Option<Value>) {
        let operation = resource.question.operation;
        let project = &self.project.project;
        self.checkup
            .tries(&format!("Atlas {project} {place} {operation}"));
        let url = resource.url(self.groups, project, None);
        let (answer, said) = self.session.get(&url, &accept(resource.version)).await;
        if let Some(answer) = &answer {
            self.checkup.date("Atlas", &answer.date);
        }
        match said {
            Ok(body) => {
                let works = (Outcome::Works, "allowed".to_owned(), String::new());
                (self.check(place, operation, works), Some(body))
            }
            Err(failure) => {
                let status = answer.map_or(0, |answer| answer.status);
                (self.check(place, operation, refused(status, &failure)), None)
            }
        }
    }

    fn check(&self, place: &str, name: &str, (outcome, said, next): Verdict) -> Check {
        let AtlasProject {
            project,
            name: called,
            ..
        } = self.project;
        Check {
            group: format!("Atlas {project} {called}"),
            place: place.to_owned(),
            name: name.to_owned(),
            outcome,
            said,
            next,
        }
    }
}

fn refused(status: u16, failure: &Failure) -> Verdict {
    let Failure { code, message } = failure;
    let said = |what: &str| format!("{what}: {code}: {message}");
    match status {
        401 => (
            Outcome::Fails,
            said("the identity is refused"),
            "check the credentials that the source names, and whether they are of this Atlas (`url`)"
                .to_owned(),
        ),
        403 => (
            Outcome::Fails,
            said("denied"),
            format!(
                "give the identity the role {ROLE} in the project, and let its access list have this machine's address"
            ),
        ),
        404 => (
            Outcome::Fails,
            said("not there"),
            "check the project of [[estate.atlas]]".to_owned(),
        ),
        406 => (
            Outcome::Fails,
            said("this version of the interface is not known there"),
            "check `url`; a newer version of backproof may be needed".to_owned(),
        ),
        429 => (
            Outcome::Untold,
            said("throttled"),
            "try again when less is going on".to_owned(),
        ),
        0 if code == UNREACHABLE => (
            Outcome::Fails,
            said("no connection"),
            "let this machine reach Atlas: network, proxy, `url`".to_owned(),
        ),
        // A token that is refused has no answer that is kept.
        0 if message.starts_with("no token was granted") => (
            Outcome::Fails,
            said("the identity is refused"),
            "check client_id and client_secret".to_owned(),
        ),
        _ => (Outcome::Untold, said("no clear answer"), "try again".to_owned()),
    }
}
