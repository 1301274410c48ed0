//! What the recording says that there was on a day, as the simulators and the server have it then.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use backproof::model::estate::RECORD_SOURCES;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use mongodb::bson::Document;
use serde_json::{Value, json};

use crate::atlas::estate::{HOME as PROJECT, path};
use crate::atlas::recording::Recorded;
use crate::atlas::simulator::State;
use crate::mongod::{Mongod, copy};
use crate::simulator::{Asked, World, listed};

/// The calls with one reply, and the parameters by which the simulator knows it.
const REPLIES: [(&str, &[&str]); 6] = [
    ("backup:GetBackupVaultAccessPolicy", &["BackupVaultName"]),
    ("backup:GetBackupPlan", &["BackupPlanId", "VersionId"]),
    ("backup:GetBackupSelection", &["BackupPlanId", "SelectionId"]),
    ("backup:DescribeProtectedResource", &["ResourceArn"]),
    ("kms:DescribeKey", &["KeyId"]),
    ("iam:GetAccountAuthorizationDetails", &[]),
];
const EVENTS: &str = "cloudtrail:LookupEvents";
const TRAILS: &str = "cloudtrail:DescribeTrails";
const SUMMARIES: &str = "backup:ListBackupJobSummaries";
/// The places of the recording.
const PLACES: [(&str, &str); 4] = [
    ("111122223333", "us-east-1"),
    ("111122223333", "us-west-2"),
    ("444455556666", "us-east-1"),
    ("444455556666", "us-west-2"),
];
const TRAIL: &str = "cloudtrail_digests";
/// The role by which the collector of the recording was known, and ours is.
const COLLECTOR: &str = "assumed-role/backproof-collector/";

/// The place that a run could not read, the next run, and since when a collector asks in it that asks again for what it lacks, as
/// ours does. That of the recording asked for eight days, and left two out: `unread.json` has the rows of those.
const UNREAD: (&str, &str) = PLACES[3];
const NEXT_RUN: &str = "2026-08-14";
const UNREAD_SINCE: &str = "2026-08-03T05:00:00Z";

/// A collection run of the recording.
pub(super) struct Day {
    /// Its date.
    pub(super) name: String,
    dir: PathBuf,
    pulls: Vec<Value>,
}

impl Day {
    /// Every run, the oldest first.
    pub(super) fn all() -> Vec<Self> {
        let dir = luma().join("recorded");
        let mut days: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| Self::read(entry.unwrap().path()))
            .collect();
        days.sort_by(|a, b| a.name.cmp(&b.name));
        days
    }

    fn read(dir: PathBuf) -> Self {
        let text = fs::read_to_string(dir.join("pulls.json")).unwrap();
        let recorded: Value = serde_json::from_str(&text).unwrap();
        Self {
            name: dir.file_name().unwrap().to_string_lossy().into_owned(),
            dir,
            pulls: recorded["pulls"].as_array().unwrap().clone(),
        }
    }

    /// The responses of a pull with their bodies.
    fn responses<'p>(&'p self, pull: &'p Value) -> impl Iterator<Item = (&'p Value, Vec<u8>)> {
        pull["responses"].as_array().unwrap().iter().map(|response| {
            let body = self.dir.join(response["body"].as_str().unwrap());
            (response, fs::read(body).unwrap())
        })
    }

    fn bodies(&self, pull: &Value) -> Vec<Value> {
        self.responses(pull)
            .map(|(_, body)| serde_json::from_slice(&body).unwrap())
            .collect()
    }

    /// AWS on this day, after what it was before: lists that are asked for a time go on having what lies outside of it. `asked` is
    /// what was asked of it until now.
    pub(super) fn aws(&self, world: &mut World, asked: &[Asked]) {
        let of_aws = |pull: &&Value| {
            let account = text(&pull["account"]);
            PLACES.iter().any(|place| place.0 == account) && pull["source"] != TRAIL
        };
        world.replies.clear();
        world.refused.clear();
        let kept: Vec<_> = self
            .pulls
            .iter()
            .filter(|pull| !pull["window"].is_null())
            .map(|pull| text(&pull["operation"]))
            .filter(|operation| operation != SUMMARIES)
            .collect();
        world
            .rows
            .retain(|(operation, _, _), _| kept.iter().any(|kept| kept == operation));
        for pull in self.pulls.iter().filter(of_aws) {
            self.pulled(world, pull);
        }
        if self.name == NEXT_RUN {
            let kept = kept.iter().filter_map(|operation| listed(operation));
            for (operation, _) in kept.collect::<BTreeSet<_>>() {
                let at = (operation, UNREAD.0.to_owned(), UNREAD.1.to_owned());
                let rows = world.rows.get_mut(&at).unwrap();
                for row in unread(operation) {
                    rows.retain(|known| {
                        known["CreationDate"] != row["CreationDate"] || known["EventId"] != row["EventId"]
                    });
                    rows.push(row);
                }
            }
        }
        // The calls of the recording's collector were not made; ours were.
        for (_, rows) in world.rows.iter_mut().filter(|(at, _)| at.0 == EVENTS) {
            rows.retain(|row| {
                let event = text(&row["CloudTrailEvent"]);
                text(&row["EventId"]).starts_with("own-") || !event.contains(COLLECTOR)
            });
        }
        for (account, region, row) in asked.iter().filter_map(own_call) {
            let rows = world.rows.entry((EVENTS, account, region)).or_default();
            if rows.iter().all(|known| known["EventId"] != row["EventId"]) {
                rows.push(row);
            }
        }
        for (account, region) in PLACES {
            let call = [TRAILS, account, region].map(str::to_owned);
            world.refused.insert(call.into());
        }
    }

    fn pulled(&self, world: &mut World, pull: &Value) {
        let (operation, account, region) = (
            text(&pull["operation"]),
            text(&pull["account"]),
            text(&pull["region"]),
        );
        match pull["outcome"]["failed"]["code"].as_str() {
            None => {}
            Some("AccessDeniedException") => {
                world.refused.insert((operation, account, region));
                return;
            }
            // The simulator says the same of what it does not have.
            Some("ResourceNotFoundException") => return,
            Some(other) => panic!("{other}"),
        }
        if let Some((operation, member)) = listed(&operation) {
            let rows = self
                .bodies(pull)
                .into_iter()
                .flat_map(|body| body[member].as_array().unwrap().clone());
            let known = world.rows.entry((operation, account, region)).or_default();
            known.retain(|row| !is_listed_anew(pull, row));
            known.extend(rows);
            return;
        }
        let (operation, names) = REPLIES.into_iter().find(|reply| reply.0 == operation).unwrap();
        for (response, body) in self.responses(pull) {
            let parameter = |name: &&str| {
                [pull, response]
                    .into_iter()
                    .find_map(|of| of["parameters"][*name].as_str())
            };
            let part: Vec<_> = names.iter().filter_map(parameter).collect();
            assert_eq!(part.len(), names.len(), "{pull}");
            let body = serde_json::from_slice(&body).unwrap();
            world.reply(operation, &account, &region, &part.join("/"), body);
        }
    }

    /// Atlas on this day, after what it was before: events outside of the time that was asked for stay.
    pub(super) fn atlas(&self, before: &State) -> State {
        let mut state = Recorded::read(&self.dir).state();
        let events = path(PROJECT, "events");
        let pull = self
            .pulls
            .iter()
            .find(|pull| pull["source"] == "atlas_events")
            .unwrap();
        let (since, until) = window(pull);
        let outside = |row: &&Value| {
            let at = text(&row["created"]).parse::<DateTime<Utc>>().unwrap();
            at < since || at >= until
        };
        let older: Vec<_> = before
            .lists
            .get(&events)
            .into_iter()
            .flatten()
            .filter(outside)
            .cloned()
            .collect();
        state.lists.entry(events).or_default().extend(older);
        state.page_rows = 20;
        state
    }

    /// The registers on this day.
    pub(super) fn registers(&self, server: &Mongod) {
        let registers = RECORD_SOURCES.map(|source| {
            let name = source.as_str();
            let pull = self.pulls.iter().find(|pull| pull["source"] == name).unwrap();
            let documents: Vec<Document> = self
                .bodies(pull)
                .iter()
                .flat_map(|body| {
                    let cursor = &body["cursor"];
                    let batch = cursor.get("firstBatch").or_else(|| cursor.get("nextBatch"));
                    serde_json::from_value::<Vec<Document>>(batch.unwrap().clone()).unwrap()
                })
                .collect();
            (name, documents)
        });
        server.replace(registers.into());
    }
}

/// Whether a pull asked for the time of a row that was there before, so that it would be in its answer if it still were.
fn is_listed_anew(pull: &Value, row: &Value) -> bool {
    if pull["operation"] == EVENTS && row["EventSource"] != pull["parameters"]["EventSource"] {
        return false;
    }
    if pull["window"].is_null() || pull["operation"] == SUMMARIES {
        return false;
    }
    if row["EventId"].as_str().is_some_and(|id| id.starts_with("own-")) {
        return false;
    }
    let (since, until) = window(pull);
    let at = row
        .get("EventTime")
        .unwrap_or(&row["CreationDate"])
        .as_f64()
        .unwrap();
    let bounds = [since, until].map(|bound| json!(bound.timestamp()).as_f64().unwrap());
    bounds[0] <= at && at < bounds[1]
}

/// The rows that the recording lacks, of the list that this call gives.
fn unread(operation: &str) -> Vec<Value> {
    let file = luma().join("unread.json");
    let rows: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    rows.get(operation)
        .map_or_else(Vec::new, |rows| rows.as_array().unwrap().clone())
}

fn luma() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/luma")
}

/// A call of the collector as the trail tells of it; nothing of services whose calls are not looked up.
fn own_call(asked: &Asked) -> Option<(String, String, Value)> {
    let (service, name) = asked.operation.split_once(':')?;
    if !["backup", "cloudtrail", "kms"].contains(&service) {
        return None;
    }
    let (account, region) = (&asked.signed.account, &asked.signed.region);
    let time = NaiveDateTime::parse_from_str(&asked.at, "%Y%m%dT%H%M%SZ")
        .unwrap()
        .and_utc();
    let (source, id) = (
        format!("{service}.amazonaws.com"),
        format!("own-{}", asked.request_id),
    );
    let mut event = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROA:backproof", "accountId": account,
            "arn": format!("arn:aws:sts::{account}:{COLLECTOR}backproof"), "accessKeyId": asked.signed.key,
        },
        "eventTime": time.to_rfc3339_opts(SecondsFormat::Secs, true), "eventSource": source, "eventName": name,
        "awsRegion": region, "sourceIPAddress": "203.0.113.24", "requestID": asked.request_id, "eventID": id,
        "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": account,
    });
    if asked.status != 200 {
        event["errorCode"] = json!("AccessDenied");
    }
    let row = json!({
        "EventId": id, "EventName": name, "ReadOnly": "true", "EventTime": time.timestamp(), "EventSource": source,
        "Resources": [], "Username": "backproof", "CloudTrailEvent": event.to_string(),
    });
    Some((account.clone(), region.clone(), row))
}

/// The recording as a collector would have made it that asks as ours does: for the two days that were lacking, and for the
/// trails of each place, which it was not let at. Every other byte is as recorded.
pub(super) fn completed(to: &Path) {
    for day in Day::all() {
        copy(&day.dir, &to.join(&day.name));
        let file = to.join(&day.name).join("pulls.json");
        let mut recorded: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let pulls = recorded["pulls"].as_array_mut().unwrap();
        let is_unread = |pull: &Value| {
            (text(&pull["account"]), text(&pull["region"])) == (UNREAD.0.to_owned(), UNREAD.1.to_owned())
        };
        for pull in pulls
            .iter_mut()
            .filter(|pull| day.name == NEXT_RUN && is_unread(pull))
        {
            let operation = text(&pull["operation"]);
            let Some((_, member)) =
                listed(&operation).filter(|_| !pull["window"].is_null() && operation != SUMMARIES)
            else {
                continue;
            };
            pull["window"]["since"] = json!(UNREAD_SINCE);
            let bound = if operation == EVENTS {
                "StartTime"
            } else {
                "ByCreatedAfter"
            };
            pull["parameters"][bound] = json!(UNREAD_SINCE);
            let body = to.join(&day.name).join(text(&pull["responses"][0]["body"]));
            let mut page: Value = serde_json::from_slice(&fs::read(&body).unwrap()).unwrap();
            let of_source =
                |row: &Value| operation != EVENTS || row["EventSource"] == pull["parameters"]["EventSource"];
            let rows = unread(&operation).into_iter().filter(of_source);
            page[member].as_array_mut().unwrap().extend(rows);
            fs::write(&body, page.to_string()).unwrap();
        }
        let last = text(&pulls.last().unwrap()["finished"]);
        for (account, region) in PLACES {
            let refused = json!({"failed": {"code": "AccessDeniedException", "message": "not authorized"}});
            pulls.push(json!({
                "id": format!("{}/cloudtrail_digests/{account}/{region}/refused", day.name),
                "source": "cloudtrail_digests", "account": account, "region": region, "operation": TRAILS,
                "parameters": {"includeShadowTrails": "true"}, "window": null, "started": last, "finished": last,
                "outcome": refused, "responses": [],
            }));
        }
        fs::write(file, recorded.to_string()).unwrap();
    }
}

/// What the recording has of the trail of one place, which is all that it could bring of its bucket.
pub(super) fn trail(to: &Path) {
    let day = Day::all().pop().unwrap();
    let to = to.join(&day.name);
    copy(&day.dir.join(TRAIL), &to.join(TRAIL));
    let mut recorded: Value = serde_json::from_slice(&fs::read(day.dir.join("pulls.json")).unwrap()).unwrap();
    recorded["pulls"]
        .as_array_mut()
        .unwrap()
        .retain(|pull| pull["source"] == TRAIL);
    fs::write(to.join("pulls.json"), recorded.to_string()).unwrap();
}

fn window(pull: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    let bound = |name: &str| text(&pull["window"][name]).parse().unwrap();
    (bound("since"), bound("until"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
