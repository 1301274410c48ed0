//! Backup, copy and restore jobs, and the summaries that they are reconciled with.

use chrono::TimeDelta;

use super::{trigger, v1};
use crate::model::records::backups::{BackupJob, CopyJob, JobState, JobSummary, Provider, RestoreJob};
use crate::model::records::{Moved, Observed};
use crate::model::time::show;
use crate::normalize::arn;
use crate::normalize::fold::{Folded, differs};
use crate::normalize::form::Call;
use crate::normalize::pull::Row;

/// The service's word for a state, with what it says about a completed job.
fn state(word: &str, message_category: Option<&str>) -> JobState {
    match word {
        "CREATED" | "PENDING" | "RUNNING" | "ABORTING" | "COMPLETING" | "FAILING" => JobState::Unfinished,
        "COMPLETED" => match message_category {
            Some(category) if !category.eq_ignore_ascii_case("SUCCESS") => JobState::CompletedWithIssues,
            _ => JobState::Completed,
        },
        "PARTIAL" => JobState::Partial,
        "FAILED" => JobState::Failed,
        "EXPIRED" => JobState::Expired,
        "ABORTED" => JobState::Aborted,
        _ => JobState::Unknown,
    }
}

/// A description has to be of the job that was asked for.
fn is_asked_for(row: &Row<'_>, id: &str) -> Result<(), String> {
    let described = matches!(row.form.call, Call::BackupJob | Call::CopyJob | Call::RestoreJob);
    match row.part {
        Some(asked) if described && asked != id => Err(format!(
            "the job described is {id}, not the one that was asked for"
        )),
        _ => Ok(()),
    }
}

/// A row of `ListBackupJobs`, or the reply of `DescribeBackupJob`.
pub(in crate::normalize) fn backup(row: &Row<'_>) -> Result<Observed<BackupJob>, String> {
    let wire: v1::BackupJob = row.read()?;
    is_asked_for(row, &wire.backup_job_id)?;
    let key = &row.pull.key;
    arn::of_account("AccountId", &wire.account_id, key)?;
    for (member, arn) in [
        ("BackupVaultArn", &wire.backup_vault_arn),
        ("RecoveryPointArn", &wire.recovery_point_arn),
        ("ResourceArn", &wire.resource_arn),
    ] {
        arn.as_deref()
            .map_or(Ok(()), |arn| arn::in_place(member, arn, key))?;
    }
    row.in_window("CreationDate", wire.creation_date.0)?;
    row.past("CompletionDate", wire.completion_date.map(|at| at.0))?;
    Ok(row.observed(BackupJob {
        id: wire.backup_job_id,
        provider: Provider::Aws,
        resource: arn::maybe_resource("ResourceArn", wire.resource_arn.as_deref())?,
        account: key.account.clone(),
        region: key.region.clone(),
        kind: wire.resource_type,
        state: state(&wire.state, wire.message_category.as_deref()),
        message: wire.status_message,
        created: wire.creation_date.0,
        completed: wire.completion_date.map(|at| at.0),
        point: wire.recovery_point_arn,
        location: wire.backup_vault_arn,
        trigger: trigger(wire.created_by),
        bytes: wire.backup_size_in_bytes,
        is_parent: wire.is_parent,
        parent: wire.parent_job_id,
        fallback: false,
    }))
}

/// A row of `ListCopyJobs`, or that of `DescribeCopyJob`. The destination may lie in another account and region.
pub(in crate::normalize) fn copy(row: &Row<'_>) -> Result<Observed<CopyJob>, String> {
    let wire: v1::CopyJob = row.read()?;
    is_asked_for(row, &wire.copy_job_id)?;
    let key = &row.pull.key;
    arn::of_account("AccountId", &wire.account_id, key)?;
    let source = wire.source_backup_vault_arn.as_deref();
    source.map_or(Ok(()), |arn| arn::in_place("SourceBackupVaultArn", arn, key))?;
    row.in_window("CreationDate", wire.creation_date.0)?;
    row.past("CompletionDate", wire.completion_date.map(|at| at.0))?;
    Ok(row.observed(CopyJob {
        id: wire.copy_job_id,
        source_point: wire.source_recovery_point_arn,
        source_vault: wire.source_backup_vault_arn,
        destination_point: wire.destination_recovery_point_arn,
        destination_vault: wire.destination_backup_vault_arn,
        resource: arn::maybe_resource("ResourceArn", wire.resource_arn.as_deref())?,
        state: state(&wire.state, wire.message_category.as_deref()),
        created: wire.creation_date.0,
        completed: wire.completion_date.map(|at| at.0),
    }))
}

/// A row of `ListRestoreJobs`, or the reply of `DescribeRestoreJob`. What was backed up may lie elsewhere when a copy is restored.
pub(in crate::normalize) fn restore(row: &Row<'_>) -> Result<Observed<RestoreJob>, String> {
    let wire: v1::RestoreJob = row.read()?;
    is_asked_for(row, &wire.restore_job_id)?;
    let key = &row.pull.key;
    arn::of_account("AccountId", &wire.account_id, key)?;
    let point = wire.recovery_point_arn.as_deref();
    point.map_or(Ok(()), |arn| arn::in_place("RecoveryPointArn", arn, key))?;
    row.in_window("CreationDate", wire.creation_date.0)?;
    row.past("CompletionDate", wire.completion_date.map(|at| at.0))?;
    Ok(row.observed(RestoreJob {
        id: wire.restore_job_id,
        provider: Provider::Aws,
        point: wire.recovery_point_arn,
        resource: arn::maybe_resource("SourceResourceArn", wire.source_resource_arn.as_deref())?,
        created_resource: wire.created_resource_arn,
        account: key.account.clone(),
        region: key.region.clone(),
        state: state(&wire.status, None),
        created: wire.creation_date.0,
        completed: wire.completion_date.map(|at| at.0),
        validation: wire.validation_status,
        testing_plan: wire.created_by.and_then(|by| by.restore_testing_plan_arn),
        delivery: None,
    }))
}

/// The words by which a summary says that it counts all kinds or categories together.
const TOGETHER: [&str; 2] = ["AGGREGATE_ALL", "ANY"];

/// A row of `ListBackupJobSummaries` by closed days.
pub(in crate::normalize) fn summary(row: &Row<'_>) -> Result<Observed<JobSummary>, String> {
    let wire: v1::JobSummary = row.read()?;
    let key = &row.pull.key;
    arn::of_account("AccountId", &wire.account_id, key)?;
    if wire.region != key.region.as_str() {
        return Err(format!(
            "Region is {:?}, the pull was of {}",
            wire.region, key.region
        ));
    }
    let (start, end) = (wire.start_time.0, wire.end_time.0);
    if end - start != TimeDelta::days(1) {
        return Err("StartTime and EndTime are not a day apart".to_owned());
    }
    row.in_window("StartTime", start)?;
    row.in_window("EndTime", end)?;
    let one = |word: Option<String>| word.filter(|word| !TOGETHER.contains(&word.as_str()));
    let category = one(wire.message_category);
    Ok(row.observed(JobSummary {
        pull: row.pull.id.clone(),
        day: start,
        state: state(&wire.state, category.as_deref()),
        kind: one(wire.resource_type),
        category,
        count: wire.count,
    }))
}

/// A job in a final state stays in it.
fn revived(earlier: JobState, later: JobState) -> Option<String> {
    let changed = earlier.is_final() && earlier != later;
    changed.then(|| format!("was {}, later {}", earlier.as_str(), later.as_str()))
}

impl Folded for BackupJob {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |job: &Self| job.created;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.resource != later.resource,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        revived(earlier.state, later.state)
            .or_else(|| differs("the resource", earlier.resource.as_ref(), later.resource.as_ref()))
            .or_else(|| differs("the creation time", Some(&earlier.created), Some(&later.created)))
            .or_else(|| differs("the recovery point", earlier.point.as_ref(), later.point.as_ref()))
            .or_else(|| differs("the vault", earlier.location.as_ref(), later.location.as_ref()))
            .or_else(|| differs("the parent job", earlier.parent.as_ref(), later.parent.as_ref()))
    }
}

impl Folded for CopyJob {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |job: &Self| job.created;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.resource != later.resource,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let [first, second] = [earlier, later];
        revived(first.state, second.state)
            .or_else(|| differs("the resource", first.resource.as_ref(), second.resource.as_ref()))
            .or_else(|| differs("the creation time", Some(&first.created), Some(&second.created)))
            .or_else(|| {
                differs(
                    "the source",
                    first.source_point.as_ref(),
                    second.source_point.as_ref(),
                )
            })
            .or_else(|| {
                differs(
                    "the destination",
                    first.destination_vault.as_ref(),
                    second.destination_vault.as_ref(),
                )
            })
    }
}

impl Folded for RestoreJob {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |job: &Self| job.created;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.point != later.point,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        revived(earlier.state, later.state)
            .or_else(|| differs("the recovery point", earlier.point.as_ref(), later.point.as_ref()))
            .or_else(|| differs("the creation time", Some(&earlier.created), Some(&later.created)))
    }
}

/// A count is one at a time, and within one answer stands once for each state, kind and category.
impl Folded for JobSummary {
    fn id(&self) -> String {
        format!(
            "{} {} {} {} {}",
            self.pull,
            show(self.day),
            self.state.as_str(),
            self.kind.as_deref().unwrap_or_default(),
            self.category.as_deref().unwrap_or_default()
        )
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        Some("the count changed".to_owned())
    }
}
