//! The jobs of a resource, and which run each of them serves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::planned::{Plan, Planned};
use super::{LOOK, Outcome};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::Place;
use crate::evaluate::rules_in_force::ATLAS;
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, Provider, Trigger};
use crate::model::time::{Instant, Interval, show};

/// The jobs of a resource by the plan that started them; those of Atlas stand together.
pub(super) struct Jobs<'c, 'a> {
    context: &'c Context<'a>,
    place: &'c Place,
    pub(super) of_plans: BTreeMap<&'a str, Vec<&'a Observed<BackupJob>>>,
    /// What may have been a scheduled job of the resource, and why nobody can tell.
    doubtful: Vec<(Instant, String)>,
}

impl<'c, 'a> Jobs<'c, 'a> {
    pub(super) fn of(
        context: &'c Context<'a>,
        resource: &ResourceId,
        place: &'c Place,
        look: Interval,
    ) -> Self {
        let records = context.records;
        let conflicted: BTreeSet<_> = records
            .conflicts
            .iter()
            .map(|conflict| conflict.id.as_str())
            .collect();
        let mut jobs = Self {
            context,
            place,
            of_plans: BTreeMap::new(),
            doubtful: Vec::new(),
        };
        let here = |job: &&Observed<BackupJob>| {
            let at_all = job.value.resource.as_ref().is_none_or(|of| of == resource);
            at_all && job.key == place.jobs() && look.contains(job.value.created)
        };
        for job in records.jobs.iter().filter(here) {
            let (id, created) = (job.value.id.as_str(), job.value.created);
            match &job.value.trigger {
                // A member of a composite runs with it.
                _ if job.value.parent.is_some() => {}
                Trigger::OnDemand => {}
                _ if conflicted.contains(id) => {
                    jobs.doubtful
                        .push((created, format!("revisions of job {id} contradict each other")));
                }
                _ if job.value.resource.is_none() => {
                    jobs.doubtful.push((
                        created,
                        format!("job {id} names no resource: it may be of {resource}"),
                    ));
                }
                Trigger::Unknown => {
                    jobs.doubtful
                        .push((created, format!("job {id} does not say what started it")));
                }
                Trigger::Scheduled { by } => {
                    let plan = match place.provider {
                        Provider::Aws => by.as_str(),
                        Provider::Atlas => ATLAS,
                    };
                    jobs.of_plans.entry(plan).or_default().push(job);
                }
            }
        }
        for jobs in jobs.of_plans.values_mut() {
            jobs.sort_by_key(|job| (job.value.created, &job.value.id));
        }
        jobs
    }

    /// The job that serves each run of a plan, those in time first; what a run explains is added to `explained`.
    pub(super) fn serve(
        &self,
        plan: &str,
        planned: &Plan<'a>,
        explained: &mut BTreeSet<&'a str>,
        skew: TimeDelta,
    ) -> Vec<Option<&'a Observed<BackupJob>>> {
        let jobs = self.of_plans.get(plan).map(Vec::as_slice).unwrap_or_default();
        let runs: Vec<_> = planned.runs.iter().collect();
        let mut served = vec![None; runs.len()];
        let mut take = |from: Instant, until: Instant| {
            let free = |job: &&&'a Observed<BackupJob>| {
                let created = job.value.created;
                from <= created && created <= until && !explained.contains(job.value.id.as_str())
            };
            let job = jobs.iter().find(free).copied();
            explained.extend(job.map(|job| job.value.id.as_str()));
            job
        };
        let before_next = |number: usize| {
            let next = runs.get(number + 1);
            next.map(|(at, _)| **at - skew - TimeDelta::milliseconds(1))
        };
        // Each run takes first what came before the next one, then what its window holds beyond that, and then what came
        // late: a run that is missed must not take the job of the next one, and so on to the last.
        for (number, (at, run)) in runs.iter().enumerate() {
            let until = before_next(number).map_or(run.due, |next| next.min(run.due));
            // Several rules may fire together: each may make a job, and one is enough.
            for _ in &run.by {
                served[number] = served[number].or(take(**at - skew, until));
            }
        }
        for (number, (at, run)) in runs.iter().enumerate() {
            served[number] = served[number].or_else(|| take(**at - skew, run.due));
        }
        for (number, (at, _)) in runs.iter().enumerate() {
            // Not beyond the window of the run after it: that job is another run's.
            let until = runs.get(number + 1).map_or(**at + LOOK, |(_, next)| next.due);
            served[number] = served[number].or_else(|| take(**at, until));
        }
        served
    }

    pub(super) fn outcome(
        &self,
        at: Instant,
        run: &Planned<'a>,
        job: Option<&'a Observed<BackupJob>>,
    ) -> Outcome<'a> {
        let coverage = &self.context.records.coverage;
        if let Some(job) = job {
            let proven = coverage.prove(&job.key, moment(job.value.created));
            let proven = proven.and_then(|proof| match &run.doubt {
                None => Ok(proof),
                // Its job tells that the plan still selected the resource, where no act of before it says otherwise.
                Some((_, since)) => {
                    let until = Interval::new(*since, at).unwrap_or_else(|| moment(at));
                    Ok(proof.and(coverage.prove(&self.place.trail(), until)?))
                }
            });
            return match proven {
                Err(gaps) => Outcome::Unproven(gaps),
                Ok(proof) if job.value.created <= run.due => Outcome::Served(job, proof),
                Ok(proof) => Outcome::Late(job, proof),
            };
        }
        if let Some((doubt, _)) = &run.doubt {
            return Outcome::Unknown(doubt.clone());
        }
        if self.context.scope.as_of <= run.due {
            return Outcome::Unknown(format!("its start window is open until {}", show(run.due)));
        }
        let since = at - self.context.criteria.clock_skew;
        let doubtful = self
            .doubtful
            .iter()
            .find(|(created, _)| since <= *created && *created <= run.due);
        if let Some((_, why)) = doubtful {
            return Outcome::Unknown(why.clone());
        }
        let window = Interval::new(since, run.due + TimeDelta::milliseconds(1));
        let window = window.expect("invariant: a window ends after its run");
        match coverage.prove(&self.place.jobs(), window) {
            Ok(searched) => Outcome::Missed(searched),
            Err(gaps) => Outcome::Unproven(gaps),
        }
    }
}
