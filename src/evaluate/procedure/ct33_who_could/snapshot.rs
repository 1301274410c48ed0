//! The snapshot of an account's authorisations that speaks for the as-of instant.
//!
//! It is the newest that was asked for before it, and not older than `evidence_max_age`. A failed or broken one leaves the
//! access open: an older snapshot shows neither what was granted since nor who was found then. Nor does it speak where a
//! later run listed what the account has and brought no snapshot of its authorisations: the missing one may be what was
//! adverse.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::moment;
use crate::evaluate::permissions::{Permissions, Power};
use crate::model::coverage::{Gap, Proof};
use crate::model::estate::global;
use crate::model::ids::Account;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::records::{Observed, Pulled};
use crate::model::source::{Reach, Source, SourceKey};
use crate::model::time::{Instant, day_of, show};

/// A snapshot of an account.
pub(super) struct Snapshot<'a> {
    pub(super) account: &'a Account,
    /// When its last answer came.
    pub(super) at: Instant,
    entities: Vec<&'a Observed<IamEntity>>,
    /// Proof that it is whole.
    pub(super) proof: Proof,
}

impl<'a> Snapshot<'a> {
    /// The one that speaks for the as-of instant, or why there is none.
    pub(super) fn newest(context: &Context<'a>, account: &'a Account) -> Result<Self, Vec<Gap>> {
        let records = context.records;
        let key = SourceKey {
            source: Source::IamSnapshot,
            account: account.clone(),
            region: global(),
        };
        let before = moment(context.scope.as_of - TimeDelta::milliseconds(1));
        let open = |reason: String| {
            let key = key.clone();
            vec![Gap {
                key,
                interval: before,
                reason,
            }]
        };
        let asked = newest(context, |pulled| pulled.receipt.key == key);
        let Some(asked) = asked else {
            let missing = records.coverage.prove(&key, before).err();
            let none = || open("no snapshot was asked for before the as-of instant".to_owned());
            return Err(missing.unwrap_or_else(none));
        };
        if let Some(reason) = falls_short(context, account, asked) {
            return Err(open(reason));
        }
        // The listing proves the time before it was asked for.
        let proof = records
            .coverage
            .prove(&key, moment(asked.receipt.started - TimeDelta::milliseconds(1)))?;
        let at = asked.at();
        let entities = records.iam.iter();
        let entities = entities.filter(|entity| entity.key == key && entity.value.at == at);
        let snapshot = Self {
            account,
            at,
            entities: entities.collect(),
            proof,
        };
        if snapshot.principals().next().is_none() {
            let reason = "it has no user and no role, not even that of whoever asked";
            return Err(open(format!("pull {}: {reason}", asked.receipt.id)));
        }
        Ok(snapshot)
    }

    /// Its users and roles.
    pub(super) fn principals(&self) -> impl Iterator<Item = &'a Observed<IamEntity>> {
        let is = |kind| matches!(kind, IamKind::User | IamKind::Role);
        self.entities
            .iter()
            .copied()
            .filter(move |entity| is(entity.value.kind))
    }

    /// What each principal can do with the backups of the account, at the most.
    pub(super) fn powers(&self, context: &Context<'a>) -> BTreeMap<&'a str, BTreeMap<&'static str, Power>> {
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
            let each = super::OPERATING.into_iter().chain(super::ADMINISTERING);
            let each = each.map(|action| (action, permissions.power(&entity.value, action, resources)));
            let held: BTreeMap<_, _> = each.filter(|(_, power)| *power != Power::None).collect();
            (entity.value.arn.as_str(), held)
        };
        self.principals().map(of).collect()
    }
}

/// The newest of `these` pulls that was answered before the as-of instant.
fn newest<'a>(context: &Context<'a>, these: impl Fn(&Pulled) -> bool) -> Option<&'a Pulled> {
    let pulls = context.records.pulls.iter();
    pulls
        .filter(|pulled| these(pulled) && pulled.at() < context.scope.as_of)
        .max_by_key(|pulled| (pulled.at(), &pulled.receipt.id))
}

/// Why the newest snapshot that was asked for can't speak for the as-of instant.
fn falls_short(context: &Context<'_>, account: &Account, asked: &Pulled) -> Option<String> {
    let (id, at) = (&asked.receipt.id, asked.at());
    if let Some((code, message)) = asked.receipt.failure() {
        return Some(format!("pull {id}: {code}: {message}"));
    }
    if !asked.whole {
        return Some(format!("pull {id}, the newest, does not prove itself whole"));
    }
    let zone = context.scope.period.zone();
    let days = (day_of(context.scope.as_of, zone) - day_of(at, zone)).num_days();
    let limit = context.criteria.evidence_max_age_days;
    if days > limit {
        let at = show(at);
        return Some(format!(
            "the newest snapshot is of {at}, {days} days old: more than {limit}"
        ));
    }
    let later = newest(context, |pulled| {
        let receipt = &pulled.receipt;
        let lists = receipt.key.source.reach() == Reach::Listing && receipt.key.account == *account;
        lists && pulled.at() > at && receipt.run() != asked.receipt.run()
    })?;
    Some(format!(
        "run {} listed what the account has, after the newest snapshot of {}, and brought none",
        later.receipt.run(),
        show(at)
    ))
}
