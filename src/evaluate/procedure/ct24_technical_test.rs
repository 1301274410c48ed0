//! CT-24: a technical test within 365 days, with its three mandatory parts (policy 13.4, 13.4.2, 13.5.2).
//!
//! Population: critical systems in use at the end of the period. `<system>/age` applies the age rule; where it is not met
//! it speaks about every statement, for then no test counts whose parts could be judged. Otherwise each part of the
//! newest test is an item of its own: what a record calls done has to be corroborated by the provider, within a day.
//!
//! DR-13.4.2-4 (within the requirements, CT-19) and DR-13.5.3-2 (scripts) are not shown by any item here.

mod corroborate;

use std::collections::BTreeSet;

use super::Context;
use crate::evaluate::age::{Age, Limit};
use crate::evaluate::approval::exemption_at;
use crate::evaluate::exercises::{Candidate, Demand, candidates, days, doubts, evidence};
use crate::evaluate::facts::{judged_days, observe_not_yet, register};
use crate::evaluate::systems::{in_use_at_end, refuse_empty_inventory, row_doubt};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{StatementId, TestId};
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Exemption, ExerciseKind, System};
use crate::model::source::Source;
use crate::model::time::day_of;

use corroborate::{Claimed, Showing, Shown};

/// The tasks of policy 13.5.2 as `tasks_done` names them.
const TASKS: [&str; 9] = [
    "contact_partners_and_customers",
    "assess_damage",
    "begin_recovery",
    "test_new_environment",
    "test_logging_security_alerting",
    "assure_patched",
    "deploy_to_production",
    "update_dns",
    SECURITY_TASK,
];

/// The task of InfoSec.
const SECURITY_TASK: &str = "verify_security_controls";

/// Concludes CT-24.
pub(super) fn technical_test(context: &Context<'_>, test: TestId) -> Finding {
    let basis = register(context, Source::SystemsInventory);
    let held = register(context, Source::Exercises);
    let unit = "critical systems, for the age of their technical test and for each of its parts";
    let mut builder = FindingBuilder::new(test, unit, basis.clone());
    refuse_empty_inventory(&mut builder, context, &basis);
    for row in in_use_at_end(context)
        .into_iter()
        .filter(|row| row.value.critical)
    {
        examine(context, row, &held, &mut builder);
    }
    let exercises = context.records.exercises.iter();
    let technical = exercises.filter(|record| record.value.kind == ExerciseKind::Technical);
    let dated = technical.map(|record| (record, record.value.held, record.value.id.as_str()));
    observe_not_yet(&mut builder, context, dated);
    builder.finish("no critical system is in use")
}

fn examine(
    context: &Context<'_>,
    row: &Observed<System>,
    held: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let id = format!("{}/age", system.id);
    let seen = Evidence::of(&row.citation);
    if let Some(doubt) = row_doubt(context, row) {
        return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    let candidates = candidates(context, &system.id, &[ExerciseKind::Technical], Demand::Technical);
    let seen = evidence(&candidates).map_or(seen.clone(), |found| seen.and(found));
    if let Some(doubt) = candidates.iter().find_map(|candidate| candidate.doubt.as_ref()) {
        return builder.indeterminate(
            id,
            &*doubt.reason,
            &*doubt.resolves,
            seen.and(doubt.evidence.clone()),
        );
    }
    let (first, last) = judged_days(context);
    let max_days = context.criteria.exercise_max_age_days;
    let limit = Limit {
        first,
        last,
        max_days,
    };
    let (sound, doubtful) = days(&candidates);
    let in_use = system
        .onboarded
        .map(|from| day_of(from, context.scope.period.zone()));
    let criterion = format!("a technical test naming the system, at most {max_days} days old throughout");
    match (limit.judge(&sound, &doubtful, in_use), held) {
        (Age::Within { .. }, _) => {
            builder.supported_if(&*id, held, seen.clone());
            builder.only_about(&id, &about(&["DR-13.4-5", "DR-13.4-6"]));
            let newest = candidates.iter().rfind(|candidate| candidate.is_sound());
            let newest = newest.expect("invariant: within the limit only by a sound test");
            parts(context, row, newest, held, builder);
        }
        (Age::Over(condition), Ok(proof)) => {
            let evidence = seen.and(Evidence::absence_in(proof));
            builder.exception(
                id,
                Severity::High,
                format!("technical tests: {condition}"),
                criterion,
                evidence,
            );
        }
        (Age::Open(reason), Ok(_)) => {
            let reason = doubts(&candidates).map_or(reason.clone(), |doubts| format!("{reason}; {doubts}"));
            let resolves = "the records of earlier technical tests, and reports of those held";
            builder.indeterminate(id, format!("technical tests: {reason}"), resolves, seen);
        }
        (Age::NotDueBefore(day), Ok(_)) => match system.approved_by.as_deref() {
            Some(by) if !by.trim().is_empty() => {
                let rationale = format!(
                    "in use by the inventory for too short a time: the first technical test is due by {day}"
                );
                builder.not_applicable(id, rationale, by, system.as_of, seen);
            }
            _ => {
                let reason =
                    "the first technical test is not due yet by an inventory row that nobody approved";
                builder.indeterminate(id, reason, "an approved row of the inventory", seen);
            }
        },
        (_, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
    }
}

/// Judges the parts of the newest test.
fn parts(
    context: &Context<'_>,
    row: &Observed<System>,
    newest: &Candidate<'_>,
    held: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let system = &row.value;
    let exercise = &newest.record.value;
    let exemption = match exemption_at(context, system, exercise.held) {
        Ok(exemption) => exemption.filter(|_| system.backup_method == Some(BackupMethod::IacRebuild)),
        Err(_) => None,
    };
    let claimed = Claimed {
        context,
        system,
        exercise,
        exempt: exemption.is_some(),
    };
    let shown = claimed.shown();
    let seen = Evidence::of(&newest.record.citation).and(Evidence::of(&row.citation));
    let part = Part {
        id: &exercise.id,
        shown: &shown,
        seen: &seen,
        held,
    };
    let elements = exercise.elements;
    let named = |name: &str| format!("{}/{name}", system.id);
    part.judge(
        &named("alternate-site"),
        elements.alternate_site,
        Shown::elsewhere,
        "DR-13.4.2-1",
        builder,
    );
    match exemption {
        Some(exemption) => nothing_to_restore(&named("restore"), exemption, &seen, builder),
        None => {
            part.judge(
                &named("restore"),
                elements.restore_from_backup,
                Shown::restored,
                "DR-13.4.2-2",
                builder,
            );
        }
    }
    part.judge(
        &named("switch"),
        elements.switch_compute_storage,
        Shown::elsewhere,
        "DR-13.4.2-3",
        builder,
    );
    let wanted: BTreeSet<&str> = TASKS.into_iter().filter(|task| *task != SECURITY_TASK).collect();
    part.tasks(
        &named("tasks"),
        exercise.tasks.as_deref(),
        &wanted,
        "DR-13.5.2-2",
        builder,
    );
    let security = BTreeSet::from([SECURITY_TASK]);
    part.tasks(
        &named("security-check"),
        exercise.tasks.as_deref(),
        &security,
        "DR-13.0-5",
        builder,
    );
}

fn nothing_to_restore(id: &str, exemption: &Exemption, seen: &Evidence, builder: &mut FindingBuilder) {
    let rationale = format!("rebuilt from code, nothing to restore: {}", exemption.rationale);
    builder.not_applicable(
        id,
        rationale,
        exemption.approved_by.as_str(),
        exemption.approved_at,
        seen.clone(),
    );
    builder.only_about(id, &about(&["DR-13.4.2-2"]));
}

/// How the parts of one exercise are judged.
struct Part<'a> {
    id: &'a str,
    shown: &'a Shown,
    seen: &'a Evidence,
    held: &'a Result<Proof, Vec<Gap>>,
}

impl Part<'_> {
    /// One of the three mandatory parts: recorded as done, and `shown` by the provider.
    fn judge(
        &self,
        item: &str,
        recorded: Option<bool>,
        shown: fn(&Shown) -> &Showing,
        statement: &str,
        builder: &mut FindingBuilder,
    ) {
        let seen = self.seen.clone();
        match (recorded, shown(self.shown)) {
            (Some(false), _) => {
                let condition = format!("exercise {} records this part as not done", self.id);
                builder.exception(
                    item,
                    Severity::High,
                    condition,
                    "done in the technical test",
                    seen,
                );
            }
            (None, _) => {
                let reason = format!("exercise {} does not say whether this part was done", self.id);
                builder.indeterminate(item, reason, "a record that says so", seen);
            }
            (Some(true), Ok(evidence)) => builder.supported_if(item, self.held, seen.and(evidence.clone())),
            (Some(true), Err((why, found))) => {
                let reason = format!(
                    "exercise {} records this part as done, without corroboration: {why}",
                    self.id
                );
                let evidence = found.clone().map_or(seen.clone(), |found| seen.and(found));
                let resolves =
                    "the provider's restore job or trail event of this system within a day of the exercise";
                builder.indeterminate(item, reason, resolves, evidence);
            }
        }
        builder.only_about(item, &about(&[statement]));
    }

    /// Tasks of 13.5.2: presence, not order.
    fn tasks(
        &self,
        item: &str,
        done: Option<&[String]>,
        wanted: &BTreeSet<&str>,
        statement: &str,
        builder: &mut FindingBuilder,
    ) {
        let seen = self.seen.clone();
        let done: Option<BTreeSet<String>> = done.map(|done| done.iter().map(|name| plain(name)).collect());
        let missing: Option<Vec<&str>> = done.as_ref().map(|done| {
            wanted
                .iter()
                .copied()
                .filter(|task| !done.contains(*task))
                .collect()
        });
        let strangers = done.is_some_and(|done| done.iter().any(|name| !TASKS.contains(&name.as_str())));
        match missing {
            None => {
                let reason = format!("exercise {} has no list of tasks", self.id);
                builder.indeterminate(
                    item,
                    reason,
                    "the list of the tasks of policy 13.5.2 that were done",
                    seen,
                );
            }
            Some(missing) if missing.is_empty() => builder.supported_if(item, self.held, seen),
            Some(missing) if strangers => {
                let reason = format!(
                    "exercise {} lists no {}, and tasks by names that the policy does not have",
                    self.id,
                    missing.join(", ")
                );
                builder.indeterminate(item, reason, "the tasks by the names of policy 13.5.2", seen);
            }
            Some(missing) => {
                let condition = format!("exercise {} lists no {}", self.id, missing.join(", "));
                let criterion = "the tasks of policy 13.5.2 are done in the technical test";
                builder.exception(item, Severity::High, condition, criterion, seen);
            }
        }
        builder.only_about(item, &about(&[statement]));
    }
}

/// Lower case, words joined by underscores.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

fn about(statements: &[&str]) -> Vec<StatementId> {
    statements
        .iter()
        .map(|id| id.parse().expect("invariant: a statement of the catalogue"))
        .collect()
}
