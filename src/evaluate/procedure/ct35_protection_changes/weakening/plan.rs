//! How a new version of a plan is weaker than the one before: by what its versions say, rule by rule.

use super::Weakening;
use crate::evaluate::context::Context;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::{Event, PlanRule, PlanVersion};
use crate::model::time::{show, show_delta};

/// How the version that the call made is weaker, until a version that is not.
pub(super) fn weakening(context: &Context<'_>, event: &Observed<Event>) -> Option<Weakening> {
    let plan = event.value.request.as_ref()?.get("/backupPlanId")?;
    let here = |version: &&Observed<PlanVersion>| {
        version.value.plan == *plan
            && version.key.account == event.key.account
            && version.key.region == event.key.region
    };
    let mut versions: Vec<_> = context.records.plans.iter().filter(here).collect();
    versions.sort_by_key(|version| (version.value.from, &version.value.version));
    let skew = context.criteria.clock_skew;
    let made = versions
        .iter()
        .position(|version| (version.value.from - event.value.at).abs() <= skew)?;
    let (before, after) = (versions[made.checked_sub(1)?], versions[made]);
    let what = weaker(&before.value, &after.value)?;
    let evidence = Evidence::of(&before.citation).and(Evidence::of(&after.citation));
    let undone = versions[made + 1..]
        .iter()
        .filter(|version| version.value.from < context.scope.as_of)
        .find(|version| version.value.rules.is_some() && weaker(&before.value, &version.value).is_none());
    Some(match undone {
        Some(undone) => Weakening {
            says: format!(
                "{what}, for {}, until {}",
                show_delta(undone.value.from - after.value.from),
                show(undone.value.from)
            ),
            evidence: evidence.and(Evidence::of(&undone.citation)),
        },
        None => Weakening {
            says: format!("{what}, and no later version undid it"),
            evidence,
        },
    })
}

/// What is weaker in `after`; `None` where nothing is, or the rules were not read.
fn weaker(before: &PlanVersion, after: &PlanVersion) -> Option<String> {
    let (old, new) = (before.rules.as_ref()?, after.rules.as_ref()?);
    let all: Vec<String> = old
        .iter()
        .flat_map(|rule| match new.iter().find(|other| other.name == rule.name) {
            None => vec![format!("rule {} is gone", rule.name)],
            Some(now) => in_rule(rule, now),
        })
        .collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn in_rule(old: &PlanRule, new: &PlanRule) -> Vec<String> {
    let mut found = Vec::new();
    let kept = |days: Option<i64>| days.map_or("for ever".to_owned(), |days| format!("{days} days"));
    let forever = i64::MAX;
    if new.delete_after_days.unwrap_or(forever) < old.delete_after_days.unwrap_or(forever) {
        found.push(format!(
            "rule {} keeps {} instead of {}",
            old.name,
            kept(new.delete_after_days),
            kept(old.delete_after_days)
        ));
    }
    for vault in old.copy_to.iter().filter(|vault| !new.copy_to.contains(vault)) {
        found.push(format!("rule {} copies to {vault} no longer", old.name));
    }
    if old.continuous && !new.continuous {
        found.push(format!("rule {} is no longer continuous", old.name));
    }
    // Whether another schedule is less frequent is for CT-03 and CT-05, which look at what it made.
    if old.schedule != new.schedule || old.time_zone != new.time_zone {
        let text = |rule: &PlanRule| rule.schedule.clone().unwrap_or_else(|| "none".to_owned());
        found.push(format!(
            "rule {} runs {} instead of {}",
            old.name,
            text(new),
            text(old)
        ));
    }
    found
}
