//! CT-20: restore tests are documented, reviewed and followed up (policy 6.2(7)).
//!
//! Population: restore tests started in the period, each in its parts. `<test>/record` asks for system, backup, target,
//! tester, and an end. `<test>/review` asks for a sign-off after the test by a person of management who is not the
//! tester, both in the roster on their days. `<test>/follow-up`, of a test that failed or deviated, asks for a ticket
//! opened since the test began, closed or not overdue. The policy does not say which roles are management: a reviewer
//! whose role has no such name leaves the review open, as does a record without a sign-off or a ticket without a due day.
//! What a restore testing plan restored is a restore test, too: one that no record cites (`restore/<job>`) leaves it open
//! whether it was documented at all, and so does a time for which the list of restore jobs is not proven.

mod correction;
mod review;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, doubt, may_lie_in, observe_not_yet, register, standing};
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::place::tail;
use crate::evaluate::roles::Roster;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::RestoreTest;
use crate::model::source::Source;
use crate::model::time::show;

/// Concludes CT-20.
pub(super) fn restore_reviewed(context: &Context<'_>, test: TestId) -> Finding {
    let log = register(context, Source::RestoreTests);
    let unit = "restore tests started in the period, each for its record, its review and its follow-up";
    let mut builder = FindingBuilder::new(test, unit, log.clone());
    let roster = Roster::of(context);
    let period = context.scope.period.interval();
    let tests = &context.records.restore_tests;
    for row in tests {
        let started = row.value.started;
        match standing(context, started, row) {
            Standing::AheadOfItsListing if period.contains(started) => {
                undecided(&mut builder, row, Doubt::ahead(&row.value.id, started, row));
            }
            Standing::Fact if examined(context.scope).contains(started) => {
                match doubt(context.records, row, &[&row.value.id]) {
                    Some(doubt) => undecided(&mut builder, row, doubt),
                    None => examine(context, &roster, row, &log, &mut builder),
                }
            }
            _ if context.records.moved(Source::RestoreTests, &row.value.id).when => {
                if let Some(doubt) = doubt(context.records, row, &[&row.value.id]) {
                    undecided(&mut builder, row, doubt);
                }
            }
            _ => {}
        }
    }
    planned_restores(context, &log, &mut builder);
    let dated = tests.iter();
    let dated = dated.map(|test| (test, test.value.started, test.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no restore test was started in the period")
}

/// The restores of the period that a restore testing plan began and no record of the log cites.
fn planned_restores(context: &Context<'_>, log: &Result<Proof, Vec<Gap>>, builder: &mut FindingBuilder) {
    let records = context.records;
    let listed = [Source::AwsRestoreJobs];
    Grounds::of(&records.coverage, &listed, examined(context.scope)).mark_beside(builder);
    let is_cited = |id: &str| {
        let mut tests = records.restore_tests.iter();
        tests.any(|test| test.value.restore_job.as_deref() == Some(id))
    };
    for job in &records.restores {
        let value = &job.value;
        let Some(plan) = value.testing_plan.as_deref().filter(|_| !is_cited(&value.id)) else {
            continue;
        };
        if !may_lie_in(context, job, (&value.id, value.created), examined(context.scope)) {
            continue;
        }
        let (id, seen) = (format!("restore/{}", value.id), Evidence::of(&job.citation));
        match log {
            Err(gaps) => builder.gap(id, gaps, Some(seen)),
            Ok(searched) => {
                let reason = format!(
                    "restore testing plan {} began it at {}, and no record of the log cites it",
                    tail(plan),
                    show(value.created)
                );
                let seen = seen.and(Evidence::absence_in(searched));
                builder.indeterminate(id, reason, "the record of this restore test", seen);
            }
        }
    }
}

fn undecided(builder: &mut FindingBuilder, row: &Observed<RestoreTest>, doubt: Doubt) {
    for part in ["record", "review"] {
        let id = format!("{}/{part}", row.value.id);
        builder.indeterminate(id, &*doubt.reason, &*doubt.resolves, doubt.evidence.clone());
    }
}

fn examine(
    context: &Context<'_>,
    roster: &Roster<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    record(context, row, log, builder);
    review::examine(context, roster, row, log, builder);
    if !row.value.success || !row.value.deviations.is_empty() {
        correction::examine(context, row, log, builder);
    }
}

/// What the record itself tells of the test.
fn record(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let test = &row.value;
    let id = format!("{}/record", test.id);
    let seen = Evidence::of(&row.citation);
    let texts = [
        ("backup", &test.backup),
        ("target", &test.target),
        ("tester", &test.tester),
    ];
    let blank = texts.iter().filter(|(_, text)| text.trim().is_empty());
    let mut lacks: Vec<&str> = blank.map(|(what, _)| *what).collect();
    if test.finished.is_none() {
        lacks.push("end");
    }
    if !lacks.is_empty() {
        let reason = format!("the record names no {}", lacks.join(", no "));
        return builder.indeterminate(id, reason, "the complete record of the test", seen);
    }
    let backwards = test.finished.is_some_and(|finished| finished < test.started);
    if backwards || test.started < test.backup_time {
        let reason = "by the record the test ended before it began, or began before its backup was taken";
        return builder.indeterminate(id, reason, "the true times of the test", seen);
    }
    match test.finished.map(|at| (at, standing(context, at, row))) {
        Some((at, Standing::AheadOfItsListing)) => {
            let doubt = Doubt::ahead("the end of the test", at, row);
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        }
        Some((at, Standing::NotYet)) => {
            let reason = format!("the test ended at {}, not before the as-of instant", show(at));
            builder.indeterminate(id, reason, "the next period's report", seen);
        }
        _ => builder.supported_if(id, log, seen),
    }
}

#[cfg(test)]
mod tests;
