//! The estate: the accounts, regions, projects and collections that have to be covered, as the config names them.
//!
//! What has to be covered never comes from what was found: a place that was never collected must show as a gap.

use std::collections::BTreeSet;

use super::ids::{Account, Region};
use super::source::{Source, SourceKey};

/// An AWS account in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAccount {
    /// Twelve digits.
    pub account: Account,
    /// What people call it.
    pub name: String,
    /// The regions in use.
    pub regions: BTreeSet<Region>,
}

/// An Atlas project in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtlasProject {
    /// The project's id.
    pub project: Account,
    /// What people call it.
    pub name: String,
    /// Names of its clusters.
    pub clusters: BTreeSet<String>,
}

/// All places that have to be covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estate {
    /// AWS accounts.
    pub aws: Vec<AwsAccount>,
    /// Atlas projects.
    pub atlas: Vec<AtlasProject>,
    /// The database with the compliance records.
    pub records: Option<Account>,
}

/// Asked of each AWS account and region.
pub const AWS_SOURCES: [Source; 13] = [
    Source::AwsBackupJobs,
    Source::AwsCopyJobs,
    Source::AwsRestoreJobs,
    Source::AwsRecoveryPoints,
    Source::AwsVaults,
    Source::AwsProtectedResources,
    Source::AwsBackupPlans,
    Source::AwsRestoreTestingPlans,
    Source::AwsBackupJobSummaries,
    Source::KmsKeys,
    Source::Cloudtrail,
    Source::CloudtrailDigests,
    Source::CloudResourceListing,
];

/// Asked of each AWS account, whatever its regions. The accounts of the organisation are asked of one of them that may
/// list them, whichever that is: CT-01 says so where none was asked.
pub const AWS_GLOBAL_SOURCES: [Source; 2] = [Source::IamSnapshot, Source::AwsRegions];

/// Asked of each Atlas project.
pub const ATLAS_SOURCES: [Source; 6] = [
    Source::CloudResourceListing,
    Source::AtlasSnapshots,
    Source::AtlasBackupSchedule,
    Source::AtlasRestoreJobs,
    Source::AtlasCompliancePolicy,
    Source::AtlasEvents,
];

/// Collections of the database of compliance records.
pub const RECORD_SOURCES: [Source; 12] = [
    Source::SystemsInventory,
    Source::RestoreTests,
    Source::ExerciseSchedule,
    Source::Exercises,
    Source::Bia,
    Source::PlanDocuments,
    Source::RoleRoster,
    Source::MediaRegister,
    Source::DeviceList,
    Source::Tickets,
    Source::Incidents,
    Source::VendorAssurance,
];

/// The region of sources that know none.
pub fn global() -> Region {
    "global".parse().expect("invariant: global is a region name")
}

impl Estate {
    /// Every source in every place where it has to be covered.
    pub fn expected(&self) -> BTreeSet<SourceKey> {
        let aws = self.aws.iter().flat_map(|account| {
            account.regions.iter().flat_map(move |region| {
                AWS_SOURCES.map(|source| SourceKey {
                    source,
                    account: account.account.clone(),
                    region: region.clone(),
                })
            })
        });
        // An account without regions has nothing to be collected of.
        let in_use = self.aws.iter().filter(|account| !account.regions.is_empty());
        let aws_global = in_use.flat_map(|account| {
            AWS_GLOBAL_SOURCES.map(|source| SourceKey {
                source,
                account: account.account.clone(),
                region: global(),
            })
        });
        let atlas = self.atlas.iter().flat_map(|project| {
            ATLAS_SOURCES.map(|source| SourceKey {
                source,
                account: project.project.clone(),
                region: global(),
            })
        });
        let records = self.records.iter().flat_map(|database| {
            RECORD_SOURCES.map(|source| SourceKey {
                source,
                account: database.clone(),
                region: global(),
            })
        });
        aws.chain(aws_global).chain(atlas).chain(records).collect()
    }
}
