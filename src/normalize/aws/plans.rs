//! Backup plans, their versions, and what they select. A version's span follows from the creation of the next one; what
//! it says comes from its own reply, which never changes.

use std::collections::BTreeMap;

use super::v1;
use crate::model::records::Observed;
use crate::model::records::backups::{PlanRule, PlanVersion, Selection, TagCondition, TagOperator};
use crate::model::source::SourceKey;
use crate::model::time::Instant;
use crate::normalize::arn;
use crate::normalize::fold::{Fold, Folded, Folding, differs};
use crate::normalize::pull::Row;

/// A plan of `ListBackupPlans`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::normalize) struct ListedPlan {
    id: String,
    deleted: Option<Instant>,
}

/// A version of `ListBackupPlanVersions`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::normalize) struct ListedVersion {
    plan: String,
    version: String,
    name: String,
    created: Instant,
    deleted: Option<Instant>,
}

/// When each deleted plan was deleted, by the source in its place and the plan's id.
pub(in crate::normalize) type Deletions = BTreeMap<(SourceKey, String), Instant>;

/// The parts that plan versions are put together from.
#[derive(Default)]
pub(in crate::normalize) struct Plans {
    listed: Fold<ListedPlan>,
    versions: Fold<ListedVersion>,
    contents: Fold<PlanVersion>,
}

impl Plans {
    /// A row of `ListBackupPlans`; gives the plan's id.
    pub(in crate::normalize) fn list(&mut self, row: &Row<'_>) -> Result<String, String> {
        let wire = plan_row(row)?;
        let deleted = wire.deletion_date.map(|at| at.0);
        self.listed.add(
            &row.pull.id,
            row.observed(ListedPlan {
                id: wire.backup_plan_id.clone(),
                deleted,
            }),
        );
        Ok(wire.backup_plan_id)
    }

    /// A row of `ListBackupPlanVersions`; gives the version's id.
    pub(in crate::normalize) fn version(&mut self, row: &Row<'_>) -> Result<String, String> {
        let wire = plan_row(row)?;
        of_plan(row, &wire.backup_plan_id)?;
        let version = ListedVersion {
            plan: wire.backup_plan_id,
            version: wire.version_id.clone(),
            name: wire.backup_plan_name,
            created: wire.creation_date.0,
            deleted: wire.deletion_date.map(|at| at.0),
        };
        self.versions.add(&row.pull.id, row.observed(version));
        Ok(wire.version_id)
    }

    /// The reply of `GetBackupPlan`; gives the version's id.
    pub(in crate::normalize) fn content(&mut self, row: &Row<'_>) -> Result<String, String> {
        let wire: v1::PlanReply = row.read()?;
        arn::in_place("BackupPlanArn", &wire.backup_plan_arn, &row.pull.key)?;
        of_plan(row, &wire.backup_plan_id)?;
        if row
            .pull
            .parameters
            .get("VersionId")
            .is_some_and(|asked| *asked != wire.version_id)
        {
            return Err(format!(
                "version {} is not the one that was asked for",
                wire.version_id
            ));
        }
        let content = PlanVersion {
            plan: wire.backup_plan_id,
            name: wire.backup_plan.backup_plan_name,
            version: wire.version_id.clone(),
            from: wire.creation_date.0,
            until: wire.deletion_date.map(|at| at.0),
            rules: Some(wire.backup_plan.rules.into_iter().map(rule).collect()),
        };
        self.contents.add(&row.pull.id, row.observed(content));
        Ok(wire.version_id)
    }

    /// The versions with their spans, and when each deleted plan was deleted.
    pub(in crate::normalize) fn finish<'p>(
        parts: impl Iterator<Item = &'p Self> + Clone,
        folding: &mut Folding,
    ) -> (Vec<Observed<PlanVersion>>, Deletions) {
        let deleted: Deletions = Fold::finish(parts.clone().map(|part| &part.listed), folding)
            .into_iter()
            .filter_map(|plan| Some(((plan.key, plan.value.id), plan.value.deleted?)))
            .collect();
        let mut whole: BTreeMap<(SourceKey, String, String), Observed<PlanVersion>> = BTreeMap::new();
        for content in Fold::finish(parts.clone().map(|part| &part.contents), folding) {
            let id = (
                content.key.clone(),
                content.value.plan.clone(),
                content.value.version.clone(),
            );
            whole.insert(id, content);
        }
        for listed in Fold::finish(parts.map(|part| &part.versions), folding) {
            let id = (
                listed.key.clone(),
                listed.value.plan.clone(),
                listed.value.version.clone(),
            );
            let until = listed.value.deleted;
            let from = listed.value.created;
            let version = whole.entry(id).or_insert_with(|| without_content(listed));
            // The listing of versions knows a version's own creation best.
            version.value.from = from;
            version.value.until = earliest(version.value.until, until);
        }
        (spans(whole.into_values().collect(), &deleted), deleted)
    }
}

/// Ends each version with the next one of its plan, or with the plan.
fn spans(mut versions: Vec<Observed<PlanVersion>>, deleted: &Deletions) -> Vec<Observed<PlanVersion>> {
    let order = |v: &Observed<PlanVersion>| {
        (
            v.key.clone(),
            v.value.plan.clone(),
            v.value.from,
            v.value.version.clone(),
        )
    };
    versions.sort_by_cached_key(order);
    for n in 0..versions.len() {
        let (head, tail) = versions.split_at_mut(n + 1);
        let this = &mut head[n];
        let next = tail
            .first()
            .filter(|next| next.key == this.key && next.value.plan == this.value.plan);
        let plan_end = deleted.get(&(this.key.clone(), this.value.plan.clone())).copied();
        let end = earliest(next.map(|next| next.value.from), plan_end);
        this.value.until = earliest(this.value.until, end);
    }
    versions
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

fn without_content(listed: Observed<ListedVersion>) -> Observed<PlanVersion> {
    let Observed {
        value,
        citation,
        key,
        first_seen,
        last_seen,
        stands,
    } = listed;
    let value = PlanVersion {
        plan: value.plan,
        name: value.name,
        version: value.version,
        from: value.created,
        until: value.deleted,
        rules: None,
    };
    Observed {
        value,
        citation,
        key,
        first_seen,
        last_seen,
        stands,
    }
}

fn plan_row(row: &Row<'_>) -> Result<v1::PlanRow, String> {
    let wire: v1::PlanRow = row.read()?;
    arn::in_place("BackupPlanArn", &wire.backup_plan_arn, &row.pull.key)?;
    Ok(wire)
}

fn of_plan(row: &Row<'_>, plan: &str) -> Result<(), String> {
    match row.pull.parameters.get("BackupPlanId") {
        Some(asked) if asked != plan => Err(format!("plan {plan} is not the one that was asked for")),
        _ => Ok(()),
    }
}

fn rule(wire: v1::PlanRule) -> PlanRule {
    PlanRule {
        id: wire.rule_id,
        name: wire.rule_name,
        schedule: wire.schedule_expression,
        time_zone: wire.schedule_expression_timezone,
        start_window_minutes: wire.start_window_minutes,
        completion_window_minutes: wire.completion_window_minutes,
        delete_after_days: wire.lifecycle.and_then(|lifecycle| lifecycle.delete_after_days),
        continuous: wire.enable_continuous_backup == Some(true),
        copy_to: wire
            .copy_actions
            .into_iter()
            .flatten()
            .map(|action| action.destination_backup_vault_arn)
            .collect(),
    }
}

/// A row of `ListBackupSelections`: the selection's id.
pub(in crate::normalize) fn listed_selection(row: &Row<'_>) -> Result<String, String> {
    let wire: v1::SelectionRow = row.read()?;
    of_plan(row, &wire.backup_plan_id)?;
    Ok(wire.selection_id)
}

/// The reply of `GetBackupSelection`. An absent list of the request's language selects nothing: it is an empty list.
pub(in crate::normalize) fn selection(row: &Row<'_>) -> Result<Observed<Selection>, String> {
    let wire: v1::SelectionReply = row.read()?;
    of_plan(row, &wire.backup_plan_id)?;
    if row
        .pull
        .parameters
        .get("SelectionId")
        .is_some_and(|asked| *asked != wire.selection_id)
    {
        return Err(format!(
            "selection {} is not the one that was asked for",
            wire.selection_id
        ));
    }
    let key = &row.pull.key;
    let content = wire.backup_selection;
    let mut tags = Vec::new();
    for tag in content.list_of_tags.into_iter().flatten() {
        if tag.condition_type != "STRINGEQUALS" {
            return Err(format!(
                "ConditionType {:?} is not STRINGEQUALS",
                tag.condition_type
            ));
        }
        tags.push((bare(&tag.condition_key), tag.condition_value));
    }
    Ok(row.observed(Selection {
        id: wire.selection_id,
        plan: wire.backup_plan_id,
        account: key.account.clone(),
        region: key.region.clone(),
        from: wire.creation_date.0,
        gone_after: None,
        absent_from: None,
        resources: content.resources.unwrap_or_default(),
        not_resources: content.not_resources.unwrap_or_default(),
        tags,
        conditions: content.conditions.map(conditions).unwrap_or_default(),
    }))
}

fn conditions(wire: v1::Conditions) -> Vec<TagCondition> {
    let lists = [
        (TagOperator::Equals, wire.string_equals),
        (TagOperator::NotEquals, wire.string_not_equals),
        (TagOperator::Like, wire.string_like),
        (TagOperator::NotLike, wire.string_not_like),
    ];
    let condition = |operator, wire: v1::Condition| TagCondition {
        operator,
        key: bare(&wire.condition_key),
        value: wire.condition_value,
    };
    lists
        .into_iter()
        .flat_map(|(operator, list)| {
            list.into_iter()
                .flatten()
                .map(move |wire| condition(operator, wire))
        })
        .collect()
}

fn bare(key: &str) -> String {
    key.strip_prefix("aws:ResourceTag/").unwrap_or(key).to_owned()
}

impl Folded for ListedPlan {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let revived = earlier.deleted.is_some() && later.deleted.is_none();
        let revived = revived.then(|| "was deleted, later not".to_owned());
        revived.or_else(|| {
            differs(
                "the deletion time",
                earlier.deleted.as_ref(),
                later.deleted.as_ref(),
            )
        })
    }
}

impl Folded for ListedVersion {
    fn id(&self) -> String {
        format!("{}/{}", self.plan, self.version)
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("the creation time", Some(&earlier.created), Some(&later.created))
    }
}

impl Folded for PlanVersion {
    fn id(&self) -> String {
        format!("{}/{}", self.plan, self.version)
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("the rules", Some(&earlier.rules), Some(&later.rules))
    }
}

impl Folded for Selection {
    fn id(&self) -> String {
        format!("{}/{}", self.plan, self.id)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        Some("a selection can't be changed, only made anew".to_owned())
    }
}
