//! CT-03: every in-scope system is assigned to an automated backup (policy 6.2(1)).
//!
//! Population: each resource of each system that owes backups, over the time for which it owes them, from the versions of
//! plans and selections and not from today's state alone. In AWS a plan with rules selects it; a selection by wildcard or
//! tag shows that the resource's type is opted in only where a job of the resource exists. In Atlas the cluster's
//! schedule has a policy item at every listing. An exemption needs a named mechanism where the method is the product's
//! own or a rebuild. Tags are those that the listings around a time show alike.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::evaluate::assignment::{Assigned, Plans};
use crate::evaluate::atlas_schedules::scheduled;
use crate::evaluate::context::Context;
use crate::evaluate::duty::{Due, for_each_due, for_each_resource};
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::coverage::Proof;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::Provider;
use crate::model::records::governance::{BackupMethod, System};
use crate::model::source::Source;
use crate::model::time::{Interval, Spans, day_of};

const CRITERION: &str = "an automated backup is assigned to the resource on every day in scope";

/// Concludes CT-03.
pub(super) fn assigned_backup(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let register = records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let mut builder = FindingBuilder::new(test, "resources that owe backups", register);
    let plans = Plans::of(context);
    for_each_due(context, &mut builder, |row, due, builder| {
        examine_system(context, &plans, row, due, builder)
    });
    builder.finish("no system owed a backup")
}

fn examine_system(
    context: &Context<'_>,
    plans: &Plans<'_>,
    row: &Observed<System>,
    due: &Due<'_>,
    builder: &mut FindingBuilder,
) {
    if due.exemption.is_some() {
        examine_exemption(row, due, builder);
    }
    let spans = due.spans.within(&examined(context.scope));
    if spans.is_empty() {
        return;
    }
    for_each_resource(row, builder, |id, resource, place, builder| {
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
    });
}

fn examine_exemption(row: &Observed<System>, due: &Due<'_>, builder: &mut FindingBuilder) {
    let (system, evidence) = (&row.value, Evidence::of(&row.citation));
    let Some(exemption) = due.exemption else { return };
    let id = format!("{}/exempt", system.id);
    let by_other_means = matches!(
        system.backup_method,
        Some(BackupMethod::Native | BackupMethod::IacRebuild)
    );
    if by_other_means && !names_mechanism(system) {
        let condition =
            "the system is exempt, and the inventory names no mechanism that takes the place of backups";
        let criterion = "a system that is exempt from backups names how it is restored";
        builder.exception(id, Severity::Critical, condition, criterion, evidence);
        return;
    }
    let (by, at) = (exemption.approved_by.as_str(), exemption.approved_at);
    builder.not_applicable(id, exemption.rationale.as_str(), by, at, evidence);
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
    if let Some(searched) = without.iter().map(|(_, proof)| proof.clone()).reduce(Proof::and) {
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
        if due.refused.is_none() && has_approved_mechanism(&row.value) {
            let resolves = "a record of what that mechanism did, or an approved exemption";
            return builder.indeterminate(id, condition, resolves, evidence);
        }
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

fn names_mechanism(system: &System) -> bool {
    let mechanism = system.mechanism.as_deref();
    mechanism.is_some_and(|mechanism| !mechanism.trim().is_empty())
}

/// Whether an approved row of the inventory says by what other means the system is restored.
fn has_approved_mechanism(system: &System) -> bool {
    let by_other_means = matches!(
        system.backup_method,
        Some(BackupMethod::Native | BackupMethod::IacRebuild)
    );
    let approver = system.approved_by.as_deref();
    by_other_means && names_mechanism(system) && approver.is_some_and(|by| !by.trim().is_empty())
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

#[cfg(test)]
mod tests;
