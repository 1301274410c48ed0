//! Backup, copy and restore jobs, and the summaries that they are reconciled with.
//!
//! Two lists each: the jobs *created* in the window, which prove it, and those *completed* in it, which bring the end of
//! jobs that ran for long; and a description of each that both lists have lost sight of before its end. AWS Backup remembers jobs
//! for 30 days and summaries for 14.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::types::{AggregationPeriod, BackupJobStatus};
use aws_smithy_types::DateTime;

use super::capture::{Capture, send};
use super::place::Place;
use super::unfinished::{self, Jobs};
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::collect::window;
use crate::model::acquisition::COMPLETED;
use crate::model::source::Source;
use crate::model::time::{Instant, Interval};

/// Closed days that summaries speak for.
const SUMMARY_DAYS: i64 = 14;
/// Rows of a page, the most that the service gives.
const ROWS: i32 = 1000;
/// Rows of a page of summaries.
const SUMMARY_ROWS: i32 = 500;

/// What bounds a list of jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Created,
    Completed,
}

impl By {
    const BOTH: [Self; 2] = [Self::Created, Self::Completed];

    /// The window to ask for: each list goes on where its own pulls left off.
    fn window(
        self,
        place: &Place<'_, '_>,
        source: Source,
        operation: &str,
    ) -> Result<Interval, CollectError> {
        place.window(source, |held, key| match self {
            Self::Created => window::created(held, key, operation, ""),
            Self::Completed => window::completed(held, key, operation),
        })
    }

    /// The question for the jobs in `window`. Only creation times make a window that a pull proves.
    fn question(self, source: Source, operation: &'static str, window: Interval) -> Question {
        let question = Question::new(source, operation).with("MaxResults", ROWS);
        match self {
            Self::Created => question.between("ByCreatedAfter", "ByCreatedBefore", window),
            Self::Completed => Question {
                window: None,
                ..question.between(COMPLETED.0, COMPLETED.1, window)
            }
            .part("completed"),
        }
    }

    /// The bounds, if it is by creation, and if it is by completion.
    fn bounds(self, window: Interval) -> [Option<(DateTime, DateTime)>; 2] {
        let bounds = (seconds(window.start()), seconds(window.end()));
        match self {
            Self::Created => [Some(bounds), None],
            Self::Completed => [None, Some(bounds)],
        }
    }
}

pub(super) fn seconds(at: Instant) -> DateTime {
    DateTime::from_secs(at.timestamp())
}

macro_rules! jobs {
    ($(#[$doc:meta])* $name:ident, $jobs:expr, $list:ident, $describe:ident, $id:ident) => {
        $(#[$doc])*
        pub(super) async fn $name(place: &Place<'_, '_>) -> Result<(), CollectError> {
            const JOBS: Jobs = $jobs;
            for by in By::BOTH {
                let window = by.window(place, JOBS.source, JOBS.list)?;
                let [created, completed] = by.bounds(window);
                let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
                    let request = Client::new(config)
                        .$list()
                        .set_by_created_after(created.map(|bounds| bounds.0))
                        .set_by_created_before(created.map(|bounds| bounds.1))
                        .set_by_complete_after(completed.map(|bounds| bounds.0))
                        .set_by_complete_before(completed.map(|bounds| bounds.1))
                        .max_results(ROWS)
                        .set_next_token(token);
                    let said = send!(capture, request);
                    Ok(((), said.next_token))
                };
                place.ask(by.question(JOBS.source, JOBS.list, window), turn).await?;
            }
            let describe = async |config: &SdkConfig, capture: &Capture, id: &str| {
                send!(capture, Client::new(config).$describe().$id(id));
                Ok(())
            };
            unfinished::describe(place, &JOBS, describe).await
        }
    };
}

jobs!(
    /// Backup jobs.
    backups,
    Jobs {
        source: Source::AwsBackupJobs,
        list: "backup:ListBackupJobs",
        rows: "BackupJobs",
        describe: "backup:DescribeBackupJob",
        reply: "",
        id: "BackupJobId",
        state: "State",
    },
    list_backup_jobs, describe_backup_job, backup_job_id
);
jobs!(
    /// Copy jobs.
    copies,
    Jobs {
        source: Source::AwsCopyJobs,
        list: "backup:ListCopyJobs",
        rows: "CopyJobs",
        describe: "backup:DescribeCopyJob",
        reply: "CopyJob",
        id: "CopyJobId",
        state: "State",
    },
    list_copy_jobs, describe_copy_job, copy_job_id
);
jobs!(
    /// Restore jobs.
    restores,
    Jobs {
        source: Source::AwsRestoreJobs,
        list: "backup:ListRestoreJobs",
        rows: "RestoreJobs",
        describe: "backup:DescribeRestoreJob",
        reply: "",
        id: "RestoreJobId",
        state: "Status",
    },
    list_restore_jobs, describe_restore_job, restore_job_id
);

/// Summaries of backup jobs by closed day, state, kind and category.
pub(super) async fn summaries(place: &Place<'_, '_>) -> Result<(), CollectError> {
    const ANY: &str = "ANY";
    let Some(window) = window::closed_days(SUMMARY_DAYS, place.now()) else {
        return Ok(());
    };
    let question = Question {
        window: Some(window),
        ..Question::new(Source::AwsBackupJobSummaries, "backup:ListBackupJobSummaries")
            .with("AggregationPeriod", "ONE_DAY")
            .with("State", ANY)
            .with("ResourceType", ANY)
            .with("MessageCategory", ANY)
            .with("MaxResults", SUMMARY_ROWS)
    };
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_backup_job_summaries()
            .aggregation_period(AggregationPeriod::OneDay)
            .state(BackupJobStatus::Any)
            .resource_type(ANY)
            .message_category(ANY)
            .max_results(SUMMARY_ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}
