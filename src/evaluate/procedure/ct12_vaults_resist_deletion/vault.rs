//! One vault: its lock, and where there is none, its access policy.

use std::collections::BTreeSet;

use super::{Found, Trial};
use crate::evaluate::access_policy::left_to;
use crate::evaluate::approval::is_another;
use crate::evaluate::around::Around;
use crate::evaluate::criteria::VaultLock;
use crate::evaluate::facts::both;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::{Place, tail};
use crate::evaluate::usable::fresh;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::ResourceId;
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::records::governance::Ticket;
use crate::model::records::protection::{Vault, VaultKind};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, show};

/// What a listing says of a vault's lock.
enum Lock {
    /// Immutable.
    Compliance,
    /// Immutable only from then on.
    CoolingOff(Instant),
    /// It can be lifted by whoever may.
    Governance,
    /// There is none.
    Open,
    /// The listing does not say.
    Unsaid,
}

impl Lock {
    fn of(vault: &Vault, as_of: Instant) -> Self {
        match (vault.kind, vault.locked, vault.lock_date) {
            (Some(VaultKind::LogicallyAirGapped), _, _) => Self::Compliance,
            (_, None, _) => Self::Unsaid,
            (_, Some(false), _) => Self::Open,
            (_, Some(true), None) => Self::Governance,
            (_, Some(true), Some(from)) if as_of < from => Self::CoolingOff(from),
            (_, Some(true), Some(_)) => Self::Compliance,
        }
    }

    fn says(&self) -> String {
        match self {
            Self::Compliance => "locked in compliance mode".to_owned(),
            Self::CoolingOff(from) => format!("locked, the lock can be lifted until {}", show(*from)),
            Self::Governance => "locked in governance mode: who may can lift it".to_owned(),
            Self::Open => "not locked".to_owned(),
            Self::Unsaid => "of unknown lock".to_owned(),
        }
    }
}

impl Trial<'_> {
    /// Concludes one vault, `holds` being a recovery point in it.
    pub(super) fn vault(
        &self,
        id: &str,
        arn: &str,
        holds: &Observed<RecoveryPoint>,
        builder: &mut FindingBuilder,
    ) {
        let records = self.context.records;
        let described = records.vaults.iter().filter(|vault| vault.value.arn == arn);
        let key = SourceKey {
            source: Source::AwsVaults,
            ..holds.key.clone()
        };
        let around = Around::of(self.context, (&key, None), described, |vault| vault.at);
        let listings = around.observations.iter().map(|vault| &vault.citation);
        let evidence = Evidence::all(listings)
            .into_iter()
            .fold(Evidence::of(&holds.citation), Evidence::and);
        let proof = records.coverage.prove(&key, moment(fresh(self.context)));
        if let Err(gaps) = &proof {
            return builder.gap(id, gaps, Some(evidence));
        }
        if !around.fresh {
            let resolves = format!("a list of vaults at the as-of instant that has {arn}");
            let reason = "no list of vaults describes it at the as-of instant";
            return builder.indeterminate(id, reason, resolves, evidence);
        }
        if let Some(doubt) = around.doubt(self.context, arn) {
            return builder.indeterminate(id, doubt.reason, doubt.resolves, evidence.and(doubt.evidence));
        }
        let as_of = self.context.scope.as_of;
        let locks: Vec<_> = around
            .observations
            .iter()
            .map(|vault| (*vault, Lock::of(&vault.value, as_of)))
            .collect();
        let found = Found {
            id: id.to_owned(),
            key,
            proof,
            evidence,
        };
        if locks
            .iter()
            .all(|(_, lock)| !matches!(lock, Lock::Open | Lock::Unsaid))
        {
            self.locked(found, &locks, builder);
        } else if locks.iter().all(|(_, lock)| matches!(lock, Lock::Open)) {
            self.unlocked(found, arn, builder);
        } else {
            let said: Vec<_> = locks
                .iter()
                .map(|(vault, lock)| format!("{} at {}", lock.says(), show(vault.value.at)))
                .collect();
            let resolves = "whether the vault was locked at the as-of instant";
            builder.indeterminate(id, said.join(", then "), resolves, found.evidence);
        }
    }

    fn locked(&self, found: Found, locks: &[(&Observed<Vault>, Lock)], builder: &mut FindingBuilder) {
        if let Some((vault, lock)) = locks.last() {
            let value = &vault.value;
            let air_gap = if value.kind == Some(VaultKind::LogicallyAirGapped) {
                ", logically air-gapped"
            } else {
                ""
            };
            let days = |days: Option<i64>| days.map_or("unset".to_owned(), |days| format!("{days} days"));
            let text = format!(
                "{} is {}{air_gap}; minimum retention {}, maximum {}{}",
                found.id,
                lock.says(),
                days(value.retention_min_days),
                days(value.retention_max_days),
                self.against_approved(value)
            );
            builder.observe(text, Evidence::of(&vault.citation));
        }
        builder.supported_if(found.id, &found.proof, found.evidence);
    }

    /// How the lock's limits stand to the retention that management approved (CT-11): a lock that enforces less lets points
    /// be made that are kept for a shorter time, one with a lower maximum lets none be made that are kept long enough.
    fn against_approved(&self, vault: &Vault) -> String {
        let Some(approved) = self.context.criteria.min_retention_days else {
            return String::new();
        };
        let below = vault.retention_min_days.is_none_or(|days| days < approved);
        let capped = vault.retention_max_days.is_some_and(|days| days < approved);
        match (capped, below) {
            (true, _) => format!("; nothing can be kept in it for the approved {approved} days"),
            (false, true) => format!("; the lock does not enforce the approved {approved} days"),
            (false, false) => format!("; the lock enforces the approved {approved} days"),
        }
    }

    /// A vault without a lock: where none is mandatory, its policy may stand in for one.
    fn unlocked(&self, found: Found, arn: &str, builder: &mut FindingBuilder) {
        if self.context.criteria.vault_lock == VaultLock::Mandatory {
            return self.unprotected(found, "the vault is not locked", builder);
        }
        let policies = self.context.records.vault_policies.iter();
        let around = Around::of(
            self.context,
            (&found.key, Some(tail(arn))),
            policies.filter(|policy| policy.value.vault == arn),
            |policy| policy.at,
        );
        let read = around.observations.iter().map(|policy| &policy.citation);
        let evidence = Evidence::all(read)
            .into_iter()
            .fold(found.evidence, Evidence::and);
        let found = Found { evidence, ..found };
        if !around.fresh {
            let reason =
                "the vault is not locked, and no reading of its access policy speaks for the as-of instant";
            let resolves = format!("the access policy of {arn} at the as-of instant");
            return builder.indeterminate(found.id, reason, resolves, found.evidence);
        }
        if let Some(doubt) = around.doubt(self.context, arn) {
            let evidence = found.evidence.and(doubt.evidence);
            return builder.indeterminate(found.id, doubt.reason, doubt.resolves, evidence);
        }
        let mut left: BTreeSet<String> = BTreeSet::new();
        for policy in &around.observations {
            let denied = match &policy.value.policy {
                None => Err("it has no access policy".to_owned()),
                Some(policy) => left_to(policy)
                    .map_err(|action| format!("its access policy does not deny {action} to all")),
            };
            match denied {
                Ok(who) => left.extend(who),
                Err(why) => {
                    let why = format!("the vault is not locked, and {why} at {}", show(policy.value.at));
                    return self.unprotected(found, &why, builder);
                }
            }
        }
        self.denied(found, arn, &left, builder);
    }

    /// The policy denies deletion to all but those of `left`: a ticket has to approve them.
    fn denied(&self, found: Found, arn: &str, left: &BTreeSet<String>, builder: &mut FindingBuilder) {
        let list: Vec<_> = left.iter().map(String::as_str).collect();
        let text = format!(
            "{} is not locked; its access policy denies deletion to all but {}",
            found.id,
            if list.is_empty() {
                "nobody".to_owned()
            } else {
                list.join(", ")
            }
        );
        builder.observe(text, found.evidence.clone());
        if left.is_empty() {
            return builder.supported_if(found.id, &found.proof, found.evidence);
        }
        match self.approving(arn, left) {
            (Some(ticket), register) => {
                let evidence = found.evidence.and(Evidence::of(&ticket.citation));
                builder.supported_if(found.id, &both(found.proof, register), evidence);
            }
            (None, Err(gaps)) => builder.gap(found.id, &gaps, Some(found.evidence)),
            (None, Ok(searched)) => {
                let reason = format!(
                    "the vault is not locked, and no approved ticket names it with those whom its policy lets delete: {}",
                    list.join(", ")
                );
                let resolves =
                    "a ticket approved before the as-of instant that names the vault and each of them";
                let evidence = found.evidence.and(Evidence::absence_in(&searched));
                builder.indeterminate(found.id, reason, resolves, evidence);
            }
        }
    }

    /// A ticket, approved by somebody else than who opened it, that names the vault and all of `left`.
    fn approving(
        &self,
        arn: &str,
        left: &BTreeSet<String>,
    ) -> (Option<&Observed<Ticket>>, Result<Proof, Vec<Gap>>) {
        let place = arn
            .parse::<ResourceId>()
            .ok()
            .and_then(|arn| Place::of(&arn, None));
        let tickets = place.map(|place| self.tickets.naming(&place.key(Source::AwsVaults), [arn]));
        let approves = |ticket: &&&Observed<Ticket>| {
            let value = &ticket.value;
            let names = |who: &String| value.refs.iter().any(|reference| reference == who);
            let by_another = value
                .approved_by
                .as_deref()
                .is_some_and(|by| is_another(by, &value.opened_by));
            let before = value.approved.is_some_and(|at| at < self.context.scope.as_of);
            by_another && before && left.iter().all(names)
        };
        let found = tickets.unwrap_or_default().iter().find(approves).copied();
        (found, self.tickets.register(Source::Tickets))
    }
}
