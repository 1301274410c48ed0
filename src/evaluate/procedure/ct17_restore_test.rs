//! CT-17: each critical system had a successful restore test (policy 6.2(7), 6.0, 13.4.2).
//!
//! Population: critical systems that handle ePHI and are in use at the end of the period. The log claims, the provider's
//! restore history corroborates. The newest claim decides: an older corroborated one can't vouch for what is claimed
//! since. The catalogue knows no grace for new systems, so a system that was never tested is an exception. Where the first
//! known test lies within the period, nobody can tell how old the newest one was before, unless none was due.

mod claims;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::evaluate::age::{Age, Limit};
use crate::evaluate::approval::exemption_at;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, judged_days, observe_not_yet, register};
use crate::evaluate::restores::Cited;
use crate::evaluate::systems::{in_use_at_end, last_moment, refuse_empty_inventory, row_is_in_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Ephi, System};
use crate::model::source::Source;
use crate::model::time::{day_of, days_between, show};

use claims::{Claim, log_of};

/// Concludes CT-17.
pub(super) fn restore_test(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::SystemsInventory);
    let mut builder = FindingBuilder::new(
        test,
        "critical systems that handle ePHI, in use at the period's end",
        basis.clone(),
    );
    refuse_empty_inventory(&mut builder, context, &basis);
    let log = register(context, Source::RestoreTests);
    for row in in_use_at_end(context) {
        if row_is_in_doubt(&mut builder, context, row, row.value.id.as_str()) {
            continue;
        }
        match (row.value.critical, row.value.ephi) {
            (_, Ephi::None) | (false, _) => observe_other(context, row, &mut builder),
            (true, _) => examine(context, row, &log, &mut builder),
        }
    }
    let tests = context.records.restore_tests.iter();
    observe_not_yet(
        &mut builder,
        context,
        tests.map(|test| (test, test.value.started, test.value.id.as_str())),
    );
    builder.finish("no critical system that handles ePHI is in use")
}

fn examine(
    context: &Context<'_>,
    row: &Observed<System>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = system.id.as_str();
    let seen = Evidence::of(&row.citation);
    if system.ephi == Ephi::Unknown {
        let reason = "the inventory says that nobody knows whether the system handles ePHI";
        return builder.indeterminate(id, reason, "an inventory row that says so", seen);
    }
    if system.backup_method == Some(BackupMethod::IacRebuild) {
        match exemption_at(context, system, last_moment(context)) {
            Ok(Some(exemption)) => {
                return builder.not_applicable(
                    id,
                    format!("rebuilt from code: {}", exemption.rationale),
                    exemption.approved_by.as_str(),
                    exemption.approved_at,
                    seen,
                );
            }
            Ok(None) => {}
            Err(refused) => builder.observe(format!("{id}: {refused}"), seen.clone()),
        }
    }
    match log_of(context, system) {
        Err(doubt) => builder.indeterminate(id, doubt.reason, doubt.resolves, seen.and(doubt.evidence)),
        Ok((claims, failed)) if claims.is_empty() => {
            let condition = match failed.len() {
                0 => "no restore test is on record".to_owned(),
                n => format!("only failed restore tests are on record: {n}"),
            };
            let evidence = Evidence::all(failed.iter().map(|test| &test.citation));
            let evidence = evidence.map_or(seen.clone(), |tests| seen.and(tests));
            lacking(context, id, condition, log, evidence, builder);
        }
        Ok((claims, failed)) => {
            let last_failure = failed.iter().max_by_key(|test| test.value.started);
            if let (Some(test), Some(newest)) = (last_failure, claims.last())
                && newest.test.value.started < test.value.started
            {
                let text = format!(
                    "{id}: test {}, newer than the newest success, failed",
                    test.value.id
                );
                builder.observe(text, Evidence::of(&test.citation));
            }
            conclude(context, row, &claims, log, seen, builder);
        }
    }
}

fn conclude(
    context: &Context<'_>,
    row: &Observed<System>,
    claims: &[Claim<'_>],
    log: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let id = row.value.id.as_str();
    let newest = claims.last().expect("invariant: called with a claim");
    let (first, last) = judged_days(context);
    let limit = Limit {
        first,
        last,
        max_days: context.criteria.restore_test_max_age_days,
    };
    let test = &newest.test.value;
    let seen = seen.and(Evidence::of(&newest.test.citation));
    let age = days_between(newest.day, last);
    let too_old = (age > limit.max_days).then(|| {
        format!(
            "the newest successful test, {}, is {age} days old on {last}",
            test.id
        )
    });
    match &newest.history {
        Cited::Contradicted { job, why } => {
            let condition = format!("test {} is logged as a success, but {why}", test.id);
            let evidence = seen.and(Evidence::of(&job.citation));
            builder.exception(id, Severity::Critical, condition, criterion(context), evidence);
        }
        // Too old even if it is true.
        Cited::Open { .. } | Cited::Matched { .. } if too_old.is_some() => {
            let condition = too_old.unwrap_or_default();
            lacking(context, id, condition, log, seen, builder);
        }
        Cited::Open { why, records } => {
            let reason = format!(
                "test {} of {} is claimed, not corroborated: {why}",
                test.id,
                show(test.started)
            );
            let evidence = Evidence::all(records).map_or(seen.clone(), |jobs| seen.and(jobs));
            let resolves = "the provider's record of this restore, or other evidence of how it was made";
            builder.indeterminate(id, reason, resolves, evidence);
        }
        Cited::Matched { job, .. } => {
            let seen = seen.and(Evidence::of(&job.citation));
            over_the_period(row, claims, limit, context, log, seen, builder);
        }
    }
}

/// The newest test is good; the age on the days before it remains to be judged.
fn over_the_period(
    row: &Observed<System>,
    claims: &[Claim<'_>],
    limit: Limit,
    context: &Context<'_>,
    log: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let id = row.value.id.as_str();
    let days = |wanted: fn(&Cited<'_>) -> bool| -> BTreeSet<NaiveDate> {
        claims
            .iter()
            .filter(|claim| wanted(&claim.history))
            .map(|claim| claim.day)
            .collect()
    };
    let matched = days(|history| matches!(history, Cited::Matched { .. }));
    let open = days(|history| matches!(history, Cited::Open { .. }));
    let in_use = row.value.onboarded;
    let in_use = in_use.map(|from| day_of(from, context.scope.period.zone()));
    let all = Evidence::all(claims.iter().map(|claim| &claim.test.citation));
    let all = all.map_or(seen.clone(), |claims| seen.clone().and(claims));
    match limit.judge(&matched, &open, in_use) {
        Age::Within { .. } => {
            if let Some(age) = limit.worst_age(&matched) {
                let text = format!(
                    "{id}: the newest corroborated test was at most {age} days old on any day judged"
                );
                builder.observe(text, all);
            }
            let histories = claims.iter().filter_map(|claim| claim.history.proof().cloned());
            let proof = histories.fold(log.clone(), |log, history| both(log, Ok(history)));
            builder.supported_if(id, &proof, seen);
        }
        Age::Over(condition) => {
            lacking(
                context,
                id,
                format!("successful tests: {condition}"),
                log,
                seen,
                builder,
            );
        }
        Age::Open(reason) => {
            let reason = match open.len() {
                0 => format!("corroborated tests: {reason}"),
                n => format!("corroborated tests: {reason}; {n} more claimed without corroboration"),
            };
            let resolves = "the earlier tests with the provider's record of their restores";
            builder.indeterminate(id, reason, resolves, all);
        }
        // The newest is of a day after the period: it says nothing of the period's days.
        Age::NotDueBefore(_) => {
            let reason = format!("no corroborated test is of a day until {}", limit.last);
            builder.indeterminate(id, reason, "the tests made until then", all);
        }
    }
}

/// An exception that rests on the absence of a better test: only where the log is proven whole.
fn lacking(
    context: &Context<'_>,
    id: &str,
    condition: String,
    log: &Result<Proof, Vec<Gap>>,
    evidence: Evidence,
    builder: &mut FindingBuilder,
) {
    match log {
        Ok(proof) => {
            let evidence = evidence.and(Evidence::absence_in(proof));
            builder.exception(id, Severity::Critical, condition, criterion(context), evidence);
        }
        Err(gaps) => builder.gap(id, gaps, Some(evidence)),
    }
}

fn criterion(context: &Context<'_>) -> String {
    format!(
        "a successful restore test, matched by the provider's restore job, at most {} days old",
        context.criteria.restore_test_max_age_days
    )
}

/// Systems outside the population are reported, and decide nothing.
fn observe_other(context: &Context<'_>, row: &Observed<System>, builder: &mut FindingBuilder) {
    let Ok((claims, _)) = log_of(context, &row.value) else {
        return;
    };
    if let Some(newest) = claims.last() {
        let corroborated = match &newest.history {
            Cited::Matched { .. } => "matched by the provider's history",
            Cited::Contradicted { .. } => "contradicted by the provider's history",
            Cited::Open { .. } => "not corroborated",
        };
        let text = format!(
            "{}, outside the population: newest successful test {} of {}, {corroborated}",
            row.value.id, newest.test.value.id, newest.day
        );
        builder.observe(text, Evidence::of(&newest.test.citation));
    }
}

#[cfg(test)]
mod tests;
