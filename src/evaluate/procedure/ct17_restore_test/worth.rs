//! What the successful tests of a system are worth: the newest one by the provider's history, and their age on every day.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::claims::Claim;
use crate::evaluate::age::{Age, Limit};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, judged_days};
use crate::evaluate::restores::Cited;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::System;
use crate::model::time::{day_of, days_between, show};

/// Concludes the item of a system that has a successful test: the newest one decides.
pub(super) fn conclude(
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
pub(super) fn lacking(
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
