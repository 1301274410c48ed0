//! CT-18: restored data was complete and accurate (policy 6.2(7), 6.0).
//!
//! Population: restore tests started in the period, two items each: `<test>/complete` compares objects and counts,
//! `<test>/accurate` content digests. The comparison is made again from the manifests; a job that completed, or a
//! validation status, is no evidence of content.
//!
//! The source manifest has to stand at the backup's consistency point, as the provider recorded it: what the log says of
//! that time is a claim. The restored manifest can't be older than the restore. Later writes explain a difference only
//! where the source manifest was taken after that point. Equal manifests of a restore that the provider knows to have
//! failed, or to have been of another system, leave both items open.

mod comparison;
mod consistency;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, both, doubt, observe_not_yet, register, standing};
use crate::evaluate::grounds::examined;
use crate::evaluate::restores::{Cited, look_up};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::governance::RestoreTest;
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;

use comparison::{Comparison, compare, sample_fault, unusable};
use consistency::{backup, untimely};

const COMPLETE: &str =
    "objects and counts of the restored copy equal those at the backup's consistency point";
const ACCURATE: &str = "content digests of the restored copy equal those at the backup's consistency point";

/// Concludes CT-18.
pub(super) fn restore_accuracy(context: &Context<'_>, test: TestId) -> Finding {
    let log = register(context, Source::RestoreTests);
    let unit = "restore tests started in the period, each for completeness and for accuracy";
    let mut builder = FindingBuilder::new(test, unit, log.clone());
    let period = context.scope.period.interval();
    let tests = &context.records.restore_tests;
    for test in tests {
        let started = test.value.started;
        match standing(context, started, test) {
            Standing::AheadOfItsListing if period.contains(started) => {
                undecided(
                    &mut builder,
                    Doubt::ahead(&test.value.id, started, test),
                    &test.value,
                );
            }
            Standing::Fact if examined(context.scope).contains(started) => {
                examine(context, test, &log, &mut builder);
            }
            _ => {}
        }
    }
    observe_not_yet(
        &mut builder,
        context,
        tests
            .iter()
            .map(|test| (test, test.value.started, test.value.id.as_str())),
    );
    builder.finish("no restore test was started in the period")
}

fn undecided(builder: &mut FindingBuilder, doubt: Doubt, test: &RestoreTest) {
    for part in ["complete", "accurate"] {
        let id = format!("{}/{part}", test.id);
        builder.indeterminate(id, &*doubt.reason, &*doubt.resolves, doubt.evidence.clone());
    }
}

fn examine(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let test = &row.value;
    let seen = Evidence::of(&row.citation);
    if let Some(doubt) = doubt(context.records, row, &[&test.id]) {
        return undecided(builder, doubt, test);
    }
    let open = |reason: String, resolves: &str| Doubt {
        reason,
        resolves: resolves.to_owned(),
        evidence: seen.clone(),
    };
    let (Some(source), Some(restored)) = (&test.source_manifest, &test.restored_manifest) else {
        let resolves = "manifests of counts and content digests of the source and of the restored copy";
        return undecided(
            builder,
            open(format!("test {} has no two manifests", test.id), resolves),
            test,
        );
    };
    if let Some(reason) = unusable(source, "source").or_else(|| unusable(restored, "restored")) {
        return undecided(
            builder,
            open(reason, "a manifest that names each object once"),
            test,
        );
    }
    if let Some((why, job)) = contradiction(context, test) {
        let mut doubt = open(
            format!("test {} cites a restore that was none: {why}", test.id),
            "the provider's record of the restore whose copy was compared",
        );
        doubt.evidence = doubt.evidence.and(Evidence::of(job));
        return undecided(builder, doubt, test);
    }
    let (point, proof) = match backup(context, row) {
        Ok(found) => found,
        Err(doubt) => return undecided(builder, doubt, test),
    };
    let later = source.taken_at > point.value.created + context.criteria.clock_skew;
    let comparison = compare(test, source, restored, later);
    if let Some(doubt) = untimely(context, row, point, [source, restored], &comparison) {
        return undecided(builder, doubt, test);
    }
    if let Some(reason) = sample_fault(test, &comparison) {
        return undecided(
            builder,
            open(reason, "the seed and the stated size of the draw, with digests"),
            test,
        );
    }
    if !comparison.explained.is_empty() {
        let text = format!(
            "test {}: explained by later writes: {}",
            test.id,
            comparison.explained.join("; ")
        );
        builder.observe(text, seen.clone());
    }
    let seen = seen.and(Evidence::of(&point.citation));
    conclude(test, &comparison, &both(log.clone(), Ok(proof)), seen, builder);
}

/// Why the restore job that the test cites can't have made the copy, with the job.
fn contradiction<'a>(context: &Context<'a>, test: &RestoreTest) -> Option<(String, &'a Citation)> {
    let system = &context.records.system(&test.system)?.value;
    match look_up(context, system, test.restore_job.as_deref()?, test.started) {
        Cited::Contradicted { job, why } => Some((why, &job.citation)),
        _ => None,
    }
}

fn conclude(
    test: &RestoreTest,
    comparison: &Comparison,
    log: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let claim = if test.success {
        ", which the log calls a success"
    } else {
        ""
    };
    let (complete, accurate) = (format!("{}/complete", test.id), format!("{}/accurate", test.id));
    let differs = |parts: &[String]| format!("test {}{claim}: {}", test.id, parts.join("; "));
    let called_failure = |builder: &mut FindingBuilder, id: String| {
        let reason = format!(
            "the log calls test {} a failure, although its manifests agree",
            test.id
        );
        builder.indeterminate(id, reason, "a statement of what failed", seen.clone());
    };
    match &comparison.incomplete[..] {
        [] if !test.success => called_failure(builder, complete),
        [] => builder.supported_if(complete, log, seen.clone()),
        parts => builder.exception(
            complete,
            Severity::Critical,
            differs(parts),
            COMPLETE,
            seen.clone(),
        ),
    }
    match (&comparison.inaccurate[..], &comparison.undigested[..]) {
        ([], undigested) if !undigested.is_empty() => {
            let reason = format!(
                "test {} gives no digests to compare for {} of {} objects: {}",
                test.id,
                undigested.len(),
                comparison.objects,
                undigested.join(", ")
            );
            let resolves = "content digests of every object of both copies";
            builder.indeterminate(accurate, reason, resolves, seen);
        }
        ([], _) if !comparison.incomplete.is_empty() => {
            let reason = format!(
                "the objects of test {} are not the same, so not all contents compare",
                test.id
            );
            builder.indeterminate(
                accurate,
                reason,
                "an explanation of the missing or added objects",
                seen,
            );
        }
        ([], _) if !test.success => called_failure(builder, accurate),
        ([], _) => builder.supported_if(accurate, log, seen),
        (parts, _) => builder.exception(accurate, Severity::Critical, differs(parts), ACCURATE, seen),
    }
}

#[cfg(test)]
mod tests;
