//! CT-06: the age of the newest recovery point at the as-of instant (policy 6.2(1)).
//!
//! Population: each resource of each system that owes backups at the as-of instant. Only what can be restored counts: a
//! point that was complete before that instant, in a complete listing no older than the tolerance, whose key still decrypts
//! (CT-10). Copies are not newer backups, and a continuous backup is none (CT-05).

mod points;

use crate::evaluate::context::Context;
use crate::evaluate::duty::{Due, for_each_due, for_each_resource};
use crate::evaluate::grounds::moment;
use crate::evaluate::place::Place;
use crate::evaluate::taken::{Histories, histories, seen};
use crate::evaluate::usable::{Keys, Verdict, fresh};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::{BackupMethod, System};
use crate::model::source::Source;
use crate::model::time::{Instant, show, show_delta};

/// Concludes CT-06.
pub(super) fn newest_point(context: &Context<'_>, test: TestId) -> Finding {
    let register = context
        .records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    let mut builder = FindingBuilder::new(test, "resources that owe a backup at the as-of instant", register);
    let search = Search {
        context,
        keys: Keys::of(context),
        histories: histories(context),
    };
    for_each_due(context, &mut builder, |row, due, builder| {
        search.examine_system(row, due, builder)
    });
    builder.finish("no system owed a backup at the as-of instant")
}

struct Search<'a> {
    context: &'a Context<'a>,
    keys: Keys<'a>,
    histories: Histories<'a>,
}

impl Search<'_> {
    fn as_of(&self) -> Instant {
        self.context.scope.as_of
    }

    fn examine_system(&self, row: &Observed<System>, due: &Due<'_>, builder: &mut FindingBuilder) {
        let system = &row.value;
        let evidence = || Evidence::of(&row.citation);
        let last = moment(self.as_of() - chrono::TimeDelta::milliseconds(1));
        if !due.spans.covers(&last) {
            if let Some(exemption) = due
                .exemption
                .filter(|_| system.decommissioned.is_none_or(|at| self.as_of() <= at))
            {
                let (by, at) = (exemption.approved_by.as_str(), exemption.approved_at);
                builder.not_applicable(
                    system.id.as_str(),
                    exemption.rationale.as_str(),
                    by,
                    at,
                    evidence(),
                );
            }
            return;
        }
        if system.backup_method == Some(BackupMethod::Native) {
            let reason =
                "it is backed up by the product's own means, which leave no record in AWS Backup or Atlas";
            builder.indeterminate(
                system.id.as_str(),
                reason,
                "a record of that mechanism's backups",
                evidence(),
            );
            return;
        }
        for_each_resource(row, builder, |id, resource, place, builder| {
            self.examine_resource(id, row, resource, &place, builder);
        });
    }

    fn examine_resource(
        &self,
        id: String,
        row: &Observed<System>,
        resource: &ResourceId,
        place: &Place,
        builder: &mut FindingBuilder,
    ) {
        let coverage = &self.context.records.coverage;
        let row = Evidence::of(&row.citation);
        let listed = match coverage.prove(&place.points(), moment(fresh(self.context))) {
            Ok(proof) => proof,
            Err(gaps) => return builder.gap(id, &gaps, Some(row)),
        };
        let criteria = self.context.criteria;
        let limit = criteria.backup_interval + criteria.backup_interval_tolerance;
        let points = self.points_of(resource);
        let mut unusable: Option<(String, Evidence)> = None;
        let mut unknown: Option<(String, Evidence)> = None;
        for point in points
            .iter()
            .filter(|point| self.as_of() - point.value.created <= limit)
        {
            let evidence = Evidence::of(&point.citation);
            match self.judge(point) {
                Verdict::Usable(key) => {
                    let proof = seen(coverage, point).map(|seen| seen.and(listed.clone()));
                    let proof =
                        proof.map(|proof| key.iter().fold(proof, |all, (key, _)| all.and(key.clone())));
                    let evidence = key.into_iter().fold(evidence, |all, (_, key)| all.and(key));
                    return builder.supported_if(id, &proof, evidence);
                }
                Verdict::Unusable { why, evidence: key } => {
                    unusable = unusable.or(Some((why, evidence.and(key))))
                }
                Verdict::Unknown { why, evidence: key } => {
                    let evidence = key.into_iter().fold(evidence, Evidence::and);
                    unknown = unknown.or(Some((why, evidence)));
                }
                Verdict::Unproven(gaps) => {
                    let why = gaps
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join("; ");
                    unknown = unknown.or(Some((why, evidence)));
                }
            }
        }
        let unknown = unknown.or_else(|| self.unlisted(resource, limit, &points));
        if let Some((why, evidence)) = unknown {
            let resolves = "the state of its recovery points and of their keys at the as-of instant";
            return builder.indeterminate(id, why, resolves, row.and(evidence));
        }
        self.conclude_without(&id, (row, resource, place), &points, unusable, builder);
    }

    /// No point young enough can be restored from.
    fn conclude_without(
        &self,
        id: &str,
        (row, resource, place): (Evidence, &ResourceId, &Place),
        points: &[&Observed<RecoveryPoint>],
        unusable: Option<(String, Evidence)>,
        builder: &mut FindingBuilder,
    ) {
        let coverage = &self.context.records.coverage;
        let criteria = self.context.criteria;
        let limit = criteria.backup_interval + criteria.backup_interval_tolerance;
        let searched = match coverage.prove(
            &place.points(),
            moment(self.as_of() - chrono::TimeDelta::milliseconds(1)),
        ) {
            Ok(proof) => proof,
            Err(gaps) => return builder.gap(id, &gaps, Some(row)),
        };
        let newest = points
            .iter()
            .find(|point| matches!(self.judge(point), Verdict::Usable(_)));
        let condition = match (newest, &unusable) {
            (_, Some((why, _))) => format!(
                "{} recovery points of {resource} are listed, but {why}",
                points.len()
            ),
            (Some(point), None) => {
                let (at, age) = (
                    show(point.value.created),
                    show_delta(self.as_of() - point.value.created),
                );
                format!("the newest usable recovery point of {resource} is of {at}, {age} old")
            }
            (None, None) => format!("no usable recovery point of {resource} is listed"),
        };
        let criterion = format!(
            "a usable recovery point no older than {} at {}",
            show_delta(limit),
            show(self.as_of())
        );
        let evidence = row.and(Evidence::absence_in(&searched));
        let evidence = newest
            .iter()
            .fold(evidence, |all, point| all.and(Evidence::of(&point.citation)));
        let evidence = unusable.into_iter().fold(evidence, |all, (_, key)| all.and(key));
        builder.exception(id, Severity::Critical, condition, criterion, evidence);
    }
}

#[cfg(test)]
mod tests;
