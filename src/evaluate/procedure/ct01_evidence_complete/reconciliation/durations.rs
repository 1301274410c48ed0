//! How long restores took by their jobs against what the service itself says of each resource's latest restore.
//!
//! The service tells whole minutes and not how it rounds: both neighbours of the job's own duration tie. It describes a
//! resource where the resource lies, so that restores of copies elsewhere are compared only where it describes them too.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, tail};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{JobState, RestoreJob};
use crate::model::records::protection::LatestRestore;
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, show};

/// A restore that the service tells of: its duration, by each description, and where one stands.
type Told<'a> = BTreeMap<(&'a ResourceId, Instant), (BTreeSet<Option<u64>>, &'a Citation)>;

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let (records, span) = (context.records, examined(context.scope));
    let keys = [
        place.key(Source::AwsRestoreJobs),
        place.key(Source::AwsProtectedResources),
    ];
    let jobs: Vec<_> = records.restores.iter().filter(|job| job.key == keys[0]).collect();
    let descriptions = records.latest_restores.iter();
    let descriptions: Vec<_> = descriptions.filter(|row| row.key == keys[1]).collect();
    let mut told = Told::new();
    for row in &descriptions {
        if let Some(created) = row.value.job_created.filter(|at| span.contains(*at)) {
            let entry = told.entry((&row.value.resource, created));
            let (minutes, _) = entry.or_insert_with(|| (BTreeSet::new(), &row.citation));
            minutes.insert(row.value.minutes);
        }
    }
    let (mut compared, mut open, mut cited) = (BTreeSet::new(), Vec::new(), Vec::new());
    for ((resource, created), (minutes, citation)) in &told {
        let name = tail(resource.as_str());
        let same = |job: &&&Observed<RestoreJob>| {
            let job = &job.value;
            job.resource.as_ref() == Some(*resource) && job.created == *created
        };
        let Some(job) = jobs.iter().find(same) else {
            let at = show(*created);
            open.push(format!(
                "a restore of {name} at {at} by the service, without its job"
            ));
            cited.push(*citation);
            continue;
        };
        compared.insert(&job.value.id);
        let different = minutes.iter().filter(|minutes| !ties(&job.value, **minutes));
        for minutes in different {
            let by_service = minutes.map_or("none".to_owned(), |minutes| format!("{minutes} minutes"));
            let id = &job.value.id;
            open.push(format!(
                "restore {id} of {name}: {} by its job, {by_service} by the service",
                took(&job.value)
            ));
            cited.extend([*citation, &job.citation]);
        }
    }
    let untold: Vec<_> = jobs.iter().filter(|job| is_untold(job, &descriptions)).collect();
    let untold: Vec<_> = untold
        .into_iter()
        .filter(|job| job.value.completed.is_some_and(|at| span.contains(at)))
        .collect();
    for job in &untold {
        compared.insert(&job.value.id);
        open.push(format!(
            "restore {} ended, and the service tells of no restore of its resource since",
            job.value.id
        ));
        cited.push(&job.citation);
    }
    (!told.is_empty() || !compared.is_empty()).then(|| Reconciliation {
        name: "restore-durations",
        left: counted(
            compared.len(),
            "restore jobs of resources that the service describes",
        ),
        right: counted(
            told.len(),
            "latest restores by the service, each with its duration",
        ),
        explained: Vec::new(),
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "the service's account of the restore, and the job with its end",
    })
}

/// Whether a duration in whole minutes is the job's, rounded down or up.
fn ties(job: &RestoreJob, minutes: Option<u64>) -> bool {
    let Some((completed, minutes)) = job
        .completed
        .zip(minutes.and_then(|told| i64::try_from(told).ok()))
    else {
        return false;
    };
    let (took, told) = (completed - job.created, TimeDelta::minutes(minutes));
    job.state == JobState::Completed && (took - told).abs() < TimeDelta::minutes(1)
}

fn took(job: &RestoreJob) -> String {
    let completed = job.completed.filter(|_| job.state == JobState::Completed);
    completed.map_or("no end".to_owned(), |completed| {
        let took = completed - job.created;
        format!("{} minutes {} s", took.num_minutes(), took.num_seconds() % 60)
    })
}

/// Whether a completed job's resource was described after its end, and the first such description knows only older ones.
fn is_untold(job: &Observed<RestoreJob>, descriptions: &[&Observed<LatestRestore>]) -> bool {
    let Some(completed) = job
        .value
        .completed
        .filter(|_| job.value.state == JobState::Completed)
    else {
        return false;
    };
    let of_resource = descriptions
        .iter()
        .filter(|row| Some(&row.value.resource) == job.value.resource.as_ref() && row.value.at >= completed);
    let first = of_resource.min_by_key(|row| row.value.at);
    first.is_some_and(|row| row.value.job_created.is_none_or(|told| told < job.value.created))
}
