//! CT-04: backup rules are designed to meet the policy (policy 6.2(1), "daily").
//!
//! Population: each resource that owes backups, with the rules that apply to it (AWS plan versions and selections, Atlas
//! policy items), and each of those rules with what it keeps. The rules that apply together, for as long as they do, are
//! expanded over the whole period in their own time zones: the longest time between two runs is at most `backup_interval`.
//! A clock that is set back makes that time longer by its shift, which the tolerance may cover; a local time that a clock
//! change skips makes it two days, and nothing covers that. Rules that together give a daily backup meet the policy, as
//! one by itself does; continuous backups are no snapshots. The day on which one rule follows another is CT-05's, a time
//! without any rule CT-03's.
//!
//! A schedule that can't be read is INDETERMINATE, and so is a resource whose other rules are not enough; so is what rules
//! keep while management has not approved `min_retention`.

mod frequency;
mod retention;

use std::collections::{BTreeMap, BTreeSet};

use self::frequency::{Design, judge};
use self::retention::Retention;
use crate::evaluate::assignment::Plans;
use crate::evaluate::context::Context;
use crate::evaluate::duty::{Due, for_each_due, for_each_resource, mark_exempt};
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::evaluate::rules_in_force::{NoRuns, RuleInForce, rules_in_force};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::backups::Provider;
use crate::model::records::governance::{BackupMethod, System};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, Spans, show_delta};

/// Concludes CT-04.
pub(super) fn backup_rules(context: &Context<'_>, test: TestId) -> Finding {
    let coverage = &context.records.coverage;
    let register = coverage.prove_register(Source::SystemsInventory, context.scope.as_of);
    let unit = "resources that owe backups, and the rules that apply to them";
    let mut builder = FindingBuilder::new(test, unit, register);
    let plans = Plans::of(context);
    let mut trial = Trial {
        context,
        observations: BTreeMap::new(),
        retention: Retention::default(),
    };
    for_each_due(context, &mut builder, |row, due, builder| {
        trial.examine_system(&plans, row, due, builder)
    });
    trial.retention.conclude(context, &mut builder);
    for (text, records) in trial.observations {
        if let Some(evidence) = Evidence::all(records) {
            builder.observe(text, evidence);
        }
    }
    builder.finish("no system owed a backup")
}

struct Trial<'c, 'a> {
    context: &'c Context<'a>,
    /// What is worth saying of the rules, each once, with the records that say so.
    observations: BTreeMap<String, BTreeSet<&'a Citation>>,
    retention: Retention<'a>,
}

impl<'a> Trial<'_, 'a> {
    fn examine_system(
        &mut self,
        plans: &Plans<'a>,
        row: &Observed<System>,
        due: &Due<'_>,
        builder: &mut FindingBuilder,
    ) {
        mark_exempt(row, due, builder);
        let spans = due.spans.within(&examined(self.context.scope));
        if spans.is_empty() {
            return;
        }
        for_each_resource(row, builder, |id, resource, place, builder| {
            let look = examined(self.context.scope);
            let mut rules = rules_in_force(self.context, plans, resource, &place, look);
            rules.retain(|rule| !spans.within(&rule.span).is_empty());
            if rules.is_empty() {
                return self.conclude_without(&id, row, resource, &place, &spans, builder);
            }
            for rule in &rules {
                self.observe(rule);
                let name = format!("rule/{}/{}", place_name(&place, resource), rule.name);
                if let Err(NoRuns::Schedule(error)) = &rule.timetable {
                    let id = format!("{name}/schedule");
                    let resolves = "the schedule in a form that AWS Backup or Atlas documents";
                    builder.indeterminate(id, error.to_string(), resolves, Evidence::of(rule.record));
                }
                self.retention.add(name, place.key(source_of(&place)), rule);
            }
            self.conclude(&id, row, &place, (&rules, &spans), builder);
        });
    }

    /// Start windows and completion windows that let a backup come later than the policy has it.
    fn observe(&mut self, rule: &RuleInForce<'a>) {
        let criteria = self.context.criteria;
        let limits = [
            (
                "start",
                rule.start_window,
                criteria.backup_interval_tolerance,
                "the tolerance",
            ),
            (
                "completion",
                rule.completion_window,
                criteria.backup_interval,
                "the interval",
            ),
        ];
        for (which, window, limit, name) in limits {
            if let Some(window) = window.filter(|window| *window > limit) {
                let (window, limit) = (show_delta(window), show_delta(limit));
                let text = format!(
                    "{}: the {which} window of {window} is longer than {name} of {limit}",
                    rule.by
                );
                self.observations.entry(text).or_default().insert(rule.record);
            }
        }
    }

    fn conclude(
        &self,
        id: &str,
        row: &Observed<System>,
        place: &Place,
        (rules, spans): (&[RuleInForce<'a>], &Spans),
        builder: &mut FindingBuilder,
    ) {
        let coverage = &self.context.records.coverage;
        let records = rules.iter().flat_map(|rule| rule.records.iter().copied());
        let evidence =
            Evidence::all(records.chain([&row.citation])).expect("invariant: the row is always there");
        let key = place.key(source_of(place));
        let proofs = spans.iter().map(|span| coverage.prove(&key, *span));
        let proof = proofs.reduce(|all, next| Ok(all?.and(next?)));
        let proof = proof.expect("invariant: something is due");
        let criteria = self.context.criteria;
        let interval = show_delta(criteria.backup_interval);
        let mut daily = true;
        for together in rules_together(rules, spans) {
            match judge(criteria, &together, examined(self.context.scope)) {
                Design::Daily => {}
                Design::TooSlow(longest) => {
                    daily = false;
                    if let Err(gaps) = &proof {
                        // Another rule may stand in what nobody collected.
                        builder.gap(id, gaps, Some(evidence.clone()));
                        continue;
                    }
                    let names: BTreeSet<_> = together.iter().map(|rule| rule.by.as_str()).collect();
                    let names = names.into_iter().collect::<Vec<_>>().join(" and ");
                    let condition = format!("{names}: {longest}");
                    let criterion =
                        format!("the rules of a resource start a backup at least every {interval}");
                    builder.exception(id, Severity::High, condition, criterion, evidence.clone());
                }
                Design::Unknown(reason) => {
                    let resolves = "the schedules and selections of the plans over the whole period";
                    builder.indeterminate(id, reason, resolves, evidence.clone());
                    daily = false;
                }
            }
        }
        if daily {
            builder.supported_if(id, &proof, evidence);
        }
    }

    /// A resource to which no rule applies at any time.
    fn conclude_without(
        &self,
        id: &str,
        row: &Observed<System>,
        resource: &ResourceId,
        place: &Place,
        spans: &Spans,
        builder: &mut FindingBuilder,
    ) {
        let evidence = Evidence::of(&row.citation);
        let key = place.key(source_of(place));
        let proofs = spans
            .iter()
            .map(|span| self.context.records.coverage.prove(&key, *span));
        let condition = format!("no rule of a plan or policy applies to {resource}");
        match proofs.reduce(|all, next| Ok(all?.and(next?))) {
            Some(Ok(searched)) => {
                let evidence = evidence.and(Evidence::absence_in(&searched));
                if let Some(BackupMethod::Native | BackupMethod::IacRebuild) = row.value.backup_method {
                    let reason = format!("{condition}: it is backed up or rebuilt by other means");
                    let resolves = "the schedule of that mechanism, or an approved exemption";
                    return builder.indeterminate(id, reason, resolves, evidence);
                }
                let criterion = "a rule starts backups of each resource that owes them";
                builder.exception(id, Severity::High, condition, criterion, evidence);
            }
            Some(Err(gaps)) => builder.gap(id, &gaps, Some(evidence)),
            None => {}
        }
    }
}

/// The rules that apply at the same time, for each stretch of `spans` in which they don't change; every set once, and
/// stretches without any rule left out.
fn rules_together<'r, 'a>(rules: &'r [RuleInForce<'a>], spans: &Spans) -> Vec<Vec<&'r RuleInForce<'a>>> {
    let within = spans.iter().flat_map(|span| [span.start(), span.end()]);
    let bounds = rules.iter().flat_map(|rule| [rule.span.start(), rule.span.end()]);
    let bounds: BTreeSet<Instant> = within.chain(bounds).collect();
    let stretches = bounds.iter().zip(bounds.iter().skip(1));
    let stretches = stretches.filter_map(|(from, until)| Interval::new(*from, *until));
    let at = |stretch: Interval| -> Vec<usize> {
        let applies = |rule: &RuleInForce<'_>| rule.span.contains(stretch.start());
        (0..rules.len())
            .filter(|number| applies(&rules[*number]))
            .collect()
    };
    let sets: BTreeSet<Vec<usize>> = stretches
        .filter(|stretch| spans.iter().any(|span| span.contains(stretch.start())))
        .map(at)
        .filter(|set| !set.is_empty())
        .collect();
    let rules_of = |set: Vec<usize>| set.into_iter().map(|number| &rules[number]).collect();
    sets.into_iter().map(rules_of).collect()
}

fn source_of(place: &Place) -> Source {
    match place.provider {
        Provider::Aws => Source::AwsBackupPlans,
        Provider::Atlas => Source::AtlasBackupSchedule,
    }
}

/// Where a rule stands, for the ids of items: account and region, in Atlas the cluster.
fn place_name(place: &Place, resource: &ResourceId) -> String {
    match place.provider {
        Provider::Aws => format!("{}/{}", place.account, place.region),
        Provider::Atlas => resource.as_str().trim_start_matches("atlas:").to_owned(),
    }
}

#[cfg(test)]
mod tests;
