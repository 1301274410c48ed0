//! CT-18: restored data was complete and accurate (policy 6.2(7), 6.0).
//!
//! Population: restore tests started in the period, two items each: `<test>/complete` compares objects and counts,
//! `<test>/accurate` content digests. The comparison is made again from the manifests; a job that completed, or a
//! validation status, is no evidence of content.
//!
//! How manifests are compared, and which may be, stands in `evaluate/content.rs`: equal manifests of a restore that the
//! provider knows to have failed, or to have been of another system, leave both items open.

use crate::evaluate::content::{Shown, compared};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, both, doubt, observe_not_yet, register, standing};
use crate::evaluate::grounds::examined;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::RestoreTest;
use crate::model::source::Source;

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
            _ if context.records.moved(Source::RestoreTests, &test.value.id).when => {
                // By another revision it was started in the period.
                if let Some(doubt) = doubt(context.records, test, &[&test.value.id]) {
                    undecided(&mut builder, doubt, &test.value);
                }
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
    let compared = match compared(context, row) {
        Ok(compared) => compared,
        Err(doubt) => return undecided(builder, doubt, test),
    };
    let seen = Evidence::of(&row.citation);
    if !compared.explained().is_empty() {
        let explained = compared.explained().join("; ");
        let text = format!("test {}: explained by later writes: {explained}", test.id);
        builder.observe(text, seen.clone());
    }
    let seen = seen.and(Evidence::of(&compared.point.citation));
    let proof = both(log.clone(), Ok(compared.proof.clone()));
    for (part, shown, criterion) in [
        ("complete", compared.completeness(), COMPLETE),
        ("accurate", compared.accuracy(), ACCURATE),
    ] {
        let (id, seen) = (format!("{}/{part}", test.id), seen.clone());
        match shown {
            Shown::Equal => builder.supported_if(id, &proof, seen),
            Shown::Differs(parts) => builder.exception(id, Severity::Critical, parts, criterion, seen),
            Shown::Open { reason, resolves } => builder.indeterminate(id, reason, resolves, seen),
        }
    }
}

#[cfg(test)]
mod tests;
