//! Restores in Atlas that somebody downloaded.

use super::{CRITERION, Trial};
use crate::evaluate::facts::{is_disputed, may_lie_in};
use crate::evaluate::grounds::examined;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::backups::{Event, JobState, RestoreJob};
use crate::model::source::Source;
use crate::model::time::show;

impl Trial<'_> {
    /// Every download of the period that did not come to nothing.
    pub(super) fn downloads(&self, builder: &mut FindingBuilder) {
        let jobs = self.context.records.restores.iter();
        for job in jobs {
            let value = &job.value;
            let is_download = value.delivery.as_deref() == Some("download");
            let came_to_nothing = matches!(value.state, JobState::Failed | JobState::Aborted);
            let disputed = is_disputed(self.context.records, job.key.source, &value.id);
            let period = examined(self.context.scope);
            let made = may_lie_in(self.context, job, (&value.id, value.created), period);
            if is_download && (disputed || !came_to_nothing) && made {
                self.download(job, builder);
            }
        }
    }

    fn download(&self, job: &Observed<RestoreJob>, builder: &mut FindingBuilder) {
        let value = &job.value;
        let id = format!("download/{}", value.id);
        let data = value
            .resource
            .as_ref()
            .map_or("an unnamed cluster", |cluster| cluster.as_str());
        let what = format!("a snapshot of {data} was downloaded at {}", show(value.created));
        let evidence = Evidence::of(&job.citation);
        if self
            .context
            .records
            .conflicts
            .iter()
            .any(|conflict| conflict.id == value.id)
        {
            let reason = format!("records of the restore job contradict each other: {what}");
            return builder.indeterminate(id, reason, "a corrected record", evidence);
        }
        let objects: Vec<_> = [Some(value.id.as_str()), value.point.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        let events = self.context.records.events.iter();
        let mut asked: Vec<&Observed<Event>> = events
            .filter(|event| {
                let names = |object: &&str| event.value.resources.iter().any(|id| id == object);
                let ask = event.value.name.contains("REQUEST") || event.value.name.contains("DOWNLOAD");
                event.value.source == "atlas"
                    && event.key.account == job.key.account
                    && ask
                    && names(&value.id.as_str())
            })
            .collect();
        asked.sort_by_key(|event| (event.value.at, &event.value.id));
        if let Some(event) = asked.first() {
            let evidence = evidence.and(Evidence::of(&event.citation));
            let authority = self.tickets.authority(event, &objects);
            return authority.conclude(builder, &id, &what, (Severity::Critical, CRITERION), evidence);
        }
        // Without a ticket it is an exception, whoever it was; with one, somebody is still to be named.
        let tickets = self.tickets.naming(&job.key, objects.iter().copied());
        let approved = tickets
            .iter()
            .any(|ticket| ticket.value.approved.is_some_and(|at| at < value.created));
        match (approved, self.tickets.register(Source::Tickets)) {
            (false, Ok(searched)) => {
                let condition = format!("{what}, and no ticket that names it was approved before");
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
            }
            (false, Err(gaps)) => builder.gap(id, &gaps, Some(evidence)),
            (true, _) => {
                let evidence = tickets
                    .iter()
                    .fold(evidence, |all, ticket| all.and(Evidence::of(&ticket.citation)));
                let reason = format!("{what}; no event of Atlas names who received it");
                builder.indeterminate(
                    id,
                    reason,
                    "the event of Atlas that names the job and the person",
                    evidence,
                );
            }
        }
    }
}
