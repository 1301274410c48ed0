//! Completed with issues: the service has no such state. By the counts it is what completed, less what completed with the
//! message category SUCCESS; by the rows, what completed with another category.

use super::closed_days::{Answer, closed_days, jobs_of, proof, sources, state_at};
use super::{Reconciliation, counted, evidence};
use crate::evaluate::context::Context;
use crate::evaluate::place::Place;
use crate::model::records::backups::JobState;

pub(super) fn reconcile(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let days = closed_days(context, place);
    let (mut rows, mut completed, mut successes) = (0, 0, 0);
    let (mut open, mut cited) = (Vec::new(), Vec::new());
    for day in &days {
        let Some(newest) = day.answers.last() else {
            continue;
        };
        let jobs = jobs_of(context, place, day);
        let issues = jobs
            .iter()
            .filter(|job| state_at(&job.value, newest.at) == JobState::CompletedWithIssues);
        let issues: Vec<_> = issues.collect();
        let (all, success) = completions(newest);
        rows += issues.len();
        completed += all;
        successes += success.unwrap_or_default();
        let difference = match success {
            None => format!("{}: the counts give no message category", day.name()),
            Some(success) if all.saturating_sub(success) != issues.len() as u64 => format!(
                "{}: {} by the rows, {all} less {success} by the counts",
                day.name(),
                issues.len()
            ),
            Some(_) => continue,
        };
        open.push(difference);
        cited.extend(issues.iter().map(|job| &job.citation));
        cited.extend(newest.counts.iter().map(|count| &count.citation));
    }
    let issues = usize::try_from(completed.saturating_sub(successes)).unwrap_or(usize::MAX);
    (rows > 0 || completed > 0).then(|| Reconciliation {
        name: "completed-with-issues",
        left: counted(rows, "jobs completed with issues by their rows"),
        right: counted(
            issues,
            "by the daily counts: completed, less completed with SUCCESS",
        ),
        explained: Vec::new(),
        open,
        proof: proof(context, place, &days),
        evidence: evidence(&sources(place), cited),
        resolves: "the service's counts by message category, and its account of the jobs that they leave out",
    })
}

/// How many jobs completed, and how many of them with SUCCESS; `None` where the counts do not tell categories apart.
fn completions(answer: &Answer<'_>) -> (u64, Option<u64>) {
    let completed = answer.counts.iter().filter(|count| {
        let state = count.value.state;
        matches!(state, JobState::Completed | JobState::CompletedWithIssues)
    });
    let (mut all, mut success) = (0, Some(0));
    for count in completed {
        all += count.value.count;
        success = match (count.value.category.as_deref(), success) {
            (None, _) => None,
            (Some(category), Some(success)) if category.eq_ignore_ascii_case("SUCCESS") => {
                Some(success + count.value.count)
            }
            (Some(_), success) => success,
        };
    }
    (all, success)
}
