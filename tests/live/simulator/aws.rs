//! The protocols: REST of AWS Backup, JSON 1.1 of KMS, CloudTrail and the tagging service, the query protocol of IAM and STS.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::faults::Fine;
use super::query;
use super::{Asked, Signed, World};

/// A list as its service gives it.
struct List {
    operation: &'static str,
    /// The member with the rows.
    member: &'static str,
    /// What identifies a row: pages go on after it.
    id: &'static str,
    /// The member with a row's time, and the names of the bounds that it is filtered by.
    filters: &'static [(&'static str, &'static str, &'static str)],
}

const LISTS: &[List] = &[
    List {
        operation: "backup:ListBackupJobs",
        member: "BackupJobs",
        id: "BackupJobId",
        filters: &[
            ("CreationDate", "createdAfter", "createdBefore"),
            ("CompletionDate", "completeAfter", "completeBefore"),
        ],
    },
    List {
        operation: "backup:ListCopyJobs",
        member: "CopyJobs",
        id: "CopyJobId",
        filters: &[
            ("CreationDate", "createdAfter", "createdBefore"),
            ("CompletionDate", "completeAfter", "completeBefore"),
        ],
    },
    List {
        operation: "backup:ListRestoreJobs",
        member: "RestoreJobs",
        id: "RestoreJobId",
        filters: &[
            ("CreationDate", "createdAfter", "createdBefore"),
            ("CompletionDate", "completeAfter", "completeBefore"),
        ],
    },
    List {
        operation: "backup:ListBackupJobSummaries",
        member: "BackupJobSummaries",
        id: "StartTime",
        filters: &[],
    },
    List {
        operation: "backup:ListBackupVaults",
        member: "BackupVaultList",
        id: "BackupVaultArn",
        filters: &[],
    },
    List {
        operation: "backup:ListRecoveryPointsByBackupVault",
        member: "RecoveryPoints",
        id: "RecoveryPointArn",
        filters: &[],
    },
    List {
        operation: "account:ListRegions",
        member: "Regions",
        id: "RegionName",
        filters: &[],
    },
    List {
        operation: "organizations:ListAccounts",
        member: "Accounts",
        id: "Id",
        filters: &[],
    },
    List {
        operation: "backup:ListProtectedResources",
        member: "Results",
        id: "ResourceArn",
        filters: &[],
    },
    List {
        operation: "backup:ListRestoreTestingPlans",
        member: "RestoreTestingPlans",
        id: "RestoreTestingPlanArn",
        filters: &[],
    },
    List {
        operation: "backup:ListBackupPlans",
        member: "BackupPlansList",
        id: "BackupPlanId",
        filters: &[],
    },
    List {
        operation: "backup:ListBackupPlanVersions",
        member: "BackupPlanVersionsList",
        id: "VersionId",
        filters: &[],
    },
    List {
        operation: "backup:ListBackupSelections",
        member: "BackupSelectionsList",
        id: "SelectionId",
        filters: &[],
    },
    List {
        operation: "kms:ListKeys",
        member: "Keys",
        id: "KeyArn",
        filters: &[],
    },
    List {
        operation: "cloudtrail:LookupEvents",
        member: "Events",
        id: "EventId",
        filters: &[("EventTime", "StartTime", "EndTime")],
    },
    List {
        operation: "cloudtrail:ListPublicKeys",
        member: "PublicKeyList",
        id: "Fingerprint",
        filters: &[],
    },
    List {
        operation: "tag:GetResources",
        member: "ResourceTagMappingList",
        id: "ResourceARN",
        filters: &[],
    },
];

/// The list that a call gives, and the member of a page with its rows.
pub(crate) fn listed(operation: &str) -> Option<(&'static str, &'static str)> {
    let list = LISTS.iter().find(|list| list.operation == operation)?;
    Some((list.operation, list.member))
}

/// Reads a request.
pub(crate) fn read(head: &Parts, body: &[u8], request_id: String) -> Asked {
    let header = |name: &str| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signed = Signed::read(header("authorization")).unwrap_or_default();
    let mut parameters: BTreeMap<String, String> = pairs(head.uri.query().unwrap_or_default());
    let operation = if let Some((service, call)) = header("x-amz-target").rsplit_once('.') {
        let service = match service {
            "TrentService" => "kms",
            service if service.contains("CloudTrail") => "cloudtrail",
            service if service.contains("Organizations") => "organizations",
            _ => "tag",
        };
        parameters.extend(members(body));
        format!("{service}:{call}")
    } else if matches!(signed.service.as_str(), "iam" | "sts") {
        parameters = pairs(std::str::from_utf8(body).unwrap_or_default());
        format!(
            "{}:{}",
            signed.service,
            parameters.get("Action").cloned().unwrap_or_default()
        )
    } else if signed.service == "account" {
        parameters.extend(members(body));
        "account:ListRegions".to_owned()
    } else if signed.service == "s3" {
        s3(head, &mut parameters)
    } else {
        backup(head.uri.path(), &mut parameters)
    };
    Asked {
        operation,
        signed,
        parameters,
        request_id,
        at: header("x-amz-date").to_owned(),
        status: 0,
    }
}

/// The members of a JSON body as text.
fn members(body: &[u8]) -> BTreeMap<String, String> {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The call that a path of S3 is of: `/bucket` or `/bucket/key`.
fn s3(head: &Parts, parameters: &mut BTreeMap<String, String>) -> String {
    let path = percent_decode_str(head.uri.path())
        .decode_utf8_lossy()
        .into_owned();
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    parameters.insert("Bucket".to_owned(), bucket.to_owned());
    match (head.method.as_str(), key) {
        ("HEAD", "") => "s3:HeadBucket".to_owned(),
        (_, "") => "s3:ListObjectsV2".to_owned(),
        (_, key) => {
            parameters.insert("Key".to_owned(), key.to_owned());
            "s3:GetObject".to_owned()
        }
    }
}

/// The call that a path of AWS Backup is of; what stands in the path goes to the parameters.
fn backup(path: &str, parameters: &mut BTreeMap<String, String>) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut part = |name: &str, value: &str| drop(parameters.insert(name.to_owned(), value.to_owned()));
    let call = match parts[..] {
        ["backup-jobs"] => "ListBackupJobs",
        ["copy-jobs"] => "ListCopyJobs",
        ["restore-jobs"] => "ListRestoreJobs",
        ["backup-jobs", job] => {
            part("BackupJobId", job);
            "DescribeBackupJob"
        }
        ["copy-jobs", job] => {
            part("CopyJobId", job);
            "DescribeCopyJob"
        }
        ["restore-jobs", job] => {
            part("RestoreJobId", job);
            "DescribeRestoreJob"
        }
        ["audit", "backup-job-summaries"] => "ListBackupJobSummaries",
        ["backup-vaults"] => "ListBackupVaults",
        ["backup-vaults", vault, "access-policy"] => {
            part("BackupVaultName", vault);
            "GetBackupVaultAccessPolicy"
        }
        ["backup-vaults", vault, "recovery-points"] => {
            part("BackupVaultName", vault);
            "ListRecoveryPointsByBackupVault"
        }
        ["restore-testing", "plans"] => "ListRestoreTestingPlans",
        ["resources"] => "ListProtectedResources",
        ["resources", ..] => {
            part("ResourceArn", path.trim_start_matches("/resources/"));
            "DescribeProtectedResource"
        }
        ["backup", "plans"] => "ListBackupPlans",
        ["backup", "plans", plan] => {
            part("BackupPlanId", plan);
            "GetBackupPlan"
        }
        ["backup", "plans", plan, "versions"] => {
            part("BackupPlanId", plan);
            "ListBackupPlanVersions"
        }
        ["backup", "plans", plan, "selections"] => {
            part("BackupPlanId", plan);
            "ListBackupSelections"
        }
        ["backup", "plans", plan, "selections", selection] => {
            part("BackupPlanId", plan);
            part("SelectionId", selection);
            "GetBackupSelection"
        }
        _ => "Unknown",
    };
    format!("backup:{call}")
}

/// The answer of a service in its best health.
pub(crate) fn answer(world: &World, asked: &Asked) -> Fine {
    match asked.operation.as_str() {
        s3 if s3.starts_with("s3:") && elsewhere(world, asked).is_some() => moved(asked),
        "s3:HeadBucket" => match asked.parameters.get("Bucket") {
            Some(bucket) if world.objects.keys().any(|(of, _)| of == bucket) => {
                (200, "text/plain", Vec::new())
            }
            _ => (404, "application/xml", Vec::new()),
        },
        "s3:ListObjectsV2" => objects(world, asked),
        "s3:GetObject" => object(world, asked),
        "sts:GetCallerIdentity" => xml("GetCallerIdentity", &identity(&asked.signed)),
        "sts:AssumeRole" => assume(world, asked),
        "iam:GetAccountAuthorizationDetails" => rights(world, asked),
        operation => match LISTS.iter().find(|list| list.operation == operation) {
            Some(list) => page(world, asked, list),
            None => reply(world, asked),
        },
    }
}

/// The region of the bucket that is asked for, where the request is signed for another one.
pub(crate) fn elsewhere<'w>(world: &'w World, asked: &Asked) -> Option<&'w String> {
    let region = world.buckets.get(asked.parameters.get("Bucket")?)?;
    (*region != asked.signed.region).then_some(region)
}

/// What S3 says where a bucket lies in another region; to a `HEAD` without a body.
fn moved(asked: &Asked) -> Fine {
    let body: &[u8] = match asked.operation.as_str() {
        "s3:HeadBucket" => b"",
        _ => b"<Error><Code>PermanentRedirect</Code><Message>use the specified endpoint</Message></Error>",
    };
    (301, "application/xml", body.to_vec())
}

fn json_body(value: &Value) -> Fine {
    (200, "application/json", value.to_string().into_bytes())
}

fn not_found(asked: &Asked) -> Fine {
    let body =
        json!({"__type": "ResourceNotFoundException", "Message": format!("{} has none", asked.operation)});
    (400, "application/json", body.to_string().into_bytes())
}

fn at(asked: &Asked, operation: &'static str) -> (&'static str, String, String) {
    (
        operation,
        asked.signed.account.clone(),
        asked.signed.region.clone(),
    )
}

/// The part of a place that is asked for.
fn part(asked: &Asked) -> String {
    let names = [
        "BackupVaultName",
        "BackupPlanId",
        "versionId",
        "SelectionId",
        "KeyId",
        "ResourceArn",
        "BackupJobId",
        "CopyJobId",
        "RestoreJobId",
    ];
    let parts = names
        .iter()
        .filter_map(|name| asked.parameters.get(*name).cloned());
    parts.collect::<Vec<_>>().join("/")
}

fn reply(world: &World, asked: &Asked) -> Fine {
    let same = |((operation, account, region), named): &(super::world::At, String)| {
        *operation == asked.operation
            && *account == asked.signed.account
            && *region == asked.signed.region
            && *named == part(asked)
    };
    let found = world.replies.iter().find(|(key, _)| same(key));
    let found = found
        .map(|(_, reply)| reply.clone())
        .or_else(|| described(world, asked));
    found.map_or_else(|| not_found(asked), |reply| json_body(&reply))
}

/// A job of a list, described.
fn described(world: &World, asked: &Asked) -> Option<Value> {
    let (list, id) = match asked.operation.as_str() {
        "backup:DescribeBackupJob" => ("backup:ListBackupJobs", "BackupJobId"),
        "backup:DescribeCopyJob" => ("backup:ListCopyJobs", "CopyJobId"),
        "backup:DescribeRestoreJob" => ("backup:ListRestoreJobs", "RestoreJobId"),
        _ => return None,
    };
    let rows = world.rows.get(&at(asked, list))?;
    let row = rows
        .iter()
        .find(|row| row[id].as_str() == asked.parameters.get(id).map(String::as_str))?;
    Some(match list {
        "backup:ListCopyJobs" => json!({"CopyJob": row}),
        _ => row.clone(),
    })
}

/// A page of a list: its rows in the order of their ids, from after the one that the token names.
fn page(world: &World, asked: &Asked, list: &List) -> Fine {
    let here = at(asked, list.operation);
    // Some services know no region.
    let everywhere = (here.0, here.1.clone(), "global".to_owned());
    let rows = world
        .rows
        .get(&here)
        .or_else(|| world.rows.get(&everywhere))
        .cloned()
        .unwrap_or_default();
    // Rows that have no name of their own are told apart by all that they say.
    let id = |row: &Value| {
        row[list.id]
            .as_str()
            .map_or_else(|| row.to_string(), str::to_owned)
    };
    let mut rows: Vec<Value> = rows.into_iter().filter(|row| wanted(row, asked, list)).collect();
    rows.sort_by_key(id);
    let token = ["nextToken", "NextToken", "Marker", "PaginationToken"]
        .iter()
        .find_map(|name| asked.parameters.get(*name));
    let after = token
        .and_then(|token| token.strip_prefix("after-"))
        .unwrap_or_default();
    rows.retain(|row| after.is_empty() || id(row).as_str() > after);
    let limit = ["maxResults", "MaxResults", "Limit", "ResourcesPerPage"]
        .iter()
        .find_map(|name| asked.parameters.get(*name));
    let limit = limit
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(usize::MAX)
        .min(world.page_rows);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| format!("after-{}", id(row)));
    let mut body = Map::from_iter([(list.member.to_owned(), Value::Array(rows))]);
    match (list.operation, next) {
        ("kms:ListKeys", next) => {
            body.insert("Truncated".to_owned(), Value::Bool(next.is_some()));
            body.extend(next.map(|next| ("NextMarker".to_owned(), Value::String(next))));
        }
        ("tag:GetResources", next) => {
            body.insert(
                "PaginationToken".to_owned(),
                Value::String(next.unwrap_or_default()),
            );
        }
        (_, next) => body.extend(next.map(|next| ("NextToken".to_owned(), Value::String(next)))),
    }
    json_body(&Value::Object(body))
}

fn wanted(row: &Value, asked: &Asked, list: &List) -> bool {
    let in_part = |name: &str| {
        asked.parameters.get(name).is_none_or(|part| {
            let arn = row["BackupVaultArn"].as_str().unwrap_or_default();
            arn.is_empty() || arn.ends_with(&format!(":backup-vault:{part}"))
        })
    };
    let of_plan = asked
        .parameters
        .get("BackupPlanId")
        .is_none_or(|plan| row["BackupPlanId"] == plan.as_str());
    let of_source = asked.parameters.get("LookupAttributes").is_none_or(|attributes| {
        let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
        row["EventSource"] == attributes[0]["AttributeValue"]
    });
    let within = list.filters.iter().all(|(member, after, before)| {
        let time = row[*member].as_f64();
        let bound = |name: &str| asked.parameters.get(name).and_then(|text| instant(text));
        let (after, before) = (bound(after), bound(before));
        match time {
            None => after.is_none() && before.is_none(),
            Some(time) => {
                after.is_none_or(|after| after <= time) && before.is_none_or(|before| time <= before)
            }
        }
    });
    in_part("BackupVaultName") && of_plan && of_source && within
}

/// Seconds since 1970: the REST protocol writes dates, the JSON protocols write numbers.
fn instant(text: &str) -> Option<f64> {
    let date = text.parse::<DateTime<Utc>>().ok().map(|at| at.timestamp() as f64);
    date.or_else(|| text.parse().ok())
}

fn xml(call: &str, result: &str) -> Fine {
    let body = format!(
        "<{call}Response xmlns=\"https://amazonaws.com/doc/\"><{call}Result>{result}</{call}Result>\
         <ResponseMetadata><RequestId>in-the-body</RequestId></ResponseMetadata></{call}Response>"
    );
    (200, "text/xml", body.into_bytes())
}

fn refused(code: &str, message: &str) -> Fine {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (403, "text/xml", body.into_bytes())
}

fn identity(signed: &Signed) -> String {
    let account = &signed.account;
    let kind = if signed.key.starts_with("ASIA") {
        "assumed-role/backproof-collector/backproof"
    } else {
        "user/scheduled"
    };
    format!("<Arn>arn:aws:sts::{account}:{kind}</Arn><UserId>AIDA</UserId><Account>{account}</Account>")
}

/// Credentials whose access key carries the account's digits.
fn assume(world: &World, asked: &Asked) -> Fine {
    let role = asked.parameters.get("RoleArn").cloned().unwrap_or_default();
    let account = role.split(':').nth(4).unwrap_or_default().to_owned();
    let name = role.rsplit('/').next().unwrap_or_default();
    if !world
        .roles
        .get(&account)
        .is_some_and(|roles| roles.iter().any(|known| known == name))
    {
        return refused(
            "AccessDenied",
            &format!("not authorized to perform: sts:AssumeRole on resource: {role}"),
        );
    }
    let expires = (crate::estate::now() + chrono::TimeDelta::hours(1))
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    xml(
        "AssumeRole",
        &format!(
            "<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>canary-secret-{account}</SecretAccessKey>\
             <SessionToken>canary-token-{account}</SessionToken><Expiration>{expires}</Expiration></Credentials>\
             <AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/{name}/backproof</Arn><AssumedRoleId>AROA</AssumedRoleId></AssumedRoleUser>"
        ),
    )
}

/// The users of an account, one a page; or all that is there of it, where that is given whole.
fn rights(world: &World, asked: &Asked) -> Fine {
    let place = (
        "iam:GetAccountAuthorizationDetails",
        asked.signed.account.clone(),
        "global".to_owned(),
    );
    if let Some(whole) = world.replies.get(&(place, String::new())) {
        return xml("GetAccountAuthorizationDetails", &query::members(whole));
    }
    let users = world.rows.get(&(
        "iam:GetAccountAuthorizationDetails",
        asked.signed.account.clone(),
        "global".to_owned(),
    ));
    let users = users.cloned().unwrap_or_default();
    let from: usize = asked
        .parameters
        .get("Marker")
        .and_then(|marker| marker.parse().ok())
        .unwrap_or(0);
    let user = users.get(from).map_or_else(String::new, |user| {
        format!(
            "<member><Arn>{}</Arn><UserName>{}</UserName><Path>/</Path><UserId>AIDA</UserId><GroupList/><AttachedManagedPolicies/></member>",
            user["Arn"].as_str().unwrap(), user["UserName"].as_str().unwrap()
        )
    });
    let more = from + 1 < users.len();
    let marker = if more {
        format!("<Marker>{}</Marker>", from + 1)
    } else {
        String::new()
    };
    xml(
        "GetAccountAuthorizationDetails",
        &format!(
            "<IsTruncated>{more}</IsTruncated>{marker}<UserDetailList>{user}</UserDetailList><GroupDetailList/><RoleDetailList/><Policies/>"
        ),
    )
}

/// A page of a bucket's list.
fn objects(world: &World, asked: &Asked) -> Fine {
    let parameter = |name: &str| asked.parameters.get(name).cloned().unwrap_or_default();
    let (bucket, prefix) = (parameter("Bucket"), parameter("prefix"));
    let after = parameter("continuation-token").max(parameter("start-after"));
    if parameter("delimiter") == "/" {
        return folders(world, &bucket, &prefix);
    }
    let mut keys: Vec<_> = world
        .objects
        .iter()
        .filter(|((of, key), _)| *of == bucket && key.starts_with(&prefix) && *key > after)
        .collect();
    let more = keys.len() > world.page_rows;
    keys.truncate(world.page_rows);
    let rows: String = keys.iter().map(|((_, key), (bytes, _))| {
        format!("<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{}</Size></Contents>", bytes.len())
    }).collect();
    let next = keys
        .last()
        .filter(|_| more)
        .map_or_else(String::new, |((_, key), _)| {
            format!("<NextContinuationToken>{key}</NextContinuationToken>")
        });
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{bucket}</Name><Prefix>{prefix}</Prefix><IsTruncated>{more}</IsTruncated>{next}{rows}</ListBucketResult>"
    );
    (200, "application/xml", body.into_bytes())
}

/// The folders directly below a prefix.
fn folders(world: &World, bucket: &str, prefix: &str) -> Fine {
    let below = world.objects.keys().filter(|(of, _)| of == bucket);
    let names: std::collections::BTreeSet<_> = below
        .filter_map(|(_, key)| key.strip_prefix(prefix)?.split_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    let rows: String = names
        .iter()
        .map(|folder| format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>"))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{bucket}</Name><Prefix>{prefix}</Prefix><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
    );
    (200, "application/xml", body.into_bytes())
}

fn object(world: &World, asked: &Asked) -> Fine {
    let parameter = |name: &str| asked.parameters.get(name).cloned().unwrap_or_default();
    match world.objects.get(&(parameter("Bucket"), parameter("Key"))) {
        Some((bytes, _)) => (200, "application/gzip", bytes.clone()),
        None => (
            404,
            "application/xml",
            b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".to_vec(),
        ),
    }
}

/// What an object carries in headers beside its bytes.
pub(crate) fn metadata(world: &World, asked: &Asked) -> BTreeMap<String, String> {
    let parameter = |name: &str| asked.parameters.get(name).cloned().unwrap_or_default();
    let object = world.objects.get(&(parameter("Bucket"), parameter("Key")));
    object
        .filter(|_| asked.operation == "s3:GetObject")
        .map_or_else(BTreeMap::new, |(_, metadata)| metadata.clone())
}
