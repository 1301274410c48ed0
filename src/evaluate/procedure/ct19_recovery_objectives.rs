//! CT-19: the restore met its objectives of recovery time and loss of data (policy 13.4.2, 13.5.3).
//!
//! Population: restore tests started, and technical exercises held, in the period. `<test>/rto` and `<test>/rpo`, of an
//! exercise `<exercise>/<system>/rto` and `/rpo`. How they are measured stands in `evaluate/recovery.rs`, which objective
//! binds in `evaluate/objectives.rs`. A loss of data is stated nowhere in the policy's goal: `/rpo` speaks about 13.4.2 only.

use crate::evaluate::approval::exemption_at;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{
    Doubt, Standing, both, doubt, is_disputed, observe_not_yet, register, standing,
};
use crate::evaluate::grounds::examined;
use crate::evaluate::recovery::{Judged, Rehearsed, Verdict};
use crate::evaluate::statements::about;
use crate::evaluate::systems::row_doubt;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{StatementId, SystemId, TestId};
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Exercise, ExerciseKind, RestoreTest, System};
use crate::model::source::Source;
use crate::model::time::Instant;

/// Concludes CT-19.
pub(super) fn recovery_objectives(context: &Context<'_>, test: TestId) -> Finding {
    let log = register(context, Source::RestoreTests);
    let held = register(context, Source::Exercises);
    let unit = "restore tests and technical exercises of the period, each for recovery time and loss of data";
    let basis = both(log.clone(), held.clone());
    let mut builder = FindingBuilder::new(test, unit, basis);
    let records = context.records;
    for row in &records.restore_tests {
        let RestoreTest {
            id, started, system, ..
        } = &row.value;
        if !is_of_the_period(context, (id, *started), row) {
            continue;
        }
        let judge = |system| {
            let test = Rehearsed::test(context, row, system);
            [test.recovery_time(context, &log), test.data_loss(context, &log)]
        };
        let about = (id.as_str(), *started, id.as_str());
        match system_of(context, row, about, system) {
            Ok(system) => report(&mut builder, id, judge(&system.value)),
            Err(doubt) => undecided(&mut builder, id, &doubt),
        }
    }
    for row in &records.exercises {
        let Exercise {
            id,
            held: at,
            kind,
            systems,
            completed,
            ..
        } = &row.value;
        let moved = records.moved(Source::Exercises, id);
        let technical = *kind == ExerciseKind::Technical || moved.about;
        if !technical || !is_of_the_period(context, (id, *at), row) {
            continue;
        }
        if !completed && !is_disputed(records, Source::Exercises, id) {
            let text =
                format!("exercise {id} was not completed: nothing was recovered that could be measured");
            builder.observe(text, Evidence::of(&row.citation));
            continue;
        }
        if systems.is_empty() {
            let doubt = Doubt {
                reason: format!("exercise {id} names no system, whose objectives could bind it"),
                resolves: "the systems in scope".to_owned(),
                evidence: Evidence::of(&row.citation),
            };
            undecided(&mut builder, id, &doubt);
        }
        for system in systems {
            let item = format!("{id}/{system}");
            match system_of(context, row, (id, *at, &item), system) {
                Ok(system) => of_exercise(context, row, system, &held, &item, &mut builder),
                Err(doubt) => undecided(&mut builder, &item, &doubt),
            }
        }
    }
    let tests = records.restore_tests.iter();
    let dated = tests.map(|row| (row, row.value.started, row.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    let technical = records.exercises.iter();
    let technical = technical.filter(|row| row.value.kind == ExerciseKind::Technical);
    let dated = technical.map(|row| (row, row.value.held, row.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no restore test was started and no technical exercise held in the period")
}

/// Whether a record dated `at` belongs to the population; one dated after its own listing may, and so may one that another
/// revision dates otherwise.
fn is_of_the_period<T>(context: &Context<'_>, (id, at): (&str, Instant), row: &Observed<T>) -> bool {
    if context.records.moved(row.key.source, id).when {
        return true;
    }
    match standing(context, at, row) {
        Standing::Fact => examined(context.scope).contains(at),
        Standing::AheadOfItsListing => context.scope.period.interval().contains(at),
        Standing::NotYet => false,
    }
}

/// The inventory's row of the system that was recovered; or what keeps the record from being judged.
fn system_of<'a, T>(
    context: &Context<'a>,
    row: &Observed<T>,
    (id, at, what): (&str, Instant, &str),
    system: &SystemId,
) -> Result<&'a Observed<System>, Doubt> {
    if standing(context, at, row) == Standing::AheadOfItsListing {
        return Err(Doubt::ahead(id, at, row));
    }
    if let Some(doubt) = doubt(context.records, row, &[id]) {
        return Err(doubt);
    }
    let known = context.records.system(system).ok_or_else(|| Doubt {
        reason: format!("the inventory has no system {system}, which {what} names"),
        resolves: "an inventory row of the system".to_owned(),
        evidence: Evidence::of(&row.citation),
    })?;
    row_doubt(context, known).map_or(Ok(known), Err)
}

fn of_exercise(
    context: &Context<'_>,
    row: &Observed<Exercise>,
    system: &Observed<System>,
    held: &Result<Proof, Vec<Gap>>,
    item: &str,
    builder: &mut FindingBuilder,
) {
    let part = Rehearsed::exercise(context, row, &system.value);
    let [time, loss] = [part.recovery_time(context, held), part.data_loss(context, held)];
    let rebuilt = system.value.backup_method == Some(BackupMethod::IacRebuild);
    match exemption_at(context, &system.value, row.value.held) {
        // What is rebuilt from code is in no backup, and leaves no restore job.
        Ok(Some(exemption)) if rebuilt => {
            for (kind, judged) in [("rto", time), ("rpo", loss)] {
                let id = format!("{item}/{kind}");
                match judged.verdict {
                    Verdict::Over { .. } => put(builder, item, kind, judged),
                    _ => builder.not_applicable(
                        &*id,
                        format!("rebuilt from code, nothing to restore: {}", exemption.rationale),
                        exemption.approved_by.as_str(),
                        exemption.approved_at,
                        Evidence::of(&row.citation).and(Evidence::of(&system.citation)),
                    ),
                }
                builder.only_about(&id, &about_objective(kind));
            }
        }
        _ => report(builder, item, [time, loss]),
    }
}

fn undecided(builder: &mut FindingBuilder, item: &str, doubt: &Doubt) {
    for kind in ["rto", "rpo"] {
        let id = format!("{item}/{kind}");
        builder.indeterminate(&*id, &*doubt.reason, &*doubt.resolves, doubt.evidence.clone());
        builder.only_about(&id, &about_objective(kind));
    }
}

fn report(builder: &mut FindingBuilder, item: &str, [time, loss]: [Judged; 2]) {
    put(builder, item, "rto", time);
    put(builder, item, "rpo", loss);
}

fn put(builder: &mut FindingBuilder, item: &str, kind: &str, judged: Judged) {
    let id = format!("{item}/{kind}");
    if let Some(said) = judged.said {
        builder.observe(said, judged.evidence.clone());
    }
    match judged.verdict {
        Verdict::Within(proof) => builder.supported_if(&*id, &proof, judged.evidence),
        Verdict::Over { condition, criterion } => {
            let condition = format!("goal not met: {condition}");
            builder.exception(&*id, Severity::High, condition, criterion, judged.evidence);
        }
        Verdict::Open { reason, resolves } => {
            builder.indeterminate(&*id, reason, resolves, judged.evidence);
        }
    }
    builder.only_about(&id, &about_objective(kind));
}

/// A recovery time speaks about the goal of 24 hours too.
fn about_objective(kind: &str) -> Vec<StatementId> {
    match kind {
        "rto" => about(&["DR-13.4.2-4", "DR-13.5.3-1"]),
        _ => about(&["DR-13.4.2-4"]),
    }
}

#[cfg(test)]
mod tests;
