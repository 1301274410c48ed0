//! What a collector brings of the bucket, as evidence in memory.

use std::collections::BTreeMap;

use backproof::ledger::store::MemoryStore;
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::estate::{AwsAccount, Estate};
use backproof::model::records::Records;
use backproof::model::records::trail::DigestCode;
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::{Instant, Interval, show};
use backproof::normalize::normalize;
use base64ct::{Base64, Encoding as _};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::bucket::{ACCOUNT, BUCKET, Bucket, DIGESTS, LOGS, REGION, Stored, at, inflated, trail_arn};

pub(crate) const GONE: &[u8] = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>";

/// A response to be.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A pull to be.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) answers: Vec<Answered>,
}

/// All pulls of one collection.
#[derive(Debug, Clone)]
pub(crate) struct Collected {
    pub(crate) asked: Vec<Asked>,
    pub(crate) when: Instant,
}

pub(crate) fn key() -> SourceKey {
    SourceKey {
        source: Source::CloudtrailDigests,
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse().unwrap(),
    }
}

fn estate() -> Estate {
    Estate {
        aws: vec![AwsAccount {
            account: ACCOUNT.parse().unwrap(),
            name: "production".to_owned(),
            regions: [REGION.parse().unwrap()].into(),
        }],
        ..Estate::default()
    }
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn epoch(at: Instant) -> Value {
    json!(at.timestamp())
}

/// CloudTrail's list of keys.
pub(crate) fn key_list(bucket: &Bucket) -> Value {
    let keys = bucket.keys.iter().map(|key| {
        json!({
            "Value": Base64::encode_string(&key.der), "Fingerprint": key.fingerprint,
            "ValidityStartTime": epoch(key.from), "ValidityEndTime": epoch(key.to),
        })
    });
    json!({ "PublicKeyList": keys.collect::<Vec<_>>() })
}

/// S3's list of what begins with `prefix`.
pub(crate) fn object_list(bucket: &Bucket, prefix: &str) -> String {
    let rows: String = bucket
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(prefix))
        .map(|(key, stored)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>&quot;0&quot;</ETag><Size>{}</Size>\
                 <StorageClass>STANDARD</StorageClass></Contents>",
                show(stored.modified),
                stored.bytes.len()
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{BUCKET}</Name><Prefix>{prefix}</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{rows}\
         </ListBucketResult>"
    )
}

fn got(key: &str, stored: Option<&Stored>) -> Answered {
    let mut parameters = texts([("Key", key)]);
    let metadata = stored.into_iter().flat_map(|stored| &stored.metadata);
    parameters.extend(metadata.map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())));
    Answered {
        status: if stored.is_some() { 200 } else { 404 },
        parameters,
        body: stored.map_or(GONE.to_vec(), |stored| stored.bytes.clone()),
    }
}

impl Collected {
    /// Everything that can be collected of the bucket, at `when`.
    pub(crate) fn of(bucket: &Bucket, when: Instant) -> Self {
        let reply = |body: Vec<u8>| {
            vec![Answered {
                status: 200,
                parameters: BTreeMap::new(),
                body,
            }]
        };
        let digests: Vec<&String> = bucket
            .objects
            .keys()
            .filter(|key| key.starts_with(DIGESTS))
            .collect();
        let named = digests.iter().flat_map(|key| {
            let bytes = &bucket.objects[*key].bytes;
            let fields: Value =
                serde_json::from_slice(&inflated(bytes).unwrap_or_default()).unwrap_or_default();
            let files = fields["logFiles"].as_array().cloned().unwrap_or_default();
            files
                .into_iter()
                .filter_map(|file| file["s3Object"].as_str().map(str::to_owned))
        });
        let logs: std::collections::BTreeSet<String> = named.collect();
        let objects = |keys: &mut dyn Iterator<Item = &String>| -> Vec<Answered> {
            keys.map(|key| got(key, bucket.objects.get(key))).collect()
        };
        let status = json!({ "IsLogging": true, "LatestDigestDeliveryTime": bucket.delivered.map(epoch) });
        let in_bucket = texts([("Bucket", BUCKET)]);
        let below = |prefix| texts([("Bucket", BUCKET), ("Prefix", prefix)]);
        let asked = |name, operation, parameters, answers| Asked {
            name,
            operation,
            parameters,
            answers,
        };
        let trails = json!({ "trailList": bucket.trails }).to_string().into_bytes();
        let all = vec![
            asked(
                "trails",
                "cloudtrail:DescribeTrails",
                texts([("includeShadowTrails", "true")]),
                reply(trails),
            ),
            asked(
                "status",
                "cloudtrail:GetTrailStatus",
                texts([("Name", &trail_arn())]),
                reply(status.to_string().into_bytes()),
            ),
            asked(
                "keys",
                "cloudtrail:ListPublicKeys",
                BTreeMap::new(),
                reply(key_list(bucket).to_string().into_bytes()),
            ),
            asked(
                "digest-list",
                "s3:ListObjectsV2",
                below(DIGESTS),
                reply(object_list(bucket, DIGESTS).into_bytes()),
            ),
            asked(
                "log-list",
                "s3:ListObjectsV2",
                below(LOGS),
                reply(object_list(bucket, LOGS).into_bytes()),
            ),
            asked(
                "digests",
                "s3:GetObject",
                in_bucket.clone(),
                objects(&mut digests.into_iter()),
            ),
            asked("logs", "s3:GetObject", in_bucket, objects(&mut logs.iter())),
        ];
        Self { asked: all, when }
    }

    /// The pull of that name.
    pub(crate) fn pull(&mut self, name: &str) -> &mut Asked {
        self.asked.iter_mut().find(|asked| asked.name == name).unwrap()
    }

    /// Puts the pulls into a store, as one run.
    pub(crate) fn put(&self, store: &mut MemoryStore, run: &str) {
        for asked in &self.asked {
            let pages = asked.answers.iter().map(|answer| Page {
                evidence: Some(store.put(answer.body.clone())),
                size: answer.body.len() as u64,
                status: answer.status,
                request_id: "request".to_owned(),
                received: self.when + TimeDelta::seconds(1),
                parameters: answer.parameters.clone(),
            });
            let pages = pages.collect();
            store.push(Acquisition {
                id: format!("{run}/cloudtrail_digests/{ACCOUNT}/{REGION}/{}", asked.name)
                    .parse()
                    .unwrap(),
                key: key(),
                operation: asked.operation.to_owned(),
                parameters: asked.parameters.clone(),
                window: None,
                started: self.when,
                finished: self.when + TimeDelta::seconds(2),
                caller: "arn:aws:sts::111122223333:assumed-role/backproof-collector/scheduled".to_owned(),
                tool: "backproof 0.1.0".to_owned(),
                pages,
                outcome: PullOutcome::Complete,
            });
        }
    }

    /// What the evidence says.
    pub(crate) fn records(&self) -> Records {
        let mut store = MemoryStore::default();
        self.put(&mut store, "run");
        records(&store)
    }
}

pub(crate) fn records(store: &MemoryStore) -> Records {
    normalize(store, &estate())
}

/// From the begin of the first digest until fifteen minutes before the end of the last.
pub(crate) fn examined() -> Interval {
    Interval::new(at(10, 0), at(14, 45)).unwrap()
}

/// The codes of all that is wrong with the time examined, each once.
pub(crate) fn codes(records: &Records) -> Vec<DigestCode> {
    let faults = records.digest_chains.iter().flat_map(|chain| &chain.faults);
    let within = faults.filter(|fault| fault.span.intersect(&examined()).is_some());
    let codes: std::collections::BTreeSet<_> = within.map(|fault| fault.code).collect();
    codes.into_iter().collect()
}
