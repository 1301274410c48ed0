//! What the provider's own history says of a restore that people claim.
//!
//! A log entry is a claim. It is corroborated by a completed restore job of the id that it cites, created within a day of
//! the claimed time, whose source belongs to the system. A job that failed or restored another system contradicts it;
//! anything else leaves it open, for there are ways to restore that leave no job (policy 6.2(7), 13.4.2). A job that only
//! a broken pull shows leaves it open too: what such a pull shows counts against a claim, never for it.

use chrono::TimeDelta;

use super::context::Context;
use super::facts::doubt;
use super::grounds::moment;
use crate::model::coverage::{Gap, Proof};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{JobState, RestoreJob};
use crate::model::records::governance::{RestoreTest, System};
use crate::model::records::{Citation, Observed};
use crate::model::source::Reach;
use crate::model::time::{Instant, show, show_delta};

/// What the provider's history says of one cited restore job.
#[derive(Debug)]
pub enum Cited<'a> {
    /// The job completed, and its source is the system's.
    Matched {
        /// The job.
        job: &'a Observed<RestoreJob>,
        /// That the history which holds it is whole.
        proof: Proof,
    },
    /// The job failed, was aborted, or restored another system.
    Contradicted {
        /// The job.
        job: &'a Observed<RestoreJob>,
        /// In words.
        why: String,
    },
    /// Nobody can tell.
    Open {
        /// In words.
        why: String,
        /// What was found of it.
        records: Vec<Citation>,
    },
}

impl Cited<'_> {
    /// That the history which holds a matched job is whole.
    pub fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Matched { proof, .. } => Some(proof),
            _ => None,
        }
    }
}

/// Whose backup a job restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The system's.
    Own,
    /// That of the other system named.
    Other(String),
    /// No system's of the inventory, or not known.
    Unclear,
}

/// How far the creation of a restore job may lie from the time that people wrote down.
pub fn nearness() -> TimeDelta {
    TimeDelta::days(1)
}

/// What the history says of the job that a restore test of `system` cites.
pub fn cited_by<'a>(context: &Context<'a>, system: &System, test: &RestoreTest) -> Cited<'a> {
    match &test.restore_job {
        Some(job) => look_up(context, system, job, test.started),
        None => Cited::Open {
            why: format!("test {} names no restore job", test.id),
            records: Vec::new(),
        },
    }
}

/// What the history says of the job `cited` as a restore of `system` near `at`.
pub fn look_up<'a>(context: &Context<'a>, system: &System, cited: &str, at: Instant) -> Cited<'a> {
    let records = context.records;
    let found: Vec<_> = records
        .restores
        .iter()
        .filter(|job| job.value.id == cited)
        .collect();
    let open = |why: String| Cited::Open {
        why,
        records: found.iter().map(|job| job.citation.clone()).collect(),
    };
    let job = match found[..] {
        [] => return open(format!("restore job {cited} is not in the provider's history")),
        [job] => job,
        _ => return open(format!("{} restore jobs carry the id {cited}", found.len())),
    };
    if let Some(doubt) = doubt(records, job, &[cited]) {
        return open(doubt.reason);
    }
    let state = job.value.state;
    if matches!(state, JobState::Failed | JobState::Aborted) {
        let why = format!("restore job {cited} is {}", state.as_str());
        return Cited::Contradicted { job, why };
    }
    match ownership(context, &job.value, system) {
        Ownership::Other(other) => {
            let why = format!("restore job {cited} restored a backup of {other}");
            Cited::Contradicted { job, why }
        }
        Ownership::Unclear => open(format!(
            "what restore job {cited} restored can't be traced to the system"
        )),
        Ownership::Own if state != JobState::Completed => {
            open(format!("restore job {cited} is {}", state.as_str()))
        }
        Ownership::Own if job.value.completed.is_none_or(|done| done >= context.scope.as_of) => open(
            format!("restore job {cited} is not shown to have been over before the as-of instant"),
        ),
        Ownership::Own if (job.value.created - at).abs() > nearness() => open(format!(
            "restore job {cited} was created at {}, {} from the recorded {}",
            show(job.value.created),
            show_delta((job.value.created - at).abs()),
            show(at)
        )),
        Ownership::Own => match history(context, job) {
            Ok(proof) => Cited::Matched { job, proof },
            Err(gaps) => {
                let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
                open(format!(
                    "restore job {cited} is in no complete history: {}",
                    gaps.join("; ")
                ))
            }
        },
    }
}

/// Proof that the provider's history is whole where it holds `job`. Atlas has it as a register.
fn history(context: &Context<'_>, job: &Observed<RestoreJob>) -> Result<Proof, Vec<Gap>> {
    let at = match job.key.source.reach() {
        Reach::Register => context.scope.as_of - TimeDelta::milliseconds(1),
        _ => job.value.created,
    };
    context.records.coverage.prove(&job.key, moment(at))
}

/// Whose backup `job` restored: by its resource, or where the job names none by that of its recovery point.
pub fn ownership(context: &Context<'_>, job: &RestoreJob, system: &System) -> Ownership {
    let records = context.records;
    let whose = |resource: &ResourceId| {
        if system.resources.contains(resource) {
            return Ownership::Own;
        }
        let other = records
            .systems
            .iter()
            .filter(|row| row.value.resources.contains(resource));
        other
            .map(|row| row.value.id.to_string())
            .min()
            .map_or(Ownership::Unclear, Ownership::Other)
    };
    if let Some(resource) = &job.resource {
        return whose(resource);
    }
    let points = records
        .points
        .iter()
        .filter(|point| Some(&point.value.id) == job.point.as_ref());
    let mut owners: Vec<_> = points
        .filter_map(|point| point.value.resource.as_ref())
        .map(whose)
        .collect();
    owners.dedup();
    match owners.pop() {
        Some(owner) if owners.is_empty() => owner,
        _ => Ownership::Unclear,
    }
}
