//! A scenario: the clean world, patched, pulled, normalized and evaluated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backproof::catalogue::{Approval, Catalogue, Parameters, Setting};
use backproof::evaluate::evaluate;
use backproof::ledger::store::MemoryStore;
use backproof::model::estate::{AtlasProject, AwsAccount, Estate};
use backproof::model::finding::Evaluation;
use backproof::model::ids::BadId;
use backproof::model::scope::{Entity, Scope};
use backproof::model::time::Period;
use backproof::normalize::normalize;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::expect::Expect;
use crate::patch::{Add, Edit, Empty, EstateChange, Spoil};
use crate::pulls::{Courses, Manner, Pull, pulled, store};
use crate::world::{Base, Collections, Site, World, instant, read};

/// One file of `fixtures/scenarios/<ct-nn>/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The story in one sentence.
    pub(crate) says: String,
    /// The test that it is about.
    pub(crate) test: String,
    period: Option<String>,
    as_of: Option<String>,
    collections: Option<Collections>,
    #[serde(default)]
    parameters: BTreeMap<String, Set>,
    #[serde(default)]
    estate: Vec<EstateChange>,
    #[serde(default)]
    empty: Vec<Empty>,
    #[serde(default)]
    remove: Vec<Edit>,
    #[serde(default)]
    change: Vec<Edit>,
    #[serde(default)]
    add: Vec<Add>,
    #[serde(default)]
    fail: Vec<Spoil>,
    #[serde(default)]
    cut: Vec<Spoil>,
    #[serde(default)]
    blank: Vec<Spoil>,
    #[serde(default)]
    drop: Vec<Spoil>,
    pub(crate) expect: Expect,
}

/// A parameter: approved by management, set without an approval, or left as the catalogue has it (an empty text).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Set {
    Approved(String),
    Unapproved { unapproved: String },
}

/// Everything that an evaluation takes, but the evidence.
pub(crate) struct Question {
    pub(crate) scope: Scope,
    pub(crate) catalogue: Catalogue,
    pub(crate) parameters: Parameters,
}

/// A world that can be pulled and evaluated.
pub(crate) struct Told {
    pub(crate) question: Question,
    world: World,
    before: World,
    courses: Courses,
}

impl Scenario {
    /// Reads one.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let scenario: Self = read(path)?;
        scenario.expect.check()?;
        Ok(scenario)
    }

    /// The same story, collected each day where it does not say when.
    pub(crate) fn each_day(mut self) -> Self {
        self.collections.get_or_insert_with(Collections::each_day);
        self
    }

    /// The patched world. The order of the verbs is that of the table in the README, whatever their order in the file.
    pub(crate) fn told(self) -> Result<Told, String> {
        let mut world = World::over(self.period.as_deref(), self.collections)?;
        let before = world.clone();
        self.estate
            .into_iter()
            .try_for_each(|change| change.apply(&mut world))?;
        self.empty
            .into_iter()
            .try_for_each(|empty| empty.apply(&mut world))?;
        self.remove
            .into_iter()
            .try_for_each(|remove| remove.remove(&mut world))?;
        self.change
            .into_iter()
            .try_for_each(|change| change.change(&mut world))?;
        self.add.into_iter().try_for_each(|add| add.apply(&mut world))?;
        let mut courses = Courses::new();
        self.fail
            .into_iter()
            .try_for_each(|pull| pull.refused(&world, &mut courses))?;
        self.cut
            .into_iter()
            .try_for_each(|pull| pull.cut(&world, &mut courses))?;
        self.blank
            .into_iter()
            .try_for_each(|pull| pull.blank(&world, &mut courses))?;
        self.drop
            .into_iter()
            .try_for_each(|pull| pull.dropped(&world, &mut courses))?;
        Ok(Told {
            question: question(&world.base, &self.parameters, self.as_of.as_deref())?,
            world,
            before,
            courses,
        })
    }
}

impl Told {
    /// The base world, collected as it says or otherwise.
    pub(crate) fn base(collections: Option<Collections>) -> Result<Self, String> {
        let world = World::over(None, collections)?;
        Ok(Self {
            question: question(&world.base, &BTreeMap::new(), None)?,
            before: world.clone(),
            world,
            courses: Courses::new(),
        })
    }

    /// The pulls of all collections.
    pub(crate) fn pulls(&self, manner: Manner) -> Result<Vec<Pull>, String> {
        pulled(&self.world, &self.before, &self.courses, manner)
    }

    /// What is concluded from all of its pulls.
    pub(crate) fn evaluated(&self) -> Result<Evaluation, String> {
        let pulls = self.pulls(Manner::default())?;
        Ok(self.question.evaluated(&store(&pulls)))
    }
}

impl Question {
    /// What is concluded from `store`.
    pub(crate) fn evaluated(&self, store: &MemoryStore) -> Evaluation {
        let records = normalize(store, &self.scope.estate);
        evaluate(&self.scope, &self.catalogue, &self.parameters, &records).unwrap()
    }
}

fn question(base: &Base, changed: &BTreeMap<String, Set>, as_of: Option<&str>) -> Result<Question, String> {
    let catalogue = Catalogue::builtin().map_err(|error| format!("{error:?}"))?;
    let approved = base
        .parameters
        .iter()
        .map(|(id, value)| (id.clone(), Set::Approved(value.clone())));
    let mut set: BTreeMap<String, Set> = approved.collect();
    set.extend(changed.clone());
    let settings: Vec<_> = set.into_iter().filter_map(|(id, set)| setting(id, set)).collect();
    let parameters = Parameters::new(&catalogue, &settings).map_err(|error| format!("{error:?}"))?;
    let zone = parameters
        .time_zone("policy_timezone")
        .map_err(|error| error.to_string())?;
    let period = Period::parse(&base.period, zone).map_err(|error| error.to_string())?;
    let scope = Scope {
        entity: Entity {
            name: "Luma".to_owned(),
            slug: "luma".parse().map_err(|error| format!("{error}"))?,
        },
        as_of: as_of.map(instant).transpose()?.unwrap_or(period.end()),
        period,
        estate: estate(&base.estate).map_err(|error| error.to_string())?,
    };
    Ok(Question {
        scope,
        catalogue,
        parameters,
    })
}

fn setting(id: String, set: Set) -> Option<Setting> {
    let approval = Approval {
        by: "p-001".to_owned(),
        role: "CTO".to_owned(),
        on: NaiveDate::from_ymd_opt(2026, 6, 15)?,
        reference: Some("GRC-101".to_owned()),
    };
    match set {
        Set::Approved(value) if value.is_empty() => None,
        Set::Approved(value) => Some(Setting {
            id,
            value,
            approval: Some(approval),
        }),
        Set::Unapproved { unapproved } => Some(Setting {
            id,
            value: unapproved,
            approval: None,
        }),
    }
}

fn estate(sites: &[Site]) -> Result<Estate, BadId> {
    let mut estate = Estate::default();
    for site in sites {
        match site {
            Site::Aws { account, regions } => estate.aws.push(AwsAccount {
                account: account.parse()?,
                name: account.clone(),
                regions: regions
                    .iter()
                    .map(|region| region.parse())
                    .collect::<Result<_, _>>()?,
            }),
            Site::Atlas { project, clusters } => estate.atlas.push(AtlasProject {
                project: project.parse()?,
                name: project.clone(),
                clusters: clusters.clone(),
            }),
            Site::Records { database } => estate.records = Some(database.parse()?),
        }
    }
    Ok(estate)
}

/// Every scenario, by `ct-05/a-day-without-backup`.
pub(crate) fn all() -> BTreeMap<String, PathBuf> {
    let mut all = BTreeMap::new();
    for directory in entries(&crate::world::directory()) {
        let name = file_name(&directory);
        if !directory.is_dir() || name == "base" {
            continue;
        }
        for path in entries(&directory) {
            let story = file_name(&path);
            let story = story
                .strip_suffix(".toml")
                .unwrap_or_else(|| panic!("{} is no scenario", path.display()));
            all.insert(format!("{name}/{story}"), path.clone());
        }
    }
    all
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
