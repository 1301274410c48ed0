//! CT-03: every in-scope system is assigned to an automated backup (policy 6.2(1)).
//!
//! Population: each resource of each system that owes backups, over the time for which it owes them, from the versions of
//! plans and selections and not from today's state alone. In AWS a plan with rules selects it; a selection by wildcard or
//! tag shows that the resource's type is opted in only where a job of the resource exists. In Atlas the cluster's
//! schedule has a policy item at every listing. An exemption needs a named mechanism where the method is the product's
//! own or a rebuild. Tags are those of the newest listing: earlier ones are not known.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::Context;
use crate::evaluate::duty::{Due, Duty};
use crate::evaluate::grounds::examined;
use crate::evaluate::place::{Place, short_names};
use crate::evaluate::selects::{Choice, chooses};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::backups::{PlanVersion, Provider, Selection};
use crate::model::records::governance::{BackupMethod, System};
use crate::model::records::{Citation, Observed};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, Spans, day_of};

const CRITERION: &str = "an automated backup is assigned to the resource on every day in scope";

/// Concludes CT-03.
pub(super) fn assigned_backup(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let register = records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let mut builder = FindingBuilder::new(test, "resources that owe backups", register.clone());
    let plans = Plans::of(context);
    for row in &records.systems {
        let evidence = Evidence::of(&row.citation);
        match Duty::of(&row.value, context.scope, context.criteria) {
            Duty::Free => {}
            Duty::Elsewhere => {
                let text = format!(
                    "{} is hosted outside AWS and Atlas: it is not examined here",
                    row.value.id
                );
                builder.observe(text, evidence);
            }
            Duty::Unclear(reason) => {
                builder.indeterminate(
                    row.value.id.as_str(),
                    reason,
                    "a complete row of the inventory",
                    evidence,
                );
            }
            Duty::Due(due) => examine_system(context, &plans, row, &due, &mut builder),
        }
    }
    if let (true, Ok(register)) = (records.systems.is_empty(), register) {
        let evidence = Evidence::absence_in(&register);
        builder.indeterminate(
            "inventory",
            "the inventory has no system",
            "an inventory with its systems",
            evidence,
        );
    }
    builder.finish("no system owed a backup")
}

fn examine_system(
    context: &Context<'_>,
    plans: &Plans<'_>,
    row: &Observed<System>,
    due: &Due<'_>,
    builder: &mut FindingBuilder,
) {
    let (system, evidence) = (&row.value, || Evidence::of(&row.citation));
    if due.exemption.is_some() {
        examine_exemption(row, due, builder);
    }
    let spans = due.spans.within(&examined(context.scope));
    if spans.is_empty() {
        return;
    }
    if system.resources.is_empty() {
        let reason = "the inventory names no resource of the system";
        builder.indeterminate(
            system.id.as_str(),
            reason,
            "the system's resource ids",
            evidence(),
        );
        return;
    }
    let names = short_names(system.resources.iter().map(ResourceId::as_str));
    for resource in &system.resources {
        let id = match system.resources.len() {
            1 => system.id.to_string(),
            _ => format!(
                "{}/{}",
                system.id,
                names.get(resource.as_str()).unwrap_or(&resource.as_str())
            ),
        };
        let Some(place) = Place::of(resource, Some(system)) else {
            let reason = format!("{resource} does not say in which account and region it is");
            builder.indeterminate(id, reason, "an ARN or atlas:<project>/<cluster>", evidence());
            continue;
        };
        let assigned = match place.provider {
            Provider::Aws => plans.assigned(resource, &place, examined(context.scope)),
            Provider::Atlas => scheduled(context, resource),
        };
        conclude(
            context,
            (&id, row, resource, &place),
            due,
            &spans,
            &assigned,
            builder,
        );
    }
}

fn examine_exemption(row: &Observed<System>, due: &Due<'_>, builder: &mut FindingBuilder) {
    let (system, evidence) = (&row.value, Evidence::of(&row.citation));
    let Some(exemption) = due.exemption else { return };
    let id = format!("{}/exempt", system.id);
    let by_other_means = matches!(
        system.backup_method,
        Some(BackupMethod::Native | BackupMethod::IacRebuild)
    );
    if by_other_means
        && system
            .mechanism
            .as_deref()
            .is_none_or(|mechanism| mechanism.trim().is_empty())
    {
        let condition =
            "the system is exempt, and the inventory names no mechanism that takes the place of backups";
        let criterion = "a system that is exempt from backups names how it is restored";
        builder.exception(id, Severity::Critical, condition, criterion, evidence);
        return;
    }
    let (by, at) = (exemption.approved_by.as_str(), exemption.approved_at);
    builder.not_applicable(id, exemption.rationale.as_str(), by, at, evidence);
}

/// When an automated backup was assigned.
#[derive(Debug, Default)]
struct Assigned<'a> {
    /// For certain.
    surely: Vec<Interval>,
    /// Perhaps: why nobody can tell.
    perhaps: Vec<(Interval, String)>,
    /// The records that say so.
    records: BTreeSet<&'a Citation>,
}

fn conclude(
    context: &Context<'_>,
    (id, row, resource, place): (&str, &Observed<System>, &ResourceId, &Place),
    due: &Due<'_>,
    spans: &Spans,
    assigned: &Assigned<'_>,
    builder: &mut FindingBuilder,
) {
    let coverage = &context.records.coverage;
    let source = match place.provider {
        Provider::Aws => Source::AwsBackupPlans,
        Provider::Atlas => Source::AtlasBackupSchedule,
    };
    let evidence = Evidence::all(assigned.records.iter().copied());
    let evidence = evidence
        .into_iter()
        .fold(Evidence::of(&row.citation), Evidence::and);
    let surely = Spans::of(assigned.surely.iter().copied());
    let perhaps = Spans::of(assigned.perhaps.iter().map(|(span, _)| *span));
    let lacking = Spans::of(
        spans
            .iter()
            .flat_map(|span| surely.missing_in(span).iter().copied().collect::<Vec<_>>()),
    );
    let doubtful = lacking.intersect(&perhaps);
    let never = lacking
        .iter()
        .flat_map(|span| perhaps.missing_in(span).iter().copied().collect::<Vec<_>>());
    let mut without = Vec::new();
    for span in never {
        match coverage.prove(&place.key(source), span) {
            Ok(proof) => without.push((span, proof)),
            Err(gaps) => builder.gap(format!("{id}/unproven"), &gaps, Some(evidence.clone())),
        }
    }
    if !doubtful.is_empty() {
        let whys = assigned
            .perhaps
            .iter()
            .filter(|(span, _)| doubtful.iter().any(|d| d.intersect(span).is_some()));
        let whys: BTreeSet<_> = whys.map(|(_, why)| why.as_str()).collect();
        let reason = format!(
            "for {doubtful}: {}",
            whys.into_iter().collect::<Vec<_>>().join("; ")
        );
        let resolves = "the history of the plan and its selections, and the resource's tags";
        builder.indeterminate(format!("{id}/unproven"), reason, resolves, evidence.clone());
    }
    if let Some(searched) = without
        .iter()
        .map(|(_, proof)| proof.clone())
        .reduce(crate::model::coverage::Proof::and)
    {
        let days = days(context, without.iter().map(|(span, _)| *span));
        let kind = if place.provider == Provider::Aws {
            "plan selects"
        } else {
            "schedule backs up"
        };
        let mut condition = format!("no {kind} {resource} on {days}");
        if let Some(method @ (BackupMethod::Native | BackupMethod::IacRebuild | BackupMethod::None)) =
            row.value.backup_method
        {
            let refused = due.refused.as_deref().unwrap_or("no exemption is in force then");
            condition.push_str(&format!(
                "; the inventory says {}, and {refused}",
                method_word(method)
            ));
        }
        let evidence = evidence.and(Evidence::absence_in(&searched));
        builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
        return;
    }
    if lacking.is_empty() {
        let proofs = spans.iter().map(|span| coverage.prove(&place.key(source), *span));
        let proof = proofs.reduce(|all, next| Ok(all?.and(next?)));
        if let Some(proof) = proof {
            builder.supported_if(id, &proof, evidence);
        }
    }
}

const fn method_word(method: BackupMethod) -> &'static str {
    match method {
        BackupMethod::AwsBackup => "AWS Backup",
        BackupMethod::Atlas => "Atlas",
        BackupMethod::Native => "the product's own means",
        BackupMethod::IacRebuild => "a rebuild from code",
        BackupMethod::None => "no backup",
    }
}

/// The days of the policy's calendar that the spans touch, as ranges.
fn days(context: &Context<'_>, spans: impl Iterator<Item = Interval>) -> String {
    let zone = context.scope.period.zone();
    let touched = |span: Interval| -> Vec<NaiveDate> {
        let last = day_of(span.end() - chrono::TimeDelta::milliseconds(1), zone);
        day_of(span.start(), zone)
            .iter_days()
            .take_while(|day| *day <= last)
            .collect()
    };
    let days: BTreeSet<_> = spans.flat_map(touched).collect();
    let mut ranges: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(day) => *last = day,
            _ => ranges.push((day, day)),
        }
    }
    let texts: Vec<_> = ranges
        .iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first} to {last}")
            }
        })
        .collect();
    texts.join(", ")
}

/// Plans with what they select.
struct Plans<'a> {
    context: &'a Context<'a>,
    versions: BTreeMap<&'a str, Vec<&'a Observed<PlanVersion>>>,
    tags: BTreeMap<&'a ResourceId, &'a BTreeMap<String, String>>,
    /// Resources of which a job exists: their type is opted in.
    backed_up: BTreeSet<&'a ResourceId>,
    conflicted: BTreeSet<&'a str>,
}

impl<'a> Plans<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        let records = context.records;
        let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for version in &records.plans {
            versions
                .entry(version.value.plan.as_str())
                .or_default()
                .push(version);
        }
        let jobs = records
            .jobs
            .iter()
            .filter(|job| examined(context.scope).contains(job.value.created));
        Self {
            context,
            versions,
            tags: records
                .resources
                .iter()
                .map(|resource| (&resource.value.id, &resource.value.tags))
                .collect(),
            backed_up: jobs.filter_map(|job| job.value.resource.as_ref()).collect(),
            conflicted: records
                .conflicts
                .iter()
                .map(|conflict| conflict.id.as_str())
                .collect(),
        }
    }

    /// When plans of the place select the resource.
    fn assigned(&self, resource: &ResourceId, place: &Place, period: Interval) -> Assigned<'a> {
        let mut assigned = Assigned::default();
        let here = |selection: &&'a Observed<Selection>| {
            selection.value.account == place.account && selection.value.region == place.region
        };
        for selection in self.context.records.selections.iter().filter(here) {
            let doubt = match chooses(&selection.value, resource, self.tags.get(resource).copied()) {
                Choice::No => continue,
                Choice::ByName => None,
                Choice::ByRule if self.backed_up.contains(resource) => None,
                Choice::ByRule => Some("whether the resource's type is opted in is not known"),
                Choice::Unknown => Some("the selection goes by tags that no listing shows"),
            };
            let (sure_until, open_until) = self.end_of(selection);
            let versions = self
                .versions
                .get(selection.value.plan.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            for version in versions
                .iter()
                .filter(|version| version.value.rules.as_ref().is_none_or(|r| !r.is_empty()))
            {
                let unread = version.value.rules.is_none();
                let contradicted = [&selection.value.id, &version.value.version, &version.value.plan]
                    .iter()
                    .any(|id| self.conflicted.contains(id.as_str()));
                let doubt = match doubt {
                    _ if unread => Some("the plan version's rules were not collected"),
                    _ if contradicted => Some("records of the plan contradict each other"),
                    doubt => doubt,
                };
                let from = selection.value.from.max(version.value.from).max(period.start());
                let until = version
                    .value
                    .until
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
                    .min(period.end());
                let surely = Interval::new(from, until.min(sure_until));
                let perhaps = Interval::new(from.max(sure_until), until.min(open_until));
                assigned
                    .records
                    .extend((surely.is_some() || perhaps.is_some()).then_some(&selection.citation));
                assigned.records.extend(surely.map(|_| &version.citation));
                match doubt {
                    None => assigned.surely.extend(surely),
                    Some(why) => assigned.perhaps.extend(surely.map(|span| (span, why.to_owned()))),
                }
                let gone = format!(
                    "selection {} was removed at a time that is not known",
                    selection.value.id
                );
                assigned.perhaps.extend(perhaps.map(|span| (span, gone)));
            }
        }
        assigned
    }

    /// Until when a selection was there for certain, and until when perhaps.
    fn end_of(&self, selection: &Observed<Selection>) -> (Instant, Instant) {
        let never = DateTime::<Utc>::MAX_UTC;
        let Some(last_seen) = selection.value.gone_after else {
            return (never, never);
        };
        let removals = self.context.records.events.iter().filter(|event| {
            event.value.name == "DeleteBackupSelection"
                && event.value.error.is_none()
                && event.value.at >= last_seen
                && event.value.resources.iter().any(|id| *id == selection.value.id)
        });
        if let Some(at) = removals.map(|event| event.value.at).min() {
            return (at, at);
        }
        let later = self.context.records.listings.iter().filter(|listing| {
            listing.key.source == Source::AwsBackupPlans
                && listing.key.account == selection.value.account
                && listing.key.region == selection.value.region
                && listing.at > last_seen
        });
        (last_seen, later.map(|listing| listing.at).min().unwrap_or(never))
    }
}

/// When a cluster's schedule had a policy item: from each listing until the next, and before the first as at the first.
fn scheduled<'a>(context: &Context<'a>, resource: &ResourceId) -> Assigned<'a> {
    let observed = context
        .records
        .atlas_schedules
        .iter()
        .filter(|schedule| schedule.value.resource == *resource);
    let mut states: Vec<_> = observed.collect();
    states.sort_by_key(|state| {
        (
            state.value.at,
            std::cmp::Reverse(state.value.items.len()),
            &state.citation,
        )
    });
    let mut assigned = Assigned::default();
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    for (number, state) in states.iter().enumerate() {
        assigned.records.insert(&state.citation);
        let from = if number == 0 { first } else { state.value.at };
        let until = states.get(number + 1).map_or(last, |next| next.value.at);
        if !state.value.items.is_empty() {
            assigned.surely.extend(Interval::new(from, until));
        }
    }
    assigned
}

#[cfg(test)]
mod tests;
