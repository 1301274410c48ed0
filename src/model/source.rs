//! The sources of evidence, by the names that the catalogue, the recordings and the reports all use.

use std::fmt;
use std::str::FromStr;

use super::ids::{Account, Region};

/// How far back one complete pull of a source speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The pull asked for a window of creation times, and proves that window.
    Window,
    /// The pull lists the present state. It speaks for the time since the listing before it, as long as that is not
    /// more than `LISTING_REACH_DAYS` back: what came and went between two listings would have been missed.
    Listing,
    /// The pull exports a register that keeps its history, and proves all time until it was taken.
    Register,
}

/// Collections run daily and look back eight days, so that one missed run leaves no hole.
pub const LISTING_REACH_DAYS: i64 = 8;

/// The services whose events can touch a backup, as the trail names them. The lookup of each is a pull of its own.
pub const EVENT_SOURCES: [&str; 7] = [
    "backup.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "dynamodb.amazonaws.com",
    "ec2.amazonaws.com",
    "kms.amazonaws.com",
    "ram.amazonaws.com",
    "rds.amazonaws.com",
];

macro_rules! sources {
    ($($variant:ident = $text:literal, $reach:ident, $title:literal;)*) => {
        /// A source of evidence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Source { $(#[doc = $title] $variant,)* }

        impl Source {
            /// Every source, in reporting order.
            pub const ALL: &[Source] = &[$(Source::$variant,)*];

            /// The name used everywhere, for instance `aws_backup_jobs`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Source::$variant => $text,)* }
            }

            /// How far back a pull speaks.
            pub const fn reach(self) -> Reach {
                match self { $(Source::$variant => Reach::$reach,)* }
            }

            /// What it is, for readers.
            pub const fn title(self) -> &'static str {
                match self { $(Source::$variant => $title,)* }
            }
        }

        impl FromStr for Source {
            type Err = UnknownSource;

            fn from_str(text: &str) -> Result<Self, UnknownSource> {
                match text {
                    $($text => Ok(Source::$variant),)*
                    _ => Err(UnknownSource(text.chars().take(80).collect())),
                }
            }
        }
    };
}

sources! {
    AwsBackupJobs = "aws_backup_jobs", Window, "AWS Backup jobs";
    AwsCopyJobs = "aws_copy_jobs", Window, "AWS Backup copy jobs";
    AwsRestoreJobs = "aws_restore_jobs", Window, "AWS Backup restore jobs";
    AwsRecoveryPoints = "aws_recovery_points", Listing, "AWS Backup recovery points";
    AwsVaults = "aws_vaults", Listing, "AWS Backup vaults";
    AwsProtectedResources = "aws_protected_resources", Listing, "AWS Backup protected resources";
    AwsBackupPlans = "aws_backup_plans", Register, "AWS Backup plans, versions and selections";
    AwsRestoreTestingPlans = "aws_restore_testing_plans", Listing, "AWS Backup restore testing plans";
    AwsBackupJobSummaries = "aws_backup_job_summaries", Window, "AWS Backup job summaries";
    KmsKeys = "kms_keys", Listing, "KMS keys";
    IamSnapshot = "iam_snapshot", Listing, "Snapshot of access rights";
    AwsAccounts = "aws_accounts", Listing, "Accounts of the AWS organisation";
    AwsRegions = "aws_regions", Listing, "Regions of AWS accounts";
    Cloudtrail = "cloudtrail", Window, "CloudTrail events";
    CloudtrailDigests = "cloudtrail_digests", Register, "CloudTrail log files and their digests";
    CloudResourceListing = "cloud_resource_listing", Listing, "Independent resource listing";
    AtlasSnapshots = "atlas_snapshots", Listing, "Atlas snapshots";
    AtlasBackupSchedule = "atlas_backup_schedule", Listing, "Atlas backup schedules";
    AtlasRestoreJobs = "atlas_restore_jobs", Register, "Atlas restore jobs";
    AtlasCompliancePolicy = "atlas_compliance_policy", Listing, "Atlas backup compliance policy";
    AtlasEvents = "atlas_events", Window, "Atlas events";
    SystemsInventory = "systems_inventory", Register, "Systems inventory";
    RestoreTests = "restore_tests", Register, "Restore test log";
    ExerciseSchedule = "exercise_schedule", Register, "Exercise schedule";
    Exercises = "exercises", Register, "Exercises held";
    Bia = "bia", Register, "Business impact analyses";
    PlanDocuments = "plan_documents", Register, "Plan and policy documents";
    RoleRoster = "role_roster", Register, "Role roster";
    MediaRegister = "media_register", Register, "Media register";
    DeviceList = "device_list", Register, "Independent list of devices";
    Tickets = "tickets", Register, "Tickets";
    Incidents = "incidents", Register, "Incidents";
    VendorAssurance = "vendor_assurance", Register, "Vendor assurance";
}

impl Source {
    /// For how many days the service remembers what happened; `None` where it forgets nothing, or nobody says. Jobs of
    /// AWS Backup 30 days, their summaries 14, CloudTrail's own list of events 90.
    pub const fn memory_days(self) -> Option<i64> {
        match self {
            Self::AwsBackupJobs | Self::AwsCopyJobs | Self::AwsRestoreJobs => Some(30),
            Self::AwsBackupJobSummaries => Some(14),
            Self::Cloudtrail => Some(90),
            _ => None,
        }
    }
}

/// No source has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a source")]
pub struct UnknownSource(pub String);

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A source in one place: the unit for which completeness is proven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceKey {
    /// The source.
    pub source: Source,
    /// The account, project or database.
    pub account: Account,
    /// The region, or `global`.
    pub region: Region,
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.source, self.account, self.region)
    }
}
