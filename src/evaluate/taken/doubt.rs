//! What may have been a backup, or may not.

use crate::evaluate::place::tail;
use crate::model::records::backups::{BackupJob, RecoveryPoint};
use crate::model::records::{Citation, Observed, Records};
use crate::model::source::SourceKey;
use crate::model::time::Instant;

/// A doubt that may count on any day.
pub const ANYTIME: [Instant; 2] = [Instant::MIN_UTC, Instant::MAX_UTC];

/// Something that may have been a backup, or may not.
#[derive(Debug, Clone)]
pub struct Doubt<'a> {
    /// The id of the job or recovery point, as the provider has it.
    pub id: &'a str,
    /// When it would count: one instant, or the two that contradict each other; [`ANYTIME`] where its own revisions do.
    pub at: [Instant; 2],
    /// Why nobody can tell.
    pub reason: String,
    /// The record.
    pub citation: &'a Citation,
}

/// A member of what nobody knows.
pub(super) fn orphan(job: &Observed<BackupJob>) -> Doubt<'_> {
    let parent = job.value.parent.as_deref().unwrap_or_default();
    let id = &job.value.id;
    Doubt {
        id,
        at: [job.value.created; 2],
        reason: format!("job {id} is a member of job {parent}, of which no record is known"),
        citation: &job.citation,
    }
}

/// Revisions of a record contradict each other: it counts on a day of which nobody can be sure.
pub(super) fn contradiction<'a>(
    records: &Records,
    (id, key): (&'a str, &SourceKey),
    at: Instant,
    citation: &'a Citation,
) -> Doubt<'a> {
    let moved = records.moved(key.source, id).when;
    let reason = format!("revisions of {} contradict each other", tail(id));
    Doubt {
        id,
        at: if moved { ANYTIME } else { [at, at] },
        reason,
        citation,
    }
}

/// The same of a job, or of its recovery point, whichever `id` is.
pub(super) fn of_job<'a>(
    records: &Records,
    id: &'a str,
    job: &'a Observed<BackupJob>,
    point: Option<&'a Observed<RecoveryPoint>>,
) -> Doubt<'a> {
    let of_point = point.filter(|point| point.value.id == id);
    let (key, citation) = match of_point {
        Some(point) => (&point.key, &point.citation),
        None => (&job.key, &job.citation),
    };
    contradiction(records, (id, key), job.value.created, citation)
}
