//! CT-27: a business impact analysis within 365 days, covering every system (policy 13.4, 13.0, 13.5.2).
//!
//! Population: the analysis (`bia/age`), and each system of the inventory in use at the end of the period. The date on
//! which the analysis was performed counts, not that of its file; a draft that nobody approved counts for nothing.
//! Systems are held against the newest approved analysis.

mod analyses;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::evaluate::age::{Age, Limit};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, judged_days, register};
use crate::evaluate::statements::about;
use crate::evaluate::systems::{in_use_at_end, refuse_empty_inventory, row_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{BiaSystem, System, SystemClass};
use crate::model::source::Source;
use crate::model::time::day_of;

use analyses::{Analysis, Worth, analyses};

/// Concludes CT-27.
pub(super) fn impact_analysis(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::SystemsInventory);
    let register = register(context, Source::Bia);
    let unit = "the business impact analysis, and systems in use at the period's end";
    let mut builder = FindingBuilder::new(test, unit, both(basis.clone(), register.clone()));
    refuse_empty_inventory(&mut builder, context, &basis);
    let known = match analyses(context, &mut builder) {
        Ok(known) => known,
        Err(doubt) => {
            builder.indeterminate("bia/age", doubt.reason, doubt.resolves, doubt.evidence);
            return builder.finish("invariant: one item at least");
        }
    };
    judge_age(context, &known, &register, &mut builder);
    let sound = known
        .iter()
        .filter(|analysis| matches!(analysis.worth, Worth::Sound));
    let newest = sound.max_by_key(|analysis| {
        let bia = &analysis.record.value;
        (
            analysis.performed,
            bia.approved_at,
            &bia.version,
            &analysis.record.citation,
        )
    });
    if let Some(newest) = newest {
        for row in in_use_at_end(context) {
            examine(context, row, newest, &register, &mut builder);
        }
    }
    builder.finish("invariant: one item at least")
}

fn judge_age(
    context: &Context<'_>,
    known: &[Analysis<'_>],
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    const ID: &str = "bia/age";
    let max_days = context.criteria.bia_max_age_days;
    let (first, last) = judged_days(context);
    let limit = Limit {
        first,
        last,
        max_days,
    };
    let days = |sound: bool| -> BTreeSet<NaiveDate> {
        let wanted = known
            .iter()
            .filter(|analysis| matches!(analysis.worth, Worth::Sound) == sound);
        wanted.filter_map(|analysis| analysis.performed).collect()
    };
    let (sound, doubtful) = (days(true), days(false));
    let undated = known.iter().any(|analysis| analysis.performed.is_none());
    let seen = Evidence::all(known.iter().map(|analysis| &analysis.record.citation));
    let doubts: Vec<&str> = known
        .iter()
        .filter_map(|analysis| match &analysis.worth {
            Worth::Sound => None,
            Worth::Doubtful(why) => Some(why.as_str()),
        })
        .collect();
    let age = limit.judge(&sound, &doubtful, None);
    let (proof, seen) = match (register, seen) {
        (Ok(proof), seen) => {
            let searched = Evidence::absence_in(proof);
            (proof, seen.map_or(searched.clone(), |seen| seen.and(searched)))
        }
        (Err(gaps), seen) => return builder.gap(ID, gaps, seen),
    };
    match age {
        Age::Within { at_end, largest_gap } => {
            let gap = largest_gap.map_or_else(String::new, |gap| format!("; the largest gap was {gap} days"));
            builder.observe(
                format!("the newest analysis is {at_end} days old on {last}{gap}"),
                seen.clone(),
            );
            builder.supported(ID, proof, seen);
            builder.only_about(ID, &about(&["DR-13.4-9", "DR-13.0-3"]));
        }
        // A register without any analysis: none was performed that anybody recorded.
        _ if known.is_empty() => {
            let criterion = format!("an approved analysis at most {max_days} days old throughout");
            builder.exception(
                ID,
                Severity::High,
                "no business impact analysis is on record",
                criterion,
                seen,
            );
        }
        Age::Over(condition) if !undated => {
            let criterion = format!("an approved analysis at most {max_days} days old throughout");
            builder.exception(ID, Severity::High, condition, criterion, seen);
            builder.only_about(ID, &about(&["DR-13.4-9", "DR-13.0-3"]));
        }
        Age::Over(reason) | Age::Open(reason) => {
            let reason = [&[reason.as_str()], &doubts[..]].concat().join("; ");
            let resolves = "the date of performance and the approval of each analysis, and the earlier ones";
            builder.indeterminate(ID, reason, resolves, seen);
        }
        Age::NotDueBefore(day) => {
            builder.indeterminate(
                ID,
                format!("no analysis before {day}"),
                "the analyses performed",
                seen,
            );
        }
    }
}

fn examine(
    context: &Context<'_>,
    row: &Observed<System>,
    newest: &Analysis<'_>,
    register: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = system.id.as_str();
    let bia = &newest.record.value;
    let seen = Evidence::of(&newest.record.citation).and(Evidence::of(&row.citation));
    let name = format!("analysis {} {}", bia.id, bia.version);
    let rated: Vec<&BiaSystem> = bia
        .systems
        .iter()
        .filter(|rated| rated.system == system.id)
        .collect();
    match (row_doubt(context, row), &rated[..]) {
        (Some(doubt), _) => builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence),
        (None, []) => missing(context, row, newest, register, seen, builder),
        (None, [rated]) => compare(system, rated, &name, register, seen, builder),
        (None, several) => {
            let reason = format!("{name} rates the system {} times", several.len());
            builder.indeterminate(id, reason, "one rating of the system", seen);
        }
    }
    let mut statements = about(&["DR-13.4-9", "DR-13.0-3", "DR-13.0-6"]);
    if system.class != SystemClass::Other {
        statements.extend(about(&["DR-13.5.2-1"]));
    }
    builder.only_about(id, &statements);
}

fn missing(
    context: &Context<'_>,
    row: &Observed<System>,
    newest: &Analysis<'_>,
    register: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let (system, bia) = (&row.value, &newest.record.value);
    let zone = context.scope.period.zone();
    let since = system.onboarded.map(|from| day_of(from, zone));
    let id = system.id.as_str();
    match (since, newest.performed, register) {
        (_, _, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
        (Some(since), Some(performed), Ok(_)) if since > performed => {
            let reason = format!(
                "the newest analysis was performed on {performed}, before the system came into use on {since}; the \
                 policy does not say when a new system has to be analysed"
            );
            builder.indeterminate(id, reason, "an analysis that covers the system", seen);
        }
        (None, _, Ok(_)) => {
            let reason = format!(
                "analysis {} {} does not name the system, whose day of onboarding is unknown",
                bia.id, bia.version
            );
            builder.indeterminate(id, reason, "the day since which the system is in use", seen);
        }
        (_, _, Ok(_)) => {
            let condition = format!("analysis {} {} does not name the system", bia.id, bia.version);
            builder.exception(
                id,
                Severity::High,
                condition,
                "the analysis covers every system in use",
                seen,
            );
        }
    }
}

fn compare(
    system: &System,
    rated: &BiaSystem,
    name: &str,
    register: &Result<Proof, Vec<Gap>>,
    seen: Evidence,
    builder: &mut FindingBuilder,
) {
    let id = system.id.as_str();
    let word = |critical: bool| if critical { "critical" } else { "not critical" };
    let by_class = system.class != SystemClass::Other;
    match rated.critical {
        Some(critical) if critical != system.critical => {
            let condition = format!(
                "{name} rates the system {}, the inventory {}",
                word(critical),
                word(system.critical)
            );
            builder.exception(id, Severity::High, condition, "both rate the system alike", seen);
        }
        Some(false) if by_class => {
            let condition = format!(
                "{name} rates the system not critical, its class is {}",
                system.class.as_str()
            );
            let criterion = "the five classes of policy 13.5.2 are rated critical";
            builder.exception(id, Severity::High, condition, criterion, seen);
        }
        None => {
            let reason = format!("{name} does not say whether the system is critical");
            builder.indeterminate(id, reason, "a rating of the system", seen);
        }
        Some(_) if rated.rto_minutes.is_none() || rated.rpo_minutes.is_none() => {
            let reason = format!("{name} gives the system no recovery time or no recovery point objective");
            builder.indeterminate(id, reason, "both objectives", seen);
        }
        Some(_) => builder.supported_if(id, register, seen),
    }
}

#[cfg(test)]
mod tests;
