//! CT-07: failed, partial, expired or aborted jobs are followed up (policy 6.2(1)).
//!
//! Population: every final job of the period that was not an unblemished success, completed with issues included; jobs
//! whose end nobody saw are INDETERMINATE. Followed up is a job with a later successful one of the same resource that was
//! created within the time management set after the failed job's end (one of a part of it is none), or with a ticket that names the job, was opened
//! within that time, and was closed before the as-of instant: what happened at it or later is no fact yet. The policy sets
//! no time: unapproved, nothing can be concluded.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::context::Context;
use crate::evaluate::facts::may_lie_in;
use crate::evaluate::grounds::{Grounds, examined, moment};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState};
use crate::model::records::governance::Ticket;
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, show, show_delta};

/// Concludes CT-07.
pub(super) fn failed_jobs(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let sources = [Source::AwsBackupJobs, Source::AtlasSnapshots];
    let grounds = Grounds::of(&records.coverage, &sources, examined(context.scope));
    let mut builder = FindingBuilder::new(
        test,
        "jobs that did not succeed without issues",
        grounds.basis.clone(),
    );
    let follow_ups = FollowUps::of(context);
    let period = examined(context.scope);
    for job in &records.jobs {
        if !may_lie_in(context, job, (&job.value.id, job.value.created), period) {
            continue;
        }
        let (id, evidence) = (job.value.id.as_str(), Evidence::of(&job.citation));
        if follow_ups.conflicted.contains(id) {
            let reason = "revisions of the job contradict each other";
            builder.indeterminate(id, reason, "a corrected record of the job", evidence);
            continue;
        }
        match job.value.state {
            JobState::Completed => {}
            JobState::Unfinished | JobState::Unknown => {
                let reason = format!(
                    "the job was {} when last seen at {}",
                    job.value.state.as_str(),
                    show(job.last_seen)
                );
                builder.indeterminate(
                    id,
                    reason,
                    "a later collection that shows how the job ended",
                    evidence,
                );
            }
            _ if !context.criteria.failed_job_followup_approved => {
                let reason = "the policy sets no time for the follow-up, and management approved none";
                builder.indeterminate(id, reason, "an approved value of failed_job_followup", evidence);
            }
            _ => follow_ups.conclude(job, &mut builder),
        }
    }
    grounds.mark(&mut builder);
    builder.finish("no job of the period ended otherwise than in success")
}

struct FollowUps<'a> {
    context: &'a Context<'a>,
    /// Successful jobs by resource, in order of creation.
    successes: BTreeMap<&'a ResourceId, Vec<&'a Observed<BackupJob>>>,
    /// Tickets by what they refer to.
    tickets: BTreeMap<&'a str, Vec<&'a Observed<Ticket>>>,
    conflicted: BTreeSet<&'a str>,
}

impl<'a> FollowUps<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        let records = context.records;
        let conflicted: BTreeSet<_> = records
            .conflicts
            .iter()
            .map(|conflict| conflict.id.as_str())
            .collect();
        let resources = records.jobs.iter();
        let resources: BTreeMap<_, _> = resources
            .map(|job| (job.value.id.as_str(), job.value.resource.as_ref()))
            .collect();
        // A member of a composite is a part of the resource where it has none of its own.
        let is_part = |job: &BackupJob| {
            let parent = job.parent.as_deref().map(|parent| resources.get(parent).copied());
            parent.is_some_and(|of| of.is_none_or(|of| of == job.resource.as_ref()))
        };
        let mut successes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for job in &records.jobs {
            if let (JobState::Completed, Some(resource)) = (job.value.state, &job.value.resource)
                && !conflicted.contains(job.value.id.as_str())
                && !is_part(&job.value)
            {
                successes.entry(resource).or_default().push(job);
            }
        }
        for jobs in successes.values_mut() {
            jobs.sort_by_key(|job| (job.value.created, &job.value.id));
        }
        let mut tickets: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ticket in records.standing_tickets() {
            for reference in &ticket.value.refs {
                tickets.entry(reference.as_str()).or_default().push(ticket);
            }
        }
        Self {
            context,
            successes,
            tickets,
            conflicted,
        }
    }

    fn conclude(&self, job: &Observed<BackupJob>, builder: &mut FindingBuilder) {
        let (coverage, as_of) = (&self.context.records.coverage, self.context.scope.as_of);
        let (id, evidence) = (job.value.id.as_str(), Evidence::of(&job.citation));
        let ended = job
            .value
            .completed
            .unwrap_or(job.value.created)
            .max(job.value.created);
        let deadline = ended + self.context.criteria.failed_job_followup;
        let row = coverage.prove(&job.key, moment(job.value.created));
        let register = coverage.prove_register(Source::Tickets, as_of);
        if let Some(retry) = self.retry(job, deadline) {
            let proof = coverage.prove(&retry.key, moment(retry.value.created));
            let proof = row.and_then(|row| Ok(row.and(proof?)));
            return builder.supported_if(id, &proof, evidence.and(Evidence::of(&retry.citation)));
        }
        let tickets = self.tickets.get(id).map(Vec::as_slice).unwrap_or_default();
        let named = Evidence::all(tickets.iter().map(|ticket| &ticket.citation));
        let timely = tickets.iter().find(|ticket| {
            let ticket = &ticket.value;
            job.value.created <= ticket.opened
                && ticket.opened <= deadline
                && ticket
                    .closed
                    .is_some_and(|closed| ticket.opened <= closed && closed < as_of)
        });
        if let Some(ticket) = timely {
            let proof = row.and_then(|row| Ok(row.and(register?)));
            return builder.supported_if(id, &proof, evidence.and(Evidence::of(&ticket.citation)));
        }
        let evidence = named.into_iter().fold(evidence, Evidence::and);
        if job.value.resource.is_none() {
            let reason = "the record names no resource: whether a later job made up for it is not known";
            return builder.indeterminate(id, reason, "the resource of the job", evidence);
        }
        if deadline > as_of {
            let reason = format!(
                "the time for the follow-up ends at {}, after the as-of instant",
                show(deadline)
            );
            return builder.indeterminate(id, reason, "the next period's report", evidence);
        }
        let until = Interval::new(job.value.created, deadline).unwrap_or(moment(ended));
        match coverage
            .prove(&job.key, until)
            .and_then(|jobs| Ok(jobs.and(register?)))
        {
            Err(gaps) => builder.gap(id, &gaps, Some(evidence)),
            Ok(searched) => {
                let condition = self.condition(job, ended, tickets);
                let within = show_delta(self.context.criteria.failed_job_followup);
                let criterion = format!(
                    "a successful job of the resource within {within}, or a ticket opened in that time and closed"
                );
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(id, Severity::Medium, condition, criterion, evidence);
            }
        }
    }

    /// A later success of the same resource, created by the deadline and before the as-of instant.
    fn retry(&self, job: &Observed<BackupJob>, deadline: Instant) -> Option<&'a Observed<BackupJob>> {
        let successes = self.successes.get(job.value.resource.as_ref()?)?;
        let next = successes.partition_point(|success| success.value.created <= job.value.created);
        successes
            .get(next)
            .copied()
            .filter(|success| success.value.created <= deadline)
            .filter(|success| success.value.created < self.context.scope.as_of)
    }

    fn condition(&self, job: &Observed<BackupJob>, ended: Instant, tickets: &[&Observed<Ticket>]) -> String {
        let resource = job
            .value
            .resource
            .as_ref()
            .map_or("an unnamed resource", ResourceId::as_str);
        let message = job
            .value
            .message
            .as_deref()
            .map(|message| format!(" ({message})"));
        let tickets = match tickets {
            [] => "no ticket names it".to_owned(),
            some => {
                let ids: Vec<_> = some.iter().map(|ticket| ticket.value.id.as_str()).collect();
                format!(
                    "the tickets that name it were opened late or not closed: {}",
                    ids.join(", ")
                )
            }
        };
        format!(
            "the job for {resource}: {} at {}{}; no success followed in time, and {tickets}",
            job.value.state.as_str(),
            show(ended),
            message.unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests;
