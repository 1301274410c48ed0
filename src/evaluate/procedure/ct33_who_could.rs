//! CT-33: who could restore, share, delete or weaken backups (implied by HITRUST 01.v; 164.312(a)(2)(ii) for emergencies).
//!
//! Population: the users and roles that the newest whole snapshot of each account before the as-of instant gives any of
//! [`POWERS`], the review of that access, and the identities for emergencies. Each has to stand on the approved list: the
//! roster's `approved_access`, or the roles that management expects of workloads. Service control policies are not
//! collected, so that what a principal may do is an upper bound: approved, it is SUPPORTED all the same; not approved, it
//! is INDETERMINATE, unless it administers everything, or is the user of somebody who has left.

mod access;
mod emergency;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use self::access::Grants;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, register};
use crate::evaluate::grounds::moment;
use crate::evaluate::permissions::{Permissions, Power};
use crate::evaluate::statements::about;
use crate::model::coverage::{Gap, Proof};
use crate::model::estate::global;
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{Account, TestId};
use crate::model::records::Observed;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, day_of, show};

/// What somebody can undo backups with, or reach their content by, in each duty.
const OPERATING: [&str; 10] = [
    "backup:StartRestoreJob",
    "backup:DeleteRecoveryPoint",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:DeleteDBSnapshot",
    "rds:ModifyDBSnapshotAttribute",
    "ec2:DeleteSnapshot",
    "ec2:ModifySnapshotAttribute",
    "ec2:DeregisterImage",
    "dynamodb:RestoreTableFromBackup",
    "dynamodb:DeleteBackup",
];
const ADMINISTERING: [&str; 10] = [
    "backup:PutBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:UpdateBackupPlan",
    "backup:DeleteBackupPlan",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
];
const CRITERION: &str =
    "whoever can restore, share, delete or weaken backups stands on the approved access list";

/// Concludes CT-33.
pub(super) fn who_could(context: &Context<'_>, test: TestId) -> Finding {
    let snapshots: Vec<_> = context
        .scope
        .estate
        .aws
        .iter()
        .map(|account| (&account.account, Snapshot::newest(context, &account.account)))
        .collect();
    let mut basis: Option<Proof> = None;
    let mut gaps = Vec::new();
    for (_, snapshot) in &snapshots {
        match snapshot.as_ref().map(|snapshot| snapshot.proof.clone()) {
            Ok(proof) => basis = Some(basis.map_or(proof.clone(), |whole| whole.and(proof))),
            Err(missing) => gaps.extend(missing.clone()),
        }
    }
    let mut builder = FindingBuilder::new(
        test,
        "principals with power over backups",
        basis.ok_or(gaps.clone()),
    );
    let grants = Grants::of(context);
    for (account, snapshot) in &snapshots {
        match snapshot {
            Ok(snapshot) => {
                snapshot.examine(context, &grants, &mut builder);
                examine_review(context, account, snapshot, &mut builder);
            }
            Err(missing) => builder.gap(format!("{account}/snapshot"), missing, None),
        }
    }
    let whole: Vec<_> = snapshots
        .iter()
        .filter_map(|(_, snapshot)| snapshot.as_ref().ok())
        .collect();
    emergency::examine(context, &grants, &whole, &mut builder);
    builder.finish("no account of AWS is in scope")
}

/// The newest whole snapshot of an account.
struct Snapshot<'a> {
    account: &'a Account,
    at: Instant,
    entities: Vec<&'a Observed<IamEntity>>,
    proof: Proof,
}

impl<'a> Snapshot<'a> {
    /// That which is not older than `evidence_max_age` at the as-of instant.
    fn newest(context: &Context<'a>, account: &'a Account) -> Result<Self, Vec<Gap>> {
        let (records, as_of) = (context.records, context.scope.as_of);
        let key = SourceKey {
            source: Source::IamSnapshot,
            account: account.clone(),
            region: global(),
        };
        let zone = context.scope.period.zone();
        let days = |at| (day_of(as_of, zone) - day_of(at, zone)).num_days();
        let listings = records
            .listings
            .iter()
            .filter(|listing| listing.key == key && listing.at < as_of);
        let newest = listings.map(|listing| listing.at).max();
        let newest = newest.filter(|at| days(*at) <= context.criteria.evidence_max_age_days);
        let last_moment = moment(as_of - TimeDelta::milliseconds(1));
        let Some(at) = newest else {
            let missing = records
                .coverage
                .prove(&key, last_moment)
                .err()
                .unwrap_or_else(|| {
                    vec![Gap {
                        key: key.clone(),
                        interval: last_moment,
                        reason: "no complete snapshot before the as-of instant is young enough".to_owned(),
                    }]
                });
            return Err(missing);
        };
        // The listing proves the time before it was asked for.
        let proven = records.coverage.spans(&key);
        let before = proven
            .iter()
            .filter(|span| span.start() <= at)
            .map(|span| span.end().min(at))
            .max();
        let proof = before
            .map(|end| {
                records
                    .coverage
                    .prove(&key, moment(end - TimeDelta::milliseconds(1)))
            })
            .unwrap_or_else(|| records.coverage.prove(&key, last_moment))?;
        let entities = records
            .iam
            .iter()
            .filter(|entity| entity.key == key && entity.value.at == at);
        Ok(Self {
            account,
            at,
            entities: entities.collect(),
            proof,
        })
    }

    fn principals(&self) -> impl Iterator<Item = &'a Observed<IamEntity>> {
        let is = |kind| matches!(kind, IamKind::User | IamKind::Role);
        self.entities
            .iter()
            .copied()
            .filter(move |entity| is(entity.value.kind))
    }

    /// What each principal can do with the backups of the account, at the most.
    fn powers(&self, context: &Context<'a>) -> BTreeMap<&'a str, BTreeMap<&'static str, Power>> {
        let all: Vec<&IamEntity> = self.entities.iter().map(|entity| &entity.value).collect();
        let permissions = Permissions::of(&all);
        let records = context.records;
        let here = |key: &SourceKey| key.account == *self.account;
        let vaults = records
            .vaults
            .iter()
            .filter(|vault| here(&vault.key))
            .map(|vault| vault.value.arn.as_str());
        let points = records
            .points
            .iter()
            .filter(|point| here(&point.key))
            .map(|point| point.value.id.as_str());
        let keys = records
            .keys
            .iter()
            .filter(|key| here(&key.key))
            .map(|key| key.value.arn.as_str());
        let resources: Vec<&str> = vaults.chain(points).chain(keys).collect();
        let last_moment = moment(context.scope.as_of - TimeDelta::milliseconds(1));
        let sources = [Source::AwsVaults, Source::AwsRecoveryPoints, Source::KmsKeys];
        let all_known = records
            .coverage
            .expected()
            .iter()
            .filter(|key| here(key) && sources.contains(&key.source))
            .all(|key| records.coverage.prove(key, last_moment).is_ok());
        let resources = all_known.then_some(resources.as_slice());
        let of = |entity: &'a Observed<IamEntity>| {
            let each = OPERATING.into_iter().chain(ADMINISTERING);
            let each = each.map(|action| (action, permissions.power(&entity.value, action, resources)));
            let held: BTreeMap<_, _> = each.filter(|(_, power)| *power != Power::None).collect();
            (entity.value.arn.as_str(), held)
        };
        self.principals().map(of).collect()
    }

    fn examine(&self, context: &Context<'a>, grants: &Grants<'a>, builder: &mut FindingBuilder) {
        let powers = self.powers(context);
        let emergency = context
            .criteria
            .break_glass_identities
            .as_deref()
            .unwrap_or_default();
        // Identities for emergencies are judged by their limits.
        let daily = |principal: &&Observed<IamEntity>| !emergency.contains(&principal.value.arn);
        for principal in self.principals().filter(daily) {
            let held = &powers[principal.value.arn.as_str()];
            if held.is_empty() {
                continue;
            }
            let kind = if principal.value.kind == IamKind::User {
                "user"
            } else {
                "role"
            };
            let id = format!("{}/{kind}/{}", self.account, principal.value.name);
            self.judge(&id, principal, held, grants, builder);
            builder.only_about(&id, &about(&["IM-01.v"]));
        }
    }

    fn judge(
        &self,
        id: &str,
        principal: &Observed<IamEntity>,
        held: &BTreeMap<&'static str, Power>,
        grants: &Grants<'a>,
        builder: &mut FindingBuilder,
    ) {
        let evidence = Evidence::of(&principal.citation);
        let value = &principal.value;
        let actions: Vec<&str> = held.keys().copied().collect();
        if let Some(row) = grants.left(value, self.at) {
            let evidence = evidence.and(Evidence::of(&row.citation));
            let until = row.value.to.map_or_else(String::new, |to| to.to_string());
            let condition = format!(
                "at {} the user of {}, who left on {until}, could still {}",
                show(self.at),
                row.value.person,
                actions.join(", ")
            );
            return grants.refuse(id, condition, CRITERION, evidence, builder);
        }
        let approved = grants.approved(value, &actions, self.at);
        let evidence = approved.rows.into_iter().fold(evidence, Evidence::and);
        let Some(missing) = approved.missing else {
            let duties = [OPERATING.as_slice(), ADMINISTERING.as_slice()];
            let both_duties = duties
                .iter()
                .all(|duty| duty.iter().any(|action| held.contains_key(action)));
            if both_duties && approved.by_everything {
                let reason = "it both restores or deletes and administers locks or keys, and the approval names \
                              everything instead of the two duties";
                let resolves = "an approval that names both duties";
                return builder.indeterminate(id, reason, resolves, evidence);
            }
            let proof = both(Ok(self.proof.clone()), grants.roster.clone());
            return builder.supported_if(id, &proof, evidence);
        };
        let can = format!("at {} it could {}", show(self.at), actions.join(", "));
        if grants.is_empty() {
            let reason = format!("{can}; there is no approved list");
            return builder.indeterminate(id, reason, "approved_access in the roster", evidence);
        }
        let everything = held.values().all(|power| *power == Power::Whole)
            && held.len() == OPERATING.len() + ADMINISTERING.len();
        if everything {
            let condition = format!("at {} it could administer everything; {missing}", show(self.at));
            return grants.refuse(id, condition, CRITERION, evidence, builder);
        }
        let reason = format!("{can}, at the most; {missing}; service control policies were not collected");
        let resolves = "an approval before, or what the service control policies leave of it";
        builder.indeterminate(id, reason, resolves, evidence);
    }
}

/// A review of the access to an account, as a ticket of the period tells it.
fn examine_review(
    context: &Context<'_>,
    account: &Account,
    snapshot: &Snapshot<'_>,
    builder: &mut FindingBuilder,
) {
    let id = format!("{account}/review");
    let period = crate::evaluate::grounds::examined(context.scope);
    let zone = context.scope.period.zone();
    let reviews = context.records.standing_tickets().filter(|ticket| {
        let ticket = &ticket.value;
        let in_roster = |person: &str, at: Instant| {
            let day = day_of(at, zone);
            let mut rows = context.records.standing_roster();
            rows.any(|row| {
                let row = &row.value;
                row.person == person && row.from <= day && row.to.is_none_or(|to| day <= to)
            })
        };
        let by_another = |at| {
            let by = ticket.approved_by.as_deref();
            by.is_some_and(|by| by != ticket.opened_by && in_roster(by, at))
        };
        ticket.kind == "access_review"
            && ticket.refs.iter().any(|reference| reference == account.as_str())
            && ticket
                .approved
                .is_some_and(|at| period.contains(at) && by_another(at))
    });
    let review = reviews.min_by_key(|ticket| (&ticket.value.id, &ticket.citation));
    let registers = both(
        register(context, Source::Tickets),
        register(context, Source::RoleRoster),
    );
    match (review, registers) {
        (Some(ticket), registers) => {
            let proof = both(Ok(snapshot.proof.clone()), registers);
            builder.supported_if(&id, &proof, Evidence::of(&ticket.citation));
        }
        (None, Err(gaps)) => builder.gap(&id, &gaps, None),
        (None, Ok(searched)) => {
            let reason = "no ticket of type access_review names the account and was approved in the period by somebody else \
                          of the roster";
            let resolves = "the record of an access review within the period";
            builder.indeterminate(&id, reason, resolves, Evidence::absence_in(&searched));
        }
    }
    builder.only_about(&id, &about(&["IM-01.v"]));
}

/// An EXCEPTION of this test is of severity high.
const SEVERITY: Severity = Severity::High;

#[cfg(test)]
mod tests;
