//! The calls of a collection, each in its smallest form: one row, or one of what an earlier call named. Nothing of the answers
//! is kept but what the next calls need.

use aws_sdk_backup::Client as Backup;
use aws_sdk_backup::types::{AggregationPeriod, BackupJobStatus};
use aws_sdk_cloudtrail::Client as CloudTrail;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_kms::Client as Kms;
use aws_sdk_s3::Client as Bucket;
use chrono::TimeDelta;

use super::capture::send;
use super::examine::{Folder, Patient, Tried};
use super::jobs::seconds;
use super::trail::{self, FOLDERS};
use crate::collect::failure::Failure;
use crate::model::source::EVENT_SOURCES;

/// What a probe came to.
type Said = Result<Tried, Failure>;

/// The id of no job.
const NO_JOB: &str = "00000000-0000-0000-0000-000000000000";
/// Where nothing is known of which to ask.
const NO_VAULT: &str = "no vault is known";
const NO_PLAN: &str = "no backup plan is known";
const NO_VERSION: &str = "no version of a backup plan is known";
const NO_SELECTION: &str = "no selection of a backup plan is known";
const NO_RESOURCE: &str = "no protected resource is known";
const NO_KEY: &str = "no key is known";
const NO_TRAIL: &str = "no trail that delivers here is known";
const NO_FOLDER: &str = "no bucket of a trail could be found";
const NO_OBJECT: &str = "no object of a trail is known";

/// A list of which nothing is needed.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident, |$patient:ident| $request:expr) => {
        $(#[$doc])*
        pub(super) async fn $name($patient: &Patient<'_>) -> Said {
            send!($patient.capture, $request);
            Ok(Tried::Works)
        }
    };
}

/// A list of which the first row's name is needed.
macro_rules! first {
    ($(#[$doc:meta])* $name:ident, |$patient:ident| $request:expr, $member:ident, $row:ident, $known:ident) => {
        $(#[$doc])*
        pub(super) async fn $name($patient: &Patient<'_>) -> Said {
            let said = send!($patient.capture, $request);
            let mut rows = said.$member.unwrap_or_default().into_iter();
            $patient.known.borrow_mut().$known = rows.find_map(|row| row.$row);
            Ok(Tried::Works)
        }
    };
}

/// Something known, or that there is none.
macro_rules! known {
    ($patient:ident, $known:ident, $none:expr) => {
        match $patient.known.borrow().$known.clone() {
            Some(known) => known,
            None => return Ok(Tried::Nothing($none)),
        }
    };
}

list!(caller, |patient| aws_sdk_sts::Client::new(&patient.config)
    .get_caller_identity());
list!(backup_jobs, |patient| Backup::new(&patient.config)
    .list_backup_jobs()
    .max_results(1));
list!(copy_jobs, |patient| Backup::new(&patient.config)
    .list_copy_jobs()
    .max_results(1));
list!(restore_jobs, |patient| Backup::new(&patient.config)
    .list_restore_jobs()
    .max_results(1));
list!(summaries, |patient| Backup::new(&patient.config)
    .list_backup_job_summaries()
    .aggregation_period(AggregationPeriod::OneDay)
    .state(BackupJobStatus::Any)
    .resource_type("ANY")
    .message_category("ANY")
    .max_results(1));
first!(
    vaults,
    |patient| Backup::new(&patient.config).list_backup_vaults().max_results(1),
    backup_vault_list,
    backup_vault_name,
    vault
);
first!(
    protected,
    |patient| Backup::new(&patient.config)
        .list_protected_resources()
        .max_results(1),
    results,
    resource_arn,
    resource
);
first!(
    plans,
    |patient| Backup::new(&patient.config).list_backup_plans().max_results(1),
    backup_plans_list,
    backup_plan_id,
    plan
);
first!(
    keys,
    |patient| Kms::new(&patient.config).list_keys().limit(1),
    keys,
    key_id,
    key
);
list!(testing_plans, |patient| Backup::new(&patient.config)
    .list_restore_testing_plans()
    .max_results(1));
list!(resources, |patient| aws_sdk_resourcegroupstagging::Client::new(
    &patient.config
)
.get_resources()
.resources_per_page(1));
list!(rights, |patient| aws_sdk_iam::Client::new(&patient.config)
    .get_account_authorization_details()
    .max_items(1));
list!(regions, |patient| aws_sdk_account::Client::new(&patient.config)
    .list_regions()
    .max_results(1));
list!(accounts, |patient| aws_sdk_organizations::Client::new(
    &patient.config
)
.list_accounts()
.max_results(1));

/// What is sent, where that there is none is an answer, too: who may not ask is told so before anybody looks.
macro_rules! send_or_none {
    ($patient:ident, $request:expr) => {{
        let sent = async {
            send!($patient.capture, $request);
            Ok(Tried::Works)
        };
        sent.await
            .or_else(|failure: Failure| match failure.code.as_str() {
                "ResourceNotFoundException" => Ok(Tried::Works),
                _ => Err(failure),
            })
    }};
}

/// A vault may have no policy.
pub(super) async fn vault_policy(patient: &Patient<'_>) -> Said {
    let vault = known!(patient, vault, NO_VAULT);
    let request = Backup::new(&patient.config).get_backup_vault_access_policy();
    send_or_none!(patient, request.backup_vault_name(vault))
}

/// A job of an id that no job has: the permission knows no resource, and nothing has to be known for it to be tried.
pub(super) async fn backup_job(patient: &Patient<'_>) -> Said {
    let request = Backup::new(&patient.config).describe_backup_job();
    send_or_none!(patient, request.backup_job_id(NO_JOB))
}

/// The same for a copy.
pub(super) async fn copy_job(patient: &Patient<'_>) -> Said {
    let request = Backup::new(&patient.config).describe_copy_job();
    send_or_none!(patient, request.copy_job_id(NO_JOB))
}

/// The same for a restore.
pub(super) async fn restore_job(patient: &Patient<'_>) -> Said {
    let request = Backup::new(&patient.config).describe_restore_job();
    send_or_none!(patient, request.restore_job_id(NO_JOB))
}

pub(super) async fn points(patient: &Patient<'_>) -> Said {
    let vault = known!(patient, vault, NO_VAULT);
    let request = Backup::new(&patient.config).list_recovery_points_by_backup_vault();
    send!(patient.capture, request.backup_vault_name(vault).max_results(1));
    Ok(Tried::Works)
}

pub(super) async fn protected_resource(patient: &Patient<'_>) -> Said {
    let arn = known!(patient, resource, NO_RESOURCE);
    let request = Backup::new(&patient.config).describe_protected_resource();
    send!(patient.capture, request.resource_arn(arn));
    Ok(Tried::Works)
}

pub(super) async fn plan_versions(patient: &Patient<'_>) -> Said {
    let plan = known!(patient, plan, NO_PLAN);
    let request = Backup::new(&patient.config).list_backup_plan_versions();
    let said = send!(patient.capture, request.backup_plan_id(plan).max_results(1));
    let mut listed = said.backup_plan_versions_list.unwrap_or_default().into_iter();
    patient.known.borrow_mut().version = listed.find_map(|version| version.version_id);
    Ok(Tried::Works)
}

pub(super) async fn plan(patient: &Patient<'_>) -> Said {
    let plan = known!(patient, plan, NO_PLAN);
    let version = known!(patient, version, NO_VERSION);
    let request = Backup::new(&patient.config).get_backup_plan();
    send!(patient.capture, request.backup_plan_id(plan).version_id(version));
    Ok(Tried::Works)
}

pub(super) async fn selections(patient: &Patient<'_>) -> Said {
    let plan = known!(patient, plan, NO_PLAN);
    let request = Backup::new(&patient.config).list_backup_selections();
    let said = send!(patient.capture, request.backup_plan_id(plan).max_results(1));
    let mut listed = said.backup_selections_list.unwrap_or_default().into_iter();
    patient.known.borrow_mut().selection = listed.find_map(|selection| selection.selection_id);
    Ok(Tried::Works)
}

pub(super) async fn selection(patient: &Patient<'_>) -> Said {
    let plan = known!(patient, plan, NO_PLAN);
    let selection = known!(patient, selection, NO_SELECTION);
    let request = Backup::new(&patient.config).get_backup_selection();
    send!(
        patient.capture,
        request.backup_plan_id(plan).selection_id(selection)
    );
    Ok(Tried::Works)
}

pub(super) async fn key(patient: &Patient<'_>) -> Said {
    let key = known!(patient, key, NO_KEY);
    send!(
        patient.capture,
        Kms::new(&patient.config).describe_key().key_id(key)
    );
    Ok(Tried::Works)
}

pub(super) async fn events(patient: &Patient<'_>) -> Said {
    let attribute = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::EventSource)
        .attribute_value(EVENT_SOURCES[0])
        .build()
        .map_err(|error| Failure::new("NotSent", error.to_string()))?;
    let request = CloudTrail::new(&patient.config).lookup_events();
    send!(
        patient.capture,
        request.lookup_attributes(attribute).max_results(1)
    );
    Ok(Tried::Works)
}

/// All trails: where each delivers to is asked below.
pub(super) async fn trails(patient: &Patient<'_>) -> Said {
    let request = CloudTrail::new(&patient.config).describe_trails();
    let said = send!(patient.capture, request.include_shadow_trails(true));
    let listed = said.trail_list.unwrap_or_default();
    patient.known.borrow_mut().trails = trail::delivering(listed, patient.region.as_str());
    Ok(Tried::Works)
}

pub(super) async fn trail_status(patient: &Patient<'_>) -> Said {
    let trails = patient.known.borrow().trails.clone();
    for trail in &trails {
        let request = CloudTrail::new(&patient.config).get_trail_status();
        send!(patient.capture, request.name(&trail.arn));
    }
    Ok(worked_or(!trails.is_empty(), NO_TRAIL))
}

pub(super) async fn public_keys(patient: &Patient<'_>) -> Said {
    let day = TimeDelta::days(1);
    let (from, to) = (seconds(patient.now - day), seconds(patient.now));
    let request = CloudTrail::new(&patient.config).list_public_keys();
    send!(patient.capture, request.start_time(from).end_time(to));
    Ok(Tried::Works)
}

/// Each folder that trails deliver to: where its bucket lies.
pub(super) async fn bucket(patient: &Patient<'_>) -> Said {
    let folders = trail::folders(patient.known.borrow().trails.clone());
    let any = !folders.is_empty();
    for trail in folders {
        let region = trail::bucket_region(&patient.config, &trail).await;
        let region = region.map_err(|failure| in_bucket(&trail.bucket, failure))?;
        let folder = Folder { trail, region };
        patient.known.borrow_mut().folders.push(folder);
    }
    Ok(worked_or(any, NO_TRAIL))
}

/// Each folder's lists of digests and of log files, and the first object of any.
pub(super) async fn objects(patient: &Patient<'_>) -> Said {
    let folders = patient.known.borrow().folders.clone();
    for Folder { trail, region } in &folders {
        let config = trail::at(&patient.config, region);
        let root = trail::root(&config, trail, patient.account.as_str()).await;
        let root = root.map_err(|failure| in_bucket(&trail.bucket, failure))?;
        for (_, folder) in FOLDERS {
            let request = Bucket::new(&config)
                .list_objects_v2()
                .bucket(&trail.bucket)
                .prefix(format!("{root}{folder}/{}/", patient.region))
                .max_keys(1);
            let said = async { Ok(send!(patient.capture, request)) }.await;
            let said = said.map_err(|failure| in_bucket(&trail.bucket, failure))?;
            let mut listed = said.contents.unwrap_or_default().into_iter();
            let object = listed.find_map(|object| object.key);
            let object = object.map(|key| (region.clone(), trail.bucket.clone(), key));
            let mut known = patient.known.borrow_mut();
            known.object = known.object.take().or(object);
        }
    }
    Ok(worked_or(!folders.is_empty(), NO_FOLDER))
}

pub(super) async fn object(patient: &Patient<'_>) -> Said {
    let (region, bucket, key) = known!(patient, object, NO_OBJECT);
    let got = trail::get(&trail::at(&patient.config, &region), &bucket, &key).await;
    got.map_err(|failure| in_bucket(&bucket, failure))?;
    Ok(Tried::Works)
}

const fn worked_or(worked: bool, none: &'static str) -> Tried {
    if worked {
        Tried::Works
    } else {
        Tried::Nothing(none)
    }
}

/// A failure with the bucket that it is about.
fn in_bucket(bucket: &str, failure: Failure) -> Failure {
    Failure::new(failure.code, format!("bucket {bucket}: {}", failure.message))
}
