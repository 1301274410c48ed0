//! How much each restore test proves, from the provider's job alone to a service that was back in time.
//!
//! The rungs are what CT-17 (the job), CT-18 (counts and digests) and CT-19 (the recovery time) know of a test, with the
//! validation that the customer asserted to the provider and the check of the application between them. A rung holds only
//! where its evidence is proven whole, as for a SUPPORTED item.

use super::content::{Compared, Shown, compared};
use super::context::Context;
use super::facts::{Doubt, Standing, both, doubt, register, standing};
use super::recovery::{Rehearsed, Verdict};
use super::restores::{Cited, cited_by};
use super::systems::row_doubt;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Hold, RestoreProof, Rung};
use crate::model::records::Observed;
use crate::model::records::backups::RestoreJob;
use crate::model::records::governance::{ComparisonMethod, RestoreTest, System};
use crate::model::source::Source;
use crate::model::time::show;

/// The proof of each restore test that is a fact at the as-of instant, in order of their start.
pub fn restore_proofs(context: &Context<'_>) -> Vec<RestoreProof> {
    let log = register(context, Source::RestoreTests);
    let tests = context.records.restore_tests.iter();
    let mut tests: Vec<_> = tests
        .filter(|row| standing(context, row.value.started, row) != Standing::NotYet)
        .collect();
    tests.sort_by_key(|row| (row.value.started, &row.value.id, &row.citation));
    tests
        .into_iter()
        .map(|row| proof_of(context, row, &log))
        .collect()
}

fn proof_of(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
) -> RestoreProof {
    let test = &row.value;
    let proof = |holds, evidence| RestoreProof {
        test: test.id.clone(),
        system: test.system.clone(),
        holds,
        evidence,
    };
    let seen = Evidence::of(&row.citation);
    let system = match readable(context, row, log) {
        Ok(system) => system,
        Err(why) => return proof(Rung::ALL.map(|_| Hold::Unshown(why.clone())), seen),
    };
    let cited = cited_by(context, system, test);
    let seen = match &cited {
        Cited::Matched { job, .. } | Cited::Contradicted { job, .. } => seen.and(Evidence::of(&job.citation)),
        Cited::Open { .. } => seen,
    };
    let time = Rehearsed::test(context, row, system).recovery_time(context, log);
    let seen = seen.and(time.evidence);
    let compared = compared(context, row);
    let seen = match &compared {
        Ok(compared) => seen.and(Evidence::of(&compared.point.citation)),
        Err(doubt) => seen.and(doubt.evidence.clone()),
    };
    let holds = [
        job(&cited),
        validation(&cited),
        content(&compared, Compared::completeness, log),
        content(&compared, Compared::accuracy, log),
        application(context, row),
        objective(time.verdict),
    ];
    proof(holds, seen)
}

/// The system of a test whose record may be relied on; or what keeps every rung from being shown.
fn readable<'a>(
    context: &Context<'a>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
) -> Result<&'a System, String> {
    let RestoreTest {
        id, started, system, ..
    } = &row.value;
    if standing(context, *started, row) == Standing::AheadOfItsListing {
        return Err(Doubt::ahead(&format!("restore test {id}"), *started, row).reason);
    }
    if let Some(doubt) = doubt(context.records, row, &[id]) {
        return Err(doubt.reason);
    }
    if let Err(gaps) = log {
        return Err(list(gaps));
    }
    let known = context.records.system(system);
    let known = known.ok_or_else(|| format!("the inventory has no system {system}"))?;
    match row_doubt(context, known) {
        Some(doubt) => Err(doubt.reason),
        None => Ok(&known.value),
    }
}

fn list(gaps: &[Gap]) -> String {
    let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    gaps.join("; ")
}

fn job(cited: &Cited<'_>) -> Hold {
    match cited {
        Cited::Matched { .. } => Hold::Holds,
        Cited::Contradicted { why, .. } => Hold::Fails(why.clone()),
        Cited::Open { why, .. } => Hold::Unshown(why.clone()),
    }
}

/// What the customer told the provider of the copy. Only the record of the job that made it can carry it.
fn validation(cited: &Cited<'_>) -> Hold {
    let Cited::Matched { job, .. } = cited else {
        return Hold::Unshown(
            "no restore job of the provider is borne out that could carry a validation".to_owned(),
        );
    };
    let RestoreJob { id, validation, .. } = &job.value;
    match validation.as_deref() {
        Some("SUCCESSFUL") => Hold::Holds,
        Some(failed @ ("FAILED" | "TIMED_OUT")) => {
            Hold::Fails(format!("the validation of restore job {id} is {failed}"))
        }
        Some(other) => Hold::Unshown(format!("the validation of restore job {id} is {other}")),
        None => Hold::Unshown(format!("restore job {id} carries no validation")),
    }
}

fn content<'a>(
    compared: &Result<Compared<'a>, Doubt>,
    shown: fn(&Compared<'a>) -> Shown,
    log: &Result<Proof, Vec<Gap>>,
) -> Hold {
    let compared = match compared {
        Ok(compared) => compared,
        Err(doubt) => return Hold::Unshown(doubt.reason.clone()),
    };
    match (shown(compared), both(log.clone(), Ok(compared.proof.clone()))) {
        (Shown::Differs(why), _) => Hold::Fails(why),
        (Shown::Open { reason, .. }, _) => Hold::Unshown(reason),
        (Shown::Equal, Err(gaps)) => Hold::Unshown(list(&gaps)),
        (Shown::Equal, Ok(_)) => Hold::Holds,
    }
}

fn application(context: &Context<'_>, row: &Observed<RestoreTest>) -> Hold {
    let test = &row.value;
    let skew = context.criteria.clock_skew;
    match &test.application_check {
        Some(check) if !check.passed => Hold::Fails(format!(
            "the application did not work on the restored copy at {}",
            show(check.at)
        )),
        Some(check) if check.at + skew < test.started || check.at > row.last_seen + skew => {
            Hold::Unshown(format!(
                "the check of the application is dated {}, which is not between the restore and the log's export",
                show(check.at)
            ))
        }
        Some(_) if !test.success => Hold::Unshown("the log calls the test a failure".to_owned()),
        Some(_) => Hold::Holds,
        None if test.method == ComparisonMethod::AppCheck && test.success => Hold::Holds,
        None => Hold::Unshown("no check of the application is on record".to_owned()),
    }
}

fn objective(verdict: Verdict) -> Hold {
    match verdict {
        Verdict::Within(Ok(_)) => Hold::Holds,
        Verdict::Within(Err(gaps)) => Hold::Unshown(list(&gaps)),
        Verdict::Over { condition, criterion } => Hold::Fails(format!("{condition}; allowed is {criterion}")),
        Verdict::Open { reason, .. } => Hold::Unshown(reason),
    }
}

#[cfg(test)]
mod tests;
