//! Restores: which of them need a ticket, whether there is one, and which no act explains.

use super::Trial;
use crate::evaluate::acts::Act;
use crate::evaluate::authority::Authority;
use crate::evaluate::facts::{doubt, register};
use crate::evaluate::grounds::{examined, moment};
use crate::evaluate::place::{Place, tail};
use crate::evaluate::systems::row_doubt;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::backups::{Event, Provider, RestoreJob};
use crate::model::records::governance::{Ephi, Ticket};
use crate::model::source::{Source, SourceKey};
use crate::model::time::show;

/// Whether a restore needs a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// None: no ePHI, or to an account that is not production.
    None,
    /// It needs one.
    Ticket,
    /// It may need one: what was restored is not known.
    Perhaps,
}

/// Who began a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Somebody of the roster.
    Person,
    /// A service, or a role that management expects.
    Workload,
}

impl<'a> Trial<'a> {
    /// The restore jobs that an act began: by their ids in the response, or by the same cluster or copy at the same time.
    /// Of several it may be any.
    fn jobs_of(&self, event: &Observed<Event>) -> Vec<&'a Observed<RestoreJob>> {
        let jobs = self.context.records.restores.iter();
        jobs.filter(|job| self.began(event, job)).collect()
    }

    fn began(&self, event: &Observed<Event>, job: &Observed<RestoreJob>) -> bool {
        let (act, value) = (&event.value, &job.value);
        if act.results.contains(&value.id) {
            return true;
        }
        let named = |id: &str| act.resources.iter().any(|named| named == id);
        let same_thing = value.point.as_deref().is_some_and(named)
            || value
                .resource
                .as_ref()
                .is_some_and(|resource| named(resource.as_str()));
        let apart = (act.at - value.created).abs();
        act.results.is_empty()
            && same_thing
            && event.key.account == job.key.account
            && event.key.region == job.key.region
            && apart <= self.context.criteria.clock_skew
    }

    /// Whether the restore that `event` began needs a ticket.
    pub(super) fn need(&self, event: &Observed<Event>) -> Need {
        if self.is_to_a_test_account(event) {
            return Need::None;
        }
        let records = self.context.records;
        let ids = &event.value.resources;
        let named = |id: &str| ids.iter().any(|named| named == id || named == tail(id));
        let points = records.points.iter().filter(|point| named(&point.value.id));
        let of_points = points.filter_map(|point| point.value.resource.as_ref());
        let of_jobs = self.jobs_of(event).into_iter();
        let of_jobs = of_jobs.filter_map(|job| job.value.resource.as_ref());
        let resources: Vec<_> = of_points.chain(of_jobs).collect();
        let systems: Vec<_> = records
            .systems
            .iter()
            .filter(|row| {
                row.value
                    .resources
                    .iter()
                    .any(|id| resources.contains(&id) || named(id.as_str()))
            })
            .collect();
        let in_doubt = systems.iter().any(|row| row_doubt(self.context, row).is_some());
        let is = |ephi: Ephi| systems.iter().any(|row| row.value.ephi == ephi);
        let inventory = register(self.context, Source::SystemsInventory);
        if in_doubt {
            Need::Perhaps
        } else if is(Ephi::Stores) || is(Ephi::Processes) || is(Ephi::Transmits) {
            Need::Ticket
        } else if systems.is_empty() || is(Ephi::Unknown) || inventory.is_err() {
            Need::Perhaps
        } else {
            Need::None
        }
    }

    /// Whether all of a restore went to accounts that management has said are not production.
    fn is_to_a_test_account(&self, event: &Observed<Event>) -> bool {
        let Some(accounts) = &self.context.criteria.test_accounts else {
            return false;
        };
        let is_test = |job: Option<&Observed<RestoreJob>>| {
            let made = job.and_then(|job| job.value.created_resource.as_deref());
            let target = made
                .and_then(|made| made.parse().ok())
                .and_then(|made| Place::of(&made, None));
            let account = match (target, job.map(|job| job.value.provider)) {
                (Some(place), _) => place.account.to_string(),
                // A download goes anywhere.
                (None, Some(Provider::Atlas)) => return false,
                (None, _) if event.value.source == "atlas" => return false,
                (None, _) => event.key.account.to_string(),
            };
            accounts.contains(&account)
        };
        let jobs = self.jobs_of(event);
        if jobs.is_empty() {
            return is_test(None);
        }
        jobs.into_iter().all(|job| is_test(Some(job)))
    }

    /// Whether a ticket that somebody else approved before names the restore: by its event, its job, the copy restored
    /// from, or the restore test that the job was for.
    pub(super) fn restore_authority(&self, event: &Observed<Event>, by: By) -> Authority {
        let records = self.context.records;
        let jobs = self.jobs_of(event).into_iter();
        let jobs: Vec<&str> = jobs.map(|job| job.value.id.as_str()).collect();
        let copies = records.points.iter().map(|point| point.value.id.as_str());
        let resources = &event.value.resources;
        let copies = copies.filter(|id| resources.iter().any(|named| named == id || named == tail(id)));
        let tests = records
            .restore_tests
            .iter()
            .filter(|test| test.stands)
            .filter(|test| {
                let job = test.value.restore_job.as_deref();
                job.is_some_and(|job| jobs.contains(&job))
            })
            .filter(|test| doubt(records, test, &[&test.value.id]).is_none());
        let tests = tests.map(|test| test.value.id.as_str());
        let objects: Vec<&str> = copies.chain(jobs.iter().copied()).chain(tests).collect();
        match by {
            By::Person => self.tickets.authority(event, &objects),
            By::Workload => self.workload_authority(event, &objects),
        }
    }

    /// As [`Tickets::authority`](crate::evaluate::authority::Tickets::authority), where no person acted.
    fn workload_authority(&self, event: &Observed<Event>, objects: &[&str]) -> Authority {
        let (at, objects) = (event.value.at, objects.iter().copied());
        let tickets = self
            .tickets
            .naming(&event.key, objects.chain([event.value.id.as_str()]));
        let approves = |ticket: &&&Observed<Ticket>| {
            let ticket = &ticket.value;
            let somebody = ticket
                .approved_by
                .as_deref()
                .is_some_and(|by| !by.trim().is_empty());
            let before = ticket.approved.is_some_and(|approved| approved < at);
            somebody && before && ticket.closed.is_none_or(|closed| at <= closed)
        };
        let records = Evidence::all(tickets.iter().map(|ticket| &ticket.citation));
        match (
            tickets.iter().find(approves),
            self.tickets.register(Source::Tickets),
        ) {
            (Some(ticket), register) => Authority::Given {
                proof: register,
                records: Evidence::of(&ticket.citation),
            },
            (None, Err(gaps)) => Authority::Unproven { gaps, records },
            (None, Ok(searched)) => {
                let absence = Evidence::absence_in(&searched);
                Authority::Lacking {
                    why: "done by a workload, and no ticket that names it was approved before".to_owned(),
                    records: Some(records.map_or(absence.clone(), |records| records.and(absence))),
                }
            }
        }
    }

    /// Restore jobs of the period that no act began: nobody knows who restored.
    pub(super) fn examine_unexplained_restores(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let period = examined(self.context.scope);
        let begins = |event: &&Observed<Event>| self.acts.act(&event.value) == Some(Act::Restore);
        for job in records
            .restores
            .iter()
            .filter(|job| period.contains(job.value.created))
        {
            if records
                .events
                .iter()
                .filter(begins)
                .any(|event| self.began(event, job))
            {
                continue;
            }
            let id = format!("restore/{}", job.value.id);
            let source = match job.value.provider {
                Provider::Aws => Source::Cloudtrail,
                Provider::Atlas => Source::AtlasEvents,
            };
            let trail = SourceKey {
                source,
                ..job.key.clone()
            };
            let evidence = Evidence::of(&job.citation);
            match records.coverage.prove(&trail, moment(job.value.created)) {
                Err(gaps) => builder.gap(id, &gaps, Some(evidence)),
                Ok(searched) => {
                    let reason = format!(
                        "the restore job was created at {}, and no event tells who began it",
                        show(job.value.created)
                    );
                    let evidence = evidence.and(Evidence::absence_in(&searched));
                    builder.indeterminate(id, reason, "the event that began the restore", evidence);
                }
            }
        }
    }
}
