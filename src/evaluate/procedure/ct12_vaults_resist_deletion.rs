//! CT-12: vaults resist deletion by a lock, a policy that denies it, or Atlas' compliance policy (policy 6.2(5)).
//!
//! Population: the vaults and Atlas projects that hold a recovery point at the as-of instant. The policy asks for no lock:
//! only where management declares it mandatory (`vault_lock_mandatory`) is an unlocked vault an exception. Otherwise a
//! vault that nothing protects is never supported: it is out of scope where management approved that no lock is
//! mandatory, and INDETERMINATE where nobody has said, with an observation either way. So is what no listing describes, what the
//! listings around the as-of instant show differently, and a policy with exceptions that no ticket approves.

mod atlas;
mod vault;

use std::collections::BTreeMap;

use crate::evaluate::authority::Tickets;
use crate::evaluate::context::Context;
use crate::evaluate::criteria::VaultLock;
use crate::evaluate::grounds::{Grounds, moment};
use crate::evaluate::listings::Listings;
use crate::evaluate::place::short_names;
use crate::evaluate::usable::fresh;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{Account, TestId};
use crate::model::records::Observed;
use crate::model::records::backups::{Provider, RecoveryPoint};
use crate::model::source::{Source, SourceKey};
use crate::model::time::day_start;

/// Concludes CT-12.
pub(super) fn vaults_resist_deletion(context: &Context<'_>, test: TestId) -> Finding {
    let records = context.records;
    let sources = [Source::AwsRecoveryPoints, Source::AtlasSnapshots];
    let grounds = Grounds::of(&records.coverage, &sources, moment(fresh(context)));
    let unit = "vaults and Atlas projects that hold backups";
    let mut builder = FindingBuilder::new(test, unit, grounds.basis.clone());
    let listings = Listings::of(records);
    let mut vaults: BTreeMap<&str, &Observed<RecoveryPoint>> = BTreeMap::new();
    let mut projects: BTreeMap<&Account, &Observed<RecoveryPoint>> = BTreeMap::new();
    for point in &records.points {
        let value = &point.value;
        if !listings.alive(value, context.scope.as_of) {
            continue;
        }
        match (value.provider, &value.vault) {
            (Provider::Aws, Some(vault)) => newest(vaults.entry(vault).or_insert(point), point),
            (Provider::Aws, None) => {}
            (Provider::Atlas, _) => newest(projects.entry(&value.account).or_insert(point), point),
        }
    }
    let trial = Trial {
        context,
        tickets: Tickets::of(context),
    };
    let names = short_names(vaults.keys().copied());
    for (vault, holds) in &vaults {
        let id = names.get(vault).copied().unwrap_or(vault);
        trial.vault(id, vault, holds, &mut builder);
    }
    for (project, holds) in &projects {
        trial.project(project, holds, &mut builder);
    }
    grounds.mark(&mut builder);
    builder.finish("no vault and no Atlas project held a backup")
}

fn newest<'a>(known: &mut &'a Observed<RecoveryPoint>, point: &'a Observed<RecoveryPoint>) {
    let age = |point: &Observed<RecoveryPoint>| (point.value.created, point.value.id.clone());
    if age(known) < age(point) {
        *known = point;
    }
}

struct Trial<'a> {
    context: &'a Context<'a>,
    tickets: Tickets<'a>,
}

/// What a vault or project is found to be, with what says so.
struct Found {
    id: String,
    key: SourceKey,
    proof: Result<Proof, Vec<Gap>>,
    evidence: Evidence,
}

impl Trial<'_> {
    /// Nothing protects it, for the reason `why`.
    fn unprotected(&self, found: Found, why: &str, builder: &mut FindingBuilder) {
        let Found { id, evidence, .. } = found;
        let declared_before = |on| day_start(on, self.context.scope.period.zone()) < self.context.scope.as_of;
        match &self.context.criteria.vault_lock {
            VaultLock::Mandatory => {
                let criterion = "management has declared a lock mandatory for every vault";
                builder.exception(id, Severity::Medium, why, criterion, evidence);
            }
            VaultLock::NotMandatory(approval) if declared_before(approval.on) => {
                builder.observe(format!("{id} does not resist deletion: {why}"), evidence.clone());
                let rationale = format!("{why}; management approved that no lock is mandatory");
                let at = day_start(approval.on, self.context.scope.period.zone());
                builder.not_applicable(id, rationale, approval.by.as_str(), at, evidence);
            }
            VaultLock::NotMandatory(_) | VaultLock::Undeclared => {
                builder.observe(format!("{id} does not resist deletion: {why}"), evidence.clone());
                let reason = format!(
                    "{why}; the policy asks for no lock, and management has not said whether one is mandatory"
                );
                let resolves = "a lock, or vault_lock_mandatory approved by management before the as-of date";
                builder.indeterminate(id, reason, resolves, evidence);
            }
        }
    }
}

#[cfg(test)]
mod tests;
