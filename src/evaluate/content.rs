//! What the manifests of a restore test show of the restored content: CT-18 concludes from it, and the proof of each
//! restore test rests on it.
//!
//! The source manifest has to stand at the backup's consistency point, as the provider recorded it: what the log says of
//! that time is a claim. The restored manifest can't be older than the restore. Later writes explain a difference only
//! where the source manifest was taken after that point. Manifests of a restore that the provider knows to have failed, or
//! to have been of another system, show nothing.

mod comparison;
mod consistency;

use super::context::Context;
use super::facts::{Doubt, doubt};
use super::restores::{Cited, cited_by};
use crate::model::coverage::Proof;
use crate::model::finding::Evidence;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::RestoreTest;
use crate::model::records::{Citation, Observed};

use comparison::{Comparison, compare, sample_fault, unusable};
pub use consistency::backup;
use consistency::untimely;

/// Two manifests that may be compared, with what came out.
#[derive(Debug)]
pub struct Compared<'a> {
    test: &'a RestoreTest,
    comparison: Comparison,
    /// The provider's record of the backup.
    pub point: &'a Observed<RecoveryPoint>,
    /// That the listing which holds the backup is whole.
    pub proof: Proof,
}

/// What a comparison shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// Both sides are equal, or each difference is explained.
    Equal,
    /// They are not. In words.
    Differs(String),
    /// Nobody can tell.
    Open {
        /// Why.
        reason: String,
        /// What would settle it.
        resolves: &'static str,
    },
}

/// Compares the manifests of a restore test; or says why they can't be.
pub fn compared<'a>(context: &Context<'a>, row: &'a Observed<RestoreTest>) -> Result<Compared<'a>, Doubt> {
    let test = &row.value;
    let seen = Evidence::of(&row.citation);
    if let Some(doubt) = doubt(context.records, row, &[&test.id]) {
        return Err(doubt);
    }
    let open = |reason: String, resolves: &str| Doubt {
        reason,
        resolves: resolves.to_owned(),
        evidence: seen.clone(),
    };
    let (Some(source), Some(restored)) = (&test.source_manifest, &test.restored_manifest) else {
        let resolves = "manifests of counts and content digests of the source and of the restored copy";
        return Err(open(format!("test {} has no two manifests", test.id), resolves));
    };
    if let Some(reason) = unusable(source, "source").or_else(|| unusable(restored, "restored")) {
        return Err(open(reason, "a manifest that names each object once"));
    }
    if let Some((why, job)) = contradiction(context, test) {
        let mut doubt = open(
            format!("test {} cites a restore that was none: {why}", test.id),
            "the provider's record of the restore whose copy was compared",
        );
        doubt.evidence = doubt.evidence.and(Evidence::of(job));
        return Err(doubt);
    }
    let name = format!("test {}", test.id);
    let (point, proof) = backup(context, &test.backup, &name, &row.citation)?;
    let later = source.taken_at > point.value.created + context.criteria.clock_skew;
    let comparison = compare(test, source, restored, later);
    if let Some(doubt) = untimely(context, row, point, [source, restored], &comparison) {
        return Err(doubt);
    }
    if let Some(reason) = sample_fault(test, &comparison) {
        return Err(open(
            reason,
            "the seed and the stated size of the draw, with digests",
        ));
    }
    Ok(Compared {
        test,
        comparison,
        point,
        proof,
    })
}

/// Why the restore job that the test cites can't have made the copy, with the job.
fn contradiction<'a>(context: &Context<'a>, test: &RestoreTest) -> Option<(String, &'a Citation)> {
    let system = &context.records.system(&test.system)?.value;
    match cited_by(context, system, test) {
        Cited::Contradicted { job, why } => Some((why, &job.citation)),
        _ => None,
    }
}

impl Compared<'_> {
    /// The differences that later writes are said to explain.
    pub fn explained(&self) -> &[String] {
        &self.comparison.explained
    }

    /// Whether the same objects are there, in the same numbers.
    pub fn completeness(&self) -> Shown {
        match &self.comparison.incomplete[..] {
            [] if !self.test.success => self.called_failure(),
            [] => Shown::Equal,
            parts => self.differs(parts),
        }
    }

    /// Whether their contents are the same.
    pub fn accuracy(&self) -> Shown {
        let (test, comparison) = (self.test, &self.comparison);
        match (&comparison.inaccurate[..], &comparison.undigested[..]) {
            ([], undigested) if !undigested.is_empty() => Shown::Open {
                reason: format!(
                    "test {} gives no digests to compare for {} of {} objects: {}",
                    test.id,
                    undigested.len(),
                    comparison.objects,
                    undigested.join(", ")
                ),
                resolves: "content digests of every object of both copies",
            },
            ([], _) if !comparison.incomplete.is_empty() => Shown::Open {
                reason: format!(
                    "the objects of test {} are not the same, so not all contents compare",
                    test.id
                ),
                resolves: "an explanation of the missing or added objects",
            },
            ([], _) if !test.success => self.called_failure(),
            ([], _) => Shown::Equal,
            (parts, _) => self.differs(parts),
        }
    }

    fn differs(&self, parts: &[String]) -> Shown {
        let claim = if self.test.success {
            ", which the log calls a success"
        } else {
            ""
        };
        Shown::Differs(format!("test {}{claim}: {}", self.test.id, parts.join("; ")))
    }

    fn called_failure(&self) -> Shown {
        Shown::Open {
            reason: format!(
                "the log calls test {} a failure, although its manifests agree",
                self.test.id
            ),
            resolves: "a statement of what failed",
        }
    }
}
