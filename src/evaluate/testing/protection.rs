//! Vaults, their policies and compliance policies for the tests of procedures.

use super::backups::VAULT;
use super::{PROJECT, World, key, observed};
use crate::model::records::protection::*;
use crate::model::source::Source;
use crate::model::time::Instant;

/// An ordinary vault without a lock, seen at `at`.
pub(crate) fn vault(arn: &str, at: Instant) -> Vault {
    Vault {
        arn: arn.to_owned(),
        name: crate::evaluate::place::tail(arn).to_owned(),
        at,
        created: None,
        kind: Some(VaultKind::Backup),
        locked: Some(false),
        lock_date: None,
        retention_min_days: None,
        retention_max_days: None,
        key: None,
    }
}

/// A statement about everybody and everything of AWS Backup.
pub(crate) fn statement(allows: bool) -> PolicyStatement {
    let all = || Listed::Only(vec!["*".to_owned()]);
    PolicyStatement {
        allows,
        principals: all(),
        actions: Listed::Only(vec!["backup:*".to_owned()]),
        resources: Some(all()),
        conditions: Vec::new(),
    }
}

/// A policy that denies everything to all but `left`.
pub(crate) fn denial(left: &[&str]) -> AccessPolicy {
    let mut denial = statement(false);
    if !left.is_empty() {
        denial.conditions.push(PolicyCondition {
            operator: "ArnNotEquals".to_owned(),
            key: "aws:PrincipalArn".to_owned(),
            values: left.iter().map(|who| (*who).to_owned()).collect(),
        });
    }
    AccessPolicy {
        statements: vec![denial],
    }
}

impl World {
    /// A listing of vaults shows [`VAULT`].
    pub(crate) fn see_vault(&mut self, at: Instant, change: impl FnOnce(&mut Vault)) {
        let mut seen = vault(VAULT, at);
        change(&mut seen);
        let name = format!("vault/{}/{at}", seen.arn);
        let seen = observed(key(Source::AwsVaults, "us-east-1"), at, &name, seen);
        self.records.vaults.push(seen);
    }

    /// The policy of [`VAULT`] is read.
    pub(crate) fn see_policy(&mut self, at: Instant, policy: Option<AccessPolicy>) {
        let vault = VAULT.to_owned();
        let read = VaultPolicy { vault, at, policy };
        let name = format!("policy/{at}");
        self.records
            .vault_policies
            .push(observed(key(Source::AwsVaults, "us-east-1"), at, &name, read));
    }

    /// The compliance policy of the project is read.
    pub(crate) fn see_compliance(&mut self, at: Instant, state: Option<&str>) {
        let read = CompliancePolicy {
            project: PROJECT.parse().expect("an account"),
            at,
            state: state.map(str::to_owned),
            copy_protection: Some(true),
            items: Vec::new(),
        };
        let name = format!("compliance/{at}");
        let read = observed(key(Source::AtlasCompliancePolicy, ""), at, &name, read);
        self.records.compliance_policies.push(read);
    }

    /// The last listing of what AWS Backup protects in us-east-1 has the resource.
    pub(crate) fn see_protected(&mut self, resource: &str) {
        let at = self.collected();
        let listed = ProtectedResource {
            resource: resource.parse().expect("a resource"),
            at,
        };
        let name = format!("protected/{resource}");
        let listed = observed(key(Source::AwsProtectedResources, "us-east-1"), at, &name, listed);
        self.records.protected.push(listed);
    }

    /// AWS Backup tells at `at` of the latest restore of the resource: when its job was created, and its minutes.
    pub(crate) fn see_latest_restore(
        &mut self,
        resource: &str,
        at: Instant,
        restore: Option<(Instant, Option<u64>)>,
    ) {
        let told = LatestRestore {
            resource: resource.parse().expect("a resource"),
            job_created: restore.map(|(created, _)| created),
            minutes: restore.and_then(|(_, minutes)| minutes),
            at,
        };
        let name = format!("described/{resource}/{at}");
        let told = observed(key(Source::AwsProtectedResources, "us-east-1"), at, &name, told);
        self.records.latest_restores.push(told);
    }
}
