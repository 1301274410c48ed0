//! What the provider shows of a technical test: restore jobs that its record cites, and events of the trail.

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::criteria::LocationLevel;
use crate::evaluate::facts::doubt;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::Place;
use crate::evaluate::restores::{Cited, look_up};
use crate::model::coverage::Proof;
use crate::model::finding::Evidence;
use crate::model::records::backups::{Event, Provider, RestoreJob};
use crate::model::records::governance::{Exercise, System};
use crate::model::records::{Citation, Observed};

/// A technical test as the record of one system's part in it.
pub(super) struct Claimed<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) system: &'a System,
    pub(super) exercise: &'a Exercise,
    /// Rebuilt from code: it leaves no restore job of its own, so the test's other restores speak for it.
    pub(super) exempt: bool,
}

/// Why a cited job corroborates nothing, and what was found of it.
type Against = (String, Vec<Citation>);

/// What is shown, with the proof that its history is whole; or why it is not and what was found instead.
pub(super) type Showing = Result<(Evidence, Proof), (String, Option<Evidence>)>;

/// What the provider shows.
pub(super) struct Shown {
    restored: Showing,
    elsewhere: Showing,
}

impl Shown {
    /// A backup of the system was restored.
    pub(super) fn restored(&self) -> &Showing {
        &self.restored
    }

    /// What was restored stands at another place.
    pub(super) fn elsewhere(&self) -> &Showing {
        &self.elsewhere
    }
}

/// What was seen, with the proof that the history which holds it is whole.
type Seen<'a> = (&'a Citation, Proof);

/// All of it; `None` when there is nothing.
fn together(seen: Vec<Seen<'_>>) -> Option<(Evidence, Proof)> {
    let evidence = Evidence::all(seen.iter().map(|(citation, _)| *citation))?;
    let proof = seen.into_iter().map(|(_, proof)| proof).reduce(Proof::and)?;
    Some((evidence, proof))
}

impl Claimed<'_> {
    /// Looks through the history and the trail.
    pub(super) fn shown(&self) -> Shown {
        let (mut restored, mut elsewhere): (Vec<Seen<'_>>, Vec<Seen<'_>>) = Default::default();
        let mut against = Vec::new();
        let mut found = Vec::new();
        for cited in &self.exercise.restore_jobs {
            match self.cited(cited) {
                Ok((job, proof, owner)) => {
                    found.push(job.citation.clone());
                    if self.is_elsewhere(&job.value, owner) {
                        elsewhere.push((&job.citation, proof.clone()));
                    }
                    restored.push((&job.citation, proof));
                }
                Err((why, records)) => {
                    against.push(why);
                    found.extend(records);
                }
            }
        }
        let Context { records, .. } = self.context;
        for event in records.events.iter().filter(|event| self.restores(event)) {
            // Of a trail that is not whole nothing vouches for a test.
            let Ok(proof) = records.coverage.prove(&event.key, moment(event.value.at)) else {
                continue;
            };
            if self.event_elsewhere(&event.value) {
                elsewhere.push((&event.citation, proof.clone()));
            }
            restored.push((&event.citation, proof));
        }
        let why = match (self.exercise.restore_jobs.is_empty(), against.is_empty()) {
            (true, _) => "the record cites no restore job".to_owned(),
            (false, true) => "nothing that was restored stands at another place".to_owned(),
            (false, false) => against.join("; "),
        };
        let level = match self.context.criteria.alternate_location_level {
            LocationLevel::AvailabilityZone => "region or account",
            LocationLevel::Region => "region",
            LocationLevel::Account => "account",
        };
        let nowhere = match restored.is_empty() {
            true => why.clone(),
            false => format!("what was restored does not stand in another {level}"),
        };
        let found = Evidence::all(&found);
        Shown {
            restored: together(restored).ok_or((why, found.clone())),
            elsewhere: together(elsewhere).ok_or((nowhere, found)),
        }
    }

    /// The job that corroborates, with the system whose backup it restored; or why there is none, and what was found.
    fn cited(&self, cited: &str) -> Result<(&Observed<RestoreJob>, Proof, &System), Against> {
        let mut owners: Vec<&System> = vec![self.system];
        if self.exempt {
            owners = self
                .context
                .records
                .systems
                .iter()
                .map(|row| &row.value)
                .collect();
        }
        let mut against: Option<Against> = None;
        for owner in owners {
            let found = match look_up(self.context, owner, cited, self.exercise.held) {
                Cited::Matched { job, proof } => return Ok((job, proof, owner)),
                Cited::Contradicted { why, job } => (why, vec![job.citation.clone()]),
                Cited::Open { why, records } => (why, records),
            };
            against.get_or_insert(found);
        }
        Err(against.unwrap_or_else(|| {
            (
                format!("restore job {cited} can't be traced to any system"),
                Vec::new(),
            )
        }))
    }

    fn is_elsewhere(&self, job: &RestoreJob, owner: &System) -> bool {
        let Some(source) = job
            .resource
            .as_ref()
            .and_then(|resource| Place::of(resource, Some(owner)))
        else {
            return false;
        };
        let created = job.created_resource.as_deref().and_then(|text| text.parse().ok());
        let created = created
            .and_then(|resource| Place::of(&resource, None))
            .or_else(|| {
                // The ARN of a bucket names no place: the restore was made where its job ran.
                (job.created_resource.is_some() && job.provider == Provider::Aws).then(|| Place {
                    provider: Provider::Aws,
                    account: job.account.clone(),
                    region: job.region.clone(),
                })
            });
        created.is_some_and(|created| self.is_far(&source, &created))
    }

    /// By the level that management set. A zone can't be told from an ARN: another region or account is another zone.
    fn is_far(&self, source: &Place, created: &Place) -> bool {
        let region = source.region != created.region;
        let account = source.account != created.account;
        match self.context.criteria.alternate_location_level {
            LocationLevel::AvailabilityZone => region || account,
            LocationLevel::Region => region,
            LocationLevel::Account => account,
        }
    }

    /// A restore of one of the system's resources by the trail, within a day and not refused.
    fn restores(&self, event: &Observed<Event>) -> bool {
        let value = &event.value;
        let own = |name: &String| {
            self.system
                .resources
                .iter()
                .any(|resource| resource.as_str() == name)
        };
        (value.at - self.exercise.held).abs() <= TimeDelta::days(1)
            && value.error.is_none()
            && value.name.starts_with("Restore")
            && value.resources.iter().any(own)
            && doubt(self.context.records, event, &[&value.id]).is_none()
    }

    fn event_elsewhere(&self, event: &Event) -> bool {
        let places = |own: bool| {
            let of_system = move |name: &&String| {
                self.system
                    .resources
                    .iter()
                    .any(|resource| resource.as_str() == name.as_str())
                    == own
            };
            event
                .resources
                .iter()
                .filter(of_system)
                .filter_map(|name| Place::of(&name.parse().ok()?, None))
        };
        places(true).any(|source| places(false).any(|created| self.is_far(&source, &created)))
    }
}
