//! The parts of one technical test: the three mandatory elements of policy 13.4.2, and the tasks of 13.5.2.

use std::collections::BTreeSet;

use super::about;
use super::corroborate::{Claimed, Showing, Shown};
use crate::evaluate::approval::exemption_at;
use crate::evaluate::context::Context;
use crate::evaluate::exercises::Candidate;
use crate::evaluate::facts::both;
use crate::evaluate::recovery_tasks::{SECURITY_TASK, TASKS, of_recovery, plain};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Exemption, System};

/// Judges the parts of the newest test.
pub(super) fn parts(
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
    let wanted = of_recovery();
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
            (Some(true), Ok((evidence, history))) => {
                let proof = both(self.held.clone(), Ok(history.clone()));
                builder.supported_if(item, &proof, seen.and(evidence.clone()));
            }
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
