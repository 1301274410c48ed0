//! What was asked: whether the request, as recorded, asks for the whole of what the pull claims to cover.

use std::collections::BTreeMap;

use super::export::{self, Role};
use super::form::{Call, Form, Rule};
use crate::model::acquisition::{Acquisition, Page, REDACTED};
use crate::model::source::Reach;
use crate::model::time::{Instant, Interval, show};

/// Job summaries speak for fourteen closed days.
const SUMMARY_DAYS: i64 = 14;

/// What is wrong with the request; nothing when it asks for the whole.
pub(super) fn flaws(form: &Form, pull: &Acquisition) -> Vec<String> {
    let mut flaws = Vec::new();
    // What an export asks for beside its documents is looked at with its answers.
    let documents =
        |page: &&Page| form.call != Call::Find || export::role(pull, &page.parameters) == Role::Batch;
    let pages = pull.pages.iter().filter(documents).map(|page| &page.parameters);
    for parameters in std::iter::once(&pull.parameters).chain(pages) {
        flaws.extend(narrowing(form, pull, parameters));
    }
    for (name, rule) in form.parameters {
        match rule {
            Rule::Must(value) if !pull.parameters.contains_key(*name) => {
                flaws.push(format!("parameter {name} has to be {value}"));
            }
            Rule::Part if part(form, pull).is_none() => flaws.push(format!("parameter {name} is missing")),
            _ => {}
        }
    }
    flaws.extend(window(form, pull));
    flaws.sort();
    flaws.dedup();
    flaws
}

/// What the pull lists a part of: the vault, plan, event source or cluster. Atlas pulls may name the cluster by their
/// id's last segment only.
pub(super) fn part<'a>(form: &Form, pull: &'a Acquisition) -> Option<&'a str> {
    let name = form.parameters.iter().find(|(_, rule)| *rule == Rule::Part)?.0;
    let stated = pull.parameters.get(name).map(String::as_str);
    let by_id = pull.id.as_str().rsplit_once('/').map(|(_, last)| last);
    let atlas = matches!(
        form.call,
        Call::AtlasSnapshots | Call::AtlasSchedule | Call::AtlasRestoreJobs
    );
    stated.or(by_id.filter(|_| atlas))
}

fn narrowing(form: &Form, pull: &Acquisition, parameters: &BTreeMap<String, String>) -> Vec<String> {
    let bound = |name: &str| form.bounds.is_some_and(|(from, to)| from == name || to == name);
    let mut flaws = Vec::new();
    for (name, value) in parameters {
        let changed = pull.parameters.get(name).is_some_and(|first| first != value);
        let fits = match form.rule(name) {
            _ if form.carrier() == Some(name) => true,
            // What was struck out of the answer was no part of the question.
            _ if is_redaction(name) => true,
            _ if bound(name) => !changed,
            Some(Rule::Any) => true,
            Some(Rule::Part) => !changed,
            Some(Rule::Only(only) | Rule::Must(only)) => value == only,
            Some(Rule::Account) => value == pull.key.account.as_str(),
            Some(Rule::Source) => value == pull.key.source.as_str(),
            Some(Rule::Collection) => value == export::collection(pull),
            None => false,
        };
        if !fits {
            flaws.push(format!("parameter {name}={value:?} may narrow the list"));
        }
    }
    flaws
}

/// Whether a parameter of a page tells of a redaction.
fn is_redaction(name: &str) -> bool {
    let rest = name.strip_prefix(REDACTED);
    rest.is_some_and(|pointer| pointer.is_empty() || pointer.starts_with('/'))
}

fn window(form: &Form, pull: &Acquisition) -> Vec<String> {
    let Some(window) = pull.window else {
        let asked = pull.key.source.reach() == Reach::Window && !form.follows_up;
        return asked
            .then(|| "no window was asked for".to_owned())
            .into_iter()
            .collect();
    };
    let mut flaws = Vec::new();
    if pull.key.source.reach() != Reach::Window {
        flaws.push("a listing of the present state has no window".to_owned());
    }
    if window.end() > pull.finished {
        flaws.push(format!(
            "the window ends at {}, after the pull",
            show(window.end())
        ));
    }
    if form.call == Call::JobSummaries
        && window.end() - window.start() > chrono::TimeDelta::days(SUMMARY_DAYS)
    {
        flaws.push(format!(
            "summaries speak for {SUMMARY_DAYS} days, the window is longer"
        ));
    }
    if let Some((since, until)) = form.bounds {
        flaws.extend(bound(pull, since, window.start()));
        flaws.extend(bound(pull, until, window.end()));
    }
    flaws
}

fn bound(pull: &Acquisition, name: &str, at: Instant) -> Option<String> {
    let asked = pull.parameters.get(name);
    if asked.is_some_and(|text| text.parse::<Instant>() == Ok(at)) {
        return None;
    }
    let asked = asked.map_or("missing", String::as_str);
    Some(format!(
        "parameter {name} is {asked}, the window says {}",
        show(at)
    ))
}

/// CloudTrail delivers an event to `LookupEvents` up to about so many minutes after it happened.
const TRAIL_DELAY_MINUTES: i64 = 15;

/// The part of the window that the service still remembers when it is asked, and that it surely knew by then.
pub(super) fn remembered(form: &Form, pull: &Acquisition, window: Interval) -> Option<Interval> {
    let days = match form.call {
        // Fourteen closed days end with the day before, in whatever time zone the service closes them.
        Call::JobSummaries => Some(SUMMARY_DAYS + 2),
        _ => form.memory_days,
    };
    let oldest = days.map_or(window.start(), |days| {
        pull.started - chrono::TimeDelta::days(days)
    });
    let delay = match form.call {
        Call::Events => TRAIL_DELAY_MINUTES,
        _ => 0,
    };
    let known = pull.started - chrono::TimeDelta::minutes(delay);
    Interval::new(window.start().max(oldest), window.end().min(known))
}
