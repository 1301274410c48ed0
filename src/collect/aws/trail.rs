//! A trail's log files and their digests: which trails deliver here, the public keys of the region, what lies in the
//! bucket, and every object that the ledger does not hold yet.
//!
//! An object never changes, so that each is read once: that was after what it tells of, so that a period which it speaks about
//! sees it. The lists are made anew each time, because what was taken away since shows only there. The signature of a digest is
//! in the object's metadata, and is kept beside its bytes.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_s3::Client as Bucket;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::capture::{Answer, Capture, send};
use super::jobs::seconds;
use super::place::{Object, Place};
use crate::collect::CollectError;
use crate::collect::failure::{BROKEN, Failure};
use crate::collect::question::Question;
use crate::collect::window;
use crate::model::acquisition::Acquisition;
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans, show};

const SOURCE: Source = Source::CloudtrailDigests;
/// How far back the first run reads.
const FIRST_DAYS: i64 = 100;
/// How much of what was listed before is listed again: objects may be delivered late.
const LOOK_BACK_DAYS: i64 = 8;
/// How days stand in keys.
const DAY: &str = "%Y/%m/%d";
const LIST: &str = "s3:ListObjectsV2";
const GET: &str = "s3:GetObject";
/// Objects of one pull.
const OBJECTS_MAX: usize = 1_000;
/// The folder of the digests, and that of the log files.
pub(super) const FOLDERS: [(&str, &str); 2] = [("digests", "CloudTrail-Digest"), ("logs", "CloudTrail")];
/// Metadata without which a digest can't be verified.
const METADATA: [&str; 3] = [
    "signature",
    "signature-algorithm",
    "backfill-generation-timestamp",
];

/// A trail that delivers here.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    pub(super) arn: String,
    pub(super) bucket: String,
    pub(super) prefix: Option<String>,
    home: String,
    of_organization: bool,
}

/// The trails of the place, with all that they delivered.
pub(super) async fn trails(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "cloudtrail:DescribeTrails")
        .part("trails")
        .with("includeShadowTrails", true);
    let here = place.region.as_str();
    let turn = async |config: &SdkConfig, capture: &Capture, _| {
        let request = Client::new(config).describe_trails().include_shadow_trails(true);
        let said = send!(capture, request);
        let trails = delivering(said.trail_list.unwrap_or_default(), here);
        Ok((trails, None))
    };
    let trails = place.ask(question, turn).await?.unwrap_or_default().concat();
    for trail in &trails {
        status(place, trail).await?;
    }
    let mut oldest = None;
    for (n, trail) in folders(trails).into_iter().enumerate() {
        let since = objects(place, &trail, n).await?;
        oldest = oldest.into_iter().chain(since).min();
    }
    match oldest {
        Some(since) => keys(place, since).await,
        None => Ok(()),
    }
}

/// Those of the trails that deliver the events of the region `here`.
pub(super) fn delivering(listed: Vec<aws_sdk_cloudtrail::types::Trail>, here: &str) -> Vec<Trail> {
    let trails = listed.into_iter().filter_map(|trail| {
        let home = trail.home_region?;
        let delivers = trail.is_multi_region_trail == Some(true) || home == here;
        let trail = Trail {
            arn: trail.trail_arn?,
            bucket: trail.s3_bucket_name?,
            prefix: trail.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
            home,
            of_organization: trail.is_organization_trail == Some(true),
        };
        delivers.then_some(trail)
    });
    trails.collect()
}

/// One trail of each folder: two may deliver to one. That of an organization has another root.
pub(super) fn folders(trails: Vec<Trail>) -> Vec<Trail> {
    let mut folders = BTreeMap::new();
    for trail in trails {
        let folder = (trail.bucket.clone(), trail.prefix.clone(), trail.of_organization);
        folders.entry(folder).or_insert(trail);
    }
    folders.into_values().collect()
}

/// The day from which on this run lists a folder: where the first time begins that no run has listed and read to its end,
/// and some days more.
fn since(place: &Place<'_, '_>, bucket: &str, prefix: &str) -> Instant {
    if let Some(since) = place.sink.narrowed().since {
        return since;
    }
    let (now, key) = (place.now(), place.key(SOURCE));
    let read = place.sink.held(|held| read(held, &key, bucket, prefix));
    let first = now - TimeDelta::days(FIRST_DAYS);
    // A trail forgets nothing: however long ago the last run was, this one goes on there.
    let oldest = read.iter().map(Interval::start).min();
    let wanted = Interval::new(oldest.map_or(first, |oldest| oldest.min(first)), now);
    let lacking = wanted.and_then(|wanted| window::first_lacking(&read, &wanted));
    let since = lacking.unwrap_or(now).min(now) - TimeDelta::days(LOOK_BACK_DAYS);
    since.max(oldest.unwrap_or(first).min(first))
}

/// The time of a folder that was listed and whose objects were read. A run that was stopped between the two, or that failed
/// to read an object, read nothing to its end: what it listed has to be listed again.
fn read(held: &[Acquisition], key: &SourceKey, bucket: &str, prefix: &str) -> Spans {
    let named = |pull: &Acquisition, name: &str, value: &str| {
        pull.parameters.get(name).is_some_and(|named| named == value)
    };
    let spans = held.iter().enumerate().filter_map(|(n, list)| {
        let lists = list.key == *key && list.operation == LIST && list.failure().is_none();
        if !lists || !named(list, "Bucket", bucket) || !named(list, "Prefix", prefix) {
            return None;
        }
        let day = list.parameters.get("StartAfter")?.strip_prefix(prefix)?;
        let day = NaiveDate::parse_from_str(day.trim_end_matches('/'), DAY).ok()?;
        let here = |pull: &&Acquisition| {
            pull.run() == list.run() && pull.key.account == key.account && pull.key.region == key.region
        };
        let mut after = held[n + 1..].iter().filter(here);
        let went_on = after.clone().any(|pull| pull.operation != GET);
        let failed = after.any(|pull| pull.operation == GET && pull.failure().is_some());
        Interval::new(day.and_time(NaiveTime::MIN).and_utc(), list.started).filter(|_| went_on && !failed)
    });
    Spans::of(spans)
}

async fn status(place: &Place<'_, '_>, trail: &Trail) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "cloudtrail:GetTrailStatus")
        .part(format!("status/{}", trail.arn))
        .with("Name", &trail.arn);
    let turn = async |config: &SdkConfig, capture: &Capture, _| {
        send!(capture, Client::new(config).get_trail_status().name(&trail.arn));
        Ok(((), None))
    };
    place.ask(question, turn).await.map(drop)
}

/// Keys are asked for with two hours more than the digests that they sign.
async fn keys(place: &Place<'_, '_>, since: Instant) -> Result<(), CollectError> {
    let hours = TimeDelta::hours(2);
    let (from, to) = (since - hours, place.now());
    let (from, to) = (seconds(from), seconds(to));
    let said = |at: &aws_smithy_types::DateTime| {
        Instant::from_timestamp(at.secs(), 0).map_or_else(String::new, show)
    };
    let question = Question::new(SOURCE, "cloudtrail:ListPublicKeys")
        .part("keys")
        .with("StartTime", said(&from))
        .with("EndTime", said(&to));
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_public_keys()
            .start_time(from)
            .end_time(to)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}

/// What lies below a trail's root for this place, listed; and each object that is not held yet. Since when it was listed.
async fn objects(place: &Place<'_, '_>, trail: &Trail, n: usize) -> Result<Option<Instant>, CollectError> {
    let config = place.session.in_region(place.asked_in.as_str());
    let region = match bucket_region(&config, trail).await {
        Ok(region) => region,
        Err(failure) => return unlisted(place, trail, n, &failure),
    };
    let root = match root(&at(&config, &region), trail, place.account.as_str()).await {
        Ok(root) => root,
        Err(failure) => return unlisted(place, trail, n, &failure),
    };
    let mut oldest = None;
    for (kind, folder) in FOLDERS {
        let prefix = format!("{root}{folder}/{}/", place.region);
        let since = since(place, &trail.bucket, &prefix);
        oldest = oldest.into_iter().chain([since]).min();
        let after = format!("{prefix}{}/", since.format(DAY));
        let question = Question::new(SOURCE, LIST)
            .part(part("list", kind, n))
            .with("Bucket", &trail.bucket)
            .with("Prefix", &prefix)
            .with("StartAfter", &after)
            .carried_as("ContinuationToken");
        let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
            let request = Bucket::new(&at(config, &region))
                .list_objects_v2()
                .bucket(&trail.bucket)
                .prefix(&prefix)
                .start_after(&after)
                .set_continuation_token(token);
            let said = send!(capture, request);
            let keys: Vec<_> = said
                .contents
                .unwrap_or_default()
                .into_iter()
                .filter_map(|object| object.key)
                .collect();
            Ok((keys, said.next_continuation_token))
        };
        let listed = place.ask(question, turn).await?.unwrap_or_default().concat();
        let held = held(place, &trail.bucket);
        let new: Vec<String> = listed.into_iter().filter(|key| !held.contains(key)).collect();
        for (batch, keys) in new.chunks(OBJECTS_MAX).enumerate() {
            let question = Question::new(SOURCE, GET)
                .part(format!("{}/{}", part("get", kind, n), batch + 1))
                .with("Bucket", &trail.bucket);
            let get =
                async |config: &SdkConfig, key: &str| get(&at(config, &region), &trail.bucket, key).await;
            place.fetch(question, keys, get).await?;
        }
    }
    Ok(oldest)
}

fn part(what: &str, kind: &str, n: usize) -> String {
    match n {
        0 => format!("{what}-{kind}"),
        n => format!("{what}-{kind}-{}", n + 1),
    }
}

/// A folder that could not be looked into leaves a failed list of each kind.
fn unlisted(
    place: &Place<'_, '_>,
    trail: &Trail,
    n: usize,
    failure: &Failure,
) -> Result<Option<Instant>, CollectError> {
    for (kind, _) in FOLDERS {
        let question = Question::new(SOURCE, LIST)
            .part(part("list", kind, n))
            .with("Bucket", &trail.bucket);
        place.unasked(question, failure)?;
    }
    Ok(None)
}

pub(super) fn at(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(Region::new(region.to_owned())).build()
}

/// A bucket is asked where it lies, which need not be where its trail is at home.
pub(super) async fn bucket_region(config: &SdkConfig, trail: &Trail) -> Result<String, Failure> {
    let asked = Bucket::new(&at(config, &trail.home))
        .head_bucket()
        .bucket(&trail.bucket)
        .send()
        .await;
    match asked {
        Ok(said) => Ok(said.bucket_region.unwrap_or_else(|| trail.home.clone())),
        Err(error) => {
            let moved = error
                .raw_response()
                .and_then(|raw| raw.headers().get("x-amz-bucket-region"));
            match moved {
                Some(region) if region != trail.home => Ok(region.to_owned()),
                _ if error.code() == Some("NotFound") => Err(Failure::new(
                    "NoSuchBucket",
                    format!("the trail's bucket {} is not there", trail.bucket),
                )),
                _ => Err(error.into()),
            }
        }
    }
}

/// What stands before `CloudTrail/` in the keys. A trail of an organization has the organization's id there.
pub(super) async fn root(config: &SdkConfig, trail: &Trail, account: &str) -> Result<String, Failure> {
    let prefix = trail
        .prefix
        .as_ref()
        .map_or_else(String::new, |prefix| format!("{prefix}/"));
    let logs = format!("{prefix}AWSLogs/");
    if !trail.of_organization {
        return Ok(format!("{logs}{account}/"));
    }
    let request = Bucket::new(config)
        .list_objects_v2()
        .bucket(&trail.bucket)
        .prefix(&logs)
        .delimiter("/");
    let said = request.send().await?;
    let folders = said.common_prefixes.unwrap_or_default();
    let organization = folders
        .iter()
        .filter_map(|folder| folder.prefix.as_deref())
        .find(|folder| folder.starts_with(&format!("{logs}o-")));
    organization
        .map(|organization| format!("{organization}{account}/"))
        .ok_or_else(|| {
            Failure::new(
                "NoOrganization",
                format!("no folder {logs}o-…/ in the bucket {}", trail.bucket),
            )
        })
}

/// The keys of a bucket whose objects the ledger holds.
fn held(place: &Place<'_, '_>, bucket: &str) -> BTreeSet<String> {
    let of_bucket = |pull: &&Acquisition| {
        pull.operation == GET && pull.parameters.get("Bucket").is_some_and(|named| named == bucket)
    };
    place.sink.held(|held| {
        let pages = held.iter().filter(of_bucket).flat_map(|pull| &pull.pages);
        let stored = pages.filter(|page| page.status == 200 && page.evidence.is_some());
        stored
            .filter_map(|page| page.parameters.get("Key").cloned())
            .collect()
    })
}

/// An object with the metadata that its digest needs; that it is not there is an answer too.
pub(super) async fn get(config: &SdkConfig, bucket: &str, key: &str) -> Result<Object, Failure> {
    let capture = Capture::default();
    let request = Bucket::new(config).get_object().bucket(bucket).key(key);
    let said = request.customize().interceptor(capture.clone()).send().await;
    let mut parameters = BTreeMap::from([("Key".to_owned(), key.to_owned())]);
    let said = match said {
        Ok(said) => said,
        Err(error) if error.code() == Some("NoSuchKey") => {
            return capture
                .take()
                .map(|answer| (answer, parameters))
                .ok_or_else(|| error.into());
        }
        Err(error) => return Err(error.into()),
    };
    for name in METADATA {
        let value = said.metadata.as_ref().and_then(|metadata| metadata.get(name));
        parameters.extend(value.map(|value| (format!("x-amz-meta-{name}"), value.clone())));
    }
    let length = said.content_length;
    let body = said.body.collect().await;
    let body = body
        .map_err(|error| Failure::new(BROKEN, error.to_string()))?
        .to_vec();
    if length.is_some_and(|length| u64::try_from(length).ok() != Some(body.len() as u64)) {
        return Err(Failure::new(
            BROKEN,
            format!("{key} has another length than was announced"),
        ));
    }
    let answer = capture
        .take()
        .ok_or_else(|| Failure::new(BROKEN, "the answer was not seen"))?;
    Ok((
        Answer {
            body: Some(body),
            ..answer
        },
        parameters,
    ))
}
