//! Whether a run of pulls has all of the backup plans: each version and each selection that its lists name.

use super::{Completeness, all_until};
use crate::model::source::SourceKey;
use crate::model::time::Spans;
use crate::normalize::form::Call;
use crate::normalize::pull::Pull;

impl Completeness<'_> {
    /// A run's plans cover all time before it when nothing that its lists name was left out.
    pub(super) fn plans(&mut self, key: &SourceKey, whole: &[&Pull<'_>]) -> Spans {
        let mut proven = Vec::new();
        for list in whole.iter().filter(|pull| pull.call() == Some(Call::Plans)) {
            let in_run = |call: Call, plan: &str| {
                whole.iter().copied().find(|pull| {
                    pull.call() == Some(call) && pull.run() == list.run() && pull.part() == Some(plan)
                })
            };
            let mut end = list.receipt.started;
            let mut missing = Vec::new();
            for plan in &list.items {
                match in_run(Call::PlanVersions, plan) {
                    None => missing.push(format!(
                        "the versions of plan {plan} were not listed in run {}",
                        list.run()
                    )),
                    Some(versions) => {
                        end = end.min(versions.receipt.started);
                        missing.extend(unread_versions(whole, plan, versions));
                    }
                }
                match in_run(Call::Selections, plan) {
                    // A plan can be deleted only once it has no selection left.
                    None if self.was_deleted(key, plan, list) => {}
                    None => missing.push(format!(
                        "the selections of plan {plan} were not listed in run {}",
                        list.run()
                    )),
                    Some(selections) => {
                        end = end.min(selections.receipt.started);
                        missing.extend(unread_selections(whole, plan, selections));
                    }
                }
            }
            if missing.is_empty() {
                proven.extend(all_until(end));
            }
            for reason in missing {
                self.fall_short_of(list, reason);
            }
        }
        Spans::of(proven)
    }

    fn was_deleted(&self, key: &SourceKey, plan: &str, list: &Pull<'_>) -> bool {
        let deleted = self.known.plans_deleted.get(&(key.clone(), plan.to_owned()));
        deleted.is_some_and(|at| *at <= list.receipt.started)
    }
}

/// Replies about versions never change, so that any run's reply will do.
fn unread_versions(whole: &[&Pull<'_>], plan: &str, versions: &Pull<'_>) -> Vec<String> {
    let read = |version: &String| {
        whole.iter().any(|pull| {
            pull.call() == Some(Call::Plan) && pull.part() == Some(plan) && pull.items.contains(version)
        })
    };
    let unread = versions.items.iter().filter(|version| !read(version));
    unread
        .map(|version| format!("version {version} of plan {plan} was not read"))
        .collect()
}

/// Selections are never changed either, only made anew.
fn unread_selections(whole: &[&Pull<'_>], plan: &str, selections: &Pull<'_>) -> Vec<String> {
    let read = |selection: &String| {
        let id = format!("{plan}/{selection}");
        whole
            .iter()
            .any(|pull| pull.call() == Some(Call::Selection) && pull.items.contains(&id))
    };
    let unread = selections.items.iter().filter(|selection| !read(selection));
    unread
        .map(|selection| format!("selection {selection} of plan {plan} was not read"))
        .collect()
}
