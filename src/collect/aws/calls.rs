//! Every call of AWS that a live collection makes: how fast it may be made, which permission it takes and what that can be
//! narrowed to, and how it is tried without harm. The pace of a run, the checks of `doctor` and the policies that it prints all
//! come from this table; a call that does not stand here can't be made.

use futures_util::future::LocalBoxFuture;

use super::examine::{Patient, Tried};
use super::probes;
use crate::collect::failure::Failure;

/// A call.
pub(super) struct Call {
    /// As receipts name it.
    pub(super) operation: &'static str,
    /// The action that IAM has to allow.
    pub(super) action: &'static str,
    /// What the permission can be narrowed to.
    pub(super) on: On,
    /// Where it is made.
    pub(super) within: Within,
    /// Calls a second and place: the throttles that AWS documents, with some room for others who ask at the same time.
    pub(super) per_second: u32,
    /// The smallest call of its kind.
    pub(super) probe: Probe,
}

/// What a permission can be narrowed to, as the service authorization reference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum On {
    /// Nothing: the action knows no resources and no regions.
    Everything,
    /// The regions in use.
    Regions,
    /// Vaults in the regions in use.
    Vaults,
    /// Backup plans in the regions in use.
    Plans,
    /// Keys in the regions in use.
    Keys,
    /// Trails, which may be of another region and of the organisation's account.
    Trails,
    /// Buckets that trails deliver to.
    Buckets,
    /// What trails delivered.
    Objects,
    /// The account itself.
    Account,
}

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// In each account and region.
    Region,
    /// In each account once.
    Account,
    /// In the account that speaks for the organisation.
    Organisation,
}

/// Tries a call.
pub(super) type Probe = for<'p> fn(&'p Patient<'_>) -> LocalBoxFuture<'p, Result<Tried, Failure>>;

/// A call whose action has its name.
macro_rules! call {
    ($operation:literal, $within:ident, $on:ident, $per_second:literal, $probe:ident) => {
        call!($operation as $operation, $within, $on, $per_second, $probe)
    };
    ($operation:literal as $action:literal, $within:ident, $on:ident, $per_second:literal, $probe:ident) => {
        Call {
            operation: $operation,
            action: $action,
            on: On::$on,
            within: Within::$within,
            per_second: $per_second,
            probe: |patient| Box::pin(probes::$probe(patient)),
        }
    };
}

/// Every call, each after the one that tells it what to ask for.
#[rustfmt::skip]
pub(super) const CALLS: &[Call] = &[
    call!("sts:GetCallerIdentity", Account, Everything, 16, caller),
    call!("backup:ListBackupJobs", Region, Regions, 16, backup_jobs),
    call!("backup:DescribeBackupJob", Region, Regions, 12, backup_job),
    call!("backup:ListCopyJobs", Region, Regions, 16, copy_jobs),
    call!("backup:DescribeCopyJob", Region, Regions, 12, copy_job),
    call!("backup:ListRestoreJobs", Region, Regions, 16, restore_jobs),
    call!("backup:DescribeRestoreJob", Region, Regions, 12, restore_job),
    call!("backup:ListBackupJobSummaries", Region, Regions, 16, summaries),
    call!("backup:ListBackupVaults", Region, Regions, 16, vaults),
    call!("backup:GetBackupVaultAccessPolicy", Region, Vaults, 12, vault_policy),
    call!("backup:ListRecoveryPointsByBackupVault", Region, Vaults, 16, points),
    call!("backup:ListProtectedResources", Region, Regions, 16, protected),
    call!("backup:DescribeProtectedResource", Region, Regions, 8, protected_resource),
    call!("backup:ListBackupPlans", Region, Regions, 16, plans),
    call!("backup:ListBackupPlanVersions", Region, Plans, 16, plan_versions),
    call!("backup:GetBackupPlan", Region, Plans, 12, plan),
    call!("backup:ListBackupSelections", Region, Plans, 16, selections),
    call!("backup:GetBackupSelection", Region, Plans, 12, selection),
    call!("backup:ListRestoreTestingPlans", Region, Regions, 16, testing_plans),
    call!("kms:ListKeys", Region, Regions, 16, keys),
    call!("kms:DescribeKey", Region, Keys, 16, key),
    call!("cloudtrail:LookupEvents", Region, Regions, 2, events),
    call!("cloudtrail:DescribeTrails", Region, Regions, 16, trails),
    call!("cloudtrail:GetTrailStatus", Region, Trails, 16, trail_status),
    call!("cloudtrail:ListPublicKeys", Region, Regions, 16, public_keys),
    call!("s3:HeadBucket" as "s3:ListBucket", Region, Buckets, 16, bucket),
    call!("s3:ListObjectsV2" as "s3:ListBucket", Region, Buckets, 16, objects),
    call!("s3:GetObject", Region, Objects, 500, object),
    call!("tag:GetResources", Region, Regions, 16, resources),
    call!("iam:GetAccountAuthorizationDetails", Account, Everything, 16, rights),
    call!("account:ListRegions", Account, Account, 16, regions),
    call!("organizations:ListAccounts", Organisation, Everything, 16, accounts),
];

/// The call that receipts name so.
pub(super) fn of(operation: &str) -> &'static Call {
    let found = CALLS.iter().find(|call| call.operation == operation);
    found.expect("invariant: every call that is made stands in the table")
}

impl Within {
    /// Whether a call is made in an account that may or may not speak for the organisation.
    pub(super) fn is_of(self, organisation: bool) -> bool {
        organisation || self != Self::Organisation
    }
}
