//! The calls that the recording knows (`docs/spec/recording.md`, *Sources* and *Paging*): where their rows lie, how their
//! pages follow each other, and which parameters leave the list whole.
//!
//! Parameters are an allow list. One that is not named here may narrow the list, and then the pull proves nothing.

use super::aws::iam::LISTS as IAM_LISTS;
use crate::model::acquisition::{self, Acquisition};
use crate::model::source::Source;

/// A call of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    BackupJobs,
    BackupJob,
    CopyJobs,
    CopyJob,
    RestoreJobs,
    RestoreJob,
    RecoveryPoints,
    Vaults,
    VaultPolicy,
    TestingPlans,
    Accounts,
    Regions,
    Protected,
    ProtectedResource,
    Plans,
    PlanVersions,
    Plan,
    Selections,
    Selection,
    JobSummaries,
    Keys,
    Key,
    Iam,
    Events,
    Trails,
    TrailStatus,
    TrailKeys,
    ObjectList,
    Objects,
    Resources,
    AtlasClusters,
    AtlasSnapshots,
    AtlasSchedule,
    AtlasRestoreJobs,
    AtlasPolicy,
    AtlasEvents,
    Find,
}

/// Where the rows of a page lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// In the array that is this member of the body.
    Member(&'static str),
    /// In the arrays that are these members of the body.
    Members(&'static [&'static str]),
    /// The body is the one row.
    Reply,
    /// The one row is this member of the body.
    Inner(&'static str),
    /// In `cursor.firstBatch`, and on further pages in `cursor.nextBatch`.
    Cursor,
    /// In the elements `Contents` of S3's XML.
    Contents,
    /// The body is an object of S3, whatever it holds.
    Object,
}

/// How a page names the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// A reply of one page.
    Single,
    /// A token in the body, carried on as the parameter of the same name.
    Token(&'static str),
    /// `NextMarker` with `Truncated`, carried on as `Marker`.
    Marker,
    /// `NextContinuationToken` with `IsTruncated`, carried on as `ContinuationToken`.
    Continuation,
    /// `Marker` with `IsTruncated`, carried on as `Marker`.
    IamMarker,
    /// `totalCount`, and page numbers.
    Numbered,
    /// `cursor.id`, carried on as `getMore`.
    Cursor,
    /// One object a page, each asked for by itself.
    Apart,
}

/// What a parameter may be without narrowing the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// May stand, whatever its value: page sizes, and the window's bounds, which are checked against the window.
    Any,
    /// Has to stand: it names the part that is listed.
    Part,
    /// May stand with exactly this value.
    Only(&'static str),
    /// Has to stand with exactly this value.
    Must(&'static str),
    /// May stand and be the pull's account.
    Account,
    /// May stand and be the name of the source.
    Source,
    /// May stand and be the name of the source, or of whatever collection is said to be the source's.
    Collection,
}

/// A call's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Which call.
    pub(super) call: Call,
    /// Where its rows lie.
    pub(super) rows: Rows,
    /// The member of a row that identifies it, for messages about rows that can't be read.
    pub(super) id: &'static str,
    /// How pages follow each other.
    pub(super) paging: Paging,
    /// The parameters that carry the window's bounds.
    pub(super) bounds: Option<(&'static str, &'static str)>,
    /// All other parameters that leave the list whole.
    pub(super) parameters: &'static [(&'static str, Rule)],
    /// The service forgets what is older than so many days.
    pub(super) memory_days: Option<i64>,
    /// It only brings later revisions of rows that other pulls list, and proves no time.
    pub(super) follows_up: bool,
}

const TOKEN: Paging = Paging::Token("NextToken");
const CREATED: Option<(&str, &str)> = Some(("ByCreatedAfter", "ByCreatedBefore"));
const SIZE: (&str, Rule) = ("MaxResults", Rule::Any);
const PLAN: (&str, Rule) = ("BackupPlanId", Rule::Part);
const JOBS: &[(&str, Rule)] = &[SIZE, ("ByAccountId", Rule::Account)];
const COMPLETED: &[(&str, Rule)] = &[
    SIZE,
    ("ByAccountId", Rule::Account),
    (acquisition::COMPLETED.0, Rule::Any),
    (acquisition::COMPLETED.1, Rule::Any),
];
const ATLAS: &[(&str, Rule)] = &[
    ("groupId", Rule::Account),
    ("itemsPerPage", Rule::Any),
    ("includeCount", Rule::Only("true")),
];
const ATLAS_CLUSTER: &[(&str, Rule)] = &[
    ("clusterName", Rule::Part),
    ("groupId", Rule::Account),
    ("itemsPerPage", Rule::Any),
    ("includeCount", Rule::Only("true")),
];
/// The object's own metadata stands beside its key.
const OBJECT: &[(&str, Rule)] = &[
    ("Bucket", Rule::Part),
    ("Key", Rule::Any),
    ("x-amz-meta-signature", Rule::Any),
    ("x-amz-meta-signature-algorithm", Rule::Any),
    ("x-amz-meta-backfill-generation-timestamp", Rule::Any),
];
const FIND: &[(&str, Rule)] = &[
    ("find", Rule::Collection),
    ("collection", Rule::Collection),
    ("register", Rule::Source),
    ("schema", Rule::Any),
    ("fields", Rule::Any),
    ("projection", Rule::Any),
    ("writes", Rule::Any),
    ("snapshot", Rule::Any),
    ("database", Rule::Account),
    ("filter", Rule::Only("{}")),
    ("batchSize", Rule::Any),
    ("sort", Rule::Any),
    ("readConcern", Rule::Any),
];

impl Form {
    const fn new(call: Call, rows: Rows, id: &'static str, paging: Paging) -> Self {
        Self {
            call,
            rows,
            id,
            paging,
            bounds: None,
            parameters: &[],
            memory_days: None,
            follows_up: false,
        }
    }

    const fn list(call: Call, member: &'static str, id: &'static str) -> Self {
        Self::new(call, Rows::Member(member), id, TOKEN).allowing(&[SIZE])
    }

    const fn reply(call: Call, id: &'static str) -> Self {
        Self::new(call, Rows::Reply, id, Paging::Single)
    }

    const fn allowing(self, parameters: &'static [(&'static str, Rule)]) -> Self {
        Self { parameters, ..self }
    }

    const fn between(self, bounds: Option<(&'static str, &'static str)>) -> Self {
        Self { bounds, ..self }
    }

    /// The same call, bounded by completion: it shows how jobs ended that began before.
    const fn of_completed(self) -> Self {
        Self {
            bounds: None,
            parameters: COMPLETED,
            follows_up: true,
            ..self
        }
    }

    /// One job, asked for by its id: it shows how a job goes on that a list showed.
    const fn job(call: Call, rows: Rows, parameters: &'static [(&'static str, Rule)]) -> Self {
        Self {
            follows_up: true,
            ..Self::new(call, rows, parameters[0].0, Paging::Single).allowing(parameters)
        }
    }

    /// The service answers for the last `days` only.
    const fn remembering(self, days: i64) -> Self {
        Self {
            memory_days: Some(days),
            ..self
        }
    }

    /// The form of the pull's call; `None` when its source has no such call.
    pub(super) fn of(pull: &Acquisition) -> Option<Self> {
        let (source, operation) = (pull.key.source, pull.operation.as_str());
        match source {
            Source::AtlasSnapshots
            | Source::AtlasBackupSchedule
            | Source::AtlasRestoreJobs
            | Source::AtlasCompliancePolicy
            | Source::AtlasEvents => is_atlas(operation).then(|| atlas(source)).flatten(),
            Source::CloudResourceListing if is_atlas(operation) => atlas(source),
            _ if operation == "mongodb:find" => {
                let form = Self::new(Call::Find, Rows::Cursor, "_id", Paging::Cursor).allowing(FIND);
                crate::model::estate::RECORD_SOURCES
                    .contains(&source)
                    .then_some(form)
            }
            _ => {
                let form = aws(source, operation)?;
                let by_completion = pull.parameters.contains_key(acquisition::COMPLETED.0);
                let jobs = matches!(form.call, Call::BackupJobs | Call::CopyJobs | Call::RestoreJobs);
                Some(if by_completion && jobs {
                    form.of_completed()
                } else {
                    form
                })
            }
        }
    }

    /// The rule for the parameter `name`.
    pub(super) fn rule(&self, name: &str) -> Option<Rule> {
        self.parameters
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, rule)| *rule)
    }

    /// The parameter that carries a page on from the one before.
    pub(super) fn carrier(&self) -> Option<&'static str> {
        match self.paging {
            Paging::Single | Paging::Apart => None,
            Paging::Token(name) => Some(name),
            Paging::Marker | Paging::IamMarker => Some("Marker"),
            Paging::Continuation => Some("ContinuationToken"),
            Paging::Numbered => Some("pageNum"),
            Paging::Cursor => Some("getMore"),
        }
    }
}

/// The recording names Atlas calls `atlas:<call>` or by method and path.
fn is_atlas(operation: &str) -> bool {
    operation.starts_with("atlas:") || operation.starts_with("GET ")
}

fn atlas(source: Source) -> Option<Form> {
    let results = |call| Form::new(call, Rows::Member("results"), "id", Paging::Numbered);
    Some(match source {
        Source::CloudResourceListing => results(Call::AtlasClusters).allowing(ATLAS),
        Source::AtlasSnapshots => results(Call::AtlasSnapshots).allowing(ATLAS_CLUSTER),
        Source::AtlasRestoreJobs => results(Call::AtlasRestoreJobs).allowing(ATLAS_CLUSTER),
        Source::AtlasEvents => results(Call::AtlasEvents)
            .allowing(ATLAS)
            .between(Some(("minDate", "maxDate"))),
        Source::AtlasBackupSchedule => {
            Form::reply(Call::AtlasSchedule, "clusterName").allowing(ATLAS_CLUSTER)
        }
        Source::AtlasCompliancePolicy => Form::reply(Call::AtlasPolicy, "projectId").allowing(ATLAS),
        _ => return None,
    })
}

fn aws(source: Source, operation: &str) -> Option<Form> {
    use Rule::{Any, Must, Part};
    let form = match operation {
        "backup:ListBackupJobs" => Form::list(Call::BackupJobs, "BackupJobs", "BackupJobId")
            .allowing(JOBS)
            .between(CREATED)
            .remembering(30),
        "backup:ListCopyJobs" => Form::list(Call::CopyJobs, "CopyJobs", "CopyJobId")
            .allowing(JOBS)
            .between(CREATED),
        "backup:ListRestoreJobs" => Form::list(Call::RestoreJobs, "RestoreJobs", "RestoreJobId")
            .allowing(JOBS)
            .between(CREATED),
        "backup:DescribeBackupJob" => Form::job(Call::BackupJob, Rows::Reply, &[("BackupJobId", Part)]),
        "backup:DescribeCopyJob" => Form::job(Call::CopyJob, Rows::Inner("CopyJob"), &[("CopyJobId", Part)]),
        "backup:DescribeRestoreJob" => Form::job(Call::RestoreJob, Rows::Reply, &[("RestoreJobId", Part)]),
        "backup:ListRecoveryPointsByBackupVault" => {
            Form::list(Call::RecoveryPoints, "RecoveryPoints", "RecoveryPointArn").allowing(&[
                SIZE,
                ("BackupVaultName", Part),
                ("BackupVaultAccountId", Rule::Account),
            ])
        }
        "backup:ListBackupVaults" => Form::list(Call::Vaults, "BackupVaultList", "BackupVaultArn"),
        crate::model::acquisition::GET_VAULT_POLICY => {
            Form::reply(Call::VaultPolicy, "BackupVaultName").allowing(&[("BackupVaultName", Part)])
        }
        "organizations:ListAccounts" => Form::list(Call::Accounts, "Accounts", "Id"),
        "account:ListRegions" => {
            Form::list(Call::Regions, "Regions", "RegionName").allowing(&[SIZE, ("AccountId", Rule::Account)])
        }
        "backup:ListRestoreTestingPlans" => {
            Form::list(Call::TestingPlans, "RestoreTestingPlans", "RestoreTestingPlanArn")
        }
        "backup:ListProtectedResources" => Form::list(Call::Protected, "Results", "ResourceArn"),
        "backup:DescribeProtectedResource" => {
            Form::new(Call::ProtectedResource, Rows::Reply, "ResourceArn", Paging::Apart)
                .allowing(&[("ResourceArn", Any)])
        }
        "backup:ListBackupPlans" => Form::list(Call::Plans, "BackupPlansList", "BackupPlanId")
            .allowing(&[SIZE, ("IncludeDeleted", Must("true"))]),
        "backup:ListBackupPlanVersions" => {
            Form::list(Call::PlanVersions, "BackupPlanVersionsList", "VersionId").allowing(&[SIZE, PLAN])
        }
        "backup:GetBackupPlan" => Form::reply(Call::Plan, "VersionId").allowing(&[PLAN, ("VersionId", Part)]),
        "backup:ListBackupSelections" => {
            Form::list(Call::Selections, "BackupSelectionsList", "SelectionId").allowing(&[SIZE, PLAN])
        }
        "backup:GetBackupSelection" => Form::reply(Call::Selection, "SelectionId")
            .allowing(&[("BackupPlanId", Any), ("SelectionId", Any)]),
        "backup:ListBackupJobSummaries" => Form::list(Call::JobSummaries, "BackupJobSummaries", "State")
            .allowing(&[
                SIZE,
                ("AccountId", Rule::Account),
                ("AggregationPeriod", Must("ONE_DAY")),
                ("State", Rule::Only("ANY")),
                ("ResourceType", Rule::Only("ANY")),
                ("MessageCategory", Rule::Only("ANY")),
            ]),
        "kms:ListKeys" => {
            Form::new(Call::Keys, Rows::Member("Keys"), "KeyArn", Paging::Marker).allowing(&[("Limit", Any)])
        }
        "kms:DescribeKey" => Form::reply(Call::Key, "KeyMetadata").allowing(&[("KeyId", Any)]),
        "iam:GetAccountAuthorizationDetails" => {
            Form::new(Call::Iam, Rows::Members(&IAM_LISTS), "Arn", Paging::IamMarker)
                .allowing(&[("MaxItems", Any)])
        }
        "tag:GetResources" => Form::new(
            Call::Resources,
            Rows::Member("ResourceTagMappingList"),
            "ResourceARN",
            Paging::Token("PaginationToken"),
        )
        .allowing(&[("ResourcesPerPage", Any)]),
        _ => trail(operation)?,
    };
    (source_of(form.call) == source).then_some(form)
}

/// The trail's events, and its log files with their digests.
fn trail(operation: &str) -> Option<Form> {
    use Rule::{Any, Part};
    Some(match operation {
        "cloudtrail:LookupEvents" => Form::list(Call::Events, "Events", "EventId")
            .allowing(&[SIZE, ("EventSource", Part)])
            .between(Some(("StartTime", "EndTime")))
            .remembering(90),
        "cloudtrail:DescribeTrails" => {
            Form::new(Call::Trails, Rows::Member("trailList"), "Name", Paging::Single)
                .allowing(&[("includeShadowTrails", Rule::Only("true"))])
        }
        "cloudtrail:GetTrailStatus" => Form::reply(Call::TrailStatus, "Name").allowing(&[("Name", Part)]),
        "cloudtrail:ListPublicKeys" => Form::list(Call::TrailKeys, "PublicKeyList", "Fingerprint")
            .allowing(&[("StartTime", Any), ("EndTime", Any)]),
        "s3:ListObjectsV2" => Form::new(Call::ObjectList, Rows::Contents, "Key", Paging::Continuation)
            .allowing(&[
                ("Bucket", Part),
                ("Prefix", Any),
                ("StartAfter", Any),
                ("MaxKeys", Any),
            ]),
        "s3:GetObject" => Form::new(Call::Objects, Rows::Object, "Key", Paging::Apart).allowing(OBJECT),
        _ => return None,
    })
}

/// The source that an AWS call belongs to.
fn source_of(call: Call) -> Source {
    match call {
        Call::BackupJobs | Call::BackupJob => Source::AwsBackupJobs,
        Call::CopyJobs | Call::CopyJob => Source::AwsCopyJobs,
        Call::RestoreJobs | Call::RestoreJob => Source::AwsRestoreJobs,
        Call::RecoveryPoints => Source::AwsRecoveryPoints,
        Call::Vaults | Call::VaultPolicy => Source::AwsVaults,
        Call::TestingPlans => Source::AwsRestoreTestingPlans,
        Call::Accounts => Source::AwsAccounts,
        Call::Regions => Source::AwsRegions,
        Call::Protected | Call::ProtectedResource => Source::AwsProtectedResources,
        Call::JobSummaries => Source::AwsBackupJobSummaries,
        Call::Keys | Call::Key => Source::KmsKeys,
        Call::Iam => Source::IamSnapshot,
        Call::Events => Source::Cloudtrail,
        Call::Trails | Call::TrailStatus | Call::TrailKeys | Call::ObjectList | Call::Objects => {
            Source::CloudtrailDigests
        }
        Call::Resources => Source::CloudResourceListing,
        _ => Source::AwsBackupPlans,
    }
}
