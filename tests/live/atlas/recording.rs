//! What the recorded quarter says of Atlas, given out by the simulator and collected live, comes to the same records.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use backproof::ledger::store::MemoryStore;
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::estate::{AtlasProject, Estate, global};
use backproof::model::records::{Observed, Records};
use backproof::model::source::SourceKey;
use backproof::model::time::Interval;
use backproof::normalize::normalize;
use serde_json::Value;

use super::desk::{ACCOUNT, Desk};
use super::estate::{HOME, backup, path};
use super::simulator::{Simulator, State};

/// A run of the recorded quarter.
const RUN: &str = "fixtures/luma/recorded/2026-10-02";
const CLUSTERS: [&str; 3] = ["audit", "patients", "scheduling"];

/// What was recorded of Atlas in one run.
pub(crate) struct Recorded {
    dir: PathBuf,
    pulls: Vec<Value>,
}

impl Recorded {
    pub(crate) fn read(dir: &Path) -> Self {
        let text = std::fs::read_to_string(dir.join("pulls.json")).unwrap();
        let recorded: Value = serde_json::from_str(&text).unwrap();
        let pulls = recorded["pulls"].as_array().unwrap().iter();
        Self {
            dir: dir.to_owned(),
            pulls: pulls.filter(|pull| pull["account"] == HOME).cloned().collect(),
        }
    }

    fn bodies(&self, pull: &Value) -> Vec<Vec<u8>> {
        let responses = pull["responses"].as_array().unwrap().iter();
        let files = responses.map(|response| self.dir.join(response["body"].as_str().unwrap()));
        files.map(|file| std::fs::read(file).unwrap()).collect()
    }

    /// What Atlas has, so that it answers as it was recorded.
    pub(crate) fn state(&self) -> State {
        let mut state = State::new();
        state.page_rows = 100;
        let mut sharded = BTreeSet::new();
        for pull in &self.pulls {
            let bodies: Vec<Value> = self
                .bodies(pull)
                .iter()
                .map(|body| serde_json::from_slice(body).unwrap())
                .collect();
            let cluster = pull["parameters"]["clusterName"].as_str().unwrap_or_default();
            let rows: Vec<Value> = bodies
                .iter()
                .flat_map(|body| body["results"].as_array().cloned().unwrap_or_default())
                .collect();
            let of_cluster = |what: &str| backup(HOME, cluster, what);
            match pull["source"].as_str().unwrap() {
                "cloud_resource_listing" => {
                    let is_sharded = rows.iter().filter(|row| row["clusterType"] == "SHARDED");
                    sharded.extend(is_sharded.map(|row| row["name"].as_str().unwrap().to_owned()));
                    state.lists.insert(path(HOME, "clusters"), rows);
                }
                "atlas_snapshots" if sharded.contains(cluster) => {
                    state.lists.insert(of_cluster("snapshots/shardedClusters"), rows);
                }
                "atlas_snapshots" => drop(state.lists.insert(of_cluster("snapshots"), rows)),
                "atlas_restore_jobs" => drop(state.lists.insert(of_cluster("restoreJobs"), rows)),
                "atlas_events" => drop(state.lists.insert(path(HOME, "events"), rows)),
                "atlas_backup_schedule" => {
                    drop(state.replies.insert(of_cluster("schedule"), bodies[0].clone()))
                }
                "atlas_compliance_policy" => {
                    state
                        .replies
                        .insert(path(HOME, "backupCompliancePolicy"), bodies[0].clone());
                }
                other => panic!("{other} is no source of Atlas"),
            }
        }
        assert_eq!(sharded.len(), 1);
        state
    }

    /// The pulls as they were recorded.
    fn store(&self) -> MemoryStore {
        let mut store = MemoryStore::default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let map = |value: &Value| -> BTreeMap<String, String> {
            let members = value.as_object().unwrap().iter();
            members.map(|(name, value)| (name.clone(), text(value))).collect()
        };
        for pull in &self.pulls {
            let pages = self
                .bodies(pull)
                .into_iter()
                .zip(pull["responses"].as_array().unwrap());
            let pages = pages.map(|(body, response)| Page {
                size: body.len() as u64,
                evidence: Some(store.put(body)),
                status: 200,
                request_id: text(&response["request_id"]),
                received: text(&response["received"]).parse().unwrap(),
                parameters: map(&response["parameters"]),
            });
            let pages = pages.collect();
            let instant = |value: &Value| text(value).parse().unwrap();
            let window = &pull["window"];
            store.push(Acquisition {
                id: text(&pull["id"]).parse().unwrap(),
                key: SourceKey {
                    source: text(&pull["source"]).parse().unwrap(),
                    account: HOME.parse().unwrap(),
                    region: global(),
                },
                operation: text(&pull["operation"]),
                parameters: map(&pull["parameters"]),
                window: window
                    .is_object()
                    .then(|| Interval::new(instant(&window["since"]), instant(&window["until"])).unwrap()),
                started: instant(&pull["started"]),
                finished: instant(&pull["finished"]),
                caller: "recorded".to_owned(),
                tool: "recorded".to_owned(),
                pages,
                outcome: PullOutcome::Complete,
            });
        }
        store
    }
}

fn estate() -> Estate {
    Estate {
        atlas: vec![AtlasProject {
            project: HOME.parse().unwrap(),
            name: "production".to_owned(),
            clusters: CLUSTERS.map(str::to_owned).into(),
        }],
        ..Estate::default()
    }
}

/// What was seen, apart from where it stands and when it was read.
fn said(records: &Records) -> BTreeMap<&'static str, Vec<String>> {
    fn all<T: Debug>(observed: &[Observed<T>]) -> Vec<String> {
        let mut said: Vec<_> = observed.iter().map(|one| format!("{:?}", one.value)).collect();
        said.sort();
        said
    }
    let clusters = records.resources.iter().map(|one| {
        let cluster = &one.value;
        let (id, tags, regions) = (&cluster.id, &cluster.tags, &cluster.cloud_regions);
        format!("{id} {tags:?} {regions:?} {:?}", cluster.created)
    });
    let schedules = records.atlas_schedules.iter().map(|one| {
        let schedule = &one.value;
        format!(
            "{} {:?} {:?}",
            schedule.resource, schedule.items, schedule.reference_minute
        )
    });
    let policies = records.compliance_policies.iter().map(|one| {
        let policy = &one.value;
        format!(
            "{} {:?} {:?} {:?}",
            policy.project, policy.state, policy.copy_protection, policy.items
        )
    });
    let points = records.points.iter().map(|one| {
        let mut point = one.value.clone();
        point.sightings.clear();
        format!("{point:?}")
    });
    let mut points: Vec<_> = points.collect();
    points.sort();
    BTreeMap::from([
        ("clusters", clusters.collect()),
        ("snapshots", all(&records.jobs)),
        ("points", points),
        ("restores", all(&records.restores)),
        ("events", all(&records.events)),
        ("schedules", schedules.collect()),
        ("policies", policies.collect()),
    ])
}

#[test]
fn a_live_collection_comes_to_the_records_of_the_recording() {
    let recorded = Recorded::read(Path::new(RUN));
    let simulator = Simulator::start(recorded.state());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    let config = desk.path().join("backproof.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("[\"patients\", \"scheduling\"]", &format!("{CLUSTERS:?}"));
    std::fs::write(&config, text).unwrap();
    let events = recorded
        .pulls
        .iter()
        .find(|pull| pull["source"] == "atlas_events")
        .unwrap();
    let bound = |name: &str| events["window"][name].as_str().unwrap().to_owned();
    let ended = desk.run(&["collect", "--since", &bound("since"), "--until", &bound("until")]);
    assert_eq!(ended.code, 0, "{ended:?}");

    let live = normalize(&desk.ledger(), &estate());
    let store = recorded.store();
    let recorded = normalize(&store, &estate());
    for records in [&live, &recorded] {
        assert!(records.pulls.iter().all(|pull| pull.whole));
        assert!(records.misfits.is_empty(), "{:?}", records.misfits);
    }
    let (live, recorded) = (said(&live), said(&recorded));
    for (what, rows) in &recorded {
        assert!(!rows.is_empty(), "{what}");
        assert_eq!(&live[what], rows, "{what}");
    }
}
