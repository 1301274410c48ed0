//! The clean world of `fixtures/scenarios/base`: what has to be covered, when it is collected, and the rows that the
//! services would answer with. Rows stay as they are written until they are sent: patches see what a reader sees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use backproof::model::source::Source;
use backproof::model::time::Instant;
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire;

/// `base/world.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Base {
    /// `2026-07-01..2026-07-08`.
    pub(crate) period: String,
    /// The day-long rows begin so many days before the period.
    history_days: i64,
    collections: Collections,
    /// What has to be covered, and is collected.
    pub(crate) estate: Vec<Site>,
    /// Parameters that management has approved, by their ids.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// When the evidence is collected: first before the period begins, and then until it is over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collections {
    /// `12:00:00Z`.
    at: String,
    /// The first one is so many days before the period; without it, one interval.
    begin_days: Option<i64>,
    every_days: i64,
    looks_back_days: i64,
    first_looks_back_days: i64,
}

impl Collections {
    /// One each day, from a week before the period.
    pub(crate) fn each_day() -> Self {
        Self {
            at: "12:00:00Z".to_owned(),
            begin_days: Some(7),
            every_days: 1,
            looks_back_days: 8,
            first_looks_back_days: 30,
        }
    }
}

/// An AWS account with its regions, an Atlas project with its clusters, or the database of records.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Site {
    Aws {
        account: String,
        regions: BTreeSet<String>,
    },
    Atlas {
        project: String,
        clusters: BTreeSet<String>,
    },
    Records {
        database: String,
    },
}

impl Site {
    /// The account, project or database.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Aws { account: name, .. }
            | Self::Atlas { project: name, .. }
            | Self::Records { database: name } => name,
        }
    }
}

/// One file of `base/`: how a source is asked, and what it answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    call: Vec<Call>,
    #[serde(default)]
    row: Vec<Written>,
}

/// A call of a service. Each collection makes one pull of it in each place, or one of each part.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// `backup:ListBackupJobs`.
    pub(crate) operation: String,
    /// The member of the body that holds the rows. Without one, each row is a reply of its own.
    pub(crate) rows_in: Option<String>,
    /// How its pages follow each other.
    #[serde(default)]
    pub(crate) paging: Paging,
    /// The same for every pull.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    /// The parameters that carry the bounds of the window that is asked for.
    pub(crate) window: Option<[String; 2]>,
    /// The window is so many closed days before the day of the collection.
    pub(crate) closed_days: Option<i64>,
    /// The service forgets what is older.
    pub(crate) remembers_days: Option<i64>,
    /// The member of a row that says when it was made: before then no pull shows it, and a window that lies elsewhere
    /// never.
    pub(crate) created: Option<String>,
    /// Parameters that differ from pull to pull, and the member of a row that they name (`part`: the row's part).
    #[serde(default)]
    pub(crate) asks: BTreeMap<String, String>,
    /// Parts that are pulled whether or not there is a row.
    #[serde(default)]
    pub(crate) parts: Vec<AskedPart>,
}

/// A part of a place that is always pulled.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AskedPart {
    /// Where; everywhere without it.
    #[serde(rename = "in")]
    pub(crate) place: Option<String>,
    /// The parameters.
    #[serde(flatten)]
    pub(crate) asked: BTreeMap<String, String>,
}

/// How pages follow each other, by the member that tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Paging {
    #[default]
    #[serde(rename = "none")]
    Single,
    NextToken,
    PaginationToken,
    Marker,
    #[serde(rename = "totalCount")]
    TotalCount,
    #[serde(rename = "cursor")]
    Cursor,
}

/// A row as it is written, in the base or in a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// `us-east-1`, or with another account `222233334444/us-east-1`; nothing where there is one place.
    #[serde(rename = "in")]
    place: Option<String>,
    /// The operation, where the source has several calls.
    call: Option<String>,
    /// The part, where no member of the row says it.
    part: Option<String>,
    /// Collections before this instant don't show it.
    from: Option<String>,
    /// Collections since this instant don't show it any more.
    until: Option<String>,
    /// One such row for each day; `{day}` is its date, `{day+35}` another.
    #[serde(default)]
    daily: bool,
    /// What is sent; `{collected}` is the date of the collection, `@2026-07-01T03:00:00Z` is an instant in the service's own form.
    body: Map<String, Value>,
}

/// A row of the world.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) call: usize,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) part: Option<String>,
    pub(crate) day: Option<String>,
    pub(crate) from: Option<Instant>,
    pub(crate) until: Option<Instant>,
    pub(crate) body: Map<String, Value>,
}

/// A collection run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) at: Instant,
    pub(crate) looks_back: TimeDelta,
}

/// A world, to be patched and then pulled.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) base: Base,
    pub(crate) runs: Vec<Run>,
    days: Vec<NaiveDate>,
    /// What is collected. What has to be covered is the estate of `base`.
    pub(crate) collected: Vec<Site>,
    pub(crate) calls: BTreeMap<Source, Vec<Call>>,
    pub(crate) rows: BTreeMap<Source, Vec<Row>>,
}

/// Where the scenarios lie.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios")
}

/// Reads a TOML file; what is wrong with it is the error, with its name.
pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// An instant as it is written: a whole RFC 3339 text, or a day.
pub(crate) fn instant(text: &str) -> Result<Instant, String> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let full = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    full.parse().map_err(|_| format!("{text:?} is not an instant"))
}

impl World {
    /// The base world over `period` and with `collections`, or with its own.
    pub(crate) fn over(period: Option<&str>, collections: Option<Collections>) -> Result<Self, String> {
        let mut base: Base = read(&directory().join("base/world.toml"))?;
        base.period = period.unwrap_or(&base.period).to_owned();
        base.collections = collections.unwrap_or(base.collections);
        let (first, after) = base
            .period
            .split_once("..")
            .ok_or("a period has the form FIRST..AFTER")?;
        let day = |text: &str| {
            text.parse::<NaiveDate>()
                .map_err(|_| format!("{text:?} is not a day"))
        };
        let (first, after) = (day(first)?, day(after)?);
        let runs = runs(&base.collections, first, after)?;
        let days = first - TimeDelta::days(base.history_days);
        let days = days
            .iter_days()
            .take_while(|day| *day <= runs.last().unwrap().at.date_naive());
        let mut world = Self {
            collected: base.estate.clone(),
            days: days.collect(),
            base,
            runs,
            calls: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for source in Source::ALL {
            let path = directory().join(format!("base/{source}.toml"));
            if !path.exists() {
                continue;
            }
            let file: SourceFile = read(&path)?;
            world.calls.insert(*source, file.call);
            for row in file.row {
                let rows = world
                    .expand(*source, row)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                world.rows.entry(*source).or_default().extend(rows);
            }
        }
        Ok(world)
    }

    /// The rows that a written one stands for.
    pub(crate) fn expand(&self, source: Source, written: Written) -> Result<Vec<Row>, String> {
        let call = self.call(source, written.call.as_deref())?;
        let operation = &self.calls[&source][call].operation;
        let (account, region) = self.place(operation, written.place.as_deref())?;
        let on = |day: Option<NaiveDate>| {
            let bound = |text: &Option<String>| match (text, day) {
                (Some(text), Some(day)) => instant(&wire::fill(text, "day", day)).map(Some),
                (text, _) => text.as_deref().map(instant).transpose(),
            };
            Ok(Row {
                call,
                account: account.clone(),
                region: region.clone(),
                part: written.part.clone(),
                day: day.map(|day| day.to_string()),
                from: bound(&written.from)?,
                until: bound(&written.until)?,
                body: day.map_or(written.body.clone(), |day| wire::dated(&written.body, "day", day)),
            })
        };
        match written.daily {
            true => self.days.iter().map(|day| on(Some(*day))).collect(),
            false => Ok(vec![on(None)?]),
        }
    }

    /// Which call of a source an operation is; the only one without a name.
    pub(crate) fn call(&self, source: Source, operation: Option<&str>) -> Result<usize, String> {
        let calls = self
            .calls
            .get(&source)
            .ok_or_else(|| format!("the base has no file for {source}"))?;
        match operation {
            None if calls.len() == 1 => Ok(0),
            None => Err(format!("{source} has several calls: say which")),
            Some(name) => calls
                .iter()
                .position(|call| call.operation == name)
                .ok_or_else(|| format!("{source} has no call {name}")),
        }
    }

    /// Account and region of `place`, for a call.
    pub(crate) fn place(&self, operation: &str, place: Option<&str>) -> Result<(String, String), String> {
        let mut places = self.places(operation);
        if let Some(place) = place {
            let (account, region) = place.rsplit_once('/').unwrap_or(("", place));
            if !account.is_empty() {
                return Ok((account.to_owned(), region.to_owned()));
            }
            places.retain(|(_, known)| known == region);
        }
        match places.as_slice() {
            [only] => Ok(only.clone()),
            _ => Err(format!(
                "{operation} is asked in {} places like {place:?}: say in which",
                places.len()
            )),
        }
    }

    /// Everywhere that a call is made: account and region.
    pub(crate) fn places(&self, operation: &str) -> Vec<(String, String)> {
        let sites = self.collected.iter();
        let places = sites.flat_map(|site| match site {
            // IAM, and the lists of accounts and regions, are one for all regions.
            Site::Aws { account, regions }
                if ["iam:", "account:", "organizations:"]
                    .iter()
                    .any(|service| operation.starts_with(service)) =>
            {
                let of_account = (account.clone(), "global".to_owned());
                regions.iter().take(1).map(|_| of_account.clone()).collect()
            }
            Site::Aws { account, regions } if wire::Family::of(operation) == wire::Family::Aws => regions
                .iter()
                .map(|region| (account.clone(), region.clone()))
                .collect(),
            Site::Atlas { project, .. } if wire::Family::of(operation) == wire::Family::Atlas => {
                vec![(project.clone(), "global".to_owned())]
            }
            Site::Records { database } if wire::Family::of(operation) == wire::Family::Records => {
                vec![(database.clone(), "global".to_owned())]
            }
            _ => Vec::new(),
        });
        places.collect()
    }
}

/// The collections for a period from `first` until before `after`: the last one is after its end, wherever midnight is.
fn runs(collections: &Collections, first: NaiveDate, after: NaiveDate) -> Result<Vec<Run>, String> {
    let begin = collections.begin_days.unwrap_or(collections.every_days);
    let mut day = first - TimeDelta::days(begin);
    let mut runs = Vec::new();
    while runs.is_empty() || day - TimeDelta::days(collections.every_days) < after {
        let back = if runs.is_empty() {
            collections.first_looks_back_days
        } else {
            collections.looks_back_days
        };
        runs.push(Run {
            at: instant(&format!("{day}T{}", collections.at))?,
            looks_back: TimeDelta::days(back),
        });
        day += TimeDelta::days(collections.every_days);
    }
    Ok(runs)
}
