//! Pulls, and the service's own counts, for the tests of reconciliations.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::backups::call;
use super::{World, key, observed};
use crate::model::acquisition::{Acquisition, Page, PullOutcome};
use crate::model::records::Pulled;
use crate::model::records::backups::{Event, JobState, JobSummary, Provider};
use crate::model::source::Source;
use crate::model::time::{Instant, day_start};

impl World {
    /// Adds a whole pull of one page, taken when the last collection of the tests was.
    pub(crate) fn add_pull(&mut self, source: Source, region: &str, operation: &str) -> &mut Pulled {
        let at = self.collected();
        let id = format!(
            "{}/{source}/{region}/{}",
            at.date_naive(),
            self.records.pulls.len()
        );
        let page = Page {
            evidence: None,
            size: 0,
            status: 200,
            request_id: format!("r-{}", self.records.pulls.len()),
            received: at,
            parameters: BTreeMap::new(),
        };
        let receipt = Acquisition {
            id: id.parse().expect("an id"),
            key: key(source, region),
            operation: operation.to_owned(),
            parameters: BTreeMap::new(),
            window: None,
            started: at,
            finished: at,
            caller: "arn:aws:sts::111122223333:assumed-role/collector/scheduled".to_owned(),
            tool: "backproof".to_owned(),
            pages: vec![page],
            outcome: PullOutcome::Complete,
        };
        self.records.pulls.push(Pulled {
            receipt,
            whole: true,
            complaint: None,
            follows_up: false,
            part: None,
            rows: 0,
            stated: None,
        });
        self.records.pulls.last_mut().expect("just added")
    }

    /// Adds a whole pull of one page, taken then in the run of that day.
    pub(crate) fn add_pull_at(
        &mut self,
        at: Instant,
        source: Source,
        region: &str,
        operation: &str,
    ) -> &mut Pulled {
        let number = self.records.pulls.len();
        let pulled = self.add_pull(source, region, operation);
        let id = format!("{}/{source}/{number}", at.date_naive());
        pulled.receipt.id = id.parse().expect("an id");
        (pulled.receipt.started, pulled.receipt.finished) = (at, at);
        pulled.receipt.pages[0].received = at;
        pulled
    }

    /// Has the service count the jobs of each closed day of the period, as they stand in their rows, at `at`.
    pub(crate) fn count_jobs(&mut self, at: Instant) {
        let period = self.scope.period.clone();
        let window = period.interval();
        for region in ["us-east-1", "us-west-2"] {
            let pull = self.add_pull(
                Source::AwsBackupJobSummaries,
                region,
                "backup:ListBackupJobSummaries",
            );
            pull.receipt.window = Some(window);
            pull.receipt.pages[0].received = at;
            let id = pull.receipt.id.clone();
            let mut counts: BTreeMap<_, u64> = BTreeMap::new();
            for job in &self.records.jobs {
                let value = &job.value;
                if job.key == key(Source::AwsBackupJobs, region) && window.contains(value.created) {
                    let day = day_start(value.created.date_naive(), chrono_tz::Tz::UTC);
                    *counts.entry((day, value.state, value.kind.clone())).or_default() += 1;
                }
            }
            for ((day, state, kind), count) in counts {
                let category = match state {
                    JobState::Completed => "SUCCESS",
                    _ => "FAILURE",
                };
                let summary = JobSummary {
                    pull: id.clone(),
                    day,
                    state,
                    kind,
                    category: Some(category.to_owned()),
                    count,
                };
                let name = format!("{region}/{day}/{count}");
                let source = key(Source::AwsBackupJobSummaries, region);
                self.records
                    .job_summaries
                    .push(observed(source, at, &name, summary));
            }
        }
    }

    /// Has the trail tell of the end of each job, and the project of each snapshot eighteen minutes after it began.
    pub(crate) fn tell_ends(&mut self) {
        for job in self.records.jobs.clone() {
            let value = &job.value;
            let (name, source, trail) = match value.provider {
                Provider::Aws => ("BackupJobCompleted", "backup.amazonaws.com", Source::Cloudtrail),
                Provider::Atlas => ("CPS_SNAPSHOT_SUCCESSFUL", "atlas", Source::AtlasEvents),
            };
            let cluster = value
                .resource
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let event = Event {
                at: value.completed.unwrap_or(value.created + TimeDelta::minutes(18)),
                source: source.to_owned(),
                resources: match value.provider {
                    Provider::Aws => vec![value.id.clone()],
                    Provider::Atlas => vec![cluster],
                },
                ..call(name, &value.id, "2026-07-01", "x")
            };
            let trail = key(trail, value.region.as_str());
            let row = observed(trail, self.collected(), &event.id.clone(), event);
            self.records.events.push(row);
        }
    }
}
