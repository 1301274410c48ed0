//! Which systems owe a daily backup, and from when until when (policy 6.2(1)).
//!
//! The inventory decides, never the backup tool: a system that nobody backs up has to be found.

use chrono::NaiveDate;

use super::approval::refusal;
use super::context::Context;
use super::criteria::Criteria;
use super::grounds::examined;
use super::place::{Place, short_names};
use super::systems::row_doubt;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::governance::{BackupMethod, Ephi, Exemption, Hosting, System};
use crate::model::scope::Scope;
use crate::model::source::Source;
use crate::model::time::{Interval, Spans};

/// What a system owes in the period.
#[derive(Debug)]
pub enum Duty<'a> {
    /// Nothing: it holds no ePHI, or was not in use in the period.
    Free,
    /// Backups that nobody collects: it is hosted by a vendor or is a device, and neither AWS Backup nor Atlas is said to
    /// back it up.
    Elsewhere(Due<'a>),
    /// The inventory does not say what has to be known.
    Unclear(String),
    /// Daily backups.
    Due(Due<'a>),
}

/// The spans in which backups are due.
#[derive(Debug)]
pub struct Due<'a> {
    /// From onboarding and grace until decommissioning, the period's end or the as-of instant, exemptions left out.
    /// They may begin before the period.
    pub spans: Spans,
    /// The exemption in force in the period, if any.
    pub exemption: Option<&'a Exemption>,
    /// Why the recorded exemption is not in force.
    pub refused: Option<String>,
}

impl<'a> Duty<'a> {
    /// The duty of `system`.
    pub fn of(system: &'a System, scope: &Scope, criteria: &Criteria) -> Self {
        if !system.holds_ephi() || !alive(system, &examined(scope)) {
            return Self::Free;
        }
        let by_cloud = matches!(
            system.backup_method,
            Some(BackupMethod::AwsBackup | BackupMethod::Atlas)
        );
        if system.ephi == Ephi::Unknown {
            return Self::Unclear(
                "the inventory says that nobody knows whether the system holds ePHI".to_owned(),
            );
        }
        let Some(onboarded) = system.onboarded else {
            return Self::Unclear("the inventory does not say since when the system is in use".to_owned());
        };
        let end = [Some(examined(scope).end()), system.decommissioned]
            .into_iter()
            .flatten()
            .min()
            .expect("invariant: one is always there");
        let whole = Interval::new(onboarded + criteria.onboarding_grace, end);
        let exemption = system.exemption.as_ref();
        let refused = exemption.and_then(|exemption| refusal(system, exemption, scope.as_of));
        let exemption = exemption.filter(|_| refused.is_none());
        let out = Spans::of(exemption.and_then(span_of));
        let due = Due {
            spans: whole.map_or_else(Spans::default, |whole| out.missing_in(&whole)),
            exemption: exemption
                .filter(|exemption| span_of(exemption).is_some_and(|span| alive_part(system, scope, &span))),
            refused,
        };
        match system.hosting {
            Hosting::Saas | Hosting::Device if !by_cloud => Self::Elsewhere(due),
            _ => Self::Due(due),
        }
    }
}

/// Calls `examine` for every system that owes backups. What the inventory leaves open or contradicts becomes an
/// INDETERMINATE item, and an inventory without any system too; so does a system whose backups nobody collects, unless it
/// is exempt.
pub fn for_each_due(
    context: &Context<'_>,
    builder: &mut FindingBuilder,
    mut examine: impl FnMut(&Observed<System>, &Due<'_>, &mut FindingBuilder),
) {
    let records = context.records;
    for row in &records.systems {
        let (system, evidence) = (&row.value, Evidence::of(&row.citation));
        if let Some(doubt) = row_doubt(context, row) {
            builder.indeterminate(system.id.as_str(), doubt.reason, doubt.resolves, doubt.evidence);
            continue;
        }
        match Duty::of(system, context.scope, context.criteria) {
            Duty::Free => {}
            Duty::Elsewhere(due) => examine_elsewhere(context, row, &due, builder),
            Duty::Unclear(reason) => {
                builder.indeterminate(
                    system.id.as_str(),
                    reason,
                    "a complete row of the inventory",
                    evidence,
                );
            }
            Duty::Due(due) => examine(row, &due, builder),
        }
    }
    refuse_empty_inventory(context, builder);
}

/// A system whose backups nobody collects.
fn examine_elsewhere(
    context: &Context<'_>,
    row: &Observed<System>,
    due: &Due<'_>,
    builder: &mut FindingBuilder,
) {
    let (system, evidence) = (&row.value, Evidence::of(&row.citation));
    mark_exempt(row, due, builder);
    if !due.spans.within(&examined(context.scope)).is_empty() {
        let reason = "it is hosted outside AWS and Atlas: no record of its backups is collected";
        let resolves = "a record of its backups, or an approved exemption";
        builder.indeterminate(system.id.as_str(), reason, resolves, evidence);
    }
}

/// Adds the NOT_APPLICABLE item of a system whose exemption is in force in the period.
pub fn mark_exempt(row: &Observed<System>, due: &Due<'_>, builder: &mut FindingBuilder) {
    if let Some(exemption) = due.exemption {
        let id = format!("{}/exempt", row.value.id);
        let (by, at) = (exemption.approved_by.as_str(), exemption.approved_at);
        let evidence = Evidence::of(&row.citation);
        builder.not_applicable(id, exemption.rationale.as_str(), by, at, evidence);
    }
}

/// Adds the INDETERMINATE item of a system that is backed up by the product's own means; says whether it is.
pub fn mark_native(row: &Observed<System>, builder: &mut FindingBuilder) -> bool {
    let native = row.value.backup_method == Some(BackupMethod::Native);
    if native {
        let reason =
            "it is backed up by the product's own means, which leave no record in AWS Backup or Atlas";
        let resolves = "a record of that mechanism's backups";
        builder.indeterminate(
            row.value.id.as_str(),
            reason,
            resolves,
            Evidence::of(&row.citation),
        );
    }
    native
}

/// The days of the period that lie whole in `span`.
pub fn whole_days(scope: &Scope, span: &Interval) -> Vec<(NaiveDate, Interval)> {
    let days = scope.period.days();
    days.filter(|(_, day)| span.start() <= day.start() && day.end() <= span.end())
        .collect()
}

/// An inventory that is proven and has no system proves nothing about any.
pub fn refuse_empty_inventory(context: &Context<'_>, builder: &mut FindingBuilder) {
    let records = context.records;
    let register = records
        .coverage
        .prove_register(Source::SystemsInventory, context.scope.as_of);
    if let (true, Ok(register)) = (records.systems.is_empty(), register) {
        let evidence = Evidence::absence_in(&register);
        builder.indeterminate(
            "inventory",
            "the inventory has no system",
            "an inventory with its systems",
            evidence,
        );
    }
}

/// Calls `examine` with an item id, resource and place for each resource of a system: `system` where it has one,
/// `system/resource` where it has several. A row without a resource, and a resource without a place, is INDETERMINATE.
pub fn for_each_resource(
    row: &Observed<System>,
    builder: &mut FindingBuilder,
    mut examine: impl FnMut(String, &ResourceId, Place, &mut FindingBuilder),
) {
    let (system, evidence) = (&row.value, Evidence::of(&row.citation));
    if system.resources.is_empty() {
        let reason = "the inventory names no resource of the system";
        builder.indeterminate(
            system.id.as_str(),
            reason,
            "the system's resource ids",
            evidence.clone(),
        );
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
        match Place::of(resource, Some(system)) {
            Some(place) => examine(id, resource, place, builder),
            None => {
                let reason = format!("{resource} does not say in which account and region it is");
                builder.indeterminate(
                    id,
                    reason,
                    "an ARN or atlas:<project>/<cluster>",
                    evidence.clone(),
                );
            }
        }
    }
}

/// Whether the system was in use at some time in `span`. An unknown onboarding date does not exclude it.
pub fn alive(system: &System, span: &Interval) -> bool {
    system.onboarded.is_none_or(|at| at < span.end())
        && system.decommissioned.is_none_or(|at| span.start() < at)
}

fn alive_part(system: &System, scope: &Scope, span: &Interval) -> bool {
    examined(scope)
        .intersect(span)
        .is_some_and(|part| alive(system, &part))
}

/// The time for which an exemption speaks; `None` when it ends before it begins.
fn span_of(exemption: &Exemption) -> Option<Interval> {
    let forever = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    Interval::new(exemption.from, exemption.until.unwrap_or(forever))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, span, system};

    #[test]
    fn a_system_is_in_use_from_its_onboarding_until_before_its_decommissioning() {
        let july = span("2026-07-01", "2026-07-11");
        let mut row = system("orders");
        let mut is = |from: &str, until: &str| {
            (row.onboarded, row.decommissioned) = (Some(at(from)), Some(at(until)));
            alive(&row, &july)
        };
        assert!(is("2026-07-10T23:59:59Z", "2026-08-01") && !is("2026-07-11", "2026-08-01"));
        assert!(is("2026-01-01", "2026-07-01T00:00:01Z") && !is("2026-01-01", "2026-07-01"));
    }

    #[test]
    fn an_exemption_counts_only_where_it_speaks_for_the_period() {
        let world = World::new();
        let exempt = |from: &str, until: &str| {
            let mut row = system("orders");
            row.exemption = Some(Exemption {
                rationale: "rebuilt from code".to_owned(),
                approved_by: "p-001".to_owned(),
                approved_at: at("2026-01-02"),
                from: at(from),
                until: Some(at(until)),
            });
            let duty = Duty::of(&row, &world.scope, &world.criteria);
            matches!(
                duty,
                Duty::Due(Due {
                    exemption: Some(_),
                    refused: None,
                    ..
                })
            )
        };
        assert!(exempt("2026-07-05", "2026-07-06"));
        assert!(!exempt("2026-07-05", "2026-07-05"), "it ends as it begins");
        assert!(!exempt("2026-02-01", "2026-07-01"), "it ends before");
        assert!(!exempt("2026-07-11", "2026-08-01"), "it begins after");
    }
}
