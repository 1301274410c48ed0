//! CT-17: each critical system had a successful restore test (policy 6.2(7), 6.0, 13.4.2).
//!
//! Population: critical systems that handle ePHI and are in use at the end of the period. The log claims, the provider's
//! restore history corroborates. The newest claim decides: an older corroborated one can't vouch for what is claimed
//! since. The catalogue knows no grace for new systems, so a system that was never tested is an exception. Where the first
//! known test lies within the period, nobody can tell how old the newest one was before, unless none was due.

mod claims;
mod worth;

use crate::evaluate::approval::exemption_at;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{observe_not_yet, register};
use crate::evaluate::restores::Cited;
use crate::evaluate::systems::{in_use_at_end, last_moment, refuse_empty_inventory, row_is_in_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Ephi, System};
use crate::model::source::Source;

use claims::log_of;
use worth::{conclude, lacking};

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
