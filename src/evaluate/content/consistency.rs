//! The backup that a test restored, by the provider's record, and whether the manifests can be of it and of its copy.

use super::comparison::Comparison;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, doubt};
use crate::evaluate::grounds::moment;
use crate::model::coverage::Proof;
use crate::model::finding::Evidence;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::{ContentManifest, RestoreTest};
use crate::model::records::{Citation, Observed};
use crate::model::time::show;

fn doubtful(record: &Citation, reason: String, resolves: &str, point: Option<&Citation>) -> Doubt {
    let seen = Evidence::of(record);
    Doubt {
        reason,
        resolves: resolves.to_owned(),
        evidence: point
            .map(Evidence::of)
            .map_or(seen.clone(), |point| seen.and(point)),
    }
}

/// The provider's record of the backup `id` that `what` names, in a history that is whole; its time is the backup's
/// consistency point.
pub fn backup<'a>(
    context: &Context<'a>,
    id: &str,
    what: &str,
    citation: &Citation,
) -> Result<(&'a Observed<RecoveryPoint>, Proof), Doubt> {
    let records = context.records;
    let mut points = records.points.iter().filter(|point| point.value.id == id);
    let (Some(point), None) = (points.next(), points.next()) else {
        let reason = format!("no single record of the provider shows backup {id} of {what}");
        let resolves = "the provider's record of the backup, with its consistency point";
        return Err(doubtful(citation, reason, resolves, None));
    };
    if let Some(doubt) = doubt(records, point, &[&point.value.id]) {
        return Err(doubt);
    }
    // Made before anybody listed, it may still stand in a complete listing: that one is then what proves it.
    let moments = [point.value.created]
        .into_iter()
        .chain(point.value.sightings.iter().copied());
    let proof = moments
        .map(|at| records.coverage.prove(&point.key, moment(at)))
        .reduce(Result::or)
        .unwrap_or_else(|| Err(Vec::new()));
    match proof {
        Ok(proof) => Ok((point, proof)),
        Err(gaps) => {
            let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
            let reason = format!(
                "backup {id} of {what} is in no complete listing: {}",
                gaps.join("; ")
            );
            let resolves = "a complete listing that holds the backup";
            Err(doubtful(citation, reason, resolves, Some(&point.citation)))
        }
    }
}

/// Why the manifests can't be those of the backup and of its restored copy: the source's is taken at the consistency
/// point, or later with each difference explained; the copy's not before the restore.
pub(super) fn untimely(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    point: &Observed<RecoveryPoint>,
    [source, restored]: [&ContentManifest; 2],
    comparison: &Comparison,
) -> Option<Doubt> {
    let test = &row.value;
    let skew = context.criteria.clock_skew;
    let at = point.value.created;
    let open = |reason, resolves| Some(doubtful(&row.citation, reason, resolves, Some(&point.citation)));
    let times = "manifests with the times at which they were taken";
    if (test.backup_time - at).abs() > skew {
        let reason = format!(
            "test {} gives {} as the time of its backup, the provider {}",
            test.id,
            show(test.backup_time),
            show(at)
        );
        return open(reason, "the true time of the backup");
    }
    if restored.taken_at + skew < test.started {
        let reason = format!(
            "the restored manifest of test {} is of {}, before the restore started at {}",
            test.id,
            show(restored.taken_at),
            show(test.started)
        );
        return open(reason, times);
    }
    let all_explained = !comparison.explained.is_empty() && {
        comparison.incomplete.is_empty() && comparison.inaccurate.is_empty()
    };
    let later_writes = source.taken_at > at && all_explained;
    ((source.taken_at - at).abs() > skew && !later_writes).then(|| {
        let reason = format!(
            "the source manifest of test {} is of {}, the backup's consistency point is {}",
            test.id,
            show(source.taken_at),
            show(at)
        );
        doubtful(&row.citation, reason, times, Some(&point.citation))
    })
}
