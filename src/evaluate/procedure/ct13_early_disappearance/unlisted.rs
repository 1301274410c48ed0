//! What went without ever being listed: recovery points of completed jobs, and what calls of the period name.

use std::collections::BTreeSet;

use super::Trial;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::tail;
use crate::evaluate::removal::{deletes, is_call, removes};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::backups::JobState;
use crate::model::time::{Instant, Interval, show};

impl Trial<'_> {
    /// Recovery points of completed jobs that no listing ever showed, though one was taken after the job.
    pub(super) fn examine_unseen(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let known: BTreeSet<_> = records
            .points
            .iter()
            .map(|point| point.value.id.as_str())
            .collect();
        for job in &records.jobs {
            let value = &job.value;
            let completed = matches!(value.state, JobState::Completed | JobState::CompletedWithIssues);
            let Some(point) = value
                .point
                .as_deref()
                .filter(|point| completed && !known.contains(point))
            else {
                continue;
            };
            let ended = value.completed.unwrap_or(value.created);
            let part = value.location.as_deref().unwrap_or_default();
            // It may have gone at any time between: in the period, too, where it was made before.
            let in_period = |absent: &Instant| {
                let between = Interval::new(ended, *absent);
                between.is_some_and(|between| between.intersect(&examined(self.context.scope)).is_some())
            };
            let Some(absent) = self.listings.first_after(part, ended).filter(in_period) else {
                continue;
            };
            if self
                .removals
                .on(point, value.created)
                .any(|event| is_call(&event.value) && deletes(&event.value))
            {
                continue;
            }
            let reason = format!(
                "made by job {} at {}, and in no listing, the first of them at {}; when its lifecycle deletes it is not known",
                value.id,
                show(ended),
                show(absent),
            );
            let resolves = "the recovery point's lifecycle, or a listing taken while it was there";
            builder.indeterminate(tail(point), reason, resolves, Evidence::of(&job.citation));
        }
    }

    /// Calls of the period on what no listing showed.
    pub(super) fn examine_other_deletions(&self, builder: &mut FindingBuilder) {
        let records = self.context.records;
        let known: BTreeSet<_> = records.points.iter().map(|point| tail(&point.value.id)).collect();
        let events = records
            .events
            .iter()
            .filter(|event| removes(&event.value) && is_call(&event.value));
        for event in events.filter(|event| self.in_period(event.value.at)) {
            let id = format!("event/{}", event.value.id);
            if event.value.resources.is_empty() {
                let reason = format!(
                    "{} at {} names no resource",
                    event.value.name,
                    show(event.value.at)
                );
                let resolves = "the event with its request parameters";
                builder.indeterminate(id, reason, resolves, Evidence::of(&event.citation));
            } else if !event
                .value
                .resources
                .iter()
                .any(|resource| known.contains(tail(resource)))
            {
                self.judge_call(&id, None, event, builder);
            }
        }
    }
}
